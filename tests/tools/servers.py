"""A real nginx as a child, and requests exactly as they are written."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.missing import program

_NGINX = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/protogen.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode()


def free_port() -> int:
    """A port of the loopback address that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def ask(
    port: int,
    host: str | None,
    path: str = "/",
    method: str = "GET",
    headers: dict[str, str] | None = None,
    version: str = "HTTP/1.1",
) -> Answer:
    """Send a request line and headers as they are, with nothing normalised, and read the whole answer."""
    lines = [f"{method} {path} {version}", "Connection: close"]
    lines += [f"Host: {host}"] if host is not None else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape"))
        data = b""
        while piece := connection.recv(65_536):
            data += piece
    return _parse(data)


@contextmanager
def nginx(folder: Path, configuration: str, port: int) -> Iterator[None]:
    """Debian's nginx with this configuration, in a folder of its own, until the block ends."""
    executable = program(["nginx"], "nginx")
    (folder / "protogen.conf").write_text(configuration, "utf-8")
    user = "user root;" if os.geteuid() == 0 else ""  # else its workers could not read a test's folder
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, user=user), "utf-8")
    command = [
        executable,
        "-p",
        str(folder),
        "-e",
        str(folder / "error.log"),
        "-c",
        str(folder / "nginx.conf"),
    ]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as child:
        try:
            _wait_for(port, child, folder / "error.log")
            yield
        finally:
            child.terminate()


def _wait_for(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        assert child.poll() is None, f"nginx ended: {log.read_text('utf-8')}"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"nginx does not answer: {log.read_text('utf-8')}")


def _parse(data: bytes) -> Answer:
    head, _, body = data.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = _unchunked(body)
    return Answer(int(status.split()[1]), headers, body)


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole += body[:length]
        body = body[length + 2 :]
    return whole

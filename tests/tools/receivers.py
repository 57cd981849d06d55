"""Real receivers of notices on the loopback address: a mail server, a webhook, a service shaped like StateX's."""

from __future__ import annotations

import email
import email.policy
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tools.servers import free_port

SENT = json.dumps({"status": "sent"}).encode()


@dataclass(slots=True)
class Mailbox:
    """What has come by mail, and what the server says to the next ones."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    verdict: str = "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail in, or refuse it."""
        if self.verdict.startswith("250"):
            message = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            self.mails.append(message)
            self.recipients += envelope.rcpt_tos
        return self.verdict


def text_of(mail: EmailMessage) -> str:
    """All that a mail says, in whichever form."""
    return "\n".join(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text")


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server until the end of the block."""
    box = Mailbox(free_port())

    def anybody(*_: object) -> AuthResult:
        return AuthResult(success=True)

    controller = Controller(
        box, hostname="127.0.0.1", port=box.port, authenticator=anybody, auth_require_tls=False
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass(frozen=True, slots=True)
class Posted:
    """One request: its path, headers (lower case) and JSON body."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(slots=True)
class Service:
    """A service over HTTP that answers, fails or hangs as a test tells it to."""

    url: str
    port: int
    posted: list[Posted] = field(default_factory=list)
    status: int = 200
    answer: bytes = SENT
    hanging: threading.Event = field(default_factory=threading.Event)
    hangs: bool = False

    def fails(self, status: int, answer: bytes = b"") -> None:
        """From now on."""
        self.hangs, self.status, self.answer = False, status, answer

    def recovers(self) -> None:
        """It answers that all is well, and lets go of what hangs."""
        self.fails(200, SENT)
        self.hanging.set()


@contextmanager
def service(listen: Callable[[Posted], None] = lambda _: None) -> Iterator[Service]:
    """A service until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length", 0)))
            posted = Posted(self.path, {k.lower(): v for k, v in self.headers.items()}, json.loads(data))
            one.posted.append(posted)
            listen(posted)
            if one.hangs:
                one.hanging.wait(60)
                self.close_connection = True
                return
            self.send_response(one.status)
            self.send_header("Content-Length", str(len(one.answer)))
            self.end_headers()
            self.wfile.write(one.answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        port = int(server.server_address[1])
        one = Service(f"http://127.0.0.1:{port}", port)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield one
        finally:
            one.hanging.set()
            server.shutdown()
            thread.join()

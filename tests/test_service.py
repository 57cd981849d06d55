"""What a service manager hears of `protogen up`, over a real datagram socket (sd_notify(3))."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from protogen import heartbeat
from protogen.config import LlmSettings, Settings
from protogen.hooks import Hook
from protogen.job import now
from protogen.ledger.locks import LedgerLock
from protogen.service import ServiceManager, answers
from protogen.up import Up
from tools.jobs import hand_in
from tools.processes import until, up
from tools.servers import free_port


class Manager:
    """The service manager's end: what it was told, word by word."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self.socket.setblocking(False)
        self.heard: list[str] = []

    def listen(self) -> list[str]:
        """All that was said so far."""
        with suppress(BlockingIOError):
            while True:
                self.heard += self.socket.recv(4096).decode().splitlines()
        return self.heard

    def hears(self, words: str, times: int = 1) -> None:
        until(lambda: self.listen().count(words) >= times, 20, f"{words}, but {self.heard},")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    listening = Manager(str(tmp_path / "notify"))
    yield listening
    listening.socket.close()


def environ(tmp_path: Path, seconds: float = 0.3) -> dict[str, str]:
    """As systemd sets it."""
    return {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": str(int(seconds * 1e6))}


def quiet(manager: Manager) -> bool:
    """True where the watchdog hears nothing for longer than it waits."""
    before = manager.listen().count("WATCHDOG=1")
    threading.Event().wait(1.0)
    return manager.listen().count("WATCHDOG=1") == before


def test_the_watchdog_hears_of_us_while_all_goes_on(manager: Manager, tmp_path: Path) -> None:
    """Ready, alive again and again, silent while a part stands still, alive again, stopping."""
    fault = [""]
    service = ServiceManager(environ(tmp_path))
    assert manager.listen() == []
    service.ready(lambda: fault[0])
    manager.hears("WATCHDOG=1", 3)
    assert manager.heard[:2] == ["READY=1", "STATUS=Running."]
    fault[0] = "worker"
    manager.hears("STATUS=Standing still: worker.")
    assert quiet(manager)
    fault[0] = ""
    manager.hears("STATUS=Running.", 2)
    service.stopping()
    service.stopping()
    manager.hears("STOPPING=1")
    assert quiet(manager)
    assert manager.heard.count("STOPPING=1") == 1


def test_nothing_is_said_where_nobody_asks() -> None:
    """Without a manager; and a watchdog that is meant for another process is none."""
    started = threading.active_count()
    service = ServiceManager({})
    service.ready(lambda: "")
    service.stopping()
    other = ServiceManager({"NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "100", "WATCHDOG_PID": "1"})
    other.ready(lambda: "")  # nobody listens there: that stops nothing
    assert threading.active_count() == started


def test_an_abstract_socket_is_understood(tmp_path: Path) -> None:
    """Its name begins with @."""
    address = f"@protogen-{os.getpid()}"
    manager = Manager(address)
    ServiceManager({"NOTIFY_SOCKET": address}).ready(lambda: "")
    manager.hears("READY=1")
    manager.socket.close()


def test_up_speaks_for_itself_and_no_child_for_it(manager: Manager, tmp_path: Path) -> None:
    """Ready once it serves, alive, stopping on SIGTERM; its git children do not know the socket."""
    folder = tmp_path / "home"
    folder.mkdir()
    settings = {"llm": {"provider": "none"}, "web": {"port": free_port()}}
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    with up(folder, environ(tmp_path, 0.6)) as running:
        manager.hears("WATCHDOG=1", 3)
        assert manager.heard[0] == "READY=1"
        assert answers("127.0.0.1", settings["web"]["port"], "localhost")  # type: ignore[index,arg-type]
        children = running.children()
        assert children
        assert not any("NOTIFY_SOCKET" in child.environ() for child in children)
        running.process.send_signal(signal.SIGTERM)
        assert running.ends() == 0
    manager.hears("STOPPING=1")


def test_a_worker_that_stands_still_is_not_said_to_be_alive(
    manager: Manager, home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for a lock that nobody gives back; when it has it, it is alive again."""
    monkeypatch.setattr(heartbeat, "LOOP_SECONDS", 1.5)
    for name, value in environ(tmp_path).items():
        monkeypatch.setenv(name, value)
    settings = home.model_copy(update={"llm": LlmSettings(provider="none")})
    with Up(settings, Hook()) as running:
        manager.hears("WATCHDOG=1", 2)
        lock = LedgerLock(settings.ledger_dir)
        hand_in(settings, running.ledger, now())
        with lock.held():
            manager.hears("STATUS=Standing still: worker.")
            assert quiet(manager)
            assert "worker has stood still" in running._thread_faults()["worker"]
        manager.hears("STATUS=Running.", 2)
        lock.close()


def test_a_web_server_that_does_not_answer_is_seen() -> None:
    """It listens, and says nothing; or something that is no answer; or is not there."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        assert not answers("127.0.0.1", port, "localhost", 0.3)
    assert not answers("0.0.0.0", port, "localhost", 0.3)

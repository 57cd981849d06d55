"""Readiness: each part is found failing by what really goes wrong, and well again when it is over."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from protogen import heartbeat, parts
from protogen.config import LlmSettings, Settings
from protogen.hooks import Hook
from protogen.ledger import Ledger, LedgerError
from protogen.ledger.check import probe
from protogen.ledger.locks import LedgerLock
from protogen.llm import provider
from protogen.llm.provider import Embedded
from protogen.up import Up
from protogen.web import health
from tools.disks import small_disk
from tools.model import good, status, stub
from tools.processes import until


@pytest.fixture(autouse=True)
def looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept for a few seconds is not kept here."""
    monkeypatch.setattr(health, "KEPT_SECONDS", 0.0)
    monkeypatch.setattr(parts, "WRITE_SECONDS", 0.0)
    monkeypatch.setattr(provider, "LOOK_SECONDS", 0.0)


@pytest.fixture
def up(home: Settings) -> Iterator[Up]:
    """A running system without a model."""
    with Up(home.model_copy(update={"llm": LlmSettings(provider="none")}), Hook()) as running:
        yield running


def faults(up: Up) -> dict[str, str]:
    """The parts that are not well, by name; the status says the same."""
    answer = httpx.get(f"{up.web.url}health/ready")
    found = {name: what for name, what in answer.json()["parts"].items() if what != "ok"}
    assert answer.status_code == (503 if found else 200)
    assert httpx.get(f"{up.web.url}health/live").status_code == 200
    return found


def becomes(up: Up, *names: str) -> dict[str, str]:
    """What is said of the parts once just these fail."""
    until(lambda: set(faults(up)) == set(names), what=f"{names}, but {faults(up)},")
    return faults(up)


def test_a_ledger_that_cannot_be_written(up: Up) -> None:
    """Reading it would go on."""
    assert faults(up) == {}
    in_the_way = up.settings.ledger_dir / "protogen" / "probe"
    in_the_way.mkdir()
    assert "cannot be written" in faults(up)["ledger"]
    assert httpx.get(f"{up.web.url}health").status_code == 503
    in_the_way.rmdir()
    assert faults(up) == {}
    assert not in_the_way.exists()


def test_a_ledger_on_a_disk_that_is_read_only(tmp_path: Path) -> None:
    """As a kernel leaves it that has found errors there."""
    with small_disk(tmp_path / "disk", "24m") as disk:
        path = disk / "ledger.git"
        Ledger.create(path).close()
        probe(path)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        with pytest.raises(LedgerError, match="cannot be written"):
            probe(path)
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        probe(path)


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """Down to the reserve; well again when there is room."""
    with small_disk(tmp_path / "disk", "48m") as disk:
        settings = Settings(home=disk, reserve_bytes=4_000_000, llm=LlmSettings(provider="none"))
        settings = settings.model_copy(update={"web": settings.web.model_copy(update={"port": 0})})
        with Up(settings, Hook()) as running:
            assert faults(running) == {}
            with (disk / "filling").open("wb") as filling:  # the worker may take up its reserve meanwhile
                while shutil.disk_usage(disk).free > 3_000_000:
                    filling.write(b"x" * 500_000)
                    filling.flush()
            assert "4,000,000 bytes" in becomes(running, "disk")["disk"]
            (disk / "filling").unlink()
            becomes(running)


def test_a_model_that_is_gone(home: Settings) -> None:
    """Its server is killed: seen without a question. One that rests is told too; one without a list is well."""
    with ExitStack() as server:
        model = server.enter_context(stub(good))
        llm = LlmSettings(provider="openai", base_url=model.base_url, model="stub")
        with Up(home.model_copy(update={"llm": llm}), Hook()) as running:
            assert faults(running) == {}
            asked = len([request for request in model.requests if request.body])
            assert faults(running) == {}
            assert len([request for request in model.requests if request.body]) == asked
            server.close()
            assert "No model answers" in faults(running)["model"]


@pytest.mark.parametrize(("code", "well"), [(404, True), (405, True), (401, False), (500, False)])
def test_a_server_that_refuses_its_list_of_models(home: Settings, code: int, well: bool) -> None:
    """Not every server has one; a wrong key or a fault is another matter."""
    with stub(status(code)) as model:
        llm = LlmSettings(provider="openai", base_url=model.base_url, model="stub")
        with Up(home.model_copy(update={"llm": llm}), Hook()) as running:
            assert ("model" not in faults(running)) is well


def test_an_embedded_model_that_does_not_run(home: Settings) -> None:
    """Its process is asked nothing."""
    assert "does not run" in Embedded(home).fault()


def test_an_inbox_that_cannot_be_read(up: Up) -> None:
    """It was taken away; well again when it is back."""
    inbox = up.settings.inbox_dir
    inbox.rmdir()
    assert str(inbox) in becomes(up, "inbox")["inbox"]
    inbox.mkdir()
    becomes(up)


def test_a_thread_that_stands_still(up: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for a lock that nobody gives back."""
    monkeypatch.setattr(heartbeat, "LOOP_SECONDS", 0.7)
    lock = LedgerLock(up.settings.ledger_dir)
    with lock.held():
        (up.settings.inbox_dir / "later.yaml").write_text("description: We bake bread in Brno.\n", "utf-8")
        until(lambda: "has stood still" in faults(up).get("inbox", ""), what="an inbox that stands still")
    lock.close()
    becomes(up)


def test_threads_that_are_gone(up: Up) -> None:
    """The web server tells as long as it can."""
    up.stopping.set()
    for thread in up._threads:
        thread.join()
    assert set(faults(up)) == {"worker", "inbox"}
    assert all("is not running" in what for what in faults(up).values())

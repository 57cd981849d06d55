"""A bad day: one trouble after the other in one running `protogen up`, each with its alert and its end."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from protogen.config import load
from protogen.hooks.outbox import entries
from protogen.intake.drop import write_drop
from protogen.job import Status, now
from protogen.ledger import Ledger
from protogen.verify import verify
from tools.clock import Clock
from tools.disks import small_disk
from tools.model import Reply, Request, Wire, good, status, stub
from tools.processes import Running, until, up
from tools.receivers import Service, service
from tools.servers import free_port

pytestmark = pytest.mark.timeout(240)

SECRET = "key-of-the-operator"
CONTACT = "jana.novakova@example.com"
REQUEST = f"""contact_type: email
contact_value: {CONTACT}
description: |
  Fern & Flour is a small bakery in Brno. We bake sourdough bread every morning and sell croissants,
  rye bread and birthday cakes. Open Tue-Sat 7:30-17:00. Call +420 541 234 567.
"""
RESERVE = 4_000_000
TROUBLES = {
    "The model openai does not answer",
    "A job failed",
    "A request was rejected",
    "The disk is full",
    "Requests wait too long",
}


@dataclass
class Day:
    """The home, what runs in it, who hears of it, and how the model answers."""

    home: Path
    operator: Service
    customers: Service
    reply: list[Reply]

    @property
    def titles(self) -> list[str]:
        """The alerts that came, each id once, in their order."""
        return list(
            {each.headers["x-notice-id"]: each.body["title"] for each in self.operator.posted}.values()
        )

    @property
    def open(self) -> list[str]:
        """The troubles whose end was not told yet."""
        over = Counter(title.removeprefix("Over: ") for title in self.titles if title.startswith("Over: "))
        return sorted(
            (Counter(title for title in self.titles if not title.startswith("Over: ")) - over).elements()
        )

    def ready(self) -> bool:
        """What the program says of itself."""
        port = load(self.home, {}).web.port
        return httpx.get(f"http://localhost:{port}/health/ready").status_code == 200

    def hears(self, title: str, times: int = 1) -> None:
        until(lambda: self.titles.count(title) >= times, 25, f"{title!r}, but {self.titles},")

    def submit(self) -> str:
        """Hand in a request; its job."""
        return write_drop(yaml.safe_load(REQUEST), self.home / "inbox")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 96 MB."""
    with small_disk(tmp_path / "disk", "96m") as disk:
        yield disk


@contextmanager
def a_day(home: Path) -> Iterator[Day]:
    """A home with a model whose answers change, an operator and a service for customers."""
    reply: list[Reply] = [good]

    def as_told(request: Request, wire: Wire) -> None:
        reply[0](request, wire)

    with stub(as_told) as model, service() as operator, service() as customers:
        role = {"model": "stub", "languages": ["*"]}
        breaker = {"failures": 4, "seconds": 0.5}
        llm = {
            "provider": "openai",
            "base_url": model.base_url,
            "nlp": role,
            "codegen": role,
            "breaker": breaker,
        }
        settings: dict[str, Any] = {
            "reserve_bytes": RESERVE,
            "llm": llm,
            "web": {"port": free_port()},
            "intake": {"quiet_seconds": 0.2, "scan_seconds": 0.5},
            "retry": {"attempts": 1},
            "notices": {
                "operator": [f"json://user:{SECRET}@127.0.0.1:{operator.port}/"],
                "statex": {"base_url": customers.url, "seconds": 2},
                "retry": {"first_delay": 0.2, "factor": 1, "attempts": 20},
            },
            "alerts": {"queue_minutes": 0.03, "success_jobs": 1000},
        }
        (home / "config.yaml").write_text(yaml.safe_dump(settings), "utf-8")
        yield Day(home, operator, customers, reply)


def test_each_trouble_of_a_bad_day_is_told_with_its_end(disk: Path, tmp_path: Path) -> None:
    """Model down, killed, restarted, a job that fails, a request that says nothing, a full disk, a clock that jumps, a
    full inbox: no job is lost, nobody is told twice, readiness is true, and no line has a key, a contact or a text."""
    clock = Clock(tmp_path)
    with a_day(disk) as day:
        with up(disk) as running:
            the_model_goes(day, running)
            os.killpg(running.process.pid, signal.SIGKILL)
        day.hears("The model openai does not answer")
        printed = running.printed
        with up(disk, clock.environ) as running:
            the_model_comes_back_after_a_restart(day, running)
            a_job_fails(day, running)
            a_request_says_nothing(day)
            the_disk_fills_up(day, running)
            the_clock_jumps(day, running, clock)
            too_many_ask(day, running)
            running.process.send_signal(signal.SIGTERM)
            assert running.ends(15) == 0
        printed += running.printed
        end_well(day)
        assert day.open == []
        assert {title for title in day.titles if not title.startswith("Over: ")} == TROUBLES
    for word in (SECRET, CONTACT, "sourdough", "541 234"):
        assert word not in printed


def the_model_goes(day: Day, running: Running) -> None:
    """The site is made without it."""
    day.reply[0] = status(500)
    running.becomes(day.submit(), "completed")
    day.hears("The model openai does not answer")


def the_model_comes_back_after_a_restart(day: Day, running: Running) -> None:
    """Its breaker opens again, which is the same trouble; then it answers."""
    running.becomes(day.submit(), "completed")
    assert day.titles.count("The model openai does not answer") == 1
    day.reply[0] = good
    time.sleep(0.6)
    running.becomes(day.submit(), "completed")
    day.hears("Over: The model openai does not answer")


def a_job_fails(day: Day, running: Running) -> None:
    """There is no place to publish to; the next one has it again."""
    published = day.home / "published"
    published.rename(day.home / "elsewhere")
    published.write_text("", "utf-8")
    running.becomes(day.submit(), "failed")
    published.unlink()
    (day.home / "elsewhere").rename(published)
    day.hears("A job failed")
    running.becomes(day.submit(), "completed")
    day.hears("Over: A job failed")


def a_request_says_nothing(day: Day) -> None:
    """It is put beside the others; the next one can be used."""
    (day.home / "inbox" / "nothing.yaml").write_text("description: ''\n", "utf-8")
    day.hears("A request was rejected")
    day.submit()
    day.hears("Over: A request was rejected")


def the_disk_fills_up(day: Day, running: Running) -> None:
    """Nothing is begun, the web takes nothing; all goes on by itself when there is room."""
    ballast = day.home / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(day.home).free - RESERVE // 4)
    day.hears("The disk is full")
    port = load(day.home, {}).web.port
    answer = httpx.post(
        f"http://localhost:{port}/api/prototype/queue/submit", json={"description": "A bakery."}
    )
    assert answer.status_code == 507
    assert not day.ready()
    ballast.unlink()
    day.hears("Over: The disk is full")
    until(day.ready, 20, "readiness")
    running.becomes(day.submit(), "completed")


def the_clock_jumps(day: Day, running: Running, clock: Clock) -> None:
    """A day ahead and back again: what is handed in is made, and nothing that stands is deleted."""
    before = set((day.home / "published").iterdir())
    for offset in ("+1d", "+0"):
        clock.jump(offset)
        running.becomes(day.submit(), "completed")
    assert before < set((day.home / "published").iterdir())


def too_many_ask(day: Day, running: Running) -> None:
    """More than a slow model can help with at once: the operator hears of it, and that they are all made."""

    def slow(request: Request, wire: Wire) -> None:
        time.sleep(0.4)
        good(request, wire)

    day.reply[0] = slow
    for number in range(5):
        text = REQUEST.replace("Fern & Flour", f"Fern & Flour {number}")
        (day.home / "inbox" / f"{number}.yaml").write_text(text, "utf-8")
    day.hears("Requests wait too long")
    day.reply[0] = good
    day.hears("Over: Requests wait too long")
    until(lambda: not list((day.home / "inbox").glob("*.yaml")))

    def all_is_done() -> bool:
        with Ledger(day.home / "ledger.git") as ledger:
            counts = ledger.counts()
        return not counts[Status.PENDING] and not counts[Status.PROCESSING] and day.open == []

    until(all_is_done, 30, "an end of the day")


def end_well(day: Day) -> None:
    """Every job has ended, what is published is what the ledger says, every notice has come."""
    settings = load(day.home, {})
    with Ledger(settings.ledger_dir) as ledger:
        counts = ledger.counts()
        assert counts[Status.FAILED] == 1
        assert verify(settings, ledger, now()) == []
    assert [entry for entry in entries(settings.outbox_dir) if entry.failed] == []
    types = [each.body["type"] for each in day.customers.posted]
    assert types.count("error") == 1
    assert types.count("prototype_ready") >= counts[Status.COMPLETED] - 1

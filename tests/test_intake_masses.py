"""Masses: thousands of drops at once, a hundred hands at once, a program that is killed at any moment. Real processes,
real events of the kernel, a real ledger: none lost, none doubled."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from protogen.config import IntakeSettings, Settings
from protogen.handin import Handed, follow, hand_in
from protogen.intake.accept import Acceptance, accept
from protogen.intake.fates import fate_of
from protogen.intake.inbox import Inbox, waiting
from protogen.job import Status, now
from protogen.ledger import Ledger
from protogen.submission import Submission, from_files
from tools.processes import until

MANY = 1000
HANDS = 100
QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
MAY_SHORTEN = os.geteuid() == 0
fork = multiprocessing.get_context("fork")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home whose inbox is scanned often, so that a test need not wait for it."""
    settings = Settings(home=tmp_path, intake=IntakeSettings(scan_seconds=1, quiet_seconds=0.2))
    settings.inbox_dir.mkdir()
    Ledger.create(settings.ledger_dir).close()
    return settings


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """The inbox of a running system."""
    stop = threading.Event()
    with Ledger(settings.ledger_dir) as ledger:

        def take(submission: Submission) -> Acceptance:
            return accept(submission, ledger, settings, now())

        thread = threading.Thread(target=Inbox(settings, take).run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def write_many(inbox: Path, count: int) -> None:
    """Drops of every kind, each with a number of its own."""
    for number in range(count):
        text = f"description: We are bakery {number}.\nsubmission_id: order-{number}\nuser_id: cust-{number % 7}\n"
        if number % 10:
            (inbox / f"order-{number}.yaml").write_text(text)
        else:
            (inbox / f"order-{number}").mkdir()
            (inbox / f"order-{number}" / "submission.yaml").write_text(text + "files: [menu.pdf]\n")
            (inbox / f"order-{number}" / "menu.pdf").write_bytes(b"M")


def requests(settings: Settings) -> Counter[str]:
    """What each job's submission says, as the ledger has it."""
    with Ledger(settings.ledger_dir) as ledger:
        return Counter(from_files(ledger.submission(event.job)).description for event in ledger.jobs())


def expect_all(settings: Settings, count: int, seconds: float) -> None:
    """Every one of the drops becomes one job, and the inbox is empty."""
    until(lambda: not waiting(settings.inbox_dir) or None, seconds, "an empty inbox")
    assert requests(settings) == Counter(f"We are bakery {number}." for number in range(count))
    assert not (settings.inbox_dir / "rejected").exists()


def test_a_thousand_drops_wait_while_nothing_runs(settings: Settings) -> None:
    """The watcher is stopped; when it starts, each becomes a job, once."""
    write_many(settings.inbox_dir, MANY)
    with running(settings):
        expect_all(settings, MANY, 240)


@contextmanager
def short_queue(length: int) -> Iterator[None]:
    """Let the kernel queue only so many events for a watcher that starts meanwhile, where we may say so."""
    before = QUEUE.read_text()
    if MAY_SHORTEN:
        QUEUE.write_text(str(length))
    try:
        yield
    finally:
        if MAY_SHORTEN:
            QUEUE.write_text(before)


def test_a_queue_that_overflows_loses_no_drop(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    """The kernel throws events away; the scans find what they would have told."""
    with short_queue(16), running(settings):
        write_many(settings.inbox_dir, MANY)
        expect_all(settings, MANY, 240)
    assert "queue overflowed" in caplog.text or not MAY_SHORTEN


# A hundred hands


def together(count: int, act: Callable[[int], object]) -> list[object]:
    """What so many real processes give that all act at the same moment."""
    barrier, answers = fork.Barrier(count), fork.SimpleQueue()

    def life(number: int, barrier: Barrier) -> None:
        barrier.wait(60)
        answers.put((number, act(number)))

    processes = [fork.Process(target=life, args=(number, barrier)) for number in range(count)]
    for process in processes:
        process.start()
    found = dict(answers.get() for _ in processes)
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0] * count
    return [found[number] for number in range(count)]


def hand(settings: Settings, file: Path) -> Handed:
    """What `protogen submit` does."""
    with Ledger(settings.ledger_dir) as ledger:
        return hand_in(file, settings, ledger)


def test_a_hundred_processes_hand_in_at_once(settings: Settings, tmp_path: Path) -> None:
    """While the inbox is at work: a hundred jobs, each under the id that its hand was given."""
    for number in range(HANDS):
        (tmp_path / f"{number}.yaml").write_text(f"description: We are bakery {number}.\n")
    with running(settings):
        handed = together(HANDS, lambda number: hand(settings, tmp_path / f"{number}.yaml").job)
        expect_all(settings, HANDS, 60)
    with Ledger(settings.ledger_dir) as ledger:
        assert sorted(event.job for event in ledger.jobs()) == sorted(map(str, handed))
        for number, job in enumerate(handed):
            said = from_files(ledger.submission(str(job))).description
            assert said == f"We are bakery {number}."


def test_a_hundred_processes_hand_in_the_same_request_at_once(settings: Settings, tmp_path: Path) -> None:
    """One job, and every one of the hundred is told that one in the end."""
    file = tmp_path / "order.yaml"
    file.write_text("submission_id: order-1\nuser_id: cust-1\ndescription: We are bakery 0.\n")
    with running(settings):
        handed = [
            each for each in together(HANDS, lambda _: hand(settings, file)) if isinstance(each, Handed)
        ]
        expect_all(settings, 1, 60)
        assert len(handed) == HANDS
    with Ledger(settings.ledger_dir) as ledger:
        (job,) = ledger.jobs()
        claimed = ledger.claim(now())
        assert claimed is not None
        ledger.record(replace(claimed, status=Status.COMPLETED, content="c0ffee" + "0" * 34))
        for each in handed:
            told = follow(ledger, each.job, threading.Event(), settings.inbox_dir, each.submission)
            assert told is not None
            assert told.job == job.job
            assert each.job == job.job or fate_of(settings.inbox_dir, each.job) == job.job


# Killed at any moment


def live(settings: Settings) -> None:
    """The life of a process that takes drops in until it is killed."""
    with running(settings):
        signal.pause()


def test_killed_at_any_moment_it_loses_and_doubles_nothing(settings: Settings) -> None:
    """By SIGKILL, again and again, with more drops coming in: some without an id that would tell two from one."""
    chance, count, deaths = random.Random(7), 120, 0
    for number in range(count):
        text = f"description: We are bakery {number}.\n" + (
            f"submission_id: {number}\n" if number % 2 else ""
        )
        folder = settings.inbox_dir / f"order-{number}"
        if number % 3:
            folder.with_suffix(".yaml").write_text(text)
        else:
            folder.mkdir()
            (folder / "submission.yaml").write_text(text)
    end = time.monotonic() + 120
    while waiting(settings.inbox_dir) and time.monotonic() < end:
        process = fork.Process(target=live, args=(settings,))
        process.start()
        most = len(waiting(settings.inbox_dir)) - chance.randint(1, 12)
        while len(waiting(settings.inbox_dir)) > max(most, 0) and time.monotonic() < end:
            process.join(chance.uniform(0.001, 0.02))
        process.kill()
        process.join()
        deaths += 1
    assert deaths > 3
    with running(settings):
        expect_all(settings, count, 60)
        until(lambda: not list(settings.inbox_dir.glob(".taken-*")) or None)

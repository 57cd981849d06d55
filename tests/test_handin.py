"""Handing in and following: what came twice, what was rejected, what was stopped."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from protogen.config import Settings
from protogen.handin import Handed, follow, hand_in
from protogen.intake.accept import accept
from protogen.intake.parse import parse_drop
from protogen.intake.quarantine import quarantine
from protogen.intake.rejected import Rejected
from protogen.job import Status, new_job_id, now
from protogen.ledger import Ledger

REQUEST = "submission_id: order-1\ndescription: A bakery in Brno that sells bread.\n"


@pytest.fixture
def ledger(home: Settings) -> Iterator[Ledger]:
    """The home's ledger, new."""
    with Ledger.create(home.ledger_dir) as ledger:
        yield ledger


@pytest.fixture
def request_file(tmp_path: Path) -> Path:
    """A request on somebody's desk."""
    file = tmp_path / "desk.yaml"
    file.write_text(REQUEST, "utf-8")
    return file


def taken_in(home: Settings, ledger: Ledger, job: str) -> None:
    """What the inbox does with a drop."""
    path = home.inbox_dir / job
    accept(parse_drop(path, home.intake), ledger, home, now())
    path.rename(home.run_dir / job)


def ended(ledger: Ledger, job: str) -> None:
    """What the worker does with a job."""
    claimed = ledger.claim(now())
    assert claimed is not None
    assert claimed.job == job
    ledger.record(replace(claimed, status=Status.COMPLETED, content="c0ffee" + "0" * 34))


def test_a_request_goes_to_the_inbox(home: Settings, ledger: Ledger, request_file: Path) -> None:
    """Named by the job id that is given, and the original stays."""
    handed = hand_in(request_file, home, ledger)
    assert [path.name for path in home.inbox_dir.iterdir()] == [handed.job]
    assert request_file.exists()


def test_a_request_that_is_a_job_is_not_handed_in_again(
    home: Settings, ledger: Ledger, request_file: Path
) -> None:
    """The same submission_id from the same person is the same job."""
    first = hand_in(request_file, home, ledger)
    taken_in(home, ledger, first.job)
    assert hand_in(request_file, home, ledger) == first
    assert list(home.inbox_dir.iterdir()) == []


def test_other_content_under_the_same_submission_id_is_refused(
    home: Settings, ledger: Ledger, request_file: Path
) -> None:
    """At once, and naming the job."""
    first = hand_in(request_file, home, ledger)
    taken_in(home, ledger, first.job)
    request_file.write_text(REQUEST.replace("bread", "cakes"), "utf-8")
    with pytest.raises(Rejected, match=first.job):
        hand_in(request_file, home, ledger)


def test_without_a_submission_id_every_time_is_a_new_job(
    home: Settings, ledger: Ledger, request_file: Path
) -> None:
    """Nothing says that the same words are the same request."""
    request_file.write_text("description: A bakery in Brno that sells bread.\n", "utf-8")
    first, second = (hand_in(request_file, home, ledger) for _ in range(2))
    assert first.job != second.job
    assert first.submission == ""


def test_following_ends_with_the_job(home: Settings, ledger: Ledger, request_file: Path) -> None:
    """From the inbox through the ledger to its last event."""
    handed = hand_in(request_file, home, ledger)

    def happens() -> None:
        taken_in(home, ledger, handed.job)
        ended(ledger, handed.job)

    threading.Timer(0.1, happens).start()
    event = follow(ledger, handed.job, threading.Event(), home.inbox_dir, handed.submission)
    assert event is not None
    assert (event.job, event.status) == (handed.job, Status.COMPLETED)


def test_following_what_came_twice_ends_with_the_one_job(
    home: Settings, ledger: Ledger, request_file: Path
) -> None:
    """Both were in the inbox; the second never became a job of its own."""
    first, second = (hand_in(request_file, home, ledger) for _ in range(2))
    taken_in(home, ledger, first.job)
    taken_in(home, ledger, second.job)
    ended(ledger, first.job)
    event = follow(ledger, second.job, threading.Event(), home.inbox_dir, second.submission)
    assert event is not None
    assert event.job == first.job


def test_what_still_lies_in_the_inbox_is_not_yet_the_other_job(
    home: Settings, ledger: Ledger, request_file: Path
) -> None:
    """It may yet be rejected: the other's end is not its own."""
    first, second = (hand_in(request_file, home, ledger) for _ in range(2))
    taken_in(home, ledger, first.job)
    ended(ledger, first.job)
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    assert follow(ledger, second.job, stop, home.inbox_dir, second.submission) is None
    quarantine(home.inbox_dir / second.job, second.job, "It was changed meanwhile.")
    with pytest.raises(Rejected, match=r"^It was changed meanwhile\.$"):
        follow(ledger, second.job, threading.Event(), home.inbox_dir, second.submission)


def test_an_old_rejection_is_not_the_answer_to_a_new_drop(
    home: Settings, ledger: Ledger, request_file: Path
) -> None:
    """While a drop of that name waits again, nothing is decided; then its own end is told."""
    handed = hand_in(request_file, home, ledger)
    quarantine(home.inbox_dir / handed.job, handed.job, "It was broken.")
    (home.inbox_dir / f"{handed.job}.yaml").write_text(REQUEST, "utf-8")
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    assert follow(ledger, handed.job, stop, home.inbox_dir) is None
    accept(parse_drop(home.inbox_dir / f"{handed.job}.yaml", home.intake), ledger, home, now())
    (home.inbox_dir / f"{handed.job}.yaml").unlink()
    ended(ledger, handed.job)
    event = follow(ledger, handed.job, threading.Event(), home.inbox_dir)
    assert event is not None
    assert event.job == handed.job


def test_following_among_ten_thousand_reads_no_folder(
    home: Settings, ledger: Ledger, request_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred people may wait, and each asks three times a second."""
    handed = hand_in(request_file, home, ledger)
    stop = threading.Event()
    threading.Timer(0.7, stop.set).start()
    listed: list[object] = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: (listed.append(path), real(path))[1])
    assert follow(ledger, handed.job, stop, home.inbox_dir, handed.submission) is None
    assert listed == []


def test_following_can_be_stopped(home: Settings, ledger: Ledger) -> None:
    """Ctrl-C ends the waiting."""
    stop = threading.Event()
    stop.set()
    assert follow(ledger, Handed(new_job_id()).job, stop, home.inbox_dir) is None

"""Handing a request in by hand and following it to its end."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from protogen.config import Settings
from protogen.intake.contents import DROP_SUFFIXES
from protogen.intake.drop import drop
from protogen.intake.inbox import waits
from protogen.intake.parse import parse_drop
from protogen.intake.quarantine import quarantine, rejection
from protogen.intake.rejected import Rejected
from protogen.job import JOB_ID, Event
from protogen.ledger import Ledger
from protogen.submission import digest, idempotency_key

POLL_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Handed:
    """A request handed in: its job, and the hash that it is known by if it has a `submission_id`."""

    job: str
    submission: str = ""


def hand_in(path: Path, settings: Settings, ledger: Ledger) -> Handed:
    """Drop the request at `path` into the inbox; one that is a job already is not dropped again.

    Raises Rejected if it cannot be used, or if its `submission_id` belongs to other content.
    """
    submission = parse_drop(path.resolve(), settings.intake)
    key = idempotency_key(submission)
    hashed = ledger.hash(key) if key else ""
    known = ledger.find(hashed) if hashed else None
    if known is None:
        return Handed(drop(path, settings.inbox_dir, settings.intake), hashed)
    if known.request != ledger.hash(digest(submission)):
        raise Rejected(
            f"The submission_id belongs to job {known.job} with other content; send it under a new one."
        )
    return Handed(known.job, hashed)


def follow(
    ledger: Ledger, job: str, stop: threading.Event, inbox: Path, submission: str = ""
) -> Event | None:
    """The job's final event; None when stopped first. Raises Rejected if its drop was.

    `submission` is the hash of a request's `submission_id`: where that is another job by now, its end is given.
    """
    while not stop.is_set():
        event = _newest(ledger, job, inbox, submission)
        if event and event.status.final:
            return event
        stop.wait(POLL_SECONDS)
    return None


def follow_events(ledger: Ledger, job: str, stop: threading.Event, inbox: Path) -> Iterator[Event]:
    """A job's events, those that were and each that comes, to the one that ends it or until stopped.

    A job that is still in the inbox is waited for. Ends at once for one that nobody knows.
    """
    told = 0
    while not stop.is_set():
        known = waits(inbox, job)  # asked first: what has left the inbox is in the ledger
        newest = ledger.job(job)
        if newest is None and not known:
            return
        if newest:
            events = ledger.history(job)
            yield from events[told:]
            told = len(events)
            if events[-1].status.final:
                return
        stop.wait(POLL_SECONDS)


def take_back(inbox: Path, job: str) -> bool:
    """Take a drop out of the inbox before it is a job; it lies in `rejected/` then. False if it is not there."""
    for name in (job, *(job + suffix for suffix in DROP_SUFFIXES)):
        if JOB_ID.fullmatch(job) and os.path.lexists(inbox / name):
            with contextlib.suppress(FileNotFoundError):  # accepted in this moment
                quarantine(inbox / name, name, "It was cancelled before it became a job.")
                return True
    return False


def _newest(ledger: Ledger, job: str, inbox: Path, submission: str) -> Event | None:
    there = waits(inbox, job)  # asked first: what has left the inbox is in the ledger or rejected
    if event := ledger.job(job):
        return event
    if there:
        return None
    if reason := rejection(inbox, job):
        raise Rejected(reason)
    return ledger.find(submission) if submission else None

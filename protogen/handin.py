"""Handing a request in by hand and following it to its end."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from protogen.config import Settings
from protogen.intake.drop import drop
from protogen.intake.inbox import waits
from protogen.intake.parse import parse_drop
from protogen.intake.quarantine import rejection
from protogen.intake.rejected import Rejected
from protogen.job import Event
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


def _newest(ledger: Ledger, job: str, inbox: Path, submission: str) -> Event | None:
    there = waits(inbox, job)  # asked first: what has left the inbox is in the ledger or rejected
    if event := ledger.job(job):
        return event
    if there:
        return None
    if reason := rejection(inbox, job):
        raise Rejected(reason)
    return ledger.find(submission) if submission else None

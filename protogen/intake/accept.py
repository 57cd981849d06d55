"""Accepting a submission: into the ledger as pending, once however often it comes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from protogen.config import Settings
from protogen.job import Event, Status
from protogen.submission import Submission, digest, idempotency_key, source, to_files


class Ledger(Protocol):
    """What accepting needs of the ledger."""

    def hash(self, value: str) -> str:
        """A keyed hash of `value`."""

    def find(self, submission: str) -> Event | None:
        """The newest job of the submission with that hash, unless expired."""

    def job(self, job_id: str) -> Event | None:
        """The newest event of a job."""

    def accept(self, event: Event, files: Mapping[str, bytes]) -> Event:
        """Keep the files and the pending event, durably."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The job that a submission is. `duplicate`: it was there before; `conflict`: with other content."""

    job: Event
    duplicate: bool = False
    conflict: bool = False


def accept(submission: Submission, ledger: Ledger, settings: Settings, now: datetime) -> Acceptance:
    """Take a submission into the ledger, or find the job that it already is.

    It is known by its job id, or by its `submission_id` from the same source, unless that job has expired.
    When this returns, the job is on the disk. Raises what the ledger raises.
    """
    key = idempotency_key(submission)
    user = source(submission)
    event = Event(
        job=submission.job_id,
        status=Status.PENDING,
        at=now,
        created_at=now,
        user=ledger.hash(user) if user else "",
        submission=ledger.hash(key) if key else "",
        request=ledger.hash(digest(submission)),
    )
    known = ledger.find(event.submission) if key else None
    if known:
        return _known(known, event)
    return _take(submission, event, ledger)


def _known(known: Event, event: Event) -> Acceptance:
    return Acceptance(known, duplicate=True, conflict=known.request != event.request)


def _take(submission: Submission, event: Event, ledger: Ledger) -> Acceptance:
    """Accept under the submission's job id or, where that is an expired job, one that follows from it.

    Following from it, the id is the same when a crash makes the drop come twice.
    """
    job_id = event.job
    while known := ledger.job(job_id):
        if known.status is not Status.EXPIRED:
            return _known(known, event)
        job_id = str(uuid.uuid5(uuid.UUID(job_id), "again"))
    files = to_files(replace(submission, job_id=job_id))
    return Acceptance(ledger.accept(replace(event, job=job_id), files))

"""What main may hold: events that follow from one another, and no word of a customer's."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from protogen.job import NEXT, Event, Status
from protogen.ledger.errors import LedgerError, TransitionError

CODE = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")
HASH = re.compile(r"[0-9a-f]{32}")
_MAX_CODE = 64


def check_next(newest: Event | None, event: Event) -> None:
    """Refuse an event that cannot follow `newest` (None: the job's first).

    Raises TransitionError where `protogen.job.NEXT` does not allow it, LedgerError where it changes what a
    job keeps from beginning to end.
    """
    if newest is None:
        if event.status not in NEXT[None]:
            raise TransitionError(f"The job {event.job} is not in the ledger; it begins as pending.")
        return
    if event.status not in NEXT[newest.status]:
        raise TransitionError(f"The job {event.job} is {newest.status}; it cannot become {event.status}.")
    if event.status is Status.COMPLETED and not event.content:
        raise TransitionError(f"The job {event.job} has no site; it cannot become completed.")
    if _identity(event) != _identity(newest):
        raise LedgerError(f"The event of job {event.job} drops its record; make it from the newest event.")


def audited(event: Event) -> Event:
    """The event as main may keep it for ever; a stage's reason stays where it is a code, else it is left out.

    Raises LedgerError for an error that is a text, and for a user, submission or request that is no hash.
    """
    if event.error and not _is_code(event.error):
        raise LedgerError(f"The error {event.error[:80]!r} is a text; main takes a code like model-timeout.")
    for value in (event.user, event.submission, event.request):
        if value and not HASH.fullmatch(value):
            raise LedgerError(f"The event of job {event.job} names what it must hash; use Ledger.hash.")
    stages = (stage if _is_code(stage.reason) else replace(stage, reason="") for stage in event.stages)
    return replace(event, stages=tuple(stages))


def expired(newest: Event, at: datetime) -> Event:
    """The event by which a job is forgotten: what remains is that it was, when, and how it ended."""
    return Event(
        job=newest.job,
        status=Status.EXPIRED,
        at=at,
        created_at=newest.created_at,
        attempt=newest.attempt,
        expires_at=newest.expires_at,
        error=newest.error,
        user=newest.user,
        submission=newest.submission,
        request=newest.request,
    )


def _identity(event: Event) -> tuple[object, ...]:
    return event.created_at.replace(microsecond=0), event.user, event.submission, event.request


def _is_code(text: str) -> bool:
    return len(text) <= _MAX_CODE and CODE.fullmatch(text) is not None

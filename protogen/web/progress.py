"""How far a request has come, in words for the person who waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from protogen.intake.fates import CANCELLED, fate_of
from protogen.job import Event, Status
from protogen.reasons import reason_for
from protogen.web.ledger import LedgerReader

STEPS = ("Received", "In the queue", "Being made", "Published")
_REASON_UP_TO = 2_000


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` indexes STEPS; `done` means that nothing will change by itself; `failed` that it went wrong.

    `place` is the one in the queue, for the `{place}` in the words.
    """

    title: str
    text: str
    step: int
    done: bool = False
    failed: bool = False
    project_id: str = ""
    place: int = 0
    can_cancel: bool = False
    can_retry: bool = False


def progress_of(job_id: str, ledger: LedgerReader, inbox: Path) -> Progress | None:
    """Where a job stands: from the ledger, else from the inbox; None where neither knows it.

    A drop is named by its job id, so a request can be asked after from its first moment on.
    """
    event = ledger.job(job_id)
    if event is None:
        return _CANCELLED if fate_of(inbox, job_id) == CANCELLED else _in_the_inbox(job_id, inbox)
    if event.status is Status.PENDING:
        return _pending(event, ledger.place(job_id))
    if event.status is Status.COMPLETED:
        return _completed(job_id, ledger)
    if event.status is Status.FAILED:
        reason = reason_for(event.error, event.attempt).customer
        return Progress("This did not work", reason, 2, done=True, failed=True, can_retry=True)
    return _FIXED[event.status]


_CANCELLED = Progress("This request was cancelled", "It will not be made.", 1, done=True, failed=True)
_FIXED = {
    Status.PROCESSING: Progress(
        "Your website is being made",
        "This takes less than two minutes. There is nothing to do.",
        2,
        can_cancel=True,
    ),
    Status.CANCELLED: replace(_CANCELLED, can_retry=True),
    Status.EXPIRED: Progress(
        "This prototype has expired",
        "Prototypes are kept for a limited time and then deleted for good, with what was sent for them.",
        3,
        done=True,
    ),
}


def _pending(event: Event, place: int | None) -> Progress:
    if event.error == "disk-full":
        return Progress("Your request waits", reason_for(event.error).customer, 1)
    if event.attempt:
        return Progress(
            "It will be tried again",
            "The last attempt did not succeed; the next one follows soon.",
            1,
            can_cancel=True,
            can_retry=True,
        )
    if place is None or place <= 1:
        return Progress("You are next", "Your request is at the front of the queue.", 1, can_cancel=True)
    text = "It is number {place} in the queue. There is nothing to do."
    return Progress("Your request waits its turn", text, 1, place=place, can_cancel=True)


def _completed(job_id: str, ledger: LedgerReader) -> Progress:
    version = ledger.version_of(job_id)
    return Progress("Your website is ready", "", 3, done=True, project_id=version[0] if version else "")


def _in_the_inbox(job_id: str, inbox: Path) -> Progress | None:
    names = [job_id, *(job_id + suffix for suffix in (".yaml", ".yml", ".zip"))]
    if any((inbox / name).exists() for name in names):
        return Progress("Your request has arrived", "It is being read.", 0)
    for name in names:
        reason = inbox / "rejected" / f"{name}.error.txt"
        if reason.is_file():
            text = reason.read_text("utf-8", "replace")[:_REASON_UP_TO].strip()
            return Progress("This request cannot be read", text, 0, done=True, failed=True)
    return None

"""Jobs as people and programs read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from protogen.config import Settings
from protogen.intake.inbox import waits
from protogen.intake.quarantine import rejection
from protogen.job import Event
from protogen.ledger import Ledger
from protogen.pipeline.report import iso
from protogen.reasons import reason_for
from protogen.worker import FAILURE_FILE


def event_row(event: Event, project_id: str) -> dict[str, Any]:
    """One line of a list."""
    return {
        "job": event.job,
        "status": event.status.value,
        "attempt": event.attempt,
        "at": iso(event.at),
        "seconds": round(event.duration_ms / 1000, 1) if event.duration_ms else None,
        "project": project_id,
        "error": event.error,
    }


def show_job(ledger: Ledger, settings: Settings, job: str) -> dict[str, Any] | None:
    """Everything that ledger and inbox say of a job; None if neither knows it."""
    event = ledger.job(job)
    if event is None:
        return _in_the_inbox(job, settings)
    project = ledger.project_of(job) or ""
    about: dict[str, Any] = {
        "job": event.job,
        "status": event.status.value,
        "attempt": event.attempt,
        "created_at": iso(event.created_at),
        "updated_at": iso(event.at),
    }
    if event.not_before:
        about["not_before"] = iso(event.not_before)
    if event.expires_at:
        about["expires_at"] = iso(event.expires_at)
    if project:
        about |= {"project": project, "url": settings.site_url(project), "bytes": event.size}
        about["seconds"] = round(event.duration_ms / 1000, 1)
    if event.error:
        reason = reason_for(event.error, event.attempt)
        about |= {"error": event.error, "for_the_customer": reason.customer, "what_to_do": reason.operator}
        if cause := ledger.kept(job, FAILURE_FILE):
            about["cause"] = cause.decode("utf-8", "replace").strip().splitlines()[-1]
    if event.degraded:
        about["degraded"] = "made without the AI's full help; made again once when it is back"
    about["stages"] = [
        f"{s.name}: {s.rung} {s.model} {s.prompt_tokens}+{s.completion_tokens} tokens {s.ms} ms {s.reason}".rstrip()
        for s in event.stages
    ]
    return about


def table(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Rows of the same names as lines in columns, the names on top. As wide as it needs: nothing is cut off."""
    if not rows:
        return
    lines = [
        list(rows[0]),
        *(["" if value is None else str(value) for value in row.values()] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(map(str.ljust, line, widths)).rstrip()


def history_lines(events: Sequence[Event]) -> Iterator[str]:
    """A line an event, oldest first."""
    yield from map(history_line, events)


def history_line(event: Event) -> str:
    """When, which job, where it stands, the attempt, and the error or the time it took."""
    detail = event.error or (f"{event.duration_ms / 1000:.1f} s" if event.duration_ms else "")
    return (
        f"{iso(event.at)}  {event.job}  {event.status.value:<10} attempt {event.attempt}  {detail}".rstrip()
    )


def _in_the_inbox(job: str, settings: Settings) -> dict[str, Any] | None:
    if waits(settings.inbox_dir, job):
        return {"job": job, "status": "in the inbox"}
    reason = rejection(settings.inbox_dir, job)
    return {"job": job, "status": "rejected", "error": reason} if reason else None

"""Jobs as people and programs read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from protogen.config import Settings
from protogen.job import Event
from protogen.ledger import Ledger
from protogen.pipeline.report import iso


def event_row(event: Event, project_id: str) -> dict[str, Any]:
    """One line of a list."""
    return {
        "job": event.job,
        "status": event.status.value,
        "attempt": event.attempt,
        "at": iso(event.at),
        "seconds": round(event.duration_ms / 1000, 1) if event.duration_ms else "",
        "project": project_id,
        "error": event.error,
    }


def show_job(ledger: Ledger, settings: Settings, job: str) -> dict[str, Any] | None:
    """Everything that the ledger says of a job; None if it is not known."""
    event = ledger.job(job)
    if event is None:
        return None
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
        about["error"] = event.error
    about["stages"] = [
        f"{s.name}: {s.rung} {s.model} {s.prompt_tokens}+{s.completion_tokens} tokens {s.ms} ms {s.reason}".rstrip()
        for s in event.stages
    ]
    return about


def history_lines(events: Sequence[Event]) -> Iterator[str]:
    """A line an event, oldest first."""
    for event in events:
        detail = event.error or (f"{event.duration_ms / 1000:.1f} s" if event.duration_ms else "")
        yield f"{iso(event.at)}  {event.job}  {event.status.value:<10} attempt {event.attempt}  {detail}".rstrip()

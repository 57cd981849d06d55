"""A job's whole story, for a person: what the ledger recorded and what was logged, in the order of time."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from protogen.config import Settings
from protogen.job import Event, StageTrace, Status
from protogen.ledger import Ledger
from protogen.ledger.trailers import time_text
from protogen.logs.events import EVENTS
from protogen.logs.file import lines_of
from protogen.logs.lines import BEGUN, DONE, FAILED, WARNED, mark_of
from protogen.logs.safe import exact_time
from protogen.pipeline.report import iso
from protogen.reasons import reason_for
from protogen.views import show_job

Fields = dict[str, Any]
_OF_THE_LEDGER = ("job-accepted", "job-started", "job-finished")
"""Lines that say what the ledger says, to the millisecond."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `source` is `ledger` or `log`; `exact` is true where milliseconds are known."""

    at: datetime
    source: str
    mark: str
    text: str
    fields: Fields
    exact: bool = True

    def line(self) -> str:
        """For a person."""
        return f"{_time(self.at, self.exact):<24}  {self.mark} {self.text}".rstrip()

    def row(self) -> Fields:
        """For a program."""
        return {"at": _time(self.at, self.exact), "source": self.source, **self.fields}


@dataclass(frozen=True, slots=True)
class Story:
    """All entries of a job in the order of time, and where it ended."""

    job: str
    last: Event | None
    status: str
    entries: Sequence[Entry]
    project: str = ""
    calls: Fields = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """For a person: a line an entry, then where it ended, and what to do about it."""
        for entry in self.entries:
            yield entry.line()
        yield self._end()
        if self.last and self.last.error:
            yield reason_for(self.last.error, self.last.attempt).operator.replace("JOB", self.job)

    def about(self) -> Fields:
        """For a program."""
        last = self.last
        return {
            "job": self.job,
            "status": self.status,
            "project": self.project,
            "attempt": last.attempt if last else 0,
            "ms": last.duration_ms if last else 0,
            "error": last.error if last else "",
            "calls": self.calls,
            "events": [entry.row() for entry in self.entries],
        }

    def _end(self) -> str:
        last = self.last
        if last is None:
            return f"It is {self.status}; the ledger does not know it."
        took = f" after {last.duration_ms / 1000:.1f} s" if last.duration_ms else ""
        error = f": {last.error}" if last.error else ""
        calls = self.calls
        asked = (
            f"; {calls['asked']} calls, {calls['failed']} of them failed, "
            f"{calls['prompt_tokens']} tokens read, {calls['completion_tokens']} written"
            if calls["asked"]
            else ""
        )
        return f"It is {last.status.value} in attempt {last.attempt}{took}{error}{asked}."


def story_of(settings: Settings, ledger: Ledger, job: str) -> Story | None:
    """The story of a job, with what is left of the log; None where nothing knows the job. Raises LedgerError."""
    events = ledger.history(job) if ledger.job(job) else []
    logged = list(lines_of(settings.logs_dir, job))
    about = None if events else show_job(ledger, settings, job)
    if not events and about is None:
        return None
    known = [line for line in logged if line.get("event") in EVENTS]
    entries = [*_of_ledger(events, known), *_of_log(known, bool(events))]
    return Story(
        job,
        events[-1] if events else None,
        events[-1].status.value if events else str((about or {})["status"]),
        sorted(entries, key=lambda entry: entry.at),  # which leaves what is of one moment in its order
        ledger.project_of(job) or "",
        _calls(known),
    )


def _of_ledger(events: Sequence[Event], logged: Sequence[Fields]) -> Iterator[Entry]:
    """The ledger's events, at the time of the line that says the same; their stages where no line tells of them."""
    exact: defaultdict[tuple[str, str], deque[str]] = defaultdict(deque)
    for line in logged:
        if line["event"] in _OF_THE_LEDGER:
            exact[str(line.get("status")), str(line.get("at"))].append(line["time"])
    told = {line.get("stage") for line in logged if line["event"] == "stage-finished"}
    before: tuple[StageTrace, ...] = ()
    for event in events:
        times = exact[event.status.value, time_text(event.at)]
        at = datetime.fromisoformat(times[0]) if times else event.at
        if event.stages != before:
            yield from (_stage(trace, at) for trace in event.stages if trace.name not in told)
        before = event.stages
        fields = {
            "event": event.status.value,
            "attempt": event.attempt,
            "ms": event.duration_ms,
            "error": event.error,
        }
        yield Entry(at, "ledger", _mark(event), _text(event), fields, exact=bool(times))
        if times:
            times.popleft()


def _of_log(logged: Sequence[Fields], known: bool) -> Iterator[Entry]:
    """The lines of the log but those that say what the ledger says."""
    for line in logged:
        if known and line["event"] in _OF_THE_LEDGER:
            continue
        fields = {
            name: value for name, value in line.items() if name not in ("time", "job", "message", "logger")
        }
        text = f"  {EVENTS[line['event']].sentence(line)}"
        yield Entry(datetime.fromisoformat(line["time"]), "log", mark_of(line), text, fields)


def _stage(trace: StageTrace, at: datetime) -> Entry:
    fields = {
        "event": "stage-finished",
        "stage": trace.name,
        "rung": trace.rung.value,
        "ms": trace.ms,
        "provider": trace.provider,
        "model": trace.model,
        "prompt_tokens": trace.prompt_tokens,
        "completion_tokens": trace.completion_tokens,
        "reason": trace.reason,
    }
    return Entry(at, "ledger", DONE, f"  {EVENTS['stage-finished'].sentence(fields)}", fields, exact=False)


def _text(event: Event) -> str:
    took = f"{event.duration_ms / 1000:.1f} s" if event.duration_ms else ""
    again = f"not before {iso(event.not_before)}" if event.not_before else ""
    return f"{event.status.value:<10}  attempt {event.attempt}  {'  '.join(filter(None, (took, event.error, again)))}"


def _mark(event: Event) -> str:
    if event.status is Status.FAILED:
        return FAILED
    if event.error:
        return WARNED
    return DONE if event.status is Status.COMPLETED else BEGUN


def _calls(logged: Sequence[Fields]) -> Fields:
    calls = [line for line in logged if line["event"] == "ai-call"]
    return {
        "asked": len(calls),
        "failed": sum(line.get("status") != "ok" for line in calls),
        **{
            name: sum(int(line.get(name) or 0) for line in calls)
            for name in ("prompt_tokens", "completion_tokens", "ms")
        },
    }


def _time(at: datetime, exact: bool) -> str:
    return exact_time(at) if exact else iso(at)

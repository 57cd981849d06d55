"""A record as a line: JSON for programs, a sentence that opens with a mark for people."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from datetime import datetime
from typing import Any

from structlog.processors import JSONRenderer
from structlog.stdlib import ProcessorFormatter

from protogen.logs.events import EVENTS
from protogen.logs.safe import fields_of, from_record

DONE, BEGUN, WARNED, FAILED = "✓", "·", "!", "✗"


def json_lines() -> logging.Formatter:
    """One JSON object a line: time (UTC), level, event, message, logger, then the event's fields."""
    return _formatter(JSONRenderer(ensure_ascii=False))


def people_lines(*, verbose: bool = False) -> logging.Formatter:
    """The mark of the outcome, the time of day, the sentence; `verbose` adds where an error was raised."""

    def render(logger: Any, method: str, line: MutableMapping[str, Any]) -> str:
        at = datetime.fromisoformat(line["time"]).astimezone()
        text = f"{mark_of(line)} {at:%H:%M:%S} {line['message']}"
        frames = line.get("frames", []) if verbose else []
        return "\n".join([text, *(f"  {frame}" for frame in frames)])

    return _formatter(render)


def mark_of(line: MutableMapping[str, Any]) -> str:
    """The mark that a line opens with, by its level and by what became of it."""
    if line["level"] in ("error", "critical"):
        return FAILED
    if line["level"] == "warning":
        return WARNED
    kind = EVENTS.get(line["event"])
    return DONE if kind and kind.done else BEGUN


def is_quiet(record: logging.LogRecord) -> bool:
    """True for what people see on request only."""
    kind = EVENTS.get(fields_of(record).get("event", ""))
    return bool(kind and kind.quiet and record.levelno < logging.WARNING)


def _formatter(render: Any) -> logging.Formatter:
    return ProcessorFormatter(
        foreign_pre_chain=[from_record],
        processors=[render],
        use_get_message=False,
        pass_foreign_args=True,
    )

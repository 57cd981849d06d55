"""What keeps customers' words out of the log: declared events alone, values that are codes, errors by their kind."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from protogen.logs.events import EVENTS, FIELDS, LIBRARY

EventDict = MutableMapping[str, Any]
HIDDEN = "hidden"
"""Stands in place of a value that is no code."""

_CODE = re.compile(r"[A-Za-z0-9:/][A-Za-z0-9._:/,-]{0,199}")
_TEMPLATE = re.compile(r"[\x20-\x7e]{1,200}")
_CONSTANT = ("uvicorn",)  # log nothing but words of their own where they give no arguments
_MOST_FRAMES = 12
_PACKAGE = Path(__file__).parent.parent.name
_RECORD_FIELD = "protogen_fields"


def error_kind(error: BaseException) -> str:
    """One word for an error: its own code, the system's number or its class; never its message."""
    code = getattr(error, "code", None)
    if isinstance(code, str) and _CODE.fullmatch(code):
        return code
    return class_kind(error)


def class_kind(error: BaseException) -> str:
    """The system's number of an error, or its class in small letters."""
    if isinstance(error, OSError) and error.errno:
        return f"os-{error.errno}"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", type(error).__name__)
    return words.lower().removesuffix("-error")


def frames_of(trace: TracebackType | None) -> list[str]:
    """Where in the program an error was raised, the innermost last, without a word of what was being done."""
    found = [
        f"{_short(frame.filename)}:{frame.lineno}:{frame.name.strip('<>')}"
        for frame in traceback.extract_tb(trace)
    ]
    return found[-_MOST_FRAMES:]


def codes(reason: str) -> str:
    """The codes in a stage's reason (`hero fields: no-time; menu gate`), each once."""
    found = [part.rpartition(": ")[2].rpartition(" ")[2] for part in reason.split("; ") if part]
    return ",".join(dict.fromkeys(code for code in found if _CODE.fullmatch(code)))


def tail(project_id: str) -> str:
    """What may be logged of a project's id: its random end, which no customer has chosen."""
    return project_id.rpartition("-")[2][-5:]


def safe(value: Any) -> Any:
    """A value as it may be logged: numbers, and texts that are codes."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return [safe(each) for each in value]
    text = str(value)
    return text if _CODE.fullmatch(text) else HIDDEN


def exact_time(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def declared(logger: Any, method: str, event: EventDict) -> EventDict:
    """A processor: an event of `EVENTS` with fields of `FIELDS`, all of them safe; an error as its kind and place."""
    error = _error_in(event)
    kept: EventDict = {"event": str(event["event"])}
    if error is not None:
        event.setdefault("error", error_kind(error))
        kept["exc_info"] = error
    for name in FIELDS:
        if name in event and event[name] not in (None, ""):
            kept[name] = safe(event[name])
    return kept


def worded(logger: Any, method: str, event: EventDict) -> EventDict:
    """A processor: adds the sentence for people."""
    kind = EVENTS.get(event["event"])
    try:
        event["message"] = kind.sentence(event) if kind else event["event"]
    except (KeyError, ValueError, TypeError):  # a line without one of its fields is a line still
        event["message"] = event["event"]
    return event


def to_record(logger: Any, method: str, event: EventDict) -> tuple[tuple[str], dict[str, Any]]:
    """The last processor: the arguments for the standard library's logger."""
    error = event.pop("exc_info", None)
    return (event["message"],), {"extra": {_RECORD_FIELD: dict(event)}, "exc_info": error}


def fields_of(record: logging.LogRecord) -> Mapping[str, Any]:
    """The fields of a record of ours, its event among them; of a library's, none."""
    fields: Mapping[str, Any] = getattr(record, _RECORD_FIELD, {})
    return fields


def from_record(logger: Any, method: str, event: EventDict) -> EventDict:
    """The first processor of a formatter: a record of ours or of a library's as fields, with time, level and logger."""
    record: logging.LogRecord = event["_record"]
    own = getattr(record, _RECORD_FIELD, None)
    arguments = event.get("positional_args")
    fields: EventDict = dict(own) if own is not None else _of_library(record, bool(arguments))
    line: EventDict = {
        "time": exact_time(datetime.fromtimestamp(record.created, UTC)),
        "level": record.levelname.lower(),
        "event": fields.pop("event"),
        "message": fields.pop("message"),
        "logger": record.name,
        **fields,
    }
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        line.setdefault("error", error_kind(error))
        if cause := error.__cause__ or error.__context__:
            line["cause"] = error_kind(cause)
        line["frames"] = frames_of(error.__traceback__)
    return line


def _of_library(record: logging.LogRecord, filled: bool) -> EventDict:
    """What may be logged of a library's line: its template, for the values in it may be anything."""
    template = str(record.msg).strip().partition("\n")[0]
    constant = filled or record.name.partition(".")[0] in _CONSTANT
    said = template if constant and _TEMPLATE.fullmatch(template) else ""
    fields: EventDict = {"event": LIBRARY, "logger": record.name} | ({"said": said} if said else {})
    return worded(None, "", fields)


def _error_in(event: EventDict) -> BaseException | None:
    given = event.pop("exc_info", None)
    if given is True:
        return sys.exc_info()[1]
    if isinstance(given, tuple):
        given = given[1]
    return given if isinstance(given, BaseException) else None


def _short(filename: str) -> str:
    parts = Path(filename).parts
    start = max(
        (n for n, part in enumerate(parts) if part in (_PACKAGE, "site-packages")), default=len(parts) - 1
    )
    return "/".join(
        parts[start:] if parts[start : start + 1] == (_PACKAGE,) else parts[start + 1 :] or parts[-1:]
    )

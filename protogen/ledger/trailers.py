"""Events as commit messages that a person can read, and back.

A message is a subject and one block of trailers (git-interpret-trailers(1)), so that `git log`,
`git interpret-trailers --parse` and `%(trailers)` show the record as it is:

    completed 5b1c0a52-3f0e-4a53-9a55-0a7d0d1f8c11

    Job: 5b1c0a52-3f0e-4a53-9a55-0a7d0d1f8c11
    Status: completed
    Attempt: 1
    Created-At: 2025-11-23T22:25:00Z
    Stage-brief: fields model=qwen2.5-coder tokens=612+140 ms=7200

A value is one line. What is not printable, `%`, and spaces at its ends stand as the percent-encoded bytes
of their UTF-8 (RFC 3986, section 2.1); so no value can begin a line, and none can forge a trailer.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import unquote

from protogen.job import JOB_ID, PROJECT_ID, Event, Rung, StageTrace, Status
from protogen.ledger.errors import LedgerError

COMMIT_ID = re.compile(r"[0-9a-f]{40}")
STAGE_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}")
_STAGE_PREFIX = "Stage-"
Trailer = tuple[str, str]


def event_message(event: Event) -> str:
    """The commit message of an event. Its `at` is not in it: it is the commit's own date.

    Raises LedgerError for an event that is not one: a job that is no UUID, a time without a zone, a
    negative number, a content that is no commit, a stage name that is no name.
    """
    try:
        trailers = [("Job", _job(event.job)), ("Status", event.status.value), *_record(event)]
    except ValueError as error:
        raise LedgerError(f"The event cannot be written: {error}.") from None
    for key, value in (
        ("Error", event.error),
        ("User", event.user),
        ("Submission", event.submission),
        ("Request", event.request),
    ):
        trailers += [(key, escape(value))] if value else []
    return _message(f"{event.status.value} {event.job}", trailers)


def parse_event(message: str, at: datetime) -> Event:
    """The event of a commit message; `at` is the commit's date. Raises LedgerError if it holds none."""
    trailers = fields(message)
    one = dict(trailers)
    try:
        return Event(
            job=_job(one["Job"]),
            status=Status(one["Status"]),
            at=at,
            created_at=_parse_time(one["Created-At"]),
            attempt=_parse_number(one.get("Attempt", "0")),
            not_before=_parse_time(one["Not-Before"]) if "Not-Before" in one else None,
            expires_at=_parse_time(one["Expires-At"]) if "Expires-At" in one else None,
            content=_commit(one["Content"]) if "Content" in one else "",
            duration_ms=_parse_number(one.get("Duration-Ms", "0")),
            size=_parse_number(one.get("Bytes", "0")),
            stages=parse_stages(trailers),
            degraded=_parse_number(one.get("Degraded", "0")),
            error=unescape(one.get("Error", "")),
            user=unescape(one.get("User", "")),
            submission=unescape(one.get("Submission", "")),
            request=unescape(one.get("Request", "")),
        )
    except (KeyError, ValueError) as error:
        raise LedgerError(f"The commit {_subject(message)!r} is not an event of a job: {error}.") from None


def version_message(project_id: str, number: int, event: Event, restores: int = 0) -> str:
    """The commit message of version `number` of a prototype, made by the job of `event`.

    `restores` is the number of the earlier version whose files it brings back, 0 for a site made anew.
    """
    if not PROJECT_ID.fullmatch(project_id):
        raise LedgerError(f"{project_id!r} is not a project id; it must be a DNS label in lower case.")
    try:
        head = [("Project", project_id), ("Job", _job(event.job)), ("Version", _number(number))]
        head += [("Restores", _number(restores))] if restores else []
        trailers = head + _record(event)
    except ValueError as error:
        raise LedgerError(f"The version cannot be written: {error}.") from None
    return _message(f"Version {number} of {project_id}", trailers)


def fields(message: str) -> list[Trailer]:
    """The trailers of a message in their order, values still escaped; lines that are none are left out."""
    block = message.rstrip("\n").rpartition("\n\n")[2]
    return [
        (key, value) for key, colon, value in (line.partition(": ") for line in block.split("\n")) if colon
    ]


def parse_stages(trailers: list[Trailer]) -> tuple[StageTrace, ...]:
    """The `Stage-<name>` trailers as traces. Raises ValueError for one that is none."""
    return tuple(
        _parse_stage(key.removeprefix(_STAGE_PREFIX), value)
        for key, value in trailers
        if key.startswith(_STAGE_PREFIX)
    )


def parse_time(value: str) -> datetime:
    """A time as trailers have it, `2025-11-23T22:25:00Z`. Raises LedgerError."""
    try:
        return _parse_time(value)
    except ValueError:
        raise LedgerError(f"{value!r} is not a time like 2025-11-23T22:25:00Z.") from None


def time_text(value: datetime) -> str:
    """A time as trailers have it: ISO 8601 in UTC, to the second. Raises ValueError if it has no zone."""
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return value.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def escape(value: str) -> str:
    """`value` on one line, reversible by `unescape`; printable text stays as it is, `%` does not."""
    text = "".join(char if char.isprintable() and char != "%" else _percent(char) for char in value)
    return re.sub(r"^ | $", "%20", text)


def unescape(value: str) -> str:
    """What `escape` was given. Raises ValueError for escapes that are not UTF-8."""
    return unquote(value, errors="surrogatepass")


def _record(event: Event) -> list[Trailer]:
    trailers = [("Attempt", _number(event.attempt)), ("Created-At", time_text(event.created_at))]
    if event.expires_at:
        trailers.append(("Expires-At", time_text(event.expires_at)))
    if event.not_before:
        trailers.append(("Not-Before", time_text(event.not_before)))
    if event.content:
        trailers.append(("Content", _commit(event.content)))
    if event.duration_ms:
        trailers.append(("Duration-Ms", _number(event.duration_ms)))
    if event.size:
        trailers.append(("Bytes", _number(event.size)))
    if event.degraded:
        trailers.append(("Degraded", _number(event.degraded)))
    return trailers + [_stage(stage) for stage in event.stages]


def _message(subject: str, trailers: list[Trailer]) -> str:
    return f"{subject}\n\n" + "".join(f"{key}: {value}\n" for key, value in trailers)


def _stage(stage: StageTrace) -> Trailer:
    if not STAGE_NAME.fullmatch(stage.name):
        raise ValueError(f"{stage.name!r} is not a stage name")
    words = [stage.rung.value]
    if stage.model:
        words.append(f"model={_word(stage.model)}")
    if stage.provider:
        words.append(f"provider={_word(stage.provider)}")
    if stage.prompt_tokens or stage.completion_tokens:
        words.append(f"tokens={_number(stage.prompt_tokens)}+{_number(stage.completion_tokens)}")
    words.append(f"ms={_number(stage.ms)}")
    if stage.retries:
        words.append(f"retries={_number(stage.retries)}")
    if stage.reason:  # last, because its spaces stay
        words.append(f"reason={escape(stage.reason)}")
    return _STAGE_PREFIX + stage.name, " ".join(words)


def _parse_stage(name: str, value: str) -> StageTrace:
    if not STAGE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a stage name")
    head, _, reason = value.partition(" reason=")
    rung, *words = head.split(" ")
    given = dict(word.split("=", 1) for word in words)
    prompt, _, completion = given.get("tokens", "0+0").partition("+")
    return StageTrace(
        name=name,
        rung=Rung(rung),
        model=unescape(given.get("model", "")),
        prompt_tokens=_parse_number(prompt),
        completion_tokens=_parse_number(completion),
        ms=_parse_number(given["ms"]),
        retries=_parse_number(given.get("retries", "0")),
        reason=unescape(reason),
        provider=unescape(given.get("provider", "")),
    )


def _word(value: str) -> str:
    return escape(value).replace(" ", "%20")


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


def _job(value: str) -> str:
    if not JOB_ID.fullmatch(value):
        raise ValueError(f"{value!r} is not a job id")
    return value


def _commit(value: str) -> str:
    if not COMMIT_ID.fullmatch(value):
        raise ValueError(f"{value!r} is not a commit id")
    return value


def _number(value: int) -> str:
    if value < 0:
        raise ValueError(f"{value} is below zero")
    return str(value)


def _parse_number(value: str) -> int:
    if not _NUMBER.fullmatch(value):
        raise ValueError(f"{value!r} is not a number")
    return int(value)


def _parse_time(value: str) -> datetime:
    if not _TIME.fullmatch(value):
        raise ValueError(f"{value!r} is not a time")
    return datetime.fromisoformat(value)


def _subject(message: str) -> str:
    return message.partition("\n")[0][:80]

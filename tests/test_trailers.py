"""Events as commit messages."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protogen.job import Event, Rung, StageTrace, Status
from protogen.ledger import LedgerError
from protogen.ledger.trailers import (
    escape,
    event_message,
    fields,
    parse_event,
    parse_time,
    time_text,
    unescape,
    version_message,
)

JOB = "5b1c0a52-3f0e-4a53-9a55-0a7d0d1f8c11"
AT = datetime(2025, 11, 23, 22, 25, tzinfo=UTC)
EVENT = Event(
    job=JOB,
    status=Status.COMPLETED,
    at=AT,
    created_at=AT - timedelta(seconds=90),
    attempt=1,
    expires_at=AT + timedelta(days=30),
    content="c0ffee" * 6 + "c0ff",
    duration_ms=71_250,
    size=48_213,
    stages=(
        StageTrace("brief", Rung.FIELDS, "qwen2.5-coder", 612, 140, 7200),
        StageTrace("page", Rung.TEMPLATE, "qwen2.5 coder", 9, 1, 3, 2, "hero: too long"),
        StageTrace("theme", Rung.TEMPLATE, ms=4),
    ),
    submission="a" * 32,
)
MESSAGE = f"""completed {JOB}

Job: {JOB}
Status: completed
Attempt: 1
Created-At: 2025-11-23T22:23:30Z
Expires-At: 2025-12-23T22:25:00Z
Content: c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff
Duration-Ms: 71250
Bytes: 48213
Stage-brief: fields model=qwen2.5-coder tokens=612+140 ms=7200
Stage-page: template model=qwen2.5%20coder tokens=9+1 ms=3 retries=2 reason=hero: too long
Stage-theme: template ms=4
Submission: {"a" * 32}
"""

texts = st.text(st.characters(), max_size=60) | st.sampled_from(
    [
        "\nStatus: failed",
        "a\r\n\r\nJob: x",
        " ",
        "%0A",
        "%",
        " reason=x",
        "\u2028Error: x",
        "\x85x",
        "é 🥐",
        "\ud800",
    ]
)
times = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)).map(
    lambda time: time.replace(microsecond=0)
)
counts = st.integers(min_value=0, max_value=10**15)
stages = st.builds(
    StageTrace,
    name=st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True),
    rung=st.sampled_from(Rung),
    model=texts,
    prompt_tokens=counts,
    completion_tokens=counts,
    ms=counts,
    retries=counts,
    reason=texts,
)
events = st.builds(
    Event,
    job=st.uuids().map(str),
    status=st.sampled_from(Status),
    at=times,
    created_at=times,
    attempt=counts,
    not_before=st.none() | times,
    expires_at=st.none() | times,
    content=st.just("") | st.from_regex(r"[0-9a-f]{40}", fullmatch=True),
    duration_ms=counts,
    size=counts,
    stages=st.lists(stages, max_size=6).map(tuple),
    error=texts,
    user=texts,
    submission=texts,
    request=texts,
)


@given(events)
def test_an_event_comes_back_from_its_message_as_it_went_in(event: Event) -> None:
    """Whatever its texts hold."""
    assert parse_event(event_message(event), event.at) == event


@given(events, texts)
def test_no_value_can_forge_a_trailer(event: Event, hostile: str) -> None:
    """A message has the trailers its event has, in its order, whoever wrote the values."""
    plain = replace(event, error="x", user="x", submission="x", request="x")
    forged = replace(
        plain, error=hostile or "y", user=hostile or "y", submission=hostile or "y", request=hostile or "y"
    )
    keys = [key for key, _ in fields(event_message(plain))]
    message = event_message(forged)
    assert [key for key, _ in fields(message)] == keys
    assert len(message.splitlines()) == len(keys) + 2


@given(texts)
def test_an_escaped_value_is_one_printable_line(value: str) -> None:
    """And the way back gives what went in."""
    assert escape(value).isprintable()
    assert escape(value).strip() == escape(value)
    assert unescape(escape(value)) == value


@settings(max_examples=25)
@given(events)
def test_git_reads_the_same_trailers(event: Event) -> None:
    """git-interpret-trailers(1) takes the block as we wrote it: every line, nothing more."""
    message = event_message(event)
    parsed = subprocess.run(
        ["git", "interpret-trailers", "--parse"], input=message.encode(), capture_output=True, check=True
    ).stdout.decode()
    assert parsed == message.partition("\n\n")[2]


def test_a_message_reads_well() -> None:
    """This is the format of docs/formats.md, to the letter."""
    assert event_message(EVENT) == MESSAGE
    assert parse_event(MESSAGE, AT) == EVENT


def test_unknown_trailers_are_passed_over() -> None:
    """A later program may say more."""
    assert parse_event(MESSAGE + "Moon-Phase: waxing\nnot a trailer\n", AT) == EVENT


def test_a_version_names_its_project() -> None:
    """The log of refs/prototypes/<id> is a site's history, readable alone."""
    message = version_message("fern-flour-7k2mq", 2, EVENT)
    assert message.startswith("Version 2 of fern-flour-7k2mq\n\nProject: fern-flour-7k2mq\nJob: 5b1c")
    assert dict(fields(message))["Version"] == "2"
    assert "Stage-page: template" in message


def test_times_are_utc_wherever_they_were_taken() -> None:
    """And to the second, as git has them."""
    prague = datetime(2025, 11, 23, 23, 25, 0, 999, tzinfo=timezone(timedelta(hours=1)))
    assert time_text(prague) == "2025-11-23T22:25:00Z"
    assert parse_time("2025-11-23T22:25:00Z") == AT


@pytest.mark.parametrize(
    "text", ["", "2025-11-23", "2025-11-23T22:25:00+01:00", "2025-13-01T00:00:00Z", "٢٠٢٥-11-23T22:25:00Z"]
)
def test_a_time_in_another_format_is_refused(text: str) -> None:
    """One format, so that text sorts as time does."""
    with pytest.raises(LedgerError, match="is not a time"):
        parse_time(text)


@pytest.mark.parametrize(
    "broken",
    [
        {"job": "x\nStatus: completed"},
        {"job": JOB.upper()},
        {"created_at": datetime(2025, 11, 23)},
        {"attempt": -1},
        {"size": -1},
        {"content": "HEAD"},
        {"stages": (StageTrace("Stage\nStatus: failed", Rung.FIELDS),)},
        {"stages": (StageTrace("", Rung.FIELDS),)},
        {"stages": (StageTrace("brief", Rung.FIELDS, ms=-1),)},
    ],
)
def test_what_is_no_event_is_not_written(broken: dict[str, object]) -> None:
    """Names, numbers and times have no escapes: they must be what they say."""
    with pytest.raises(LedgerError, match="cannot be written"):
        event_message(replace(EVENT, **broken))
    if "job" in broken or "stages" in broken:
        with pytest.raises(LedgerError, match="cannot be written"):
            version_message("fern", 1, replace(EVENT, **broken))


@pytest.mark.parametrize("project", ["", "Fern", "../x", "a\nJob: x", "xn--a"])
def test_a_version_of_no_project_is_not_written(project: str) -> None:
    """A project id is a DNS label."""
    with pytest.raises(LedgerError, match="project id"):
        version_message(project, 1, EVENT)


def test_a_commit_that_is_no_event_is_called_by_the_begin_of_its_subject() -> None:
    """Eighty characters of the first line, whatever else it says."""
    with pytest.raises(LedgerError, match=rf"^The commit '{'x' * 80}' is not an event of a job: "):
        parse_event(f"{'x' * 81}\n\nsecond line\n", AT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"Job: {JOB}\n", ""),
        ("Status: completed", "Status: done"),
        ("Attempt: 1", "Attempt: one"),
        ("Attempt: 1", "Attempt: ١"),
        ("Created-At: 2025", "Created-At: x"),
        ("Content: c0ffee", "Content: "),
        ("Stage-brief: fields", "Stage-brief: magic"),
        ("Stage-brief: fields", "Stage-: fields"),
        (" ms=7200", ""),
        ("model=qwen2.5-coder ", "model "),
        ("Submission: a", "Submission: %FF"),
    ],
)
def test_a_broken_message_is_said_so(old: str, new: str) -> None:
    """A commit made by hand is no event; nothing is guessed."""
    assert old in MESSAGE
    with pytest.raises(LedgerError, match="is not an event"):
        parse_event(MESSAGE.replace(old, new), AT)

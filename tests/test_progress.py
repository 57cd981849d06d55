"""What a person sees while a site is made, and how lines are said on a terminal."""

from __future__ import annotations

import io
import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from protogen.job import Event, Rung, StageTrace, Status, new_job_id, now
from protogen.pipeline.runner import STEPS
from protogen.progress import LABELS, TerminalProgress
from protogen.terminal import TerminalLog, say

EVENT = Event(new_job_id(), Status.PROCESSING, now(), now(), attempt=1)


@pytest.fixture
def console() -> Console:
    """A terminal of 40 columns."""
    return Console(file=io.StringIO(), width=40, force_terminal=False)


def printed(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_every_stage_has_a_label() -> None:
    """No stage shows its inner name to people."""
    assert set(LABELS) == {step.name for step in STEPS}


def test_a_job_is_a_line_a_stage(console: Console) -> None:
    """Its number, what was done with seconds and tokens, why it is on a lower rung, and its end."""
    progress = TerminalProgress(console)
    progress.job_started(EVENT)
    for index, (name, rung, reason) in enumerate(
        [("brief", Rung.FIELDS, ""), ("structure", Rung.MARKUP, ""), ("style", Rung.TEMPLATE, "no-time [/x]")]
    ):
        progress.stage_started(EVENT.job, name, index, 3)
        progress.stage_progress(EVENT.job, name, "hero")
        progress.stage_finished(
            EVENT.job, StageTrace(name, rung, completion_tokens=40, ms=1500, reason=reason)
        )
    progress.job_finished(replace(EVENT, status=Status.COMPLETED))
    lines = printed(console)
    assert lines[0] == f"Job {EVENT.job}"
    assert [line for line in lines if "✓" in line] == [
        "  ✓ Reading the request         1.5 s  written by the AI, 40 tokens",
        "  ✓ Writing the sections        1.5 s  written by the AI, 40 tokens",
        "  ✓ Choosing the look           1.5 s  from templates, 40 tokens (no-time [/x])",
    ]
    assert lines[-1].startswith("Published after ")


def test_a_further_attempt_says_so(console: Console) -> None:
    """With its number, and when the next one comes."""
    progress = TerminalProgress(console)
    progress.job_started(replace(EVENT, attempt=2))
    later = datetime(2026, 3, 1, 12, 30, 5, tzinfo=UTC)
    progress.job_finished(replace(EVENT, status=Status.PENDING, error="os-28", not_before=later))
    first, last = printed(console)
    assert first.endswith(", attempt 2")
    assert last.startswith("Put back after ")
    assert last.endswith(" s: os-28, to be tried again at 12:30:05 UTC")


def test_a_job_finished_after_a_crash_has_no_seconds_of_its_own(console: Console) -> None:
    """It did not begin here."""
    TerminalProgress(console).job_finished(replace(EVENT, status=Status.COMPLETED))
    assert printed(console) == ["Published"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[bold]not markup[/]", "[bold]not markup[/]"),
        ("[/x]", "[/x]"),
        (f"{'long ' * 30}line", f"{'long ' * 30}line"),
        ("\x1b[31mred\x07\r", "\N{REPLACEMENT CHARACTER}[31mred" + 2 * "\N{REPLACEMENT CHARACTER}"),
        ("Nováková ✓ 日本", "Nováková ✓ 日本"),
    ],
)
def test_a_line_is_said_as_it_stands(console: Console, text: str, line: str) -> None:
    """No markup, no wrapping, no code that a customer's words could send to the terminal."""
    say(text, console)
    assert printed(console) == [line]


def logged(capsys: pytest.CaptureFixture[str], *, verbose: bool) -> list[str]:
    logger = logging.Logger("test")
    logger.addHandler(TerminalLog(verbose=verbose))
    try:
        raise RuntimeError("a fault\nin two lines")
    except RuntimeError:
        logger.exception("Attempt %d failed", 1)
    return capsys.readouterr().err.splitlines()


def test_a_logged_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With what it was, and without where."""
    (line,) = logged(capsys, verbose=False)
    assert line.endswith("ERROR Attempt 1 failed (RuntimeError: a fault in two lines)")


def test_where_an_error_was_raised_is_told_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    """-v."""
    lines = logged(capsys, verbose=True)
    assert lines[1] == "Traceback (most recent call last):"

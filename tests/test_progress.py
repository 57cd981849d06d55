"""What a person sees while a site is made, and how lines are said on a terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from protogen.job import Event, Rung, StageTrace, Status, new_job_id, now
from protogen.logs.events import STAGES
from protogen.pipeline.runner import STEPS
from protogen.progress import Spinner
from protogen.terminal import say

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
    assert set(STAGES) == {step.name for step in STEPS}


def test_a_file_sees_no_spinner(console: Console) -> None:
    """What was done is told by the log; what is being done is for a terminal alone."""
    spinner = Spinner(console)
    spinner.stage_started(EVENT.job, "style", 2, 5)
    spinner.stage_progress(EVENT.job, "style", "theme")
    spinner.stage_finished(EVENT.job, StageTrace("style", Rung.TEMPLATE))
    spinner.job_finished(replace(EVENT, status=Status.COMPLETED))
    assert printed(console) == []


def test_a_terminal_sees_the_stage_and_the_part_in_hand() -> None:
    """With its number of all."""
    console = Console(file=io.StringIO(), width=60, force_terminal=True, legacy_windows=False)
    spinner = Spinner(console)
    spinner.stage_started(EVENT.job, "style", 2, 5)
    spinner.stage_progress(EVENT.job, "style", "theme")
    spinner.job_finished(EVENT)
    assert "Choosing the look" in "".join(printed(console))


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

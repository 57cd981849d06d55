"""Killed at every call that changes a file, one after the other: nothing lost, nothing done twice, nothing half."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.crashes import KILLED, Fault, Outcome, Stage, stage
from tools.faults import Action, Call
from tools.zygote import Life

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def theatre() -> Iterator[Stage]:
    """Two zygotes, for as long as this file's tests."""
    with stage() as one:
        yield one


@pytest.fixture(scope="module")
def scene(theatre: Stage) -> Path:
    """A home with a request in its inbox."""
    return theatre.scene("scene")


def changes(calls: list[Call]) -> list[Call]:
    """The calls that change something, without the marks between them."""
    return [call for call in calls if call.number]


def of_git(calls: list[Call]) -> list[Call]:
    """Those that git makes, not the worker."""
    worker = next(call.process for call in calls if call.name == "mark")
    return [call for call in changes(calls) if call.process != worker]


def plain(call: Call) -> str:
    """A call as it is called in every life: without what is random or follows from the time."""
    words = " ".join([call.name, *(Path(path).name for path in (call.path, call.target))])
    return re.sub(r"[0-9a-f]{2,}[0-9a-f-]*|-[a-z0-9]{5}(?=-| |$)|(?<=tmp_obj_|.tmp-)\w+", "*", words)


def unharmed(outcomes: list[Outcome]) -> None:
    """Nothing is broken in any of them."""
    assert [str(outcome) for outcome in outcomes if outcome.broken] == []


def test_a_worker_and_its_git_may_be_killed_at_every_call(theatre: Stage, scene: Path) -> None:
    """From the drop in the inbox to the drop gone and the site up: the next start finishes, and once only."""
    life = Life("")
    calls = changes(theatre.count(scene, life))
    outcomes = theatre.play_all(scene, life, [Fault(call.number, Action.KILL_BOTH) for call in calls])
    unharmed(outcomes)
    assert {outcome.first.code for outcome in outcomes} == {KILLED}
    assert [plain(outcome.hit) for outcome in outcomes if outcome.hit] == [plain(call) for call in calls]

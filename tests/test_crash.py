"""Killed at every call that changes a file, one after the other: nothing lost, nothing done twice, nothing half.

The points are counted in an undisturbed life, not guessed. `python -m bench.crash` has all kinds of kills at all of
them, and a thousand at random moments; here the kinds beside the first have a share of the points each.
"""

from __future__ import annotations

import errno
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tools.crashes import KILLED, Fault, Outcome, Stage, spread, stage
from tools.faults import Action, Call
from tools.invariants import Wanted, broken, remembered
from tools.model import good, stub
from tools.zygote import REQUEST, Life

pytestmark = pytest.mark.timeout(600)
QUICK = Life("", quick=True)
FEW = 4


@pytest.fixture(scope="module")
def theatre() -> Iterator[Stage]:
    """Two zygotes, for as long as this file's tests."""
    with stage() as one:
        yield one


@pytest.fixture(scope="module")
def scene(theatre: Stage) -> Path:
    """A home with a request in its inbox."""
    return theatre.scene("scene")


@pytest.fixture(scope="module")
def done(theatre: Stage, scene: Path) -> Path:
    """A home with a job that is completed."""
    return theatre.after("done", scene, QUICK)


def of_git(calls: Sequence[Call]) -> list[Call]:
    """Those that git makes, not the worker, which makes the first."""
    return [call for call in calls if call.process != calls[0].process]


def plain(call: Call) -> str:
    """A call as it is called in every life: without what is random or follows from the time."""
    words = " ".join([call.name, *(Path(path).name for path in (call.path, call.target))])
    return re.sub(r"home-\w+|(?<=tmp_obj_)\w+|\b[0-9a-f]{2,}\b(-[0-9a-f]{4,})*|-[a-z0-9]{5}\b", "*", words)


def unharmed(outcomes: Sequence[Outcome]) -> None:
    """Nothing is broken in any of them."""
    assert [str(outcome) for outcome in outcomes if outcome.broken] == []
    # Lives differ by a call or two: two objects in one folder are one sync, a longer file is two writes.
    assert sum(outcome.hit is None for outcome in outcomes) <= FEW < len(outcomes)


def test_a_worker_and_its_git_may_be_killed_at_every_call(theatre: Stage, scene: Path) -> None:
    """From the drop in the inbox to the drop gone and the site up: the next start finishes, and once only."""
    life = Life("")  # with the real pipeline, whose site has all its files
    calls = theatre.count(scene, life)
    assert len(calls) > 250
    outcomes = theatre.play_all(scene, life, [Fault(call.number, Action.KILL_BOTH) for call in calls])
    unharmed(outcomes)
    assert Counter(outcome.first.code for outcome in outcomes)[KILLED] >= len(calls) - FEW
    missed = Counter(map(plain, calls)) - Counter(plain(outcome.hit) for outcome in outcomes if outcome.hit)
    assert missed.total() <= len(calls) // 10  # a call more shifts the names of those that follow


def test_a_drop_with_an_attachment_may_be_killed_at_every_call(theatre: Stage) -> None:
    """A folder becomes one job with all that is in it, and nothing of it is left in the inbox."""
    scene = theatre.scene("folder")
    (scene / "inbox" / "order.yaml").unlink()
    order = scene / "inbox" / "7f0c1c1e-0a52-4d4e-9c1b-2b1f4a3c5d6e"
    order.mkdir()
    (order / "submission.yaml").write_text(f"description: {REQUEST!r}\nfiles: [menu.txt]\n")
    (order / "menu.txt").write_text("Rye bread 4 EUR\n")
    calls = theatre.count(scene, QUICK)
    gone = max(call.number for call in calls if "/inbox" in call.path)
    calls = spread(calls[:gone], 40)
    unharmed(theatre.play_all(scene, QUICK, [Fault(call.number, Action.KILL_BOTH) for call in calls]))


@pytest.mark.parametrize("action", [Action.KILL_GIT, Action.KILL_WORKER])
def test_one_of_worker_and_git_may_be_killed_without_the_other(
    theatre: Stage, scene: Path, action: Action
) -> None:
    """Git that dies costs an attempt at most; the next start waits for git that lives on."""
    calls = spread(of_git(theatre.count(scene, QUICK)), 30)
    unharmed(theatre.play_all(scene, QUICK, [Fault(call.number, action) for call in calls]))


def test_a_write_may_be_torn(theatre: Stage, scene: Path) -> None:
    """Half of what was to be written stands, and the worker and its git are dead."""
    calls = [call for call in theatre.count(scene, QUICK) if call.name == "write"]
    unharmed(theatre.play_all(scene, QUICK, [Fault(call.number, Action.TEAR) for call in spread(calls, 20)]))


def test_a_new_version_may_be_killed_at_every_call(theatre: Stage, done: Path) -> None:
    """The site from before stands until the new one does; no version is made twice."""
    life = Life("", quick=True, act="again")
    look = partial(broken, wanted=Wanted(versions=2))
    calls = spread(theatre.count(done, life, look), 60)
    unharmed(theatre.play_all(done, life, [Fault(call.number, Action.KILL_BOTH) for call in calls], look))


def test_a_deletion_may_be_killed_at_every_call(theatre: Stage, done: Path) -> None:
    """What has expired goes as a whole with the next run, out of git's files as well, and nothing comes back."""
    life = Life("", quick=True, act="forget")
    calls = spread(theatre.count(done, life, remembered), 60)
    outcomes = theatre.play_all(
        done, life, [Fault(call.number, Action.KILL_BOTH) for call in calls], remembered
    )
    unharmed(outcomes)


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["ENOSPC", "EIO"])
def test_a_call_may_fail(theatre: Stage, scene: Path, error: int, lasting: bool) -> None:
    """Once, or all from then on until a restart: the job comes out without a repair."""
    calls = spread(theatre.count(scene, QUICK), 15)
    faults = [Fault(call.number, Action.FAIL, error, lasting) for call in calls]
    life = replace(QUICK, seconds=3 if lasting else 0)  # for where it would wait, as it should
    unharmed(theatre.play_all(scene, life, faults))


def test_a_worker_may_be_killed_at_random_moments(theatre: Stage, scene: Path) -> None:
    """With a model behind a real socket, twice a job."""
    with stub(good) as model:
        outcomes = theatre.play_at_random(scene, Life("", model=model.base_url), 8, seed=1)
    assert [str(outcome) for outcome in outcomes if outcome.broken] == []
    assert sum(outcome.kills for outcome in outcomes) >= 8

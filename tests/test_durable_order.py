"""What a power cut could take, by strace's word on the order of syncs and renames: nothing that was promised.

A kill cannot show a missing fsync, for the kernel still has what was written. So each step of a job's life is held
against what would be on the disk at that moment, and each sync is taken out once to see that it is missed.
"""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from protogen.config import Settings
from tools.crashes import Fault, Outcome, stage
from tools.durability import idle, syncs, violations
from tools.faults import Action, Call
from tools.invariants import broken, git
from tools.trace import Step, steps
from tools.zygote import Life

pytestmark = pytest.mark.timeout(600)
KILLS_OF_A_KIND = 2


@dataclass(frozen=True)
class Traced:
    """A life (and the next, where it was killed), what it did to files, and the objects that its refs lead to."""

    outcome: Outcome
    steps: list[Step]
    kept: frozenset[str]

    @property
    def home(self) -> str:
        """Where it was lived."""
        return str(self.outcome.home)

    def violations(self, *without: int) -> list[str]:
        """The promises that a power cut could break, with some steps less if so wished."""
        steps = [step for number, step in enumerate(self.steps) if number not in without]
        return violations(steps, self.home, self.kept)

    def is_needed(self, sync: int) -> bool:
        """True if without it something promised is lost.

        Git syncs a folder of objects after each one; where chance puts several into the same folder, the last
        sync does for all, and the earlier are taken out with it.
        """
        path = self.steps[sync].path
        if self.violations(sync) or not re.search(r"/objects/[0-9a-f]{2}$", path):
            return bool(self.violations(sync))
        later = [number for number in syncs(self.steps) if number > sync and self.steps[number].path == path]
        return bool(later) and bool(self.violations(sync, *later))


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> list[Traced]:
    """A whole life of a job in a new home, and lives that were killed just before they would have synced a folder."""
    traces = tmp_path_factory.mktemp("traces")
    life = Life("", quick=True)
    kept: dict[Path, frozenset[str]] = {}

    def look(settings: Settings) -> list[str]:
        lines = git(settings.ledger_dir, "rev-list", "--objects", "--all").splitlines()
        kept[settings.home] = frozenset(line[:40] for line in lines)
        return broken(settings)

    with stage(traces) as theatre:
        scene = theatre.new_scene("new")
        whole = theatre.play(scene, life, Fault(0, Action.NOTHING), look=look)
        faults = [Fault(call.number, Action.KILL_BOTH) for call in _folders_synced(whole)]
        outcomes = [whole, *theatre.play_all(scene, life, faults, look=look)]
    found = _by_home(steps(trace, theatre.folder) for trace in traces.iterdir())
    return [Traced(each, found[str(each.home)], kept[each.home]) for each in outcomes]


def _by_home(traces: Iterable[list[Step]]) -> dict[str, list[Step]]:
    """The steps in each home, with the marks of the processes that were at work there."""
    found: dict[str, list[Step]] = defaultdict(list)
    at_work: dict[int, str] = {}
    for step in (step for trace in traces for step in trace):
        match = re.match(r".*/home-\w+(?=/|$)", step.path)
        home = at_work.setdefault(step.process, match[0]) if match else at_work.get(step.process)
        if home:
            found[home].append(step)
    return found


def _folders_synced(whole: Outcome) -> list[Call]:
    """Some syncs of each kind of folder."""
    seen: Counter[str] = Counter()
    chosen = []
    for call in whole.calls:
        if call.name == "fsync" and (kind := kind_of(call.path, whole.home)):
            seen[kind] += 1
            if seen[kind] <= KILLS_OF_A_KIND:
                chosen.append(call)
    return chosen


def kind_of(path: str, home: Path) -> str:
    """The folder of that path, named alike in every life; empty for a file."""
    name = re.sub(r"objects/[0-9a-f]{2}$", "objects/xx", path.removeprefix(f"{home}").removeprefix("/"))
    folders = r"|inbox|published|ledger\.git(/refs(/\w+)?|/objects(/xx)?)?"
    return name or "." if re.fullmatch(folders, name) else ""


def test_a_power_cut_takes_nothing_that_was_promised(lives: list[Traced]) -> None:
    """At any moment of a whole life, and of one that was killed before it had synced a folder and began again."""
    assert len(lives) > 10
    for life in lives:
        assert life.outcome.broken == []
        assert len(syncs(life.steps)) > 50
        assert life.violations() == [], str(life.outcome)


def test_the_kernel_saw_no_change_that_was_not_counted(lives: list[Traced]) -> None:
    """The points at which tests/test_crash.py kills are all there are: strace and the counter agree, call by call."""
    whole = lives[0]
    # What libc does for git-init(1) by itself: a file to see whether links can be made, and a line by stdio.
    by_libc = re.compile(r"open ledger\.git/t\w{6}|write ledger\.git/HEAD\.lock")
    seen = Counter(
        (step.kind, step.path, step.target)
        for step in whole.steps
        if step.kind != "mark" and f"{step.path}/".startswith(f"{whole.home}/")
        if not by_libc.fullmatch(f"{step.kind} {step.path.removeprefix(f'{whole.home}/')}")
    )
    counted = Counter(
        (call.name, os.path.normpath(call.path), call.target) for call in whole.outcome.calls if call.number
    )
    assert seen.total() > 300
    assert seen == counted


def test_each_sync_is_needed(lives: list[Traced]) -> None:
    """Take out any one of them, and something promised is lost."""
    whole = lives[0]
    nothing_to_do = idle(whole.steps, whole.home)
    numbers = [number for number in syncs(whole.steps) if number not in nothing_to_do]
    assert len(numbers) > 50
    assert [str(whole.steps[number]) for number in numbers if not whole.is_needed(number)] == []


def test_each_sync_for_a_dead_predecessors_sake_is_needed(lives: list[Traced]) -> None:
    """Those that mostly find nothing to do: after a kill at the wrong moment they are what saves a job."""
    needed: set[str] = set()
    idlers: set[str] = set()
    for life in lives:
        nothing_to_do, begin = idle(life.steps, life.home), _second_begin(life.steps)
        for number in syncs(life.steps):
            kind = kind_of(life.steps[number].path, life.outcome.home)
            if number in nothing_to_do:
                idlers.add(kind)
            elif number > begin and life.violations(number):
                needed.add(kind)
    assert idlers <= needed
    assert idlers >= {".", "inbox", "ledger.git/refs/heads"}


def _second_begin(trace: Sequence[Step]) -> int:
    """The number of the first step of the life after the kill, for its worker ends."""
    last = next(step.process for step in reversed(trace) if step.kind == "mark")
    first = next(step.process for step in trace)
    return len(trace) if first == last else next(n for n, step in enumerate(trace) if step.process == last)

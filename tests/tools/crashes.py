"""A stage for crashes: homes on a fast disk, lives in zygotes, and a fault at any point of them."""

from __future__ import annotations

import os
import queue
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from protogen import home
from protogen.config import Settings
from tools.faults import Action, Call, Faults, build, shared_state
from tools.invariants import Wanted, broken
from tools.trace import strace
from tools.zygote import REQUEST, Ended, Life, Zygote, settings_of, zygote

Look = Callable[[Settings], list[str]]
"""What does not hold in a home, in words."""

SIDE_BY_SIDE = 2
KILLED = -9


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to happen at the `at`-th call."""

    at: int
    action: Action
    error: int = 0
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a life with a fault ended, how many were killed, the call that was hit (None: it ended before), every call
    until all was done, and what then did not hold. `home` is where it was lived, and is gone."""

    home: Path
    fault: Fault
    first: Ended
    kills: int
    hit: Call | None
    calls: Sequence[Call]
    broken: Sequence[str]

    def __str__(self) -> str:
        where = f"{self.hit.name} {self.hit.path} {self.hit.target}" if self.hit else "never reached"
        return f"{self.fault.action.name} at {self.fault.at}, {where}: {'; '.join(self.broken)}"


class Stage:
    """Runs lives, as many at once as there are zygotes."""

    def __init__(self, folder: Path, actors: Sequence[tuple[Zygote, Faults]]) -> None:
        self.folder = folder
        self._actors: queue.Queue[tuple[Zygote, Faults]] = queue.Queue()
        for actor in actors:
            self._actors.put(actor)

    def scene(self, name: str) -> Path:
        """A home to copy: a ledger, folders for all objects, a request in the inbox. Lives then differ in nothing
        but names and times, so that the calls have the same numbers in each."""
        template = self.new_scene(name)
        settings = settings_of(Life(str(template)))
        home.ready(settings).close()
        for number in range(256):
            (settings.ledger_dir / "objects" / f"{number:02x}").mkdir(exist_ok=True)
        return template

    def new_scene(self, name: str) -> Path:
        """A home to copy in which nothing is but a request in the inbox."""
        template = self.folder / name
        (template / "inbox").mkdir(parents=True)
        lines = "\n  ".join(REQUEST.splitlines())
        (template / "inbox" / "order.yaml").write_text(f"description: |\n  {lines}\n")
        return template

    def after(self, name: str, scene: Path, life: Life) -> Path:
        """A home to copy in which a life has been lived already."""
        template = self.folder / name
        shutil.copytree(scene, template, symlinks=True)
        actor, faults = self._actors.get()
        try:
            assert actor.live(replace(life, home=str(template))).code == 0
        finally:
            self._actors.put((actor, faults))
        return template

    def count(self, scene: Path, life: Life, look: Look = broken) -> list[Call]:
        """Every call of an undisturbed life that changes something."""
        outcome = self.play(scene, life, Fault(0, Action.NOTHING), look=look)
        assert outcome.first.code == 0, outcome.first.output
        assert outcome.broken == [], outcome
        return [call for call in outcome.calls if call.number]

    def play_all(
        self, scene: Path, life: Life, faults: Sequence[Fault], look: Look = broken, restarts: int = 1
    ) -> list[Outcome]:
        """A life for each fault."""

        def play(fault: Fault) -> Outcome:
            return self.play(scene, life, fault, look, restarts)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            return list(pool.map(play, faults))

    def play_at_random(self, scene: Path, life: Life, kills: int, seed: int) -> list[Outcome]:
        """Lives that are killed at two random moments each, until so many kills were made."""
        longest = self._seconds(scene, life)
        chance = random.Random(seed)
        look = partial(broken, wanted=Wanted(attempts=3))

        def play(moments: tuple[float, float]) -> Outcome:
            lives = [replace(life, seconds=seconds) for seconds in moments]
            return self._play(scene, [*lives, life], Fault(0, Action.NOTHING), look)

        outcomes: list[Outcome] = []
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            while (missing := kills - sum(each.kills for each in outcomes)) > 0:
                moments = [(chance.uniform(0, longest), chance.uniform(0, longest)) for _ in range(missing)]
                outcomes += pool.map(play, moments[: max(1, missing // 2)])
        return outcomes

    def _seconds(self, scene: Path, life: Life) -> float:
        """How long an undisturbed life takes, with as many at once as there are zygotes, and all of them warm."""
        for _ in range(2):
            outcomes = self.play_all(scene, life, [Fault(0, Action.NOTHING)] * SIDE_BY_SIDE)
            assert all(not each.broken for each in outcomes)
        return max(each.first.seconds for each in outcomes)

    def play(self, scene: Path, life: Life, fault: Fault, look: Look = broken, restarts: int = 1) -> Outcome:
        """One life with one fault, and others without it, at most so many, until one ends well; then `look`."""
        return self._play(scene, [life, *[replace(life, seconds=0)] * restarts], fault, look)

    def _play(self, scene: Path, lives: Sequence[Life], fault: Fault, look: Look) -> Outcome:
        actor, faults = self._actors.get()
        folder = Path(tempfile.mkdtemp(dir=self.folder, prefix="home-"))
        try:
            shutil.copytree(scene, folder, dirs_exist_ok=True, symlinks=True)
            faults.arm(folder, fault.at, fault.action, fault.error, fault.lasting)
            ends: list[Ended] = []
            for life in lives:
                if ends and ends[-1].code == 0 and (len(ends) > 1 or fault.action is not Action.FAIL):
                    break
                ends.append(actor.live(replace(life, home=str(folder))))
                faults.go_on()
            ended, found = ends[-1], []
            if ended.code:
                found.append(f"it still ends with {ended.code}: {ended.output[-2000:]}")
            calls = faults.calls()
            faults.disarm()
            found += look(settings_of(Life(str(folder))))
            hit = next((call for call in calls if fault.at and call.number == fault.at), None)
            kills = sum(each.code == KILLED for each in ends)
            return Outcome(folder, fault, ends[0], kills, hit, calls, found)
        finally:
            self._actors.put((actor, faults))
            shutil.rmtree(folder)
            Path(f"{folder}.log").unlink(missing_ok=True)


@contextmanager
def stage(traces: Path | None = None) -> Iterator[Stage]:
    """A stage in memory, where there is one, so that a thousand lives do not wait for a disk.

    With `traces`, a folder, all is traced into files there, which are whole when the stage has gone.
    """
    fast = Path("/dev/shm")
    parent = fast if fast.is_dir() and os.access(fast, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=parent, prefix="crash-") as name, ExitStack() as stack:
        folder = Path(name)
        library = build(folder)
        actors = []
        for number in range(SIDE_BY_SIDE):
            corner = folder / f"faults-{number}"
            corner.mkdir()
            faults, environ = stack.enter_context(shared_state(corner, library))
            before = strace(traces / f"{number}") if traces else ()
            actors.append((stack.enter_context(zygote(environ, before)), faults))
        yield Stage(folder, actors)


def spread(calls: Sequence[Call], number: int) -> list[Call]:
    """At most so many of the calls, from the first to the last, at equal distances."""
    if len(calls) <= number:
        return list(calls)
    return [calls[position * (len(calls) - 1) // (number - 1)] for position in range(number)]

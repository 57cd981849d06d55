"""Kill, tear and fail at every call that changes a file, then kill at random moments: `python -m bench.crash`.

What tests/test_crash.py has a share of, in full: every kind of kill, every error at every point, and `--kills` lives
that a model behind a real socket writes for, each killed twice at random. Figures go to RESULTS.md with `--write`.
"""

from __future__ import annotations

import argparse
import errno
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from bench.results import table, write_section

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the harness is the tests' own

from tools.crashes import Fault, Look, Outcome, Stage, spread, stage
from tools.faults import Action, Call
from tools.invariants import Wanted, broken, remembered
from tools.model import Request, Wire, good, stub
from tools.zygote import Life

Row = tuple[str, int, int, int, int]
"""What was done, homes, kills, homes in which something was broken, seconds."""


def main() -> int:
    """Run all; 1 where anything was broken."""
    parser = argparse.ArgumentParser(prog="bench.crash", description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=1000, help="kills at random moments, two a job; 0 for none"
    )
    parser.add_argument(
        "--points", type=int, default=100_000, help="at most so many points a row, 0 for none"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="write the figures to RESULTS.md")
    options = parser.parse_args()
    with stage() as theatre:
        rows = list(_points(theatre, options.points)) if options.points else []
        rows += [_at_random(theatre, options.kills, options.seed)] if options.kills else []
    lines = table(("fault", "homes", "kills", "broken", "seconds"), rows)
    print(write_section("Crashes", lines) if options.write else "\n".join(lines))
    return int(any(row[3] for row in rows))


def _points(theatre: Stage, most: int) -> Iterator[Row]:
    scene = theatre.scene("scene")
    quick, real = Life("", quick=True), Life("")
    done = theatre.after("done", scene, quick)
    again = partial(broken, wanted=Wanted(versions=2))
    ways: Sequence[tuple[str, Path, Life, Look]] = (
        ("a job, real pipeline", scene, real, broken),
        ("a job", scene, quick, broken),
        ("a new version", done, Life("", quick=True, act="again"), again),
        ("a deletion", done, Life("", quick=True, act="forget"), remembered),
    )
    for name, home, life, look in ways:
        calls = theatre.count(home, life, look)
        for fault, faults in _faults(calls, most, all_kinds=life.quick):
            begin = time.monotonic()
            outcomes = theatre.play_all(home, life, faults, look)
            yield _row(f"{name}: {fault}", outcomes, begin)


def _faults(calls: Sequence[Call], most: int, all_kinds: bool) -> Iterator[tuple[str, list[Fault]]]:
    def at(some: Sequence[Call], action: Action, error: int = 0, lasting: bool = False) -> list[Fault]:
        return [Fault(call.number, action, error, lasting) for call in spread(some, most)]

    git = [call for call in calls if call.process != calls[0].process]
    yield "worker and git killed", at(calls, Action.KILL_BOTH)
    if all_kinds:
        yield "git killed", at(git, Action.KILL_GIT)
        yield "worker killed, git lives on", at(git, Action.KILL_WORKER)
        yield "a write torn", at([call for call in calls if call.name == "write"], Action.TEAR)
        yield "ENOSPC once", at(calls, Action.FAIL, errno.ENOSPC)
        yield "EIO once", at(calls, Action.FAIL, errno.EIO)


def _at_random(theatre: Stage, kills: int, seed: int) -> Row:
    def forgetful(request: Request, wire: Wire) -> None:
        model.requests.clear()  # else thousands of prompts would be kept
        if request.body:  # else who asked was killed half-way
            good(request, wire)

    begin = time.monotonic()
    scene = theatre.scene("random")
    with stub(forgetful) as model:
        outcomes = theatre.play_at_random(scene, Life("", model=model.base_url), kills, seed)
    return _row("a job, stub model: killed twice at random moments", outcomes, begin)


def _row(name: str, outcomes: Sequence[Outcome], begin: float) -> Row:
    bad = [outcome for outcome in outcomes if outcome.broken]
    for outcome in bad:
        print(f"{name}: {outcome}", file=sys.stderr)
    killed = sum(outcome.kills for outcome in outcomes)
    row = name, len(outcomes), killed, len(bad), round(time.monotonic() - begin)
    print(*row, sep="\t", file=sys.stderr, flush=True)
    return row


if __name__ == "__main__":
    raise SystemExit(main())

"""A fair sample of mutmut's mutants: `python -m bench.mutants [--sample 120] [--seed 7]`.

All of them (`make mutants`) take hours; a random draw says as much of their share. Of a draw with no survivor among n,
the share that survives is below 3 / n with 95 % confidence (the rule of three).
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

from mutmut.stats import status_by_exit_code

from bench.results import write_section

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Draw, run and write; 1 where a tenth or more survive."""
    parser = argparse.ArgumentParser(prog="bench.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    _mutmut("none")  # makes them all, and says that none is called so
    names = sorted(_codes())
    drawn = random.Random(options.seed).sample(names, min(options.sample, len(names)))
    _mutmut(*drawn)
    ends = Counter(status_by_exit_code[code] for name, code in _codes().items() if name in set(drawn))
    killed = ends["killed"] + ends["timeout"]  # one that waits for ever does not pass
    lines = [
        f"{len(names)} mutants of ledger, worker, publishing and pruning; {len(drawn)} drawn with seed {options.seed}: "
        f"{killed / len(drawn):.1%} killed ({', '.join(f'{count} {end}' for end, count in ends.most_common())}).",
    ]
    print(write_section("Mutants", lines))
    return int(killed < 0.9 * len(drawn))


def _mutmut(*names: str) -> None:
    subprocess.run(
        [str(Path(sys.executable).parent / "mutmut"), "run", "--max-children", "2", *names],
        cwd=ROOT,
        check=False,
    )


def _codes() -> dict[str, int | None]:
    """The exit code of each mutant's tests, by name; None where they have not run."""
    found: dict[str, int | None] = {}
    for file in (ROOT / "mutants").rglob("*.meta"):
        found |= json.loads(file.read_text("utf-8"))["exit_code_by_key"]
    return found


if __name__ == "__main__":
    sys.exit(main())

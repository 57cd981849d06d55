"""Whether a long life makes `protogen up` fat: its memory after few jobs and after many, with a stub model.

`python -m bench.memory`. Resident memory of the program's own process, the median of some samples while it rests.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.load import varied
from bench.notices import a_home, stub
from bench.overhead import drop_all, system
from bench.results import table, write_section

FEW, MANY = 200, 2000
AT_ONCE = 50
MOST = 1.10
SAMPLES, EVERY_SECONDS = 9, 0.5


def main() -> int:
    """Measure and write; 1 where the memory has grown by more than 10 %."""
    parser = argparse.ArgumentParser(prog="bench.memory", description=__doc__)
    parser.add_argument("--jobs", type=int, default=MANY, help="fewer leave RESULTS.md as it is")
    jobs = parser.parse_args().jobs
    texts = [text for _, text in varied(jobs)]
    held: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="protogen-memory-") as folder, stub(0.0) as model:
        settings = a_home(Path(folder) / "home", model, {})
        with system(settings) as process:
            for begin in range(0, jobs, AT_ONCE):
                drop_all(settings, texts[begin : begin + AT_ONCE])
                done = begin + AT_ONCE
                if done in (FEW, FEW * 5) or done >= jobs:
                    held[done] = _resident(process)
                    print(f"{done} jobs: {held[done] / 1e6:.0f} MB", flush=True)
    ratio = held[max(held)] / held[FEW]
    lines = [
        *table(("jobs", "MB"), [(done, f"{size / 1e6:.0f}") for done, size in held.items()]),
        "",
        f"After {max(held)} jobs {ratio:.3f} of what it held after {FEW} (must be below {MOST}).",
    ]
    print(write_section("Memory over a long life", lines) if jobs >= MANY else "\n".join(lines))
    return int(ratio >= MOST)


def _resident(process: psutil.Process) -> float:
    samples = []
    for _ in range(SAMPLES):
        samples.append(process.memory_info().rss)
        time.sleep(EVERY_SECONDS)
    return statistics.median(samples)


if __name__ == "__main__":
    sys.exit(main())

"""Measure the intake: what a small drop costs with few and with many waiting, and how soon a new one is a job.

    python -m bench.intake [--count 10000] [--folder DIR]

Real inbox loop, real ledger, all that git syncs synced: `--folder` says on which disk. Writes a section of RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.results import table, write_section
from protogen.config import IntakeSettings, Settings
from protogen.hooks import Hook
from protogen.intake.accept import Acceptance, accept
from protogen.intake.drop import write_drop
from protogen.intake.inbox import Inbox, waiting
from protogen.job import Event, now
from protogen.ledger import Ledger
from protogen.submission import Submission

NEW_DROPS = 20
Row = tuple[str, str]


class Clocked(Hook):
    """Remembers when each job was accepted (seconds of the monotonic clock), and how long git took for it."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.in_ledger: list[float] = []

    def job_accepted(self, event: Event) -> None:
        """A drop has become a job."""
        self.at[event.job] = time.monotonic()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="drops that wait")
    parser.add_argument(
        "--folder", type=Path, default=None, help="where the home is made; default: the temporary folder"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="protogen-bench-", dir=options.folder) as folder:
        rows = [("one fsync of one small file, median of 200", f"{_ms(_fsync_seconds(Path(folder)))} ms")]
        rows += _backlog(Path(folder) / "backlog", options.count)
        for waits in (0, options.count):
            rows += _news(Path(folder) / f"news-{waits}", waits)
    print(write_section("Taking drops in", table(("", ""), rows)))


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f}"


def _backlog(home: Path, count: int) -> Iterator[Row]:
    """All drops are there when the program starts."""
    settings = _home(home)
    for number in range(count):
        (settings.inbox_dir / f"order-{number}.yaml").write_text(_request(number))
    before, begin = _cpu(), time.monotonic()
    with _running(settings) as hook:
        while waiting(settings.inbox_dir):
            time.sleep(0.5)
    seconds, cpu = max(hook.at.values()) - begin, _cpu() - before
    with Ledger(settings.ledger_dir) as ledger:
        jobs = {event.submission for event in ledger.jobs()}
    yield "drops that wait at the start", f"{count:,}"
    yield "jobs made of them, no two of one drop", f"{len(jobs):,}"
    yield "seconds for all", f"{seconds:.0f}"
    yield (
        "a drop",
        f"{_ms(seconds / count)} ms, of which the ledger {_ms(statistics.mean(hook.in_ledger))} ms",
    )
    yield "processor a drop, ours and git's", f"{_ms(cpu / count)} ms"
    tenth, times = count // 10, sorted(hook.at.values())
    for name, part in (("first", slice(tenth)), ("last", slice(-tenth, None))):
        gap, git = f"{_mean_gap(times[part]):.1f}", _ms(statistics.mean(hook.in_ledger[part]))
        yield f"from job to job, the {name} {tenth:,}", f"{gap} ms, of which the ledger {git} ms"


def _news(home: Path, waits: int) -> Iterator[Row]:
    """New drops come in one after the other while others wait for files that do not come."""
    settings = _home(home)
    for number in range(waits):
        folder = settings.inbox_dir / f"order-{number}"
        folder.mkdir()
        (folder / "submission.yaml").write_text(_request(number) + "files: [menu.pdf]\n")
    delays = []
    with _running(settings) as hook:
        time.sleep(10 + waits / 500)
        before = _cpu_of_self()
        for number in range(NEW_DROPS):
            begin = time.monotonic()
            job = write_drop({"description": f"We are bakery {number}."}, settings.inbox_dir)
            while job not in hook.at and time.monotonic() < begin + 60:
                time.sleep(0.002)
            delays.append(hook.at[job] - begin)
        cpu = _cpu_of_self() - before
    which = f"a new drop while {waits:,} wait for their files"
    yield f"{which}: written to job", f"{_ms(statistics.median(delays))} ms, worst {_ms(max(delays))} ms"
    yield f"{which}: processor, ours", f"{_ms(cpu / NEW_DROPS)} ms"


@contextmanager
def _running(settings: Settings) -> Iterator[Clocked]:
    hook, stop = Clocked(), threading.Event()
    with Ledger(settings.ledger_dir) as ledger:

        def take(submission: Submission) -> Acceptance:
            begin = time.monotonic()
            acceptance = accept(submission, ledger, settings, now())
            hook.in_ledger.append(time.monotonic() - begin)
            return acceptance

        thread = threading.Thread(target=Inbox(settings, take, hook).run, args=(stop,))
        thread.start()
        try:
            yield hook
        finally:
            stop.set()
            thread.join()


def _home(path: Path) -> Settings:
    settings = Settings(home=path, intake=IntakeSettings(give_up_seconds=3600))
    settings.inbox_dir.mkdir(parents=True)
    Ledger.create(settings.ledger_dir).close()
    return settings


def _request(number: int) -> str:
    return (
        f"submission_id: order-{number}\nuser_id: cust-{number % 100}\nname: Jana Nováková\n"
        f"contact_type: email\ncontact_value: jana{number}@example.com\n"
        f"description: |\n  We are bakery {number} in Brno and sell bread, rolls and cakes.\n"
    )


def _mean_gap(times: list[float]) -> float:
    return 1000 * (times[-1] - times[0]) / max(1, len(times) - 1)


def _fsync_seconds(folder: Path) -> float:
    took = []
    for number in range(200):
        with (folder / "probe").open("wb") as file:
            file.write(b"%d" % number)
            file.flush()
            begin = time.monotonic()
            os.fsync(file.fileno())
            took.append(time.monotonic() - begin)
    return statistics.median(took)


def _cpu() -> float:
    """Seconds of processor, user and system, of this process and of the children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return _cpu_of_self() + children.ru_utime + children.ru_stime


def _cpu_of_self() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


if __name__ == "__main__":
    main()

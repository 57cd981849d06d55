"""Measure the intake: what a small drop costs with few and with many waiting, and how soon a new one is a job.

    python -m bench.intake [--count 10000] [--folder DIR]

Real inbox loop, real ledger, all that git syncs synced: `--folder` says on which disk.
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

from protogen.config import IntakeSettings, Settings
from protogen.hooks import Hook
from protogen.intake.accept import Acceptance, accept
from protogen.intake.drop import write_drop
from protogen.intake.inbox import Inbox, waiting
from protogen.job import Event, now
from protogen.ledger import Ledger
from protogen.submission import Submission

NEW_DROPS = 20


class Clocked(Hook):
    """Remembers when each job was accepted (seconds of the monotonic clock), and how long git took for it."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.in_ledger: list[float] = []

    def job_accepted(self, event: Event) -> None:
        """A drop has become a job."""
        self.at[event.job] = time.monotonic()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="drops that wait")
    parser.add_argument(
        "--folder", type=Path, default=None, help="where the home is made; default: the temporary folder"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="protogen-bench-", dir=options.folder) as folder:
        print(
            f"One fsync of one small file here: {1000 * _fsync_seconds(Path(folder)):.2f} ms (median of 200)"
        )
        _backlog(Path(folder) / "backlog", options.count)
        for waits in (0, options.count):
            _news(Path(folder) / f"news-{waits}", waits)


def _backlog(home: Path, count: int) -> None:
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
    tenth = count // 10
    print(f"{count} drops waiting at the start: {len(jobs)} jobs of as many submissions, in {seconds:.0f} s")
    ledger_ms = [1000 * each for each in hook.in_ledger]
    times = sorted(hook.at.values())
    print(
        f"  a drop: {1000 * seconds / count:.1f} ms, of which the ledger {statistics.mean(ledger_ms):.1f} ms"
    )
    print(f"  processor, ours and git's: {1000 * cpu / count:.1f} ms a drop")
    for name, part in (("first", slice(tenth)), ("last", slice(-tenth, None))):
        gap, git = _mean_gap(times[part]), statistics.mean(ledger_ms[part])
        print(f"  the {name} {tenth}: {gap:.1f} ms from job to job, of which the ledger {git:.1f} ms")


def _news(home: Path, waits: int) -> None:
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
    print(f"{NEW_DROPS} new drops while {waits} wait for their files:")
    print(
        f"  written to job: median {1000 * statistics.median(delays):.0f} ms, worst {1000 * max(delays):.0f} ms"
    )
    print(f"  processor, ours: {1000 * cpu / NEW_DROPS:.1f} ms a drop")


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

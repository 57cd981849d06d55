"""Fifty mixed requests, real model, a tenth of them with a fault: `python -m bench.mixed`.

The faults are real ones, each at a moment of the job's that chance takes: the model's process is killed, or stopped
for a while (SIGSTOP), or the whole `up` is killed (SIGKILL) and started again. Counted is what the customers get.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from bench.load import varied
from bench.results import table, write_section
from protogen import home as homes
from protogen.config import Settings, load
from protogen.intake.drop import write_drop
from protogen.job import Event, Status
from protogen.ledger import Ledger

FAULTS = ("model-killed", "model-stopped", "up-killed")
EVERY = 10  # one job of so many has a fault
STOPPED_SECONDS = 20.0
LONGEST_SECONDS = 600.0
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Done:
    """A job and what was done to it; `gate` is empty where the site passes `protogen check`."""

    title: str
    fault: str
    event: Event
    gate: str
    above: float


class System:
    """A running `protogen up` in a process of its own, which may be killed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.start()

    def start(self) -> None:
        """Start it (again)."""
        command = [sys.executable, "-m", "protogen", "up", "--home", str(self.home)]
        with (self.home / "up.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def model(self) -> psutil.Process | None:
        """The process of the language model: the largest child."""
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.process.pid).children(recursive=True)
            return max(children, key=lambda child: child.memory_info().rss, default=None)
        return None

    def fault(self, name: str) -> None:
        """Do it."""
        if name == "up-killed":
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.start()
        elif model := self.model():
            with suppress(psutil.NoSuchProcess):
                if name == "model-killed":
                    model.kill()
                else:
                    model.suspend()
                    time.sleep(STOPPED_SECONDS)
                    model.resume()

    def stop(self) -> None:
        """Stop it as an operator does."""
        self.process.terminate()
        self.process.wait(60)


def main() -> int:
    """Measure and write; 1 where fewer than 95 of 100 are completed at once, or one is late."""
    parser = argparse.ArgumentParser(prog="bench.mixed", description=__doc__)
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="protogen-mixed-") as folder:
        home = Path(folder)
        text = yaml.safe_dump({"web": {"port": 0}, "retry": {"first_delay": 1}})
        (home / "config.yaml").write_text(text, "utf-8")
        settings = load(home / "config.yaml", {})
        system = System(home)
        try:
            done = list(_run(system, settings, options.jobs, random.Random(options.seed)))
        finally:
            system.stop()
    lines = _lines(done)
    print("\n".join(lines))
    if options.jobs >= 50:
        write_section("Fifty mixed requests, a tenth with a fault", lines)
    good = sum(each.event.status is Status.COMPLETED and not each.gate for each in done)
    return int(good < 0.95 * len(done))


def _run(system: System, settings: Settings, jobs: int, chance: random.Random) -> Iterator[Done]:
    ledger = opened(settings)
    for number, (title, text) in enumerate(varied(jobs)):
        fault = chance.choice(FAULTS) if number % EVERY == EVERY - 1 else ""
        job = write_drop({"description": text}, settings.inbox_dir)
        event = follow(system, ledger, job, fault, chance.uniform(1, 20))
        done = _done(settings, ledger, title, fault, event)
        print(
            f"{number + 1:3} {title:24} {fault:14} {event.status} {event.duration_ms / 1000:.1f} s",
            flush=True,
        )
        yield done


def opened(settings: Settings) -> Ledger:
    """The ledger of a system, as soon as it has one."""
    end = time.monotonic() + LONGEST_SECONDS
    while not settings.ledger_dir.exists() and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    return homes.ready(settings)


def follow(system: System, ledger: Ledger, job: str, fault: str = "", after: float = 0.0) -> Event:
    """The job's last event; `fault` is done so many seconds after it was begun."""
    end, begun = time.monotonic() + LONGEST_SECONDS, 0.0
    while time.monotonic() < end:
        event = ledger.job(job)
        if event and event.status.final:
            return event
        if event and event.status is Status.PROCESSING and fault:
            begun = begun or time.monotonic()
            if time.monotonic() - begun >= after:
                system.fault(fault)
                fault = ""
        time.sleep(POLL_SECONDS)
    raise TimeoutError(job)


def _done(settings: Settings, ledger: Ledger, title: str, fault: str, event: Event) -> Done:
    project = ledger.project_of(event.job)
    if project is None:
        return Done(title, fault, event, "no site", 0.0)
    site = settings.published_dir / project
    check = [sys.executable, "-m", "protogen", "check", str(site)]
    result = subprocess.run(check, capture_output=True, text=True, check=False)
    about = json.loads((site / "metadata.json").read_text("utf-8"))
    return Done(title, fault, event, result.stdout if result.returncode else "", about["ai_sections"])


def _lines(done: Sequence[Done]) -> list[str]:
    seconds = sorted(each.event.duration_ms / 1000 for each in done)
    statuses = Counter(f"{each.event.status}, attempt {each.event.attempt}" for each in done)
    first = [each for each in done if each.event.status is Status.COMPLETED and each.event.attempt == 1]
    return [
        f"{len(done)} requests of `bench/requests.yaml`, {os.cpu_count()} cores, each after the one before.",
        "",
        *table(
            ("", "jobs"),
            (
                *sorted(statuses.items()),
                ("completed at the first attempt, the gate passed", sum(not each.gate for each in first)),
                ("over 120 s from claim to published", sum(each > 120 for each in seconds)),
            ),
        ),
        "",
        f"Median {statistics.median(seconds):.1f} s, slowest {seconds[-1]:.1f} s.",
        "",
        *(
            f"- {each.title}, {each.fault}: {each.event.status}, attempt {each.event.attempt}, "
            f"{each.event.duration_ms / 1000:.1f} s, {each.above:.0%} of its sections above template"
            for each in done
            if each.fault
        ),
        *(f"- {each.title}: {each.gate}" for each in done if each.gate),
    ]


if __name__ == "__main__":
    sys.exit(main())

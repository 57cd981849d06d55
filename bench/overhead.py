"""What the program itself costs: thousands of drops through a whole `protogen up`, with a model that answers at once.

The system is one child process with its ledger on the disk that `--on` names, all syncs as in earnest; the model
is a stub in another process, over a socket. Measured: drop to published for single drops into an idle system; the
rate over many dropped at once, with the model and with none; and by a profile where the time goes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from bench.load import varied
from bench.results import write_section
from protogen import home
from protogen.config import CONFIG_NAME, Settings
from protogen.job import Event, Status, new_job_id, now
from protogen.ledger import Ledger
from protogen.verify import Fault, verify

POLL_SECONDS = 0.002
PATIENCE_SECONDS = 120.0  # without a new site
TOP_PLACES = 12
ASKING = {"name": "Jana Nováková", "contact_type": "email", "contact_value": "jana@example.com"}


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from drop to published of single drops; when each of many was published, from the first drop on.

    `processor` are the seconds of processor time, git's included, that the many took; `load` is the machine's
    load average over the minute before they were dropped: what others did there makes all times longer.
    """

    name: str
    singles: tuple[float, ...]
    published: tuple[float, ...]
    processor: float
    load: float
    events: tuple[Event, ...]
    faults: tuple[Fault, ...]

    @property
    def rate(self) -> float:
        """Prototypes a second over all."""
        return len(self.published) / self.published[-1]


def main() -> int:
    """Measure and write; 1 where a drop did not become a site, or verify finds a fault afterwards."""
    options = _options()
    failed, lines = 0, list[str]()
    with _stub() as model:
        for name, address in (("stub model", model), ("no model", "")):
            measured = _measure(name, address, options.on, options.drops, options.singles)
            failed += sum(event.status is not Status.COMPLETED for event in measured.events)
            failed += len(measured.faults)
            lines += _lines(measured)
        for name, address in (("stub model", model), ("no model", "")):
            if options.profiled:
                lines += ["", *_profile(name, address, options.on, options.profiled)]
    print(write_section("Everything but the AI", ["```", *lines, "```"]))
    return int(failed > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.overhead", description=__doc__)
    parser.add_argument("--drops", type=int, default=1000, help="how many are dropped at once")
    parser.add_argument("--singles", type=int, default=50, help="how many are dropped one by one before")
    parser.add_argument(
        "--profiled", type=int, default=200, help="how many are dropped at once under the profiler"
    )
    parser.add_argument(
        "--on", type=Path, help="a folder on the disk to measure; the temporary folder by itself"
    )
    return parser.parse_args()


def _measure(name: str, model: str, on: Path | None, drops: int, singles: int) -> Measured:
    with tempfile.TemporaryDirectory(prefix="protogen-overhead-", dir=on) as folder:
        settings = _home(Path(folder) / "home", model)
        texts = (text for _, text in varied(1 + singles + drops))
        with system(settings) as process:
            drop_all(settings, [next(texts)])  # the first one loads what all share
            one_by_one = tuple(drop_all(settings, [text])[-1] for text in itertools.islice(texts, singles))
            before, load = _processor_time(process), os.getloadavg()[0]
            at_once = drop_all(settings, list(texts))
            processor = _processor_time(process) - before
        with Ledger(settings.ledger_dir) as ledger:
            events = tuple(ledger.jobs())
            faults = tuple(verify(settings, ledger, now()))
    return Measured(name, one_by_one, tuple(at_once), processor, load, events, faults)


def _processor_time(process: psutil.Process) -> float:
    """Seconds that a process, its children and those of them that have ended have worked."""
    return sum(sum(each.cpu_times()[:4]) for each in (process, *process.children(recursive=True)))


def _home(folder: Path, model: str) -> Settings:
    folder.mkdir()
    role = {"model": "stub", "languages": ["*"]}
    llm = {"provider": "openai", "base_url": model, "nlp": role, "codegen": role}
    config = {"llm": llm if model else {"provider": "none"}, "web": {"port": 0}}
    (folder / CONFIG_NAME).write_text(yaml.safe_dump(config), "utf-8")
    return home.create(folder)


@contextmanager
def _stub() -> Iterator[str]:
    """The address of a stub model in a process of its own."""
    command = [sys.executable, "-m", "bench.stub"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


@contextmanager
def system(settings: Settings, module: Sequence[str] = ("protogen",)) -> Iterator[psutil.Process]:
    """A running `protogen up`; it has ended when the block is left."""
    command = [sys.executable, "-m", *module, "up", "--home", str(settings.home)]
    with (settings.home / "out.log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        assert "Serving" in process.stdout.readline(), (settings.home / "out.log").read_text()
        sink = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        try:
            yield psutil.Process(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            process.stdout.close()
            sink.wait(10)


def drop_all(settings: Settings, texts: Sequence[str]) -> list[float]:
    """Drop all at once; the seconds from then on at which each new site stood in `published/`, ascending."""
    requests = [{**ASKING, "description": text} for text in texts]
    drops = [yaml.safe_dump(request, allow_unicode=True) for request in requests]
    known = _sites(settings)
    begin = time.monotonic()
    for each in drops:  # as a copy into the folder does it: created, written, closed
        (settings.inbox_dir / f"{new_job_id()[:8]}.yaml").write_text(each, "utf-8")
    return list(itertools.islice(_appearing(settings, known, begin), len(texts)))


def _appearing(settings: Settings, known: set[str], begin: float) -> Iterator[float]:
    last = time.monotonic()
    while time.monotonic() - last < PATIENCE_SECONDS:
        now = _sites(settings)
        last = time.monotonic() if now - known else last
        yield from (last - begin for _ in now - known)
        known = now
        time.sleep(POLL_SECONDS if len(known) < 200 else POLL_SECONDS * 10)
    log = (settings.home / "out.log").read_text()
    raise TimeoutError(f"No new site for {PATIENCE_SECONDS:.0f} s.\n{log}")


def _sites(settings: Settings) -> set[str]:
    return {path.name for path in settings.published_dir.iterdir() if not path.name.startswith(".")}


def _lines(measured: Measured) -> list[str]:
    times, done = sorted(measured.singles), measured.published
    jobs = sorted(event.duration_ms for event in measured.events if event.duration_ms)
    size = max(1, len(done) // 10)
    first, last = size / done[size - 1], size / (done[-1] - done[-size - 1]) if len(done) > size else 0.0
    rungs = Counter(stage.rung for event in measured.events for stage in event.stages)
    return [
        f"{measured.name}: {len(done)} drops at once, {measured.rate:.1f} prototypes/s "
        f"(first tenth {first:.1f}/s, last tenth {last:.1f}/s); "
        f"{measured.processor / len(done) * 1000:.0f} ms of processor time each, load before {measured.load:.1f}",
        f"  drop to published, idle, {len(times)} single drops: median {statistics.median(times) * 1000:.0f} ms, "
        f"p95 {times[int(len(times) * 0.95)] * 1000:.0f} ms, slowest {times[-1] * 1000:.0f} ms",
        f"  claim to published, all {len(jobs)} jobs: median {statistics.median(jobs):.0f} ms, "
        f"p95 {jobs[int(len(jobs) * 0.95)]} ms, slowest {jobs[-1]} ms",
        f"  {sum(event.status is Status.COMPLETED for event in measured.events)} completed, "
        f"{sum(event.attempt == 1 for event in measured.events)} at the first attempt; stages by rung: "
        + ", ".join(f"{count} {rung}" for rung, count in rungs.most_common()),
        f"  verify: {len(measured.faults)} faults"
        + "".join(f"; {fault.what}" for fault in measured.faults[:5]),
    ]


def _profile(name: str, model: str, on: Path | None, drops: int) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="protogen-overhead-", dir=on) as folder:
        settings, target = _home(Path(folder) / "home", model), Path(folder) / "profile.json"
        texts = [text for _, text in varied(1 + drops)]
        with system(settings, ("bench.profiled", str(target))):
            drop_all(settings, texts[:1])
            took = drop_all(settings, texts[1:])[-1]
        found = json.loads(target.read_text("utf-8"))
    lines = [f"{name}, profiled, {drops} drops in {took:.1f} s; milliseconds a drop:"]
    for thread, places in found.items():
        lines += [f"  {thread} thread, {sum(places.values()) / drops * 1000:.1f} ms"]
        lines += _table(_by_room(places), drops)
        lines += [f"    {'by function':-<44}", *_table(places, drops)]
    return lines


def _by_room(places: dict[str, float]) -> dict[str, float]:
    """Seconds by the folder of the package, or its file where it stands in none."""
    rooms: dict[str, float] = defaultdict(float)
    for place, seconds in places.items():
        file = place.partition(":")[0]
        room = {"ledger/git.py": "ledger: git and its syncs", "checks/gate.py": "checks: gate"}.get(file)
        if file.startswith("pipeline/"):
            room = file
        rooms[room or (file.partition("/")[0] or "threads")] += seconds
    return rooms


def _table(seconds: dict[str, float], drops: int) -> list[str]:
    top = sorted(seconds.items(), key=lambda pair: -pair[1])[:TOP_PLACES]
    return [f"    {place or 'threads':<44} {value / drops * 1000:7.2f}" for place, value in top]


if __name__ == "__main__":
    sys.exit(main())

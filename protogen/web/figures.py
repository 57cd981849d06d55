"""The dashboard's figures: read from the ledger's index and its last jobs, kept for seconds."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from protogen.config import Settings
from protogen.job import Event, Rung, Status, now
from protogen.ledger import Ledger
from protogen.reasons import reason_for

LAST = 500
"""Jobs that times, rungs, speed and errors are taken of."""
QUEUE_SHOWN = 12
ENDING_SHOWN = 8
SOON = timedelta(days=7)
FRESH_SECONDS = 2.0
SIZE_SECONDS = 120.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ending:
    """A site that ends soon."""

    project: str
    job: str
    at: datetime
    days: int


@dataclass(frozen=True, slots=True)
class Fault:
    """An error code among the last jobs: how many, the newest of them, what to do."""

    code: str
    count: int
    job: str
    mend: str


@dataclass(frozen=True, slots=True)
class Storage:
    """Bytes: of the sites, of the ledger, free and in all on the disk; drops in the inbox."""

    sites: int
    ledger: int
    free: int
    total: int
    drops: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All that the dashboard shows but the list of jobs. `seconds` and `speeds` are of the last completed jobs,
    the oldest first; `speeds` are tokens written a second of the AI's stages."""

    at: datetime
    counts: dict[Status, int]
    running: list[Event]
    queue: list[Event]
    waiting: int
    seconds: list[float]
    speeds: list[tuple[datetime, float]]
    models: list[tuple[str, float, int]]
    rungs: dict[str, Counter[Rung]]
    faults: list[Fault]
    ending: list[Ending]
    ends: int
    storage: Storage

    @property
    def jobs(self) -> int:
        """All jobs there ever were."""
        return sum(self.counts.values())


class Kept(Generic[T]):
    """A value that is made again when it is older than `seconds`; one thread makes it, others take the last one."""

    def __init__(self, make: Callable[[], T], seconds: float) -> None:
        self._make = make
        self._seconds = seconds
        self._lock = threading.Lock()
        self._last: tuple[float, T] | None = None

    def get(self) -> T:
        """The value, at most a few seconds old."""
        last = self._last
        if last and time.monotonic() - last[0] < self._seconds:
            return last[1]
        if last and not self._lock.acquire(blocking=False):
            return last[1]
        if not last:
            self._lock.acquire()
        try:
            if self._last is last:
                self._last = (time.monotonic(), self._make())
            assert self._last is not None
            return self._last[1]
        finally:
            self._lock.release()


class FigureReader:
    """Makes the figures of one home."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger
        self._figures = Kept(self._read, FRESH_SECONDS)
        self._size = Kept(lambda: folder_size(ledger.path), SIZE_SECONDS)

    def figures(self) -> Figures:
        """The figures, at most a few seconds old."""
        return self._figures.get()

    def _read(self) -> Figures:
        at, ledger = now(), self._ledger
        last = ledger.jobs(limit=LAST)
        done = [event for event in reversed(last) if event.status is Status.COMPLETED and event.duration_ms]
        counts = ledger.counts()
        ends, ending = ledger.expiring(at, at + SOON, ENDING_SHOWN)
        return Figures(
            at=at,
            counts=counts,
            running=ledger.processing(),
            queue=ledger.queue(QUEUE_SHOWN),
            waiting=counts[Status.PENDING],
            seconds=[event.duration_ms / 1000 for event in done],
            speeds=[(event.at, speed) for event in done if (speed := _speed(event)) is not None],
            models=_models(done),
            rungs=_rungs(done),
            faults=_faults(last),
            ending=[self._ending(event, at) for event in ending],
            ends=ends,
            storage=self._storage(),
        )

    def _ending(self, event: Event, at: datetime) -> Ending:
        assert event.expires_at is not None
        days = -(-int((event.expires_at - at).total_seconds()) // 86_400)
        return Ending(self._ledger.project_of(event.job) or "", event.job, event.expires_at, days)

    def _storage(self) -> Storage:
        disk = shutil.disk_usage(self._settings.home)
        inbox = self._settings.inbox_dir
        hidden = ("rejected",)
        drops = sum(1 for each in os.scandir(inbox) if each.name[0] != "." and each.name not in hidden)
        return Storage(self._ledger.sites_size(), self._size.get(), disk.free, disk.total, drops)


def folder_size(folder: Path) -> int:
    """The bytes of all files below a folder; what goes meanwhile is not counted."""
    size = 0
    for root, _, files in os.walk(folder):
        for name in files:
            try:
                size += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118
            except OSError:
                continue
    return size


def _speed(event: Event) -> float | None:
    stages = [stage for stage in event.stages if stage.completion_tokens and stage.ms]
    spent = sum(stage.ms for stage in stages)
    return 1000 * sum(stage.completion_tokens for stage in stages) / spent if spent else None


def _models(done: list[Event]) -> list[tuple[str, float, int]]:
    tokens: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    for event in done:
        for stage in event.stages:
            if stage.model and stage.completion_tokens and stage.ms:
                tokens[stage.model] += stage.completion_tokens
                spent[stage.model] += stage.ms
    return [(model, 1000 * tokens[model] / spent[model], count) for model, count in tokens.most_common()]


def _rungs(done: list[Event]) -> dict[str, Counter[Rung]]:
    rungs: dict[str, Counter[Rung]] = defaultdict(Counter)
    for event in done:
        for stage in event.stages:
            rungs[stage.name][stage.rung] += 1
    return dict(rungs)


def _faults(last: list[Event]) -> list[Fault]:
    counts = Counter(event.error for event in last if event.error)
    newest: dict[str, str] = {}
    for event in last:
        newest.setdefault(event.error, event.job)
    return [
        Fault(code, count, newest[code], reason_for(code).operator) for code, count in counts.most_common(8)
    ]

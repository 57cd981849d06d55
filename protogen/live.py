"""What the worker is doing just now: for pages that show it, without asking the ledger again and again."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from protogen.hooks import Hook
from protogen.job import Event, StageTrace

# Seconds a stage takes on two cores with the embedded model; what has been seen counts as soon as it is there.
TYPICAL = {"brief": 8.0, "structure": 34.0, "style": 2.5, "behaviour": 2.5, "content": 7.0}
SEEN_JOBS = 20
LEAST_LEFT = 1.0


@dataclass(frozen=True, slots=True)
class Running:
    """The job in hand: its stage, the part of it that is being written, and the stages that are done, with their ms."""

    job: str
    stage: str = ""
    part: str = ""
    began: float = 0.0
    """Of the stage, on the monotonic clock."""
    done: tuple[tuple[str, int], ...] = ()
    attachments: int = 0
    """Recordings, documents and pictures that are being read, before the first stage."""


@dataclass(eq=False, slots=True)
class Watcher:
    """Somebody who waits for news on an event loop."""

    loop: asyncio.AbstractEventLoop
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> None:
        """Until there is news, `seconds` at the longest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.news.wait()
        self.news.clear()

    def tell(self) -> None:
        """There is news; from any thread."""
        with suppress(RuntimeError):  # its loop has ended with the server
            self.loop.call_soon_threadsafe(self.news.set)


class Live(Hook):
    """Hears of every step of the worker's. Any thread may ask; watchers wait on their own event loops."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running: Running | None = None
        self._watchers: set[Watcher] = set()
        self._seen: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=SEEN_JOBS))

    # Asked

    def running(self, job: str) -> Running | None:
        """What is being done for this job; None while it is not in hand."""
        running = self._running
        return running if running and running.job == job else None

    def seconds_left(self, job: str) -> float | None:
        """Until this job is published, by how long its stages usually take; None while it is not in hand."""
        running = self.running(job)
        if running is None:
            return None
        over = {name for name, _ in running.done} | {running.stage}
        later = sum(self._typical(stage) for stage in TYPICAL if stage not in over)
        now = self._typical(running.stage) - (self._clock() - running.began) if running.stage else 0.0
        return max(LEAST_LEFT, later + max(0.0, now))

    @contextmanager
    def watching(self) -> Iterator[Watcher]:
        """A watcher of the running event loop, for the time of the block."""
        watcher = Watcher(asyncio.get_running_loop())
        with self._lock:
            self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            with self._lock:
                self._watchers.discard(watcher)

    def _typical(self, stage: str) -> float:
        with self._lock:
            seen = list(self._seen[stage]) if stage in self._seen else []
        return statistics.median(seen) if seen else TYPICAL.get(stage, 0.0)

    # Told

    def learn(self, events: Iterable[Event]) -> None:
        """Take how long stages take from jobs of before, the newest first."""
        with self._lock:
            for event in list(events)[::-1]:
                for trace in event.stages:
                    self._seen[trace.name].append(trace.ms / 1000)

    def job_accepted(self, event: Event) -> None:
        """A place in the queue has changed."""
        self._tell()

    def job_started(self, event: Event) -> None:
        """A job is in hand."""
        self._now(Running(event.job))

    def attachments_started(self, job: str, count: int) -> None:
        """They are being read."""
        self._now(replace(self._of(job), attachments=count))

    def attachments_finished(self, job: str, ms: int) -> None:
        """The first stage is next."""
        self._now(replace(self._of(job), attachments=0))

    def stage_started(self, job: str, stage: str, index: int, count: int) -> None:
        """A stage begins."""
        self._now(replace(self._of(job), stage=stage, part="", began=self._clock()))

    def stage_progress(self, job: str, stage: str, part: str) -> None:
        """A part of it begins."""
        self._now(replace(self._of(job), part=part))

    def stage_finished(self, job: str, trace: StageTrace) -> None:
        """A stage is done."""
        with self._lock:
            self._seen[trace.name].append(trace.ms / 1000)
        running = self._of(job)
        self._now(replace(running, part="", done=(*running.done, (trace.name, trace.ms))))

    def job_finished(self, event: Event) -> None:
        """Nothing is in hand."""
        self._now(None)

    def _of(self, job: str) -> Running:
        return self.running(job) or Running(job)

    def _now(self, running: Running | None) -> None:
        self._running = running
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            watchers = list(self._watchers)
        for watcher in watchers:
            watcher.tell()

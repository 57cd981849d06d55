"""When a request will be done, from how long the newest jobs took."""

from __future__ import annotations

import statistics
import threading
import time

from protogen.config import Settings
from protogen.job import Status
from protogen.ledger import Ledger

JOBS = 30
"""The newest jobs that are looked at: the model or the machine may have changed since the others."""
KEPT_SECONDS = 10.0
_SHARE_OF_TIMEOUT = 0.5
"""Of the longest time, for a ledger without a finished job."""


class Estimate:
    """Seconds until a job is done; what the ledger says is kept for a few seconds."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger
        self._lock = threading.Lock()
        self._typical = 0.0
        self._at = -KEPT_SECONDS

    def typical(self) -> float:
        """Seconds from claim to published, the median of the newest completed jobs."""
        with self._lock:
            if time.monotonic() - self._at >= KEPT_SECONDS:
                done = self._ledger.jobs(Status.COMPLETED, JOBS)
                took = [event.duration_ms / 1000 for event in done if event.duration_ms]
                longest = self._settings.generation_timeout
                self._typical = statistics.median(took) if took else longest * _SHARE_OF_TIMEOUT
                self._at = time.monotonic()
            return self._typical

    def seconds(self, place: int) -> float:
        """Until the job at this place of the queue is done; 1 is next, behind the one in hand."""
        in_hand = bool(self._ledger.counts().get(Status.PROCESSING))
        return self.typical() * (place + in_hand * 0.5)


def in_words(seconds: float) -> str:
    """`about 90 seconds`, `about 5 minutes`, `about 2 hours`."""
    if seconds <= 120:
        return f"about {max(5, round(seconds / 5) * 5)} seconds"
    if seconds < 5400:
        return f"about {round(seconds / 60)} minutes"
    return f"about {round(seconds / 3600)} hours"

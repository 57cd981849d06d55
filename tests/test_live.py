"""What is known of the job in hand, how long it still takes, and who is told of news."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import pytest

from protogen.job import Event, Rung, StageTrace, Status
from protogen.live import LEAST_LEFT, TYPICAL, Live


class Clock:
    """A clock that stands until it is moved; in seconds."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def trace(name: str, ms: int) -> StageTrace:
    """Of a stage that the model did, in `ms` milliseconds."""
    return StageTrace(name, Rung.FIELDS, ms=ms)


@pytest.fixture
def clock() -> Clock:
    """The time, as a test sets it."""
    return Clock()


@pytest.fixture
def live(clock: Clock) -> Live:
    """Knows of nothing yet."""
    return Live(clock)


class TestTheJobInHand:
    """`running`."""

    def test_only_the_job_in_hand_is_known(self, live: Live) -> None:
        """Neither before a job begins nor for another job is anything told."""
        assert live.running("one") is None
        live.stage_started("one", "brief", 0, 5)
        assert live.running("two") is None
        assert live.seconds_left("two") is None

    def test_attachments_are_read_before_the_first_stage(self, live: Live) -> None:
        """How many, while they are; then nothing of them."""
        live.attachments_started("one", 3)
        running = live.running("one")
        assert running is not None
        assert (running.attachments, running.stage) == (3, "")
        live.attachments_finished("one", 900)
        running = live.running("one")
        assert running is not None
        assert running.attachments == 0

    def test_a_part_ends_with_its_stage(self, live: Live) -> None:
        """The part that is written is told, until its stage is done; then the stage with its ms."""
        live.stage_started("one", "structure", 1, 5)
        live.stage_progress("one", "structure", "prices")
        running = live.running("one")
        assert running is not None
        assert (running.stage, running.part, running.done) == ("structure", "prices", ())
        live.stage_finished("one", trace("structure", 1500))
        running = live.running("one")
        assert running is not None
        assert (running.part, running.done) == ("", (("structure", 1500),))


class TestTimeLeft:
    """`seconds_left`."""

    def test_jobs_of_before_count_after_a_start(self, live: Live) -> None:
        """As the ledger has them; a stage of which it has none takes what is typical."""
        at = datetime(2026, 3, 2, tzinfo=UTC)
        done = Event("old", Status.COMPLETED, at, at, stages=(trace("brief", 2000), trace("content", 4000)))
        live.learn([done])
        live.stage_started("one", "brief", 0, 5)
        typical = TYPICAL["structure"] + TYPICAL["style"] + TYPICAL["behaviour"]
        assert live.seconds_left("one") == pytest.approx(2 + 4 + typical)

    def test_it_runs_down_within_a_stage(self, live: Live, clock: Clock) -> None:
        """Time that passes is taken from the stage in hand, and never from the later ones."""
        live.stage_started("one", "brief", 0, 5)
        assert live.seconds_left("one") == pytest.approx(sum(TYPICAL.values()))
        clock.seconds += 3
        assert live.seconds_left("one") == pytest.approx(sum(TYPICAL.values()) - 3)
        clock.seconds += 3600
        assert live.seconds_left("one") == pytest.approx(sum(TYPICAL.values()) - TYPICAL["brief"])

    def test_what_was_seen_counts_more_than_what_is_typical(self, live: Live) -> None:
        """The median of the stages that this process saw is used as soon as there is one."""
        for ms in (1000, 90_000, 2000):
            live.stage_finished("before", trace("structure", ms))
        live.stage_started("one", "brief", 0, 5)
        expected = sum(TYPICAL.values()) - TYPICAL["structure"] + 2
        assert live.seconds_left("one") == pytest.approx(expected)

    def test_it_is_never_nothing(self, live: Live, clock: Clock) -> None:
        """A last stage that takes too long is about to end, not over."""
        for name in list(TYPICAL)[:-1]:
            live.stage_finished("one", trace(name, 1000))
        live.stage_started("one", list(TYPICAL)[-1], 4, 5)
        clock.seconds += 3600
        assert live.seconds_left("one") == LEAST_LEFT


class TestWatchers:
    """`watching`."""

    def test_all_of_many_are_told_from_another_thread(self, live: Live) -> None:
        """News from the worker's thread wakes 200 watchers, long before they would look by themselves."""

        async def watch(ready: asyncio.Semaphore) -> bool:
            with live.watching() as watcher:
                ready.release()
                await watcher.news.wait()
                return live.running("one") is not None

        async def all_of_them() -> list[bool]:
            ready = asyncio.Semaphore(0)
            watchers = [asyncio.create_task(watch(ready)) for _ in range(200)]
            for _ in watchers:
                await ready.acquire()
            worker = threading.Thread(target=live.stage_started, args=("one", "brief", 0, 5))
            worker.start()
            async with asyncio.timeout(5):
                told = await asyncio.gather(*watchers)
            worker.join()
            return told

        assert asyncio.run(all_of_them()) == [True] * 200
        assert not live._watchers

    def test_a_watcher_whose_loop_has_ended_harms_nobody(self, live: Live) -> None:
        """The worker goes on when the server is gone in the middle of a watch."""

        async def leave() -> None:
            live.watching().__enter__()

        asyncio.run(leave())
        live.stage_started("one", "brief", 0, 5)
        assert live.running("one") is not None

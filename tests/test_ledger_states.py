"""The job state machine, as a property: whatever the order of calls, the ledger agrees with a plain dict."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from protogen.job import NEXT, Event, Status, new_job_id
from protogen.ledger import Ledger, TransitionError
from protogen.ledger.audit import expired

START = datetime(2025, 11, 23, 22, 25, tzinfo=UTC)


class Jobs(RuleBasedStateMachine):
    """Accept, claim, record and reopen in any order, beside a dict that has the newest events."""

    jobs = Bundle("jobs")

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.ledger = Ledger.create(self.folder / "ledger.git")
        self.newest: dict[str, Event] = {}
        self.log: list[Event] = []
        self.clock = START

    @rule(target=jobs, submission=st.sampled_from(["", "a", "b"]))
    def accept(self, submission: str) -> str:
        digest = self.ledger.hash(submission) if submission else ""
        event = Event(
            job=new_job_id(), status=Status.PENDING, at=self.tick(), created_at=self.clock, submission=digest
        )
        self.wrote(self.ledger.accept(event, {"a": submission.encode()}), event)
        return event.job

    @rule(
        job=jobs,
        status=st.sampled_from(Status),
        delay=st.none() | st.integers(0, 5),
        content=st.sampled_from(["", "c0ffee" + "0" * 34]),
        degraded=st.integers(0, 2),
    )
    def record(self, job: str, status: Status, delay: int | None, content: str, degraded: int) -> None:
        last = self.newest[job]
        later = self.tick() + timedelta(seconds=delay) if delay is not None else None
        event = replace(
            last,
            status=status,
            at=self.clock,
            not_before=later,
            content=content or last.content,
            expires_at=self.clock if status.final else last.expires_at,
            degraded=degraded,
        )
        if status in NEXT[last.status] and (event.content or status is not Status.COMPLETED):
            self.wrote(self.ledger.record(event, after=last), event)
        else:
            with pytest.raises(TransitionError):
                self.ledger.record(event)

    @rule(job=jobs, other=jobs)
    def record_after_somebody_else(self, job: str, other: str) -> None:
        """An event made from what the job was does not overwrite what it is."""
        stale = replace(self.newest[other], job=job, attempt=99)
        with pytest.raises(TransitionError):
            self.ledger.record(replace(self.newest[job], status=Status.PENDING), after=stale)

    @rule(job=jobs)
    def change(self, job: str) -> None:
        last, at = self.newest[job], self.tick()
        if Status.CANCELLED in NEXT[last.status]:
            event = replace(last, status=Status.CANCELLED, at=at)
            self.wrote(
                self.ledger.change(job, lambda newest: replace(newest, status=Status.CANCELLED, at=at)), event
            )

    @rule(chosen=st.lists(jobs, max_size=4, unique=True))
    def expire(self, chosen: list[str]) -> None:
        at = self.tick()
        due = [job for job in chosen if Status.EXPIRED in NEXT[self.newest[job].status]]
        expected = [expired(self.newest[job], at) for job in due]
        events = self.ledger.expire(chosen, at)
        for event, wanted in zip(events, expected, strict=True):
            self.wrote(event, wanted)

    @rule()
    def claim(self) -> None:
        at = self.tick()
        due = [
            (event.not_before or event.created_at, order, event)
            for order, event in enumerate(self.newest.values())
            if event.status is Status.PENDING and (event.not_before is None or event.not_before <= at)
        ]
        claimed = self.ledger.claim(at)
        if not due:
            assert claimed is None
            return
        event = min(due, key=lambda each: each[:2])[2]
        expected = replace(
            event, status=Status.PROCESSING, at=at, attempt=event.attempt + 1, not_before=None, error=""
        )
        assert claimed is not None
        self.wrote(claimed, expected)

    @rule()
    def reopen(self) -> None:
        self.ledger.close()
        self.ledger = Ledger(self.folder / "ledger.git")

    @rule()
    def reconcile(self) -> None:
        self.ledger.reconcile()

    @invariant()
    def agrees(self) -> None:
        assert self.ledger.jobs() == list(self.newest.values())[::-1]
        assert {job: self.ledger.job(job) for job in self.newest} == self.newest
        assert self.ledger.history() == self.log
        assert self.ledger.counts() == {s: sum(e.status is s for e in self.newest.values()) for s in Status}
        over = [
            e
            for e in self.newest.values()
            if e.expires_at and e.status not in (Status.PROCESSING, Status.EXPIRED)
        ]
        assert self.ledger.expired(self.clock) == over
        queue = sorted(
            (e.not_before or e.created_at, order, job)
            for order, (job, e) in enumerate(self.newest.items())
            if e.status is Status.PENDING
        )
        places = {job: place for place, (_, _, job) in enumerate(queue, 1)}
        assert {job: self.ledger.place(job) for job in self.newest} == {
            job: places.get(job) for job in self.newest
        }
        once = {job for job, e in self.newest.items() if e.status is Status.COMPLETED and e.degraded == 1}
        found = self.ledger.degraded()
        assert found.job in once if found else not once
        with Ledger(self.ledger.path) as cold:
            assert cold.jobs(limit=3) == list(self.newest.values())[::-1][:3]
            assert cold.jobs(Status.PENDING, 2) == self.ledger.jobs(Status.PENDING, 2)
        for name in ("a", "b"):
            digest = self.ledger.hash(name)
            same = [
                e for e in self.newest.values() if e.submission == digest and e.status is not Status.EXPIRED
            ]
            assert self.ledger.find(digest) == (same[-1] if same else None)

    def wrote(self, event: Event, expected: Event) -> None:
        assert event == expected
        self.newest[event.job] = event
        self.log.append(event)

    def tick(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)


TestJobs = Jobs.TestCase
TestJobs.settings = settings(max_examples=15, stateful_step_count=20, suppress_health_check=list(HealthCheck))

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

    @rule(job=jobs, status=st.sampled_from(Status), delay=st.none() | st.integers(0, 5))
    def record(self, job: str, status: Status, delay: int | None) -> None:
        last = self.newest[job]
        later = self.tick() + timedelta(seconds=delay) if delay is not None else None
        event = replace(last, status=status, at=self.clock, not_before=later)
        if status in NEXT[last.status]:
            self.wrote(self.ledger.record(event), event)
        else:
            with pytest.raises(TransitionError):
                self.ledger.record(event)

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
TestJobs.settings = settings(
    max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)

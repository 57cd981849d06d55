"""Main in memory: what listing, claiming and pruning need, so that git is asked for nothing but the answer."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from protogen.job import JOB_ID, Event, Status
from protogen.ledger.repository import Commit
from protogen.ledger.trailers import fields, parse_event

_STATUSES = {status.value: status for status in Status}


@dataclass(slots=True)
class _Job:
    order: int
    status: Status
    submission: str
    message: str
    at: datetime
    expires: str = ""
    content: str = ""
    size: int = 0
    commits: list[str] = field(default_factory=list)


# When, order of acceptance, job, and its pending event's commit: void once the job has a newer one.
_Turn = tuple[str, int, str, str]


class Index:
    """Every job of main: its status, its events' commits, and the pending ones in the order of their turn.

    `tip` is the last commit taken in. Times are compared as ISO 8601 text, which sorts as time does.
    """

    def __init__(self) -> None:
        self.tip = ""
        self._jobs: dict[str, _Job] = {}
        self._counts: Counter[Status] = Counter()
        self._submissions: dict[str, list[str]] = {}
        self._waiting: list[_Turn] = []
        self._put_off: list[_Turn] = []
        self._degraded: dict[str, None] = {}

    def add(self, commit: Commit) -> None:
        """Take in the next commit of main; one that is no event is passed over."""
        self.tip = commit.sha
        trailers = dict(fields(commit.message))
        name, status = trailers.get("Job", ""), _STATUSES.get(trailers.get("Status", ""))
        if status is None or not JOB_ID.fullmatch(name):
            return
        job = self._jobs.get(name)
        if job is None:
            submission = trailers.get("Submission", "")
            job = self._jobs[name] = _Job(len(self._jobs), status, submission, commit.message, commit.at)
            self._submissions.setdefault(job.submission, []).append(name)
        else:
            self._counts[job.status] -= 1
        self._counts[status] += 1
        job.status, job.message, job.at = status, commit.message, commit.at
        job.expires = trailers.get("Expires-At", "")
        job.content = trailers.get("Content", "")
        size = trailers.get("Bytes", "")
        job.size = int(size) if job.content and size.isdecimal() else 0
        job.commits.append(commit.sha)
        if status is Status.PENDING:
            self._enqueue(name, commit.sha, trailers)
        if status is Status.COMPLETED and trailers.get("Degraded") == "1":
            self._degraded[name] = None
        else:
            self._degraded.pop(name, None)

    def newest(self, job: str) -> str:
        """The commit of a job's newest event, empty for a job that is not known."""
        return self._jobs[job].commits[-1] if job in self._jobs else ""

    def status(self, job: str) -> Status | None:
        """Where a job stands; None for a job that is not known."""
        return self._jobs[job].status if job in self._jobs else None

    def content(self, job: str) -> str:
        """The commit of the site that a job has recorded, empty if none."""
        return self._jobs[job].content if job in self._jobs else ""

    def event(self, job: str) -> Event:
        """The newest event of a job that is known."""
        return parse_event(self._jobs[job].message, self._jobs[job].at)

    def commits(self, job: str) -> list[str]:
        """The commits of a job's events, oldest first."""
        return list(self._jobs[job].commits) if job in self._jobs else []

    def jobs(self, status: Status | None = None) -> Iterator[str]:
        """Jobs, the last accepted first."""
        return (name for name, job in reversed(self._jobs.items()) if status in (None, job.status))

    def counts(self) -> dict[Status, int]:
        """How many jobs stand where."""
        return {status: self._counts[status] for status in Status}

    def by_submission(self, submission: str) -> str | None:
        """The last accepted job of a submission that is not expired."""
        names = reversed(self._submissions.get(submission, []) if submission else [])
        return next((name for name in names if self._jobs[name].status is not Status.EXPIRED), None)

    def next_due(self, at: str) -> str | None:
        """The pending job whose turn it is at the time `at`, None if there is none.

        First come, first served; a job that was put off comes by the time it was put off to, so it never
        stands before one that waited longer.
        """
        waiting, put_off = self._head(self._waiting), self._head(self._put_off)
        due = [head for head in (waiting, put_off) if head and (head is waiting or head[0] <= at)]
        return min(due)[2] if due else None

    def place(self, job: str) -> int | None:
        """The place of a pending job in the queue, 1 is next; None for any other."""
        if job not in self._jobs or self._jobs[job].status is not Status.PENDING:
            return None
        valid = (turn for turns in (self._waiting, self._put_off) for turn in turns if self._stands(turn))
        turns = {turn[2]: turn for turn in valid}
        return sum(turn <= turns[job] for turn in turns.values())

    def queue(self, limit: int) -> list[str]:
        """The first of the pending jobs, in the order of their turn."""
        standing = (turn for turns in (self._waiting, self._put_off) for turn in turns if self._stands(turn))
        return [turn[2] for turn in heapq.nsmallest(limit, standing)]

    def expiring(self, after: str, before: str) -> list[str]:
        """Jobs whose site ends later than `after` and not later than `before`, the first to end first."""
        ends = [
            (job.expires, name)
            for name, job in self._jobs.items()
            if job.content and after < job.expires <= before
        ]
        return [name for _, name in sorted(ends)]

    def size(self) -> int:
        """The bytes of all sites that stand."""
        return sum(job.size for job in self._jobs.values())

    def expired(self, before: str) -> list[str]:
        """Jobs whose `Expires-At` is `before` or earlier and that nobody has in hand, the first accepted first."""
        busy = (Status.PROCESSING, Status.EXPIRED)
        return [
            name
            for name, job in self._jobs.items()
            if job.expires and job.expires <= before and job.status not in busy
        ]

    def degraded(self) -> str | None:
        """The job whose site, made once without the AI, has waited longest for its second making."""
        return next(iter(self._degraded), None)

    def _enqueue(self, name: str, commit: str, trailers: Mapping[str, str]) -> None:
        order = self._jobs[name].order
        if "Not-Before" in trailers:
            heapq.heappush(self._put_off, (trailers["Not-Before"], order, name, commit))
        else:
            heapq.heappush(self._waiting, (trailers.get("Created-At", ""), order, name, commit))

    def _head(self, turns: list[_Turn]) -> _Turn | None:
        while turns and not self._stands(turns[0]):
            heapq.heappop(turns)
        return turns[0] if turns else None

    def _stands(self, turn: _Turn) -> bool:
        return self.newest(turn[2]) == turn[3]

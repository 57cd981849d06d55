"""Main in memory: what listing and claiming need, so that git is asked for nothing but the answer."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from protogen.job import JOB_ID, Status
from protogen.ledger.git import Commit
from protogen.ledger.trailers import fields

_STATUSES = frozenset(status.value for status in Status)


@dataclass(slots=True)
class _Job:
    order: int
    status: Status
    submission: str
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
        self._submissions: dict[str, list[str]] = {}
        self._waiting: list[_Turn] = []
        self._put_off: list[_Turn] = []

    def add(self, commit: Commit) -> None:
        """Take in the next commit of main; one that is no event is passed over."""
        self.tip = commit.sha
        trailers = dict(fields(commit.message))
        name, status = trailers.get("Job", ""), trailers.get("Status", "")
        if not JOB_ID.fullmatch(name) or status not in _STATUSES:
            return
        job = self._jobs.get(name)
        if job is None:
            job = self._jobs[name] = _Job(len(self._jobs), Status(status), trailers.get("Submission", ""))
            self._submissions.setdefault(job.submission, []).append(name)
        job.status = Status(status)
        job.commits.append(commit.sha)
        if job.status is Status.PENDING:
            self._enqueue(name, commit.sha, trailers)

    def newest(self, job: str) -> str:
        """The commit of a job's newest event, empty for a job that is not known."""
        return self._jobs[job].commits[-1] if job in self._jobs else ""

    def commits(self, job: str) -> list[str]:
        """The commits of a job's events, oldest first."""
        return list(self._jobs[job].commits) if job in self._jobs else []

    def jobs(self, status: Status | None = None) -> Iterator[str]:
        """Jobs, the last accepted first."""
        return (name for name, job in reversed(self._jobs.items()) if status in (None, job.status))

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

    def _enqueue(self, name: str, commit: str, trailers: Mapping[str, str]) -> None:
        order = self._jobs[name].order
        if "Not-Before" in trailers:
            heapq.heappush(self._put_off, (trailers["Not-Before"], order, name, commit))
        else:
            heapq.heappush(self._waiting, (trailers.get("Created-At", ""), order, name, commit))

    def _head(self, turns: list[_Turn]) -> _Turn | None:
        while turns and self.newest(turns[0][2]) != turns[0][3]:
            heapq.heappop(turns)
        return turns[0] if turns else None

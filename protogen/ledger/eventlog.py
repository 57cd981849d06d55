"""Main and what follows from it: the log of job events, each job's ref, and the index in memory.

refs/heads/main        one commit a job event, on the empty tree: the audit log, and the truth
refs/jobs/<job-id>     the job's newest event, derived from main
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from protogen.job import JOB_ID, Event, Status
from protogen.ledger.audit import audited
from protogen.ledger.errors import GitError, LedgerError, RefLockedError, RefMovedError, disk_error
from protogen.ledger.index import Index
from protogen.ledger.locks import LedgerLock
from protogen.ledger.repository import EMPTY_TREE, Commit, Repository
from protogen.ledger.trailers import event_message, fields, parse_event

MAIN = "refs/heads/main"
_TRIES = 5

Change = tuple[str, str, str]
"""A ref, the commit it moves to (empty: it goes), and the one it must be at (empty: it must be new)."""


class EventLog:
    """The events of all jobs. Writing methods are called inside `writing` only."""

    def __init__(self, path: Path, git: Repository, lock: LedgerLock) -> None:
        self._path = path
        self._git = git
        self._lock = lock
        self._index = Index()
        self._indexing = threading.RLock()
        with lock.held_if_free() as held:
            if held:
                self._finish_last()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the ledger's lock with every ref of the last write in its place."""
        try:
            with self._lock.held():
                self._finish_last()
                yield
        except OSError as error:
            raise disk_error(self._path, error) from error

    def append(self, event: Event, previous: str) -> Event:
        """Put an event on main and move its job's ref from the commit `previous` to it; gives it as written."""
        return self.append_all([(event, previous)])[0]

    def append_all(self, steps: Sequence[tuple[Event, str]], also: Sequence[Change] = ()) -> list[Event]:
        """Many events of as many jobs at once, in their order, and other refs' changes after them.

        Jobs' refs move in the order of their events: a crash in between leaves the last ones behind, and
        `_finish_last` finds them from main's tip.
        """
        messages = [event_message(audited(event)) for event, _ in steps]
        for _ in range(_TRIES):
            tip = self.tip()
            before = sha = tip.sha if tip else ""
            commits = []
            for (event, _), message in zip(steps, messages, strict=True):
                parents = (sha,) if sha else ()
                sha = self._git.commit(EMPTY_TREE, parents, message, event.at)
                commits.append(Commit(sha, EMPTY_TREE, parents, event.at, message))
            moves = [
                (job_ref(event.job), commit.sha, old)
                for (event, old), commit in zip(steps, commits, strict=True)
            ]
            try:
                self.move([(MAIN, sha, before), *moves, *also])
            except (
                RefMovedError
            ):  # somebody used git by hand; main is read again, jobs must stand as they stood
                continue
            with self._indexing:
                if self._index.tip == before:
                    for commit in commits:
                        self._index.add(commit)
            return [parse_event(commit.message, commit.at) for commit in commits]
        raise LedgerError(f"The job {steps[0][0].job} was changed by others {_TRIES} times over; try again.")

    def move(self, changes: Sequence[Change]) -> None:
        """Move refs; a lock that a dead git left is cleared first."""
        try:
            self._git.update_refs(changes)
        except RefLockedError:
            # Nobody of ours is at work, for we hold the lock, and git has waited for others already.
            self._git.clear_locks()
            self._git.update_refs(changes)

    def newest(self, job_id: str) -> tuple[str, Event] | None:
        """A job's newest event and its commit, in one look-up; None if the job is not known."""
        commit = self._git.read(job_ref(job_id))
        return (commit.sha, parse_event(commit.message, commit.at)) if commit else None

    def event(self, sha: str) -> Event:
        """The event of a commit of main. Raises LedgerError if it is missing."""
        commit = self._git.read(sha)
        if commit is None:
            raise LedgerError(f"The event {sha} is missing from the ledger; run protogen verify.")
        return parse_event(commit.message, commit.at)

    def events(self) -> Iterator[tuple[Commit, Event]]:
        """Every event of main with its commit, oldest first. A commit that is no event is passed over."""
        if self.tip() is not None:
            for commit in self._git.log(MAIN):
                if job_of(commit):
                    yield commit, parse_event(commit.message, commit.at)

    def since(self, sha: str | None) -> tuple[str, list[tuple[str, Event]]]:
        """Main's last commit, to ask from next, and the events after the commit `sha` of main, each with its own.

        With an empty `sha` all; with None, and with one that is not on main (any more), none.
        """
        tip = self.tip()
        if tip is None or sha in (None, tip.sha):
            return (tip.sha if tip else ""), []
        try:
            new = list(self._git.log(MAIN, after=sha or ""))
        except GitError:  # after a restore
            new = []
        if not new or (sha and sha not in new[0].parents):
            return tip.sha, []
        events = [(commit.sha, parse_event(commit.message, commit.at)) for commit in new if job_of(commit)]
        return new[-1].sha, events

    def jobs(self, status: Status | None, limit: int | None) -> list[Event]:
        """Jobs as they stand, the last accepted first."""
        if limit is not None and not self._index.tip and self.tip():
            return list(islice(self._walk_back(status), limit))
        with self.indexed() as index:
            return [index.event(job) for job in islice(index.jobs(status), limit)]

    def tip(self) -> Commit | None:
        """The last commit of main."""
        tip = self._git.read(MAIN)
        if tip is None:  # a ledger without events; listing says so if it is a damaged one instead
            list(self._git.refs("heads"))
        return tip

    def behind(self) -> list[Change]:
        """What refs of jobs have to move so that they agree with main."""
        refs = self._git.tips("jobs")
        with self.indexed() as index:
            wanted = {job_ref(job): index.newest(job) for job in index.jobs()}
        changes = [(ref, sha, refs.get(ref, "")) for ref, sha in wanted.items() if refs.get(ref) != sha]
        return changes + [(ref, "", sha) for ref, sha in refs.items() if ref not in wanted]

    @contextlib.contextmanager
    def indexed(self) -> Iterator[Index]:
        """The index, up to date with main whoever wrote it, and nobody else's until the end of the block."""
        with self._indexing:
            tip = self.tip()
            if tip is None:
                self._index = Index()
            elif tip.sha != self._index.tip:
                self._read_main()
            yield self._index

    def _walk_back(self, status: Status | None) -> Iterator[Event]:
        """Jobs, the last accepted first, read from main's end: for who wants a few and has no index yet."""
        newest: dict[str, Event] = {}
        told: set[str] = set()
        for commit in self._git.newest_first(MAIN):
            if not job_of(commit):
                continue
            event = parse_event(commit.message, commit.at)
            now = newest.setdefault(event.job, event)
            if _is_acceptance(event) and event.job not in told:
                told.add(event.job)
                if status in (None, now.status):
                    yield now

    def _finish_last(self) -> None:
        # Refs move main first: a crash in between leaves the jobs of the last events behind, and only those.
        tip = self.tip()
        if tip is None or not job_of(tip) or self._job_ref_at(tip) == tip.sha:
            return
        changes: dict[str, Change] = {}
        for commit in self._git.newest_first(MAIN):
            job = job_of(commit)
            if not job or job in changes:
                continue
            stands = self._job_ref_at(commit)
            if stands == commit.sha:
                break
            changes[job] = (job_ref(job), commit.sha, stands)
        self.move(list(changes.values()))

    def _job_ref_at(self, commit: Commit) -> str:
        found = self._git.read(job_ref(job_of(commit)))
        return found.sha if found else ""

    def _read_main(self) -> None:
        if self._read_on():
            return
        index = Index()  # the first look, or main was replaced by a restore
        for commit in self._git.log(MAIN):
            index.add(commit)
        self._index = index

    def _read_on(self) -> bool:
        """Take in what is new on main; False if main does not go on from where the index stands."""
        known = self._index.tip
        try:
            new = list(self._git.log(MAIN, after=known)) if known else []
        except GitError:  # what the index knew is not in the ledger any more
            return False
        if not new or known not in new[0].parents:
            return False
        for commit in new:
            self._index.add(commit)
        return True


def job_of(commit: Commit) -> str:
    """The job of an event's commit; empty for a commit that is no event."""
    job = dict(fields(commit.message)).get("Job", "")
    return job if JOB_ID.fullmatch(job) else ""


def job_ref(job_id: str) -> str:
    """The ref of a job's newest event. Raises LedgerError for what is no job id."""
    return f"refs/jobs/{checked_job(job_id)}"


def checked_job(job_id: str) -> str:
    """`job_id` as it is. Raises LedgerError if it is none."""
    if not JOB_ID.fullmatch(job_id):
        raise LedgerError(f"{job_id!r} is not a job id; it must be a UUID in lower case.")
    return job_id


def _is_acceptance(event: Event) -> bool:
    return event.status is Status.PENDING and event.attempt == 0 and event.created_at == event.at

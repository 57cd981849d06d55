"""The ledger: jobs, submissions and prototypes in a bare git repository.

    refs/heads/main                 one commit a job event, on the empty tree: the audit log, and the truth
    refs/jobs/<job-id>              the job's newest event, derived from main
    refs/submissions/<job-id>       what the customer sent and what was made of it on the way
    refs/prototypes/<project-id>    the site; each version a child commit

Main is kept for ever, so it holds no customer data: jobs by their random ids, hashes under a key that
stands beside the ledger, errors as codes. docs/formats.md has the format.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType

from protogen.job import JOB_ID, PROJECT_ID, Event, Status
from protogen.ledger.audit import audited, check_next
from protogen.ledger.errors import GitError, LedgerError, RefLockedError, RefMovedError
from protogen.ledger.git import EMPTY_TREE, Commit, Repository
from protogen.ledger.index import Index
from protogen.ledger.keys import create_key, keyed_hash, read_key
from protogen.ledger.locks import LedgerLock
from protogen.ledger.prototype import Prototype, parse_prototype
from protogen.ledger.trailers import (
    event_message,
    fields,
    parse_event,
    time_text,
    version_message,
)

MAIN = "refs/heads/main"
_TRIES = 5


class Ledger:
    """The job store of one machine, opened: by many processes, each for itself; threads may share one.

    What a method has returned from is on the disk. All errors are LedgerError. Close it, or use it in `with`.
    """

    def __init__(self, path: Path) -> None:
        """Open the ledger at `path`. Raises LedgerError if there is none."""
        if not (path / "objects").is_dir() or not (path / "refs").is_dir():
            raise LedgerError(f"There is no ledger at {path}; run protogen init.")
        self.path = path
        self._key = read_key(path)
        self._lock = LedgerLock(path)
        self._git = Repository(path, inherit=[self._lock.descriptor])
        self._index = Index()
        self._indexing = threading.RLock()
        with self._lock.held_if_free() as held:
            if held:
                self._finish_last()

    @classmethod
    def create(cls, path: Path) -> Ledger:
        """Open the ledger at `path`, made first where it is missing; nothing that stands there is lost."""
        Repository.create(path).close()
        lock = LedgerLock(path)
        with lock.held():
            create_key(path)
        lock.close()
        return cls(path)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End git's processes and let go of the ledger."""
        self._git.close()
        self._lock.close()

    def hash(self, value: str) -> str:
        """A name for `value` that tells nothing of it: 32 hex digits under the ledger's own key."""
        return keyed_hash(self._key, value)

    # Writing

    def accept(self, event: Event, files: Mapping[str, bytes]) -> Event:
        """Take a submission in: its files and its pending event. A job already known stays as it is."""
        with self._writing():
            known = self._newest(event.job)
            if known:
                return known[1]
            check_next(None, event)
            ref = _submission_ref(event.job)
            left_over = self._git.read(ref)  # a crash came between the files and the event
            tree = self._git.write_files(files)
            commit = self._git.commit(tree, [], f"Submission of {event.job}\n\nJob: {event.job}\n", event.at)
            self._move([(ref, commit, left_over.sha if left_over else "")])
            return self._append(event, "")

    def record(self, event: Event) -> Event:
        """Append an event; gives it as recorded. Raises TransitionError where `NEXT` does not allow it.

        An event carries the whole record, `content` included: make it from the newest one. A reason of a
        stage that is not a code (`timeout`) is left out of main; the prototype's own log has it.
        """
        with self._writing():
            known = self._newest(event.job)
            check_next(known[1] if known else None, event)
            return self._append(event, known[0] if known else "")

    def claim(self, at: datetime) -> Event | None:
        """The pending job whose turn it is, now processing and its attempt counted; None if none is due."""
        with self._writing():
            with self._indexed() as index:
                job = index.next_due(time_text(at))
            known = self._newest(job) if job else None
            if not known:
                return None
            sha, event = known
            claimed = replace(
                event, status=Status.PROCESSING, at=at, attempt=event.attempt + 1, not_before=None, error=""
            )
            return self._append(claimed, sha)

    def keep(self, job_id: str, files: Mapping[str, bytes], at: datetime) -> None:
        """Add files to a job's submission, replacing those of the same names.

        Raises LedgerError if the job has no submission (any more).
        """
        with self._writing():
            ref = _submission_ref(job_id)
            last = self._git.read(ref)
            if last is None:
                raise LedgerError(f"The submission of job {job_id} is not in the ledger.")
            tree = self._git.write_files(files, base=last.sha)
            if tree != last.tree:
                commit = self._git.commit(tree, [last.sha], f"Record of {job_id}\n\nJob: {job_id}\n", at)
                self._move([(ref, commit, last.sha)])

    def add_version(self, project_id: str, event: Event, files: Mapping[str, bytes]) -> str:
        """Write a site as the project's next version; gives its commit.

        `event` is the job as it stands, with the site's `expires_at`, `size` and `stages`. The same job
        with the same files as the last version gives that version: a step done twice is done once. Raises
        LedgerError if the project is another job's.
        """
        with self._writing():
            ref = _prototype_ref(project_id)
            last = self._git.read(ref)
            before = parse_prototype(last) if last else None
            if before and before.job != event.job:
                raise LedgerError(f"The project {project_id} belongs to another job; choose another name.")
            tree = self._git.write_files(files)
            if last and last.tree == tree:
                return last.sha
            number = before.number + 1 if before else 1
            message = version_message(project_id, number, replace(event, content=""))
            commit = self._git.commit(tree, [last.sha] if last else [], message, event.at)
            self._move([(ref, commit, last.sha if last else "")])
            return commit

    def reconcile(self) -> None:
        """Make what is derived agree with main, after a crash, power cut or restore: at the worker's start.

        Refs of jobs go where main says; submissions that were never accepted (a crash came first, and
        their drop is still in the inbox) go.
        """
        with self._writing(), self._indexed() as index:
            refs = {ref: commit.sha for ref, commit in self._git.refs("jobs")}
            wanted = {_job_ref(job): index.newest(job) for job in index.jobs()}
            changes = [(ref, sha, refs.get(ref, "")) for ref, sha in wanted.items() if refs.get(ref) != sha]
            changes += [(ref, "", sha) for ref, sha in refs.items() if ref not in wanted]
            for ref, commit in self._git.refs("submissions"):
                if not index.newest(ref.rpartition("/")[2]):
                    changes.append((ref, "", commit.sha))
            if changes:
                self._move(changes)

    # Reading

    def job(self, job_id: str) -> Event | None:
        """A job as it stands, in one look-up; None if it is not known (or no job id)."""
        known = self._newest(job_id) if JOB_ID.fullmatch(job_id) else None
        return known[1] if known else None

    def jobs(self, status: Status | None = None, limit: int | None = None) -> list[Event]:
        """Jobs as they stand, the last accepted first."""
        with self._indexed() as index:
            commits = [index.newest(job) for job in islice(index.jobs(status), limit)]
        return [self._event(commit) for commit in commits]

    def processing(self) -> list[Event]:
        """Jobs that a worker has in hand, or had when it died; the first accepted first."""
        return self.jobs(Status.PROCESSING)[::-1]

    def history(self, job_id: str | None = None) -> list[Event]:
        """The events of one job, or of all, oldest first."""
        if job_id is not None:
            with self._indexed() as index:
                commits = index.commits(job_id)
            return [self._event(commit) for commit in commits]
        if self._tip() is None:
            return []
        log = self._git.log(MAIN)
        return [parse_event(commit.message, commit.at) for commit in log if _job_of(commit)]

    def find(self, submission: str) -> Event | None:
        """The last accepted job whose `submission` is this hash, unless expired."""
        with self._indexed() as index:
            job = index.by_submission(submission)
        return self.job(job) if job else None

    def submission(self, job_id: str) -> dict[str, bytes]:
        """The files of a submission, with all that was kept since. Raises LedgerError if it is gone."""
        commit = self._git.read(_submission_ref(job_id))
        if commit is None:
            raise LedgerError(f"The submission of job {job_id} is not in the ledger.")
        return self._git.read_tree(commit.sha)

    def prototypes(self) -> list[Prototype]:
        """The newest version of every project, by one git process."""
        return [parse_prototype(commit) for _, commit in self._git.refs("prototypes")]

    def versions(self, project_id: str) -> list[Prototype]:
        """Every version of a project, oldest first; none if there is no such project."""
        ref = _prototype_ref(project_id)
        return [parse_prototype(commit) for commit in self._git.log(ref)] if self._git.read(ref) else []

    def prototype(self, project_id: str, commit: str | None = None) -> dict[str, bytes]:
        """The files of a project's newest version, or of the one named. Raises LedgerError if it is gone."""
        name = _prototype_ref(project_id) if commit is None else commit
        found = self._git.read(name)
        if found is None or dict(fields(found.message)).get("Project") != project_id:
            raise LedgerError(f"The project {project_id} has no such version in the ledger.")
        return self._git.read_tree(found.sha)

    def project_of(self, job_id: str) -> str | None:
        """The project whose content a job's newest event names; None if it has none, or it is erased."""
        event = self.job(job_id)
        commit = self._git.read(event.content) if event and event.content else None
        return parse_prototype(commit).project_id if commit else None

    def version_of(self, job_id: str) -> tuple[str, str] | None:
        """(project id, commit) of a site that the job wrote but has not recorded as its `content` yet.

        That is what a crash between content and `completed` leaves: publish it and record it, and do not
        make it again.
        """
        event = self.job(job_id)
        if event is None:
            return None
        made = (each for each in self.prototypes() if each.job == job_id and each.commit != event.content)
        return next(((each.project_id, each.commit) for each in made), None)

    # How it is done

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the ledger's lock with every ref of the last write in its place."""
        try:
            with self._lock.held():
                self._finish_last()
                yield
        except OSError as error:
            why = error.strerror or error
            raise LedgerError(f"The ledger at {self.path} cannot be written: {why}.") from error

    def _tip(self) -> Commit | None:
        tip = self._git.read(MAIN)
        if tip is None:  # a ledger without events; listing says so if it is a damaged one instead
            list(self._git.refs("heads"))
        return tip

    def _finish_last(self) -> None:
        # Refs move main first: a crash in between leaves the last event's job behind, and only that one.
        tip = self._tip()
        job = _job_of(tip) if tip else ""
        if tip and job:
            stands = self._git.read(_job_ref(job))
            if stands is None or stands.sha != tip.sha:
                self._move([(_job_ref(job), tip.sha, stands.sha if stands else "")])

    def _append(self, event: Event, previous: str) -> Event:
        """Put the event on main and move the job's ref from `previous` to it."""
        message = event_message(audited(event))
        for _ in range(_TRIES):
            tip = self._tip()
            sha = self._git.commit(EMPTY_TREE, [tip.sha] if tip else [], message, event.at)
            before = tip.sha if tip else ""
            try:
                self._move([(MAIN, sha, before), (_job_ref(event.job), sha, previous)])
            except (
                RefMovedError
            ):  # somebody used git by hand; main is read again, the job must stand as it stood
                continue
            commit = Commit(sha, EMPTY_TREE, (before,) if before else (), event.at, message)
            with self._indexing:
                if self._index.tip == before:
                    self._index.add(commit)
            return parse_event(message, event.at)
        raise LedgerError(f"The job {event.job} was changed by others {_TRIES} times over; try again.")

    def _move(self, changes: list[tuple[str, str, str]]) -> None:
        try:
            self._git.update_refs(changes)
        except RefLockedError:
            # Nobody of ours is at work, for we hold the lock, and git has waited for others already.
            self._git.clear_locks()
            self._git.update_refs(changes)

    def _newest(self, job_id: str) -> tuple[str, Event] | None:
        commit = self._git.read(_job_ref(job_id))
        return (commit.sha, parse_event(commit.message, commit.at)) if commit else None

    def _event(self, sha: str) -> Event:
        commit = self._git.read(sha)
        if commit is None:
            raise LedgerError(f"The event {sha} is missing from the ledger; run protogen verify.")
        return parse_event(commit.message, commit.at)

    @contextlib.contextmanager
    def _indexed(self) -> Iterator[Index]:
        """The index, up to date with main whoever wrote it, and nobody else's until the end of the block."""
        with self._indexing:
            tip = self._tip()
            if tip is None:
                self._index = Index()
            elif tip.sha != self._index.tip:
                self._read_main()
            yield self._index

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


def _job_of(commit: Commit) -> str:
    """The job of an event's commit; empty for a commit that is no event."""
    job = dict(fields(commit.message)).get("Job", "")
    return job if JOB_ID.fullmatch(job) else ""


def _job_ref(job_id: str) -> str:
    return f"refs/jobs/{_checked(job_id)}"


def _submission_ref(job_id: str) -> str:
    return f"refs/submissions/{_checked(job_id)}"


def _prototype_ref(project_id: str) -> str:
    if not PROJECT_ID.fullmatch(project_id):
        raise LedgerError(f"{project_id!r} is not a project id; it must be a DNS label in lower case.")
    return f"refs/prototypes/{project_id}"


def _checked(job_id: str) -> str:
    if not JOB_ID.fullmatch(job_id):
        raise LedgerError(f"{job_id!r} is not a job id; it must be a UUID in lower case.")
    return job_id

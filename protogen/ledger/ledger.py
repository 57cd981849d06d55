"""The ledger: jobs, submissions and prototypes in a bare git repository.

    refs/heads/main                 one commit a job event, on the empty tree: the audit log, and the truth
    refs/jobs/<job-id>              the job's newest event, derived from main
    refs/submissions/<job-id>       what the customer sent and what was made of it on the way
    refs/prototypes/<project-id>    the site; each version a child commit

Main is kept for ever, so it holds no customer data: jobs by their random ids, hashes under a key that
stands beside the ledger, errors as codes. docs/formats.md has the format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from protogen.files import sync_dir, write_file
from protogen.job import JOB_ID, NEXT, PROJECT_ID, Event, Status
from protogen.ledger.archive import Archive, prototype_ref, submission_ref
from protogen.ledger.audit import check_next, expired
from protogen.ledger.check import faults
from protogen.ledger.errors import LedgerError, TransitionError, disk_error
from protogen.ledger.eventlog import Change, EventLog
from protogen.ledger.keys import create_key, keyed_hash, read_key
from protogen.ledger.locks import LedgerLock
from protogen.ledger.prototype import Prototype, parse_prototype
from protogen.ledger.repository import Repository
from protogen.ledger.trailers import time_text


class Ledger:
    """The job store of one machine, opened: by many processes, each for itself; threads may share one.

    What a method has returned from is on the disk. All errors are LedgerError; DiskFullError among them
    where there is no room. Close it, or use it in `with`.
    """

    def __init__(self, path: Path) -> None:
        """Open the ledger at `path`. Raises LedgerError if there is none."""
        if not (path / "objects").is_dir() or not (path / "refs").is_dir():
            raise LedgerError(f"There is no ledger at {path}; run protogen init.")
        self.path = path
        self._key = read_key(path)
        self._lock = LedgerLock(path)
        self._git = Repository(path, inherit=[self._lock.descriptor])
        self._log = EventLog(path, self._git, self._lock)
        self._archive = Archive(self._git, self._log)

    @classmethod
    def create(cls, path: Path) -> Ledger:
        """Open the ledger at `path`, made first where it is missing; nothing that stands there is lost."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(LedgerLock(path)) as lock, lock.held():
                Repository.create(path).close()
                create_key(path)
        except OSError as error:
            raise disk_error(path, error) from error
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
        with self._log.writing():
            known = self._log.newest(event.job)
            if known:
                return known[1]
            check_next(None, event)
            self._archive.begin(event.job, files, event.at)
            return self._log.append(event, "")

    def record(self, event: Event, after: Event | None = None) -> Event:
        """Append an event; gives it as recorded.

        An event carries the whole record, `content` included: make it from the newest one. `after` is that
        one. Raises TransitionError where `NEXT` does not allow it, or where the job has moved on from
        `after`. A reason of a stage that is not a code (`timeout`) is left out of main; the prototype's own
        log has it.
        """
        with self._log.writing():
            sha, newest = self._log.newest(event.job) or ("", None)
            if after is not None and newest != after:
                raise TransitionError(f"The job {event.job} is {newest and newest.status} by now.")
            check_next(newest, event)
            return self._log.append(event, sha)

    def change(self, job_id: str, step: Callable[[Event], Event]) -> Event:
        """Append the event that `step` makes of a job's newest one, with nobody in between.

        Raises LedgerError if the job is not known, and what `record` raises; what `step` raises passes.
        """
        with self._log.writing():
            known = self._log.newest(job_id) if JOB_ID.fullmatch(job_id) else None
            if known is None:
                raise LedgerError(
                    f"There is no job {job_id} in the ledger; protogen list shows those there are."
                )
            event = step(known[1])
            check_next(known[1], event)
            return self._log.append(event, known[0])

    def claim(self, at: datetime) -> Event | None:
        """The pending job whose turn it is, now processing and its attempt counted; None if none is due."""
        with self._log.indexed() as index:  # asked without the lock first: most looks find nothing
            if index.next_due(time_text(at)) is None:
                return None
        with self._log.writing():
            with self._log.indexed() as index:
                job = index.next_due(time_text(at))
            known = self._log.newest(job) if job else None
            if not known:  # another process was quicker
                return None
            sha, event = known
            claimed = replace(
                event, status=Status.PROCESSING, at=at, attempt=event.attempt + 1, not_before=None, error=""
            )
            return self._log.append(claimed, sha)

    def keep(self, job_id: str, files: Mapping[str, bytes], at: datetime) -> None:
        """Add files to a job's submission, replacing those of the same names.

        Raises LedgerError if the job has no submission (any more).
        """
        with self._log.writing():
            self._archive.keep(job_id, files, at)

    def name_project(self, job_id: str, project_id: str, at: datetime) -> None:
        """Fix the project that a job's site becomes, so that another attempt makes the same one.

        Raises ProjectTakenError if it is another job's, LedgerError if the job has no submission (any more).
        """
        with self._log.writing():
            self._archive.name(job_id, project_id, at)

    def add_version(self, project_id: str, event: Event, files: Mapping[str, bytes]) -> str:
        """Write a site as the project's next version; gives its commit.

        `event` is the job as it stands, with the site's `expires_at`, `size` and `stages`. The same job
        with the same files as the last version gives that version: a step done twice is done once. Raises
        ProjectTakenError if the project is another job's.
        """
        with self._log.writing():
            return self._archive.add(project_id, event, files)

    def restore_version(
        self,
        project_id: str,
        number: int,
        at: datetime,
        changed: Mapping[str, bytes] | None = None,
        expires_at: datetime | None = None,
    ) -> Prototype:
        """Write the files of a version, those `changed` over them, as the project's newest; gives that (or the
        newest, where it has these files already).

        `expires_at` is its end, the version's own if None. Raises LedgerError if there is no such version.
        """
        with self._log.writing():
            return self._archive.restore(project_id, number, at, changed or {}, expires_at)

    def withdraw(self, project_id: str) -> None:
        """Take back the versions of a project that its job has not recorded."""
        with self._log.writing():
            last = self._archive.newest(project_id)
            newest = self._log.newest(parse_prototype(last).job) if last else None
            content = newest[1].content if newest else ""
            if last and content != last.sha:
                self._mark_rubbish()
                self._log.move([(prototype_ref(project_id), content, last.sha)])

    def expire(self, jobs: Sequence[str], at: datetime) -> list[Event]:
        """Forget jobs: `expired` is recorded for each, and what they hold of a customer's has no ref any more.

        A job that is being made, or has expired already, is left out. The content is still on the disk until
        `collect`. Gives the events recorded.
        """
        with self._log.writing():
            steps: list[tuple[Event, str]] = []
            gone: list[Change] = []
            for job in jobs:
                known = self._log.newest(job)
                if known and Status.EXPIRED in NEXT[known[1].status]:
                    steps.append((expired(known[1], at), known[0]))
                    gone += self._archive.held_by(job)
            if not steps:
                return []
            self._mark_rubbish()
            return self._log.append_all(steps, gone)

    def reconcile(self) -> None:
        """Make what is derived agree with main, after a crash, power cut or restore: at the worker's start.

        Refs of jobs go where main says. Submissions that were never accepted (a crash came first, and their
        drop is still in the inbox) go, and what expired jobs still hold. So do git's stale locks.
        """
        with self._log.writing():
            self._git.clear_locks()
            changes = self._log.behind()
            with self._log.indexed() as index:
                for job, sha in self._archive.submissions().items():
                    if index.status(job) in (None, Status.EXPIRED):
                        changes.append((submission_ref(job), "", sha))
                for each in self._archive.prototypes():
                    if index.status(each.job) in (None, Status.EXPIRED):
                        changes.append((prototype_ref(each.project_id), "", each.commit))
            if any(not new for _, new, _ in changes):
                self._mark_rubbish()
            if changes:
                self._log.move(changes)

    def collect(self) -> None:
        """Erase for good what was forgotten, and give the disk back (git-gc(1)). For a moment without a job."""
        with self._log.writing():
            self._git.collect()
            self._rubbish.unlink(missing_ok=True)

    def mirror_to(self, target: Path) -> None:
        """Make or bring up to date a mirror of all refs at `target`; it forgets what was forgotten here."""
        with self._log.writing():
            try:
                with closing(Repository.create(target)) as mirror:
                    sync_dir(target.parent)
                    mirror.mirror(self.path)
            except OSError as error:
                raise disk_error(target, error, "mirror") from error

    @property
    def rubbish_since(self) -> datetime | None:
        """Since when something that was forgotten may still be on the disk; None after a `collect`."""
        try:
            return datetime.fromtimestamp(self._rubbish.stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    # Reading

    def job(self, job_id: str) -> Event | None:
        """A job as it stands, in one look-up; None if it is not known (or no job id)."""
        known = self._log.newest(job_id) if JOB_ID.fullmatch(job_id) else None
        return known[1] if known else None

    def jobs(self, status: Status | None = None, limit: int | None = None) -> list[Event]:
        """Jobs as they stand, the last accepted first."""
        return self._log.jobs(status, limit)

    def processing(self) -> list[Event]:
        """Jobs that a worker has in hand, or had when it died; the first accepted first."""
        return self.jobs(Status.PROCESSING)[::-1]

    def place(self, job_id: str) -> int | None:
        """The place of a pending job in the queue, 1 is next; None for any other."""
        with self._log.indexed() as index:
            return index.place(job_id)

    def counts(self) -> dict[Status, int]:
        """How many jobs stand where."""
        with self._log.indexed() as index:
            return index.counts()

    def queue(self, limit: int) -> list[Event]:
        """The first of the pending jobs, in the order of their turn."""
        with self._log.indexed() as index:
            return [index.event(job) for job in index.queue(limit)]

    def expiring(self, after: datetime, before: datetime, limit: int) -> tuple[int, list[Event]]:
        """How many sites end between two times, and the first of their jobs, the first to end first."""
        with self._log.indexed() as index:
            jobs = index.expiring(time_text(after), time_text(before))
            return len(jobs), [index.event(job) for job in jobs[:limit]]

    def sites_size(self) -> int:
        """The bytes of all sites that stand."""
        with self._log.indexed() as index:
            return index.size()

    def expired(self, before: datetime) -> list[Event]:
        """Jobs whose `expires_at` is `before` or earlier and that are not forgotten yet nor being made."""
        with self._log.indexed() as index:
            return [index.event(job) for job in index.expired(time_text(before))]

    def degraded(self) -> Event | None:
        """The job that has waited longest for being made again, its site having been made without the AI."""
        with self._log.indexed() as index:
            job = index.degraded()
            return index.event(job) if job else None

    def history(self, job_id: str | None = None) -> list[Event]:
        """The events of one job, or of all, oldest first."""
        if job_id is None:
            return [event for _, event in self._log.events()]
        with self._log.indexed() as index:
            commits = index.commits(job_id)
        return [self._log.event(commit) for commit in commits]

    def news(self, after: str | None) -> tuple[str, list[tuple[str, Event]]]:
        """Main's last commit, and the events after `after`, each with its own: see `EventLog.since`."""
        return self._log.since(after)

    def find(self, submission: str) -> Event | None:
        """The last accepted job whose `submission` is this hash, unless expired."""
        with self._log.indexed() as index:
            job = index.by_submission(submission)
            return index.event(job) if job else None

    def submission(self, job_id: str) -> dict[str, bytes]:
        """The files of a submission, with all that was kept since. Raises LedgerError if it is gone."""
        return self._archive.submission(job_id)

    def kept(self, job_id: str, name: str) -> bytes | None:
        """One file of a submission, in one look-up; None if either is not there."""
        return self._archive.kept(job_id, name)

    def prototypes(self) -> list[Prototype]:
        """The newest version of every project, by one git process."""
        return self._archive.prototypes()

    def versions(self, project_id: str) -> list[Prototype]:
        """Every version of a project, oldest first; none if there is no such project."""
        return self._archive.versions(project_id)

    def newest_version(self, project_id: str) -> Prototype | None:
        """The newest version of a project, in one look-up; None if there is no such project (or no project id)."""
        last = self._archive.newest(project_id) if PROJECT_ID.fullmatch(project_id) else None
        return parse_prototype(last) if last else None

    def version(self, commit: str) -> Prototype:
        """The version that a commit holds, in one look-up. Raises LedgerError if it is gone."""
        return self._archive.version(commit)

    def prototype(self, project_id: str, commit: str | None = None) -> dict[str, bytes]:
        """The files of a project's newest version, or of the one named. Raises LedgerError if it is gone."""
        return self._archive.files(project_id, commit)

    def blobs(self, project_id: str, commit: str) -> dict[str, str]:
        """The git blob id of each file of a version, by name. Raises LedgerError if it is gone."""
        return self._archive.blobs(project_id, commit)

    def project_of(self, job_id: str) -> str | None:
        """The project whose content a job's newest event names; None if it has none, or it is erased."""
        event = self.job(job_id)
        commit = self._git.read(event.content) if event and event.content else None
        return parse_prototype(commit).project_id if commit else None

    def project_named(self, job_id: str) -> str:
        """The name fixed for a job's site, there yet or not; empty before that, and where it is another's by now."""
        return self._archive.project_kept(job_id)

    def version_of(self, job_id: str) -> tuple[str, str] | None:
        """(project id, commit) of a site that the job wrote but has not recorded as its `content` yet.

        That is what a crash between content and `completed` leaves: publish it and record it, and do not
        make it again.
        """
        event = self.job(job_id)
        project = self._archive.project_kept(job_id) if event else ""
        last = self._archive.newest(project) if project else None
        if event is None or last is None or last.sha == event.content:
            return None
        return project, last.sha

    def unrecorded(self) -> list[Prototype]:
        """Versions that stand at the end of their project and are not what its job has recorded."""
        with self._log.indexed() as index:
            return [each for each in self.prototypes() if index.content(each.job) != each.commit]

    def check(self) -> list[tuple[str, str]]:
        """What is wrong in the ledger, each in a sentence and with the mend; empty for one that is whole."""
        with self._log.writing():
            return list(faults(self._git, self._log, self._archive))

    @property
    def _rubbish(self) -> Path:
        return self._git.corner / "rubbish"

    def _mark_rubbish(self) -> None:
        if not self._rubbish.exists():
            write_file(self._rubbish, b"", mode=0o600)

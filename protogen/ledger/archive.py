"""What the ledger keeps of a customer's until it expires: submissions and prototypes.

refs/submissions/<job-id>       what the customer sent and what was made of it on the way
refs/prototypes/<project-id>    the site; each version a child commit
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from protogen.job import PROJECT_ID, Event
from protogen.ledger.errors import LedgerError, ProjectTakenError
from protogen.ledger.eventlog import Change, EventLog, checked_job
from protogen.ledger.prototype import Prototype, parse_prototype
from protogen.ledger.repository import Commit, Repository
from protogen.ledger.trailers import fields, version_message

PROJECT_FILE = "project-id"
"""In a job's submission: the name that its site has from the second stage on."""


class Archive:
    """Contents by job and by project. Writing methods are called inside `EventLog.writing` only."""

    def __init__(self, git: Repository, log: EventLog) -> None:
        self._git = git
        self._log = log

    # Submissions

    def begin(self, job_id: str, files: Mapping[str, bytes], at: datetime) -> None:
        """Write the submission of a new job, over what a crash may have left of it."""
        left_over = self._git.read(submission_ref(job_id))
        tree = self._git.write_files(files)
        commit = self._git.commit(tree, [], f"Submission of {job_id}\n\nJob: {job_id}\n", at)
        self._log.move([(submission_ref(job_id), commit, left_over.sha if left_over else "")])

    def keep(self, job_id: str, files: Mapping[str, bytes], at: datetime) -> None:
        """Add files to a submission, replacing those of the same names. Raises LedgerError if it is gone."""
        last = self._submission(job_id)
        tree = self._git.write_files(files, base=last.sha)
        if tree != last.tree:
            commit = self._git.commit(tree, [last.sha], f"Record of {job_id}\n\nJob: {job_id}\n", at)
            self._log.move([(submission_ref(job_id), commit, last.sha)])

    def name(self, job_id: str, project_id: str, at: datetime) -> None:
        """Fix the project's name for a job. Raises ProjectTakenError, and LedgerError if the submission is gone."""
        self._last_of(project_id, job_id)
        self.keep(job_id, {PROJECT_FILE: project_id.encode()}, at)

    def submission(self, job_id: str) -> dict[str, bytes]:
        """The files of a submission. Raises LedgerError if it is gone."""
        return self._git.read_tree(self._submission(job_id).sha)

    def kept(self, job_id: str, name: str) -> bytes | None:
        """One file of a submission; None if either is not there."""
        return self._git.read_file(submission_ref(job_id), name)

    def project_kept(self, job_id: str) -> str:
        """The project's name as it was fixed for a job; empty before that, and where another job was quicker."""
        name = (self.kept(job_id, PROJECT_FILE) or b"").decode("utf-8", "replace")
        return name if PROJECT_ID.fullmatch(name) and _is_of(self.newest(name), job_id) else ""

    # Prototypes

    def add(self, project_id: str, event: Event, files: Mapping[str, bytes]) -> str:
        """Write a site as the project's next version; gives its commit (the last one, if that is the same)."""
        return self._add(project_id, event, self._git.write_files(files))

    def restore(
        self,
        project_id: str,
        number: int,
        at: datetime,
        changed: Mapping[str, bytes],
        expires_at: datetime | None,
    ) -> Prototype:
        """Write the files of version `number`, those `changed` over them, as the newest one.

        `expires_at` is the version's end, its own if None. Raises LedgerError if there is no such version.
        """
        versions = {each.number: each for each in self.versions(project_id)}
        if number not in versions:
            there = ", ".join(map(str, versions)) or "none"
            raise LedgerError(f"The project {project_id} has no version {number}; there is {there}.")
        earlier = versions[number]
        event = replace(earlier.as_event(), at=at, expires_at=expires_at or earlier.expires_at)
        tree = self._git.write_files(changed, base=earlier.commit)
        restores = number if number != max(versions) else 0
        return self.version(self._add(project_id, event, tree, restores))

    def newest(self, project_id: str) -> Commit | None:
        """The commit at the end of a project."""
        return self._git.read(prototype_ref(project_id))

    def prototypes(self) -> list[Prototype]:
        """The newest version of every project, by one git process."""
        return [parse_prototype(commit) for _, commit in self._git.refs("prototypes")]

    def versions(self, project_id: str) -> list[Prototype]:
        """Every version of a project, oldest first; none if there is no such project."""
        ref = prototype_ref(project_id)
        return [parse_prototype(commit) for commit in self._git.log(ref)] if self._git.read(ref) else []

    def version(self, commit: str) -> Prototype:
        """The version that a commit holds. Raises LedgerError if it is gone."""
        return parse_prototype(self._commit(commit))

    def files(self, project_id: str, commit: str | None) -> dict[str, bytes]:
        """The files of a project's newest version, or of the one named. Raises LedgerError if it is gone."""
        return self._git.read_tree(self._of_project(project_id, commit).sha)

    def blobs(self, project_id: str, commit: str) -> dict[str, str]:
        """The git blob id of each file of a version, by name. Raises LedgerError if it is gone."""
        return self._git.blobs(self._of_project(project_id, commit).sha)

    # Forgetting

    def held_by(self, job_id: str) -> list[Change]:
        """The changes that let go of all that is kept of a job."""
        project = self.project_kept(job_id)
        refs = [submission_ref(job_id), *([prototype_ref(project)] if project else [])]
        found = ((ref, self._git.read(ref)) for ref in refs)
        return [(ref, "", commit.sha) for ref, commit in found if commit]

    def submissions(self) -> dict[str, str]:
        """The job of every submission, with its commit."""
        return {ref.rpartition("/")[2]: sha for ref, sha in self._git.tips("submissions").items()}

    def _last_of(self, project_id: str, job_id: str) -> Commit | None:
        """The end of a project that is the job's, or nobody's yet. Raises ProjectTakenError."""
        last = self.newest(project_id)
        if not _is_of(last, job_id):
            raise ProjectTakenError(f"The project {project_id} belongs to another job; choose another name.")
        return last

    def _submission(self, job_id: str) -> Commit:
        commit = self._git.read(submission_ref(job_id))
        if commit is None:
            raise LedgerError(f"The submission of job {job_id} is not in the ledger.")
        return commit

    def _commit(self, sha: str) -> Commit:
        commit = self._git.read(sha)
        if commit is None:
            raise LedgerError(f"The version {sha} is not in the ledger any more.")
        return commit

    def _of_project(self, project_id: str, commit: str | None) -> Commit:
        found = self._git.read(prototype_ref(project_id) if commit is None else commit)
        if found is None or dict(fields(found.message)).get("Project") != project_id:
            raise LedgerError(f"The project {project_id} has no such version in the ledger.")
        return found

    def _add(self, project_id: str, event: Event, tree: str, restores: int = 0) -> str:
        last = self._last_of(project_id, event.job)
        if last and last.tree == tree:
            return last.sha
        number = parse_prototype(last).number + 1 if last else 1
        message = version_message(project_id, number, replace(event, content=""), restores)
        commit = self._git.commit(tree, [last.sha] if last else [], message, event.at)
        self._log.move([(prototype_ref(project_id), commit, last.sha if last else "")])
        return commit


def _is_of(version: Commit | None, job_id: str) -> bool:
    return version is None or parse_prototype(version).job == job_id


def submission_ref(job_id: str) -> str:
    """The ref of a job's submission. Raises LedgerError for what is no job id."""
    return f"refs/submissions/{checked_job(job_id)}"


def prototype_ref(project_id: str) -> str:
    """The ref of a project. Raises LedgerError for what is no project id."""
    if not PROJECT_ID.fullmatch(project_id):
        raise LedgerError(f"{project_id!r} is not a project id; it must be a DNS label in lower case.")
    return f"refs/prototypes/{project_id}"

"""What can go wrong in the ledger: one family, so that callers catch `LedgerError`."""

from __future__ import annotations

from pathlib import Path

from protogen.files import FULL, NoRoomError


class LedgerError(Exception):
    """The ledger cannot do what was asked; the message is one sentence and, where there is one, a mend."""


class TransitionError(LedgerError):
    """The job is not where the event says it comes from (`protogen.job.NEXT`)."""


class ProjectTakenError(LedgerError):
    """The project is another job's; the job can have any other name."""


class WorkerBusy(LedgerError):
    """Another worker holds this ledger; the message names its process."""


class GitError(LedgerError):
    """git refused or failed; the message is one sentence with git's own words in it."""


class DiskFullError(GitError, NoRoomError):
    """There is no room left on the disk: nothing is lost, and it helps to make room, not to try again."""


class RefMovedError(GitError):
    """A ref was not at the value that the caller had seen: read again and decide again."""


class RefLockedError(GitError):
    """A git lock file stands in the way: another git is at work, or a dead one left it."""


def disk_error(path: Path, error: OSError, what: str = "ledger") -> LedgerError:
    """What to raise where a file of the ledger (or of its mirror: `what`) at `path` could not be written."""
    sentence = f"The {what} at {path} cannot be written: {error.strerror or error}."
    return DiskFullError(sentence) if error.errno in FULL else LedgerError(sentence)

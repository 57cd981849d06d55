"""What can go wrong in the ledger: one family, so that callers catch `LedgerError`."""

from __future__ import annotations


class LedgerError(Exception):
    """The ledger cannot do what was asked; the message is one sentence and, where there is one, a mend."""


class TransitionError(LedgerError):
    """The job is not where the event says it comes from (`protogen.job.NEXT`)."""


class WorkerBusy(LedgerError):
    """Another worker holds this ledger; the message names its process."""


class GitError(LedgerError):
    """git refused or failed; the message is one sentence with git's own words in it."""


class RefMovedError(GitError):
    """A ref was not at the value that the caller had seen: read again and decide again."""


class RefLockedError(GitError):
    """A git lock file stands in the way: another git is at work, or a dead one left it."""

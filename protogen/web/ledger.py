"""What the web needs of the ledger."""

from __future__ import annotations

from typing import Protocol

from protogen.job import Event


class LedgerReader(Protocol):
    """Look-ups by job id. Each may be called from any thread and returns None for what is not there."""

    def job(self, job_id: str) -> Event | None:
        """The newest event of a job."""

    def version_of(self, job_id: str) -> tuple[str, str] | None:
        """The project id and the commit of the site that a job made."""

    def place(self, job_id: str) -> int | None:
        """The place in the queue of a pending job; 1 is next."""

    def hash(self, value: str) -> str:
        """A keyed hash of `value`."""

    def find(self, submission: str) -> Event | None:
        """The newest job of the submission with that hash, unless expired."""

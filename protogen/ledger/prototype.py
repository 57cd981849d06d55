"""A prototype as the ledger has it: one version, known from its commit alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from protogen.job import Event, StageTrace, Status
from protogen.ledger.errors import LedgerError
from protogen.ledger.repository import Commit
from protogen.ledger.trailers import fields, parse_stages, parse_time


@dataclass(frozen=True, slots=True)
class Prototype:
    """One version of a prototype: its number from 1, its commit, when it came, the job that made it and when that came
    in, its bytes, how each stage made it, the number of the earlier version that it brought back (0: none), and how
    many times in a row the site has been made without the AI's full help."""

    project_id: str
    number: int
    job: str
    commit: str
    at: datetime
    created_at: datetime
    expires_at: datetime | None
    size: int
    stages: tuple[StageTrace, ...] = ()
    restores: int = 0
    degraded: int = 0

    def as_event(self) -> Event:
        """The record that the version was made from."""
        return Event(
            job=self.job,
            status=Status.COMPLETED,
            at=self.created_at,
            created_at=self.created_at,
            expires_at=self.expires_at,
            size=self.size,
            stages=self.stages,
            degraded=self.degraded,
        )


def parse_prototype(commit: Commit) -> Prototype:
    """The version that a commit of `refs/prototypes/` holds. Raises LedgerError if it is none."""
    trailers = fields(commit.message)
    one = dict(trailers)
    try:
        return Prototype(
            project_id=one["Project"],
            number=int(one["Version"]),
            job=one["Job"],
            commit=commit.sha,
            at=commit.at,
            created_at=parse_time(one["Created-At"]),
            expires_at=parse_time(one["Expires-At"]) if "Expires-At" in one else None,
            size=int(one.get("Bytes", "0")),
            stages=parse_stages(trailers),
            restores=int(one.get("Restores", "0")),
            degraded=int(one.get("Degraded", "0")),
        )
    except (KeyError, ValueError):
        sentence = f"The commit {commit.sha} is not a version of a prototype; run protogen verify."
        raise LedgerError(sentence) from None

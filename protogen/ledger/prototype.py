"""A prototype as the ledger has it: one version, known from its commit alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from protogen.job import StageTrace
from protogen.ledger.errors import LedgerError
from protogen.ledger.git import Commit
from protogen.ledger.trailers import fields, parse_stages, parse_time


@dataclass(frozen=True, slots=True)
class Prototype:
    """One version of a prototype: its number from 1, its commit, the job that made it,
    its bytes, and how each stage made it."""

    project_id: str
    number: int
    job: str
    commit: str
    created_at: datetime
    expires_at: datetime | None
    size: int
    stages: tuple[StageTrace, ...] = ()


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
            created_at=parse_time(one["Created-At"]),
            expires_at=parse_time(one["Expires-At"]) if "Expires-At" in one else None,
            size=int(one.get("Bytes", "0")),
            stages=parse_stages(trailers),
        )
    except (KeyError, ValueError):
        sentence = f"The commit {commit.sha} is not a version of a prototype; run protogen verify."
        raise LedgerError(sentence) from None

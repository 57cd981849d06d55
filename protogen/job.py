"""Job, Status, Event: the words everyone uses.

A job is the way of one submission to one website. It is never changed in place: each step is an
`Event`, and the newest event of a job is its state, so an event carries the whole record.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

JOB_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PROJECT_ID = re.compile(r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
RESERVED_PROJECT_IDS = frozenset({"www", "api", "ops", "mail", "admin", "static"})


class Status(StrEnum):
    """Where a job stands; `NEXT` says where it may go from there."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """True once the worker has nothing more to do for the job by itself."""
        return self not in (Status.PENDING, Status.PROCESSING)


NEXT: dict[Status | None, frozenset[Status]] = {
    None: frozenset({Status.PENDING}),
    # pending to pending: an attempt was put back or its next one put off; to completed: a new version was
    # called off, and the site that there is stays.
    Status.PENDING: frozenset(
        {Status.PENDING, Status.PROCESSING, Status.COMPLETED, Status.CANCELLED, Status.EXPIRED}
    ),
    # processing to processing: a worker that died left the job; the next attempt is counted.
    Status.PROCESSING: frozenset(
        {Status.PROCESSING, Status.PENDING, Status.COMPLETED, Status.FAILED, Status.CANCELLED}
    ),
    # completed to completed: an earlier version came back.
    Status.COMPLETED: frozenset({Status.PENDING, Status.COMPLETED, Status.EXPIRED}),
    Status.FAILED: frozenset({Status.PENDING, Status.EXPIRED}),
    Status.CANCELLED: frozenset({Status.PENDING, Status.EXPIRED}),
    Status.EXPIRED: frozenset(),
}


class Rung(StrEnum):
    """How a part was made, best first: the ladder."""

    MARKUP = "markup"
    FIELDS = "fields"
    TEMPLATE = "template"

    @property
    def below(self) -> Rung | None:
        """The next rung down, None below `template`."""
        rungs = list(Rung)
        return rungs[rungs.index(self) + 1] if self is not Rung.TEMPLATE else None


@dataclass(frozen=True, slots=True)
class StageTrace:
    """What one stage took: `ms` wall milliseconds, tokens as the model's server counts them.

    `model` and `provider` are those that answered, more than one with commas between.
    `rung` is the highest rung that any part of the stage stands on; `reason` says in a few words why a
    part is not on the first rung tried, empty when all are.
    """

    name: str
    rung: Rung
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    ms: int = 0
    retries: int = 0
    reason: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a job, and the job's state until the next one.

    Times are aware and in UTC with whole seconds. `attempt` counts attempts begun (0 before the first).
    `content` is the commit of the site, `size` its bytes, `duration_ms` claim to published. `error` is a
    code, never a text: the audit log outlives the customer's data. `user`, `submission` and `request` are
    keyed hashes for the same reason. `not_before` puts a pending job off (a retry's backoff). `degraded`
    counts how many times in a row the site was made without the AI's full help. While a new version of a
    site is made, `content` and `expires_at` are those of the site that stands.
    """

    job: str
    status: Status
    at: datetime
    created_at: datetime
    attempt: int = 0
    not_before: datetime | None = None
    expires_at: datetime | None = None
    content: str = ""
    duration_ms: int = 0
    size: int = 0
    stages: tuple[StageTrace, ...] = ()
    degraded: int = 0
    error: str = ""
    user: str = ""
    submission: str = ""
    request: str = ""


def new_job_id() -> str:
    """A random UUID (RFC 9562, version 4): unguessable, so it is the key to its own status."""
    return str(uuid.uuid4())


def now() -> datetime:
    """The time in UTC, to the second: the resolution of a git commit."""
    return datetime.now(UTC).replace(microsecond=0)

"""From a request over the web to a drop in the inbox: the one way in, for the form and the API alike.

    async with handover.receiving(request) as received:   # reads the body, files straight to the disk
        …                                                 # look at received.fields
        handed = await handover.hand_over(request, received)
    handed.job                                            # on the disk, and its status answers

Whatever goes wrong on the way, nothing of it is left.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from anyio import to_thread
from starlette.requests import Request

from protogen.config import Settings
from protogen.files import has_room, is_full
from protogen.intake.drop import NewDrop
from protogen.intake.inbox import waits
from protogen.intake.parse import parse_drop
from protogen.intake.rejected import Rejected
from protogen.job import Event
from protogen.submission import Submission, digest, idempotency_key
from protogen.web.fields import check_fields
from protogen.web.limits import Limits
from protogen.web.operator import Operator
from protogen.web.proxies import client_address
from protogen.web.refused import Refused
from protogen.web.upload import Received, no_room, receive

_REMEMBERED = 4096
"""Requests remembered between the inbox and the ledger; the intake finds the same ones without."""


class KnownJobs(Protocol):
    """What handing over needs of the ledger."""

    def hash(self, value: str) -> str:
        """A keyed hash of `value`."""

    def find(self, submission: str) -> Event | None:
        """The newest job of the submission with that hash, unless expired."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A request handed over: its job. `known` if it was a job already, by its `submission_id`."""

    job: str
    known: bool = False


class Handover:
    """Hands requests over to the inbox, one after the other."""

    def __init__(self, settings: Settings, ledger: KnownJobs, limits: Limits, operator: Operator) -> None:
        self._settings = settings
        self._ledger = ledger
        self._limits = limits
        self._operator = operator
        self._one = threading.Lock()  # one drop is in memory at a time, and of two alike one is the first
        self._recent: dict[str, tuple[str, str]] = {}

    @asynccontextmanager
    async def receiving(self, request: Request) -> AsyncIterator[Received]:
        """Read a request's body; what is not handed over before the end of the block is removed.

        Raises Refused: 400 and 422 for what cannot be read or used, 408 for a body that stands still, 413 for
        one that is too large, 415 for a type that is not known, 429 for the limit of an address, 507 while the
        disk is full.
        """
        if not self._operator.is_there(request):
            self._limits.count_address(client_address(request))
        inbox = self._settings.inbox_dir
        try:
            if not has_room(self._settings.reserve_bytes, inbox):
                raise no_room()
            new = NewDrop(inbox)
        except OSError as error:
            raise no_room() if is_full(error) else error from None
        try:
            yield await receive(request, new, self._settings.intake, self._settings.web.idle_seconds)
        finally:
            await to_thread.run_sync(new.discard)

    async def hand_over(self, request: Request, received: Received) -> Handed:
        """Let what was received into the inbox; when this returns, it is on the disk.

        The same `submission_id` with the same content from the same source is the same job, and is not handed
        over again. Raises Refused: 409 where its content is another, 422 for what cannot be used, 429 for the
        limits of user and contact, 507 while the disk is full.
        """
        free = self._operator.is_there(request)
        return await to_thread.run_sync(self._hand_over, received, free)

    def _hand_over(self, received: Received, free: bool) -> Handed:
        check_fields(received.fields)
        with self._one:
            try:
                submission = self._parsed(received)
                key = idempotency_key(submission)
                hashed = self._ledger.hash(key) if key else ""
                request = self._ledger.hash(digest(submission)) if key else ""
                if known := self._known(hashed):
                    return _same(known, request)
                if not free:
                    self._limits.count_person(submission, self._ledger.hash)
                job = received.new.enter()
            except OSError as error:
                raise no_room() if is_full(error) else error from None
            if hashed:
                self._remember(hashed, job, request)
        return Handed(job)

    def _parsed(self, received: Received) -> Submission:
        """The submission as the intake will read it."""
        limits = self._settings.intake
        try:
            size = received.new.write_fields(received.fields)
        except RecursionError:
            raise Refused(422, "The fields are nested too deeply.") from None
        if size > limits.max_yaml_bytes:
            raise Refused(
                413,
                f"Its text is larger than {limits.max_yaml_bytes:,} bytes; send less.",
                field="description",
            )
        try:
            return parse_drop(received.new.path, limits)
        except Rejected as rejected:
            field = "description" if _SAYS_NOTHING in rejected.reason else ""
            raise Refused(422, _for_the_web(rejected.reason), field=field) from None

    def _known(self, hashed: str) -> tuple[str, str] | None:
        """The job of a submission and its content's hash, from the ledger or on the way there."""
        recent = self._recent.get(hashed)
        waiting = recent is not None and waits(self._settings.inbox_dir, recent[0])  # asked before the ledger
        event = self._ledger.find(hashed) if hashed else None
        if not waiting:  # in the ledger, or rejected
            self._recent.pop(hashed, None)
        if event:
            return event.job, event.request
        return recent if waiting else None

    def _remember(self, hashed: str, job: str, request: str) -> None:
        self._recent[hashed] = (job, request)
        while len(self._recent) > _REMEMBERED:
            self._recent.pop(next(iter(self._recent)))


def _same(known: tuple[str, str], request: str) -> Handed:
    job, content = known
    if content != request:
        raise Refused(409, "This submission_id belongs to another request; send this one under a new id.")
    return Handed(job, known=True)


_SAYS_NOTHING = "says nothing of the website"


def _for_the_web(reason: str) -> str:
    if _SAYS_NOTHING in reason:
        return "The request says nothing of the website that is wanted; fill in what it is to be."
    return reason

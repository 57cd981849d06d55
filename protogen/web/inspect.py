"""What only the operator sees: a job in full, what was sent for it, and two versions of a site side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from protogen.intake.voice import TRANSCRIPTS, Transcript, read_transcripts
from protogen.job import JOB_ID, Event, Status
from protogen.ledger import Ledger, LedgerError, Prototype
from protogen.passphrase import KEPT_AS
from protogen.pipeline.report import iso
from protogen.reasons import reason_for
from protogen.submission import REQUEST_NAME
from protogen.web import pages
from protogen.web.actions import page
from protogen.web.compare import changed_files, changed_words
from protogen.web.desk import Desk
from protogen.web.frames import Frames
from protogen.web.signin import admitted
from protogen.web.words import RUNGS, STAGES
from protogen.web.zips import zip_response
from protogen.worker import FAILURE_FILE, RECORD_FILE

_SHOWN_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class _JobView:
    """A job as its page shows it.

    `request` is what was sent, `heard` what was said in its recordings, `notes` what of it could not be used; `cause`
    what the last attempt died of.
    """

    event: Event
    history: list[Event]
    project: str
    place: int | None
    request: str
    heard: tuple[Transcript, ...]
    notes: tuple[str, ...]
    cause: str
    may: frozenset[str]


class Inspect:
    """The operator's pages to read."""

    def __init__(self, desk: Desk, records: Ledger, frames: Frames) -> None:
        self._desk = desk
        self._records = records
        self._frames = frames

    def routes(self) -> list[BaseRoute]:
        """What answers under which path; all of it is GET and HEAD."""
        return [
            Route("/ops/jobs/{job_id}", self.job),
            Route("/ops/jobs/{job_id}/submission.zip", self.submission),
            Route("/ops/prototypes/{project_id}/compare", self.compare),
        ]

    async def job(self, request: Request) -> Response:
        """A job: where it stands, what happened, what was sent, what may be done."""
        if away := admitted(self._desk, request):
            return away
        view = await to_thread.run_sync(self._job_view, request.path_params["job_id"])
        if view is None:
            return pages.message_response(pages.NO_JOB, "/ops")
        return page(
            self._desk,
            request,
            "job-ops.html.j2",
            view=view,
            reason=reason_for(view.event.error, view.event.attempt) if view.event.error else None,
            rungs=RUNGS,
            stage_names=STAGES,
        )

    async def submission(self, request: Request) -> Response:
        """What was sent and what was made of it on the way, as a zip."""
        if away := admitted(self._desk, request):
            return away
        job = request.path_params["job_id"]
        try:
            files = await to_thread.run_sync(self._records.submission, job)
        except LedgerError:
            return pages.message_response(pages.NO_JOB, "/ops")
        event = await to_thread.run_sync(self._records.job, job)
        files.pop(KEPT_AS, None)
        return zip_response(f"submission-{job}", sorted(files.items()), event.created_at if event else None)

    async def compare(self, request: Request) -> Response:
        """Two versions of a site: in frames, and what changed in their words."""
        if away := admitted(self._desk, request):
            return away
        project = request.path_params["project_id"]
        chosen = (request.query_params.get("old", ""), request.query_params.get("new", ""))
        values = await to_thread.run_sync(self._compared, project, *chosen)
        if values is None:
            return pages.message_response(pages.NO_SITE, "/ops")
        return page(self._desk, request, "compare.html.j2", project_id=project, **values)

    def _job_view(self, job: str) -> _JobView | None:
        event = self._records.job(job) if JOB_ID.fullmatch(job) else None
        if event is None:
            return None
        sent = self._records.kept(job, REQUEST_NAME) or b""
        cause = self._records.kept(job, FAILURE_FILE) or b""
        return _JobView(
            event,
            self._records.history(job),
            self._records.project_of(job) or "",
            self._records.place(job),
            sent[:_SHOWN_BYTES].decode("utf-8", "replace"),
            read_transcripts(self._records.kept(job, TRANSCRIPTS) or b"[]"),
            tuple(json.loads(self._records.kept(job, RECORD_FILE) or b"{}").get("notes", ())),
            cause[:_SHOWN_BYTES].decode("utf-8", "replace"),
            may_be_done(event),
        )

    def _compared(self, project: str, old: str, new: str) -> dict[str, Any] | None:
        try:
            versions = self._records.versions(project)
        except LedgerError:
            return None
        if not versions:
            return None
        after = _numbered(versions, new) or versions[-1]
        before = _numbered(versions, old) or versions[max(0, versions.index(after) - 1)]
        files = [self._records.prototype(project, version.commit) for version in (before, after)]
        return {
            "versions": versions,
            "pair": [(version, self._frames.address(project, version.commit)) for version in (before, after)],
            "words": changed_words(*files),
            "files": changed_files(*files),
            "iso": iso,
        }


def may_be_done(event: Event) -> frozenset[str]:
    """What the operator can do to a job as it stands: `retry`, `new-version`, `cancel`, `delete`."""
    if event.status is Status.EXPIRED:
        return frozenset()
    if event.status is Status.PROCESSING:
        return frozenset({"cancel"})
    if event.status is Status.PENDING:
        return frozenset({"cancel", "delete"} | ({"retry"} if event.not_before else set()))
    return frozenset({"delete", "new-version" if event.status is Status.COMPLETED else "retry"})


def _numbered(versions: list[Prototype], number: str) -> Prototype | None:
    return next((version for version in versions if str(version.number) == number), None)

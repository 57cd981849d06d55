"""Routes of the queue: hand a request in, ask after it, take it back, look over all of them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from protogen.files import remove_tree, sync_dir
from protogen.intake.fates import CANCELLED, FATES, fate_of, remember
from protogen.intake.inbox import waits
from protogen.intake.quarantine import rejection
from protogen.job import JOB_ID, Event, now
from protogen.job import Status as JobState
from protogen.ledger import Ledger, LedgerError, TransitionError
from protogen.lifecycle import cancel
from protogen.live import TYPICAL, Live
from protogen.pipeline.report import iso
from protogen.prune import prune
from protogen.reasons import reason_for
from protogen.submission import user_source
from protogen.web import policy
from protogen.web.api.common import (
    OPERATOR,
    PROBLEMS,
    Limit,
    Offset,
    check_body,
    json_body,
    ledger_of,
    submission_body,
)
from protogen.web.api.models import (
    Cleaned,
    Done,
    Generated,
    GeneratedFiles,
    GenerateRequest,
    JobStatus,
    QueuedResults,
    Stats,
    Status,
    Submitted,
)
from protogen.web.desk import Desk
from protogen.web.estimate import Estimate, in_words
from protogen.web.refused import Refused
from protogen.web.zips import names_below

NO_JOB = "Job not found"
KEPT_LISTS = 1024
_STARTED = 10
"""Percent of a job that was begun; what is left of the way is told by its stages."""


class QueueRoutes:
    """The queue over HTTP."""

    def __init__(self, desk: Desk, live: Live) -> None:
        self._desk = desk
        self._live = live
        self._ledger: Ledger = ledger_of(desk)
        self._estimate = Estimate(desk.settings, self._ledger)
        self._known: dict[str, tuple[str, dict[str, str]]] = {}

    def router(self) -> APIRouter:
        """The queue's own routes, to be put under a prefix."""
        router = APIRouter()
        router.post("/submit", responses=PROBLEMS("submit"), openapi_extra=submission_body())(self.submit)
        router.get("/status/{job_id}", responses=PROBLEMS("id"), response_model=JobStatus)(self.status)
        router.get("/list", responses=PROBLEMS("operator"), dependencies=OPERATOR(self._desk))(self.listing)
        router.get("/stats", responses=PROBLEMS("operator"), dependencies=OPERATOR(self._desk))(self.stats)
        router.post("/cleanup", responses=PROBLEMS("change"), dependencies=OPERATOR(self._desk))(self.cleanup)
        router.delete("/{job_id}", responses=PROBLEMS("cancel"))(self.cancel)
        return router

    def generate_router(self) -> APIRouter:
        """The one call of the orchestrator before this one."""
        router = APIRouter()
        body = json_body(GenerateRequest)
        router.post("/generate-prototype", responses=PROBLEMS("submit"), openapi_extra=body)(self.generate)
        return router

    async def submit(self, request: Request) -> Submitted:
        """Hand a request in.

        Any fields of the submission format, as JSON or as a form with files. The same `submission_id` with the same
        content is the same job; with other content it is refused with 409.
        """
        async with self._desk.handover.receiving(request) as received:
            handed = await self._desk.handover.hand_over(request, received)
        message = "This request is known already." if handed.known else "Your request is in the queue."
        return Submitted(
            job_id=handed.job,
            message=message,
            estimated_completion_time=in_words(await to_thread.run_sync(self._seconds_left, handed.job)),
        )

    async def generate(self, request: Request) -> Generated:
        """Hand a request in as the orchestrator before this one did; the website is made by the queue."""
        begin = time.monotonic()
        async with self._desk.handover.receiving(request) as received:
            check_body(GenerateRequest, received.fields)
            handed = await self._desk.handover.hand_over(request, received)
        return Generated(
            prototype_id=handed.job,
            results=QueuedResults(job_id=handed.job, message="Your request is in the queue."),
            processing_time=round(time.monotonic() - begin, 3),
            created_at=iso(now()),
        )

    async def status(self, request: Request, job_id: str) -> Response:
        """A job as it stands, from the moment it was handed in.

        What clients ask most, again and again: a look-up in the ledger takes less than the way to another thread.
        """
        event = self._ledger.job(job_id)
        found = self._of_event(request, event) if event else self._of_no_job(request, job_id)
        if found is None:
            raise Refused(404, NO_JOB)
        headers = {"Cache-Control": policy.NEVER}
        return Response(found.model_dump_json(), headers=headers, media_type="application/json")

    def listing(
        self,
        request: Request,
        user_id: Annotated[str, Query(max_length=255, description="only the jobs of this user")] = "",
        status: Annotated[Status | None, Query(description="only jobs that stand there")] = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> list[JobStatus]:
        """Jobs, the newest first."""
        state = JobState(status) if status else None
        user = self._ledger.hash(user_source(user_id)) if user_id else ""
        events = self._ledger.jobs(state, None if user else limit + offset)
        chosen = [event for event in events if not user or event.user == user]
        return [self._of_event(request, event) for event in chosen[offset : offset + limit]]

    def stats(self) -> Stats:
        """The queue in numbers."""
        counts = self._ledger.counts()
        waiting = counts.get(JobState.PENDING, 0)
        return Stats(
            total=sum(counts.values()),
            **{state.value: counts.get(state, 0) for state in JobState},
            average_generation_time=round(self._estimate.typical(), 1)
            if counts.get(JobState.COMPLETED)
            else None,
            estimated_completion_time=in_words(self._estimate.seconds(waiting + 1)),
        )

    def cleanup(self) -> Cleaned:
        """Forget now what is due to be forgotten; the program does so by itself every day."""
        gone = prune(self._desk.settings, self._ledger, now())
        return Cleaned(message=f"{len(gone.jobs)} expired jobs were deleted.", cleaned=len(gone.jobs))

    def cancel(self, job_id: str) -> Done:
        """Take a request back, while it waits or is being made."""
        if not JOB_ID.fullmatch(job_id):
            raise Refused(404, NO_JOB)
        fate = fate_of(self._desk.settings.inbox_dir, job_id)
        job_id = fate if JOB_ID.fullmatch(fate) else job_id
        taken_back = self._ledger.job(job_id) is None and _withdraw(self._desk.settings.inbox_dir, job_id)
        if taken_back and self._ledger.job(job_id) is None:  # else the intake had read it already
            return Done(message="The request was taken back before it was read.")
        try:
            cancel(self._ledger, self._desk.settings, job_id, now())
        except TransitionError as error:
            raise Refused(400, str(error)) from None
        except LedgerError:
            raise Refused(404, NO_JOB) from None
        return Done(message="The job was cancelled.")

    # One job

    def _of_event(self, request: Request, event: Event) -> JobStatus:
        error = reason_for(event.error, event.attempt).customer if event.error else None
        return JobStatus(
            job_id=event.job,
            status=event.status.value,
            created_at=iso(event.created_at),
            updated_at=iso(event.at),
            expires_at=iso(event.expires_at) if event.expires_at else None,
            error_message=error,
            generated_files=self._files(request, event),
            progress=self._progress(event),
        )

    def _files(self, request: Request, event: Event) -> GeneratedFiles | None:
        if event.status is not JobState.COMPLETED:
            return None
        project, files = self._listed(event.job, event.content)
        if not project:
            return None
        return GeneratedFiles(
            project_id=project,
            files=files,
            url=self._desk.site_url(request, project),
            content=event.content,
        )

    def _listed(self, job: str, content: str) -> tuple[str, dict[str, str]]:
        """The project and the files of a commit, each with its path; ('', {}) where it is not there any more.

        A commit's files never change, so they are looked up once.
        """
        if known := self._known.get(content):
            return known
        project = self._ledger.project_of(job)
        names = names_below(self._desk.settings.published_dir / project) if project else []
        if not project or not names:
            return "", {}
        listed = project, {name: f"/prototypes/{project}/{name}" for name in names}
        if len(self._known) >= KEPT_LISTS:
            self._known.pop(next(iter(self._known)))
        self._known[content] = listed
        return listed

    def _of_no_job(self, request: Request, job_id: str) -> JobStatus | None:
        """The status under an id that is no job of the ledger's: still a drop, refused, or what it turned out to be."""
        inbox = self._desk.settings.inbox_dir
        if not JOB_ID.fullmatch(job_id):
            return None
        fate = fate_of(inbox, job_id)
        if fate == CANCELLED:
            return _unread(job_id, "cancelled", _changed(inbox / FATES / job_id))
        if fate and (same := self._ledger.job(fate)):
            return self._of_event(request, same)
        if waits(inbox, job_id):
            return _unread(job_id, "pending", _changed(inbox / job_id))
        if reason := rejection(inbox, job_id):
            return _unread(job_id, "failed", now(), reason)
        event = self._ledger.job(job_id)  # accepted between two looks
        return self._of_event(request, event) if event else None

    def _progress(self, event: Event) -> int:
        """Percent of the way: by the stages that are done of a job in hand."""
        if event.status is JobState.PENDING:
            return 0
        if event.status is not JobState.PROCESSING:
            return 100
        running = self._live.running(event.job)
        return _STARTED + round((99 - _STARTED) * len(running.done) / len(TYPICAL)) if running else _STARTED

    def _seconds_left(self, job_id: str) -> float:
        event = self._ledger.job(job_id)
        if event and event.status.final:
            return 0.0
        place = self._ledger.place(job_id) or self._ledger.counts().get(JobState.PENDING, 0) + 1
        return self._estimate.seconds(place)


def _unread(job_id: str, status: Status, at: datetime, reason: str | None = None) -> JobStatus:
    """What is told of a request that has not become a job."""
    return JobStatus(
        job_id=job_id,
        status=status,
        created_at=iso(at),
        updated_at=iso(at),
        expires_at=None,
        error_message=reason,
        generated_files=None,
        progress=0 if status == "pending" else 100,
    )


def _changed(path: Path) -> datetime:
    """When a file or folder was last changed; now where it is gone."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return now()


def _withdraw(inbox: Path, job_id: str) -> bool:
    """Take a drop out of the inbox by a name that the intake passes over; True where it was there."""
    away = inbox / f"{job_id}.cancelled.tmp"
    try:
        (inbox / job_id).rename(away)
    except OSError:
        return False
    remember(inbox, job_id, CANCELLED)
    sync_dir(inbox)
    remove_tree(away)
    return True

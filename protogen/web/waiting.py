"""`/jobs/<job-id>`: how far a request has come, live; and the ways to take it back or have it tried again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from protogen import lifecycle
from protogen.intake.fates import fate_of
from protogen.job import JOB_ID, now
from protogen.ledger import LedgerError, TransitionError
from protogen.live import TYPICAL, Live
from protogen.site.words import Words
from protogen.web import pages, policy
from protogen.web.desk import Desk
from protogen.web.estimate import Estimate
from protogen.web.posts import sent_fields
from protogen.web.progress import Progress, progress_of
from protogen.web.refused import Refused
from protogen.web.tongue import NAMES, words_for

ATTACHMENTS = "Reading the files you sent"
STAGES = {
    "brief": "Reading what you want",
    "structure": "Writing the sections",
    "style": "Choosing the look",
    "behaviour": "Adding what moves",
    "content": "Putting it together and checking it",
}
HEARTBEAT_SECONDS = 4.0
"""Between two looks where nothing is heard: other programs may change a job as well, and time passes."""
_HIDDEN = {"Cache-Control": policy.NEVER, "X-Robots-Tag": "noindex"}


class Waiting:
    """The page of each job."""

    def __init__(self, desk: Desk, live: Live) -> None:
        self._desk = desk
        self._live = live
        self._estimate = Estimate(desk.settings, desk.records) if desk.records else None

    def routes(self) -> list[BaseRoute]:
        """What answers under which path."""
        return [
            Route("/jobs/{job_id}", self.show, methods=["GET"]),
            Route("/jobs/{job_id}/state", self.state, methods=["GET"]),
            Route("/jobs/{job_id}/events", self.events, methods=["GET"]),
            Route("/jobs/{job_id}/cancel", self.cancel, methods=["POST"]),
            Route("/jobs/{job_id}/retry", self.retry, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page; without a script it loads itself again until the job is over."""
        job, progress = await self._progress(request)
        if progress is None:
            return pages.message_response(pages.NO_JOB, "/")
        words = words_for(request)
        page = pages.render(
            "job.html.j2",
            t=words,
            language=words.language,
            languages=NAMES,
            **self._told(request, job, progress, words),
        )
        response = HTMLResponse(page, headers=_HIDDEN | {"Content-Language": words.language})
        self._desk.forms.keep(request, response)
        return response

    async def state(self, request: Request) -> Response:
        """The part of the page that changes, for scripts without server-sent events."""
        job, progress = await self._progress(request)
        if progress is None:
            raise Refused(404, pages.NO_JOB.text)
        return JSONResponse(self._state(request, job, progress), headers=_HIDDEN)

    async def events(self, request: Request) -> Response:
        """The same again at each change, as server-sent events; the stream ends when the job is over."""
        _, progress = await self._progress(request)
        if progress is None:
            raise Refused(404, pages.NO_JOB.text)
        headers = _HIDDEN | {"X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(request), headers=headers, media_type="text/event-stream")

    async def _stream(self, request: Request) -> AsyncIterator[str]:
        last = ""
        with self._live.watching() as watcher:
            while not await request.is_disconnected():
                job, progress = await self._progress(request)
                if progress is None:
                    return
                told = json.dumps(self._state(request, job, progress), ensure_ascii=False)
                yield f"data: {told}\n\n" if told != last else ": still here\n\n"
                if progress.done:
                    return
                last = told
                await watcher.wait(HEARTBEAT_SECONDS)

    async def cancel(self, request: Request) -> Response:
        """Take the request back."""
        return await self._change(request, "cancel")

    async def retry(self, request: Request) -> Response:
        """Have it tried again."""
        return await self._change(request, "retry")

    async def _change(self, request: Request, what: str) -> Response:
        await sent_fields(self._desk, request)
        job, records = request.path_params["job_id"], self._desk.records
        if records is None or not JOB_ID.fullmatch(job):
            raise Refused(404, pages.NO_JOB.text)
        # Too late: the page says where the job stands by now.
        with suppress(TransitionError, LedgerError):
            if what == "cancel":
                await to_thread.run_sync(lifecycle.cancel, records, self._desk.settings, job, now())
            else:
                await to_thread.run_sync(lifecycle.retry, records, job, now())
        return RedirectResponse(f"/jobs/{job}?lang={words_for(request).language}", 303, _HIDDEN)

    async def _progress(self, request: Request) -> tuple[str, Progress | None]:
        job = request.path_params["job_id"]
        if not JOB_ID.fullmatch(job):
            return job, None
        return await to_thread.run_sync(self._looked_up, job)

    def _looked_up(self, job: str) -> tuple[str, Progress | None]:
        """The job that an id stands for, and where it stands."""
        ledger, inbox = self._desk.ledger, self._desk.settings.inbox_dir
        if ledger.job(job) is None and JOB_ID.fullmatch(same := fate_of(inbox, job)):
            job = same
        return job, progress_of(job, ledger, inbox)

    def _state(self, request: Request, job: str, progress: Progress) -> dict[str, object]:
        words = words_for(request)
        html = pages.render("job-state.html.j2", t=words, **self._told(request, job, progress, words))
        return {"title": words(progress.title), "html": html, "done": progress.done}

    def _told(self, request: Request, job: str, progress: Progress, words: Words) -> dict[str, object]:
        running = self._live.running(job)
        over = dict(running.done) if running else {}
        reading = {"label": words(ATTACHMENTS), "state": "now", "seconds": None}
        return {
            "job_id": job,
            "progress": progress,
            "address": self._desk.site_url(request, progress.project_id) if progress.project_id else "",
            "csrf": self._desk.forms.issue(request),
            "seconds_left": self._seconds_left(job, progress),
            "stages": [
                *([reading] if running and running.attachments else []),
                *(
                    {
                        "label": words(label),
                        "state": "done"
                        if name in over
                        else "now"
                        if running and running.stage == name
                        else "next",
                        "seconds": round(over[name] / 1000) if name in over else None,
                    }
                    for name, label in STAGES.items()
                ),
            ]
            if running
            else [],
            "share": _share(len(over), running.stage if running else ""),
        }

    def _seconds_left(self, job: str, progress: Progress) -> int | None:
        """To be published, rounded to what one may say; None where nobody can tell."""
        left = self._live.seconds_left(job)
        if left is None and not progress.done and self._estimate:
            left = self._estimate.seconds(self._desk.ledger.place(job) or 1)
        return None if left is None or progress.done else max(5, round(left / 5) * 5)


def _share(done: int, stage: str) -> int:
    """Percent of the way that is behind a job in hand."""
    return round(100 * (done + (0.5 if stage else 0)) / (len(TYPICAL) + 0.5))

"""The app's own host: start page, health, progress."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from protogen import __version__
from protogen.job import JOB_ID
from protogen.web import pages, policy
from protogen.web.desk import Desk
from protogen.web.files import Found, open_below
from protogen.web.progress import STEPS, progress_of
from protogen.web.static import file_response

_STATIC = Path(__file__).parent / "static"


class Front:
    """The pages of the app's host that everybody may open."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """What answers under which path; all of it is GET and HEAD."""
        return [
            Route("/", self.start),
            Route("/health", self.health),
            Route("/assets/{name}", self.asset),
            Route("/jobs/{job_id}", self.job),
        ]

    async def start(self, request: Request) -> Response:
        """What this is, and how to hand in a request."""
        example = self._desk.site_url(request, "fern-flour-7k2mq")
        return HTMLResponse(
            pages.render("start.html.j2", example=example, settings=self._desk.settings),
            headers={"Cache-Control": policy.REVALIDATE},
        )

    async def health(self, request: Request) -> Response:
        """For whoever watches the process."""
        timestamp = datetime.now(UTC).isoformat(timespec="seconds")
        body = {"status": "healthy", "service": "protogen", "timestamp": timestamp, "version": __version__}
        return JSONResponse(body, headers={"Cache-Control": policy.NEVER})

    async def asset(self, request: Request) -> Response:
        """A style sheet of these pages."""
        found = open_below(_STATIC, (request.path_params["name"],))
        if not isinstance(found, Found):
            return pages.message_response(pages.NOT_HERE, "/")
        return file_response(request, found, {})

    async def job(self, request: Request) -> Response:
        """How far a request has come; the page reloads itself until it is done."""
        job_id = request.path_params["job_id"]
        if not JOB_ID.fullmatch(job_id):
            return pages.message_response(pages.NO_JOB, "/")
        progress = await to_thread.run_sync(
            progress_of, job_id, self._desk.ledger, self._desk.settings.inbox_dir
        )
        if progress is None:
            return pages.message_response(pages.NO_JOB, "/")
        address = self._desk.site_url(request, progress.project_id) if progress.project_id else ""
        page = pages.render("job.html.j2", job_id=job_id, steps=STEPS, progress=progress, address=address)
        return HTMLResponse(page, headers={"Cache-Control": policy.NEVER, "X-Robots-Tag": "noindex"})

"""The app's own host: start page, health, viewer, progress."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from protogen import __version__
from protogen.config import Settings
from protogen.job import JOB_ID, Rung
from protogen.web import pages, policy
from protogen.web.files import Found, open_below
from protogen.web.ledger import LedgerReader
from protogen.web.progress import STEPS, progress_of
from protogen.web.sites import Sites
from protogen.web.static import file_response

RUNGS = {
    Rung.MARKUP: "the AI’s markup",
    Rung.FIELDS: "the AI’s words in the kit",
    Rung.TEMPLATE: "the kit alone",
}
_STATIC = Path(__file__).parent / "static"


class Front:
    """The pages of the app's host over settings, published sites and the ledger."""

    def __init__(self, settings: Settings, sites: Sites, ledger: LedgerReader) -> None:
        self.settings = settings
        self.sites = sites
        self.ledger = ledger

    def routes(self) -> list[BaseRoute]:
        """What answers under which path; all of it is GET and HEAD."""
        return [
            Route("/", self.start),
            Route("/health", self.health),
            Route("/assets/{name}", self.asset),
            Route("/jobs/{job_id}", self.job),
            Route("/prototypes/{project_id}", self.viewer),
            Route("/prototypes/{project_id}/{path:path}", self.prototype_file, methods=["GET", "HEAD"]),
        ]

    async def start(self, request: Request) -> Response:
        """What this is, and how to hand in a request."""
        example = self.site_url(request, "fern-flour-7k2mq")
        return HTMLResponse(
            pages.render("start.html.j2", example=example, settings=self.settings),
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

    async def viewer(self, request: Request) -> Response:
        """A prototype in a frame, and what made it."""
        project_id = request.path_params["project_id"]
        metadata = await to_thread.run_sync(self.sites.published.metadata, project_id)
        if metadata is None:
            return pages.message_response(pages.NO_SITE, "/")
        now = datetime.now(UTC)
        if metadata.expired(now):
            return pages.message_response(pages.EXPIRED, "/")
        page = pages.render(
            "viewer.html.j2",
            site=metadata,
            address=self.site_url(request, project_id),
            project_id=project_id,
            days_left=metadata.days_left(now),
            rungs=RUNGS,
        )
        return HTMLResponse(page, headers={"Cache-Control": "no-cache", "X-Robots-Tag": "noindex"})

    async def prototype_file(self, request: Request) -> Response:
        """A file of a prototype where there is no wildcard host."""
        project_id = request.path_params["project_id"]
        _, _, raw_id, rest = request.scope["raw_path"].split(b"/", 3)
        if raw_id.decode("latin-1") != project_id:  # the id itself is written in escapes
            return pages.message_response(pages.BAD_REQUEST, "/")
        return await self.sites.under_path(request, project_id, b"/" + rest)

    async def job(self, request: Request) -> Response:
        """How far a request has come; the page reloads itself until it is done."""
        job_id = request.path_params["job_id"]
        if not JOB_ID.fullmatch(job_id):
            return pages.message_response(pages.NO_JOB, "/")
        progress = await to_thread.run_sync(progress_of, job_id, self.ledger, self.settings.inbox_dir)
        if progress is None:
            return pages.message_response(pages.NO_JOB, "/")
        address = self.site_url(request, progress.project_id) if progress.project_id else ""
        page = pages.render("job.html.j2", job_id=job_id, steps=STEPS, progress=progress, address=address)
        return HTMLResponse(page, headers={"Cache-Control": policy.NEVER, "X-Robots-Tag": "noindex"})

    def site_url(self, request: Request, project_id: str) -> str:
        """The address of a prototype, as this visitor reaches the server."""
        if self.settings.web.public_url:
            return self.settings.site_url(project_id)
        host = request.state.host
        return f"{request.url.scheme}://{project_id}.{self.settings.web.sites_domain}{host.port}/"

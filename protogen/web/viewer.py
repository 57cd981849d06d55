"""The viewer: a prototype in a frame at three widths, what made it, how long it stays, and how to take it along."""

from __future__ import annotations

from datetime import UTC, datetime

import segno
from anyio import to_thread
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from protogen.job import Rung
from protogen.web import pages
from protogen.web.desk import Desk
from protogen.web.published import Metadata
from protogen.web.trace import Trace, trace_of
from protogen.web.zips import files_below, zip_response

RUNGS = {
    Rung.MARKUP: "the AI’s words and markup",
    Rung.FIELDS: "the AI’s words, set by the kit",
    Rung.TEMPLATE: "the kit alone",
}
STAGES = {
    "brief": "Reading the request",
    "structure": "Writing the sections",
    "style": "Choosing the look",
    "behaviour": "Adding what moves",
    "content": "Title, checks and files",
}
HANDS = (
    ((Rung.MARKUP,), "Written and set by the AI", "Its words in its own markup, cleaned and checked."),
    ((Rung.FIELDS,), "Written by the AI, set by the kit", "Its words, in sections that the kit draws."),
    ((Rung.TEMPLATE,), "Set by the kit alone", "The customer’s own words, in sections that the kit draws."),
)
_QUIET_ZONE = 4
"""Modules of margin around a QR code (ISO/IEC 18004, 5.3.8)."""


class Viewer:
    """The page of each prototype."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """What answers under which path; all of it is GET and HEAD."""
        return [
            Route("/prototypes/{project_id}", self.viewer),
            Route("/prototypes/{project_id}/{path:path}", self.file, methods=["GET", "HEAD"]),
            Route("/downloads/{project_id}.zip", self.download),
        ]

    async def viewer(self, request: Request) -> Response:
        """A prototype in a frame, and what made it."""
        site = await self._standing(request)
        if isinstance(site, Response):
            return site
        trace = await to_thread.run_sync(self._trace, site.project_id)
        address = self._desk.site_url(request, site.project_id)
        page = pages.render(
            "viewer.html.j2",
            site=site,
            trace=trace,
            address=address,
            project_id=site.project_id,
            days_left=site.days_left(datetime.now(UTC)),
            rungs=RUNGS,
            hands=HANDS,
            stage_names=STAGES,
            qr=qr_code(address),
        )
        return HTMLResponse(page, headers={"Cache-Control": "no-cache", "X-Robots-Tag": "noindex"})

    async def file(self, request: Request) -> Response:
        """A file of a prototype where there is no wildcard host."""
        project_id = request.path_params["project_id"]
        _, _, raw_id, rest = request.scope["raw_path"].split(b"/", 3)
        if raw_id.decode("latin-1") != project_id:  # the id itself is written in escapes
            return pages.message_response(pages.BAD_REQUEST, "/")
        return await self._desk.sites.under_path(request, project_id, b"/" + rest)

    async def download(self, request: Request) -> Response:
        """All files of a prototype as a zip."""
        site = await self._standing(request)
        if isinstance(site, Response):
            return site
        folder = self._desk.sites.published.folder / site.project_id
        return zip_response(site.project_id, files_below(folder), site.created_at)

    async def _standing(self, request: Request) -> Metadata | Response:
        """The prototype asked for, or the page that says why it cannot be seen."""
        site = await to_thread.run_sync(
            self._desk.sites.published.metadata, request.path_params["project_id"]
        )
        if site is None:
            return pages.message_response(pages.NO_SITE, "/")
        if site.expired(datetime.now(UTC)):
            return pages.message_response(pages.EXPIRED, "/")
        return site

    def _trace(self, project_id: str) -> Trace:
        records = self._desk.records
        version = records.newest_version(project_id) if records else None
        return trace_of(records, version.job if version else "")


def qr_code(address: str) -> Markup:
    """An inline SVG that a phone's camera reads as `address`: dark on light in every colour scheme."""
    code = segno.make_qr(address, error="m")
    svg = code.svg_inline(
        border=_QUIET_ZONE, omitsize=True, svgclass="qr", lineclass=None, dark="#16302a", light="#ffffff"
    )
    return Markup(svg)  # segno writes nothing of the address but squares

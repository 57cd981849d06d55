"""The viewer: a prototype in a frame at three widths, what made it, how long it stays, and how to take it along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import segno
from anyio import to_thread
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from protogen.job import Status
from protogen.ledger import Ledger, Prototype
from protogen.site.words import Words
from protogen.web import pages, policy
from protogen.web.actions import page
from protogen.web.desk import Desk
from protogen.web.frames import Frames
from protogen.web.published import Metadata
from protogen.web.tongue import NAMES, words_for
from protogen.web.trace import MadeSection, Trace, trace_of
from protogen.web.words import HANDS, RUNGS, STAGES
from protogen.web.zips import files_below, zip_response

_QUIET_ZONE = 4
"""Modules of margin around a QR code (ISO/IEC 18004, 5.3.8)."""


@dataclass(frozen=True, slots=True)
class Panel:
    """What the operator sees beside a prototype. `content` is the commit that stands, `settled` that its job is over,
    `refused` the sections that did not come out on the first rung tried."""

    job: str
    status: Status
    content: str
    error: str
    versions: list[Prototype]
    refused: list[MadeSection]

    @property
    def settled(self) -> bool:
        """True where versions and time may be changed."""
        return self.status is Status.COMPLETED


class Viewer:
    """The page of each prototype."""

    def __init__(self, desk: Desk, frames: Frames) -> None:
        self._desk = desk
        self._frames = frames

    def routes(self) -> list[BaseRoute]:
        """What answers under which path; all of it is GET and HEAD."""
        return [
            Route("/prototypes/{project_id}", self.viewer, methods=["GET", "POST"]),
            Route("/prototypes/{project_id}/{path:path}", self.file, methods=["GET", "HEAD"]),
            Route("/downloads/{project_id}.zip", self.download, name="download_zip"),
        ]

    async def viewer(self, request: Request) -> Response:
        """A prototype in a frame, and what made it."""
        site = await self._standing(request)
        if isinstance(site, Response):
            return site
        signed_in = self._desk.operator.signed_in(request)
        gate = self._desk.gate
        locked = gate.locked(site.project_id)
        if locked and not signed_in and not gate.lets_in(request, site.project_id):
            return await gate.answer(request, site.project_id, self._desk.settings.web.idle_seconds)
        if request.method == "POST":  # of who was let in meanwhile
            return RedirectResponse(request.url.path, 303)
        trace, panel = await to_thread.run_sync(self._made, site.project_id, signed_in)
        address = self._desk.site_url(request, site.project_id)
        words, days = words_for(request), site.days_left(datetime.now(UTC))
        values = {
            "t": words,
            "language": words.language,
            "languages": NAMES,
            "site": site,
            "trace": trace,
            "address": address,
            "project_id": site.project_id,
            "days_left": days,
            "days_word": _days_word(words, days),
            "rungs": RUNGS,
            "hands": HANDS,
            "stage_names": STAGES,
            "qr": qr_code(address),
            "panel": panel,
            "frame": f"/prototypes/{site.project_id}/",
            "locked": locked,
        }
        if panel or locked:  # their frame opens where the public one is closed
            content = await to_thread.run_sync(self._content, site.project_id)
            values["frame"] = self._frames.address(site.project_id, content)
            return page(self._desk, request, "viewer.html.j2", **values)
        html = pages.render("viewer.html.j2", **values)
        return HTMLResponse(html, headers={"Cache-Control": "no-cache", "X-Robots-Tag": "noindex"})

    async def file(self, request: Request) -> Response:
        """A file of a prototype where there is no wildcard host."""
        project_id = request.path_params["project_id"]
        written = request.scope["raw_path"].split(b"/", 3)
        if len(written) < 4 or written[2].decode("latin-1") != project_id:  # the id is written in escapes
            return pages.message_response(pages.BAD_REQUEST, "/")
        return await self._desk.sites.under_path(request, project_id, b"/" + written[3])

    async def download(self, request: Request) -> Response:
        """All files of a prototype as a zip."""
        site = await self._standing(request)
        if isinstance(site, Response):
            return site
        if not self._desk.operator.signed_in(request) and not self._desk.gate.lets_in(
            request, site.project_id
        ):
            return RedirectResponse(f"/prototypes/{site.project_id}", 303, {"Cache-Control": policy.NEVER})
        folder = self._desk.sites.published.folder / site.project_id
        return zip_response(site.project_id, files_below(folder), site.created_at)

    async def _standing(self, request: Request) -> Metadata | Response:
        """The prototype asked for, or the page that says why it cannot be seen."""
        site = await to_thread.run_sync(
            self._desk.sites.published.metadata, request.path_params["project_id"]
        )
        if site is None:
            return pages.message_response(pages.NO_SITE, "/")
        if site.expired(datetime.now(UTC)) and not self._desk.operator.signed_in(request):
            return pages.message_response(pages.EXPIRED, "/")
        return site

    def _content(self, project_id: str) -> str:
        """The commit of the site that stands, empty where it is not known."""
        records = self._desk.records
        version = records.newest_version(project_id) if records else None
        event = records.job(version.job) if records and version else None
        return event.content if event else ""

    def _made(self, project_id: str, signed_in: bool) -> tuple[Trace, Panel | None]:
        records = self._desk.records
        version = records.newest_version(project_id) if records else None
        if records is None or version is None:
            return Trace(), None
        trace = trace_of(records, version.job)
        return trace, panel_of(records, version, trace) if signed_in else None


def _days_word(words: Words, days: int) -> str:
    """What follows the number of days; Czech has a form of its own for two to four."""
    if days == 1:
        return words("day left")
    return words("few days left") if words.language == "cs" and 2 <= days <= 4 else words("days left")


def qr_code(address: str) -> Markup:
    """An inline SVG that a phone's camera reads as `address`: dark on light in every colour scheme."""
    code = segno.make_qr(address, error="m")
    svg = code.svg_inline(
        border=_QUIET_ZONE, omitsize=True, svgclass="qr", lineclass=None, dark="#16302a", light="#ffffff"
    )
    return Markup(svg)  # segno writes nothing of the address but squares


def panel_of(records: Ledger, version: Prototype, trace: Trace) -> Panel | None:
    """The operator's part of a prototype's page; None where its job has let go of it."""
    event = records.job(version.job)
    if event is None or not event.content:
        return None
    return Panel(
        job=event.job,
        status=event.status,
        content=event.content,
        error=event.error,
        versions=records.versions(version.project_id),
        refused=[section for section in trace.sections if section.reason],
    )

"""Routes of prototypes: what they are, their files, a zip of them, and their end."""

from __future__ import annotations

import mimetypes
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from protogen.job import JOB_ID, now
from protogen.ledger import Ledger, LedgerError, TransitionError
from protogen.lifecycle import delete
from protogen.pipeline.report import iso
from protogen.web import policy
from protogen.web.api.common import OPERATOR, PROBLEMS, Limit, Offset, ledger_of
from protogen.web.api.models import Done, Download, PrototypeAbout, PrototypeFile
from protogen.web.desk import Desk
from protogen.web.published import Metadata
from protogen.web.refused import Refused
from protogen.web.zips import files_below, names_below, zip_response

NO_PROTOTYPE = "Prototype not found"
EXPIRED = "This prototype has expired and is deleted for good."


class PrototypeRoutes:
    """Published websites over HTTP. Each goes by its project id, or by the id of the job that made it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ledger: Ledger = ledger_of(desk)
        self._published = desk.sites.published

    def router(self) -> APIRouter:
        """The routes, to be put under a prefix."""
        router = APIRouter()
        locked = OPERATOR(self._desk)
        router.get("/", responses=PROBLEMS("operator"), dependencies=locked)(self.listing)
        opened = [Depends(self._opened)]
        router.get("/{project_id}", responses=PROBLEMS("prototype"), dependencies=opened)(self.about)
        router.get("/{project_id}/files", responses=PROBLEMS("prototype"), dependencies=opened)(self.files)
        router.get(
            "/{project_id}/download",
            responses={
                200: {
                    "model": Download,
                    "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
                    "description": "the zip, or where it is",
                },
                **PROBLEMS("prototype"),
            },
            response_model=None,
            dependencies=opened,
        )(self.download)
        router.delete("/{project_id}", responses=PROBLEMS("delete"), dependencies=locked)(self.delete)
        return router

    def listing(self, limit: Limit = 50, offset: Offset = 0) -> list[PrototypeAbout]:
        """Published websites, the newest first."""
        found = sorted(self._ledger.prototypes(), key=lambda each: each.created_at, reverse=True)
        sites = (self._published.metadata(each.project_id) for each in found)
        return [self._about(site) for site in sites if site][offset : offset + limit]

    def about(self, project_id: str) -> PrototypeAbout:
        """What a website is."""
        return self._about(self._site(project_id))

    def files(self, project_id: str) -> list[PrototypeFile]:
        """The files of a website."""
        site = self._site(project_id)
        folder = self._published.folder / site.project_id
        return [
            PrototypeFile(
                filename=name,
                size=(folder / name).stat().st_size,
                type=mimetypes.guess_type(name)[0] or "application/octet-stream",
                path=f"/prototypes/{site.project_id}/{name}",
            )
            for name in names_below(folder)
        ]

    def download(self, request: Request, project_id: str) -> Response:
        """A zip of a website; under `Accept: application/json` where it is."""
        site = self._site(project_id)
        if "application/json" in request.headers.get("accept", ""):
            url = request.url_for("download_zip", project_id=site.project_id)
            found = Download(download_url=url.path, message="The zip is at download_url.")
            return JSONResponse(found.model_dump(), headers={"Cache-Control": policy.NEVER})
        folder = self._published.folder / site.project_id
        return zip_response(site.project_id, files_below(folder), site.created_at)

    def delete(self, project_id: str) -> Done:
        """Delete a website, what was sent for it, and what was made of that, before its time."""
        job = project_id if JOB_ID.fullmatch(project_id) else self._job_of(project_id)
        try:
            delete(self._ledger, self._desk.settings, job, now())
        except TransitionError as error:
            raise Refused(400, str(error)) from None
        except LedgerError:
            raise Refused(404, NO_PROTOTYPE) from None
        return Done(message="The prototype is deleted, with what was sent for it.")

    def _opened(self, request: Request, project_id: str) -> None:
        """Refuses who does not know the passphrase of a locked website."""
        self._desk.gate.demand(request, self._site(project_id).project_id)

    def _job_of(self, project_id: str) -> str:
        newest = self._ledger.newest_version(project_id)
        if newest is None:
            raise Refused(404, NO_PROTOTYPE)
        return newest.job

    def _site(self, project_id: str) -> Metadata:
        name = project_id
        if JOB_ID.fullmatch(project_id):
            name = self._ledger.project_of(project_id) or ""
        site = self._published.metadata(name)
        if site is None:
            raise Refused(404, NO_PROTOTYPE)
        if site.expired(datetime.now(UTC)):
            raise Refused(410, EXPIRED)
        return site

    def _about(self, site: Metadata) -> PrototypeAbout:
        folder = self._published.folder / site.project_id
        names = names_below(folder)
        return PrototypeAbout(
            project_id=site.project_id,
            title=site.title,
            description=site.description,
            created_at=iso(site.created_at) if site.created_at else None,
            expires_at=iso(site.expires_at),
            file_count=len(names),
            total_size=sum((folder / name).stat().st_size for name in names),
        )

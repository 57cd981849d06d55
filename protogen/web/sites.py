"""Prototypes over HTTP: a site's files from its published folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from protogen.web import pages, policy
from protogen.web.files import BadPathError, Folder, Found, split_path
from protogen.web.gate import Gate
from protogen.web.hosts import ALIAS_PREFIX, is_project_id
from protogen.web.published import PublishedSites
from protogen.web.refused import Refused
from protogen.web.static import file_response


class Sites:
    """Answers requests for files of prototypes, whichever way the prototype was named."""

    def __init__(self, published: PublishedSites, gate: Gate, idle_seconds: float) -> None:
        self.published = published
        self._gate = gate
        self._idle_seconds = idle_seconds

    async def at_host(self, request: Request, project_id: str, app_origin: str) -> Response:
        """A request to `<project-id>.<sites_domain>`; only `app_origin` may frame what it gets."""
        locked = self._gate.locked(project_id)
        if locked and not self._gate.lets_in(request, project_id) and self.stands(project_id):
            return await self._asked(request, project_id)
        found = await self._found(request, project_id, request.scope["raw_path"])
        if isinstance(found, pages.Message):
            return pages.message_response(found, f"{app_origin}/")
        headers = {"Content-Security-Policy": policy.prototype_policy(app_origin)}
        response = _response(request, found, policy.PROTOTYPE_HEADERS | headers)
        if locked:
            response.headers["Cache-Control"] = policy.NEVER
        return response

    async def _asked(self, request: Request, project_id: str) -> Response:
        if request.method not in {"GET", "HEAD", "POST"}:
            return pages.message_response(pages.NO_METHOD)
        try:
            return await self._gate.answer(request, project_id, self._idle_seconds)
        except Refused as refused:
            message = replace(pages.NOT_DONE, status=refused.status, text=refused.sentence)
            response = pages.message_response(message)
            response.headers.update(refused.headers)
            return response

    async def under_path(self, request: Request, project_id: str, raw_path: bytes) -> Response:
        """A request to `/prototypes/<project-id>/…` on the app's host; `raw_path` is the part after the id.

        `sandbox` makes the page an origin of its own, which is then foreign to its fonts: hence CORS.
        """
        if self._gate.locked(project_id) and self.stands(project_id):
            # A page without an origin sends no cookie with what it loads: the viewer has another way for its frame.
            return RedirectResponse(f"/prototypes/{project_id}", 303, {"Cache-Control": policy.NEVER})
        found = await self._found(request, project_id, raw_path)
        if isinstance(found, pages.Message):
            return pages.message_response(found, "/", home_url=f"/prototypes/{project_id}/")
        headers = {"Content-Security-Policy": policy.sandboxed_policy(), "Access-Control-Allow-Origin": "*"}
        return _response(request, found, policy.PROTOTYPE_HEADERS | headers)

    def canonical_id(self, project_id: str) -> str:
        """`fern-7k2mq` for `project-fern-7k2mq`, unless a site really has that name; '' where it is none."""
        short = project_id.removeprefix(ALIAS_PREFIX)
        if short == project_id or not is_project_id(short) or (self.published.folder / project_id).is_dir():
            return ""
        return short

    def stands(self, project_id: str) -> bool:
        """True where a site is published under this name and its time is not over."""
        metadata = self.published.metadata(project_id)
        return metadata is not None and not metadata.expired(datetime.now(UTC))

    async def _found(
        self, request: Request, project_id: str, raw_path: bytes
    ) -> Found | Folder | pages.Message:
        if request.method not in {"GET", "HEAD"}:
            return pages.NO_METHOD
        try:
            parts = split_path(raw_path)
        except BadPathError:
            return pages.BAD_REQUEST
        return await to_thread.run_sync(self._look_up, project_id, parts)

    def _look_up(self, project_id: str, parts: tuple[str, ...]) -> Found | Folder | pages.Message:
        metadata = self.published.metadata(project_id)
        if metadata is None:
            return pages.NO_SITE
        if metadata.expired(datetime.now(UTC)):
            return pages.EXPIRED
        return self.published.open(project_id, parts) or pages.NO_PAGE


def _response(request: Request, found: Found | Folder, headers: Mapping[str, str]) -> Response:
    if isinstance(found, Folder):
        return _to_folder(request, headers)
    return file_response(request, found, headers)


def _to_folder(request: Request, headers: Mapping[str, str]) -> Response:
    # Collapsed, because a path that begins with two slashes would be read as another host.
    path = "/" + request.scope["raw_path"].decode("latin-1").strip("/") + "/"
    query = request.scope["query_string"].decode("latin-1")
    return RedirectResponse(f"{path}?{query}" if query else path, 301, headers)

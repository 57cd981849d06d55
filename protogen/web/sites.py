"""Prototypes over HTTP: a site's files from its published folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from protogen.web import pages, policy
from protogen.web.files import BadPathError, Folder, split_path
from protogen.web.hosts import ALIAS_PREFIX, is_project_id
from protogen.web.published import PublishedSites
from protogen.web.static import file_response


class Sites:
    """Answers requests for files of prototypes, whichever way the prototype was named."""

    def __init__(self, published: PublishedSites) -> None:
        self.published = published

    async def at_host(self, request: Request, project_id: str, app_origin: str) -> Response:
        """A request to `<project-id>.<sites_domain>`; only `app_origin` may frame what it gets."""
        headers = policy.PROTOTYPE_HEADERS | {"Content-Security-Policy": policy.prototype_policy(app_origin)}
        return await self._respond(request, project_id, request.scope["raw_path"], headers, app_origin)

    async def under_path(
        self, request: Request, project_id: str, raw_path: bytes, app_origin: str
    ) -> Response:
        """A request to `/prototypes/<project-id>/…` on the app's host; `raw_path` is the part after the id.

        `sandbox` makes the page an origin of its own, which is then foreign to its fonts: hence CORS.
        """
        headers = policy.PROTOTYPE_HEADERS | {
            "Content-Security-Policy": policy.sandboxed_policy(),
            "Access-Control-Allow-Origin": "*",
        }
        return await self._respond(request, project_id, raw_path, headers, app_origin)

    def canonical_id(self, project_id: str) -> str:
        """`fern-7k2mq` for `project-fern-7k2mq`, unless a site really has that name; '' where it is none."""
        short = project_id.removeprefix(ALIAS_PREFIX)
        if short == project_id or not is_project_id(short) or (self.published.folder / project_id).is_dir():
            return ""
        return short

    async def _respond(
        self, request: Request, project_id: str, raw_path: bytes, headers: Mapping[str, str], app_origin: str
    ) -> Response:
        app_url = f"{app_origin}/"
        if request.method not in {"GET", "HEAD"}:
            return pages.message_response(pages.NO_METHOD, app_url)
        try:
            parts = split_path(raw_path)
        except BadPathError:
            return pages.message_response(pages.BAD_REQUEST, app_url)
        metadata = await to_thread.run_sync(self.published.metadata, project_id)
        if metadata is None:
            return pages.message_response(pages.NO_SITE, app_url)
        if metadata.expired(datetime.now(UTC)):
            return pages.message_response(pages.EXPIRED, app_url)
        found = await to_thread.run_sync(self.published.open, project_id, parts)
        if found is None:
            return pages.message_response(pages.NO_PAGE, app_url)
        if isinstance(found, Folder):
            return _to_folder(request, headers)
        return file_response(request, found, headers)


def _to_folder(request: Request, headers: Mapping[str, str]) -> Response:
    # Collapsed, because a path that begins with two slashes would be read as another host.
    path = "/" + request.scope["raw_path"].decode("latin-1").strip("/") + "/"
    query = request.scope["query_string"].decode("latin-1")
    return RedirectResponse(f"{path}?{query}" if query else path, 301, headers)

"""Versions of a prototype in a frame, for who may see them: under an address that holds its own key.

A sandboxed page has an opaque origin, so that a browser sends no cookie of ours with what it loads. Its key is in its
address instead, `/frames/<project-id>.<commit>.<expires>.<signature>/…`, and opens that version alone, for a while.
"""

from __future__ import annotations

import hmac
import re
import time

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from protogen.job import PROJECT_ID
from protogen.ledger import LedgerError
from protogen.web import media, pages, policy
from protogen.web.desk import Desk
from protogen.web.files import BadPathError, split_path

SECONDS = 3600
_KEY = re.compile(
    rf"(?P<project>{PROJECT_ID.pattern})\.(?P<commit>[0-9a-f]{{40}})\.(?P<expires>[0-9]{{1,12}})\.(?P<sign>[0-9a-f]{{64}})"
)
_HEADERS = policy.PROTOTYPE_HEADERS | {
    "Content-Security-Policy": policy.sandboxed_policy(),
    "Access-Control-Allow-Origin": "*",  # its own fonts are foreign to an opaque origin
    "Cache-Control": policy.NEVER,
}


class Frames:
    """Gives out addresses of versions and answers under them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._secret = desk.operator.key("frames")

    def routes(self) -> list[BaseRoute]:
        """What answers under which path; all of it is GET and HEAD."""
        return [Route("/frames/{key}/{path:path}", self.file)]

    def address(self, project: str, commit: str) -> str:
        """Where this version can be seen for the next hour."""
        opens = f"{project}.{commit}.{int(time.time()) + SECONDS}"
        return f"/frames/{opens}.{self._sign(opens)}/"

    async def file(self, request: Request) -> Response:
        """A file of the version that the key opens."""
        opened = self._opened(request.path_params["key"])
        if opened is None:
            return pages.message_response(pages.NOT_HERE, "/")
        try:
            parts = split_path(b"/" + b"".join(request.scope["raw_path"].split(b"/", 3)[3:]))
        except BadPathError:
            return pages.message_response(pages.BAD_REQUEST, "/")
        name = "/".join(parts)
        data = await to_thread.run_sync(self._read, *opened, name)
        if data is None:
            return pages.message_response(pages.NO_PAGE, "/")
        return Response(data, headers=_HEADERS | {"Content-Type": media.content_type(media.media_type(name))})

    def _opened(self, key: str) -> tuple[str, str] | None:
        found = _KEY.fullmatch(key)
        if found is None or not hmac.compare_digest(found["sign"], self._sign(key.rpartition(".")[0])):
            return None
        return (found["project"], found["commit"]) if time.time() < int(found["expires"]) else None

    def _read(self, project: str, commit: str, name: str) -> bytes | None:
        records = self._desk.records
        try:
            # A version that was let go of may still be on the disk; what has no ref any more is gone.
            known = records and any(version.commit == commit for version in records.versions(project))
            return records.prototype(project, commit).get(name) if records and known else None
        except LedgerError:
            return None

    def _sign(self, opens: str) -> str:
        return hmac.new(self._secret, opens.encode(), "sha256").hexdigest()

"""The app's own host: health, and the files of its pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from protogen import __version__
from protogen.web import pages, policy
from protogen.web.files import Found, open_below
from protogen.web.static import file_response

_STATIC = Path(__file__).parent / "static"


class Front:
    """What everybody may ask for."""

    def routes(self) -> list[BaseRoute]:
        """What answers under which path; all of it is GET and HEAD."""
        return [
            Route("/health", self.health),
            Route("/assets/{name}", self.asset),
        ]

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

"""The files of our own pages: style sheets, scripts, the icon."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from protogen.web import pages
from protogen.web.files import Found, open_below
from protogen.web.static import file_response

_STATIC = Path(__file__).parent / "static"


class Front:
    """What everybody may ask for."""

    def routes(self) -> list[BaseRoute]:
        """What answers under which path; all of it is GET and HEAD."""
        return [Route("/assets/{name}", self.asset)]

    async def asset(self, request: Request) -> Response:
        """A style sheet of these pages."""
        found = open_below(_STATIC, (request.path_params["name"],))
        if not isinstance(found, Found):
            return pages.message_response(pages.NOT_HERE, "/")
        return file_response(request, found, {})

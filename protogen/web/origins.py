"""Which sites' pages may call us from a browser.

What changes something is taken from our own pages and from programs, which send no Origin; from pages of other
sites only at the API, and only where `web.cors_origins` names them. A prototype is never among them: below a path
of the app's host its Origin is `null`.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from protogen.web.problems import problem

API_PREFIX = "/api/"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_STRANGE = "Pages of other sites may not send this; web.cors_origins names those that may call the API."


class ByOrigin:
    """Middleware: CORS (https://fetch.spec.whatwg.org/#http-cors-protocol) for the API, and no foreign forms."""

    def __init__(self, app: ASGIApp, origins: Iterable[str]) -> None:
        self.app = app
        self._origins = frozenset(origins)
        self._shared = CORSMiddleware(
            app,
            allow_origins=sorted(self._origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After"],
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it with 403."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        api = scope["path"].startswith(API_PREFIX)
        if scope["method"] not in _SAFE and not self._may_change(headers, api):
            await problem(403, _STRANGE)(scope, receive, send)
        elif api and headers.get("origin") in self._origins:
            await self._shared(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _may_change(self, headers: Headers, api: bool) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        # By host alone: a proxy that ends the TLS may not say so.
        own = urlsplit(origin).netloc == headers.get("host", "").lower()
        return own or (api and origin in self._origins)

"""The operator's way in and out: `/ops/sign-in` takes his token once and gives a session cookie for it."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from protogen.web import pages, policy
from protogen.web.desk import Desk
from protogen.web.posts import sent_fields
from protogen.web.refused import Refused

SIGN_IN = "/ops/sign-in"
HOME = "/ops"
_OURS = re.compile(r"/(?:ops|prototypes)(?:/[A-Za-z0-9_-]+)*")
_WRONG = "This is not the token. It was printed at the first start and stands in operator.token of the home."


class SignIn:
    """Signing in and out."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """What answers under which path."""
        return [
            Route(SIGN_IN, self.form, methods=["GET"]),
            Route(SIGN_IN, self.sign_in, methods=["POST"]),
            Route("/ops/sign-out", self.sign_out, methods=["POST"]),
        ]

    async def form(self, request: Request) -> Response:
        """The field for the token; who is signed in already goes on."""
        then = ours(request.query_params.get("then", ""))
        if self._desk.operator.signed_in(request):
            return RedirectResponse(then, 303)
        return self._page(request, then)

    async def sign_in(self, request: Request) -> Response:
        """The session cookie for the right token, the form once more for a wrong one; 429 for too many of these."""
        fields = await sent_fields(self._desk, request)
        then = ours(fields.get("then", ""))
        if not self._desk.operator.knows(request, fields.get("token", "").strip()):
            return self._page(request, then, _WRONG, 401)
        response = RedirectResponse(then, 303)
        self._desk.operator.sign_in(request, response)
        return response

    async def sign_out(self, request: Request) -> Response:
        """The session ends in this browser."""
        await sent_fields(self._desk, request)
        response = RedirectResponse(SIGN_IN, 303)
        self._desk.operator.sign_out(request, response)
        return response

    def _page(self, request: Request, then: str, error: str = "", status: int = 200) -> Response:
        csrf = self._desk.forms.issue(request)
        html = pages.render("sign-in.html.j2", csrf=csrf, then=then, error=error)
        response = HTMLResponse(html, status, {"Cache-Control": policy.NEVER, "X-Robots-Tag": "noindex"})
        self._desk.forms.keep(request, response)
        return response


def ours(path: str) -> str:
    """`path` where it is one of the operator's pages, else the dashboard: a link leads nowhere else."""
    return path if _OURS.fullmatch(path) else HOME


def admitted(desk: Desk, request: Request) -> Response | None:
    """None for the operator; else a way to the sign-in for who reads.

    Raises Refused with 401 for who sends something without being signed in.
    """
    if desk.operator.is_there(request):
        return None
    if request.method not in ("GET", "HEAD"):
        raise Refused(401, "Your session is over; please sign in again and repeat this.")
    return RedirectResponse(f"{SIGN_IN}?then={ours(request.url.path)}", 303, {"Cache-Control": policy.NEVER})

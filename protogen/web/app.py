"""The ASGI application: every host name, one program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from protogen import __version__
from protogen.config import Settings
from protogen.ledger import Ledger
from protogen.live import Live
from protogen.logs import error_kind, get_logger
from protogen.passphrase import mark_locked
from protogen.web import pages, policy
from protogen.web.actions import Actions
from protogen.web.api import api_router
from protogen.web.api.documents import Documents
from protogen.web.dashboard import Dashboard
from protogen.web.desk import Desk
from protogen.web.form import Form
from protogen.web.frames import Frames
from protogen.web.front import Front
from protogen.web.health import Checks, Health
from protogen.web.hosts import Host, Place, parse_host, place_of
from protogen.web.inspect import Inspect
from protogen.web.ledger import LedgerReader
from protogen.web.origins import API_PREFIX, ByOrigin
from protogen.web.problems import problem, problem_of
from protogen.web.proxies import ByProxy
from protogen.web.published import PublishedSites
from protogen.web.refused import Refused
from protogen.web.signin import SignIn
from protogen.web.sites import Sites
from protogen.web.viewer import Viewer
from protogen.web.waiting import Waiting

MARK_SECONDS = 20.0
"""Seconds between two looks at what has expired: nginx answers 410 within the minute."""

log = get_logger(__name__)


def create_app(
    settings: Settings,
    ledger: LedgerReader,
    token: str = "",
    records: Ledger | None = None,
    live: Live | None = None,
    checks: Checks | None = None,
    metrics: Callable[[], bytes] = bytes,
) -> ASGIApp:
    """The web application of a home: the app's own pages, and each prototype at its own host name.

    Who sends `token` is the operator; without one nobody is. His pages read and change `records`. `live` knows what
    the worker is doing, `checks` look at the parts of the system, `metrics` are what a scraper gets. While it runs
    (ASGI lifespan) it keeps the markers of expired sites that nginx goes by.
    """
    live = live or Live()
    desk = Desk(settings, ledger, token, records)
    sites = desk.sites

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if records is not None:
            await asyncio.to_thread(mark_locked, records, settings)
        marking = asyncio.create_task(_mark_for_ever(sites.published))
        yield
        marking.cancel()
        with suppress(asyncio.CancelledError):
            await marking

    app = FastAPI(
        title="protogen",
        version=__version__,
        summary="Requests in, prototypes of websites out.",
        routes=[*Health(desk, checks or {}, metrics).routes(), *_routes(desk, live)],
        middleware=[
            Middleware(ByProxy, proxies=settings.web.proxies),
            Middleware(ByHost, settings=settings, sites=sites),
            Middleware(ByOrigin, origins=settings.web.cors_origins),
        ],
        exception_handlers={
            Refused: _refused,
            RequestValidationError: _invalid,
            HTTPException: _http_error,
            Exception: _crash,
        },
        lifespan=lifespan,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    if records is not None:
        app.include_router(api_router(desk, live))
    app.add_route("/docs", Documents(app).page)
    return app


def _routes(desk: Desk, live: Live) -> list[BaseRoute]:
    frames = Frames(desk)
    shared = [
        *Front().routes(),
        *Form(desk).routes(),
        *Waiting(desk, live).routes(),
        *Viewer(desk, frames).routes(),
        *SignIn(desk).routes(),
    ]
    if desk.records is None:
        return shared
    records = desk.records
    return [
        *shared,
        *frames.routes(),
        *Dashboard(desk, records, live).routes(),
        *Actions(desk, records).routes(),
        *Inspect(desk, records, frames).routes(),
    ]


class ByHost:
    """Middleware: requests for prototypes are answered here, those for the app's host go on to its routes."""

    def __init__(self, app: ASGIApp, settings: Settings, sites: Sites) -> None:
        self.app = app
        self.settings = settings
        self.sites = sites

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one request by its Host header."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        sent = request.headers.get("host")
        if sent is None and scope["http_version"] == "1.1":  # it must be there (RFC 9112, section 3.2)
            await pages.message_response(pages.BAD_REQUEST)(scope, receive, send)
            return
        host = parse_host(sent) if sent is not None else Host("")
        if host is None:
            await pages.message_response(pages.BAD_REQUEST)(scope, receive, send)
            return
        request.state.host = host
        place, project_id = place_of(host, self.settings.web.app_domain, self.settings.web.sites_domain)
        if place is Place.APP:
            await self.app(scope, receive, _with_headers(send, policy.APP_HEADERS))
            return
        response = await self._elsewhere(request, host, place, project_id)
        await response(scope, receive, _with_headers(send, policy.PROTOTYPE_HEADERS))

    async def _elsewhere(self, request: Request, host: Host, place: Place, project_id: str) -> Response:
        app_origin = f"{request.url.scheme}://{self.settings.web.app_domain}{host.port}"
        if place is Place.FOREIGN:
            return pages.message_response(pages.FOREIGN)
        if place is Place.NO_PROTOTYPE:
            return pages.message_response(pages.NO_SITE, f"{app_origin}/")
        canonical = self.sites.canonical_id(project_id)
        if canonical:
            return self._to_canonical(request, host, canonical)
        return await self.sites.at_host(request, project_id, app_origin)

    def _to_canonical(self, request: Request, host: Host, project_id: str) -> Response:
        path = request.scope["raw_path"].decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        domain = f"{project_id}.{self.settings.web.sites_domain}{host.port}"
        target = f"{path}?{query}" if query else path
        return RedirectResponse(f"{request.url.scheme}://{domain}{target}", 301)


def _with_headers(send: Send, headers: dict[str, str]) -> Send:
    """`send`, adding the headers that an answer does not set itself."""

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = MutableHeaders(scope=message)
            for name, value in headers.items():
                given.setdefault(name, value)
        await send(message)

    return sender


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    if request.url.path.startswith(API_PREFIX):
        return problem_of(error)
    told = pages.NOT_DONE if error.status == 400 else pages.message_for(error.status)
    message = replace(told, status=error.status, text=error.sentence)
    response = pages.message_response(message, "/")
    response.headers.update(error.headers)
    return response


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return problem(422, f"{where}: {first['msg']}.")


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if request.url.path.startswith(API_PREFIX) and isinstance(error, HTTPException):
        return problem(status, str(error.detail), error.headers)
    return pages.message_response(pages.message_for(status), "/")


async def _crash(request: Request, error: Exception) -> Response:
    if request.url.path.startswith(API_PREFIX):
        return problem(500, pages.BROKEN.text)
    return pages.message_response(pages.BROKEN)


async def _mark_for_ever(published: PublishedSites) -> None:
    while True:
        try:
            await asyncio.to_thread(published.mark_expired)
        except OSError as error:
            log.warning("site-unmarked", error=error_kind(error))
        await asyncio.sleep(MARK_SECONDS)

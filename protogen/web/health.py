"""Health, for whoever watches the process; and the metrics, for the operator and for scrapers on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address

from anyio import to_thread
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from protogen import __version__
from protogen.web import policy
from protogen.web.desk import Desk
from protogen.web.proxies import client_address

Checks = Mapping[str, Callable[[], str]]
"""Each part by name, with a look at it: '' where it is well, else a sentence."""

KEPT_SECONDS = 2.0
_NEVER = {"Cache-Control": policy.NEVER}


class Health:
    """`/health`, `/health/live`, `/health/ready` and `/metrics`."""

    def __init__(self, desk: Desk, checks: Checks, metrics: Callable[[], bytes]) -> None:
        self._desk = desk
        self._checks = checks
        self._metrics = metrics
        self._seen: dict[str, str] = {}
        self._at = -KEPT_SECONDS

    def routes(self) -> list[BaseRoute]:
        """What answers under which path."""
        return [
            Route("/health", self.health),
            Route("/health/live", self.live),
            Route("/health/ready", self.ready),
            Route("/metrics", self.metrics),
        ]

    async def health(self, request: Request) -> Response:
        """`healthy`, or 503 and `unhealthy`; no more than that, for anybody may ask."""
        return self._answer("healthy", "unhealthy", await self._faults())

    async def live(self, request: Request) -> Response:
        """200 while the process answers: else it is to be started again."""
        return self._answer("alive", "", {})

    async def ready(self, request: Request) -> Response:
        """Each part with `ok` or `failing`; what is wrong with it only to the operator."""
        faults = await self._faults()
        told = self._desk.operator.signed_in(request) or _from_here(request)
        parts = {
            name: (faults[name] if told else "failing") if name in faults else "ok" for name in self._checks
        }
        return self._answer("ready", "not ready", faults, {"parts": parts})

    async def metrics(self, request: Request) -> Response:
        """For Prometheus, from this machine or with the operator's token."""
        if not _from_here(request):
            self._desk.operator.demand(request)
        text = await to_thread.run_sync(self._metrics)
        return Response(text, headers=_NEVER | {"Content-Type": CONTENT_TYPE_LATEST})

    async def _faults(self) -> dict[str, str]:
        if time.monotonic() - self._at >= KEPT_SECONDS:
            self._seen = await to_thread.run_sync(self._look)
            self._at = time.monotonic()
        return self._seen

    def _look(self) -> dict[str, str]:
        seen = {name: check() for name, check in self._checks.items()}
        return {name: fault for name, fault in seen.items() if fault}

    def _answer(
        self, good: str, bad: str, faults: Mapping[str, str], more: Mapping[str, object] | None = None
    ) -> Response:
        body = {
            "status": bad if faults else good,
            "service": "protogen",
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
            **(more or {}),
        }
        return JSONResponse(body, 503 if faults else 200, _NEVER)


def _from_here(request: Request) -> bool:
    """True for a program on this machine that asked us itself, and not through a proxy in front of us."""
    if "x-forwarded-for" in request.headers or "x-real-ip" in request.headers:
        return False
    try:
        return ip_address(client_address(request)).is_loopback
    except ValueError:
        return False

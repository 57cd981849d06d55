"""The HTTP API: names and shapes as the clients of the system before this one know them."""

from __future__ import annotations

from fastapi import APIRouter

from protogen.live import Live
from protogen.web.api.prototypes import PrototypeRoutes
from protogen.web.api.queue import QueueRoutes
from protogen.web.desk import Desk

__all__ = ["QUEUE_PREFIXES", "api_router"]

QUEUE_PREFIXES = ("/api/prototype/queue", "/api/queue")


def api_router(desk: Desk, live: Live) -> APIRouter:
    """Every route of the API; the queue's before those of prototypes, whose ids could be called `queue`."""
    router = APIRouter()
    queue = QueueRoutes(desk, live)
    for prefix in QUEUE_PREFIXES:
        router.include_router(queue.router(), prefix=prefix, tags=["queue"])
    router.include_router(queue.generate_router(), prefix="/api", tags=["queue"])
    router.include_router(PrototypeRoutes(desk).router(), prefix="/api/prototype", tags=["prototypes"])
    return router

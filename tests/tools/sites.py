"""Published sites, small ledgers and the server over them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from protogen.config import Settings
from protogen.job import Event, Status, new_job_id, now
from protogen.ledger import Ledger
from protogen.web import LedgerReader, WebServer, create_app

SITE_OF_ONE_JOB = "fern-flour-7k2mq"
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="styles.css"></head>
<body><main><h1>Bread at six</h1><p id="note">Every morning but Monday.</p></main>
<script src="script.js"></script></body>
</html>
"""
STYLES = "body { margin: 2rem; color: rgb(34, 51, 68); background: rgb(255, 255, 255); }\n" * 8
SCRIPT = "document.getElementById('note').append(' The script has run.');\n"


def publish(
    published: Path,
    project_id: str,
    expires_in: timedelta = timedelta(days=30),
    files: Mapping[str, bytes | str] | None = None,
    **metadata: object,
) -> Path:
    """Write a small site with its metadata.json as the design describes it; the folder it stands in."""
    now = datetime.now(UTC).replace(microsecond=0)
    title = str(metadata.get("title", "Fern & Flour"))
    about = {
        "project_id": project_id,
        "title": title,
        "created_at": now.isoformat(),
        "expires_at": (now + expires_in).isoformat(),
    } | metadata
    page = PAGE.format(title=title.replace("&", "&amp;").replace("<", "&lt;"))
    content: dict[str, bytes | str] = {"index.html": page, "styles.css": STYLES, "script.js": SCRIPT}
    content |= {"metadata.json": json.dumps(about), **(files or {})}
    for name, data in content.items():
        file = published / project_id / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
    return published / project_id


class EmptyLedger:
    """A ledger that knows no job."""

    def job(self, job_id: str) -> None:
        """Nothing."""

    def version_of(self, job_id: str) -> None:
        """Nothing."""

    def place(self, job_id: str) -> None:
        """Nothing."""


class OneJob:
    """A ledger that knows one job, published as `fern-flour-7k2mq` once it is completed."""

    def __init__(self, status: Status, place: int | None = None, attempt: int = 0) -> None:
        self.job_id = new_job_id()
        self.event = Event(self.job_id, status, now(), now(), attempt=attempt)
        self.in_queue = place

    def job(self, job_id: str) -> Event | None:
        """The job's event."""
        return self.event if job_id == self.job_id else None

    def version_of(self, job_id: str) -> tuple[str, str] | None:
        """Its site."""
        return (SITE_OF_ONE_JOB, "0" * 40) if self.event.status is Status.COMPLETED else None

    def place(self, job_id: str) -> int | None:
        """Its place in the queue."""
        return self.in_queue


@contextmanager
def running(
    settings: Settings,
    ledger: LedgerReader | None = None,
    token: str = "",
    records: Ledger | None = None,
) -> Iterator[WebServer]:
    """The built-in server of a home, until the block ends."""
    server = WebServer(settings, create_app(settings, ledger or EmptyLedger(), token, records))
    server.start()
    try:
        yield server
    finally:
        server.stop()

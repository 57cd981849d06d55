"""Prototypes as the worker leaves them: in a real ledger, published, with all that was kept of their making."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from protogen import home
from protogen.config import Settings
from protogen.job import Event, Rung, StageTrace, now
from protogen.ledger import Ledger
from protogen.up import Jobs
from protogen.web import WebServer
from protogen.worker import RECORD_FILE
from tools.jobs import made, version
from tools.operator import TOKEN
from tools.sites import PAGE, SCRIPT, STYLES, running

FERN = "fern-flour-7k2mq"
RECORD = {
    "project_id": FERN,
    "brief": {"questions": ["When are you open?", "May we show your prices?"]},
    "sections": [
        {"kind": "hero", "rung": "fields", "page": "index", "reason": ""},
        {"kind": "story", "rung": "markup", "page": "index", "reason": ""},
        {"kind": "opening_hours", "rung": "template", "page": "index", "reason": "nothing-usable"},
    ],
    "removed": ["“award-winning”: the request does not say so"],
    "exchanges": [],
}
STAGES = (
    StageTrace("brief", Rung.FIELDS, "tiny", 612, 140, 7200),
    StageTrace("structure", Rung.FIELDS, "tiny", 900, 600, 24_000, reason="timeout"),
)


def site_files(
    project: str = FERN,
    at: datetime | None = None,
    expires_in: timedelta = timedelta(days=30),
    extra: Mapping[str, bytes] | None = None,
    heading: str = "Bread at six",
    **metadata: object,
) -> dict[str, bytes]:
    """The files of a small site, metadata.json among them."""
    at = at or now()
    title = str(metadata.get("title", "Fern & Flour"))
    about = {
        "project_id": project,
        "title": title,
        "description": "Plant-based bread in Brno.",
        "created_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "expires_at": f"{at + expires_in:%Y-%m-%dT%H:%M:%SZ}",
        "ai_share": 0.43,
        "ai_sections": 0.67,
        "generation_time": 71.4,
        "file_size": 148_231,
        "facts": {"kept": 14, "removed": 1},
    } | metadata
    page = PAGE.format(title=title.replace("&", "&amp;").replace("<", "&lt;")).replace(
        "Bread at six", heading
    )
    return {
        "index.html": page.encode(),
        "styles.css": STYLES.encode(),
        "script.js": SCRIPT.encode(),
        "metadata.json": json.dumps(about).encode(),
        **(extra or {}),
    }


def prototype(
    settings: Settings,
    ledger: Ledger,
    project: str = FERN,
    at: datetime | None = None,
    record: Mapping[str, object] | None = None,
    **site: object,
) -> Event:
    """A completed job with its site published and its record kept."""
    at = at or now()
    event = made(
        settings,
        ledger,
        at,
        project,
        site_files(project, at, **site),  # type: ignore[arg-type]
        stages=STAGES,
        duration_ms=71_400,
    )
    ledger.keep(event.job, {RECORD_FILE: json.dumps(RECORD if record is None else record).encode()}, at)
    return event


def next_version(
    settings: Settings, ledger: Ledger, event: Event, project: str = FERN, **site: object
) -> Event:
    """A new version of a prototype, published."""
    newest = ledger.job(event.job)
    assert newest is not None
    return version(settings, ledger, newest, project, now(), site_files(project, **site))  # type: ignore[arg-type]


@contextmanager
def running_with(settings: Settings) -> Iterator[tuple[WebServer, Ledger]]:
    """The server over a real ledger, with an operator."""
    with home.ready(settings) as ledger, running(settings, Jobs(ledger), TOKEN, ledger) as server:
        yield server, ledger

"""What is installed, reachable and writable, and what to do about what is not."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from typing import Literal, NamedTuple

from protogen.config import Settings
from protogen.ledger import Ledger, LedgerError
from protogen.llm.state import look

LEGACY_PORT = 8016  # the "free AI service" of the system this one replaces


class Finding(NamedTuple):
    """One thing looked at; `mend` says what to do, empty where nothing is."""

    state: Literal["good", "note", "bad"]
    what: str
    mend: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that a running home needs."""
    return [
        *_programs(),
        *_folders(settings),
        *_ledger(settings),
        *_model(settings),
        *_domains(settings),
        *_legacy(settings),
    ]


def _programs() -> Iterator[Finding]:
    git = shutil.which("git")
    yield (
        Finding("good", f"git is at {git}.") if git else Finding("bad", "git is missing.", "apt install git")
    )
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    yield (
        Finding("good", f"nginx is at {nginx}.")
        if nginx
        else Finding(
            "note",
            "nginx is missing.",
            "only needed in front of customers; the built-in server serves one machine",
        )
    )


def _folders(settings: Settings) -> Iterator[Finding]:
    for name, path in (
        ("inbox", settings.inbox_dir),
        ("published", settings.published_dir),
        ("run", settings.run_dir),
    ):
        if not path.is_dir():
            yield Finding("bad", f"The {name} folder {path} is missing.", f"protogen init {settings.home}")
        elif not os.access(path, os.W_OK):
            yield Finding(
                "bad",
                f"The {name} folder {path} cannot be written.",
                f"chown it to the user of protogen: {path}",
            )
        else:
            free = shutil.disk_usage(path).free // 1_000_000
            state: Literal["good", "bad"] = "good" if free > 500 else "bad"
            yield Finding(
                state,
                f"The {name} folder {path} is writable, {free} MB free.",
                "" if state == "good" else "free some disk",
            )


def _ledger(settings: Settings) -> Iterator[Finding]:
    try:
        with Ledger(settings.ledger_dir) as ledger:
            yield Finding(
                "good", f"The ledger {settings.ledger_dir} opens; {len(ledger.prototypes())} prototypes."
            )
    except LedgerError as error:
        yield Finding("bad", str(error), f"protogen init {settings.home}")
        return
    for path in (settings.ledger_dir, settings.ledger_dir.with_suffix(".key")):
        if path.stat().st_mode & 0o077:
            yield Finding("bad", f"{path} can be read by others.", f"chmod go-rwx {path}")
    if settings.queue_redis_url:
        yield Finding(
            "note", "queue_redis_url is set and not used.", "the ledger is the queue on one machine"
        )


def _model(settings: Settings) -> Iterator[Finding]:
    several = len(settings.llm.chain) > 1
    for seen in look(settings):
        what = f"{seen.provider}: {seen.what}" if several else seen.what
        yield Finding(seen.state, what, seen.mend)


def _domains(settings: Settings) -> Iterator[Finding]:
    app, sites = settings.web.app_domain, settings.web.sites_domain
    if app == sites or app.endswith(f".{sites}"):
        local = app == "localhost"
        yield Finding(
            "note" if local else "bad",
            f"app_domain {app} lies within sites_domain {sites}.",
            "fine on one machine"
            if local
            else "give prototypes a domain of their own: they are strangers' pages",
        )


def _legacy(settings: Settings) -> Iterator[Finding]:
    with socket.socket() as probe:
        probe.settimeout(0.3)
        if probe.connect_ex(("127.0.0.1", LEGACY_PORT)) == 0:
            yield Finding(
                "note",
                f"Something answers on port {LEGACY_PORT}, perhaps the old AI service.",
                "it cannot return code and is not used",
            )

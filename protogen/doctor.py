"""What is installed, reachable and writable, and what to do about what is not."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from protogen.access import access_findings
from protogen.config import ConfigError, Settings
from protogen.finding import Finding as Finding
from protogen.hooks.notices import Targets
from protogen.intake.contents import TAKEN
from protogen.ledger import Ledger, LedgerError
from protogen.llm.state import look

LEGACY_PORT = 8016  # the "free AI service" of the system this one replaces


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that a running home needs."""
    return [
        *_programs(),
        *_folders(settings),
        *_left_behind(settings.inbox_dir),
        *_ledger(settings),
        *access_findings(settings),
        *_settings(settings),
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


def _left_behind(inbox: Path) -> Iterator[Finding]:
    """Folders of another user's that were taken in: their files can be removed by that user alone."""
    for path in sorted(inbox.glob(f"{TAKEN}*")):
        if not os.access(path, os.W_OK):
            yield Finding(
                "bad", f"{path} was taken in, and stays: it is another user's.", f"as root: rm -r {path}"
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
    if settings.queue_redis_url:
        yield Finding(
            "note", "queue_redis_url is set and not used.", "the ledger is the queue on one machine"
        )


def _settings(settings: Settings) -> Iterator[Finding]:
    """Settings that are valid each by itself, and do not do together or here what they should."""
    try:
        Targets(settings)
    except ConfigError as error:
        yield Finding("bad", str(error), "correct it in config.yaml, or set the variable that it names")
    if settings.webhook.url and not os.environ.get(settings.webhook.secret_env):
        what = "webhook.url is set, and there is no key for its signature."
        yield Finding("bad", what, f"put one into {settings.webhook.secret_env}")
    if settings.web.sites_domain == "localhost":
        return
    if not settings.notices.operator:
        yield Finding("note", "Nobody is told when something is wrong.", "name a way under notices.operator")
    if settings.backup_dir is None:
        yield Finding("note", "There is no backup.", "set backup to a folder on another disk")
    elif _device(settings.backup_dir) == _device(settings.ledger_dir):
        what = f"The backup {settings.backup_dir} is on the ledger's own disk."
        yield Finding("note", what, "set backup to a folder on another disk")
    if not settings.web.public_url:
        what = "web.public_url is empty, so addresses are printed with http and a port."
        yield Finding("note", what, f"set it to https://{{project_id}}.{settings.web.sites_domain}/")
    if not settings.web.app_url:
        what = "web.app_url is empty, so notices lead to form and viewer by http and a port."
        yield Finding("note", what, f"set it to https://{settings.web.app_domain}/")
    if not settings.web.proxies and settings.web.host in ("127.0.0.1", "::1", "localhost"):
        what = "web.proxies is empty, so all visitors who come through nginx count as one address."
        yield Finding("note", what, "set it to [127.0.0.1]")


def _device(path: Path) -> int:
    """Of the disk that a path is on, or will be."""
    return next(each for each in (path, *path.parents) if each.exists()).stat().st_dev


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

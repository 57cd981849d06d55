"""Expiry: what the customer was promised to be deleted goes, everywhere, and cannot be read any more.

From `Expires-At` on a site answers 410. `GRACE` later, and so within 48 hours, what is kept of the job is
deleted: a clock that jumps a day destroys nothing. The order makes every crash one that the next run
finishes: the published folder goes first, then `expired` is recorded and the refs go, then git gives the
disk back.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from protogen.config import Settings
from protogen.hooks import outbox
from protogen.intake.quarantine import forget
from protogen.job import PROJECT_ID, Event, Status
from protogen.ledger import Ledger, LedgerError
from protogen.ledger.reserve import Reserve
from protogen.ledger.trailers import parse_time
from protogen.logs import get_logger
from protogen.publish import unpublish

log = get_logger(__name__)

GRACE = timedelta(hours=36)
BATCH = 500  # jobs a transaction: each rewrites git's file of packed refs once
_OVER = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)


class Pruned(NamedTuple):
    """What went: the jobs, the projects of those that had a site, and what had been left in the inbox."""

    jobs: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


def doomed(ledger: Ledger, at: datetime, older_than: timedelta | None = None) -> list[Event]:
    """The jobs that `prune` would forget, the first accepted first.

    With `older_than`, those that came in longer ago than that and are over, whatever was promised.
    """
    if older_than is None:
        return ledger.expired(at - GRACE)
    return [
        event
        for event in reversed(ledger.jobs())
        if event.status in _OVER and event.created_at <= at - older_than
    ]


def prune(settings: Settings, ledger: Ledger, at: datetime, older_than: timedelta | None = None) -> Pruned:
    """Forget what is due. The disk has it until `collect`. Works on a full disk, by the reserve.

    Raises LedgerError or PublishError; what was not deleted then is at the next run.
    """
    with Reserve(settings.ledger_dir, settings.reserve_bytes).released():
        ledger.reconcile()
        due = doomed(ledger, at, older_than)
        jobs: list[str] = []
        projects: list[str] = []
        for start in range(0, len(due), BATCH):
            batch = due[start : start + BATCH]
            named = [project for event in batch if (project := ledger.project_named(event.job))]
            for project in named:
                unpublish(settings.published_dir, project)
            jobs += [event.job for event in ledger.expire([event.job for event in batch], at)]
            projects += named
        for project in strays(settings, ledger):
            if _is_over(settings.published_dir / project, at):
                unpublish(settings.published_dir, project)
                projects.append(project)
        age = older_than if older_than is not None else timedelta(days=settings.expiry_days) + GRACE
        dropped = forget(settings.inbox_dir, at - age)
        outbox.forget(settings.outbox_dir, lambda job: _is_gone(ledger, job))
    if jobs:
        log.info("jobs-deleted", count=len(jobs))
    return Pruned(tuple(jobs), tuple(projects), tuple(dropped))


def strays(settings: Settings, ledger: Ledger) -> list[str]:
    """Published folders with a project's name that the ledger does not know: from after a backup, or a stranger's."""
    published = settings.published_dir
    names = [path.name for path in published.iterdir()] if published.is_dir() else []
    known = {each.project_id for each in ledger.prototypes()}
    return sorted(name for name in names if PROJECT_ID.fullmatch(name) and name not in known)


def collect(settings: Settings, ledger: Ledger) -> None:
    """Erase what was forgotten from the disk, by git-gc(1). Only while no job is in hand."""
    with Reserve(settings.ledger_dir, settings.reserve_bytes).released():
        ledger.collect()


def _is_gone(ledger: Ledger, job: str) -> bool:
    event = ledger.job(job)
    return event is None or event.status is Status.EXPIRED


def _is_over(folder: Path, at: datetime) -> bool:
    """True for a site of ours, by its metadata.json, whose time for deletion has come."""
    try:
        about = json.loads((folder / "metadata.json").read_text("utf-8"))
        return about["project_id"] == folder.name and parse_time(about["expires_at"]) <= at - GRACE
    except (OSError, ValueError, TypeError, KeyError, LedgerError):
        return False

"""A home again from a backup; `published/` again from git: after a restore, a lost disk, or a hand that went astray."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from protogen import home
from protogen.config import Settings
from protogen.ledger import Ledger, LedgerError, WorkerLock
from protogen.ledger.recovery import recover
from protogen.passphrase import mark_locked
from protogen.prune import Pruned, collect, prune
from protogen.publish import publish, tidy
from protogen.verify import differs, live_sites


@dataclass(frozen=True, slots=True)
class Restored:
    """Projects that were written (again), those that were as they should be, and what had expired."""

    written: tuple[str, ...]
    right: tuple[str, ...]
    pruned: Pruned


def restore(settings: Settings, mirror: Path, key: Path | None, at: datetime) -> Restored:
    """Make a home again that has no jobs, from a mirror of its ledger and the copy of its key.

    What has expired since is deleted before anything is published, and erased. Raises LedgerError, WorkerBusy among
    them, PublishError, or ConfigError where a folder cannot be made.
    """
    home.ready(settings).close()
    with WorkerLock(settings.ledger_dir):
        recover(settings.ledger_dir, mirror, key)
        with Ledger(settings.ledger_dir) as ledger:
            done = publish_all(settings, ledger, at)
            collect(settings, ledger)
    return done


def publish_all(settings: Settings, ledger: Ledger, at: datetime) -> Restored:
    """Make every site what git says, byte for byte. What has expired goes first, so that a backup from before
    never brings it back. A site that the ledger does not know (it came after the backup) stays until it expires.

    Raises LedgerError or PublishError.
    """
    pruned = prune(settings, ledger, at)
    tidy(settings.published_dir)
    mark_locked(ledger, settings)  # before what is locked is there to be seen
    written: list[str] = []
    right: list[str] = []
    for _, version in live_sites(ledger):
        project = version.project_id
        if differs(settings.published_dir / project, ledger.blobs(project, version.commit)):
            publish_one(settings, ledger, project)
            written.append(project)
        else:
            right.append(project)
    return Restored(tuple(written), tuple(right), pruned)


def publish_one(settings: Settings, ledger: Ledger, project: str) -> None:
    """Publish the site that a project's job has recorded. Raises LedgerError if there is none."""
    newest = ledger.versions(project)
    event = ledger.job(newest[-1].job) if newest else None
    if event is None or not event.content:
        raise LedgerError(f"The project {project} has no finished site in the ledger; see protogen list.")
    publish(ledger.prototype(project, event.content), settings.published_dir, project)
    again = ledger.job(event.job)
    if again and again.content and again.content != event.content:  # a new version came in between
        publish_one(settings, ledger, project)

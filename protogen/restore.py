"""`published/` again from git: after a restore, a lost disk, or a hand that went astray."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from protogen.config import Settings
from protogen.ledger import Ledger, LedgerError
from protogen.prune import Pruned, prune
from protogen.publish import publish, tidy, unpublish
from protogen.verify import differs, live_sites, strays

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Restored:
    """Projects by what became of them: written (again), found as they should be, taken away; and what expired."""

    written: tuple[str, ...]
    right: tuple[str, ...]
    removed: tuple[str, ...]
    pruned: Pruned


def publish_all(settings: Settings, ledger: Ledger, at: datetime) -> Restored:
    """Make `published/` what git says, byte for byte. What has expired goes first, so that a backup from
    before never brings it back. A site that no job has goes too, if it is one of ours by its metadata.json.

    Raises LedgerError or PublishError.
    """
    pruned = prune(settings, ledger, at)
    tidy(settings.published_dir)
    written: list[str] = []
    right: list[str] = []
    for _, version in live_sites(ledger):
        project = version.project_id
        if differs(settings.published_dir / project, ledger.blobs(project, version.commit)):
            publish_one(settings, ledger, project)
            written.append(project)
        else:
            right.append(project)
    projects = {each.project_id for each in ledger.prototypes()}
    removed = [
        name for name in strays(settings.published_dir, projects) if _is_ours(settings.published_dir / name)
    ]
    _remove(settings.published_dir, removed)
    return Restored(tuple(written), tuple(right), tuple(removed), pruned)


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


def _remove(published: Path, names: Iterable[str]) -> None:
    for name in names:
        unpublish(published, name)


def _is_ours(folder: Path) -> bool:
    try:
        about = json.loads((folder / "metadata.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(about, dict) and about.get("project_id") == folder.name

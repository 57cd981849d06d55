"""Ledger, refs and published files held against each other: what is wrong, and what to do about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from protogen.config import Settings
from protogen.job import Event, Status
from protogen.ledger import RESTORE, Ledger, Prototype
from protogen.prune import strays

DELETED_WITHIN = timedelta(hours=48)
REPUBLISH = "protogen publish --all"
UNKNOWN = "remove it, or leave it: a site that came after a backup goes when it expires"


class Fault(NamedTuple):
    """What is wrong, in a sentence, and the command or act that mends it."""

    what: str
    mend: str


def verify(settings: Settings, ledger: Ledger, at: datetime) -> list[Fault]:
    """Everything that is not as it should be; empty when all is well. Changes nothing. Works while `up` runs."""
    faults = [Fault(what, mend) for what, mend in ledger.check()]
    if any(fault.mend == RESTORE for fault in faults):
        return faults  # with a damaged ledger there is nothing to compare with
    return [*faults, *_overdue(ledger, at), *published_faults(settings, ledger)]


def published_faults(settings: Settings, ledger: Ledger) -> list[Fault]:
    """Published folders that are not, byte for byte, what git has; of a job in hand nothing is said."""
    found = _published(settings, ledger)
    faults = [Fault(f"{settings.published_dir / name} {found[name]}.", REPUBLISH) for name in sorted(found)]
    return faults + [
        Fault(f"{settings.published_dir / name} is a site that the ledger does not know.", UNKNOWN)
        for name in strays(settings, ledger)
    ]


def live_sites(ledger: Ledger) -> Iterator[tuple[Event, Prototype]]:
    """Every job that has a site, with that version; those in hand left out."""
    for newest in ledger.prototypes():
        event = ledger.job(newest.job)
        if event and event.content and event.status not in (Status.PROCESSING, Status.EXPIRED):
            yield event, ledger.version(event.content)


def differs(folder: Path, blobs: Mapping[str, str]) -> str:
    """In what way a folder is not the files of `blobs` (name to git blob id); empty if it is."""
    if not folder.is_dir():
        return "is not published"
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not _is_folder(path)}
    for name in sorted(blobs.keys() | found.keys()):
        if name not in found:
            return f"lacks {name}"
        if name not in blobs:
            return f"has {name}, which is not in git"
        if found[name].is_symlink() or _blob_id(found[name]) != blobs[name]:
            return f"has another {name} than git"
    return ""


def _published(settings: Settings, ledger: Ledger) -> dict[str, str]:
    found: dict[str, str] = {}
    for event, version in live_sites(ledger):
        what = differs(
            settings.published_dir / version.project_id, ledger.blobs(version.project_id, version.commit)
        )
        if what and ledger.job(event.job) == event:  # it has not moved on while we looked
            found[version.project_id] = what
    return found


def _overdue(ledger: Ledger, at: datetime) -> Iterator[Fault]:
    for event in ledger.expired(at - DELETED_WITHIN):
        yield Fault(
            f"The job {event.job} expired on {event.expires_at:%Y-%m-%d} and is not deleted.",
            "protogen prune",
        )
    if ledger.rubbish_since and ledger.rubbish_since < at - DELETED_WITHIN:
        yield Fault("What was deleted is still on the disk.", "protogen prune")


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _blob_id(path: Path) -> str:
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()

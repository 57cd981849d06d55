"""The ledger held against itself: objects whole, events that follow from one another, refs where main says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from protogen.files import write_file
from protogen.job import Event, Status
from protogen.ledger.archive import Archive, prototype_ref, submission_ref
from protogen.ledger.audit import check_next
from protogen.ledger.errors import LedgerError, disk_error
from protogen.ledger.eventlog import EventLog
from protogen.ledger.locks import CORNER
from protogen.ledger.repository import Repository

RESTORE = "bring the ledger back from a backup (docs/operating.md)"
RESTART = "restart protogen up: it puts this right at its start"

Fault = tuple[str, str]
"""What is wrong, in a sentence, and what to do about it."""


def probe(ledger: Path) -> None:
    """Write a byte where the ledger is, and take it away again. Raises LedgerError where that cannot be."""
    for folder in (ledger / "objects", ledger / "refs" / "heads", ledger / "refs" / "jobs"):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise LedgerError(f"The ledger's folder {folder} cannot be written; see protogen doctor.")
    path = ledger / CORNER / "probe"
    try:
        write_file(path, b"\n", mode=0o600)
        path.unlink()
    except OSError as error:
        raise disk_error(ledger, error) from error


def faults(git: Repository, log: EventLog, archive: Archive) -> Iterator[Fault]:
    """Everything that is wrong in the ledger. Called inside `EventLog.writing`, so that nothing moves."""
    for line in git.check():
        yield f"git fsck says: {line}.", RESTORE
    newest: dict[str, Event] = {}
    try:
        for _, event in log.events():
            try:
                check_next(newest.get(event.job), event)
            except LedgerError as error:
                yield f"Main holds an event that does not follow: {error}", RESTORE
            newest[event.job] = event
        for ref, _, _ in log.behind():
            yield f"{ref} is not at its job's newest event.", RESTART
        yield from _contents(archive, newest)
    except LedgerError as error:
        yield str(error), RESTORE


def _contents(archive: Archive, jobs: dict[str, Event]) -> Iterator[Fault]:
    submissions = archive.submissions()
    tips = {each.job: each for each in archive.prototypes()}
    for job, event in jobs.items():
        if event.status is Status.EXPIRED:
            continue
        if job not in submissions:
            yield f"{submission_ref(job)} is missing: what was sent for that job is lost.", RESTORE
        if event.content and job not in tips:
            yield f"The site of job {job} is missing.", RESTORE
        elif event.content and event.status.final and tips[job].commit != event.content:
            yield f"{prototype_ref(tips[job].project_id)} is not what its job has recorded.", RESTART
    known = {job for job, event in jobs.items() if event.status is not Status.EXPIRED}
    for job in submissions.keys() - known:
        yield f"{submission_ref(job)} belongs to no job that is kept.", RESTART
    for job in tips.keys() - known:
        yield f"{prototype_ref(tips[job].project_id)} belongs to no job that is kept.", RESTART

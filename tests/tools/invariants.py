"""What must hold in a home once everything in it is done, whatever happened on the way: plain git and plain files.

Not by the program's own `verify`, which is asked as well, but by git itself where git can answer.
"""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from protogen.config import Settings
from protogen.job import Event, Status, now
from protogen.ledger import Ledger
from protogen.verify import verify

_LEDGER_LOCKS = {"protogen/ledger.lock", "protogen/worker.lock"}  # flock(2) files, which always stand


def broken(settings: Settings, jobs: int = 1, attempts: int = 3) -> list[str]:
    """What does not hold, in words; empty when all is well.

    `jobs` jobs are completed, each accepted once, published once, and begun at most `attempts` times; each has one
    project of one version, whose folder is git's, byte for byte; nothing half-done lies about.
    """
    return [
        *_left_over(settings),
        *_git_says(settings.ledger_dir),
        *_jobs(settings, jobs, attempts),
    ]


def git(ledger: Path, *arguments: str) -> str:
    """What plain git prints, both streams, whether it succeeds or not."""
    done = subprocess.run(
        ["git", "-C", str(ledger), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"},
    )
    return done.stdout


def _left_over(settings: Settings) -> Iterator[str]:
    for path in settings.inbox_dir.iterdir():
        if path.name not in ("rejected", ".same"):
            yield f"{path.name} is left in the inbox"
    for path in (settings.inbox_dir / "rejected").glob("*"):
        yield f"{path.name} was rejected"
    for path in settings.published_dir.glob(".*"):
        yield f"{path.name} is left in the published folder"
    for path in settings.ledger_dir.rglob("*.lock"):
        name = path.relative_to(settings.ledger_dir).as_posix()
        if name not in _LEDGER_LOCKS:
            yield f"the lock {name} is left"
    if (settings.ledger_dir / "protogen" / "scratch").exists():
        yield "the scratch file is left"


def _git_says(ledger: Path) -> Iterator[str]:
    for line in git(ledger, "fsck", "--full", "--strict", "--no-dangling", "--no-progress").splitlines():
        yield f"git fsck: {line}"
    newest: dict[str, str] = {}
    for line in git(
        ledger, "log", "--format=%H %(trailers:key=Job,valueonly,separator=%x20)", "main"
    ).splitlines():
        sha, _, job = line.partition(" ")
        newest.setdefault(f"refs/jobs/{job}", sha)
    lines = git(ledger, "for-each-ref", "--format=%(refname) %(objectname)", "refs/jobs").splitlines()
    refs = dict(line.split(" ") for line in lines)
    if refs != newest:
        yield f"refs/jobs says {refs}, main says {newest}"


def _jobs(settings: Settings, jobs: int, attempts: int) -> Iterator[str]:
    with Ledger(settings.ledger_dir) as ledger:
        events = ledger.jobs()
        if len(events) != jobs:
            yield f"{len(events)} jobs, not {jobs}"
        for event in events:
            yield from _history(ledger, event, attempts)
        projects = ledger.prototypes()
        for name, count in Counter(project.job for project in projects).items():
            if count != 1:
                yield f"job {name} has {count} projects"
        if {project.job for project in projects} != {event.job for event in events}:
            yield "a job has no project, or a project no job"
        for project in projects:
            if project.number != 1:
                yield f"{project.project_id} has {project.number} versions"
            folder = settings.published_dir / project.project_id
            found = {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file()
            }
            if found != ledger.prototype(project.project_id):
                yield f"{project.project_id} is not published as git has it"
        published = {path.name for path in settings.published_dir.iterdir()}
        if published != {project.project_id for project in projects}:
            yield f"published are {published}"
        yield from (f"verify: {fault.what}" for fault in verify(settings, ledger, now()))


def _history(ledger: Ledger, event: Event, attempts: int) -> Iterator[str]:
    history = ledger.history(event.job)
    way = " ".join(f"{each.status}:{each.attempt}" for each in history)
    counts = Counter(each.status for each in history)
    if event.status is not Status.COMPLETED or counts[Status.COMPLETED] != 1:
        yield f"job {event.job} went {way}"
    if not 1 <= event.attempt <= attempts:
        yield f"job {event.job} took {event.attempt} attempts: {way}"
    accepted = [each for each in history if each.status is Status.PENDING and not each.error]
    if len(accepted) != 1:
        yield f"job {event.job} was accepted {len(accepted)} times: {way}"

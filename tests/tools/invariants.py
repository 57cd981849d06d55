"""What must hold in a home once everything in it is done, whatever happened on the way: plain git and plain files.

Not by the program's own `verify`, which is asked as well, but by git itself where git can answer.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from protogen.config import Settings
from protogen.job import Event, Status, now
from protogen.ledger import Ledger
from protogen.verify import verify

_LEDGER_LOCKS = {"protogen/ledger.lock", "protogen/worker.lock"}  # flock(2) files, which always stand


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should have become of all: `jobs` jobs are completed, each with one project of `versions` versions, and
    none of those was begun more than `attempts` times."""

    jobs: int = 1
    versions: int = 1
    attempts: int = 2


def broken(settings: Settings, wanted: Wanted = Wanted()) -> list[str]:
    """What does not hold, in words; empty when all is well.

    Each job was accepted once, published once a version, and counted each attempt; its folder is git's, byte for
    byte; nothing half-done lies about.
    """
    return [
        *_left_over(settings),
        *_git_says(settings.ledger_dir),
        *_jobs(settings, wanted),
    ]


def remembered(settings: Settings) -> list[str]:
    """What is still there of the one job, which has been deleted; empty when all is well."""
    found = [*_left_over(settings), *_git_says(settings.ledger_dir)]
    found += [f"{path} is still published" for path in settings.published_dir.iterdir()]
    refs = git(settings.ledger_dir, "for-each-ref", "--format=%(refname)").split()
    found += [f"{ref} is still there" for ref in refs if re.match("refs/(submissions|prototypes)/", ref)]
    batch = git(settings.ledger_dir, "cat-file", "--batch-all-objects", "--batch-check", "--unordered")
    objects = [line.split()[:2] for line in batch.splitlines()]
    found += [f"{kind} {sha} can still be read" for sha, kind in objects if kind == "blob"]
    found += [f"{path.name} is left" for path in (settings.ledger_dir / "objects").rglob("tmp_*")]
    with Ledger(settings.ledger_dir) as ledger:
        found += [
            f"job {event.job} is {event.status}" for event in ledger.jobs() if event.status != "expired"
        ]
        found += [f"verify: {fault.what}" for fault in verify(settings, ledger, now())]
        if len(ledger.jobs()) != 1:
            found.append(f"there are {len(ledger.jobs())} jobs")
        if ledger.rubbish_since:
            found.append("it is still to be collected")
    return found


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


def _jobs(settings: Settings, wanted: Wanted) -> Iterator[str]:
    with Ledger(settings.ledger_dir) as ledger:
        events = ledger.jobs()
        if len(events) != wanted.jobs:
            yield f"{len(events)} jobs, not {wanted.jobs}"
        for event in events:
            yield from _history(ledger, event, wanted)
        projects = ledger.prototypes()
        for name, count in Counter(project.job for project in projects).items():
            if count != 1:
                yield f"job {name} has {count} projects"
        if {project.job for project in projects} != {event.job for event in events}:
            yield "a job has no project, or a project no job"
        for project in projects:
            if project.number != wanted.versions:
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


def _history(ledger: Ledger, event: Event, wanted: Wanted) -> Iterator[str]:
    history = ledger.history(event.job)
    way = " ".join(f"{each.status}:{each.attempt}" for each in history)
    counts = Counter(each.status for each in history)
    if event.status is not Status.COMPLETED or counts[Status.COMPLETED] != wanted.versions:
        yield f"job {event.job} went {way}"
    asked = [
        each for each in history if each.status is Status.PENDING and not each.attempt and not each.error
    ]
    if len(asked) != wanted.versions:
        yield f"job {event.job} was asked for {len(asked)} times: {way}"
    begun = 0
    for each in history:
        if each.status is Status.PENDING and not each.attempt:
            begun = 0  # asked for, or put back for want of room
        begun += each.status is Status.PROCESSING
        if each.attempt != begun:
            yield f"job {event.job} counts {each.attempt} attempts where {begun} were begun: {way}"
    if not 1 <= event.attempt <= wanted.attempts:
        yield f"job {event.job} took {event.attempt} attempts: {way}"

"""The ledger at 1,000, 10,000 and 100,000 jobs, and the deletion of 1,000 expired prototypes of 10,000.

`python -m bench.ledger [--jobs 1000 10000 100000] [--prototypes 10000 --expired 1000]` writes two sections of
RESULTS.md. The ledgers are made by git-fast-import(1) as a year of work would leave them: packed by the last gc.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench.results import table, write_section
from protogen.config import Settings
from protogen.job import Event, Rung, StageTrace, Status, new_job_id, now
from protogen.ledger import Ledger
from protogen.ledger.trailers import event_message, version_message
from protogen.prune import collect, prune

SAMPLES = 300
STAGES = tuple(
    StageTrace(name, Rung.FIELDS, "qwen2.5-coder-1.5b-instruct", 2000, 120, 7000)
    for name in ("brief", "structure", "style", "behaviour", "content")
)
WHO = "protogen <protogen@localhost>"


def main() -> int:
    """Measure and write."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="protogen-bench-") as folder:
        rows = [_measure(Path(folder) / str(count), count) for count in options.jobs]
        names = list(rows[0])
        cells = [[name, *(row[name] for row in rows)] for name in names]
        head = ["", *(f"{count:,} jobs" for count in options.jobs)]
        notes = [
            "",
            "Milliseconds, medians; three events a job. `plain git` is one commit and one ref by two processes",
            "(`git hash-object`, `git update-ref`) with the same settings, and one look-up by a running",
            "`git cat-file --batch`, in the same run.",
        ]
        print(write_section("The ledger at scale", [*table(head, cells), *notes]))
        if options.prototypes:
            facts = _pruning(Path(folder) / "prune", options.prototypes, options.expired)
            title = "Deleting what has expired"
            print(write_section(title, table(["", ""], facts.items())))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.ledger", description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--prototypes", type=int, default=10_000)
    parser.add_argument("--expired", type=int, default=1_000)
    return parser.parse_args()


# Looking and writing


def _measure(home: Path, count: int) -> dict[str, str]:
    settings = _home(home)
    jobs = _fill(settings.ledger_dir, [_Made(new_job_id()) for _ in range(count)], files=None)
    some = random.Random(0).choices(jobs, k=SAMPLES)
    begin = time.perf_counter()
    with Ledger(settings.ledger_dir) as ledger:
        ledger.reconcile()
        ledger.claim(now())
        started = time.perf_counter() - begin
        status = _median(lambda job: ledger.job(job), some)
        newest = _median(lambda _: ledger.jobs(limit=50), range(50))
        accepted = [_pending() for _ in range(SAMPLES)]
        accept = _median(
            lambda event: ledger.accept(event, {"submission.yaml": b"description: bread"}), accepted
        )
        claimed: list[Event] = []
        claim = _median(lambda _: claimed.append(_found(ledger.claim(now()))), accepted)
        back = [replace(event, status=Status.PENDING, attempt=0) for event in claimed]
        record = _median(lambda event: ledger.record(event), back)
        place = _median(lambda event: ledger.place(event.job), claimed[:50])
    with Ledger(settings.ledger_dir) as cold:
        first = time.perf_counter()
        cold.jobs(limit=50)
        listed = time.perf_counter() - first
    plain, look = _plain_git(settings.ledger_dir, some)
    return {
        "status of one job": _ms(status),
        "status by plain git": _ms(look),
        "newest 50": _ms(newest),
        "newest 50, in a process of its own": _ms(listed),
        "place in the queue (300 wait)": _ms(place),
        "an event, durable": _ms(record),
        "plain git, two processes": _ms(plain),
        "claim of the next": _ms(claim),
        "accept (files, commit, event)": _ms(accept),
        "start (seconds)": f"{started:.2f}",
    }


def _plain_git(ledger: Path, jobs: list[str]) -> tuple[float, float]:
    """Seconds of a commit and a ref by two processes, and of one look-up by a running `cat-file --batch`."""
    git = ["git", "-C", str(ledger), "-c", "core.fsync=all"]
    body = f"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor {WHO} 0 +0000\ncommitter {WHO} 0 +0000\n\n{{}}\n"

    def write(number: int) -> None:
        text = body.format(number).encode()
        sha = subprocess.run(
            [*git, "hash-object", "-w", "-t", "commit", "--stdin"],
            input=text,
            capture_output=True,
            check=True,
        )
        subprocess.run(
            [*git, "update-ref", f"refs/heads/plain-{number % 10}", sha.stdout.strip()], check=True
        )

    writing = _median(write, range(50))
    with subprocess.Popen(
        [*git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None

        def look(job: str) -> None:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(f"refs/jobs/{job}\n".encode())
            child.stdin.flush()
            size = int(child.stdout.readline().split()[2])
            child.stdout.read(size + 1)

        return writing, _median(look, jobs)


# Deleting


def _pruning(home: Path, count: int, expired: int) -> dict[str, str]:
    settings = _home(home)
    old = now() - timedelta(days=40)
    made = [
        _Made(new_job_id(), f"site-{n}", old if n % (count // expired) == 0 else None) for n in range(count)
    ]
    _fill(settings.ledger_dir, made, _site)
    mirror = home / "mirror.git"
    with Ledger(settings.ledger_dir) as ledger:
        ledger.mirror_to(mirror)
        theirs = {blob for each in made if each.old for blob in _blobs(settings.ledger_dir, each)}
        before, of_them = _bytes(settings.ledger_dir), sum(map(len, map(_packed, (e for e in made if e.old))))
        begin = time.perf_counter()
        pruned = prune(settings, ledger, now())
        forgotten = time.perf_counter() - begin
        collect(settings, ledger)
        collected = time.perf_counter() - begin - forgotten
        ledger.mirror_to(mirror)
        after = _bytes(settings.ledger_dir)
        left, there = _readable(settings.ledger_dir, theirs), _readable(mirror, theirs)
    fsck = [
        "git",
        "-C",
        str(settings.ledger_dir),
        "fsck",
        "--full",
        "--strict",
        "--no-dangling",
        "--no-progress",
    ]
    faults = subprocess.run(fsck, capture_output=True, text=True, check=False)
    assert len(pruned.jobs) == expired
    return {
        "prototypes, expired": f"{count:,}, {expired:,}",
        "forgotten (events, refs, folders)": f"{forgotten:.1f} s",
        "collected (git gc)": f"{collected:.1f} s",
        "bytes before": f"{before:,}",
        "bytes after": f"{after:,}",
        "bytes of the expired": f"{of_them:,}",
        "given back": f"{(before - after) / of_them:.1%}",
        "blobs of theirs": f"{len(theirs):,}",
        "still readable (`git cat-file -e`)": str(left),
        "still readable in the mirror": str(there),
        "git fsck": (faults.stdout + faults.stderr).strip() or "clean",
    }


def _site(project: str) -> dict[str, bytes]:
    """Files that do not compress, as fonts and pictures do not, and no two sites share."""
    noise = random.Random(project)
    names = ("index.html", "styles.css", "script.js", "assets/fonts/a.woff2", "assets/images/hero.svg")
    return {name: noise.randbytes(6_000) for name in names}


def _packed(made: _Made) -> bytes:
    return b"".join(_site(made.project).values())


def _blobs(ledger: Path, made: _Made) -> list[str]:
    command = ["git", "-C", str(ledger), "ls-tree", "-r", "--object-only", f"refs/prototypes/{made.project}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def _readable(repository: Path, objects: set[str]) -> int:
    command = ["git", "-C", str(repository), "cat-file", "--batch-check"]
    asked = "\n".join(sorted(objects)) + "\n"
    lines = subprocess.run(
        command, input=asked, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return sum(not line.endswith(" missing") for line in lines)


def _bytes(folder: Path) -> int:
    reserve = folder / "protogen" / "reserve"
    sizes = (path.lstat().st_blocks * 512 for path in folder.rglob("*") if path != reserve)
    return sum(sizes)


# Making ledgers


class _Made:
    """A job to be put into a ledger; `old` is when one that has expired came in."""

    def __init__(self, job: str, project: str = "", old: object = None) -> None:
        self.job, self.project, self.old = job, project, old


def fill(ledger: Path, jobs: list[str]) -> list[str]:
    """A ledger with these jobs, all completed, without their sites."""
    return _fill(ledger, [_Made(job) for job in jobs], None)


def _fill(ledger: Path, made: list[_Made], files: Callable[[str], dict[str, bytes]] | None) -> list[str]:
    Ledger.create(ledger).close()
    command = ["git", "-C", str(ledger), "fast-import", "--quiet", "--force"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as importer:
        assert importer.stdin is not None
        for chunk in _stream(made, files):
            importer.stdin.write(chunk)
        importer.stdin.close()
    assert importer.returncode == 0
    with Ledger(ledger) as opened:
        opened.collect()
    return [each.job for each in made]


def _stream(made: list[_Made], files: Callable[[str], dict[str, bytes]] | None) -> Iterator[bytes]:
    mark, base = 0, now() - timedelta(days=1)
    for number, each in enumerate(made):
        at = (each.old or base) + timedelta(seconds=number)
        event = Event(each.job, Status.PENDING, at, at, submission=f"{number:032x}", request=f"{number:032x}")
        mark += 1
        yield _commit(
            f"refs/submissions/{each.job}",
            mark,
            f"Submission of {each.job}\n\nJob: {each.job}\n",
            at,
            {
                "submission.yaml": f"description: bread {number}\n".encode(),
                "project-id": each.project.encode(),
            },
        )
        done = replace(
            event,
            status=Status.COMPLETED,
            attempt=1,
            expires_at=at + timedelta(days=30),
            size=30_000,
            duration_ms=60_000,
            stages=STAGES,
            content="0" * 40,
        )
        if files:
            message = version_message(each.project, 1, replace(done, content=""))
            mark += 1
            yield _commit(f"refs/prototypes/{each.project}", mark, message, at, files(each.project))
        for step in (event, replace(event, status=Status.PROCESSING, attempt=1), done):
            mark += 1
            yield _commit("refs/heads/main", mark, event_message(step), at, {})
        yield f"reset refs/jobs/{each.job}\nfrom :{mark}\n\n".encode()


def _commit(ref: str, mark: int, message: str, at: object, files: dict[str, bytes]) -> bytes:
    stamp = f"{WHO} {int(at.timestamp())} +0000"  # type: ignore[attr-defined]
    body = message.encode()
    head = f"commit {ref}\nmark :{mark}\nauthor {stamp}\ncommitter {stamp}\ndata {len(body)}\n".encode()
    contents = [
        f"M 100644 inline {name}\ndata {len(data)}\n".encode() + data + b"\n" for name, data in files.items()
    ]
    return head + body + b"\n" + b"".join(contents) + b"\n"


# Small things


def _home(folder: Path) -> Settings:
    settings = Settings(home=folder)
    for each in (settings.inbox_dir, settings.published_dir, settings.run_dir):
        each.mkdir(parents=True)
    return settings


def _pending() -> Event:
    return Event(new_job_id(), Status.PENDING, now(), now())


def _found(event: Event | None) -> Event:
    assert event is not None
    return event


def _median(act: Callable[[object], object], over: object) -> float:
    times = []
    for each in over:  # type: ignore[attr-defined]
        begin = time.perf_counter()
        act(each)
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


if __name__ == "__main__":
    sys.exit(main())

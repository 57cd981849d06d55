"""Expiry: what goes, when, everywhere, and that it cannot be read any more."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from protogen import prune as prune_module
from protogen.config import Settings
from protogen.hooks import outbox
from protogen.hooks.outbox import Message, message_id
from protogen.intake.quarantine import quarantine
from protogen.job import Status
from protogen.ledger import Ledger, LedgerError
from protogen.ledger.repository import Repository
from protogen.lifecycle import cancel, retry
from protogen.prune import GRACE, collect, doomed, prune
from protogen.publish import PublishError
from tools.jobs import claimed, failed, hand_in, job_of, made

AT = datetime(2025, 11, 23, 22, 25, tzinfo=UTC)
EXPIRY = AT + timedelta(days=30)
DUE = EXPIRY + GRACE
SECOND = timedelta(seconds=1)


@pytest.fixture
def ledger(home: Settings) -> Iterator[Ledger]:
    with Ledger.create(home.ledger_dir) as ledger:
        yield ledger


def git(ledger: Ledger, *arguments: str) -> str:
    command = ["git", "-C", str(ledger.path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def blobs(repository: Path) -> set[str]:
    """Every object that git can still read there."""
    command = [
        "git",
        "-C",
        str(repository),
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname) %(objecttype)",
    ]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {line.split()[0] for line in lines if line.endswith("blob")}


def readable(repository: Path, objects: set[str]) -> set[str]:
    """Those of the objects that `git cat-file -e` finds."""
    command = ["git", "-C", str(repository), "cat-file", "-e"]
    return {each for each in objects if subprocess.run([*command, each], capture_output=True).returncode == 0}


def test_nothing_goes_before_its_time(home: Settings, ledger: Ledger) -> None:
    """Not at the expiry, when the site answers 410, but 36 hours later: within 48 and not within a day."""
    event = made(home, ledger, AT)
    for at in (EXPIRY, EXPIRY + timedelta(days=1), DUE - SECOND):
        assert doomed(ledger, at) == []
        assert prune(home, ledger, at).jobs == ()
    assert doomed(ledger, DUE) == [event]
    assert prune(home, ledger, DUE).jobs == (event.job,)
    assert timedelta(days=1) < GRACE < timedelta(hours=48)


def test_all_that_is_kept_of_a_customer_goes(home: Settings, ledger: Ledger) -> None:
    """Folder, submission, every version; `expired` remains, with nothing of the customer's in it."""
    event = made(home, ledger, AT)
    ledger.keep(event.job, {"record.json": b"what the AI was asked", "failure.txt": b"why"}, AT)
    kept = made(home, ledger, AT + timedelta(days=9), "orbit-2kq7m", {"index.html": b"kept"})
    mine = blobs(ledger.path) - set(ledger.blobs("orbit-2kq7m", kept.content).values())
    theirs = blobs(ledger.path) - mine
    assert prune(home, ledger, DUE).projects == ("fern-flour-7k2mq",)
    assert [path.name for path in home.published_dir.iterdir()] == ["orbit-2kq7m"]
    gone = job_of(ledger, event.job)
    assert (gone.status, gone.content, gone.stages, gone.expires_at) == (Status.EXPIRED, "", (), EXPIRY)
    assert ledger.versions("fern-flour-7k2mq") == []
    with pytest.raises(LedgerError, match="is not in the ledger"):
        ledger.submission(event.job)
    mine -= {each for each in mine if each in set(git(ledger, "rev-list", "--objects", "--all").split())}
    assert readable(ledger.path, mine) == mine != set()
    collect(home, ledger)
    assert readable(ledger.path, mine) == set()
    assert readable(ledger.path, theirs) == theirs
    assert ledger.rubbish_since is None
    assert git(ledger, "fsck", "--strict", "--no-dangling") == ""
    assert ledger.check() == []


def test_a_submission_without_a_site_goes_too(home: Settings, ledger: Ledger) -> None:
    """Failed and cancelled jobs: what was sent is kept for as long as a site would be."""
    bad = failed(home, ledger, AT)
    called_off = cancel(ledger, home, hand_in(home, ledger, AT), AT)
    waiting = hand_in(home, ledger, AT)
    assert set(prune(home, ledger, DUE).jobs) == {bad.job, called_off.job}
    assert ledger.submission(waiting)


def test_a_new_version_that_still_waits_goes_with_its_site(home: Settings, ledger: Ledger) -> None:
    """A version does not extend the expiry; one that is being made in this moment ends first."""
    event = made(home, ledger, AT)
    retry(ledger, event.job, DUE, new_version=True)
    in_hand = ledger.claim(DUE)
    assert in_hand is not None
    assert prune(home, ledger, DUE).jobs == ()
    ledger.record(replace(in_hand, status=Status.PENDING, at=DUE))
    assert prune(home, ledger, DUE).jobs == (event.job,)
    assert ledger.claim(DUE) is None


def test_older_than_takes_what_is_over_whatever_was_promised(home: Settings, ledger: Ledger) -> None:
    """By the time they came in; what waits or is being made stays."""
    old, young = made(home, ledger, AT), made(home, ledger, AT + 5 * SECOND, "orbit-2kq7m")
    hand_in(home, ledger, AT)
    claimed(home, ledger, AT)
    at = AT + timedelta(days=2)
    assert [event.job for event in doomed(ledger, at, timedelta(days=2))] == [old.job]
    assert prune(home, ledger, at, timedelta(days=2)).jobs == (old.job,)
    assert prune(home, ledger, at, timedelta(0)).jobs == (young.job,)
    assert len(ledger.jobs(Status.PENDING) + ledger.jobs(Status.PROCESSING)) == 2


def test_many_go_in_few_transactions(home: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each deletion of a packed ref rewrites the file of all of them: so they go in batches."""
    events = [made(home, ledger, AT, f"site-{number}") for number in range(7)]
    monkeypatch.setattr(prune_module, "BATCH", 3)
    moves: list[int] = []
    real = Repository.update_refs

    def counted(self: Repository, changes: list[tuple[str, str, str]]) -> None:
        moves.append(sum(not new for _, new, _ in changes))
        real(self, changes)

    monkeypatch.setattr(Repository, "update_refs", counted)
    assert prune(home, ledger, DUE).jobs == tuple(event.job for event in events)
    assert moves == [6, 6, 2]


@pytest.mark.parametrize("where", ["before it is recorded", "before the refs are gone"])
def test_a_pruning_that_was_cut_off_is_finished_by_the_next(
    where: str, home: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is gone already: the next run takes the rest, and nothing comes back."""
    events = [made(home, ledger, AT, f"site-{number}") for number in range(3)]
    real = Repository.update_refs

    def cut(self: Repository, changes: list[tuple[str, str, str]]) -> None:
        if where == "before the refs are gone":
            real(self, [change for change in changes if change[1]][:3])  # main and the first two jobs' refs
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr(Repository, "update_refs", cut)
        with pytest.raises(KeyboardInterrupt):
            prune(home, ledger, DUE)
    assert list(home.published_dir.iterdir()) == []
    with Ledger(home.ledger_dir) as after:
        assert {job_of(after, event.job).status for event in events} == (
            {Status.COMPLETED} if where == "before it is recorded" else {Status.EXPIRED}
        )
        prune(home, after, DUE)
        assert {job_of(after, event.job).status for event in events} == {Status.EXPIRED}
        assert after.prototypes() == []
        assert after.check() == []
        collect(home, after)
        assert blobs(after.path) == set()


def test_what_cannot_be_unpublished_is_not_forgotten(
    home: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a site would stand for ever that nobody knows of."""
    event = made(home, ledger, AT)

    def stuck(folder: Path, project: str) -> None:
        raise PublishError("it is stuck")

    with monkeypatch.context() as broken:
        broken.setattr(prune_module, "unpublish", stuck)
        with pytest.raises(PublishError):
            prune(home, ledger, DUE)
    assert doomed(ledger, DUE) == [event]
    assert prune(home, ledger, DUE).jobs == (event.job,)


def test_an_erased_site_cannot_be_read_through_a_ledger_that_was_open_meanwhile(
    home: Settings, ledger: Ledger
) -> None:
    """Its running git still maps the pack that is gone; it starts again."""
    event = made(home, ledger, AT)
    collect(home, ledger)
    with Ledger(home.ledger_dir) as other:
        assert other.prototype("fern-flour-7k2mq")
        prune(home, ledger, DUE)
        collect(home, ledger)
        with pytest.raises(LedgerError):
            other.version(event.content)
        assert job_of(other, event.job).status is Status.EXPIRED


def test_a_mirror_forgets_what_was_deleted(home: Settings, ledger: Ledger, tmp_path: Path) -> None:
    """Brought up to date after a pruning, no blob of it can be read there."""
    made(home, ledger, AT)
    mirror = tmp_path / "mirror.git"
    ledger.mirror_to(mirror)
    held = blobs(mirror)
    assert held == blobs(ledger.path) != set()
    prune(home, ledger, DUE)
    collect(home, ledger)
    ledger.mirror_to(mirror)
    assert readable(mirror, held) == set()
    refs = ["for-each-ref", "--format=%(refname) %(objectname)"]
    command = ["git", "-C", str(mirror), *refs]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == git(ledger, *refs)


def test_a_mirror_that_cannot_be_written_is_named(ledger: Ledger, tmp_path: Path) -> None:
    """And not the ledger, which is well."""
    (tmp_path / "elsewhere").write_text("no folder")
    mirror = tmp_path / "elsewhere" / "mirror.git"
    with pytest.raises(LedgerError, match=re.escape(f"The mirror at {mirror} cannot be written: ")):
        ledger.mirror_to(mirror)


def test_what_was_left_in_the_inbox_goes_after_the_same_time(home: Settings, ledger: Ledger) -> None:
    """Rejected drops and files that belong to none; a drop that waits stays."""
    rejected = quarantine(_drop(home.inbox_dir / "bad.yaml"), "bad.yaml", "It says nothing.")
    orphan, waiting = _drop(home.inbox_dir / "menu.pdf"), _drop(home.inbox_dir / "good.yaml")
    left = (rejected, rejected.with_name("bad.yaml.error.txt"), orphan)
    soon, late = (datetime.now(UTC) + timedelta(days=30) + GRACE + SECOND * n for n in (-5, 5))
    assert prune(home, ledger, soon).dropped == ()
    assert prune(home, ledger, late).dropped == ("rejected/bad.yaml", "menu.pdf")
    assert not any(path.exists() for path in left)
    assert waiting.exists()


def _drop(path: Path) -> Path:
    path.write_text("description: bread", "utf-8")
    return path


def test_messages_about_an_expired_job_go_with_it(home: Settings, ledger: Ledger) -> None:
    """Out of the outbox, also at the run after one that was cut off; those about others stay."""
    gone, kept = made(home, ledger, AT), made(home, ledger, DUE, "orbit-2kq7m")
    for event in (gone, kept):
        outbox.put(home.outbox_dir, Message(message_id(event.job), "email", job=event.job))
    prune(home, ledger, DUE)
    assert [entry.message.job for entry in outbox.entries(home.outbox_dir)] == [kept.job]
    outbox.put(home.outbox_dir, Message(message_id(gone.job), "email", job=gone.job))
    prune(home, ledger, DUE)
    assert [entry.message.job for entry in outbox.entries(home.outbox_dir)] == [kept.job]

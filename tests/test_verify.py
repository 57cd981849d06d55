"""Verify finds each kind of damage and says what mends it; publish --all mends what is published."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from protogen import restore as restore_module
from protogen.config import Settings
from protogen.job import Status, new_job_id
from protogen.ledger import Ledger, LedgerError
from protogen.lifecycle import retry
from protogen.prune import GRACE, prune
from protogen.publish import publish
from protogen.restore import publish_all, publish_one
from protogen.verify import UNKNOWN, verify
from tools.jobs import SITE, claimed, failed, hand_in, job_of, made, version

AT = datetime(2025, 11, 23, 22, 25, tzinfo=UTC)
PROJECT = "fern-flour-7k2mq"
ABOUT = b'{"project_id": "fern-flour-7k2mq"}'
FILES = {**SITE, "metadata.json": ABOUT}


@pytest.fixture
def ledger(home: Settings) -> Iterator[Ledger]:
    with Ledger.create(home.ledger_dir) as ledger:
        yield ledger


def git(ledger: Ledger, *arguments: str) -> str:
    command = ["git", "-C", str(ledger.path), "-c", "user.name=x", "-c", "user.email=x@localhost", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def said(settings: Settings, ledger: Ledger, at: datetime = AT) -> list[str]:
    return [f"{what} – {mend}" for what, mend in verify(settings, ledger, at)]


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def busy_home(settings: Settings, ledger: Ledger) -> None:
    """A job in every state, a site of two versions, one that expired."""
    event = made(settings, ledger, AT, files=FILES)
    again = retry(ledger, event.job, AT, new_version=True)
    version(
        settings,
        ledger,
        ledger.claim(again.at) or event,
        PROJECT,
        AT,
        {"index.html": b"2", "metadata.json": ABOUT},
    )
    failed(settings, ledger, AT)
    made(settings, ledger, AT - timedelta(days=40), "gone-2kq7m")
    prune(settings, ledger, AT)
    in_hand = claimed(settings, ledger, AT, "orbit-2kq7m")
    ledger.add_version("orbit-2kq7m", replace(in_hand, expires_at=AT), {"index.html": b"being made"})
    hand_in(settings, ledger, AT)


def test_a_home_in_order_has_no_fault(home: Settings, ledger: Ledger) -> None:
    """A job in every state, one in hand with content that nobody published yet."""
    busy_home(home, ledger)
    assert {event.status for event in ledger.jobs()} == set(Status) - {Status.CANCELLED}
    assert said(home, ledger) == []


def test_a_new_home_has_no_fault(home: Settings, ledger: Ledger) -> None:
    """A ledger without a job; one that has lost every ref is not taken for it."""
    assert said(home, ledger) == []
    made(home, ledger, AT)
    for ref in git(ledger, "for-each-ref", "--format=%(refname)").splitlines():
        git(ledger, "update-ref", "-d", ref)
    with Ledger(home.ledger_dir) as again:
        assert any("bring the ledger back from a backup" in line for line in said(home, again))


def change(folder: Path) -> None:
    (folder / "index.html").write_bytes(b"defaced")


def remove(folder: Path) -> None:
    (folder / "assets" / "a.svg").unlink()


def add(folder: Path) -> None:
    (folder / "evil.php").touch()


def link(folder: Path) -> None:
    (folder / "index.html").unlink()
    (folder / "index.html").symlink_to("/etc/hostname")


def lose(folder: Path) -> None:
    folder.rename(folder.with_name(".away"))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (change, "has another index.html than git"),
        (remove, "lacks assets/a.svg"),
        (add, "has evil.php, which is not in git"),
        (link, "has another index.html than git"),
        (lose, "is not published"),
    ],
)
def test_a_published_site_that_is_not_what_git_has_is_found_and_mended(
    damage: Callable[[Path], None], words: str, home: Settings, ledger: Ledger
) -> None:
    """To the byte; and `publish --all` makes it so again."""
    busy_home(home, ledger)
    made(home, ledger, AT, "harp-2kq7m")
    folder = home.published_dir / "harp-2kq7m"
    damage(folder)
    assert said(home, ledger) == [f"{folder} {words}. – protogen publish --all"]
    done = publish_all(home, ledger, AT)
    assert (done.written, done.right) == (("harp-2kq7m",), (PROJECT,))
    assert contents(folder) == SITE
    assert said(home, ledger) == []


def test_published_is_made_again_from_git_byte_for_byte(home: Settings, ledger: Ledger) -> None:
    """All of it, after all of it was lost."""
    busy_home(home, ledger)
    before = contents(home.published_dir)
    modes = {path: path.stat().st_mode for path in home.published_dir.rglob("*")}
    home.published_dir.rename(home.published_dir.with_name("lost"))
    done = publish_all(home, ledger, AT)
    assert done.written == (PROJECT,)
    assert contents(home.published_dir) == before
    assert {path: path.stat().st_mode for path in home.published_dir.rglob("*")} == modes


def test_a_site_that_the_ledger_does_not_know_is_named_and_goes_when_it_expires(
    home: Settings, ledger: Ledger
) -> None:
    """It came after the backup; and whoever sets `published` to a folder of something else loses nothing."""
    made(home, ledger, AT, files=FILES)
    for name, about in {
        "after-2kq7m": '{"project_id": "after-2kq7m", "expires_at": "2025-12-23T22:25:00Z"}',
        "other": '{"project_id": "after-2kq7m", "expires_at": "2025-12-23T22:25:00Z"}',
        "blog": "[]",
        "list": '{"project_id": "list"}',
        "when": '{"project_id": "when", "expires_at": "soon"}',
    }.items():
        publish({"metadata.json": about.encode()}, home.published_dir, name)
    (home.published_dir / "a-file").touch()
    names = ["a-file", "after-2kq7m", "blog", "list", "other", "when"]
    assert said(home, ledger) == [
        f"{home.published_dir / name} is a site that the ledger does not know. – {UNKNOWN}" for name in names
    ]
    late = AT + timedelta(days=30) + GRACE
    assert publish_all(home, ledger, late - timedelta(seconds=1)).pruned.projects == ()
    assert prune(home, ledger, late).projects == (PROJECT, "after-2kq7m")
    assert {path.name for path in home.published_dir.iterdir()} == set(names) - {"after-2kq7m"}


def test_one_project_is_published_again(home: Settings, ledger: Ledger) -> None:
    """What its job has recorded; a project without a site says so."""
    event = made(home, ledger, AT)
    change(home.published_dir / PROJECT)
    publish_one(home, ledger, PROJECT)
    assert contents(home.published_dir / PROJECT) == SITE
    ledger.record(replace(event, status=Status.PENDING, content=""))
    for project in (PROJECT, "none"):
        with pytest.raises(LedgerError, match="has no finished site"):
            publish_one(home, ledger, project)


def test_a_new_version_that_comes_in_between_is_published_in_the_end(
    home: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker published it while the old one was being written."""
    event = made(home, ledger, AT)
    real = restore_module.publish

    def slow(files: dict[str, bytes], folder: Path, project: str) -> Path:
        monkeypatch.undo()
        again = retry(ledger, event.job, AT, new_version=True)
        version(home, ledger, ledger.claim(again.at) or event, PROJECT, AT, {"index.html": b"newer"})
        return real(files, folder, project)

    monkeypatch.setattr(restore_module, "publish", slow)
    publish_one(home, ledger, PROJECT)
    assert contents(home.published_dir / PROJECT) == {"index.html": b"newer"}


def test_a_restore_prunes_before_it_publishes(home: Settings, ledger: Ledger, tmp_path: Path) -> None:
    """What expired and was deleted since the backup does not come back, not for a moment."""
    made(home, ledger, AT - timedelta(days=20), "gone-2kq7m")
    event = made(home, ledger, AT, files=FILES)
    mirror = tmp_path / "mirror.git"
    clone = ["git", "clone", "--quiet", "--mirror", "--no-hardlinks"]
    subprocess.run([*clone, ledger.path, mirror], check=True)
    later = AT + timedelta(days=10) + GRACE
    prune(home, ledger, later)
    made(home, ledger, later, "after-2kq7m")
    ledger.close()
    home.ledger_dir.rename(tmp_path / "broken.git")
    subprocess.run([*clone, mirror, home.ledger_dir], check=True)
    with Ledger.create(home.ledger_dir) as restored:
        assert job_of(restored, event.job) == event
        assert restored.prototype("gone-2kq7m")
        done = publish_all(home, restored, later)
        assert done.pruned.projects == ("gone-2kq7m",)
        assert done.right == (PROJECT,)
        assert {path.name for path in home.published_dir.iterdir()} == {PROJECT, "after-2kq7m"}
        assert said(home, restored, later) == [
            f"{home.published_dir / 'after-2kq7m'} is a site that the ledger does not know. – {UNKNOWN}"
        ]
        assert restored.hash("x") == ledger.hash("x")
        assert home.ledger_dir.stat().st_mode & 0o077 == 0


# -- the ledger itself ------------------------------------------------------------------------------------


def test_a_lost_object_is_found_by_fsck(home: Settings, ledger: Ledger) -> None:
    """And nothing is compared with a ledger that is not whole."""
    event = made(home, ledger, AT)
    blob = ledger.blobs(PROJECT, event.content)["index.html"]
    (ledger.path / "objects" / blob[:2] / blob[2:]).unlink()
    lines = said(home, ledger)
    assert lines
    assert all("git fsck says" in line and "bring the ledger back from a backup" in line for line in lines)


def test_a_lost_event_is_said_and_not_a_traceback(home: Settings, ledger: Ledger) -> None:
    """Main itself has a hole."""
    made(home, ledger, AT)
    sha = git(ledger, "rev-parse", "main~1")
    (ledger.path / "objects" / sha[:2] / sha[2:]).unlink()
    with Ledger(home.ledger_dir) as again:
        assert any("backup" in line for line in said(home, again))


def test_a_ref_that_is_not_where_main_says_is_found(home: Settings, ledger: Ledger) -> None:
    """Behind, missing, of nobody; a start of the worker puts each right."""
    first, second = made(home, ledger, AT), made(home, ledger, AT, "orbit-2kq7m")
    hand_in(home, ledger, AT)
    stranger = new_job_id()
    git(ledger, "update-ref", f"refs/jobs/{first.job}", "main~3")
    git(ledger, "update-ref", "-d", f"refs/jobs/{second.job}")
    git(ledger, "update-ref", f"refs/submissions/{stranger}", f"refs/submissions/{first.job}")
    lines = said(home, ledger)
    assert len(lines) == 3
    assert all("restart protogen up" in line for line in lines)
    for name in (f"refs/jobs/{first.job}", f"refs/jobs/{second.job}", f"refs/submissions/{stranger}"):
        assert sum(name in line for line in lines) == 1
    ledger.reconcile()
    assert said(home, ledger) == []


def test_content_that_is_lost_is_found(home: Settings, ledger: Ledger) -> None:
    """A submission, a site, or a site that is not the one recorded."""
    first, second, third = (made(home, ledger, AT, f"site-{n}", {"index.html": b"%d" % n}) for n in range(3))
    git(ledger, "update-ref", "-d", f"refs/submissions/{first.job}")
    git(ledger, "update-ref", "-d", "refs/prototypes/site-1")
    ledger.add_version("site-2", third, {"index.html": b"nobody recorded this"})
    lines = "\n".join(what for what, _ in ledger.check())
    assert f"refs/submissions/{first.job} is missing" in lines
    assert f"The site of job {second.job} is missing" in lines
    assert "refs/prototypes/site-2 is not what its job has recorded" in lines


def test_what_an_expired_job_still_holds_is_found(home: Settings, ledger: Ledger) -> None:
    """A deletion that was cut off."""
    event = made(home, ledger, AT)
    refs = [f"refs/submissions/{event.job}", f"refs/prototypes/{PROJECT}"]
    commits = [git(ledger, "rev-parse", ref) for ref in refs]
    ledger.expire([event.job], AT)
    for ref, commit in zip(refs, commits, strict=True):
        git(ledger, "update-ref", ref, commit)
    lines = [what for what, _ in ledger.check()]
    assert lines == [f"{ref} belongs to no job that is kept." for ref in refs]
    ledger.reconcile()
    assert ledger.check() == []


def test_events_that_do_not_follow_are_found(home: Settings, ledger: Ledger) -> None:
    """Somebody wrote main by hand: a job that comes back from the dead."""
    event = made(home, ledger, AT)
    message = git(ledger, "log", "-1", "--format=%B", "main~1")  # processing
    commit = git(ledger, "commit-tree", "main^{tree}", "-p", "main", "-m", message)
    git(ledger, "update-ref", "refs/heads/main", commit)
    lines = [what for what, _ in ledger.check()]
    assert any(f"The job {event.job} is completed; it cannot become processing" in line for line in lines)


def test_what_is_overdue_is_found(home: Settings, ledger: Ledger) -> None:
    """48 hours after the expiry nothing may be there any more, nor on the disk."""
    event = made(home, ledger, AT)
    expiry = AT + timedelta(days=30)
    assert said(home, ledger, expiry + timedelta(hours=47)) == []
    assert said(home, ledger, expiry + timedelta(hours=49)) == [
        f"The job {event.job} expired on 2025-12-23 and is not deleted. – protogen prune"
    ]
    prune(home, ledger, expiry + GRACE)
    assert said(home, ledger) == []
    since = ledger.rubbish_since
    assert since is not None
    assert said(home, ledger, since + timedelta(hours=49)) == [
        "What was deleted is still on the disk. – protogen prune"
    ]

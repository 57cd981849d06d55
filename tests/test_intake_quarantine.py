"""`inbox/rejected/`: nothing is replaced, nothing stays for ever, and a drop that waits is never touched."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from protogen.files import move
from protogen.intake import fates
from protogen.intake import quarantine as module
from protogen.intake.quarantine import forget, quarantine, rejection
from protogen.job import new_job_id

LATER = datetime.now(UTC) + timedelta(days=1)  # a limit that all of a test's files are older than
REASON = "The file is empty; write the request in it."


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    path = tmp_path / "inbox"
    path.mkdir()
    return path


def reject(inbox: Path, name: str, days: float = 0, folder: bool = False) -> Path:
    """A drop that was rejected so many days ago."""
    drop = inbox / name
    if folder:
        (drop / "files").mkdir(parents=True)
        drop = drop / "files" / "menu.pdf"
    drop.write_bytes(b"x")
    target = quarantine(inbox / name, name, REASON)
    when = time.time() - days * 86_400
    os.utime(target.with_name(f"{target.name}.error.txt"), (when, when))
    return target


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_rejected_long_ago_goes_with_its_reason(inbox: Path) -> None:
    """Files and folders, by the time of the reason; what is newer stays as it is."""
    reject(inbox, "old.yaml", days=31)
    reject(inbox, "old", days=31, folder=True)
    reject(inbox, "new.yaml", days=29)
    assert forget(inbox, datetime.now(UTC) - timedelta(days=30)) == ["rejected/old", "rejected/old.yaml"]
    assert names(inbox / "rejected") == ["new.yaml", "new.yaml.error.txt"]
    assert forget(inbox, datetime.now(UTC) - timedelta(days=30)) == []


def test_the_reason_is_the_last_to_go(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash in between leaves what tells how old the rest is."""
    target = reject(inbox, "order", days=31, folder=True)

    def crash(path: Path) -> None:
        (path / "files" / "menu.pdf").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "remove_tree", crash)
        with pytest.raises(KeyboardInterrupt):
            forget(inbox, datetime.now(UTC) - timedelta(days=30))
    assert names(inbox / "rejected") == ["order", "order.error.txt"]
    assert forget(inbox, datetime.now(UTC) - timedelta(days=30)) == [f"rejected/{target.name}"]
    assert names(inbox / "rejected") == []


def test_halves_that_were_left_go_too(inbox: Path) -> None:
    """A reason without its drop, a drop without its reason; not before their time."""
    reject(inbox, "a.yaml").unlink()
    b = reject(inbox, "b.yaml")
    b.with_name("b.yaml.error.txt").unlink()
    assert forget(inbox, datetime.now(UTC) - timedelta(days=30)) == []
    assert forget(inbox, LATER) == ["rejected/a.yaml.error.txt", "rejected/b.yaml"]
    assert names(inbox / "rejected") == []


def test_a_drop_that_is_called_like_a_reason_is_a_drop(inbox: Path) -> None:
    """It goes by the time of its own reason."""
    reject(inbox, "order.yaml.error.txt", days=1)
    reject(inbox, "order.yaml", days=31)
    assert forget(inbox, datetime.now(UTC) - timedelta(days=30)) == ["rejected/order-2.yaml"]
    assert names(inbox / "rejected") == ["order.yaml.error.txt", "order.yaml.error.txt.error.txt"]


def test_what_cannot_be_removed_keeps_its_reason_and_holds_up_nothing(
    inbox: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and comes again the next time."""
    reject(inbox, "a", days=31, folder=True)
    reject(inbox, "b.yaml", days=31)

    def fail(path: Path) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(module, "remove_tree", fail)
        assert forget(inbox, datetime.now(UTC) - timedelta(days=30)) == ["rejected/b.yaml"]
    assert names(inbox / "rejected") == ["a", "a.error.txt"]
    assert "cannot be removed" in caplog.text
    assert forget(inbox, datetime.now(UTC) - timedelta(days=30)) == ["rejected/a"]


def test_links_are_removed_and_not_followed(inbox: Path, tmp_path: Path) -> None:
    """What a customer's link points at is not ours."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_bytes(b"x")
    for name in ("link.yaml", "left.bin"):
        (inbox / name).symlink_to(tmp_path / "precious")
    quarantine(inbox / "link.yaml", "link.yaml", REASON)
    assert forget(inbox, LATER) == ["rejected/link.yaml", "left.bin"]
    assert (tmp_path / "precious" / "file").exists()


# What was left in the inbox


def test_files_that_no_drop_names_go(inbox: Path) -> None:
    """With the unfinished work of writers that never came back, our own too."""
    (inbox / "menu.pdf").write_bytes(b"x")
    (inbox / "order.yaml.tmp").write_bytes(b"x")
    (inbox / ".tmp-abc").write_bytes(b"x")
    for name in (f"{new_job_id()}.tmp", ".taken-x", "upload.tmp"):
        (inbox / name / "files").mkdir(parents=True)
        (inbox / name / "files" / "a").write_bytes(b"x")
    assert forget(inbox, datetime.now(UTC) - timedelta(days=30)) == []
    assert len(names(inbox)) == 6
    assert len(forget(inbox, LATER)) == 6
    assert names(inbox) == []


def test_the_time_is_when_something_came_not_what_a_copy_says(inbox: Path) -> None:
    """`cp -p` and `rsync -t` bring old times along; a folder is as new as its newest file."""
    (inbox / "menu.pdf").write_bytes(b"x")
    (inbox / "upload.tmp" / "files").mkdir(parents=True)
    (inbox / "upload.tmp" / "files" / "a").write_bytes(b"x")
    for path in (inbox / "menu.pdf", inbox / "upload.tmp"):
        os.utime(path, (0, 0))
    assert forget(inbox, datetime.now(UTC) - timedelta(days=30)) == []


def test_a_drop_that_waits_is_never_touched(inbox: Path) -> None:
    """However old it is: nor what it names, nor what is hidden."""
    (inbox / "order.yaml").write_text(
        "description: We bake.\nfiles: [menu.pdf, 'NABÍDKA.pdf']\nvoice: v.ogg\n"
    )
    for name in ("menu.pdf", "nabídka.pdf", "v.ogg", "other.pdf", "order.zip", ".gitkeep"):
        (inbox / name).write_bytes(b"x")
    (inbox / "folder").mkdir()
    (inbox / "folder" / "menu.pdf").write_bytes(b"x")
    assert forget(inbox, LATER) == ["other.pdf"]
    assert "menu.pdf" in names(inbox)


def test_while_a_drop_cannot_be_read_nobody_knows_what_it_names(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then all that may belong to it stays."""

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    (inbox / "order.yaml").write_text("description: We bake.\nfiles: [menu.pdf]\n")
    (inbox / "menu.pdf").write_bytes(b"x")
    (inbox / "x.tmp").write_bytes(b"x")
    monkeypatch.setattr(module, "read_drop", fail)
    assert forget(inbox, LATER) == ["x.tmp"]


def test_job_ids_of_twins_go_after_a_week(inbox: Path) -> None:
    """Nobody asks for them any more."""
    twin, job = new_job_id(), new_job_id()
    fates.remember(inbox, twin, job)
    forget(inbox, LATER)
    assert fates.fate_of(inbox, twin) == job
    os.utime(inbox / ".same" / twin, (0, 0))
    forget(inbox, LATER)
    assert fates.fate_of(inbox, twin) == ""


def test_an_inbox_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    """A home before its first drop."""
    assert forget(tmp_path / "nowhere", LATER) == []


# Rejecting


def test_the_reason_is_on_the_disk_before_the_drop_moves(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drop in `rejected/` without a word would be a riddle."""
    seen: list[str] = []

    def watched(source: Path, target: Path) -> None:
        seen.append(target.with_name(f"{target.name}.error.txt").read_text())
        move(source, target)

    monkeypatch.setattr(module, "move", watched)
    reject(inbox, "order.yaml")
    assert seen == [f"{REASON}\n"]


def test_a_drop_that_cannot_be_moved_leaves_no_reason(inbox: Path) -> None:
    """It is still in the inbox, and will come again."""
    with pytest.raises(FileNotFoundError):
        quarantine(inbox / "gone.yaml", "gone.yaml", REASON)
    assert names(inbox / "rejected") == []


def test_nobodys_drops_are_carried_through_a_link(inbox: Path, tmp_path: Path) -> None:
    """`rejected` may be a link to a folder that the sender may not write to."""
    (tmp_path / "elsewhere").mkdir()
    (inbox / "rejected").symlink_to(tmp_path / "elsewhere")
    (inbox / "order.yaml").write_bytes(b"x")
    with pytest.raises(OSError, match="is a link; remove it"):
        quarantine(inbox / "order.yaml", "order.yaml", REASON)
    assert names(tmp_path / "elsewhere") == []
    (tmp_path / "elsewhere" / "precious").write_bytes(b"x")
    assert forget(inbox, LATER) == []
    assert names(tmp_path / "elsewhere") == ["precious"]


def test_the_thousandth_of_one_name_costs_what_the_first_costs(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender whose every file is called the same."""
    for number in range(200):
        (inbox / "order.yaml").write_bytes(b"%d" % number)
        quarantine(inbox / "order.yaml", "order.yaml", REASON)
    looks: list[Path] = []
    real = os.path.lexists
    monkeypatch.setattr(os.path, "lexists", lambda path: looks.append(path) or real(path))
    reject(inbox, "order.yaml")
    assert len(looks) < 30
    assert len(names(inbox / "rejected")) == 2 * 201
    assert len({path.read_bytes() for path in (inbox / "rejected").glob("*.yaml")}) == 201


def test_the_newest_reason_answers(inbox: Path) -> None:
    """One job id may have been rejected twice; names of other jobs do not count."""
    job = new_job_id()
    reject(inbox, f"{job}.yaml", days=1)
    (inbox / job).mkdir()
    quarantine(inbox / job, job, "It is still empty.")
    reject(inbox, f"{new_job_id()}.yaml")
    assert rejection(inbox, job) == "It is still empty."
    assert rejection(inbox, new_job_id()) is None
    assert rejection(inbox, "../../etc/passwd") is None

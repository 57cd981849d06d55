"""The durable write helper."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from protogen.files import (
    FileError,
    check_name,
    check_names,
    create_file,
    locked_dir,
    move,
    remove_tree,
    write_file,
    write_tree,
)
from tools.intake import make_deep

HOSTILE_NAMES = [
    "",
    "/etc/passwd",
    "../up.html",
    "a/../../up.html",
    "a//b",
    "a/",
    "./a",
    ".",
    "..",
    ".git/config",
    "a/.GIT/hooks/post-update",
    "a/.git./x",
    ".g\u200cit/config",
    "git~1",
    ".git::$INDEX_ALLOCATION/x",
    "a\\b",
    "nul\x00.html",
    "line\nbreak",
    "\udcff.html",
    "x" * 256,
    "é" * 128,
    "/".join(["deep"] * 1000),
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_refused_before_anything_is_written(name: str, tmp_path: Path) -> None:
    """No name leaves the folder, none is git's own, none breaks a line."""
    with pytest.raises(FileError):
        write_tree(tmp_path / "site", {"index.html": b"", name: b""})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["index.html", "assets/fonts/a.woff2", "menü 🥐.pdf", "é" * 127, ".well-known/x"]
)
def test_an_honest_name_is_taken(name: str, tmp_path: Path) -> None:
    """Names of any language are file names."""
    write_tree(tmp_path / "site", {name: b"x"})
    assert (tmp_path / "site" / name).read_bytes() == b"x"


def test_a_name_cannot_be_a_file_and_a_folder() -> None:
    """Such a set of files exists on no disk."""
    with pytest.raises(FileError, match="file and a folder"):
        check_names({"a": b"", "a/b": b""})


def test_a_name_too_long_is_named_in_part() -> None:
    """The message stays a sentence."""
    with pytest.raises(FileError) as raised:
        check_name("x" * 5000)
    assert len(str(raised.value)) < 200


def test_a_tree_is_readable_by_others_whatever_the_umask(tmp_path: Path) -> None:
    """The web server is another user: folders 0755, files 0644."""
    before = os.umask(0o077)
    try:
        write_tree(tmp_path / "site", {"a/b/c.css": b"x"})
    finally:
        os.umask(before)
    modes = [(tmp_path / "site" / part).stat().st_mode & 0o777 for part in (".", "a", "a/b", "a/b/c.css")]
    assert modes == [0o755, 0o755, 0o755, 0o644]


def test_a_tree_is_synced_file_by_file_and_folder_by_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What write_tree has returned from survives a power cut: contents first, then names."""
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(os.path.relpath(Path(f"/proc/self/fd/{descriptor}").readlink(), tmp_path))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    write_tree(tmp_path / "site", {"a/one.css": b"1", "two.css": b"2"})
    assert synced == ["site/a/one.css", "site/two.css", "site/a", "site", "."]


def test_a_file_is_synced_before_it_gets_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sync, rename, sync the folder: in no other order is the file old or new after a power cut."""
    steps: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        steps.append(
            "sync dir" if Path(f"/proc/self/fd/{descriptor}").readlink() == tmp_path else "sync file"
        )
        real_fsync(descriptor)

    def replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    write_file(tmp_path / "key", b"secret", mode=0o600)
    assert steps == ["sync file", "rename", "sync dir"]
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_finished_leaves_the_old_one_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk costs the new file only, and leaves nothing behind."""
    (tmp_path / "state").write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_file(tmp_path / "state", b"new")
    assert (tmp_path / "state").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_move_goes_across_folders(tmp_path: Path) -> None:
    """A drop leaves the inbox for another folder by one rename."""
    for name in ("inbox", "rejected"):
        (tmp_path / name).mkdir()
    (tmp_path / "inbox" / "drop").write_bytes(b"x")
    move(tmp_path / "inbox" / "drop", tmp_path / "rejected" / "drop")
    assert (tmp_path / "rejected" / "drop").read_bytes() == b"x"
    assert not (tmp_path / "inbox" / "drop").exists()


def test_one_at_a_time_holds_a_folder(tmp_path: Path) -> None:
    """Threads wait for each other as processes do."""
    order: list[str] = []

    def other() -> None:
        with locked_dir(tmp_path):
            order.append("second")

    with locked_dir(tmp_path):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.05)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_only_one_creates_a_file(tmp_path: Path) -> None:
    """What stands there stays, be it a link to nowhere."""
    create_file(tmp_path / "a", b"first", 0o640)
    (tmp_path / "b").symlink_to("nowhere")
    for name in ("a", "b"):
        with pytest.raises(FileExistsError):
            create_file(tmp_path / name, b"second")
    assert (tmp_path / "a").read_bytes() == b"first"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_file_that_cannot_be_created_is_gone_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves no empty one that holds the name."""

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        create_file(tmp_path / "a", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_tree_is_removed_however_deep(tmp_path: Path) -> None:
    """Deeper than the stack, longer than a path may be; what links point at stays."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_bytes(b"x")
    (tmp_path / "tree").mkdir()
    make_deep(tmp_path / "tree", 3000)
    remove_tree(tmp_path / "tree")
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
    assert (tmp_path / "precious" / "file").exists()


def test_a_link_to_a_tree_is_not_removed_as_one(tmp_path: Path) -> None:
    """Nor what it points at."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="Not a directory"):
        remove_tree(tmp_path / "link")
    assert (tmp_path / "precious").exists()

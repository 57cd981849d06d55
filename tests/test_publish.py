"""Publishing: a site is there whole or not at all."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
from pathlib import Path

import pytest

from protogen import publish as room
from protogen.publish import PublishError, publish, tidy, unpublish

OLD = {"index.html": b"old", "old.html": b"old"}
NEW = {"index.html": b"new", "assets/fonts/a.woff2": b"new"}


def read(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture(params=["exchange", "two steps"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to replace a folder: renameat2, and where the file system cannot."""
    if request.param == "two steps":
        monkeypatch.setattr(room, "_exchange", lambda one, other: False)


@pytest.mark.usefixtures("_way")
def test_a_new_version_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """The folder holds exactly the new files, and nothing is left beside it."""
    assert (
        publish(OLD, tmp_path / "published", "fern-flour-7k2mq")
        == tmp_path / "published" / "fern-flour-7k2mq"
    )
    publish(NEW, tmp_path / "published", "fern-flour-7k2mq")
    assert read(tmp_path / "published") == {f"fern-flour-7k2mq/{name}": data for name, data in NEW.items()}
    assert (tmp_path / "published" / "fern-flour-7k2mq").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "published" / "fern-flour-7k2mq" / "index.html").stat().st_mode & 0o777 == 0o644


def test_a_visitor_never_finds_half_a_site(tmp_path: Path) -> None:
    """While versions come and go, each listing of the folder is one version's."""
    versions = [{f"{number}-{part}.html": b"" for part in range(5)} for number in range(20)]
    publish(versions[0], tmp_path, "site")
    whole = {frozenset(version) for version in versions}
    seen: list[frozenset[str]] = []
    done = threading.Event()

    def visit() -> None:
        while not done.is_set():
            folder = os.open(tmp_path / "site", os.O_RDONLY)  # as a server that has resolved the path
            try:
                seen.append(frozenset(os.listdir(folder)))  # noqa: PTH208 (the open folder, not its name)
            finally:
                os.close(folder)

    visitor = threading.Thread(target=visit)
    visitor.start()
    for version in versions:
        publish(version, tmp_path, "site")
    done.set()
    visitor.join()
    # A folder opened before the exchange may be on its way out while it is read; it is never a mixture.
    assert seen
    assert all(any(listing <= each for each in whole) for listing in seen)
    assert read(tmp_path / "site").keys() == versions[-1].keys()


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", range(3))
def test_a_replacement_cut_off_between_its_steps_is_settled_at_the_next_start(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where folders cannot be exchanged, a crash before any of the three renames leaves one whole site."""
    publish(OLD, tmp_path, "site")
    monkeypatch.setattr(room, "_exchange", lambda one, other: False)
    monkeypatch.setattr(room, "_erase", lambda path: None)
    settle = room._settle
    monkeypatch.setattr(room, "_settle", lambda published, project: None)
    renames = iter(range(3))
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if next(renames) == step:
            raise Crash
        return real(self, target)

    with monkeypatch.context() as crashing:
        crashing.setattr(Path, "rename", rename)
        with pytest.raises(Crash):
            publish(NEW, tmp_path, "site")
    monkeypatch.undo()
    assert room._settle is settle
    tidy(tmp_path)
    assert read(tmp_path / "site") == (NEW if step == 2 else OLD)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_failure_leaves_the_old_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is said in a sentence, and what stood there stands."""
    publish(OLD, tmp_path, "site")

    def full(folder: Path, files: object) -> None:
        folder.mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room, "write_tree", full)
    with pytest.raises(PublishError, match="No space left on device"):
        publish(NEW, tmp_path, "site")
    assert read(tmp_path / "site") == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_an_exchange_that_fails_for_good_is_an_error(tmp_path: Path) -> None:
    """Only a file system that cannot exchange is worked around; a missing folder is a failure."""
    with pytest.raises(OSError, match="No such file"):
        room._exchange(tmp_path / "none", tmp_path / "neither")


def test_leftovers_of_a_crash_go_at_the_start(tmp_path: Path) -> None:
    """Half-written sites, whatever they are, go; sites and foreign files stay."""
    publish(NEW, tmp_path, "site")
    (tmp_path / ".tmp-site-0badcafe" / "assets").mkdir(parents=True)
    (tmp_path / ".tmp-stray").write_bytes(b"")
    (tmp_path / ".old-site").mkdir()
    (tmp_path / ".gitkeep").write_bytes(b"")
    tidy(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gitkeep", "site"]
    assert read(tmp_path / "site") == NEW


def test_a_site_taken_away_is_gone(tmp_path: Path) -> None:
    """The folder goes, the others stay, and taking it away again is no error."""
    publish(NEW, tmp_path, "site")
    publish(OLD, tmp_path, "other")
    unpublish(tmp_path, "site")
    unpublish(tmp_path, "site")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_nothing_to_take_away_or_tidy_is_no_error(tmp_path: Path) -> None:
    """Before the first site there is no folder."""
    unpublish(tmp_path / "none", "site")
    tidy(tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "project", ["", "..", "../up", "a/b", "Www", "www", "api", "xn--80ak6aa92e", "-a", "a.b", ".tmp-a"]
)
def test_a_project_id_that_is_no_free_dns_label_is_refused(project: str, tmp_path: Path) -> None:
    """No site stands outside the folder or under a reserved name."""
    for act in (lambda: publish(NEW, tmp_path, project), lambda: unpublish(tmp_path, project)):
        with pytest.raises(PublishError, match="DNS label"):
            act()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("files", [{}, {"../index.html": b""}, {"index.html": b"", "/x": b""}])
def test_a_site_without_files_or_with_hostile_names_is_refused(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    """The old site stands."""
    publish(OLD, tmp_path, "site")
    with pytest.raises(PublishError):
        publish(files, tmp_path, "site")
    assert read(tmp_path / "site") == OLD


def test_a_folder_that_cannot_be_changed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking away and tidying name the folder and the cause."""
    publish(NEW, tmp_path, "site")

    def refuse(folder: Path) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(room, "locked_dir", refuse)
    with pytest.raises(PublishError, match=r"site cannot be removed: Read-only file system\."):
        unpublish(tmp_path, "site")
    with pytest.raises(PublishError, match=r"cannot be tidied: Read-only file system\."):
        tidy(tmp_path)
    assert read(tmp_path / "site") == NEW


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS, None])
def test_a_file_system_that_cannot_exchange_is_known(
    code: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its answer, or by a system that has no such call."""

    class Library:
        def __init__(self, name: None, use_errno: bool) -> None:
            if code is not None:
                self.renameat2 = self.refuse

        def refuse(self, *arguments: object) -> int:
            ctypes.set_errno(code or 0)
            return -1

    publish(OLD, tmp_path, "site")
    monkeypatch.setattr(ctypes, "CDLL", Library)
    publish(NEW, tmp_path, "site")
    assert read(tmp_path) == {f"site/{name}": data for name, data in NEW.items()}

"""Durable writes: what these functions return from is on the disk and is whole.

A file is written under a temporary name, synced, renamed and its folder synced, so that a reader, a crash
or a power cut finds the old file or the new one, never half of either (rename(2), fsync(2)).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

MAX_COMPONENT_BYTES = 255
MAX_NAME_BYTES = 4000


FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class NoRoomError(Exception):
    """There is no room left on a disk; errors of other rooms that say so are of this class too."""


class FileError(Exception):
    """A name that cannot be written; the message says which and why."""


def write_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write `data` to `path` durably and at once, replacing what stands there. Raises OSError."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".tmp-")
    try:
        _fill(descriptor, data, mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_dir(path.parent)


def create_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write `data` durably to `path`, which only one caller can be the first to make.

    Raises FileExistsError if anything stands there, OSError if writing fails; the file is then gone again.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        _fill(descriptor, data, mode)
        sync_dir(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def write_tree(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write `files` (relative POSIX names to bytes) as the new folder `folder`, durably.

    Folders are 0755 and files 0644 whatever the umask. The folder must not exist; its own appearance is not
    atomic, so callers write beside the final place, rename, and sync the place where its name stands. Raises
    FileError before anything is written if a name is not one, OSError if writing fails.
    """
    check_names(files)
    folders = {folder}
    _make_dir(folder)
    for name, data in sorted(files.items()):
        path = folder / name
        for parent in reversed(path.relative_to(folder).parents[:-1]):
            if folder / parent not in folders:
                _make_dir(folder / parent)
                folders.add(folder / parent)
        _fill(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), data, 0o644)
    for each in sorted(folders, reverse=True):
        sync_dir(each)


def move(source: Path, target: Path) -> None:
    """Rename `source` to `target` (same file system) durably. Raises OSError."""
    source.rename(target)
    sync_dir(target.parent)
    if source.parent != target.parent:
        sync_dir(source.parent)


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it, however deep it goes; links are removed, not followed.

    Each inner folder is moved to the top before its turn, so neither the stack nor the length of a path
    ends it (shutil.rmtree is recursive). Raises OSError; what is left can be removed by another call.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    top = os.open(folder, flags)
    try:
        names = ["."]
        while names:
            here = os.open(names[-1], flags, dir_fd=top)
            try:
                inner = _emptied(here, top)
            finally:
                os.close(here)
            if (name := names.pop()) != ".":
                os.rmdir(name, dir_fd=top)
            names += inner
    finally:
        os.close(top)
    folder.rmdir()


def sync_dir(folder: Path) -> None:
    """Sync a folder's entries: creations, renames and removals in it. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Sync what was written to a file, by whichever descriptor. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked_dir(folder: Path) -> Iterator[None]:
    """Hold the only lock on a folder (flock(2)) against every other caller, thread or process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def check_names(files: Mapping[str, bytes]) -> None:
    """Refuse names that are not relative POSIX file names, or of which one is another's folder."""
    for name in files:
        check_name(name)
        parts = name.split("/")
        for end in range(1, len(parts)):
            if "/".join(parts[:end]) in files:
                raise FileError(f"{'/'.join(parts[:end])!r} cannot be a file and a folder at once.")


def check_name(name: str) -> None:
    """Refuse `name` unless it is a relative POSIX file name that any file system and git can hold.

    Refused: absolute names, empty, `.` and `..` components, `.git` in any disguise that git's own fsck
    refuses, backslashes, control characters, text that is no UTF-8, and names that are too long.
    """
    try:
        size = len(name.encode("utf-8"))
    except UnicodeEncodeError:
        raise FileError(f"The file name {name!r} is not valid Unicode.") from None
    if size > MAX_NAME_BYTES:
        raise FileError(f"The file name {name[:40]!r}… is longer than {MAX_NAME_BYTES} bytes.")
    if re.search(r"[\x00-\x1f\x7f\\]", name):
        raise FileError(f"The file name {name!r} holds a control character or a backslash.")
    for part in name.split("/"):
        if part in ("", ".", "..") or _is_dot_git(part):
            raise FileError(f"The file name {name!r} is not a relative path to a file.")
        if len(part.encode("utf-8")) > MAX_COMPONENT_BYTES:
            raise FileError(f"The file name {part[:40]!r}… is longer than {MAX_COMPONENT_BYTES} bytes.")


def _is_dot_git(part: str) -> bool:
    # HFS+ ignores invisible characters, NTFS trailing dots, spaces and ":stream"; it knows short names too.
    plain = re.sub(r"[^\x21-\x7e]", "", part).partition(":")[0].rstrip(".").casefold()
    return plain in (".git", "git~1")


def _emptied(folder: int, top: int) -> list[str]:
    """Remove the files of an open folder and move its folders into `top`; gives their names there."""
    moved = []
    with os.scandir(folder) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                moved.append(uuid.uuid4().hex)
                os.rename(entry.name, moved[-1], src_dir_fd=folder, dst_dir_fd=top)
            else:
                os.unlink(entry.name, dir_fd=folder)
    return moved


def _make_dir(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)


def _fill(descriptor: int, data: bytes, mode: int) -> None:
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)


def is_full(error: BaseException | None) -> bool:
    """True for an error, or one that was caused by one, that says: there is no room left on the disk."""
    while error is not None:
        if isinstance(error, NoRoomError) or (isinstance(error, OSError) and error.errno in FULL):
            return True
        error = error.__cause__
    return False


def has_room(size: int, *folders: Path) -> bool:
    """True while each of the folders' disks has `size` bytes free."""
    return all(shutil.disk_usage(folder).free >= size for folder in folders)

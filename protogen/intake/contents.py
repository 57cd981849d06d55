"""What a drop holds, looked at with care: names and sizes are checked before a byte is read.

A folder, a zip and the surroundings of a single file look the same from outside: `names` maps relative POSIX
names to declared bytes, `notes` says what was refused, `read` gives the bytes of one name.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from protogen.intake.rejected import Rejected, Wait
from protogen.intake.text import file_name, fold

MAX_ENTRIES = 1000
MAX_NOTES = 20
MAX_LEVELS = 4
REQUEST_NAMES = ("submission.yaml", "submission.yml", "form_data.md")
DROP_SUFFIXES = (".yaml", ".yml", ".zip")
# In a folder drop: its maker says that all of it is there.
COMPLETE = ".complete"
# A folder drop that has become a job, until it is removed.
TAKEN = ".taken-"
_SYSTEM = ("thumbs.db", "desktop.ini", "__macosx")
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Contents(Protocol):
    """The files of a drop."""

    notes: list[str]

    @property
    def names(self) -> Mapping[str, int]:
        """Relative POSIX names in NFC, and how many bytes each is said to have."""

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of `name`; Rejected if there are more than `limit`, or they cannot be read."""


class Folder:
    """The files of a folder and the folders in it. Links and special files are refused, never followed."""

    def __init__(self, path: Path) -> None:
        """Look into the folder at `path`. Raises Rejected if that cannot be done."""
        self.notes: list[str] = []
        self._names: dict[str, int] = {}
        self._path = path
        self._raw: dict[str, tuple[str, ...]] = {}
        for parts, info in walk(path, self.notes):
            self._add(parts, info)

    @property
    def names(self) -> Mapping[str, int]:
        """Relative POSIX names in NFC, and how many bytes each is said to have."""
        return self._names

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of one file, opened without following a link at any level."""
        return read_inside(self._path, self._raw[name], limit)

    def _add(self, parts: tuple[str, ...], info: os.stat_result) -> None:
        if not stat.S_ISREG(info.st_mode):
            note(self.notes, f"{parts[-1]!r} is {kind_of(info.st_mode)}, not a file; it was not used.")
            return
        try:
            name = "/".join(map(file_name, parts))
        except Rejected as refused:
            note(self.notes, f"{refused.reason} It was not used.")
            return
        if add_name(self._names, self.notes, name, info.st_size):
            self._raw[name] = parts


class Names:
    """Names as people write them: found without regard to case, composition and the width of white space."""

    def __init__(self, names: Iterable[str]) -> None:
        """Of names that are alike the first one counts."""
        self._by_fold: dict[str, str] = {}
        for name in names:
            self._by_fold.setdefault(fold(name), name)

    def get(self, folded: str) -> str | None:
        """The name that folds to `folded`, if there is one."""
        return self._by_fold.get(folded)

    def by_stem(self, stem: str) -> str | None:
        """The only name whose last component, without its suffix, folds to `stem`."""
        found = self._by_stem.get(stem, [])
        return found[0] if len(found) == 1 else None

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        stems: dict[str, list[str]] = {}
        for folded, name in self._by_fold.items():
            stems.setdefault(PurePosixPath(folded).stem, []).append(name)
        return stems


class Surroundings:
    """The files in a folder that are no drops of their own; listed once, at the first question."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.raw: dict[str, str] = {}

    @cached_property
    def names(self) -> dict[str, int]:
        """Names in NFC, and how many bytes each has. `raw` then holds the names as the disk has them."""
        names: dict[str, int] = {}
        for entry in _entries(self.folder, sys.maxsize):
            if is_part(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(Rejected, FileNotFoundError):
                    name = file_name(entry.name)
                    names.setdefault(name, entry.stat(follow_symlinks=False).st_size)
                    self.raw.setdefault(name, entry.name)
        return names

    @cached_property
    def index(self) -> Names:
        """The names, to be found as people write them."""
        return Names(self.names)


class Beside:
    """The files beside a single-file drop, in the same folder. What is a drop of its own is not there."""

    def __init__(self, around: Surroundings) -> None:
        """Most drops name no file: nothing is read before the first question."""
        self.notes: list[str] = []
        self._around = around

    @property
    def names(self) -> Mapping[str, int]:
        """What lies beside the drop, and how many bytes each has."""
        return self._around.names

    @property
    def index(self) -> Names:
        """The names, to be found as people write them."""
        return self._around.index

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of one file; a link is not followed."""
        return read_inside(self._around.folder, (self.raw(name),), limit)

    def raw(self, name: str) -> str:
        """The name of a file as the disk has it; the request has none but that."""
        return self._around.raw.get(name, name)


def open_file(path: Path) -> BinaryIO:
    """`path` opened to read, if it is a regular file and no link.

    Raises Rejected if it is something else or cannot be read, FileNotFoundError if it is gone.
    """
    return _open(path.parent, (path.name,))


def read_inside(folder: Path, parts: tuple[str, ...], limit: int) -> bytes:
    """The bytes of the regular file `parts` below `folder`, no link followed below it.

    Raises Rejected if it is too large, no regular file or cannot be read, FileNotFoundError if it is gone.
    """
    with _open(folder, parts) as file:
        if os.fstat(file.fileno()).st_size > limit:
            raise too_large(repr(parts[-1]), limit)
        data = file.read(limit + 1)
    if len(data) > limit:
        raise too_large(repr(parts[-1]), limit)
    return data


def _open(folder: Path, parts: tuple[str, ...]) -> BinaryIO:
    try:
        at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in parts[:-1]:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
                os.close(at)
                at = inner
            # O_NONBLOCK: a pipe put in the place of the file must not hold us.
            file = os.open(parts[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
        finally:
            os.close(at)
    except OSError as error:
        raise _refusal(error, parts[-1]) from None
    if not stat.S_ISREG(mode := os.fstat(file).st_mode):
        os.close(file)
        raise Rejected(f"{parts[-1]!r} is {kind_of(mode)}; send the file itself.")
    return os.fdopen(file, "rb")


def _refusal(error: OSError, name: str) -> Exception:
    """What is wrong with the file itself is a refusal; what is wrong with the machine stays what it is."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return Rejected(f"{name!r} cannot be read; give protogen the permission to.", Wait.SHORT)
    if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENOTDIR, errno.EISDIR):
        return Rejected(f"{name!r} is a link or no regular file; send the file itself.")
    return error


def too_large(shown: str, limit: int) -> Rejected:
    """The refusal of a file of more than `limit` bytes."""
    return Rejected(f"{shown} is larger than {limit:,} bytes; send a smaller one.")


def kind_of(mode: int) -> str:
    """What stands where a file should, in words."""
    return "a folder" if stat.S_ISDIR(mode) else _KINDS.get(stat.S_IFMT(mode), "no regular file")


def is_part(name: str) -> bool:
    """True for a name in the inbox that is no drop by itself but may be part of one."""
    return not ignored(name) and not name.lower().endswith(DROP_SUFFIXES)


def ignored(name: str) -> bool:
    """True for what is never part of a drop: hidden and temporary files, droppings of the desktop."""
    folded = name.casefold()
    return name.startswith(".") or folded.endswith(".tmp") or folded in _SYSTEM


def note(notes: list[str], text: str) -> None:
    """Add a note, up to `MAX_NOTES`: nobody reads a thousand."""
    if len(notes) < MAX_NOTES:
        notes.append(text)


def add_name(names: dict[str, int], notes: list[str], name: str, size: int) -> bool:
    """Add a checked name unless there are too many or it has a twin; False, and a note, if it was not."""
    if len(names) >= MAX_ENTRIES:
        note(notes, f"There are more than {MAX_ENTRIES} files; the rest was not used.")
        return False
    if name in names:
        note(notes, f"There are two files named {name!r}; the second was not used.")
        return False
    names[name] = size
    return True


def walk(folder: Path, notes: list[str]) -> Iterator[tuple[tuple[str, ...], os.stat_result]]:
    """Everything in `folder` and below that is no folder, in order, up to a bounded number and depth."""
    levels: list[tuple[str, ...]] = [()]
    left = 2 * MAX_ENTRIES
    while levels:
        level = levels.pop(0)
        for entry in _entries(folder.joinpath(*level), left + 1):
            if left == 0:
                note(notes, f"There are more than {MAX_ENTRIES} files; the rest was not used.")
                return
            left -= 1
            try:
                info = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            parts = (*level, entry.name)
            if not stat.S_ISDIR(info.st_mode):
                yield parts, info
            elif len(parts) < MAX_LEVELS:
                levels.append(parts)
            else:
                note(notes, f"The folder {entry.name!r} lies too deep; its files were not used.")


def _entries(folder: Path, most: int) -> list[os.DirEntry[str]]:
    """At most `most` entries of a folder, sorted. A folder that went away while we looked is empty."""
    try:
        os.close(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _refusal(error, folder.name) from None
    with os.scandir(folder) as found:
        # However many there are, the request is among those that are looked at.
        return heapq.nsmallest(
            most,
            (entry for entry in found if not ignored(entry.name)),
            key=lambda entry: (entry.name.casefold() not in REQUEST_NAMES, entry.name),
        )

"""From a request's path to an open file inside one folder, and to nothing else."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

INDEX = "index.html"
_BAD_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})|%2f|%5c|%[01][0-9a-f]|%7f", re.IGNORECASE)
_BAD_BYTE = re.compile(rb"[\x00-\x1f\x7f\\]")
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class BadPathError(Exception):
    """A path that no honest client sends: dot segments, encoded slashes, control characters."""


@dataclass(frozen=True, slots=True)
class Found:
    """An open regular file; whoever takes it closes `fd`."""

    fd: int
    name: str
    status: os.stat_result


@dataclass(frozen=True, slots=True)
class Folder:
    """The path is a folder but does not end in a slash: relative links in it would go astray."""


def split_path(raw_path: bytes) -> tuple[str, ...]:
    """The decoded segments of a path as it came over the wire, without query; `/` at its end adds index.html.

    Raises BadPathError for tricks. Empty segments in between are dropped, as file systems do.
    """
    if not raw_path.startswith(b"/") or _BAD_ESCAPE.search(raw_path):
        raise BadPathError
    path = unquote_to_bytes(raw_path)
    if _BAD_BYTE.search(path):
        raise BadPathError
    parts = path.decode("utf-8", "surrogateescape").split("/")
    if "." in parts or ".." in parts:
        raise BadPathError
    return (*filter(None, parts[:-1]), parts[-1] or INDEX)


def open_below(root: Path, parts: Sequence[str]) -> Found | Folder | None:
    """Open `parts` below `root`; None where there is no such regular file that may be served.

    No symbolic link is followed at any step below `root` (openat(2) with O_NOFOLLOW), and no name with a
    leading dot is opened, so neither a link nor a race can lead out.
    """
    if any(part.startswith(".") for part in parts):
        return None
    folder = -1
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for part in parts[:-1]:
            inner = os.open(part, _FLAGS | os.O_DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = inner
        return _regular(os.open(parts[-1], _FLAGS, dir_fd=folder), parts[-1])
    except (OSError, ValueError):
        return None
    finally:
        if folder >= 0:
            os.close(folder)


def _regular(fd: int, name: str) -> Found | Folder | None:
    status = os.fstat(fd)
    if stat.S_ISREG(status.st_mode):
        return Found(fd, name, status)
    os.close(fd)
    return Folder() if stat.S_ISDIR(status.st_mode) else None

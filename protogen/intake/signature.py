"""How a drop looks from outside: as long as this stays the same, nobody is writing to it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from protogen.intake.contents import walk
from protogen.intake.rejected import Rejected

Signature = tuple[object, ...]


def signature_of(path: Path) -> Signature | None:
    """Kind, size and time of change of a drop, or of every file in it; None if there is none."""
    try:
        info = path.lstat()
        if not stat.S_ISDIR(info.st_mode):
            return _look(info)
        return tuple((*parts, *_look(each)) for parts, each in walk(path, []))
    except FileNotFoundError:
        return None
    except Rejected as refused:
        return (refused.reason,)


def _look(info: os.stat_result) -> Signature:
    return (info.st_mode, info.st_ino, info.st_size, info.st_mtime_ns)

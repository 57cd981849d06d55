"""`inbox/rejected/`: where a drop goes that cannot be used, beside the sentence that says why, and for how long."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from protogen.config import IntakeSettings
from protogen.files import create_file, move, remove_tree
from protogen.intake import fates
from protogen.intake.contents import TAKEN, Surroundings, is_part, walk
from protogen.intake.parse import YAML_SUFFIXES, read_drop
from protogen.intake.text import numbered
from protogen.logs import error_kind, get_logger

log = get_logger(__name__)

REJECTED = "rejected"
ERROR_SUFFIX = ".error.txt"
# What remains of the 255 bytes of a name beside a number and the suffix of the reason.
_MAX_NAME_BYTES = 230
_NUMBERS_IN_ORDER = 20


def quarantine(drop: Path, name: str, reason: str) -> Path:
    """Move a drop to `rejected/` beside the inbox it is in, as `name`; gives its new path.

    Nothing there is replaced: a second `order.yaml` becomes `order-2.yaml`. `<name>.error.txt` holds the
    reason, and is on the disk before the drop moves. Raises OSError if the drop cannot be moved.
    """
    folder = drop.parent / REJECTED
    folder.mkdir(exist_ok=True)
    if folder.is_symlink():  # nobody's drops are carried to where a stranger points
        raise OSError(errno.ELOOP, "The folder of rejected drops is a link; remove it", str(folder))
    target = _reserve(folder, name, reason)
    try:
        move(drop, target)
    except OSError:
        _error_file(target).unlink(missing_ok=True)
        raise
    return target


def rejection(inbox: Path, job_id: str) -> str | None:
    """Why the drop of that job id was rejected, the last time; None if it was not, or is not known."""
    # Beyond the 36 characters of the UUID stand a number and suffixes at most.
    found = [
        path for path in _inside(inbox / REJECTED)
        if path.name[:36].lower() == job_id and path.name.endswith(ERROR_SUFFIX)
    ]  # fmt: skip
    with contextlib.suppress(FileNotFoundError):  # forgotten while we looked
        newest = max(found, key=lambda path: path.stat().st_mtime_ns, default=None)
        return newest.read_text("utf-8").strip() if newest else None
    return None


def forget(inbox: Path, older_than: datetime) -> list[str]:
    """Remove what has been left in an inbox since before `older_than`; gives the names, from the inbox on.

    That is: rejected drops with their reasons, by the time of the reason (and either alone, should only one
    be left); files that no waiting drop names; `*.tmp` that never became a drop. A drop that waits is not
    touched, nor what it names. What cannot be removed is logged, and found again the next time.
    """
    before = older_than.timestamp()
    fates.forget(inbox)
    return [
        path.relative_to(inbox).as_posix()
        for path in (*_forget_rejected(inbox, before), *_forget_left(inbox, before))
    ]


def _forget_rejected(inbox: Path, before: float) -> Iterator[Path]:
    if not _is_folder(inbox / REJECTED):
        return
    paths = {path.name: path for path in _inside(inbox / REJECTED)}
    for name, path in paths.items():
        reason = _error_file(path)
        if reason.name in paths:
            # The reason goes last: a crash in between leaves the time by which the rest is found.
            if _written(reason) < before and _removed(path) and _removed(reason):
                yield path
        elif not name.endswith(ERROR_SUFFIX):
            if _changed(path) < before and _removed(path):
                yield path
        elif name.removesuffix(ERROR_SUFFIX) not in paths and _written(path) < before and _removed(path):
            yield path


def _forget_left(inbox: Path, before: float) -> Iterator[Path]:
    old = [path for path in _inside(inbox) if _is_left(path) and _changed(path) < before]
    named = _named(inbox) if any(is_part(path.name) for path in old) else set()
    for path in old:
        if (not is_part(path.name) or (named is not None and path.name not in named)) and _removed(path):
            yield path


def _is_left(path: Path) -> bool:
    """True for what is no drop by its name: unfinished drops, and files that some drop may name."""
    if path.name.casefold().endswith(".tmp") or path.name.startswith((".tmp-", TAKEN)):
        return True
    return path.name != REJECTED and is_part(path.name) and not _is_folder(path)


def _named(inbox: Path) -> set[str] | None:
    """The files that lie beside the single-file drops that wait and belong to them; None if that is not known."""
    named: set[str] = set()
    around = Surroundings(inbox)
    for path in _inside(inbox):
        if path.name.lower().endswith(YAML_SUFFIXES):
            try:
                named.update(read_drop(path, IntakeSettings(), around=around).beside)
            except Exception:
                return None
    return named


def _inside(folder: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        return sorted(folder / entry.name for entry in entries)
    return []


def _written(path: Path) -> float:
    """When a file of ours was written; what is gone was never old."""
    with contextlib.suppress(FileNotFoundError):
        return path.lstat().st_mtime
    return float("inf")


def _changed(path: Path) -> float:
    """When something last was written, renamed or put in there; a copy may have brought an old time along."""
    try:
        infos = [path.lstat()]
        if _is_folder(path):
            infos += [info for _, info in walk(path, [])]
    except FileNotFoundError:
        return float("inf")
    return max(max(info.st_mtime, info.st_ctime) for info in infos)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _removed(path: Path) -> bool:
    try:
        if _is_folder(path):
            remove_tree(path)
        else:
            path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        log.exception("drop-unforgotten", error=error_kind(error))
        return False
    return True


def _reserve(folder: Path, name: str, reason: str) -> Path:
    """A free name in `folder`, held by its error file, which only one caller can create."""
    text = f"{reason}\n".encode("utf-8", "backslashreplace")
    for number in _numbers():
        target = folder / numbered(name, number, _MAX_NAME_BYTES)
        if not os.path.lexists(target):
            with contextlib.suppress(FileExistsError):
                create_file(_error_file(target), text, 0o640)
                return target
    raise AssertionError("numbers end")


def _numbers() -> Iterator[int]:
    """1, 2, 3 …, then any: the ten thousandth of one name must not look at all the others first."""
    yield from range(1, _NUMBERS_IN_ORDER + 1)
    while True:
        yield secrets.randbelow(10**9)


def _error_file(target: Path) -> Path:
    return target.with_name(target.name + ERROR_SUFFIX)

"""A site's files become `published/<project-id>/`, all at once or not at all.

Beside the sites stand, for moments only, `.tmp-*` (a site being written, or one on its way out) and
`.old-<project-id>` (the last version, where the file system cannot exchange two folders). Neither is a DNS
label, so no web server finds them; `tidy` clears up what a crash left.
"""

from __future__ import annotations

import ctypes
import errno
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from protogen.files import FileError, check_names, locked_dir, move, sync_dir, write_tree
from protogen.job import PROJECT_ID, RESERVED_PROJECT_IDS

LOCKED_FOLDER = ".locked"
"""Markers of the sites that a passphrase locks; see protogen.passphrase."""
_TEMPORARY = ".tmp-"
_OLD = ".old-"
_AT_FDCWD = -100  # <fcntl.h>
_RENAME_EXCHANGE = 2  # renameat2(2)


class PublishError(Exception):
    """A site cannot be published; the message says why in one sentence."""


def publish(files: Mapping[str, bytes], published: Path, project_id: str) -> Path:
    """Write a site to `published/<project_id>/` in place of what stands there; gives that folder.

    `files` are relative POSIX names to bytes. A visitor, and a crash, finds the old site or the new one,
    whole; when this returns the new one is on the disk. Folders are 0755, files 0644. Raises PublishError.
    """
    target = _site(published, project_id)
    try:
        check_names(files)
        if not files:
            raise PublishError(f"The site {project_id} has no files; nothing was published.")
        published.mkdir(parents=True, exist_ok=True)
        with locked_dir(published):
            _settle(published, project_id)
            new = _temporary(published, project_id)
            try:
                write_tree(new, files)
                _replace(new, target)
                sync_dir(published)
            finally:
                _settle(published, project_id)
                _erase(new)  # by now the old site, or one that could not be finished
    except FileError as error:
        raise PublishError(str(error)) from None
    except OSError as error:
        raise PublishError(f"{target} cannot be written: {error.strerror or error}.") from error
    return target


def unpublish(published: Path, project_id: str) -> None:
    """Take a site away, at once and for good; one that is not there is no error. Raises PublishError."""
    target = _site(published, project_id)
    if not published.is_dir():
        return
    try:
        with locked_dir(published):
            _settle(published, project_id)
            if target.exists():
                gone = _temporary(published, project_id)
                move(target, gone)
                _erase(gone)
                sync_dir(published)
            (published / LOCKED_FOLDER / project_id).unlink(missing_ok=True)
    except OSError as error:
        raise PublishError(f"{target} cannot be removed: {error.strerror or error}.") from error


def tidy(published: Path) -> None:
    """Finish or undo what a crash left half-way; for the start, harmless at any time. Raises PublishError."""
    if not published.is_dir():
        return
    try:
        with locked_dir(published):
            for path in sorted(published.iterdir()):
                if path.name.startswith(_OLD):
                    _settle(published, path.name.removeprefix(_OLD))
                    sync_dir(published)
                elif path.name.startswith(_TEMPORARY):
                    _erase(path)
                    sync_dir(published)
    except OSError as error:
        raise PublishError(f"{published} cannot be tidied: {error.strerror or error}.") from error


def _site(published: Path, project_id: str) -> Path:
    if not PROJECT_ID.fullmatch(project_id) or project_id in RESERVED_PROJECT_IDS:
        raise PublishError(f"{project_id!r} cannot name a site: it must be a DNS label that is not reserved.")
    return published / project_id


def _temporary(published: Path, project_id: str) -> Path:
    return published / f"{_TEMPORARY}{project_id}-{secrets.token_hex(4)}"


def _replace(new: Path, target: Path) -> None:
    if not target.exists():
        new.rename(target)
    elif not _exchange(new, target):
        old = target.with_name(_OLD + target.name)
        target.rename(old)
        new.rename(target)
        old.rename(new)  # to be erased by the caller, as after an exchange


def _settle(published: Path, project_id: str) -> None:
    """After a replacement in two steps was cut off: the old site comes back if the new one is not there."""
    old = published / (_OLD + project_id)
    if old.exists():
        if (published / project_id).exists():
            _erase(old)
        else:
            move(old, published / project_id)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders at once; False where the system or the file system cannot (renameat2(2): Linux)."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(other))


def _erase(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

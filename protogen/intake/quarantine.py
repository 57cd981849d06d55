"""`inbox/rejected/`: where a drop goes that cannot be used, beside the sentence that says why."""

from __future__ import annotations

import os
from pathlib import Path

from protogen.files import move, sync_dir
from protogen.intake.parse import job_id_of
from protogen.intake.text import numbered

REJECTED = "rejected"
ERROR_SUFFIX = ".error.txt"
# What remains of the 255 bytes of a name beside a number and the suffix of the reason.
_MAX_NAME_BYTES = 230


def quarantine(drop: Path, name: str, reason: str) -> Path:
    """Move a drop to `rejected/` beside the inbox it is in, as `name`; gives its new path.

    Nothing there is replaced: a second `order.yaml` becomes `order-2.yaml`. `<name>.error.txt` holds the
    reason, and is on the disk before the drop moves. Raises OSError if the drop cannot be moved.
    """
    folder = drop.parent / REJECTED
    folder.mkdir(exist_ok=True)
    target = _reserve(folder, name, reason)
    try:
        move(drop, target)
    except OSError:
        _error_file(target).unlink(missing_ok=True)
        raise
    return target


def rejection(inbox: Path, job_id: str) -> str | None:
    """Why the drop of that job id was rejected; None if it was not, or is not known."""
    folder = inbox / REJECTED
    found = [path for path in folder.glob(f"{job_id}*{ERROR_SUFFIX}") if _job_of(path) == job_id]
    newest = max(found, key=lambda path: path.stat().st_mtime_ns, default=None)
    return newest.read_text("utf-8").strip() if newest else None


def _job_of(error_file: Path) -> str | None:
    # Beyond the 36 characters of the UUID stand a number and suffixes at most.
    return job_id_of(error_file.name[:36])


def _reserve(folder: Path, name: str, reason: str) -> Path:
    """A free name in `folder`, held by its error file, which only one caller can create."""
    number = 1
    while True:
        target = folder / numbered(name, number, _MAX_NAME_BYTES)
        if not os.path.lexists(target):
            try:
                descriptor = os.open(_error_file(target), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
            except FileExistsError:
                pass
            else:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(f"{reason}\n".encode("utf-8", "backslashreplace"))
                    file.flush()
                    os.fsync(file.fileno())
                sync_dir(folder)
                return target
        number += 1


def _error_file(target: Path) -> Path:
    return target.with_name(target.name + ERROR_SUFFIX)

"""What became of job ids that were given out and are no job of the ledger's: whoever asks for one is told.

One file an id, `inbox/.same/<job-id>`: it holds the id of the job that the drop turned out to be, or `cancelled` where
the drop was taken back before it was read. Ids only, nothing of a customer's.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from protogen.files import write_file
from protogen.job import JOB_ID

CANCELLED = "cancelled"
KEPT_SECONDS = 7 * 86_400
FATES = ".same"


def remember(inbox: Path, job_id: str, fate: str) -> None:
    """Note durably what became of an id: another job's id, or `CANCELLED`. Raises OSError."""
    folder = inbox / FATES
    folder.mkdir(exist_ok=True)
    write_file(folder / job_id, fate.encode())


def fate_of(inbox: Path, job_id: str) -> str:
    """What became of an id; empty where nothing is known, or it was long ago."""
    if not JOB_ID.fullmatch(job_id):
        return ""
    try:
        return (inbox / FATES / job_id).read_text()
    except FileNotFoundError:
        return ""


def forget(inbox: Path) -> None:
    """Remove what nobody asks for any more."""
    for path in (inbox / FATES).glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.lstat().st_mtime < time.time() - KEPT_SECONDS:
                path.unlink()

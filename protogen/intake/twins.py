"""Job ids that were given out for a submission that already was a job: whoever asks for one is told the other.

One file a twin, `inbox/.same/<job-id>`, holding the id of the job: ids only, nothing of a customer's.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from protogen.files import write_file
from protogen.job import JOB_ID

KEPT_SECONDS = 7 * 86_400
_FOLDER = ".same"


def remember(inbox: Path, twin: str, job: str) -> None:
    """Note durably that the drop named `twin` is job `job`. Raises OSError."""
    folder = inbox / _FOLDER
    folder.mkdir(exist_ok=True)
    write_file(folder / twin, job.encode())


def same_job(inbox: Path, job_id: str) -> str | None:
    """The job that a drop of that name turned out to be; None if it is none's twin, or that was long ago."""
    if not JOB_ID.fullmatch(job_id):
        return None
    try:
        return (inbox / _FOLDER / job_id).read_text()
    except FileNotFoundError:
        return None


def forget(inbox: Path) -> None:
    """Remove what nobody asks for any more."""
    for path in (inbox / _FOLDER).glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.lstat().st_mtime < time.time() - KEPT_SECONDS:
                path.unlink()

"""A disk that is small enough to be filled."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.missing import missing


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk at `folder`, which is made, with so much room (`24m`); tmpfs(5)."""
    if os.geteuid() != 0:
        missing("A small disk can only be mounted by root.")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)

"""Room that is held back on the ledger's disk, so that a full disk can still be pruned."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from protogen.files import FULL
from protogen.ledger.locks import CORNER


class Reserve:
    """`<ledger>/protogen/reserve`: a file of nothing, `size` bytes, given up while room is made."""

    def __init__(self, ledger: Path, size: int) -> None:
        self._path = ledger / CORNER / "reserve"
        self._size = size

    def fill(self) -> bool:
        """Take the room up again; False where there is not enough. Raises OSError for any other reason."""
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            missing = self._size - os.fstat(file).st_blocks * 512
            if missing <= 0:
                return True
            if missing > shutil.disk_usage(self._path.parent).free:
                return False  # asked first: a failed allocation may leave the disk full to the last byte
            os.posix_fallocate(file, 0, self._size)
        except OSError as error:
            if error.errno in FULL:
                os.ftruncate(file, 0)
                return False
            raise
        finally:
            os.close(file)
        return True

    @contextlib.contextmanager
    def released(self) -> Iterator[None]:
        """Give the room up until the end of the block, and then take as much of it as there is."""
        with contextlib.suppress(FileNotFoundError):
            os.truncate(self._path, 0)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                self.fill()

"""The ledger's two locks, in its own corner of the repository: `<ledger>/protogen/*.lock`.

Both are flock(2) locks: the kernel lets go of them when their holder dies, so none is ever stale. They
stand inside the ledger because they belong to it, whichever home uses it; a mirror does not carry them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from protogen.ledger.errors import WorkerBusy

CORNER = "protogen"


class LedgerLock:
    """`ledger.lock`: held for a write, by one thread of one process.

    Its descriptor is opened once and may be inherited by git: the lock of a killed writer then lasts until
    its last git has ended too, and who gets it next finds no half-done command at work.
    """

    def __init__(self, ledger: Path) -> None:
        self._file = _open(ledger / CORNER / "ledger.lock")
        self._threads = threading.Lock()

    @property
    def descriptor(self) -> int:
        """The open file that carries the lock."""
        return self._file

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock, waiting for it as long as it takes."""
        with self._threads:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def held_if_free(self) -> Iterator[bool]:
        """Hold the lock if nobody does; gives whether it is held."""
        if not self._threads.acquire(blocking=False):
            yield False
            return
        try:
            free = _try(self._file)
            try:
                yield free
            finally:
                if free:
                    fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def close(self) -> None:
        """Close the file; the lock cannot be used again. Once more is no error."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class WorkerLock:
    """`worker.lock`: held by the one worker of a ledger for its life.

        with WorkerLock(settings.ledger_dir):
            ...

    Entering raises WorkerBusy, naming the other's process id, if there is another.
    """

    def __init__(self, ledger: Path) -> None:
        self._path = ledger / CORNER / "worker.lock"
        self._file = -1

    def __enter__(self) -> WorkerLock:
        file = _open(self._path)
        if not _try(file):
            holder = os.pread(file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            raise WorkerBusy(
                f"Another worker (process {holder}) holds {self._path.parents[1]}; stop it first."
            )
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)


def _open(path: Path) -> int:
    path.parent.mkdir(exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

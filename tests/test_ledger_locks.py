"""The ledger's locks, between real processes and threads."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from protogen.ledger import Ledger, LedgerError, WorkerBusy, WorkerLock
from protogen.ledger.locks import LedgerLock

HOLD = """
import sys
from pathlib import Path
from protogen.ledger import WorkerLock
with WorkerLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

ORPHAN = """
import os, signal, subprocess, sys
from pathlib import Path
from protogen.ledger.locks import LedgerLock
lock = LedgerLock(Path(sys.argv[1]))
with lock.held():
    subprocess.Popen(["cat"], pass_fds=[lock.descriptor])
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    Ledger.create(tmp_path / "ledger.git").close()
    return tmp_path / "ledger.git"


def test_a_second_worker_is_refused_by_the_name_of_the_first(path: Path) -> None:
    """And is let in when the first is gone, killed even."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(WorkerBusy, match=f"process {other.pid}.*stop it first"), WorkerLock(path):
            pass
        other.send_signal(signal.SIGKILL)
    with WorkerLock(path):
        assert (path / "protogen" / "worker.lock").read_text() == f"{os.getpid()}\n"
    assert issubclass(WorkerBusy, LedgerError)


def test_a_worker_holds_its_ledger_only(path: Path, tmp_path: Path) -> None:
    """Writes of commands go on beside it, and other ledgers have workers of their own."""
    Ledger.create(tmp_path / "other.git").close()
    with WorkerLock(path), WorkerLock(tmp_path / "other.git"), Ledger(path) as ledger:
        ledger.reconcile()
        with pytest.raises(WorkerBusy), WorkerLock(path):
            pass


def test_one_thread_at_a_time_writes(path: Path) -> None:
    """Threads share the descriptor of the lock and still wait for one another."""
    lock = LedgerLock(path)
    order: list[str] = []

    def other() -> None:
        with lock.held():
            order.append("second")

    with lock.held():
        thread = threading.Thread(target=other)
        thread.start()
        with lock.held_if_free() as held:
            assert held is False
        thread.join(0.05)
        order.append("first")
    thread.join()
    lock.close()
    assert order == ["first", "second"]


def test_a_held_lock_does_not_keep_a_reader_out(path: Path) -> None:
    """Opening takes the lock only if it is free."""
    lock = LedgerLock(path)
    with lock.held(), Ledger(path) as ledger:
        assert ledger.jobs() == []
    with lock.held_if_free() as held:
        assert held is True
    with lock.held_if_free() as held:
        assert held is True
    lock.close()


def test_the_lock_of_a_killed_writer_lasts_as_long_as_its_git(path: Path) -> None:
    """An orphan that may still write is never raced: it carries the lock until it ends."""
    with subprocess.Popen([sys.executable, "-c", ORPHAN, str(path)], stdin=subprocess.PIPE) as writer:
        writer.wait()
        assert writer.returncode == -signal.SIGKILL
        lock = LedgerLock(path)
        with lock.held_if_free() as held:
            assert held is False
        assert writer.stdin is not None
        writer.stdin.close()  # and the orphan ends
        with lock.held():
            assert lock.descriptor >= 0
        lock.close()

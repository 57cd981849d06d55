"""A ledger that was lost, from a mirror of it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from protogen.files import write_file
from protogen.ledger.errors import LedgerError
from protogen.ledger.keys import read_key
from protogen.ledger.ledger import Ledger
from protogen.ledger.locks import LedgerLock
from protogen.ledger.repository import Repository


def recover(ledger: Path, mirror: Path, key: Path | None = None) -> None:
    """Fill the empty ledger at `ledger` with all that a mirror has; its key becomes the one in the file `key`.

    Raises LedgerError: where the ledger is not empty (and stays as it is); where mirror or key are none; and OSError.
    """
    if not (mirror / "objects").is_dir() or not (mirror / "refs").is_dir():
        raise LedgerError(
            f"There is no mirror of a ledger at {mirror}; name the folder that protogen backup made."
        )
    if key is not None:
        _check_key(key)
    with Ledger(ledger) as old:
        if sum(old.counts().values()):
            raise LedgerError(
                f"The ledger at {ledger} has jobs of its own; move it and its key away, and run protogen restore again."
            )
    if key is not None:
        write_file(ledger.with_suffix(".key"), key.read_bytes(), mode=0o600)
    with (
        closing(LedgerLock(ledger)) as lock,
        lock.held(),
        closing(Repository(ledger, inherit=[lock.descriptor])) as repository,
    ):
        repository.mirror(mirror)
    with Ledger(ledger) as found:
        if not sum(found.counts().values()):
            raise LedgerError(f"The mirror at {mirror} holds no job; nothing was restored.")
        found.reconcile()


def _check_key(key: Path) -> None:
    if key.suffix != ".key" or not key.is_file():
        raise LedgerError(f"There is no ledger's key at {key}; name the copy of ledger.key that was kept.")
    read_key(key.with_suffix(".git"))

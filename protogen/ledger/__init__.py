"""The ledger: a bare git repository as job store, audit log and archive of sites."""

from protogen.ledger.archive import PROJECT_FILE
from protogen.ledger.check import RESTORE
from protogen.ledger.errors import (
    DiskFullError,
    GitError,
    LedgerError,
    ProjectTakenError,
    TransitionError,
    WorkerBusy,
)
from protogen.ledger.ledger import Ledger
from protogen.ledger.locks import WorkerLock
from protogen.ledger.prototype import Prototype

__all__ = [
    "PROJECT_FILE",
    "RESTORE",
    "DiskFullError",
    "GitError",
    "Ledger",
    "LedgerError",
    "ProjectTakenError",
    "Prototype",
    "TransitionError",
    "WorkerBusy",
    "WorkerLock",
]

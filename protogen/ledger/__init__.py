"""The ledger: a bare git repository as job store, audit log and archive of sites."""

from protogen.ledger.errors import GitError, LedgerError, TransitionError, WorkerBusy
from protogen.ledger.ledger import Ledger
from protogen.ledger.locks import WorkerLock
from protogen.ledger.prototype import Prototype

__all__ = ["GitError", "Ledger", "LedgerError", "Prototype", "TransitionError", "WorkerBusy", "WorkerLock"]

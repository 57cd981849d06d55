"""The ledger's key: it makes hashes that name a person or a request to us and to nobody else.

The key stands beside the ledger (`ledger.git` has `ledger.key`), not in it: whoever gets a mirror of the
ledger cannot try names against the hashes. With the key lost, what was hashed is not recognised again.
"""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from protogen.files import sync_dir, write_file
from protogen.ledger.errors import LedgerError

_KEY_BYTES = 32
_HASH_DIGITS = 32


def create_key(ledger: Path) -> None:
    """Make the ledger's key, readable by its owner only, unless there is one; sync its name, and the ledger's.

    Raises OSError.
    """
    if _file(ledger).exists():
        sync_dir(ledger.parent)  # whoever made it may have been killed before
    else:
        write_file(_file(ledger), secrets.token_bytes(_KEY_BYTES), mode=0o600)


def read_key(ledger: Path) -> bytes:
    """The ledger's key. Raises LedgerError if it is missing or broken."""
    file = _file(ledger)
    key = file.read_bytes() if file.is_file() else b""
    if len(key) != _KEY_BYTES:
        mend = "put it back from a backup, or move it away and run protogen init for a new one"
        raise LedgerError(f"The ledger's key {file} is missing or broken; {mend}.")
    return key


def keyed_hash(key: bytes, value: str) -> str:
    """HMAC-SHA256 (RFC 2104) of the value's UTF-8, the first 32 hex digits of it."""
    return hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256").hex()[:_HASH_DIGITS]


def _file(ledger: Path) -> Path:
    return ledger.with_suffix(".key")

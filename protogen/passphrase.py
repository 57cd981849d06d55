"""A passphrase for a prototype: who does not know it sees nothing of the site.

What is kept is a salted scrypt hash (RFC 7914), as a file of the job's submission: so it is in every backup, in no
public folder and not in the audit log, and goes when the prototype goes. An empty file means that there is none any
more. A marker in the published folder, `.locked/<project-id>`, tells the web servers which sites are locked; its
content changes with the passphrase.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from pathlib import Path

from protogen.config import Settings
from protogen.files import sync_dir, write_file
from protogen.ledger import Ledger, LedgerError
from protogen.publish import LOCKED_FOLDER

KEPT_AS = "passphrase"
SHORTEST, LONGEST = 8, 200
_N, _R, _P = 2**15, 8, 1
_MEMORY = 64 * 1024 * 1024


def set_passphrase(ledger: Ledger, settings: Settings, project: str, passphrase: str, at: datetime) -> None:
    """Lock a prototype, with another passphrase than before if it was locked; an empty one unlocks it.

    Whoever had opened it has to again. Raises LedgerError for a project that is not there, and for a passphrase
    that is too short or too long.
    """
    newest = ledger.newest_version(project)
    if newest is None:
        raise LedgerError(
            f"There is no project {project} in the ledger; protogen list shows those there are."
        )
    if passphrase and not SHORTEST <= len(passphrase) <= LONGEST:
        raise LedgerError(f"A passphrase has {SHORTEST} to {LONGEST} characters.")
    kept = _hashed(passphrase) if passphrase else b""
    if kept:  # closed first: a crash in between leaves nothing open
        _mark(settings.published_dir, project, kept)
    ledger.keep(newest.job, {KEPT_AS: kept}, at)
    if not kept:
        _unmark(settings.published_dir, project)


def opens(ledger: Ledger, project: str, passphrase: str) -> bool:
    """True for the right passphrase of a locked prototype. Takes its time: 0.1 s and 32 MB."""
    kept = _kept(ledger, project)
    if not kept or len(passphrase) > LONGEST:
        return False
    salt = bytes.fromhex(kept.decode().split("$")[-2])
    return hmac.compare_digest(_hashed(passphrase, salt), kept)


def lock_of(published: Path, project: str) -> str:
    """What changes with the passphrase of a locked prototype, empty for one that is not locked."""
    try:
        return (published / LOCKED_FOLDER / project).read_text("ascii") or "closed"
    except FileNotFoundError:
        return ""


def mark_locked(ledger: Ledger, settings: Settings) -> None:
    """Bring the markers into line with the ledger: at the start, and before sites are published from a backup."""
    published = settings.published_dir
    folder = published / LOCKED_FOLDER
    known = {each.project_id: ledger.kept(each.job, KEPT_AS) or b"" for each in ledger.prototypes()}
    for project, kept in known.items():
        if kept and lock_of(published, project) != _fingerprint(kept):
            _mark(published, project, kept)
    for marker in list(folder.iterdir()) if folder.is_dir() else []:
        if not known.get(marker.name):
            _unmark(published, marker.name)


def _kept(ledger: Ledger, project: str) -> bytes:
    newest = ledger.newest_version(project)
    return (ledger.kept(newest.job, KEPT_AS) or b"") if newest else b""


def _hashed(passphrase: str, salt: bytes | None = None) -> bytes:
    salt = salt or secrets.token_bytes(16)
    key = hashlib.scrypt(passphrase.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY)
    return f"scrypt${_N}${_R}${_P}${salt.hex()}${key.hex()}".encode()


def _fingerprint(kept: bytes) -> str:
    return hashlib.sha256(kept).hexdigest()


def _mark(published: Path, project: str, kept: bytes) -> None:
    folder = published / LOCKED_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / project, _fingerprint(kept).encode())
    sync_dir(folder)
    sync_dir(published)


def _unmark(published: Path, project: str) -> None:
    folder = published / LOCKED_FOLDER
    (folder / project).unlink(missing_ok=True)
    if folder.is_dir():
        sync_dir(folder)

"""What keeps a home in order between jobs: expired prototypes go, the disk is given back, the mirror follows, old log
lines go, all is held against each other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from protogen.config import Settings
from protogen.files import is_full
from protogen.hooks import Hook
from protogen.job import now
from protogen.ledger import Ledger, LedgerError
from protogen.logs import error_kind, get_logger
from protogen.logs.file import trim_logs
from protogen.prune import collect, prune
from protogen.publish import PublishError
from protogen.verify import UNKNOWN, verify

log = get_logger(__name__)

PRUNE_SECONDS = 3600.0
COLLECT_SECONDS = 600.0
BACKUP_SECONDS = 86_400.0
VERIFY_SECONDS = 86_400.0
TRIM_SECONDS = 86_400.0
HURRY_SECONDS = 5.0  # what cannot make room now is not tried at every look


@dataclass(slots=True)
class _Task:
    """Something that is due every so many seconds, the first time at once."""

    seconds: float
    last: float = -BACKUP_SECONDS
    hurried: bool = False

    def due(self) -> bool:
        """True, and the time begins anew, if it is due: what fails is not tried again before its next turn."""
        if time.monotonic() - self.last < (HURRY_SECONDS if self.hurried else self.seconds):
            return False
        self.last, self.hurried = time.monotonic(), False
        return True

    def hurry(self) -> None:
        """Due now, or a few seconds after the last time."""
        self.hurried = True


class Upkeep:
    """The worker's spare-time work, so far as `upkeep` of the settings names it; a full disk is pruned, and what was
    deleted collected, in any case. Nothing that fails here stops the worker; a full disk is told to it."""

    def __init__(self, settings: Settings, ledger: Ledger, hook: Hook | None = None) -> None:
        self._settings = settings
        self._ledger = ledger
        self._hook = hook or Hook()
        self._prune = _Task(PRUNE_SECONDS)
        self._collect = _Task(COLLECT_SECONDS)
        self._backup = _Task(BACKUP_SECONDS)
        self._trim = _Task(TRIM_SECONDS)
        later = time.monotonic() + PRUNE_SECONDS  # not at the start, when somebody may wait
        self._verify = _Task(VERIFY_SECONDS, later - VERIFY_SECONDS)

    def hurry(self) -> None:
        """There is no room: prune at the next look, whatever the time."""
        self._prune.hurry()

    def prune_if_due(self) -> bool:
        """Delete what has expired; True if there was something. Also for when the queue never ends."""
        wanted = "prune" in self._settings.upkeep or self._prune.hurried
        return wanted and self._prune.due() and self._do("prune", self._pruned)

    def when_idle(self) -> bool:
        """One thing that is due while nobody waits; False if nothing is."""
        if self.prune_if_due():
            return True
        if self._ledger.rubbish_since and self._collect.due():
            self._backup.hurry()  # what was deleted is not kept there either
            return self._do("collect", lambda: collect(self._settings, self._ledger))
        wanted, mirror = self._settings.upkeep, self._settings.backup_dir
        if mirror and "backup" in wanted and self._backup.due():
            return self._do("backup", lambda: self._ledger.mirror_to(mirror))
        if "trim" in wanted and self._trim.due() and self._do("trim", self._trimmed):
            return True
        return "verify" in wanted and self._verify.due() and self._do("verify", self._verified)

    def _pruned(self) -> int:
        return len(prune(self._settings, self._ledger, now()).jobs)

    def _trimmed(self) -> int:
        return trim_logs(self._settings.logs_dir, now() - timedelta(days=self._settings.log.keep_days))

    def _verified(self) -> None:
        """Raises LedgerError where something is wrong; a stranger's folder may be left where it is."""
        faults = [fault for fault in verify(self._settings, self._ledger, now()) if fault.mend != UNKNOWN]
        if faults:
            raise LedgerError(f"{len(faults)} things are wrong, the first: {faults[0].what} {faults[0].mend}")

    def _do(self, task: str, act: Callable[[], int | None]) -> bool:
        """Do it; False where it counts 0 things done. Raises only what says that the disk is full."""
        try:
            count = act()
        except (LedgerError, PublishError, OSError) as error:
            if is_full(error):
                raise
            log.error("upkeep-failed", task=task, error=error_kind(error))
            self._hook.upkeep_failed(task, str(error))
            return True
        self._hook.upkeep_done(task, count or 0)
        return count != 0

"""The inbox: each drop waits until it is whole, then becomes a job or goes to `rejected/`.

Nothing here is remembered over a restart: what lies in the inbox has not been accepted, or is found to
have been by its job id. So before a drop is accepted, it is renamed to the job id that it will have.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from protogen.config import Settings
from protogen.files import has_room, is_full, move, remove_tree, sync_dir
from protogen.heartbeat import Heartbeat
from protogen.hooks import Hook
from protogen.intake import fates
from protogen.intake.accept import Acceptance
from protogen.intake.contents import COMPLETE, DROP_SUFFIXES, TAKEN, Surroundings, ignored, is_part
from protogen.intake.parse import YAML_SUFFIXES, Drop, job_id_of, read_drop
from protogen.intake.quarantine import REJECTED, quarantine
from protogen.intake.rejected import Rejected, Wait
from protogen.intake.signature import Signature, signature_of
from protogen.intake.watch import watching
from protogen.job import JOB_ID
from protogen.logs import error_kind, get_logger
from protogen.submission import Submission

log = get_logger(__name__)

# What cannot be read yet is given this many times the quiet time.
PATIENCE = 5
FIRST_RETRY_SECONDS = 5.0
LAST_RETRY_SECONDS = 300.0
_ABANDONED_SECONDS = 86_400


@dataclass(slots=True)
class _Seen:
    """What is known of a drop: how it looks, since when it has looked so, when to look into it.

    `beside` is how the files looked that lie beside it and belong to it, when it was read.
    """

    signature: Signature
    since: float
    due: float
    beside: tuple[Signature | None, ...] = ()
    failures: int = 0
    reported: str = ""


class Inbox:
    """Takes drops out of the inbox one after the other, oldest first.

    `accept` returns once the submission is durable; only then its drop is removed. If it raises, the drop
    stays and is tried again, later and later. `hook` hears of what was accepted and rejected. `clock` gives
    seconds that never go back. `fault` says why nothing can be taken in just now, empty where all is well.
    """

    def __init__(
        self,
        settings: Settings,
        accept: Callable[[Submission], Acceptance],
        hook: Hook | None = None,
        clock: Callable[[], float] = time.monotonic,
        heart: Heartbeat | None = None,
    ) -> None:
        self._path = settings.inbox_dir
        self._limits = settings.intake
        self._reserve_bytes = settings.reserve_bytes
        self._full = False
        self._accept = accept
        self._hook = hook or Hook()
        self._clock = clock
        self.fault = ""
        self._heart = heart or Heartbeat()
        self._seen: dict[str, _Seen] = {}
        self._hinted: dict[str, bool] = {}
        self._scan_at = clock()
        self._around, self._around_until = Surroundings(self._path), clock()
        self._may_be_named: bool | None = None
        self._news = threading.Event()
        self._stop = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Watch the inbox until `stop` is set. Events are hints; the scans are what counts."""
        self._stop = stop
        self._path.mkdir(parents=True, exist_ok=True)
        self._sweep()
        with watching(self._path, self.hint):
            while not stop.is_set():
                self._heart.beat("inbox", self._limits.scan_seconds)
                self._news.clear()
                self._rest(self.scan() if self._clock() >= self._scan_at else self.look())

    def hint(self, name: str, whole: bool) -> None:
        """Something happened to `name`; `whole` if its writer has just closed it or renamed it."""
        if not _is_drop(name):
            return
        if whole:
            self._hinted[name] = True
        else:
            self._hinted.setdefault(name, False)
        self._news.set()

    def scan(self) -> float:
        """Look at every drop once and handle those that are due; gives the seconds until the next look."""
        try:
            names = _names(self._path)
            self.fault = ""
        except OSError as error:
            self.fault = f"The inbox {self._path} cannot be read ({error.strerror})."
            log.exception("inbox-unreadable", error=error_kind(error))
            names = []
        there = set(names)
        self._seen = {name: seen for name, seen in self._seen.items() if name in there}
        self._look_at(names)
        self._scan_at = self._clock() + self._limits.scan_seconds
        return self._pause()

    def look(self) -> float:
        """Look at what is due or has news, and at nothing else, however much waits; gives what `scan` gives."""
        now = self._clock()
        due = [name for name, seen in self._seen.items() if seen.due <= now]
        self._look_at([*dict.fromkeys([*due, *list(self._hinted)])])
        return self._pause()

    def waiting(self) -> list[str]:
        """The drops that are not jobs yet, as `waiting` gives them."""
        return waiting(self._path)

    def _look_at(self, names: list[str]) -> None:
        self._may_be_named = None
        if names and not self._has_room():
            return
        for name in names:
            if self._stop.is_set() or self._full:
                break
            self._heart.beat("inbox")
            self._look(name)

    def _pause(self) -> float:
        if self._full:
            return self._limits.scan_seconds
        dues = (seen.due for seen in self._seen.values())
        return max(0.0, min([self._scan_at, *dues]) - self._clock())

    def _look(self, name: str) -> None:
        """Handle one drop if it is due. Whatever goes wrong, it stays, and the others get their turn."""
        whole = self._hinted.pop(name, False)  # before the look: what happens during it is looked at again
        try:
            signature = signature_of(self._path / name)
        except OSError as error:
            log.exception("drop-unreadable", job=job_id_of(name), error=error_kind(error))
            return
        if signature is None:
            self._seen.pop(name, None)
            return
        now = self._clock()
        seen = self._seen.get(name)
        if seen is None or seen.signature != signature:
            seen = self._seen[name] = _Seen(signature, now, now + self._limits.quiet_seconds)
        if not seen.failures and (whole or self._complete(name)):
            seen.due = now
        if now < seen.due:
            return
        try:
            self._handle(name, seen)
        except Exception as error:
            if is_full(error):
                self._wait_for_room()
            else:
                self._put_off(name, seen, error)

    def _handle(self, name: str, seen: _Seen) -> None:
        path = self._path / name
        try:
            drop = read_drop(path, self._limits, around=self._surroundings())
        except FileNotFoundError:
            seen.due = self._clock() + self._limits.scan_seconds  # taken away while we read
            return
        except Rejected as refused:
            if not self._may_wait(path, seen, refused.wait):
                self._reject(path, name, refused.reason)
            return
        if drop.awaited and not self._complete(name):
            wait = Wait.LONG if path.is_dir() else Wait.SHORT
            if self._may_wait(path, seen, wait):
                return
        if signature_of(path) != seen.signature:
            return  # written to while we read: the next look sees it as new
        beside = tuple(signature_of(self._path / each) for each in drop.beside)
        if beside != seen.beside:
            seen.beside, seen.due = beside, self._clock() + self._limits.quiet_seconds
            return  # they too may still be written to
        self._take(path, seen, drop)

    def _may_wait(self, path: Path, seen: _Seen, wait: Wait) -> bool:
        """True, and the next look is set, while there is still time for the drop to become whole."""
        seconds = {
            Wait.NOT: 0.0,
            Wait.SHORT: PATIENCE * self._limits.quiet_seconds,
            Wait.LONG: self._limits.give_up_seconds,
        }[wait]
        now, end, folder = self._clock(), seen.since + seconds, path.is_dir()
        part = is_part(path.name) and not folder
        if part and now >= end and wait is Wait.LONG and self._parts_may_be_named():
            end = now + self._limits.scan_seconds  # its drop waits too, and may be held up
        # A file may come to lie beside a single-file drop without a change of the drop itself.
        seen.due = end if folder else min(end, now + self._limits.scan_seconds)
        return now < end

    def _parts_may_be_named(self) -> bool:
        """True while a drop waits that may name a file beside it; asked for once a pass, where at all."""
        if self._may_be_named is None:
            self._may_be_named = any(name.lower().endswith(YAML_SUFFIXES) for name in self._seen)
        return self._may_be_named

    def _take(self, path: Path, seen: _Seen, drop: Drop) -> None:
        job_id, name = drop.submission.job_id, path.name
        if not drop.named:
            named = path.with_name(job_id + ("" if path.is_dir() else path.suffix))
            move(path, named)
            path = named
            self._seen[path.name] = self._seen.pop(name)
        acceptance = self._accept(drop.submission)
        if acceptance.conflict:
            self._reject(path, name, _conflict(drop.submission, acceptance))
            return
        if acceptance.duplicate:
            log.info("drop-again", job=acceptance.job.job)
            if acceptance.job.job != job_id:
                fates.remember(self._path, job_id, acceptance.job.job)
        else:
            self._hook.job_accepted(acceptance.job)
        # What was written to it meanwhile is looked at as a drop of its own, not lost.
        if signature_of(path) == seen.signature:
            self._remove(path)
            self._remove_beside(drop.beside, seen.beside)

    def _reject(self, path: Path, name: str, reason: str) -> None:
        target = quarantine(path, name, reason)
        self._seen.pop(path.name, None)
        log.warning("drop-rejected", job=job_id_of(name))  # its name and the reason may be its sender's words
        self._hook.drop_rejected(target.name, reason)

    def _remove(self, path: Path) -> None:
        if path.is_dir():
            # In one step, so that a crash does not leave half a folder that looks like a new drop.
            path = path.rename(path.with_name(TAKEN + path.name))
            remove_tree(path)
        else:
            path.unlink()
        self._seen.pop(path.name.removeprefix(TAKEN), None)

    def _remove_beside(self, names: tuple[str, ...], looks: tuple[Signature | None, ...]) -> None:
        """After the drop, for without them it would be another request; not if they are others by now."""
        for name, look in zip(names, looks, strict=True):
            if signature_of(self._path / name) == look:
                (self._path / name).unlink(missing_ok=True)
                self._seen.pop(name, None)

    def _surroundings(self) -> Surroundings:
        if self._clock() >= self._around_until:
            self._around = Surroundings(self._path)
            self._around_until = self._clock() + self._limits.scan_seconds
        return self._around

    def _put_off(self, name: str, seen: _Seen, error: Exception) -> None:
        seen.due = self._clock() + min(FIRST_RETRY_SECONDS * 2**seen.failures, LAST_RETRY_SECONDS)
        seen.failures += 1
        if repr(error) != seen.reported:
            seen.reported = repr(error)
            log.error("drop-put-off", job=job_id_of(name), error=error_kind(error), exc_info=error)

    def _has_room(self) -> bool:
        """False while the disk is too full to take anything in: all drops wait, and none is looked into."""
        if not has_room(self._reserve_bytes, self._path):
            self._wait_for_room()
            return False
        if self._full:
            log.warning("disk-room", part="intake")
        self._full = False
        return True

    def _wait_for_room(self) -> None:
        if not self._full:
            self._full = True
            log.error("disk-full", part="intake")

    def _complete(self, name: str) -> bool:
        return os.path.lexists(self._path / name / COMPLETE)

    def _sweep(self) -> None:
        """Remove what crashes left: folders whose job is safe, drops of our own that never became whole."""
        for path in self._path.glob(f"{TAKEN}*"):
            with contextlib.suppress(OSError):
                remove_tree(path)
        for path in self._path.glob("*.tmp"):
            with contextlib.suppress(OSError):  # or it has become whole this moment
                if job_id_of(path.name) and path.lstat().st_mtime < time.time() - _ABANDONED_SECONDS:
                    remove_tree(path)
        fates.forget(self._path)
        sync_dir(self._path)  # a drop that was given its job id must not lose it after it has become that job

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stop.is_set() and (left := end - time.monotonic()) > 0:
            if self._news.wait(min(left, 0.2)):
                return


def waiting(inbox: Path) -> list[str]:
    """The drops in an inbox that are not jobs yet, oldest first: their job ids, or names without one."""
    return [job_id_of(name) or name for name in _names(inbox)]


def oldest_waiting(inbox: Path) -> datetime | None:
    """Since when the drop that has waited longest lies in an inbox as it is; None where none waits."""
    found = []
    for name in _names(inbox):
        with contextlib.suppress(FileNotFoundError):
            found.append((inbox / name).lstat().st_ctime)  # a file may be older than its time in the inbox
    return datetime.fromtimestamp(min(found), UTC) if found else None


def waits(inbox: Path, job_id: str) -> bool:
    """True while the drop of that job id lies in an inbox, however many others do."""
    suffixes = ("", *DROP_SUFFIXES, *map(str.upper, DROP_SUFFIXES))
    return bool(JOB_ID.fullmatch(job_id)) and any(
        os.path.lexists(inbox / (job_id + suffix)) for suffix in suffixes
    )


def _names(inbox: Path) -> list[str]:
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(inbox) as entries:
        for entry in entries:
            if _is_drop(entry.name):
                with contextlib.suppress(FileNotFoundError):
                    found.append((entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
    return [name for _, name in sorted(found)]


def _is_drop(name: str) -> bool:
    return not ignored(name) and name != REJECTED


def _conflict(submission: Submission, acceptance: Acceptance) -> str:
    known = "submission_id" if submission.submission_id else "job id"
    return f"The {known} belongs to job {acceptance.job.job} with other content; send this under a new one."

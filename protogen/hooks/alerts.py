"""Alerts: the operator hears of a trouble once, again if it lasts, and once more when it is over.

A trouble has a name (`disk`, `breaker openai`). It is on the disk before it is told, so a restart tells nothing twice
and forgets nothing. Everything is done in a thread of its own: whoever reports a trouble waits for nothing.
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from protogen.config import Settings
from protogen.files import has_room, is_full, write_file
from protogen.hooks import Hook
from protogen.hooks.notices import OPERATOR, Targets
from protogen.hooks.outbox import Message, Outbox, Undelivered, message_id
from protogen.intake.inbox import oldest_waiting
from protogen.job import Event, StageTrace, Status, now
from protogen.ledger import Ledger, LedgerError
from protogen.ledger.trailers import parse_time, time_text
from protogen.logs import error_kind, get_logger
from protogen.logs.events import UPKEEP

log = get_logger(__name__)

LOOK_SECONDS = 5.0
STOP_SECONDS = 2.0
HOUR = timedelta(hours=1)
MOST_REMEMBERED = 2_000
_OPEN, _OVER = "open", "over"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong: since when (as `time_text` writes it), how often it was reported, and what was told.

    `id` is that of this one time: the same trouble another day is another.

    `told` is when the operator was told last, empty before that; `state` is `open`, or `over` until that is told too.
    """

    name: str
    title: str
    text: str
    since: str
    id: str
    state: str = _OPEN
    count: int = 1
    told: str = ""


class Alerts(Hook):
    """Turns what happens into troubles, and troubles into messages of the channel `operator`.

    Troubles that last are looked for every few seconds: the queue's age, the rate of success, room on the disk.
    """

    def __init__(self, settings: Settings, ledger: Ledger, outbox: Outbox, targets: Targets) -> None:
        self._settings = settings
        self._ledger = ledger
        self._outbox = outbox
        self._targets = targets
        self._path = settings.alerts_file
        self._troubles: dict[str, Trouble] = {}
        self._ended: deque[tuple[str, bool]] = deque(maxlen=MOST_REMEMBERED)
        self._worker_is_full = False
        self._reports: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)
        self._stopping = threading.Event()
        self._last = b""
        self._read()

    def start(self) -> None:
        """Begin to look and to tell, what was left untold before first."""
        self._thread.start()

    def stop(self) -> None:
        """Write down what was reported, and end."""
        self._stopping.set()
        self._reports.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    @property
    def troubles(self) -> list[Trouble]:
        """What is wrong just now, the oldest first."""
        return [trouble for trouble in self._troubles.values() if trouble.state == _OPEN]

    # What is reported: from any thread, at once

    def drop_rejected(self, name: str, reason: str) -> None:
        """Told without its name and reason, which may be a customer's words."""
        text = "A request in the inbox could not be used. It lies in inbox/rejected/, beside a file that says why."
        self._report(self._rise, "drop-rejected", "A request was rejected", text)

    def job_accepted(self, event: Event) -> None:
        """Requests can be used (again)."""
        self._report(self._fall, "drop-rejected")

    def stage_finished(self, job: str, trace: StageTrace) -> None:
        """Whoever answered is well, whatever was known of him before a restart."""
        for provider in filter(None, trace.provider.split(",")):
            self._report(self._fall, f"breaker {provider.strip()}")

    def job_finished(self, event: Event) -> None:
        """One of the last hour's jobs."""
        self._report(self._finished, event)

    def disk_full(self, reason: str) -> None:
        """The worker finds no room."""
        self._report(self._full, True)

    def disk_room(self) -> None:
        """The worker finds room again."""
        self._report(self._full, False)

    def provider_changed(self, provider: str, state: str) -> None:
        """A breaker has opened or closed; half open it is neither."""
        if state == "open":
            text = f"The model's provider {provider} fails and is left alone for a while. Sites are made without it."
            self._report(self._rise, f"breaker {provider}", f"The model {provider} does not answer", text)
        elif state == "closed":
            self._report(self._fall, f"breaker {provider}")

    def upkeep_failed(self, task: str, reason: str) -> None:
        """Deleting, giving back, backing up or verifying failed."""
        text = f"{reason}\nWhat to do: protogen verify, and docs/operating.md."
        self._report(self._rise, task, UPKEEP.get(task, task), text)

    def upkeep_done(self, task: str, count: int) -> None:
        """It works (again)."""
        self._report(self._fall, task)

    def notice_failed(self, channel: str, code: str) -> None:
        """A notice has been put aside. Of the operator's own channel only the log can tell."""
        if channel != OPERATOR:
            text = f"A notice could not be sent ({code}) and is put aside. To send it again: protogen notices retry."
            self._report(self._rise, f"notices {channel}", f"Notices by {channel} do not arrive", text)

    def notice_delivered(self, channel: str) -> None:
        """A notice has arrived."""
        if channel != OPERATOR:
            self._report(self._fall, f"notices {channel}")

    def _report(self, what: Callable[..., None], *values: object) -> None:
        if self._targets.operator:
            self._reports.put(partial(what, *values))

    # The alerts' own thread

    def _run(self) -> None:
        if not self._targets.operator:
            return
        while True:
            try:
                self.look(now())
                if report := self._reports.get(timeout=LOOK_SECONDS):
                    report()
                self.take()
            except queue.Empty:
                continue
            except (LedgerError, OSError) as error:
                log.warning("alerts-wait", error=error_kind(error))
                self._stopping.wait(1.0)
            except Exception as error:
                log.exception("alerts-wait", error=error_kind(error))
                self._stopping.wait(1.0)
            if self._stopping.is_set() and self._reports.empty():
                self._finish()
                return

    def _finish(self) -> None:
        with contextlib.suppress(OSError):
            self._write()

    def take(self) -> None:
        """Take in what was reported and has not been taken in yet."""
        with contextlib.suppress(queue.Empty):
            while True:
                if report := self._reports.get_nowait():
                    report()

    def look(self, at: datetime) -> None:
        """See what is wrong now and was not reported by anybody, and tell what there is to tell."""
        self._look_at_the_queue(at)
        self._look_at_the_rate(at)
        self._look_at_the_disk()
        self._tell(at)

    def _look_at_the_queue(self, at: datetime) -> None:
        minutes = self._settings.alerts.queue_minutes
        dropped = oldest_waiting(self._settings.inbox_dir)
        pending = [event.not_before or event.created_at for event in self._ledger.queue(1)]
        oldest = min([*pending, dropped or at])
        if at - oldest > timedelta(minutes=minutes):
            text = f"The oldest request has waited for more than {minutes:g} minutes. Why: protogen doctor."
            self._rise("queue", "Requests wait too long", text, again=False)
        else:
            self._fall("queue")

    def _look_at_the_rate(self, at: datetime) -> None:
        begin = time_text(at - HOUR)
        while self._ended and self._ended[0][0] < begin:
            self._ended.popleft()
        total, good = len(self._ended), sum(well for _, well in self._ended)
        wanted = self._settings.alerts.success_rate
        if total >= self._settings.alerts.success_jobs and good < wanted * total:
            text = (
                f"Of the {total} jobs of the last hour {good} succeeded. See: protogen list --status failed."
            )
            self._rise("success-rate", f"Fewer than {wanted:.0%} of the jobs succeed", text, again=False)
        else:
            self._fall("success-rate")

    def _look_at_the_disk(self) -> None:
        settings = self._settings
        disks = (settings.ledger_dir, settings.published_dir, settings.inbox_dir)
        if self._worker_is_full or not has_room(settings.reserve_bytes, *disks):
            text = (
                f"Less than {settings.reserve_bytes:,} bytes are free. What has expired is deleted; requests wait "
                "and go on by themselves when there is room. To make some: protogen prune."
            )
            self._rise("disk", "The disk is full", text, again=False)
        else:
            self._fall("disk")

    def _full(self, full: bool) -> None:
        self._worker_is_full = full

    def _finished(self, event: Event) -> None:
        if event.status is Status.FAILED or (
            event.status is Status.COMPLETED and event.error not in ("", "cancelled")
        ):
            self._ended.append((time_text(event.at), False))
            text = f"The job {event.job} failed ({event.error}). Why: protogen show {event.job}."
            self._rise("job-failed", "A job failed", text)
        elif event.status is Status.COMPLETED and not event.error:
            self._ended.append((time_text(event.at), True))
            self._fall("job-failed")
            self._look_at_the_deadline(event)

    def _look_at_the_deadline(self, event: Event) -> None:
        limit = self._settings.generation_timeout
        if event.duration_ms > limit * 1000:
            text = f"The job {event.job} took {event.duration_ms / 1000:.0f} s; {limit:g} s were promised."
            self._rise("deadline", "A site was made too late", text)
        else:
            self._fall("deadline")

    # Troubles

    def _rise(self, name: str, title: str, text: str, again: bool = True) -> None:
        """A trouble is there; where it was there before, it is one more time, if `again`."""
        known = self._troubles.get(name)
        if known is None:
            self._troubles[name] = Trouble(name, title, text, time_text(now()), uuid.uuid4().hex)
        elif known.state == _OVER:  # back before its end was told: it has not ended
            self._troubles[name] = replace(known, state=_OPEN, count=known.count + 1)
        elif again:
            self._troubles[name] = replace(known, text=text, count=known.count + 1)

    def _fall(self, name: str) -> None:
        known = self._troubles.get(name)
        if known:
            self._troubles[name] = replace(known, state=_OVER)

    def _tell(self, at: datetime) -> None:
        """Write down what has changed, and put into the outbox what the operator has not heard."""
        self._write()
        for trouble in list(self._troubles.values()):
            if self._is_to_be_told(trouble, at):
                title = f"Still: {trouble.title}" if trouble.told else trouble.title
                text = f"{trouble.text}\n\n{_history(trouble)}" if trouble.told else trouble.text
                if not self._put(trouble, trouble.told, title, text):
                    continue
                self._troubles[trouble.name] = replace(trouble, told=time_text(at))
            if trouble.state == _OVER and self._put(
                trouble, _OVER, f"Over: {trouble.title}", _history(trouble)
            ):
                del self._troubles[trouble.name]
        self._write()

    def _is_to_be_told(self, trouble: Trouble, at: datetime) -> bool:
        hours = self._settings.alerts.repeat_hours
        if not trouble.told:
            return True
        return (
            trouble.state == _OPEN and hours > 0 and at - parse_time(trouble.told) >= timedelta(hours=hours)
        )

    def _put(self, trouble: Trouble, phase: str, title: str, text: str) -> bool:
        """Into the outbox; on a disk that has no room even for that, to the operator at once. False: not yet."""
        identity = message_id("alert", trouble.id, phase)
        message = Message(identity, OPERATOR, {"title": title, "text": text})
        try:
            return self._outbox.put(message)
        except OSError as error:
            if not is_full(error):
                raise
        try:
            self._targets.tell_operator(message)
        except Undelivered:
            return False
        return True

    # On the disk

    def _written(self) -> bytes:
        troubles = [asdict(trouble) for trouble in self._troubles.values()]
        return json.dumps({"troubles": troubles, "ended": list(self._ended)}).encode()

    def _write(self) -> None:
        """Raises OSError, but not for a full disk: what is known is written when there is room."""
        data = self._written()
        if data != self._last:
            try:
                write_file(self._path, data, mode=0o600)
            except OSError as error:
                if not is_full(error):
                    raise
                return
            self._last = data

    def _read(self) -> None:
        try:
            self._last = self._path.read_bytes()
            data = json.loads(self._last)
            self._troubles = {each["name"]: Trouble(**each) for each in data["troubles"]}
            self._ended.extend((str(at), bool(well)) for at, well in data["ended"])
        except FileNotFoundError:
            self._last = self._written()
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("alerts-anew")


def standing(path: Path) -> list[Trouble]:
    """The troubles that a running system has written down."""
    try:
        data = json.loads(path.read_text("utf-8"))
        return [trouble for each in data["troubles"] if (trouble := Trouble(**each)).state == _OPEN]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def trial() -> Message:
    """A message to the operator that says that it is one for trying."""
    text = "This is what an alert looks like. Nothing is wrong."
    return Message(str(uuid.uuid4()), OPERATOR, {"title": "A test of protogen's alerts", "text": text})


def _history(trouble: Trouble) -> str:
    times = "once" if trouble.count == 1 else f"{trouble.count} times"
    return f"It began at {trouble.since} and was reported {times}."

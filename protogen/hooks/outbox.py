"""The outbox: messages to people and programs, each on the disk until it is delivered.

    outbox = Outbox(folder, retry, hook)
    outbox.serve("webhook", deliver)      # deliver(message) returns when it has arrived, or raises Undelivered
    outbox.start()
    outbox.put(Message(message_id(job, "completed"), "webhook", {"job": job}, job))

Every message is delivered at least once: one that was sent just before a crash is sent again, under the same id.
A channel has a thread of its own, so one that hangs keeps no other waiting, and no job. What could not be delivered
in all its attempts goes to `failed/`, and the hook hears of it. Other processes act on the same folder by the
functions below.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from protogen.backoff import RetrySettings, retry_delay
from protogen.files import locked_dir, sync_dir, write_file
from protogen.hooks import Hook
from protogen.logs import error_kind, get_logger

log = get_logger(__name__)

FAILED = "failed"
MOST_WAITING = 10_000  # a channel
MOST_FAILED = 1_000
LOOK_SECONDS = 1.0  # for what another process has put there
STOP_SECONDS = 1.0
_CHANNEL = re.compile(r"(?!failed$)[a-z][a-z0-9-]{0,30}")
_SPACE = uuid.UUID("b1d0a7c4-6c55-4d6f-9e39-2f1c6d0e9a57")


class Undelivered(Exception):
    """A message did not arrive; `code` is one word. With `lasting`, no further attempt is of use."""

    def __init__(self, code: str, *, lasting: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.lasting = lasting


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be delivered by which channel.

    `body` is what the channel makes of it; nothing in it is a customer's. `job` is the job it speaks of: it goes when
    that expires. Times are seconds since the epoch; `due` is when it is tried next, `error` the last failure's code.
    """

    id: str
    channel: str
    body: Mapping[str, str] = field(default_factory=dict)
    job: str = ""
    created: float = field(default_factory=time.time)
    attempts: int = 0
    due: float = 0.0
    error: str = ""

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.job or '-'}.{self.id}.json"


Deliver = Callable[[Message], None]


def message_id(*parts: str) -> str:
    """The id of the message about these things: the same ones have the same id, whenever it is made."""
    return str(uuid.uuid5(_SPACE, "\0".join(parts)))


class Outbox:
    """The messages in `folder`, delivered by the channels that are served. `put` may be called from any thread."""

    def __init__(self, folder: Path, retry: RetrySettings, hook: Hook) -> None:
        self._folder = folder
        self._retry = retry
        self._hook = hook
        self._channels: dict[str, _Channel] = {}
        self._stopping = threading.Event()
        _make(folder / FAILED)

    def serve(self, channel: str, deliver: Deliver) -> None:
        """Deliver the messages of `channel` by `deliver`, from `start` on."""
        if not _CHANNEL.fullmatch(channel):
            raise ValueError(f"{channel!r} is no name of a channel.")
        _make(self._folder / channel)
        self._channels[channel] = _Channel(
            channel, self._folder, self._retry, deliver, self._hook, self._stopping
        )

    def start(self) -> None:
        """Begin to deliver, what was left from before first; what no channel serves any more is put aside."""
        _sweep(self._folder)
        for place in _places(self._folder):
            if place.name not in (FAILED, *self._channels):
                self._put_aside(place)
        for channel in self._channels.values():
            channel.thread.start()

    def _put_aside(self, place: Path) -> None:
        for name in _names(place):
            with locked_dir(self._folder):
                if message := _read(place / name):
                    _write(self._folder / FAILED, replace(message, error="not-served"))
                    (place / name).unlink()
                    self._hook.notice_failed(place.name, "not-served")

    def stop(self) -> None:
        """Begin no further delivery; one in hand is left to itself, and made again at the next start."""
        self._stopping.set()
        for channel in self._channels.values():
            channel.news.set()
        for channel in self._channels.values():
            if channel.thread.is_alive():
                channel.thread.join(STOP_SECONDS)

    def put(self, message: Message) -> bool:
        """Take a message in: when this returns True, it is on the disk. False where too many wait already.

        One that waits already under that id stays as it is. Raises OSError where it cannot be written.
        """
        folder = self._folder / message.channel
        with locked_dir(self._folder):
            if (folder / message.name).exists():
                return True
            if len(_names(folder)) >= MOST_WAITING:
                return False
            _write(folder, message)
        if channel := self._channels.get(message.channel):
            channel.news.set()
        return True


class _Channel:
    """One way out, and the thread that serves it."""

    def __init__(
        self,
        name: str,
        folder: Path,
        retry: RetrySettings,
        deliver: Deliver,
        hook: Hook,
        stopping: threading.Event,
    ) -> None:
        self._name = name
        self._root = folder
        self._folder = folder / name
        self._retry = retry
        self._deliver = deliver
        self._hook = hook
        self._stopping = stopping
        self._known: dict[str, tuple[int, Message | None]] = {}
        self.news = threading.Event()
        self.thread = threading.Thread(target=self._run, name=f"outbox-{name}", daemon=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.news.clear()
            try:
                for message in self._due():
                    if self._stopping.is_set():
                        return
                    self._try(message)
            except Exception as error:
                log.exception("outbox-unreadable", channel=self._name, error=error_kind(error))
            self.news.wait(self._pause())

    def _pause(self) -> float:
        """Seconds until the next look: at what is due next, or for what another process has put there."""
        at = time.time()
        waits = (self._wait(message, at) for _, message in self._known.values() if message)
        return min([LOOK_SECONDS, *(max(0.05, wait) for wait in waits)])

    def _due(self) -> list[Message]:
        """The messages whose time has come, the oldest first."""
        there: dict[str, tuple[int, Message | None]] = {}
        for name, number in _names(self._folder).items():
            known = self._known.get(name)
            there[name] = known if known and known[0] == number else (number, _read(self._folder / name))
        self._known = there
        at = time.time()
        return sorted(
            (message for _, message in there.values() if message and self._wait(message, at) <= 0),
            key=lambda message: message.created,
        )

    def _wait(self, message: Message, at: float) -> float:
        """Seconds until it is due; never longer than its delay, whatever became of the clock."""
        if not message.attempts:
            return 0.0
        return min(message.due - at, retry_delay(self._retry, message.attempts, 1.0))

    def _try(self, message: Message) -> None:
        try:
            self._deliver(message)
        except Exception as error:
            self._failed(message, error)
            return
        self._known.pop(message.name, None)
        with contextlib.suppress(FileNotFoundError):
            (self._folder / message.name).unlink()
        sync_dir(self._folder)
        self._hook.notice_delivered(self._name)

    def _failed(self, message: Message, error: Exception) -> None:
        code = error.code if isinstance(error, Undelivered) else type(error).__name__
        lasting = isinstance(error, Undelivered) and error.lasting
        attempts = message.attempts + 1
        due = time.time() + retry_delay(self._retry, attempts, random.random())
        later = replace(message, attempts=attempts, due=due, error=code)
        over = lasting or attempts >= self._retry.attempts
        self._keep(later, over)
        tell = log.error if over else log.warning
        state = "put-aside" if over else "tried-again"
        tell(
            "notice-undelivered",
            job=message.job,
            notice=message.id,
            channel=self._name,
            error=code,
            attempt=attempts,
            state=state,
        )
        if over:
            self._hook.notice_failed(self._name, code)

    def _keep(self, message: Message, over: bool) -> None:
        """Write what became of it, unless it was taken away meanwhile."""
        waiting = self._folder / message.name
        try:
            with locked_dir(self._root):
                if not waiting.exists():
                    return
                _write(self._root / FAILED if over else self._folder, message)
                self._known[message.name] = (waiting.lstat().st_ino, message)
                if over:
                    waiting.unlink()
                    self._known.pop(message.name)
                    sync_dir(self._folder)
                    _trim(self._root / FAILED)
        except OSError as error:  # on a full disk its next time is known in memory alone
            log.warning("outbox-unwritable", error=error_kind(error))
            number = self._known[message.name][0] if message.name in self._known else 0
            self._known[message.name] = (number, message)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in the outbox, and whether it is put aside."""

    message: Message
    failed: bool


def entries(folder: Path) -> list[Entry]:
    """What waits in the outbox and what is put aside, the oldest first."""
    found = [
        Entry(message, place.name == FAILED)
        for place in _places(folder)
        for name in _names(place)
        if (message := _read(place / name))
    ]
    return sorted(found, key=lambda entry: entry.message.created)


def put(folder: Path, message: Message) -> None:
    """Leave a message in an outbox that another process serves, or will. Raises OSError."""
    _make(folder / message.channel)
    with locked_dir(folder):
        _write(folder / message.channel, message)


def retry(folder: Path, wanted: str = "") -> int:
    """Let what is put aside be tried again, with all its attempts, and what waits be tried now; how many.

    With `wanted`, only the message of that id.
    """
    again = 0
    for entry in entries(folder):
        message = replace(entry.message, attempts=0, due=0.0)
        if wanted in ("", message.id):
            _make(folder / message.channel)
            with locked_dir(folder):
                source = folder / (FAILED if entry.failed else message.channel) / message.name
                if not source.exists():
                    continue
                _write(folder / message.channel, message)
                if entry.failed:
                    source.unlink()
                    sync_dir(source.parent)
            again += 1
    return again


def forget(folder: Path, gone: Callable[[str], bool]) -> int:
    """Delete every message of a job that is `gone`; how many. Raises OSError."""
    if not folder.is_dir():
        return 0
    deleted = 0
    answers: dict[str, bool] = {}
    with locked_dir(folder):
        for place in _places(folder):
            for name in _names(place):
                job = name.partition(".")[0]
                if job == "-":
                    continue
                if job not in answers:
                    answers[job] = gone(job)
                if answers[job]:
                    (place / name).unlink(missing_ok=True)
                    deleted += 1
            sync_dir(place)
    return deleted


def _places(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.is_dir())


def _names(folder: Path) -> dict[str, int]:
    """The messages' files in a folder, and the number by which each is known to be the same (inode)."""
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as found:
        return {each.name: each.inode() for each in found if each.name.endswith(".json")}
    return {}


def _read(path: Path) -> Message | None:
    """The message in a file; None where it is gone, or was spoilt by somebody."""
    try:
        return Message(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        log.warning("outbox-stray")
        return None


def _write(folder: Path, message: Message) -> None:
    data = json.dumps(asdict(message), ensure_ascii=False).encode()
    write_file(folder / message.name, data, mode=0o600)


def _make(folder: Path) -> None:
    """The outbox and a folder of it, readable by nobody else."""
    for each in (folder.parent, folder):
        if not each.is_dir():
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_dir(each.parent)


def _sweep(folder: Path) -> None:
    """Remove what crashes left half written."""
    with locked_dir(folder):
        for path in folder.glob("*/.tmp-*"):
            path.unlink(missing_ok=True)


def _trim(folder: Path) -> None:
    """Keep the last ones that were put aside."""
    paths = [folder / name for name in _names(folder)]
    for path in sorted(paths, key=lambda path: path.stat().st_mtime)[: max(0, len(paths) - MOST_FAILED)]:
        path.unlink(missing_ok=True)

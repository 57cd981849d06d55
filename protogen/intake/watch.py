"""File system events of the inbox, as hints: the kernel drops them silently when its queue is full."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from protogen.logs import error_kind, get_logger

log = get_logger(__name__)

# Not the rest: our own reading would wake us, and so would each block of a large file.
_EVENTS: list[type[FileSystemEvent]] = [
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
]


@contextlib.contextmanager
def watching(folder: Path, hint: Callable[[str, bool], None]) -> Iterator[None]:
    """Call `hint(name, whole)` from another thread for what happens in `folder`.

    `whole` is true where a file was closed by its writer, or a file or folder renamed. Where the system
    cannot watch, nothing is called and a line is logged.
    """
    observer = _observer()
    try:
        observer.schedule(_Handler(folder, hint), str(folder), event_filter=_EVENTS)
        observer.start()
    except OSError as error:
        log.warning("inbox-unwatched", error=error_kind(error))
        yield
        return
    try:
        yield
    finally:
        observer.stop()
        observer.join()


def _observer() -> BaseObserver:
    """On Linux one that tells what was moved into the folder from what is being written there (inotify(7))."""
    if not sys.platform.startswith("linux"):
        return Observer()
    from watchdog.observers.inotify import InotifyObserver

    return InotifyObserver(generate_full_events=True)


class _Handler(FileSystemEventHandler):
    def __init__(self, folder: Path, hint: Callable[[str, bool], None]) -> None:
        self._folder = folder
        self._hint = hint

    def on_any_event(self, event: FileSystemEvent) -> None:
        moved = isinstance(event, FileMovedEvent | DirMovedEvent)
        path = Path(os.fsdecode(event.dest_path if moved else event.src_path))
        if path.parent == self._folder:
            self._hint(path.name, moved or isinstance(event, FileClosedEvent))

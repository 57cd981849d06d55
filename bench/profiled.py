"""`protogen` with its inbox and worker threads profiled; the seconds by room go to the file that is named first.

A sample every millisecond, by the wall clock: waiting for a disk, for git and for the model counts. It belongs to
the innermost function of the program that was at work; what a library does counts for who called it.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from pyinstrument import Profiler
from pyinstrument.frame import Frame

from protogen.cli import app

WATCHED = ("inbox", "worker")
PACKAGE = "/protogen/"
RESTING = ("inbox.py:_rest", "worker.py:_rest", "watch.py:watching")


def main() -> None:
    """Run the command of the other arguments, then write {thread: {place: seconds}}."""
    target, sys.argv[1:] = Path(sys.argv[1]), sys.argv[2:]
    found: dict[str, dict[str, float]] = {}
    plain = threading.Thread.run

    def run(thread: threading.Thread) -> None:
        if thread.name not in WATCHED:
            return plain(thread)
        profiler = Profiler(interval=0.001, async_mode="disabled")
        profiler.start()
        try:
            plain(thread)
        finally:
            root = profiler.stop().root_frame()
            found[thread.name] = dict(_places(root)) if root else {}

    threading.Thread.run = run  # type: ignore[method-assign, assignment]
    try:
        app()
    finally:
        target.write_text(json.dumps(found, indent=1), "utf-8")


def _places(root: Frame) -> dict[str, float]:
    """Seconds by place, `room/file.py:function`; a thread that waits for work is in none."""
    seconds: dict[str, float] = defaultdict(float)
    for frame, place in _walk(root, ""):
        if not place.endswith(RESTING):
            seconds[place] += frame.time - sum(child.time for child in frame.children)
    return seconds


def _walk(frame: Frame, place: str) -> Iterator[tuple[Frame, str]]:
    file = frame.file_path or ""
    if PACKAGE in file and "site-packages" not in file:
        place = f"{file.rpartition(PACKAGE)[2]}:{frame.function}"
    yield frame, place
    for child in frame.children:
        yield from _walk(child, place)


if __name__ == "__main__":
    main()

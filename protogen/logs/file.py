"""The log file: JSON lines, rotated by size, trimmed by age, written by the process that holds the worker's lock."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from protogen.config_log import LogSettings
from protogen.files import write_file
from protogen.logs import take
from protogen.logs.lines import json_lines

LOG_NAME = "protogen.log"
_MODE = 0o600


class LogFile(RotatingFileHandler):
    """Takes the lines of this process from `open` to `shut`. What cannot be written, on a full disk, is let go."""

    def __init__(self, folder: Path, settings: LogSettings) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(
            folder / LOG_NAME,
            maxBytes=settings.file_bytes,
            backupCount=settings.files,
            encoding="utf-8",
            delay=True,
        )
        self.folder = folder
        self.setFormatter(json_lines())
        self.setLevel(settings.level.upper())
        self._end: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Begin to take lines."""
        self._end = take(self)

    def shut(self) -> None:
        """Take no more."""
        self._end()
        self.close()

    def trim(self, before: datetime) -> int:
        """As `trim`, while nothing is written."""
        with self.lock or contextlib.nullcontext():
            self._let_go()
            return trim(self.folder, before)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Nothing can be said of it in the log; the console has the line too."""
        self._let_go()

    def _open(self) -> TextIOWrapper:
        """The file, at the beginning of a line, whatever a full disk or a crash left of the last one."""
        descriptor = os.open(self.baseFilename, os.O_RDWR | os.O_APPEND | os.O_CREAT, _MODE)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            with contextlib.suppress(OSError):
                os.write(descriptor, b"\n")
        return open(descriptor, "a", encoding="utf-8")  # noqa: PTH123 - closed by the handler

    def _let_go(self) -> None:
        stream, self.stream = self.stream, None  # opened again by the next line
        if stream:
            with contextlib.suppress(OSError, ValueError):
                stream.close()


def log_files(folder: Path) -> list[Path]:
    """The files of a log, the newest first."""
    names = {path.name.removeprefix(LOG_NAME): path for path in folder.glob(f"{LOG_NAME}*")}
    rotated = sorted(int(name[1:]) for name in names if name[1:].isdigit())
    return [names[name] for name in ("", *(f".{number}" for number in rotated)) if name in names]


def trim_logs(folder: Path, before: datetime) -> int:
    """Delete lines from before that time, in step with whoever writes there in this process; how many."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LogFile) and handler.folder == folder:
            return handler.trim(before)
    return trim(folder, before)


def trim(folder: Path, before: datetime) -> int:
    """Delete the lines from before that time, and what is no line; how many. Raises OSError."""
    deleted = 0
    for path in log_files(folder):
        with path.open(encoding="utf-8", errors="replace") as file:
            first = _time_of(next(file, ""))
        if first is not None and first >= before:
            continue
        lines = path.read_text("utf-8", "replace").splitlines(keepends=True)
        kept = [line for line in lines if (at := _time_of(line)) is not None and at >= before]
        deleted += len(lines) - len(kept)
        if kept:
            write_file(path, "".join(kept).encode(), mode=_MODE)
        else:
            path.unlink()
    return deleted


def lines_of(folder: Path, job: str) -> Iterator[dict[str, Any]]:
    """The lines of a job, oldest first, from all files that are left."""
    with contextlib.ExitStack() as stack:
        opened: dict[int, TextIOWrapper] = {}
        for path in log_files(
            folder
        ):  # the newest first: what is rotated meanwhile is found twice, not never
            with contextlib.suppress(FileNotFoundError):
                file = stack.enter_context(path.open(encoding="utf-8", errors="replace"))
                opened.setdefault(os.fstat(file.fileno()).st_ino, file)
        for each in reversed(opened.values()):
            for text in each:
                if job in text and (line := _parsed(text)).get("job") == job:
                    yield line


def _parsed(text: str) -> dict[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:  # cut off, by a crash or a full disk
        return {}
    return line if isinstance(line, dict) else {}


def _time_of(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(_parsed(text)["time"])
    except (KeyError, ValueError, TypeError):
        return None

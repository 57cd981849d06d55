"""What the commands say on the terminal: lines, JSON, and the bar of the one long download."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from protogen.config import Settings
from protogen.config_log import LogSettings
from protogen.intake.whisper import fetch_hearing, hearing_folder
from protogen.llm import weights
from protogen.llm.weights import WeightsError
from protogen.logs.lines import is_quiet, json_lines, people_lines

out, err = Console(), Console(stderr=True)
SECOND_CTRL_C = 130  # 128 and the number of SIGINT, as shells count


def fail(message: str, code: int = 2) -> NoReturn:
    """Say what went wrong in one sentence and leave."""
    say(message, err, style="red")
    sys.exit(code)


def say(text: object, console: Console = out, style: str | None = None) -> None:
    """A line as it stands: what customers wrote is no markup, and no code of the terminal's."""
    plain = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in str(text))
    console.print(plain, style=style, markup=False, highlight=False, soft_wrap=True)


class TerminalLog(logging.Handler):
    """The log on the terminal: what went wrong, on stderr; on request (`follow`) what was done too, on stdout.

    `verbose` tells everything, and where an error was raised.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        super().__init__(logging.DEBUG if verbose else logging.WARNING)
        self._verbose = verbose
        self._following = False
        self._json = False
        self.setFormatter(people_lines(verbose=verbose))

    def follow(self, settings: LogSettings | None = None) -> None:
        """Tell what is done as it is done, as the settings say; without any, as people read it."""
        settings = settings or LogSettings()
        self._following = True
        self._json = settings.console == "json"
        if self._json:
            self.setFormatter(json_lines())
        if not self._verbose:
            self.setLevel(settings.level.upper())
        logging.getLogger("protogen").setLevel(self.level)

    @property
    def for_people(self) -> bool:
        """False where the console is read by a program."""
        return not self._json

    def emit(self, record: logging.LogRecord) -> None:
        """Say what was logged."""
        try:
            line = self.format(record)
        except Exception:  # the log stops nothing, and what it was about is not told
            line = f"✗ A line of {record.name} could not be told"
        if self._json:
            typer.echo(line)
        elif self._verbose or not is_quiet(record):
            say(line, out if self._following and record.levelno < logging.WARNING else err)


@contextmanager
def log_to_terminal(*, verbose: bool = False) -> Iterator[TerminalLog]:
    """The log comes to the terminal inside: the program's own lines, and those of libraries from warnings on."""
    root, own = logging.getLogger(), logging.getLogger("protogen")
    before = own.level
    handler = TerminalLog(verbose=verbose)
    own.setLevel(handler.level)
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        own.setLevel(before)


def print_json(value: Any) -> None:
    """JSON for programs: no colour, no wrapping."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def print_result(value: Any, sentence: str, as_json: bool) -> None:
    """JSON or a sentence."""
    if as_json:
        print_json(value)
    else:
        say(sentence)


def fetch_if_missing(settings: Settings) -> None:
    """The weights, fetched the first time and saying so, where the embedded model is the one in use."""
    if any(part.provider == "embedded" for part in settings.llm.chain):
        fetch_weights(settings, None)
        with suppress(WeightsError):  # recordings are then kept unheard, which the job notes
            fetch_hearing_weights(settings)


def fetch_hearing_weights(settings: Settings) -> None:
    """The model that hears recordings, where it is the one in use; raises WeightsError."""
    if settings.voice.provider == "embedded" and hearing_folder() is None:
        say("Fetching the model that hears recordings (145 MB), once.")
        fetch_hearing()


def fetch_weights(settings: Settings, copy_from: Path | None) -> Path:
    """The verified weights; fetched with a progress bar where they are missing."""
    status = weights.status(settings.model)
    if status.verified or status.own:
        return weights.verify(settings.model)
    say("Fetching the language model once; it is kept in your cache folder.")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=out) as bar:
        task = bar.add_task("model", total=None)
        last = time.monotonic()

        def report(done: int, total: int, source: str) -> None:
            nonlocal last
            bar.update(task, completed=done, total=total, description=source)
            if not out.is_terminal and time.monotonic() - last > 10:
                last = time.monotonic()
                say(f"{source}: {done // 1_000_000} of {total // 1_000_000} MB")

        return weights.fetch(settings.model, copy_from=copy_from, progress=report)


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the process at once."""
    stop = threading.Event()

    def on_signal(number: int, frame: object) -> None:
        del frame
        if stop.is_set() and number == signal.SIGINT:
            os._exit(SECOND_CTRL_C)  # as after a crash: children end with us, the next start resumes the job
        stop.set()

    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    return stop

"""`protogen` as the processes that people start: from outside, by signals, exit codes and what it prints."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from protogen.job import Event
from protogen.ledger import Ledger
from tools.missing import ROOT

_Found = TypeVar("_Found")


def protogen(
    *arguments: str | Path, cwd: Path, environ: Mapping[str, str] | None = None, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        _command(*arguments),
        cwd=cwd,
        env=_environ(environ),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


PATIENCE = 60.0  # seconds: a process that loads a model on a busy machine comes late, and is not wrong


def until(look: Callable[[], _Found | None], seconds: float = PATIENCE, what: str = "it") -> _Found:
    """The first thing that `look` finds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {seconds} s")


@dataclass(slots=True)
class Running:
    """A running `protogen up`, in a process group of its own as a terminal's job is."""

    process: subprocess.Popen[bytes]
    home: Path
    output: Path

    @property
    def printed(self) -> str:
        """What it has said so far, on both streams."""
        return self.output.read_text("utf-8", "replace")

    def says(self, words: str, seconds: float = PATIENCE) -> str:
        """What it has printed once `words` are in it."""

        def look() -> str | None:
            assert words in self.printed or self.process.poll() is None, self.printed
            return self.printed if words in self.printed else None

        return until(look, seconds, f"{words!r}, but {self.printed!r},")

    def becomes(self, job: str, status: str, seconds: float = 30) -> Event:
        """The job's event once it stands so."""

        def look() -> Event | None:
            with Ledger(self.home / "ledger.git") as ledger:
                event = ledger.job(job)
            return event if event and event.status.value == status else None

        return until(look, seconds, f"{status} of {job} ({self.printed})")

    def children(self) -> list[psutil.Process]:
        """Every process that it has started and that lives."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def interrupt(self) -> None:
        """Ctrl-C in a terminal: SIGINT to the whole group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def ends(self, seconds: float = 8) -> int:
        """Its exit code."""
        return self.process.wait(seconds)


@contextmanager
def up(home: Path, environ: Mapping[str, str] | None = None, ready: bool = True) -> Iterator[Running]:
    """`protogen up` in a home; killed at the end of the block if it still runs. Waits until it serves if `ready`."""
    output = home / "up.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            _command("up"),
            cwd=home,
            env=_environ(environ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    running = Running(process, home, output)
    try:
        if ready:
            running.says("Serving on")
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def gone(processes: list[psutil.Process], seconds: float = 5) -> list[psutil.Process]:
    """Those of the processes that still live after so long."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


def _command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "protogen", *map(str, arguments)]


def _environ(more: Mapping[str, str] | None) -> dict[str, str]:
    """This process's environment without any setting of protogen's, and with the checkout's package."""
    ours = ("PROTOGEN_", "PROTOTYPE_", "OLLAMA_", "GENERATION_TIMEOUT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**kept, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **(more or {})}

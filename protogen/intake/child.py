"""A child process that reads something hostile from its standard input: bounded in memory and time, ended on demand.

`read_in_child` is the parent's side, `answer` the one of the module that it runs.
"""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import IO

from protogen.intake.text import one_line
from protogen.llm.errors import Cancelled

_POLL_SECONDS = 0.2
_WITH_REASON = 2
"""Exit code of a child that says on standard error why there is nothing to read."""
_LONGEST_REASON = 120


class UnreadableError(Exception):
    """Why something cannot be read, as a clause; empty where all that is known is that it broke its reader."""


def read_in_child(
    module: str, data: bytes, seconds: float, cancelled: Callable[[], bool], *arguments: str
) -> bytes:
    """What `python -m module` makes of `data`. Raises UnreadableError or Cancelled."""
    try:
        done = run_child([sys.executable, "-m", module, *arguments], data, seconds, cancelled)
    except subprocess.TimeoutExpired:
        raise UnreadableError("reading it took too long") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        told = said and done.returncode == _WITH_REASON
        raise UnreadableError(one_line(said[-1])[:_LONGEST_REASON] if told else "")
    return done.stdout


def answer(read: Callable[[bytes], Iterable[bytes]], memory: int, cpu_seconds: int) -> int:
    """Print what `read` makes of standard input, within so many bytes of memory; the exit code of the process.

    An UnreadableError of `read` is told to the parent, of any other error only that there was one.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    try:
        for part in read(sys.stdin.buffer.read()):
            sys.stdout.buffer.write(part)
    except UnreadableError as error:
        sys.stderr.write(f"{error}\n")
        return _WITH_REASON
    except Exception:
        return 1
    return 0


def run_child(
    command: Sequence[str], data: bytes, seconds: float, cancelled: Callable[[], bool] = lambda: False
) -> subprocess.CompletedProcess[bytes]:
    """Run `command` on `data`. Raises subprocess.TimeoutExpired, or Cancelled as soon as `cancelled` says so.

    The child is gone when this returns or raises.
    """
    end = time.monotonic() + seconds
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        # Not by communicate: called again after a timeout, it sends no more of its input.
        stdin, child.stdin = child.stdin, None
        assert stdin is not None
        feeder = threading.Thread(target=_feed, args=(stdin, data), name="child-input", daemon=True)
        feeder.start()
        try:
            while True:
                try:
                    out, err = child.communicate(timeout=max(0, min(_POLL_SECONDS, end - time.monotonic())))
                    return subprocess.CompletedProcess(command, child.returncode, out, err)
                except subprocess.TimeoutExpired:
                    if cancelled():
                        raise Cancelled from None
                    if time.monotonic() >= end:
                        raise
        finally:
            child.kill()
            feeder.join()


def _feed(stdin: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError), stdin:  # the child may end before it has read everything
        stdin.write(data)

"""A child process that reads something hostile from its standard input, bounded in time and ended on demand."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO

from protogen.llm.errors import Cancelled

_POLL_SECONDS = 0.2


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

"""A child process that reads something hostile from its standard input, bounded in time and ended on demand."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence

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
        try:
            sent: bytes | None = data
            while True:
                try:
                    out, err = child.communicate(
                        sent, timeout=max(0, min(_POLL_SECONDS, end - time.monotonic()))
                    )
                    return subprocess.CompletedProcess(command, child.returncode, out, err)
                except subprocess.TimeoutExpired:
                    sent = None  # what was not read of it yet is kept
                    if cancelled():
                        raise Cancelled from None
                    if time.monotonic() >= end:
                        raise
        finally:
            child.kill()

"""Children that read something hostile: all of it reaches them, however slow they are, and none outlives its time."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from protogen.intake.child import run_child
from protogen.llm.errors import Cancelled

MUCH = b"x" * 3_000_000  # more than a pipe holds


def child(code: str) -> list[str]:
    return [sys.executable, "-c", f"import sys, time; {code}"]


def test_a_child_that_is_slow_to_read_gets_everything() -> None:
    """As one that loads a model first."""
    slow = child("time.sleep(0.7); sys.stdout.write(str(len(sys.stdin.buffer.read())))")
    assert run_child(slow, MUCH, 20).stdout == b"3000000"


def test_a_child_that_reads_nothing_ends_as_it_likes() -> None:
    """What was not read is nobody's trouble."""
    done = run_child(child("sys.stderr.write('no'); sys.exit(3)"), MUCH, 20)
    assert (done.returncode, done.stderr) == (3, b"no")


def test_a_child_is_ended_in_its_time_or_on_demand() -> None:
    """Also while it is still being fed."""
    with pytest.raises(subprocess.TimeoutExpired):
        run_child(child("time.sleep(60)"), MUCH, 0.5)
    begin = time.monotonic()
    with pytest.raises(Cancelled):
        run_child(child("time.sleep(60)"), MUCH, 60, lambda: time.monotonic() - begin > 0.4)

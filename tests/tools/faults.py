"""Faults at exact points: every call of the worker and its git that changes a file is counted, and one can be hit.

`fault.c` is preloaded into those processes; this is the other end of the state that they share with the test.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from tools.missing import program

_MOST, _LENGTH = 20_000, 240  # as in fault.c
_SOURCE = Path(__file__).with_name("fault.c")


class Action(IntEnum):
    """What happens at the point; the numbers are those of fault.c."""

    NOTHING = 0
    KILL_BOTH = 1  # the worker and, where the call is git's, that git
    KILL_GIT = 2  # only who makes the call
    KILL_WORKER = 3  # and git goes on
    FAIL = 4
    TEAR = 5  # half of a write, then as KILL_BOTH


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it was made: the `number`-th that changes something (0: a mark of the test's own).

    `path` is absolute, `target` the second path of a rename or link. `failed` is the error it was made to end with.
    """

    number: int
    process: int
    name: str
    path: str
    target: str = ""
    failed: int = 0


class _Call(ctypes.Structure):
    _fields_ = [
        ("number", ctypes.c_int64),
        ("process", ctypes.c_int32),
        ("failed", ctypes.c_int32),
        ("name", ctypes.c_char * 16),
        ("path", ctypes.c_char * _LENGTH),
        ("target", ctypes.c_char * _LENGTH),
    ]


class _State(ctypes.Structure):
    _fields_ = [
        ("count", ctypes.c_int64),
        ("logged", ctypes.c_int64),
        ("at", ctypes.c_int64),
        ("action", ctypes.c_int32),
        ("error", ctypes.c_int32),
        ("lasting", ctypes.c_int32),
        ("worker", ctypes.c_int32),
        ("root", ctypes.c_char * _LENGTH),
        ("calls", _Call * _MOST),
    ]


class Faults:
    """The shared state, from the test's side or the worker's."""

    def __init__(self, state: Path) -> None:
        with state.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), ctypes.sizeof(_State))
        self._state = _State.from_buffer(self._map)

    def arm(
        self, root: Path, at: int = 0, action: Action = Action.NOTHING, error: int = 0, lasting: bool = False
    ) -> None:
        """Count calls below `root` from 1 anew; at the `at`-th (with `lasting`: and from then on) do `action`."""
        self.disarm()
        state = self._state
        state.count = state.logged = 0
        state.at, state.action, state.error, state.lasting = at, action, error, lasting
        state.root = os.fsencode(root)

    def go_on(self) -> None:
        """Do nothing more, but count and log on."""
        self._state.at = 0

    def disarm(self) -> None:
        """Neither count nor do anything."""
        self._state.root = b""
        self._state.at = 0

    def be_worker(self) -> None:
        """This process is the one to kill."""
        self._state.worker = os.getpid()

    def calls(self) -> list[Call]:
        """Every call since `arm`, in order."""
        logged = self._state.logged
        assert logged <= _MOST, "the log of calls is too short"
        return [
            Call(
                each.number,
                each.process,
                each.name.decode(),
                os.fsdecode(each.path),
                os.fsdecode(each.target),
                each.failed,
            )
            for each in self._state.calls[:logged]
        ]


def build(folder: Path) -> Path:
    """Compile the library into `folder`; the test ends where there is no compiler."""
    library = folder / "fault.so"
    compiler = program(["gcc", "cc"], "gcc libc6-dev")
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, _SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return library


@contextmanager
def shared_state(folder: Path, library: Path) -> Iterator[tuple[Faults, dict[str, str]]]:
    """A fresh state in `folder`, and the environment by which processes take part in it."""
    path = folder / "faults"
    with path.open("wb") as file:
        file.truncate(ctypes.sizeof(_State))
    yield Faults(path), {"LD_PRELOAD": str(library), "FAULT_STATE": str(path)}

"""Signs of life of the threads that must not stand still: each says by when it will give the next one."""

from __future__ import annotations

import time

LOOP_SECONDS = 600.0
"""Between two signs of life, beyond what is foreseen: another process may have the ledger's lock, for git-fsck or
a mirror of all; disks are slow, and nobody thinks of everything."""

SPARE_SECONDS = 4 * 3600.0
"""What tidying up may take: git-gc and git-fsck of a large ledger say nothing while they work."""


class Heartbeat:
    """The last signs of life by name. Safe to use from any thread; whoever gives one waits for nothing."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}

    def beat(self, name: str, seconds: float = 0.0) -> None:
        """`name` lives, and what it does now is foreseen to take so many seconds."""
        self._due[name] = time.monotonic() + seconds + LOOP_SECONDS

    def began(self, name: str) -> bool:
        """True from the first sign of life of `name` on."""
        return name in self._due

    def late(self, name: str) -> float:
        """The seconds that `name` is overdue, 0 while it is in time or has not begun."""
        due = self._due.get(name)
        return max(0.0, time.monotonic() - due) if due is not None else 0.0

"""The one error of the room: something that was dropped cannot be used."""

from __future__ import annotations

from enum import Enum


class Wait(Enum):
    """For how long a drop that cannot be used may still become one that can."""

    NOT = "it will never be usable"
    SHORT = "it may be half written: seconds tell"
    LONG = "files of it may be on their way: minutes tell"


class Rejected(Exception):
    """A drop, or a part of one, that cannot be used.

    `reason` is one plain sentence for the person who sent it: what is wrong and how to mend it.
    """

    def __init__(self, reason: str, wait: Wait = Wait.NOT) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait

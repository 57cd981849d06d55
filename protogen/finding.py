"""What `protogen doctor` says of one thing."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Finding(NamedTuple):
    """One thing looked at; `mend` says what to do, empty where nothing is."""

    state: Literal["good", "note", "bad"]
    what: str
    mend: str = ""

"""JavaScript that a browser would refuse, found before it ships: compiled in a real V8, never run."""

from __future__ import annotations

import json
from functools import cache

from py_mini_racer import JSEvalException, MiniRacer

MAX_CHARACTERS = 2_000_000


def syntax_error(source: str) -> str:
    """What V8 says of `source` as the body of a script; '' where it compiles."""
    if len(source) > MAX_CHARACTERS:
        return "longer than a script may be"
    try:
        _engine().eval(f"new Function({json.dumps(source)}); 0", timeout=5000)
    except JSEvalException as error:
        return " ".join(str(error).split())[:200]
    return ""


@cache
def _engine() -> MiniRacer:
    return MiniRacer()

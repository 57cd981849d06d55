"""The vocabulary of `colour`, read from colour_words.toml: folded (lower case, no accents)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from protogen.site.trades import fold

Words = tuple[str, ...]


def _words(text: str) -> Words:
    return tuple(map(fold, text.split()))


def _table(rows: Mapping[str, str]) -> Mapping[str, Words]:
    return {name: _words(text) for name, text in rows.items()}


_DATA: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))

SURE = _table(_DATA["sure"])
SOFT = _table(_DATA["soft"])
SHADES = _table(_DATA["shades"])
BEHIND, CONTEXT, MOODS, GROUNDS, LINKS, WITH, NOT, THINGS, BEFORE_THINGS = (
    _words(_DATA[name])
    for name in ("behind", "context", "moods", "grounds", "links", "with", "not", "things", "before_things")
)

"""Trades by the words people use for them (trades.toml): what motifs and directions are chosen by.

A stem of five letters or more matches the beginning of a word, one of four allows one more letter, a shorter
one is the whole word. Accents are folded on both sides, so `pekár` and `pekař` are one stem.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

GENERIC = frozenset({"education", "shop"})  # how something is sold or passed on, not what it is


def find_trades(words: str) -> dict[str, int]:
    """The trades that `words` speak of, with how many of the words do, most spoken of first, generic ones last."""
    tokens = split_words(words)
    found = {trade: _count(tokens, stems) for trade, stems in TRADES.items()}
    return dict(
        sorted(((t, n) for t, n in found.items() if n), key=lambda pair: (pair[0] in GENERIC, -pair[1]))
    )


def count_stems(words: str, stems: Iterable[str]) -> int:
    """How many of the words begin with one of the stems."""
    return _count(split_words(words), tuple(stems))


def split_words(text: str) -> list[str]:
    """The words of a text, folded: lower case, without accents."""
    return re.findall(r"[^\W_]+", fold(text))


def fold(text: str) -> str:
    """Lower case without accents; letters that have none to lose (ł, ø, ß) become their plain neighbours."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    return "".join(char for char in plain if not unicodedata.combining(char))


_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})


def _count(tokens: Iterable[str], stems: tuple[str, ...]) -> int:
    return sum(1 for token in tokens if _matches(token, stems))


def _matches(token: str, stems: tuple[str, ...]) -> bool:
    return any(token.startswith(stem) and _ends(token, stem) for stem in _folded(stems))


def _ends(token: str, stem: str) -> bool:
    return len(stem) > 4 or len(token) - len(stem) <= (1 if len(stem) == 4 else 0)


@lru_cache(maxsize=256)
def _folded(stems: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(fold, stems))


TRADES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        trade: tuple(stems.split())
        for trade, stems in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).items()
    }
)

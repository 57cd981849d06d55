"""Trades by the words people use for them (trades.toml): what motifs and directions are chosen by.

A stem of five letters or more matches the beginning of a word, one of four allows one more letter, a shorter
one is the whole word. Accents are folded on both sides, so `pekár` and `pekař` are one stem.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

GENERIC = frozenset({"education", "shop"})  # how something is sold or passed on, not what it is


def find_trades(words: str) -> dict[str, int]:
    """The trades that `words` speak of, with how many of the words do, most spoken of first, generic ones last."""
    found = _TRADE_STEMS.count(words)
    return dict(
        sorted(
            ((trade, found[trade]) for trade in TRADES if trade in found),
            key=lambda pair: (pair[0] in GENERIC, -pair[1]),
        )
    )


class Stems:
    """Groups of stems, made to be counted in one pass over a text."""

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self._groups: dict[str, set[str]] = {}
        for group, stems in groups.items():
            for stem in map(fold, stems):
                self._groups.setdefault(stem, set()).add(group)
        self._longest = max(map(len, self._groups), default=0)

    def count(self, words: str) -> Counter[str]:
        """How many of the words begin with a stem of each group; groups that no word does are left out."""
        return Counter(group for token in split_words(words) for group in self._groups_of(token))

    def _groups_of(self, token: str) -> set[str]:
        beginnings = (token[:size] for size in range(1, min(len(token), self._longest) + 1))
        found = [self._groups[stem] for stem in beginnings if stem in self._groups and _ends(token, stem)]
        return set().union(*found)


def split_words(text: str) -> list[str]:
    """The words of a text, folded: lower case, without accents."""
    return re.findall(r"[^\W_]+", fold(text))


def fold(text: str) -> str:
    """Lower case without accents; letters that have none to lose (ł, ø, ß) become their plain neighbours."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    return "".join(char for char in plain if not unicodedata.combining(char))


_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})


def _ends(token: str, stem: str) -> bool:
    return len(stem) > 4 or len(token) - len(stem) <= (1 if len(stem) == 4 else 0)


TRADES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        trade: tuple(stems.split())
        for trade, stems in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).items()
    }
)
_TRADE_STEMS = Stems(TRADES)

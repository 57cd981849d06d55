"""Trades are found by the beginnings of words, in any language and writing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protogen.site.trades import TRADES, Stems, find_trades, fold, split_words

letters = st.text("abcpř", min_size=1, max_size=7)


def plainly(words: str, stems: list[str]) -> int:
    """How many words begin with a stem, by the rule as the module states it."""

    def begins(word: str, stem: str) -> bool:
        longest = {4: 5}.get(len(stem), len(stem) if len(stem) < 4 else len(word))
        return word.startswith(stem) and len(word) <= longest

    return sum(any(begins(word, fold(stem)) for stem in stems) for word in split_words(words))


@given(st.lists(letters, max_size=12), st.dictionaries(st.sampled_from("xyz"), st.lists(letters, max_size=5)))
def test_one_pass_counts_what_each_stem_would(words: list[str], groups: dict[str, list[str]]) -> None:
    """The index gives every group the number that its stems, held against every word, give."""
    text = " ".join(words)
    found = Stems(groups).count(text)
    assert {group: found[group] for group in groups} == {
        g: plainly(text, stems) for g, stems in groups.items()
    }


def test_every_stem_of_every_trade_is_found() -> None:
    """Each as a word of its own."""
    for trade, stems in TRADES.items():
        unfound = [stem for stem in stems if trade not in find_trades(stem)]
        assert not unfound, trade


def test_the_trade_most_spoken_of_stands_first() -> None:
    """Accents and case aside."""
    assert next(iter(find_trades("PEKÁRNA a pekař, pes"))) == next(iter(find_trades("pekárna")))

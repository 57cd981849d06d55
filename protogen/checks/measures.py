"""What a measure or a year is said of: twenty years of throwing pots are no twenty years of classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from protogen.checks.copy import sentences
from protogen.checks.facts import YEAR, extract, fold
from protogen.checks.lexicon import ASSERTS, COMMON, NUMBER_WORDS
from protogen.checks.prices import PRICE
from protogen.draft import FactKind

_ENGLISH = sorted((word for word, digits in NUMBER_WORDS.items() if digits), key=len, reverse=True)
_LASTING = re.compile(
    rf"\b(?P<number>\d+|{'|'.join(_ENGLISH)})[\s-]+(?:full |long |whole |more )?"
    r"(?P<unit>minute|hour|day|week|month|year|night)s?\b",
    re.I,
)
_AMOUNT = re.compile(r"\d[\d.,'’\u00a0\u202f ]*")
_CLAUSE_ENDS = re.compile(r"[,;:–—]\s|\s-\s|\b(?:and|or|but|while|which|who|that|where|when)\b", re.I)
_BESIDE = frozenset(
    "over under almost nearly around about past last first long takes took lasts lasted ready within costs cost "
    "since price prices priced starts starting comes only just experience practice trade craft".split()
)
"""Words beside a measure that say nothing of what it measures."""

Said = Callable[[str, str], bool]
"""Whether the folded text has a word in any form."""


def misplaced(text: str, source: str, is_said: Said) -> Iterator[str]:
    """Lengths of time, years and prices of an English `text` that stand with no word that was said with them.

    Of a length of time the word before counts ("offering classes for twenty years"), of a year one of those before in
    its clause, or in the sentence where the year stands alone; of a price one word of its clause must have been said
    with it, and none that names what has another price. A measure that the source does not have is not this check's.
    """
    told = _told(source)
    for sentence in sentences(text):
        if fold(sentence) in told:
            continue
        for match in _LASTING.finditer(sentence):
            before, _ = _beside(sentence, match)
            if before and not _is_said_with(before[-1:], _with_length(match, told), is_said):
                yield f"{before[-1]} {match.group()}"
        for match in YEAR.finditer(sentence):
            before = _beside(sentence, match)[0] or _words(sentence[: match.start()])
            if before and not _is_said_with(before, _with_year(match.group(), told), is_said):
                yield f"{before[-1]} {match.group()}"
        for match in PRICE.finditer(sentence):
            words = [word for side in _beside(sentence, match) for word in side]
            if strange := _not_of_price(words, match, source, told, is_said):
                yield f"{strange} {match.group()}"


def amounts(text: str) -> set[str]:
    """The digits of every amount of money in a text."""
    found = (amount for match in PRICE.finditer(text) for amount in _AMOUNT.findall(match.group()))
    return {re.sub(r"\D", "", amount) for amount in found}


def _beside(sentence: str, match: re.Match[str]) -> tuple[list[str], list[str]]:
    """The words before and after a measure in its clause."""
    begin = max((end.end() for end in _CLAUSE_ENDS.finditer(sentence, 0, match.start())), default=0)
    after = _CLAUSE_ENDS.search(sentence, match.end())
    end = after.start() if after else len(sentence)
    return _words(sentence[begin : match.start()]), _words(sentence[match.end() : end])


def _words(text: str) -> list[str]:
    words = re.findall(r"[^\W\d_]{4,}", fold(text))
    return [each for each in words if each not in COMMON | _BESIDE and not ASSERTS.match(each)]


def _not_of_price(words: list[str], match: re.Match[str], source: str, told: list[str], is_said: Said) -> str:
    """The word beside a price that is not of what the price was said of; empty if there is none."""
    here = _with_price(match, told)
    if not words or not here:
        return ""
    strange = [word for word in words if not any(is_said(word, each) for each in here)]
    others = [item for item, digits in _items(source) if not digits & amounts(match.group())]
    named = (word for word in strange if any(is_said(word, item) for item in others))
    return strange[0] if len(strange) == len(words) else next(named, "")


@lru_cache(maxsize=8)  # every text of a job is held against the same request, or a part of it
def _told(source: str) -> list[str]:
    return [fold(sentence) for sentence in sentences(source)]


@lru_cache(maxsize=8)
def _items(source: str) -> list[tuple[str, set[str]]]:
    """What has a price, folded, and the digits of that."""
    facts = (fact for fact in extract(source) if fact.kind is FactKind.PRICE)
    return [(fold(fact.item), amounts(fact.value)) for fact in facts]


def _is_said_with(words: list[str], told: list[str], is_said: Said) -> bool:
    """Whether one of the words stands with the measure; true where the measure was not told at all."""
    return not told or any(is_said(word, sentence) for word in words for sentence in told)


def _with_length(match: re.Match[str], told: list[str]) -> list[str]:
    wanted = _length(match)
    return [each for each in told if any(_length(found) == wanted for found in _LASTING.finditer(each))]


def _length(match: re.Match[str]) -> tuple[str, str]:
    number = match["number"].lower()
    return NUMBER_WORDS.get(number, number), match["unit"].lower()


def _with_year(year: str, told: list[str]) -> list[str]:
    """What was said of a year, each time that it was said; nothing where it once stood alone: it may be of all."""
    beside = (_beside(each, found) for each in told for found in YEAR.finditer(each) if found.group() == year)
    clauses = [" ".join((*before, *after)) for before, after in beside]
    return clauses if all(clauses) else []


def _with_price(match: re.Match[str], told: list[str]) -> list[str]:
    """What was said of a price, each time that it was said: from the price before to the end of its clause."""
    wanted = amounts(match.group())
    found = []
    for sentence in told:
        begin = 0
        for price in PRICE.finditer(sentence):
            if amounts(price.group()) & wanted:
                end = _CLAUSE_ENDS.search(sentence, price.end())
                found.append(sentence[begin : end.start() if end else len(sentence)])
            begin = price.end()
    return found

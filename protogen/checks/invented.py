"""What a text says that the customer did not: numbers, contacts, names and claims without a source."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from protogen.checks.copy import sentences
from protogen.checks.facts import DATE, DAYS, EMAIL, LINK, MONTHS, fold, parse_date
from protogen.checks.lexicon import ASSERTS, CLAIMS, COMMON, NUMBER_WORDS

MAX_NEW_WORDS = 1
_NUMBER = re.compile(r"\d+(?:[.,:\u00a0\u202f ]\d+)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;–—“\"'(]\s*)$")
_CAPITALISED = re.compile(r"(?<![\w'’])[A-ZÀ-ÖØ-Þ][\w'’-]+")
_NUMBER_WORDS = frozenset(map(fold, NUMBER_WORDS))
_ORDINARY = frozenset(
    "i i'm i'll we our us you your the a an and or but for with in on at to of monday".split()
)


def invented(text: str, source: str, language: str = "en", *, item: bool = False) -> list[str]:
    """Every piece of `text` that states something `source` does not; empty when all is traceable.

    Holds digits, number words, e-mails, links, binding claims and (English) capitalised names against the
    source, case and accents aside. `item` is a sentence about one product or service: it may add one word of
    its own to what was said, no more, since what it adds is read as a feature.
    """
    said, words, numbers, calendar = _said(source)
    found = [m.group() for m in EMAIL.finditer(text) if fold(m.group()) not in said]
    found += [m.group() for m in LINK.finditer(text) if fold(m.group()) not in said]
    found += [number for number in _NUMBER.findall(text) if re.sub(r"\D", "", number) not in numbers]
    found += [w for w in re.findall(r"\w+", text) if fold(w) in _NUMBER_WORDS and fold(w) not in words]
    found += [m.group() for m in CLAIMS.finditer(text) if not _stem_said(m.group(), said)]
    if language == "en":
        found += _names(text, words, calendar)
        found += [word for sentence in sentences(text) for word in _asserted(sentence, said)]
        added = _new_words(text, said) if item else []
        found += added if len(added) > MAX_NEW_WORDS else []
    return list(dict.fromkeys(found))


class _Said(NamedTuple):
    """What a customer said: the folded text, its words, its numbers in each form, its days and months by all names."""

    text: str
    words: frozenset[str]
    numbers: frozenset[str]
    calendar: frozenset[str]


@lru_cache(maxsize=1)  # every text of a job is held against the same request
def _said(source: str) -> _Said:
    text = fold(source)
    words = frozenset(re.findall(r"\w+", text))
    numbers = frozenset(form for number in _NUMBER.findall(source) for form in _forms(number))
    return _Said(text, words, numbers, _calendar(source, words))


def _asserted(sentence: str, said: str) -> list[str]:
    """What a sentence says is offered, included or used, and the customer did not name."""
    if not ASSERTS.search(sentence):
        return []
    return _new_words(sentence, said)


def _new_words(text: str, said: str) -> list[str]:
    """Content words of `text` that the customer did not use in any form."""
    words = re.findall(r"[^\W\d_]{4,}", fold(text))
    return [w for w in words if w not in COMMON and not ASSERTS.match(w) and not _stem_said(w, said)]


def _forms(number: str) -> set[str]:
    """The digits of a number in each way it may be told again: whole, a time by its hour, a date or phone in part."""
    parts = re.findall(r"\d+", number)
    runs = {"".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 2, len(parts) + 1)}
    alone = parts[:1] if ":" in number else parts if re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{4}", number) else []
    return {"".join(parts), *alone, *(runs if len(parts) > 2 else ())}


def _stem_said(claim: str, said: str) -> bool:
    stem = fold(claim)
    stem = stem if len(stem) < 6 else stem[: max(5, len(stem) - 3)]
    return re.search(rf"\b{re.escape(stem)}", said) is not None


def _names(text: str, words: frozenset[str], calendar: frozenset[str]) -> list[str]:
    """Capitalised words inside a sentence that the customer never wrote: a person, a place, a brand, a day."""
    found = []
    for match in _CAPITALISED.finditer(text):
        word = fold(re.sub(r"['’]s$", "", match.group()))
        if _SENTENCE_START.search(text[: match.start()]) or word in _ORDINARY:
            continue
        if not all(part in words for part in re.findall(r"\w+", word)) and word not in calendar:
            found.append(match.group())
    return found


def _calendar(source: str, words: frozenset[str]) -> frozenset[str]:
    """Every name of the weekdays and months that the customer names in any form, numbers included."""
    short = {name for word in words for name in (word, word.removesuffix("s")) if len(name) > 2}
    days = {DAYS[name] for name in short if name in DAYS}
    dates = (parse_date(match.group()) for match in DATE.finditer(source))
    months = {day.month for day in dates if day}
    named = {name for name, day in DAYS.items() if day in days}
    return frozenset(
        named | {f"{name}s" for name in named} | {name for name, n in MONTHS.items() if n in months}
    )

"""What a text says that the customer did not: numbers, contacts, names and claims without a source."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from protogen.checks.copy import sentences
from protogen.checks.facts import EMAIL, LINK, fold
from protogen.checks.lexicon import (
    AS_SAID,
    ASSERTS,
    CLAIMS,
    COMMON,
    DURATION,
    NUMBER_WORDS,
    PLACE_SAID,
    PREMISES,
)
from protogen.checks.measures import amounts, misplaced
from protogen.checks.names import unsaid_names
from protogen.checks.prices import PRICE
from protogen.checks.times import DATE, DAYS, MONTHS, parse_date

LEAST_SAID = 12
"""Words of a request; who said fewer said nothing that a sentence with words of its own could tell again."""
_NUMBER = re.compile(r"\d+(?:[.,:\u00a0\u202f ]\d+)*")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s?(?:%|per ?cent\b|procent|prozent|por ciento|pour cent)", re.I)
_DIGITS = {fold(word): digits for word, digits in NUMBER_WORDS.items()}
_IDIOMS = re.compile(r"\b(?:no two|one or two|the two of you|two of us)\b", re.I)
_POSSESSED = re.compile(r"\b(?:our|ask (?:for|about)|join|visit)\s+((?:[\w'-]+\s*){1,3})", re.I)
_PHRASE_ENDS = re.compile(r"\b(?:and|or|to|for|with|in|on|at|of|from|is|are)\b", re.I)
_LETTERS_OF_ENDINGS = "sdeyrnamiuov"  # not of other words: "hearty" is not in "hearth"
_ENDINGS = re.compile(r"(?:ings?|ers?|ies|ed|es|s|y)$")
_IS_SOMEBODY = re.compile(
    r"^(?:[A-ZÀ-Þ][\w'’-]+ ){1,3}(?:is|was|are|were) (?:an?|the|our)\b"
    r"|^(?:[A-ZÀ-Þ][\w'’-]+,? ){1,3}(?:(?:our|the) [^,.]{3,40}, )?"
    r"(?:runs|owns|manages|heads|founded|teaches|trains|won)\b"
)
# "Pottery and firing services": a trade of its own, made from a word.
_SERVICES = re.compile(r"\b\w+ services\b")
_PAIR = re.compile(r"\b([^\W\d_]{4,}) and ([^\W\d_]{4,})\b")


def invented(text: str, source: str, language: str = "en", *, most_new: int | None = None) -> list[str]:
    """Every piece of `text` that states something `source` does not; empty when all is traceable.

    Holds digits, number words, e-mails, links and binding claims against the source, case and accents aside; in
    English also names, durations, a place to go to, what is "ours", what a price or a length of time is said of, and
    things that are told in pairs. `most_new` is how many words of its own a text may add to what was said, where each
    is read as a fact (a heading, a sentence about one product).
    """
    said, words, numbers, calendar = _said(source)
    found = [m.group() for m in EMAIL.finditer(text) if fold(m.group()) not in said]
    found += [m.group() for m in LINK.finditer(text) if fold(m.group()) not in said]
    found += [number for number in _NUMBER.findall(text) if re.sub(r"\D", "", number) not in numbers]
    found += _in_unsaid_unit(text, source)
    found += _number_words(text, words, numbers)
    found += [m.group() for m in CLAIMS.finditer(text) if not _claim_said(m.group(), said)]
    if language == "en":
        found += [m.group() for m in AS_SAID.finditer(text) if fold(m.group()) not in words]
        names = unsaid_names(
            text, words, calendar
        )  # a sign within one may part it where its folded form is whole
        found += [name for name in names if name.isalpha() or fold(name) not in said]
        found += [m.group() for m in DURATION.finditer(text) if fold(m.group()) not in said]
        found += _premises(text, said)
        found += _possessed(text, said)
        found += _new_words(text, said) if len(words) < LEAST_SAID else []
        found += [word for sentence in sentences(text) for word in _asserted(sentence, said)]
        if most_new is not None and len(added := _new_words(text, said)) > most_new:
            found += added
        found += _pairs(text, said)
        found += misplaced(text, source, _stem_said)
    return list(dict.fromkeys(found))


class _Said(NamedTuple):
    """What a customer said: the folded text, its words, its numbers in each form, its days and months by all names."""

    text: str
    words: frozenset[str]
    numbers: frozenset[str]
    calendar: frozenset[str]


@lru_cache(maxsize=8)  # every text of a job is held against the same request, or a part of it
def _said(source: str) -> _Said:
    text = fold(source)
    # a mark that folding takes away may have parted two words
    words = frozenset(re.findall(r"\w+", text)) | {fold(word) for word in re.findall(r"\w+", source)}
    numbers = frozenset(form for number in _NUMBER.findall(source) for form in _forms(number))
    return _Said(text, words, numbers, _calendar(source, words))


def _premises(text: str, said: str) -> list[str]:
    """Ways of saying that there is a place to go to, where the customer named none."""
    if PLACE_SAID.search(said):
        return []
    return [m.group() for m in PREMISES.finditer(text) if fold(m.group()) not in said]


def _asserted(sentence: str, said: str) -> list[str]:
    """What a sentence says is offered, included or used, or somebody is, and the customer did not name."""
    if not ASSERTS.search(sentence) and not _IS_SOMEBODY.search(sentence):
        return []
    services = [] if "service" in said else _SERVICES.findall(fold(sentence))
    return _new_words(sentence, said) + services


def _new_words(text: str, said: str) -> list[str]:
    """Content words of `text` that the customer did not use in any form."""
    return [w for w in _content(text) if not ASSERTS.match(w) and not _stem_said(w, said)]


def _content(text: str) -> list[str]:
    return [word for word in re.findall(r"\b[^\W\d_]{4,}", fold(text)) if word not in COMMON]


def mostly_new(text: str, source: str) -> bool:
    """Whether more of the content words of an English text are new than said: what tells of a business says of it."""
    return len(_new_words(text, fold(source))) * 2 > max(2, len(_content(text)))


def _forms(number: str) -> set[str]:
    """The digits of a number in each way it may be told again: whole, a time by its hour, a date or phone in part."""
    parts = re.findall(r"\d+", number)
    runs = {"".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 2, len(parts) + 1)}
    alone = parts[:1] if ":" in number else parts if re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{4}", number) else []
    return {"".join(parts), *alone, *(runs if len(parts) > 2 else ())}


def _stem_said(claim: str, said: str) -> bool:
    """Whether the folded text `said` has a word in any of its forms."""
    word = fold(claim)
    stems = {word if len(word) < 6 else word[: max(5, len(word) - 3)]}
    bare = _ENDINGS.sub("", word)
    stems |= {bare} if len(bare) >= 4 else set()
    tails = (tail for stem in stems for tail in re.findall(rf"\b{re.escape(stem)}([^\W\d_]*)", said))
    return bool(re.search(rf"\b{re.escape(word)}", said)) or any(
        len(tail) != 1 or tail in _LETTERS_OF_ENDINGS for tail in tails
    )


def _claim_said(claim: str, said: str) -> bool:
    """Whether a claim was made, one of several words as a whole: "on Saturdays" says nothing of a sale."""
    whole = fold(claim).replace("-", " ").rstrip("s")
    return whole in said.replace("-", " ") if " " in whole else _stem_said(claim, said)


def _in_unsaid_unit(text: str, source: str) -> list[str]:
    """Prices and percentages of `text` that the source does not have as such: ten o'clock is no ten per cent."""
    percents, said = {match[1] for match in _PERCENT.finditer(source)}, amounts(source)
    found = [match.group() for match in _PERCENT.finditer(text) if match[1] not in percents]
    return found + [match.group() for match in PRICE.finditer(text) if not amounts(match.group()) <= said]


def _number_words(text: str, words: frozenset[str], numbers: frozenset[str]) -> list[str]:
    """Number words of `text` that the customer said neither as words nor as digits."""
    told = re.findall(r"\w+", _IDIOMS.sub(" ", text))
    return [
        w for w in told if fold(w) in _DIGITS and fold(w) not in words and _DIGITS[fold(w)] not in numbers
    ]


def _possessed(text: str, said: str) -> list[str]:
    """What a text says is there to be had ("our showroom", "ask about our plan") and the customer did not name."""
    phrases = (_PHRASE_ENDS.split(match[1])[0] for match in _POSSESSED.finditer(text))
    return [word for phrase in phrases for word in _new_words(phrase, said)]


def _pairs(text: str, said: str) -> list[str]:
    """Two things in a row ("silk and alpaca") of which the customer named neither."""
    found = []
    for match in _PAIR.finditer(text):
        new = _new_words(match.group(), said)
        found += new if len(new) > 1 else []
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

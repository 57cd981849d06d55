"""Nothing that the customer said of the business is lost: what no section tells joins the story, in his own words."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from protogen.checks.facts import fold
from protogen.checks.lexicon import COMMON, NUMBER_WORDS
from protogen.checks.prices import PRICE
from protogen.draft import Section

STORIES = ("about", "profile")
A_PARAGRAPH = 3  # sentences
MOST_PARAGRAPHS = 8
_TOLD_AT_LEAST = 0.6  # of a sentence's words, for it to count as told in other words
_NUMBERS = frozenset(map(fold, NUMBER_WORDS))
_NAME = re.compile(r"(?<=[\w,;] )[A-ZÀ-ÖØ-ÞŠČŘŽŁŚŻ][\w'’-]+")
_JOINING = re.compile(r"^(?:and|or|und|oder|et|y|oraz)\s", re.I)
_DENIAL = re.compile(
    r"\b(?:no|not|never|without|only|kein\w*|nicht|nur|ne\w*|jen|pas|sans|sin|sem|nie|bez)\b", re.I
)


def complete(sections: Sequence[Section], sentences: Iterable[str]) -> list[Section]:
    """The sections, with those of `sentences` that none of them tells as paragraphs of the first story.

    A sentence is told where the page has all its numbers, names and denials and most of its other words. Without a
    story on the first page nothing is changed.
    """
    story = next((n for n, each in enumerate(sections) if each.kind in STORIES and not each.html), None)
    if story is None:
        return list(sections)
    page = " ".join(fold(text) for each in sections for text in (each.html, *_strings(each.fields)))
    words = set(re.findall(r"\w+", page))
    lost = list(filter(None, (_untold(sentence, page, words) for sentence in sentences)))
    paragraphs = [" ".join(lost[n : n + A_PARAGRAPH]) for n in range(0, len(lost), A_PARAGRAPH)]
    body = [*sections[story].fields["body"], *paragraphs][:MOST_PARAGRAPHS]
    fields = {**sections[story].fields, "body": body}
    return [
        dataclasses.replace(each, fields=fields) if n == story else each for n, each in enumerate(sections)
    ]


def _untold(sentence: str, page: str, words: set[str]) -> str:
    """What of a sentence the page does not tell: of a row of prices its parts, of any other all of it or nothing."""
    if len(PRICE.findall(sentence)) < 2:
        return "" if _is_told(sentence, page, words) else sentence
    parts = [part for part in re.split(r"[,;]\s+", sentence.rstrip(".")) if not _is_told(part, page, words)]
    left = _JOINING.sub("", ", ".join(parts))
    return f"{left[:1].upper()}{left[1:]}." if left else ""


def _is_told(sentence: str, page: str, words: set[str]) -> bool:
    said = re.findall(r"\w+", fold(sentence))
    telling = [word for word in said if word.isdigit() or word in _NUMBERS]
    telling += [fold(name) for name in _NAME.findall(sentence)]
    if not all(word in words or word in page for word in telling):
        return False
    content = [word for word in said if len(word) > 4 and word not in COMMON]
    told = sum(_stem(word) in page for word in content)
    least = 1.0 if _DENIAL.search(sentence) else _TOLD_AT_LEAST
    return told >= least * len(content)


def _stem(word: str) -> str:
    return word[: max(4, len(word) - 3)]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)

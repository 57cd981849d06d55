"""Names of people, places and brands in an English text that the customer never wrote."""

from __future__ import annotations

import importlib
import re
from collections.abc import Set
from functools import cache

from protogen.checks.facts import fold

_SENTENCE_START = re.compile(r"(?:^|[.!?:;–—“\"'(]\s*)$")
_CAPITALISED = re.compile(r"(?<![\w'’])[A-ZÀ-ÖØ-Þ][\w'’-]+")
_COUNTRIES = frozenset("uk usa us eu uae".split())  # all capitals, where a sentence may begin with them
_NO_NAMES = frozenset(
    "i i'm i'll we our us you your the a an and or but for with in on at to of monday".split()
)
# Faker's lists of given names: the countries whose names a European agency's customers bear.
_LOCALES = (
    "cs_CZ da_DK de_DE en_GB en_IN en_US es_ES fi_FI fr_FR hr_HR hu_HU it_IT nl_NL no_NO pl_PL pt_PT ro_RO sk_SK "
    "sl_SI sv_SE tr_TR"
).split()
_LISTS = ("first_names", "first_names_male", "first_names_female", "first_names_nonbinary")
# Given names that an English sentence may begin with and mean the thing.
_THINGS = frozenset(
    """
    age amber angel april august autumn basil bay bill canal chase cherry clementine coral daisy dale dawn destiny
    diamond don earl ebony edit else faith floor flora frank gala ginger glen grant grit guy hardy harm hazel heather
    holly honey hope iris ivy jade jasmine jay jet job joy june junior lance light lily line lone lot love marine mark
    mason mate may melody mile mint misty my nurse odd olive over pal pastor patty paw peer penny pepper per poppy ray
    rich river robin roar rose rosemary rowan saga sage said server side sienna sky sol sole star summer sun sunny tan
    tea till tone toy urban us viking viola violet will willow
    """.split()
)


def unsaid_names(text: str, words: Set[str], calendar: Set[str]) -> list[str]:
    """The capitalised words of `text` that are in neither `words` (folded, of the customer) nor `calendar`.

    At the start of a sentence every word has a capital: there only given names count.
    """
    found = []
    for match in _CAPITALISED.finditer(text):
        word = fold(re.sub(r"['’]s$", "", match.group()))
        if word in _NO_NAMES or word in calendar or all(part in words for part in re.findall(r"\w+", word)):
            continue
        opens = _SENTENCE_START.search(text[: match.start()])
        if (
            not opens
            or (match.group().isupper() and word in _COUNTRIES)
            or (word in _given_names() and word not in _THINGS)
        ):
            found.append(match.group())
    return found


@cache
def _given_names() -> frozenset[str]:
    names: set[str] = set()
    for locale in _LOCALES:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        names.update(fold(name) for field in _LISTS for name in getattr(provider, field, ()))
    return frozenset(names)

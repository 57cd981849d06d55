"""What a text says against what the customer said: milk at a vegan bakery, the delivery that there is not."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from protogen.checks.copy import sentences
from protogen.checks.facts import fold, numbers_of_others

_ANIMAL = (
    "butter buttery milk milky cream creamy egg eggs cheese cheesy honey meat meaty meats beef pork chicken lamb bacon "
    "ham sausage fish salmon tuna shrimp seafood yoghurt yogurt gelatine lard dairy"
).split()
_MEAT = (
    "meat meaty meats beef pork chicken lamb bacon ham sausage fish salmon tuna shrimp seafood lard".split()
)
_DAIRY = "butter buttery milk milky cream creamy cheese cheesy yoghurt yogurt dairy".split()
_DRINKS = (
    "wine wines beer beers cocktail cocktails spirits gin whisky whiskey rum vodka prosecco champagne".split()
)
# What a kind of business keeps out, as far as words can tell.
_KEPT_OUT: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"\b(?:vegan|plant[- ]based)\b"), tuple(_ANIMAL)),
    (re.compile(r"\bvegetarian\b"), tuple(_MEAT)),
    (re.compile(r"\b(?:dairy|lactose)[- ]free\b"), tuple(_DAIRY)),
    (re.compile(r"\balcohol[- ]free\b|\bno alcohol\b"), (*_DRINKS, "alcohol")),
    (
        re.compile(r"\bgluten[- ]free (?:bakery|kitchen|cafe|restaurant)\b"),
        ("wheat", "rye", "barley", "spelt"),
    ),
)
_INSTEAD = re.compile(
    r"\b(?:vegan|plant(?:[- ]based)?|oat|soya?|almond|coconut|cashew|rice|hazelnut|peanut|nut|free|without|no|not|"
    r"never|instead of|replaces?|alternative)\b"
)
_DENIED = re.compile(
    r"\b(?:no|not|never|without|cannot|neither|nor|(?:do|does|did|is|are|can|will|would)(?:n[o']?t|n['’]t| not))\s+"
    r"((?:[\w'-]+\s*){1,4})"
)
_FREE_OF = re.compile(r"\b([a-z]{3,})[- ]free\b")
_SMALL = frozenset(
    """
    a an the any at on in of to for and or but with we you they it is are be do does did have has had can will would
    want need need's like more than only just also yet ever that this these those there here our your their
    from by as so if long longer one all every each
    """.split()
)
_DEEDS = frozenset(
    "take accept sell offer make provide serve use work deliver ship send keep give allow bring come".split()
)
_SERVICES = frozenset(
    "cleaning repair repairs service services delivery orders order payments payment work removal fitting".split()
)
_NEGATED = re.compile(r"\b(?:no|not|never|without|cannot|neither|nor|free)\b|n['’]t\b|[- ]free\b")
_SHORTEST = 3  # letters of a word that a denial may be about
_LONGEST_ENDING = 4
_ROOM = 24  # characters between a negation and the word that it takes back


class _Out(NamedTuple):
    """What a customer keeps out: words as they are, and stems of what he denies."""

    words: frozenset[str]
    stems: frozenset[str]


# What a customer says that he has or keeps is not the visitor's.
_KEPT = re.compile(
    r"\b(?:i|we)(?:['’]ve| have)? (?:keep|kept|own|grow|breed|raise|rear|write|wrote|paint|publish|compose)"
    r"\s((?:[\w'’-]+\s?){1,3})"
    r"|\b(?:my|our)\s(?:[\w'’-]+\s)?(gate|stall|garden|kitchen|table|workshop|studio|shop|team|farm|van|vans|bees|"
    r"animals|oven|fields?|orchard|vineyard|staff)\b"
)
# Words of taste, and what a customer must have said of food or drink for them to make sense.
_TASTE = re.compile(r"\b(?:delicious\w*|tasty|tastiest|yummy|mouth-?watering|scrumptious|flavou?rful)\b")
_FOOD = re.compile(
    r"\b(?:food|eat\w*|drink\w*|tast\w*|bak\w+|bread\w*|loa(?:f|ves)|cakes?|pastr\w+|cook\w*|kitchen|chef|menus?|meals?|"
    r"lunch\w*|dinners?|breakfasts?|suppers?|dish\w*|recipes?|caf[eé]s?|coffees?|teas?|beers?|wines?|brew\w*|restaurants?|"
    r"bistro|pizz\w+|pasta|cheese\w*|honey|chocolate\w*|ice[- ]?cream\w*|fruit\w*|vegetables?|soups?|sandwich\w*|"
    r"cater\w*|tapas|paella\w*|tacos?|burgers?|grill\w*|olives?|jams?|butcher\w*|deli|roast\w*|feasts?|picnics?)\b"
)
_YOURS = re.compile(r"\byour\s((?:[\w'’-]+\s?){1,3})")


def _taken_for_yours(text: str, source: str) -> list[str]:
    """`your bees` where the customer keeps them."""
    told, kept = _kept_by(source)
    yours = (match[1] for match in _YOURS.finditer(fold(text)) if match.group() not in told)
    return [f"your {word}" for words in yours for word in re.findall(r"[a-z]{4,}", words) if word in kept]


@lru_cache(maxsize=1)
def _others(source: str) -> tuple[str, ...]:
    return tuple(numbers_of_others(source))


@lru_cache(maxsize=1)
def _is_of_food(source: str) -> bool:
    return bool(_FOOD.search(fold(source)))


@lru_cache(maxsize=1)  # every text of a job is held against the same request
def _kept_by(source: str) -> tuple[str, frozenset[str]]:
    """The folded source, and the words of what its writer has or keeps."""
    told = fold(source)
    things = (match[1] or match[2] for match in _KEPT.finditer(told))
    return told, frozenset(word for thing in things for word in re.findall(r"[a-z]{4,}", thing))


def contradictions(text: str, source: str) -> list[str]:
    """The words of `text` (English) that affirm what `source` denies or keeps out, or give away what it keeps."""
    out = _kept_out(source)
    found: list[str] = []
    for sentence in sentences(text):
        folded = fold(sentence)
        for match in re.finditer(r"[a-z][a-z'-]+", folded):
            word = match.group()
            before = folded[max(0, match.start() - _ROOM) : match.start()]
            kept_out = word in out.words and not _INSTEAD.search(before)
            denied = _is_form(word, out.stems) and not _NEGATED.search(_around(folded, match))
            found += [word] if kept_out or denied else []
    digits = re.sub(r"\D", "", text)
    others = [number for number in _others(source) if number in digits]
    taste = [] if _is_of_food(source) else _TASTE.findall(fold(text))
    return list(dict.fromkeys([*found, *others, *taste, *_taken_for_yours(text, source)]))


@lru_cache(maxsize=1)  # every text of a job is held against the same request
def _kept_out(source: str) -> _Out:
    said = fold(source)
    # What is named all the same stands (honey cake at a vegan bakery is its own affair).
    words = {
        word
        for pattern, kept in _KEPT_OUT
        if pattern.search(said)
        for word in kept
        if not re.search(rf"\b{word}\b", said)
    }
    denied = {match.group(1) for match in _FREE_OF.finditer(said)}
    for match in _DENIED.finditer(said):
        phrase = re.split(r"[,.;:!?]| but | and | or ", match.group(1))[0]
        denied.update(_thing(re.findall(r"[a-z][a-z'-]+", phrase)))
    stems = {_stem(word) for word in denied if len(word) >= _SHORTEST}
    return _Out(frozenset(words), frozenset(stem for stem in stems if not _affirmed(stem, said)))


def _thing(phrase: list[str]) -> list[str]:
    """What a denial is about: its last word, or the one before where the last only says that it is a service."""
    content = [word for word in phrase if word not in _SMALL]
    things = [word for word in content if word not in _DEEDS] or content
    if len(things) > 1 and things[-1] in _SERVICES:
        return things[-2:-1]
    return things[-1:]


def _affirmed(stem: str, said: str) -> bool:
    """True where the customer also says it without a denial: then nothing follows from the denial."""
    told = re.finditer(rf"\b{re.escape(stem)}\w*", said)
    return any(not _NEGATED.search(_around(said, match)) for match in told)


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _ROOM) : match.end() + len("-free")]


def _is_form(word: str, stems: frozenset[str]) -> bool:
    return any(word.startswith(stem) and len(word) - len(stem) <= _LONGEST_ENDING for stem in stems)


def _stem(word: str) -> str:
    """Enough of a word to know it again in another form."""
    return re.sub(r"(?:ies|ery|ing|ed|es|s|y)$", "", word) if len(word) > 4 else word

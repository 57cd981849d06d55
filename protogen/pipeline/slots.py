"""What the model writes of each kind of section. All else is the customer's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from protogen.checks.facts import fold
from protogen.checks.lexicon import COMMON
from protogen.pipeline.context import Fields
from protogen.pipeline.prompt import record, text

LONGEST = {"headline": 60, "heading": 48, "lead": 190, "body": 420, "text": 130}
MAX_ITEMS = 8
_LEAST_TOLD = 3  # words of a sentence beside the name of the thing


@dataclass(frozen=True, slots=True)
class Slots:
    """The words of one kind that the model writes; `says` tells it what they are for."""

    says: str
    texts: tuple[str, ...] = ("heading", "lead")
    items: bool = False


SLOTS: dict[str, Slots] = {
    "hero": Slots("the top of the site: what a visitor gains here", ("headline", "lead")),
    "about": Slots("who they are and what they do", ("heading", "body")),
    "services": Slots("what they offer", items=True),
    "menu": Slots("what there is to eat and drink", items=True),
    "products": Slots("the products that they sell", items=True),
    "checkout": Slots("a warm line that the order is nearly done", ("lead",)),
    "pricing": Slots("the packages and their prices", items=True),
    "gallery": Slots("pictures of their work"),
    "profile": Slots("the person or people behind it", ("heading", "body")),
    "process": Slots("how it works, step by step for a visitor", items=True),
    "areas": Slots("a line that says in other words: we come to you; without naming a place", ("lead",)),
    "hours": Slots("a friendly line on coming by, without days or times", ("lead",)),
    "events": Slots("what takes place here", items=True),
    "form": Slots("a line that invites the visitor to {purpose}, without address or number", ("lead",)),
    "contact": Slots("a line on getting in touch, without number or address", ("lead",)),
    "poll": Slots("visitors suggest and vote"),
    "countdown": Slots("a line on the day that is coming, without its date", ("lead",)),
    "detail": Slots("a page on one offer: {about}", ("heading", "body")),
    "faq": Slots("the questions that visitors ask", ("heading",)),
    "newsletter": Slots("a line that invites the visitor to subscribe to news", ("lead",)),
    "order": Slots("a line that invites the visitor to choose and order", ("lead",)),
    "plans": Slots("a line above the plans, without their prices", ("lead",)),
    "portfolio": Slots("a line above their finished works", ("lead",)),
    "team": Slots("a line above the people, without their names", ("lead",)),
    "cta": Slots("a last line that invites the visitor to act"),
}
PURPOSES = {
    "order": "place an order",
    "booking": "book an appointment",
    "quote": "ask for a quote",
    "availability": "ask whether a date is free",
    "signup": "sign up",
    "enquiry": "ask a question",
}


_RUN = 4  # words
_PURPOSES = [re.findall(r"\w+", fold(re.sub(r"\{\w+\}", "|", slots.says))) for slots in SLOTS.values()]
_MEANT = re.compile(r"we come to you|(?:there )?is to eat(?: and)?|to eat and drink")  # may be said so
_LEAKS = frozenset(
    " ".join(words[at : at + _RUN]) for words in _PURPOSES for at in range(len(words) - _RUN + 1)
)


_LEFT_OUT = [  # `without address or number`: a small model says that there is none
    match[1] for slots in SLOTS.values() if (match := re.search(r"\bwithout (\w+ \w+ \w+)", slots.says))
]


def of_purposes(value: str, source: str) -> list[str]:
    """The first run of words that `value` took from what a section is for, and the customer did not say."""
    if left_out := [run for run in _LEFT_OUT if run in fold(value) and run not in fold(source)]:
        return left_out[:1]
    words, said = re.findall(r"\w+", fold(value)), fold(source)
    runs = (" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))
    return [run for run in runs if run in _LEAKS and run not in said and not _MEANT.fullmatch(run)][:1]


def schema(slots: Slots, fields: Fields, told: Sequence[str]) -> dict[str, Any]:
    """JSON schema of an answer: item names are fixed keys, so none can be invented, renamed or left out.

    `told` are the customer's sentences: an item of which they say nothing gets no text, for there is none to write.
    """
    parts: dict[str, Any] = {name: text(LONGEST[name]) for name in slots.texts}
    names = item_names(slots, fields, told)
    if names:
        parts["texts"] = record(**{name: text(LONGEST["text"]) for name in names})
    return record(**parts)


def item_names(slots: Slots, fields: Fields, told: Sequence[str]) -> list[str]:
    """Names of the items that want a sentence: more is said of them than that they are there."""
    names = [str(item["name"]) for item in fields.get("items", ())] if slots.items else []
    listed = _content(" ".join(names))  # what a sentence that lists them all has of the others says nothing
    return [name for name in names if any(_tells_of(name, each, listed) for each in told)][:MAX_ITEMS]


def _tells_of(name: str, sentence: str, listed: set[str]) -> bool:
    """Whether a sentence names a thing, and says something of it."""
    known, said = _content(name), _content(sentence)
    return bool(known) and known <= said and len(said - listed) >= _LEAST_TOLD


def _content(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[^\W\d_]{4,}", fold(text)) if word not in COMMON}


def max_tokens(answer_schema: dict[str, Any]) -> int:
    """Room for an answer as long as its schema allows (about 3.6 characters a token, and the JSON around them)."""
    characters = 0
    for part in answer_schema["properties"].values():
        inner = part.get("properties", {"": part})
        characters += sum(len(key) + 8 + min(value.get("maxLength", 20), 260) for key, value in inner.items())
    return int(characters / 3.2) + 24

"""What a site is asked to do, and for which trade: stems of plan.yaml in a request."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import yaml

from protogen.checks.copy import sentences
from protogen.checks.facts import fold
from protogen.pipeline.wishes import fields_wished, own_act, speaks_of_site
from protogen.site.paths import TEMPLATES

FORMS = frozenset({"order", "signup", "booking", "quote", "availability", "contact_form", "newsletter"})
# What is denied, or for later, is not asked for; and what a place lies beside is not the customer's trade.
_DENIED = re.compile(
    r"\b(?:no|without|kein\w*|ohne|bez|sans|sin|sem|senza|без)\s(?:[^\W\d_][\w'’-]*[ ,]?){1,3}"
    r"|(?:\b(?:not|never|nicht|pas|nechce\w*|nepotrebuj\w*)|n['’]t)\s(?:[^\W\d_][\w'’-]*\s?){1,6}"
    r"|\b(?:an?|the|our)\s(?:[\w'’-]+\s){1,2}later\b",
    re.I,
)
_BESIDE = re.compile(
    r"\b(?:above|next to|opposite|behind|near|beside|below|across from|round the corner from|between)\s"
    r"(?:the|a|an|our)\s[\w'’-]+|\b(?:in|at) the (?:caf[eé]|pub|restaurant)\b"
    r"|\b(?:repair|internet|language|board ?game|bike)\scaf[eé]",
    re.I,
)

_NEWSLETTER = re.compile(  # who signs up for it signs up for nothing else
    r"\bnewsletter sign[- ]?up\b"
    r"|\b(?:sign[- ]?up|subscribe|register) (?:for|to) (?:(?:the|our|a|my) )?(?:\w+ )?newsletter",
    re.I,
)


@cache
def plan_rules() -> dict[str, Any]:
    """site_templates/plan.yaml."""
    rules = yaml.safe_load((TEMPLATES / "plan.yaml").read_text("utf-8"))
    assert isinstance(rules, dict)
    return rules


def features_of(text: str) -> tuple[str, ...]:
    """What the site is asked to do. A form is asked for where the site is spoken of, not in "orders by phone".

    `own_form` is one for what only this customer's visitors do.
    """
    text = _NEWSLETTER.sub("newsletter", text)
    wishes = " ".join(_DENIED.sub(" ", s) for s in sentences(text) if speaks_of_site(s))
    text = _DENIED.sub(" ", text)
    asked = matching(wishes, "features") if wishes else ()
    found = tuple(
        name for name in matching(text, "features") if name not in FORMS or not wishes or name in asked
    )
    spoken = sentences(text)
    act = own_act(spoken)
    if act and not FORMS & set(matching(act, "features")):
        return (*found, "own_form")
    nameless = fields_wished(spoken) and not FORMS & set(found)
    return (*found, "contact_form") if nameless else found


def trades_of(text: str) -> tuple[str, ...]:
    """The trades of plan.yaml that a request names as its own."""
    return matching(_BESIDE.sub(" ", text), "trades")


def matching(text: str, table: str) -> tuple[str, ...]:
    """The entries of a table of plan.yaml of which a stem is in the text."""
    plain = fold(text)
    return tuple(name for name, stems in _stem_patterns(table).items() if stems.search(plain))


@cache
def _stem_patterns(table: str) -> dict[str, re.Pattern[str]]:
    """What finds each entry of a table of plan.yaml in a folded text: any of its stems, as a word's beginning."""
    return {name: re.compile("|".join(map(_stem, stems))) for name, stems in plan_rules()[table].items()}


def _stem(stem: str) -> str:
    """A stem matches the beginning of a word; one that ends in a dot is the whole word."""
    return rf"\b{re.escape(fold(stem.removesuffix('.')))}" + (r"\b" if stem.endswith(".") else "")

"""Offers as the items of a section, each with the price that the customer put beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from protogen.checks.facts import fold
from protogen.draft import Fact, FactKind
from protogen.pipeline.context import Context, Fields, capital, planned, sentence
from protogen.pipeline.plan import event_offers


def priced_items(context: Context, offers: Sequence[Fact]) -> list[Fields]:
    """Offers with the price that the customer put beside each."""
    prices = {fold(fact.item): fact for fact in context.facts(FactKind.PRICE) if fact.item}
    items = []
    for offer in offers:
        price = prices.get(fold(offer.value))
        said = offer.detail or (price.detail if price else "")
        label = price.value if price else ""
        items.append({"name": capital(offer.value), "text": sentence(said), "price": _bind(label)})
    return items


def plain_offers(context: Context) -> list[Fact]:
    """What is offered, events apart where they have a section of their own."""
    events = event_offers(context.brief) if planned(context, "events") else []
    return [offer for offer in context.facts(FactKind.OFFER) if offer not in events]


def _bind(price: str) -> str:
    """A price whose number never parts from its unit: no-break spaces (U+00A0)."""
    return re.sub(r"(?<=\d) (?=\S)|(?<=[€£$]) (?=\d)", "\u00a0", price, count=1)

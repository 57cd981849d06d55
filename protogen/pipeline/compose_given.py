"""The `template` rung of the sections that stand only where the customer gave what they show."""

from __future__ import annotations

from collections.abc import Callable

from protogen.checks.facts import fold
from protogen.draft import FactKind, SectionPlan
from protogen.pipeline.actions import actions
from protogen.pipeline.context import Context, Fields, capital
from protogen.pipeline.forms import field, form
from protogen.pipeline.given import works_heading
from protogen.pipeline.items import priced_items
from protogen.pipeline.plan import held, priced_offers


def _team(plan: SectionPlan, context: Context) -> Fields:
    people = context.facts(FactKind.PERSON)
    items = [{"name": fact.value, "role": capital(fact.detail), "text": ""} for fact in people]
    return {"heading": context.words("Team"), "lead": "", "items": items}


def _numbers(plan: SectionPlan, context: Context) -> Fields:
    items = [{"value": value, "label": label} for value, label in context.brief.given.figures]
    years = [{"value": fact.value, "label": context.words("Since")} for fact in context.facts(FactKind.YEAR)]
    return {"heading": context.words("In numbers"), "items": [*years[:1], *items]}


def _quotes(plan: SectionPlan, context: Context) -> Fields:
    items = [{"text": text, "source": source} for text, source in context.brief.given.quotes]
    return {"heading": context.words("What others say"), "items": items}


def _newsletter(plan: SectionPlan, context: Context) -> Fields:
    return {
        "heading": context.words("Newsletter"),
        "lead": "",
        "fields": [field("email", context.words("E-mail"), "email", True)],
        "submit": context.words("Subscribe"),
        "recipient": context.recipient,
    }


def _articles(plan: SectionPlan, context: Context) -> Fields:
    items = [{"title": title, "when": when, "text": ""} for title, when in context.brief.given.articles]
    return {"heading": context.words("Articles"), "lead": "", "items": items}


def _portfolio(plan: SectionPlan, context: Context) -> Fields:
    items = [{"title": title, "text": "", "tag": tag} for title, tag in context.brief.given.works]
    heading = capital(works_heading(context.reading.text)) or context.words("Our work")
    return {"heading": heading, "lead": "", "items": items}


def _comparison(plan: SectionPlan, context: Context) -> Fields:
    items = priced_items(context, priced_offers(context.brief))
    return {
        "heading": context.words("Compare"),
        "lead": "",
        "columns": [context.words("Price"), context.words("Included")],
        "rows": [
            {"name": item["name"], "cells": [item["price"], item["text"].rstrip(".")]} for item in items
        ],
        "note": "",
    }


def _plans(plan: SectionPlan, context: Context) -> Fields:
    items = [
        {
            "name": item["name"],
            "price": item["price"],
            "text": "",
            "points": list(map(capital, held(item["text"]))),
        }
        for item in priced_items(context, priced_offers(context.brief))
    ]
    ask = next((button for button in actions(context) if button["href"] not in ("#plans", "")), None)
    return {"heading": context.words("Prices"), "lead": "", "items": items, "action": ask}


def _order(plan: SectionPlan, context: Context) -> Fields:
    ordinary = form(SectionPlan("form", "order"), context)
    kept = [entry for entry in ordinary["fields"] if entry["name"] != "item"]
    offers = priced_offers(context.brief)
    return {
        "heading": ordinary["heading"],
        "lead": "",
        "items": priced_items(context, offers),
        "fields": kept,
        "submit": ordinary["submit"],
        "recipient": ordinary["recipient"],
    }


def _legal(plan: SectionPlan, context: Context) -> Fields:
    """The customer's own particulars, and no more: what the law asks beside them only the customer knows."""
    known = (
        ("Name", context.brief.name or context.reading.person),
        ("Responsible", context.reading.person if context.brief.name else ""),
        ("Address", context.value(FactKind.ADDRESS)),
        ("Phone", context.value(FactKind.PHONE)),
        ("E-mail", context.value(FactKind.EMAIL)),
        ("Registration", context.value(FactKind.CERTIFICATE)),
    )
    entries: list[Fields] = []
    for label, value in known:
        if value and fold(value) not in {fold(entry["value"]) for entry in entries}:
            entries.append({"label": context.words(label), "value": value})
    return {"heading": context.words("Legal notice"), "entries": entries, "body": []}


def _location(plan: SectionPlan, context: Context) -> Fields:
    return {
        "heading": context.words("How to find us"),
        "lead": "",
        "address": context.value(FactKind.ADDRESS),
        "hours": "",
        "points": [],
        "action": None,
    }


def _checklist(plan: SectionPlan, context: Context) -> Fields:
    items = [capital(thing) for thing, _ in context.brief.given.bring]
    return {"heading": context.words("What to bring"), "lead": "", "items": items, "note": ""}


def _download(plan: SectionPlan, context: Context) -> Fields:
    items = [{"label": each.label, "href": each.path, "size": each.size} for each in context.documents]
    return {"heading": context.words("Downloads"), "lead": "", "items": items}


GIVEN_COMPOSERS: dict[str, Callable[[SectionPlan, Context], Fields]] = {
    "team": _team,
    "numbers": _numbers,
    "quotes": _quotes,
    "newsletter": _newsletter,
    "articles": _articles,
    "portfolio": _portfolio,
    "comparison": _comparison,
    "plans": _plans,
    "order": _order,
    "legal": _legal,
    "location": _location,
    "checklist": _checklist,
    "download": _download,
}

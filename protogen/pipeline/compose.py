"""The `template` rung: a section's fields from the customer's facts and words alone.

The other rungs start from the same fields: the model adds words to them and can take no fact away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from slugify import slugify

from protogen.checks.facts import fold
from protogen.checks.prices import price_amount
from protogen.checks.times import moment_of, opening_spans, parse_date, times_of
from protogen.draft import Fact, FactKind, SectionPlan
from protogen.pipeline.actions import action, actions, on_index, section_id
from protogen.pipeline.compose_given import GIVEN_COMPOSERS
from protogen.pipeline.context import Context, Fields, capital, headline, planned, sentence
from protogen.pipeline.fit import fit
from protogen.pipeline.forms import checkout, form
from protogen.pipeline.items import plain_offers, priced_items
from protogen.pipeline.plan import event_offers
from protogen.pipeline.wishes import BOOK_US


def compose(plan: SectionPlan, context: Context) -> Fields:
    """The fields of one section, complete for its kind's schema and within its bounds."""
    return fit(plan.kind, COMPOSERS[plan.kind](plan, context))


def _hero(plan: SectionPlan, context: Context) -> Fields:
    possible = [*actions(context), None, None]
    sentences = context.brief.sentences
    return {
        "eyebrow": capital(context.brief.trade) if context.brief.name else "",
        "headline": headline(context),
        "lead": sentences[0] if sentences else "",
        "action": possible[0],
        "second": possible[1],
        "points": [capital(point) for point in _points(context)][:3],
    }


def _points(context: Context) -> list[str]:
    """Short facts that fit under a headline."""
    place = context.value(FactKind.ADDRESS)
    hours = context.value(FactKind.HOURS)
    certificate = context.value(FactKind.CERTIFICATE)
    return [point for point in (place, hours, certificate) if point and len(point) < 48]


def _about(plan: SectionPlan, context: Context) -> Fields:
    return {
        "heading": context.words("About us"),
        "body": _paragraphs(context.brief.sentences[1:] or context.brief.sentences[:1]),
        "points": [],
    }


def _paragraphs(sentences: Sequence[str]) -> list[str]:
    """The customer's sentences, a few to a paragraph: what is said of the business is not left out."""
    return [" ".join(sentences[n : n + 3]) for n in range(0, min(len(sentences), 9), 3)]


def _statement(plan: SectionPlan, context: Context) -> Fields:
    longest = max(context.brief.sentences, key=len, default="")
    return {"text": longest, "source": context.reading.person if context.reading.person in longest else ""}


def _list(heading: str, offers: Callable[[Context], list[Fact]]) -> Callable[[SectionPlan, Context], Fields]:
    def composer(plan: SectionPlan, context: Context) -> Fields:
        return {
            "heading": context.words(heading),
            "lead": "",
            "items": priced_items(context, offers(context)),
        }

    return composer


def _menu(plan: SectionPlan, context: Context) -> Fields:
    return {**_list("Menu", plain_offers)(plan, context), "note": ""}


def _pricing_offers(context: Context) -> list[Fact]:
    priced = {fold(fact.item) for fact in context.facts(FactKind.PRICE)}
    return [offer for offer in plain_offers(context) if fold(offer.value) in priced]


def _products(plan: SectionPlan, context: Context) -> Fields:
    items = []
    for n, item in enumerate(priced_items(context, _pricing_offers(context))):
        amount = price_amount(item["price"].replace("\u00a0", " "))
        items.append(
            item
            | {
                "id": f"product-{n}-{slugify(item['name'], max_length=24)}".rstrip("-"),
                "amount": amount[0] if amount else None,
                "currency": amount[1] if amount else "",
                "category": "",
            }
        )
    asked = set(context.brief.features)
    return {
        "heading": context.words("Products"),
        "lead": "",
        "items": items,
        "search": bool(asked & {"search", "shop"}),
        "filter": bool(context.reading.categories),
        "sort": bool(asked & {"search", "shop"}),
        "cart": bool(asked & {"cart", "checkout", "shop"}),
        "detail": "detail" in asked,
        "checkout": action(context.words("Go to checkout"), "#checkout")
        if planned(context, "checkout")
        else None,
    }


def _gallery(plan: SectionPlan, context: Context) -> Fields:
    return {"heading": context.words("Gallery"), "lead": "", "items": [], "count": 6}


def _profile(plan: SectionPlan, context: Context) -> Fields:
    people = [{"name": fact.value, "role": fact.detail} for fact in context.facts(FactKind.PERSON)]
    person = context.reading.person
    if not people and person and "profile" in context.brief.features:
        people = [{"name": person, "role": ""}]
    return {
        "heading": context.words("Profile"),
        "body": [" ".join(context.brief.sentences[:4])],
        "people": people,
        "languages": [capital(fact.value) for fact in context.facts(FactKind.LANGUAGE)],
        "points": [fact.value for fact in context.facts(FactKind.CERTIFICATE)],
    }


PROCESS_STEPS = {"poll": ("Suggest", "Vote", "See the results"), "questions": ()}


def _process(plan: SectionPlan, context: Context) -> Fields:
    if plan.about == "steps":
        names = [capital(step) for step, _ in context.brief.given.steps]
        heading = context.words("How it works")
    elif plan.about == "questions":
        names = [context.words(question) for question in context.brief.questions]
        heading = context.words("What this page still needs")
    else:
        names = [context.words(step) for step in PROCESS_STEPS.get(plan.about, ())]
        heading = context.words("How it works")
    return {"heading": heading, "lead": "", "items": [{"name": name, "text": ""} for name in names]}


def _areas(plan: SectionPlan, context: Context) -> Fields:
    return {
        "heading": context.words("Where we work"),
        "lead": "",
        "places": [fact.value for fact in context.facts(FactKind.PLACE)],
    }


_OPENING = re.compile(
    r"\b(?:open|opening|hours|closed|shop|we|i|it|and|also|otev\w*|provozni|geoffnet|offnungs\w*|ouvert\w*|horaires?|"
    r"abierto|aberto|horario|czynne|otwarte|aperto|orari\w*|odkryt\w*|открыт\w*|график|відкрит\w*)\b"
)


def _hours(plan: SectionPlan, context: Context) -> Fields:
    rows = []
    for fact in context.facts(FactKind.HOURS):
        for_all = "" if fact.detail else fact.value  # whether it is open says nothing where it is so for some
        spans = [
            {"day": day, "opens": opens, "closes": closes} for day, opens, closes in opening_spans(for_all)
        ]
        times = f"{times_of(fact).replace('-', '–')} {fact.detail}".rstrip()
        rows.append({"days": capital(fact.item.replace("-", "–")), "times": times, "spans": spans})
    heading = _what_has_hours(context) or context.words("Opening hours")
    return {"heading": heading, "lead": "", "rows": rows, "note": ""}


def _what_has_hours(context: Context) -> str:
    """What the customer says of his hours instead of being open: `Rehearsals`; empty where it is nothing or several."""
    found = set()
    for fact in context.facts(FactKind.HOURS):
        before = context.reading.text[: fact.span[0]].rpartition("\n")[2]
        label = re.sub(
            r"(?:\b(?:every|each|on|from|are|is|always)\b|:)\s*$", "", re.split(r"[.;,!?]\s", before)[-1]
        )
        found.add(label.strip(" :–-"))
    label = found.pop() if len(found) == 1 else ""
    known = len(label.split()) in (1, 2) and label[:1].isupper() and label[-1:].islower()
    return label if known and not _OPENING.search(fold(label)) else ""


def _events(plan: SectionPlan, context: Context) -> Fields:
    forms = (p for p in context.plan if p.kind == "form" and p.about in ("signup", "booking"))
    signup = next((p for p in forms if context.act(p.about) != BOOK_US), None)
    join = action(context.words("Sign up"), f"#{section_id(signup)}") if signup else None
    items = [
        item | {"when": _when(context, item), "text": _without_time(item["text"])}
        for item in priced_items(context, event_offers(context.brief))
    ]
    heading = items[0]["name"] if len(items) == 1 else context.words("Events")
    return {"heading": heading, "lead": "", "items": items, "action": join}


def _when(context: Context, item: Fields) -> str:
    """Day and hour that the customer put beside an event, or the weekday in its sentence (`on Saturdays`)."""
    if moment := moment_of(item["text"]):
        return capital(moment)
    sentence = next((s for s in context.brief.sentences if fold(item["name"]) in fold(s)), "")
    match = re.search(r"\bon (\w+days?)\b", sentence, re.I)
    return capital(match[1]) if match else ""


def _without_time(text: str) -> str:
    """What else was said of an event: its day and hour stand beside it."""
    rest = text.replace(moment_of(text), "", 1).strip(" ,;.")
    rest = re.sub(r"\b(?:every|each|jeden)?\s*$", "", rest, flags=re.I)
    return sentence(rest.strip(" ,;."))


def _faq(plan: SectionPlan, context: Context) -> Fields:
    items = [{"question": question[:180], "answer": answer} for question, answer in context.brief.faq]
    return {"heading": context.words("Questions"), "items": items}


def _contact(plan: SectionPlan, context: Context) -> Fields:
    links = [{"label": fact.value, "href": _href(fact.value)} for fact in context.facts(FactKind.LINK)]
    hours = (
        "" if planned(context, "hours") else "; ".join(fact.value for fact in context.facts(FactKind.HOURS))
    )
    return {
        "heading": context.words("Contact"),
        "lead": "",
        "phone": context.value(FactKind.PHONE),
        "email": context.value(FactKind.EMAIL),
        "address": context.value(FactKind.ADDRESS),
        "hours": hours,
        "links": links,
    }


def _href(link: str) -> str:
    return link if link.startswith(("http://", "https://")) else f"https://{link}"


def _poll(plan: SectionPlan, context: Context) -> Fields:
    return {
        "heading": context.words("Vote"),
        "lead": "",
        "item_label": context.words("Suggestion"),
        "options": [],
        "suggest": True,
    }


def _countdown(plan: SectionPlan, context: Context) -> Fields:
    written = context.value(FactKind.DATE)
    day = parse_date(written)
    return {
        "heading": context.words("Time left"),
        "lead": "",
        "until": day.isoformat() if day else "",
        "label": written,
    }


def _detail(plan: SectionPlan, context: Context) -> Fields:
    offer = next((o for o in context.facts(FactKind.OFFER) if o.value == plan.about), None)
    item = next(iter(priced_items(context, [offer])), None) if offer else None
    possible = actions(context)
    return {
        "heading": capital(plan.about),
        "body": [],
        "points": [capital(offer.detail)] if offer and offer.detail else [],
        "price": item["price"] if item else "",
        "action": on_index(possible[0]) if possible else None,
    }


def _cta(plan: SectionPlan, context: Context) -> Fields:
    possible = actions(context)
    return {"heading": context.words("Get in touch"), "lead": "", "action": possible[0] if possible else None}


COMPOSERS: dict[str, Callable[[SectionPlan, Context], Fields]] = {
    "hero": _hero,
    "about": _about,
    "statement": _statement,
    "services": _list("What we offer", plain_offers),
    "menu": _menu,
    "products": _products,
    "checkout": checkout,
    "pricing": _list("Prices", _pricing_offers),
    "gallery": _gallery,
    "profile": _profile,
    "process": _process,
    "areas": _areas,
    "hours": _hours,
    "events": _events,
    "form": form,
    "contact": _contact,
    "poll": _poll,
    "countdown": _countdown,
    "detail": _detail,
    "cta": _cta,
    "faq": _faq,
    **GIVEN_COMPOSERS,
}

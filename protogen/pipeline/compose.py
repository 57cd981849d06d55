"""The `template` rung: a section's fields from the customer's facts and words alone.

The other rungs start from the same fields: the model adds words to them and can take no fact away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slugify import slugify

from protogen.checks.facts import DATE, HOURS, fold, of_kind, opening_spans, parse_date, price_amount
from protogen.draft import Brief, Fact, FactKind, SectionPlan
from protogen.pipeline.fit import fit
from protogen.pipeline.plan import event_offers
from protogen.pipeline.reading import Reading
from protogen.site.words import Words

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """What a composer sees: the brief, the whole plan, the interface's words in the page's language."""

    brief: Brief
    reading: Reading
    plan: Sequence[SectionPlan]
    words: Words

    def facts(self, *kinds: FactKind) -> list[Fact]:
        """The customer's facts of these kinds."""
        return of_kind(self.brief.facts, *kinds)

    def value(self, *kinds: FactKind) -> str:
        """The first such fact as it is printed, or ''."""
        return next((fact.value for fact in self.facts(*kinds)), "")

    @property
    def recipient(self) -> str:
        """Where an answer to a form would go."""
        return self.value(FactKind.EMAIL) or self.value(FactKind.PHONE) or self.value(FactKind.LINK)


def compose(plan: SectionPlan, context: Context) -> Fields:
    """The fields of one section, complete for its kind's schema and within its bounds."""
    return fit(plan.kind, COMPOSERS[plan.kind](plan, context))


def section_id(plan: SectionPlan) -> str:
    """The anchor of a section: its purpose for a form, its kind elsewhere."""
    return slugify(plan.about) if plan.kind == "form" else plan.kind


def headline(context: Context) -> str:
    """The customer's name where the model wrote nothing better."""
    return (
        context.brief.name
        or _capital(context.brief.trade)
        or context.reading.person
        or context.words("Welcome")
    )


# -- items ------------------------------------------------------------------------------------------------


def priced_items(context: Context, offers: Sequence[Fact]) -> list[Fields]:
    """Offers with the price that the customer put beside each."""
    prices = {fold(fact.item): fact for fact in context.facts(FactKind.PRICE) if fact.item}
    items = []
    for offer in offers:
        price = prices.get(fold(offer.value))
        label = " ".join(filter(None, (price.value, price.detail))) if price else ""
        items.append({"name": _capital(offer.value), "text": _sentence(offer.detail), "price": _bind(label)})
    return items


def plain_offers(context: Context) -> list[Fact]:
    """What is offered, events apart where they have a section of their own."""
    events = event_offers(context.brief) if _planned(context, "events") else []
    return [offer for offer in context.facts(FactKind.OFFER) if offer not in events]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    return f"{_capital(text).rstrip('.')}." if text else ""


def _bind(price: str) -> str:
    """A price whose number never parts from its unit: no-break spaces (U+00A0)."""
    return re.sub(r"(?<=\d) (?=\S)|(?<=[€£$]) (?=\d)", "\u00a0", price, count=1)


def _planned(context: Context, kind: str) -> bool:
    return any(plan.kind == kind for plan in context.plan)


def _action(label: str, href: str) -> Fields:
    return {"label": label, "href": href}


def tel(number: str) -> str:
    """`tel:` address of a number as written (RFC 3966: digits and a leading plus)."""
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", number))
    return f"tel:{'+' if number.strip().startswith('+') else ''}{digits}"


# -- actions ----------------------------------------------------------------------------------------------

FORM_ACTIONS = {
    "order": "Order now", "booking": "Book an appointment", "quote": "Ask for a quote",
    "availability": "Check availability",
    "signup": "Sign up", "enquiry": "Write to us",
}  # fmt: skip
FORM_HEADINGS = {
    "order": "Place an order", "booking": "Book an appointment", "quote": "Ask for a quote",
    "availability": "Ask about your date",
    "signup": "Sign up", "enquiry": "Write to us",
}  # fmt: skip


def actions(context: Context) -> list[Fields]:
    """What a visitor can do here, the most wanted first."""
    found: list[Fields] = []
    phone = context.value(FactKind.PHONE)
    if phone and "call" in context.brief.features:
        found.append(_action(f"{context.words('Call')} {phone}", tel(phone)))
    if _planned(context, "poll"):
        found.append(_action(context.words("Vote now"), "#poll"))
    if _planned(context, "products"):
        found.append(_action(context.words("See the products"), "#products"))
    for plan in context.plan:
        if plan.kind == "form":
            found.append(_action(context.words(FORM_ACTIONS[plan.about]), f"#{section_id(plan)}"))
    for kind, label in (
        ("menu", "See the menu"),
        ("pricing", "See the prices"),
        ("services", "See what we do"),
    ):
        if _planned(context, kind):
            found.append(_action(context.words(label), f"#{kind}"))
    if _planned(context, "contact"):
        found.append(_action(context.words("Get in touch"), "#contact"))
    return found


# -- one function a kind ----------------------------------------------------------------------------------


def _hero(plan: SectionPlan, context: Context) -> Fields:
    possible = [*actions(context), None, None]
    sentences = context.brief.sentences
    return {
        "eyebrow": context.brief.trade if context.brief.trade and context.brief.name else "",
        "headline": headline(context),
        "lead": sentences[0] if sentences else "",
        "action": possible[0],
        "second": possible[1],
        "points": [_capital(point) for point in _points(context)][:3],
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
        "body": [" ".join(context.brief.sentences[1:4]) or " ".join(context.brief.sentences[:1])],
        "points": [],
    }


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
        "checkout": _action(context.words("Go to checkout"), "#checkout")
        if _planned(context, "checkout")
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
        "languages": [_capital(fact.value) for fact in context.facts(FactKind.LANGUAGE)],
        "points": [fact.value for fact in context.facts(FactKind.CERTIFICATE)],
    }


PROCESS_STEPS = {"poll": ("Suggest", "Vote", "See the results"), "questions": ()}


def _process(plan: SectionPlan, context: Context) -> Fields:
    if plan.about == "questions":
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


def _hours(plan: SectionPlan, context: Context) -> Fields:
    rows = []
    for fact in context.facts(FactKind.HOURS):
        spans = [
            {"day": day, "opens": opens, "closes": closes} for day, opens, closes in opening_spans(fact.value)
        ]
        times = fact.value[len(fact.item) :].strip(" :,").replace("-", "–")
        rows.append({"days": _capital(fact.item.replace("-", "–")), "times": times, "spans": spans})
    return {"heading": context.words("Opening hours"), "lead": "", "rows": rows, "note": ""}


def _events(plan: SectionPlan, context: Context) -> Fields:
    signup = next((p for p in context.plan if p.kind == "form" and p.about in ("signup", "booking")), None)
    action = _action(context.words("Sign up"), f"#{section_id(signup)}") if signup else None
    items = [
        item | {"when": _when(context, item), "text": _without_time(item["text"])}
        for item in priced_items(context, event_offers(context.brief))
    ]
    heading = items[0]["name"] if len(items) == 1 else context.words("Events")
    return {"heading": heading, "lead": "", "items": items, "action": action}


def _when(context: Context, item: Fields) -> str:
    """Day and hour that the customer put beside an event, or the weekday in its sentence (`on Saturdays`)."""
    if match := HOURS.search(item["text"]) or DATE.search(item["text"]):
        return _capital(match.group())
    sentence = next((s for s in context.brief.sentences if fold(item["name"]) in fold(s)), "")
    match = re.search(r"\bon (\w+days?)\b", sentence, re.I)
    return _capital(match[1]) if match else ""


def _without_time(text: str) -> str:
    """What else was said of an event: its day and hour stand beside it."""
    rest = re.sub(
        r"\b(?:every|each|jeden)?\s*$", "", HOURS.sub("", DATE.sub("", text)).strip(" ,;."), flags=re.I
    )
    return _sentence(rest.strip(" ,;."))


def _faq(plan: SectionPlan, context: Context) -> Fields:
    items = [{"question": question[:180], "answer": answer} for question, answer in context.brief.faq]
    return {"heading": context.words("Questions"), "items": items}


def _form(plan: SectionPlan, context: Context) -> Fields:
    word = context.words
    return {
        "heading": word(FORM_HEADINGS[plan.about]),
        "lead": "",
        "purpose": plan.about,
        "fields": [_field("name", word("Your name"), "text", True), *_form_fields(plan.about, context)],
        "submit": word("Send"),
        "recipient": context.recipient,
    }


def _form_fields(purpose: str, context: Context) -> list[Fields]:
    word = context.words
    names = [_capital(offer.value) for offer in plain_offers(context)]
    events = [_capital(offer.value) for offer in event_offers(context.brief)]
    email, phone = (
        _field("email", word("E-mail"), "email", True),
        _field("phone", word("Phone"), "tel", False),
    )
    message = _field("message", word("Message"), "textarea", purpose == "enquiry")
    choose = [_field("item", word("What would you like?"), "select", True, names)] if len(names) > 1 else []
    places = [fact.value for fact in context.facts(FactKind.PLACE)]
    if purpose == "order":
        return [email, phone, *choose, _field("date", word("Needed by"), "date", True), message]
    if purpose == "booking":
        return [
            email,
            *choose,
            _field("date", word("Date"), "date", True),
            _field("time", word("Time"), "time", False),
            message,
        ]
    if purpose == "quote":
        where = [_field("place", word("Where"), "select", True, places)] if places else []
        return [
            _field("phone", word("Phone"), "tel", True),
            _field("email", word("E-mail"), "email", False),
            *choose,
            *where,
            message,
        ]
    if purpose == "availability":
        return [email, _field("date", word("Date"), "date", True), *choose, message]
    if purpose == "signup":
        which = [_field("event", word("Which one?"), "select", True, events)] if len(events) > 1 else []
        return [email, *which, _field("people", word("Number of people"), "number", True)]
    return [email, message]


def _field(name: str, label: str, kind: str, required: bool, options: Sequence[str] = ()) -> Fields:
    return {"name": name, "label": label, "type": kind, "required": required, "options": list(options)}


def _checkout(plan: SectionPlan, context: Context) -> Fields:
    word = context.words
    fields = [
        _field("name", word("Your name"), "text", True),
        _field("email", word("E-mail"), "email", True),
        _field("address", word("Delivery address"), "textarea", True),
    ]
    return {
        "heading": word("Checkout"),
        "lead": "",
        "fields": fields,
        "submit": word("Place the order"),
        "recipient": context.recipient,
    }


def _contact(plan: SectionPlan, context: Context) -> Fields:
    links = [{"label": fact.value, "href": _href(fact.value)} for fact in context.facts(FactKind.LINK)]
    hours = (
        "" if _planned(context, "hours") else "; ".join(fact.value for fact in context.facts(FactKind.HOURS))
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
    possible = actions(context)
    return {
        "heading": _capital(plan.about),
        "body": [],
        "points": [_capital(offer.detail)] if offer and offer.detail else [],
        "action": _on_index(possible[0]) if possible else None,
    }


def _on_index(action: Fields) -> Fields:
    href = action["href"]
    return action | {"href": f"index.html{href}" if href.startswith("#") else href}


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
    "checkout": _checkout,
    "pricing": _list("Prices", _pricing_offers),
    "gallery": _gallery,
    "profile": _profile,
    "process": _process,
    "areas": _areas,
    "hours": _hours,
    "events": _events,
    "form": _form,
    "contact": _contact,
    "poll": _poll,
    "countdown": _countdown,
    "detail": _detail,
    "cta": _cta,
    "faq": _faq,
}

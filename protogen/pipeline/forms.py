"""Forms: what each purpose asks of a visitor."""

from __future__ import annotations

import re
from collections.abc import Sequence

from slugify import slugify

from protogen.checks.facts import fold
from protogen.draft import FactKind, SectionPlan
from protogen.pipeline.actions import form_word
from protogen.pipeline.context import Context, Fields, capital
from protogen.pipeline.items import plain_offers
from protogen.pipeline.plan import event_offers
from protogen.pipeline.wishes import NAMES

FORM_HEADINGS = {
    "order": "Place an order", "booking": "Book an appointment", "quote": "Ask for a quote",
    "availability": "Ask about your date",
    "signup": "Sign up", "enquiry": "Write to us",
}  # fmt: skip


_OF_EVENTS = re.compile(  # `which class`: one of those that the page names
    r"(?:(?:which|what) )?(?:class|course|workshop|lesson|session|event|concert|evening|kurs|termin|lekce|"
    r"taller|curso|cours)\b"
)


def form(plan: SectionPlan, context: Context) -> Fields:
    """The fields of a form section; `plan.about` is its purpose."""
    word = context.words
    return {
        "heading": capital(context.act(plan.about)) or word(form_word(plan.about, context, FORM_HEADINGS)),
        "lead": "",
        "purpose": plan.about,
        "fields": [field("name", word("Your name"), "text", True), *_form_fields(plan.about, context)],
        "submit": word("Send"),
        "recipient": context.recipient,
    }


def checkout(plan: SectionPlan, context: Context) -> Fields:
    """The fields of a shop's checkout."""
    word = context.words
    fields = [
        field("name", word("Your name"), "text", True),
        field("email", word("E-mail"), "email", True),
        field("address", word("Delivery address"), "textarea", True),
    ]
    return {
        "heading": word("Checkout"),
        "lead": "",
        "fields": fields,
        "submit": word("Place the order"),
        "recipient": context.recipient,
    }


def _form_fields(purpose: str, context: Context) -> list[Fields]:
    word = context.words
    names = [capital(offer.value) for offer in plain_offers(context)]
    events = [capital(offer.value) for offer in event_offers(context.brief)]
    email, phone = (
        field("email", word("E-mail"), "email", True),
        field("phone", word("Phone"), "tel", False),
    )
    message = field("message", word("Message"), "textarea", purpose == "enquiry")
    choose = [field("item", word("What would you like?"), "select", True, names)] if len(names) > 1 else []
    places = [fact.value for fact in context.facts(FactKind.PLACE)]
    if context.reading.form and purpose == context.asking:
        return _wished(context, email, phone)
    if purpose == "order":
        return [email, phone, *choose, field("date", word("Needed by"), "date", True), message]
    if purpose == "booking":
        either = [*events, *names]
        which = (
            [field("item", word("What would you like?"), "select", True, either)] if len(either) > 1 else []
        )
        return [
            email,
            *which,
            field("date", word("Date"), "date", True),
            field("time", word("Time"), "time", False),
            message,
        ]
    if purpose == "quote":
        where = [field("place", word("Where"), "select", True, places)] if places else []
        return [
            field("phone", word("Phone"), "tel", True),
            field("email", word("E-mail"), "email", False),
            *choose,
            *where,
            message,
        ]
    if purpose == "availability":
        return [email, field("date", word("Date"), "date", True), *choose, message]
    if purpose == "signup":
        joins = any(
            re.search(r"\bjoin", wish, re.I) for wish in context.reading.wishes
        )  # the club, not an event
        choice = len(events) > 1 and not joins
        which = [field("event", word("Which one?"), "select", True, events)] if choice else []
        if not events and not context.facts(FactKind.DATE):
            return [email, phone, message]
        return [email, *which, field("people", word("Number of people"), "number", True)]
    return [email, message]


def _wished(context: Context, email: Fields, phone: Fields) -> list[Fields]:
    """What the customer wants asked, beside a name and a way to answer."""
    asked = [(label, kind) for label, kind in context.reading.form if fold(label) not in NAMES]
    events = [capital(offer.value) for offer in event_offers(context.brief)]
    reach = [] if any(kind in ("email", "tel") for _, kind in asked) else [email | {"required": True}, phone]
    fields = []
    for n, (label, kind) in enumerate(asked):
        options = events if len(events) > 1 and _OF_EVENTS.match(fold(label)) else ()
        kind = "select" if options else kind
        required = kind in ("email", "tel", "select")
        fields.append(field(slugify(label) or f"field-{n}", capital(label), kind, required, options))
    return reach + fields


def field(name: str, label: str, kind: str, required: bool, options: Sequence[str] = ()) -> Fields:
    """One field of a form, as the kit takes it."""
    return {"name": name, "label": label, "type": kind, "required": required, "options": list(options)}

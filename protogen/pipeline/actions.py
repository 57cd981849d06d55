"""What a visitor can do on a site, and where the buttons lead."""

from __future__ import annotations

import re
from collections.abc import Mapping

from slugify import slugify

from protogen.checks.facts import fold
from protogen.draft import FactKind, SectionPlan
from protogen.pipeline.context import Context, Fields, capital, planned

FORM_ACTIONS = {
    "order": "Order now", "booking": "Book an appointment", "quote": "Ask for a quote",
    "availability": "Check availability",
    "signup": "Sign up", "enquiry": "Write to us",
}  # fmt: skip
# Where one books these, or what takes place, it is no appointment.
_NO_APPOINTMENT = re.compile(
    r"\b(?:rooms?|tables?|nights?|beds?|cottages?|apartments?|cabins?|pitch(?:es)?|gigs?|band|tickets?|seats?|desks?|"
    r"zimmer|tische?|ubernacht\w*|ferienwohnung\w*|pokoj\w*|stol\w*|nocleg\w*|chambres?|habitaci\w+|camer[ae]|quartos?|"
    r"restaurant\w*|penzion\w*|pension\w*|hotel\w*|hostel\w*|комнат\w*|номер\w*|столик\w*)\b"
)
LONGEST_LABEL = 24  # characters of a button on a phone


def actions(context: Context) -> list[Fields]:
    """What a visitor can do here, the most wanted first."""
    found: list[Fields] = []
    phone = context.value(FactKind.PHONE)
    if phone and "call" in context.brief.features:
        found.append(action(f"{context.words('Call')} {phone}", tel(phone)))
    if planned(context, "poll"):
        found.append(action(context.words("Vote now"), "#poll"))
    if planned(context, "products"):
        found.append(action(context.words("See the products"), "#products"))
    for plan in context.plan:
        if plan.kind == "form":
            found.append(action(_form_label(plan.about, context), f"#{section_id(plan)}"))
    if planned(context, "order"):
        found.append(action(context.words("Order now"), "#order"))
    for kind, label in (
        ("plans", "See the prices"),
        ("comparison", "See the prices"),
        ("portfolio", "See our work"),
        ("menu", "See the menu"),
        ("pricing", "See the prices"),
        ("services", "See what we do"),
    ):
        if planned(context, kind):
            found.append(action(context.words(label), f"#{kind}"))
    if planned(context, "contact"):
        found.append(action(context.words("Get in touch"), "#contact"))
    return found


def _form_label(purpose: str, context: Context) -> str:
    act = capital(context.act(purpose))
    return act if 0 < len(act) <= LONGEST_LABEL else context.words(form_word(purpose, context, FORM_ACTIONS))


def form_word(purpose: str, context: Context, table: Mapping[str, str]) -> str:
    """What `table` calls a form of this purpose, in the interface's English: not each booking is an appointment."""
    books = purpose == "booking" and (
        planned(context, "events") or _NO_APPOINTMENT.search(fold(context.reading.text))
    )
    return "Book now" if books else table[purpose]


def section_id(plan: SectionPlan) -> str:
    """The anchor of a section: its purpose for a form, its kind elsewhere."""
    return slugify(plan.about) if plan.kind == "form" else plan.kind


def action(label: str, href: str) -> Fields:
    """A button: what it says and where it leads."""
    return {"label": label, "href": href}


def on_index(button: Fields) -> Fields:
    """The button as it stands on a further page: anchors are on the first one."""
    href = button["href"]
    return button | {"href": f"index.html{href}" if href.startswith("#") else href}


def tel(number: str) -> str:
    """`tel:` address of a number as written (RFC 3966: digits and a leading plus)."""
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", number))
    return f"tel:{'+' if number.strip().startswith('+') else ''}{digits}"

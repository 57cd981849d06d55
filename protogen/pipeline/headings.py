"""Headings that the model chooses where no words of its own stand: each is true of every section of its kind.

A choice needs no language of the model's, so it is asked for on pages in any language that the kit speaks.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from protogen.draft import Section
from protogen.job import Rung
from protogen.llm.writer import LlmError, Writer
from protogen.pipeline.context import Context
from protogen.pipeline.forms import FORM_HEADINGS
from protogen.pipeline.prompt import ask, one_of, record

# The kit's own first; English, as the keys of the catalogues are.
HEADINGS: dict[str, tuple[str, ...]] = {
    "about": ("About us", "Who we are", "What we do"),
    "profile": ("Profile", "Who is behind it"),
    "team": ("Team", "Who we are", "Who is behind it"),
    "services": ("What we offer", "What we do"),
    "menu": ("Menu", "What we serve"),
    "products": ("Products", "In our shop"),
    "pricing": ("Prices", "What it costs"),
    "plans": ("Prices", "What it costs"),
    "comparison": ("Compare", "Side by side"),
    "events": ("Events", "Dates", "What is on"),
    "process": ("How it works", "Step by step"),
    "areas": ("Where we work", "Our area"),
    "hours": ("Opening hours", "When we are open"),
    "location": ("How to find us", "Where we are"),
    "contact": ("Contact", "Get in touch", "How to reach us"),
    "cta": ("Get in touch", "Next step"),
    "faq": ("Questions", "Good to know"),
    "quotes": ("What others say", "In their words"),
    "numbers": ("In numbers", "At a glance"),
    "newsletter": ("Newsletter", "Stay in touch"),
    "articles": ("Articles", "To read"),
    "portfolio": ("Our work", "What we have made"),
    "gallery": ("Gallery", "Pictures"),
    "poll": ("Vote", "Have your say"),
    "countdown": ("Time left", "The day is coming"),
    "checklist": ("What to bring", "Before you come"),
}
OF_FORMS: dict[str, tuple[str, ...]] = {
    "order": (FORM_HEADINGS["order"], "Tell us what you need"),
    "quote": (FORM_HEADINGS["quote"], "Tell us what you need"),
    "enquiry": (FORM_HEADINGS["enquiry"], "Tell us what you need"),
    "booking": (FORM_HEADINGS["booking"], "Find a time that suits you"),
    "availability": (FORM_HEADINGS["availability"], "Is your day free?"),
    "signup": (FORM_HEADINGS["signup"], "Join us"),
}
QUESTION = "Headings: of those offered, the one that suits this customer best. {offered}."
TOKENS_EACH = 20  # key, heading and the JSON around them


def with_headings(sections: Sequence[Section], context: Context, writer: Writer) -> list[Section]:
    """The sections, those on the `template` rung under the heading that the model chose for them.

    One question for all. A heading that the customer gave or that another section has is no choice; where the model
    cannot be had, everything stays.
    """
    taken = {str(section.fields.get("heading", "")) for section in sections}
    offered = {
        section.id: options
        for section in sections
        if section.rung is Rung.TEMPLATE and (options := _offered(section, context, taken))
    }
    if not offered:
        return list(sections)
    question = QUESTION.format(offered="; ".join(f"{id}: {' / '.join(each)}" for id, each in offered.items()))
    wanted = record(**{id: one_of(each) for id, each in offered.items()})
    room = TOKENS_EACH * len(offered)
    try:
        answer = writer.ask_json("nlp", "headings", ask(context.reading, question), wanted, room)
    except LlmError as error:
        writer.refused.append(f"headings: {error.code}")
        return list(sections)
    return [_headed(section, str(answer.get(section.id, "")), offered, taken) for section in sections]


def _offered(section: Section, context: Context, taken: set[str]) -> list[str]:
    """What a section may be headed with, in the page's language; nothing where its heading is not the kit's own."""
    table = OF_FORMS.get(str(section.fields.get("purpose", ""))) or HEADINGS.get(section.kind, ())
    options = list(dict.fromkeys(map(context.words, table)))
    own = section.fields.get("heading", "")
    if not context.words.translated or section.page != "index" or own not in options[:1]:
        return []
    free = [option for option in options if option == own or option not in taken]
    return free if len(free) > 1 else []


def _headed(section: Section, chosen: str, offered: dict[str, list[str]], taken: set[str]) -> Section:
    """The section under the chosen heading; as it was where that is none of those offered, or another took it."""
    if section.page != "index" or chosen not in offered.get(section.id, ()):
        return section
    if chosen != section.fields["heading"] and chosen in taken:
        return section
    taken.add(chosen)
    return dataclasses.replace(section, fields={**section.fields, "heading": chosen}, rung=Rung.FIELDS)

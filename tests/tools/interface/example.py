"""A site that has every part a visitor could use: what the public requests may lack."""

from __future__ import annotations

from datetime import UTC, datetime

from protogen.draft import Behaviour, Brief, Copy, Draft, Fact, FactKind, Page, Section
from protogen.site.kit import KINDS, MODULES
from protogen.site.theme import build_theme
from protogen.submission import Submission

_SHELF = {
    "en": [("Nimbus Buds", "€59", 59.0, "Audio"), ("Orbit Speaker", "€1,089.50", 1089.5, "Audio"),
           ("Volt Charger", "€39", 39.0, "Charging")],
    "cs": [("Sluchátka", "590 Kč", 590.0, "Zvuk"), ("Velký reproduktor", "12 890 Kč", 12890.0, "Zvuk"),
           ("Nabíječka", "390 Kč", 390.0, "Nabíjení")],
}  # fmt: skip
# What differs from the kind's example: more of it, or what a part needs to show itself.
_CHANGES = {
    "services": {"items": [{"name": f"Service {n}", "text": "Taken apart, cleaned and set."} for n in "ABC"]},
    "poll": {"options": []},
    "hero": {"action": {"label": "Call", "href": "tel:+3295550123"}},
}
_VARIANTS = {"services": "tabs"}
LANGUAGES = tuple(_SHELF)


def example(language: str) -> Draft:
    """A draft with every kind of section, every behaviour and a further page."""
    items = [
        {"id": f"p{n}", "name": name, "price": price, "amount": amount, "category": category}
        for n, (name, price, amount, category) in enumerate(_SHELF[language])
    ]
    changes = _CHANGES | {"products": {"items": items}}
    sections = [
        Section(name, name, _VARIANTS.get(name, kind.variants[0]), {**kind.example, **changes.get(name, {})})
        for name, kind in KINDS.items()
        if name != "detail"
    ]
    detail = dict(KINDS["detail"].example) | {"action": {"label": "Ask", "href": "index.html#form"}}
    sections += [Section("detail", "detail", "split", detail, "more")]
    return Draft(
        Submission(job_id="job"),
        seed=3,
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
        expires_at=datetime(2026, 12, 23, tzinfo=UTC),
        project_id=f"canal-{language}-7k2mq",
        brief=Brief("Canal Bikes", "", language, facts=(Fact(FactKind.PHONE, "+32 9 555 01 23", (0, 0)),)),
        page=Page(tuple(sections), {"index": "", "more": "Wheels"}),
        theme=build_theme("craft", [], "auto", "wheel", 3),
        behaviour=Behaviour(MODULES),
        copy=Copy("Canal Bikes", "Bicycle repair in Ghent."),
    )

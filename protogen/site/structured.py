"""Structured data (schema.org as JSON-LD 1.1): what the customer said, for programs, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from protogen.checks.times import parse_date
from protogen.draft import Draft, FactKind, Section
from protogen.site.trades import find_trades

# A trade's type, each a subtype of LocalBusiness in schema.org 28.
_TYPES: Mapping[str, str] = {
    "bakery": "Bakery", "coffee": "CafeOrCoffeeShop", "food": "Restaurant", "wine": "Winery", "beer": "Brewery",
    "trades": "HomeAndConstructionBusiness", "construction": "GeneralContractor", "realestate": "RealEstateAgent",
    "cars": "AutoRepair", "hotel": "LodgingBusiness", "travel": "TravelAgency", "beauty": "BeautySalon",
    "finance": "FinancialService", "law": "LegalService", "health": "MedicalBusiness", "florist": "Florist",
    "jewellery": "JewelryStore", "books": "BookStore", "fashion": "ClothingStore", "gadgets": "ElectronicsStore",
    "pets": "PetStore", "cleaning": "HomeAndConstructionBusiness", "sport": "SportsActivityLocation",
    "wellness": "HealthAndBeautyBusiness", "shop": "Store", "photo": "ProfessionalService",
    "video": "ProfessionalService", "consulting": "ProfessionalService", "architecture": "ProfessionalService",
    "design": "ProfessionalService", "software": "ProfessionalService", "tailor": "ProfessionalService",
}  # fmt: skip
_PLACES = frozenset("bakery coffee food wine beer hotel beauty florist books pets sport fashion".split())
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def structured_data(draft: Draft, url: str, page: str) -> list[Markup]:
    """One JSON text a thing: the business, then the events and the questions of the page.

    Every string is the customer's own; types, days and currencies are codes read from their words. `url` is the
    site's root or empty.
    """
    sections = draft.page.sections if draft.page else ()
    here = [section for section in sections if section.page == page]
    things = [_business(draft, url, sections), *_events(here), *_questions(draft, here)]
    return [_text(thing) for thing in things]


def _business(draft: Draft, url: str, sections: Sequence[Section]) -> dict[str, Any]:
    brief = draft.brief
    assert brief is not None
    values = {
        kind: [fact.value for fact in brief.facts if fact.kind is kind]
        for kind in (FactKind.PHONE, FactKind.EMAIL, FactKind.ADDRESS, FactKind.PLACE, FactKind.LANGUAGE)
    }
    trade = next(iter(find_trades(f"{brief.trade} {draft.submission.description}")), "")
    kind = _type_of(trade, bool(values[FactKind.ADDRESS]), bool(values[FactKind.PHONE]))
    local = kind not in ("Organization", "OnlineStore")
    described = draft.copy.description if draft.copy else ""
    own = _squeeze(described) in _squeeze(draft.submission.description)
    return {
        "@type": kind,
        "name": brief.name,
        "description": described if own else "",
        "url": url,
        "telephone": next(iter(values[FactKind.PHONE]), ""),
        "email": next(iter(values[FactKind.EMAIL]), ""),
        "address": next(iter(values[FactKind.ADDRESS]), ""),
        "areaServed": list(dict.fromkeys(values[FactKind.PLACE])),
        "knowsLanguage": list(dict.fromkeys(values[FactKind.LANGUAGE])),
        "openingHours": _opening_hours(sections) if local else [],
        "makesOffer": _offers(sections),
    }


def _type_of(trade: str, address: bool, phone: bool) -> str:
    """A place of its trade where there is an address, an online shop where there is no way to walk in."""
    if trade in _PLACES and not address:
        return "Organization"
    if trade in ("shop", "gadgets", "fashion", "jewellery", "books") and not address:
        return "OnlineStore"
    if trade in _TYPES and (address or phone):
        return _TYPES[trade]
    return "LocalBusiness" if address else "Organization"


def _opening_hours(sections: Iterable[Section]) -> list[str]:
    """`Mo 08:00-18:00`, the form of schema.org's openingHours."""
    rows = [row for section in sections if section.kind == "hours" for row in section.fields.get("rows", ())]
    spans = [span for row in rows for span in row.get("spans", ())]
    return [f"{_DAYS[span['day']]} {span['opens']}-{span['closes']}" for span in spans]


def _offers(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """What a shop sells at which price, where the currency is known."""
    items = [i for s in sections if s.kind == "products" and not s.html for i in s.fields.get("items", ())]
    return [
        {
            "@type": "Offer",
            "itemOffered": {"@type": "Product", "name": item["name"]},
            "price": item["amount"],
            "priceCurrency": item["currency"],
        }
        for item in items
        if item.get("amount") is not None and len(item.get("currency") or "") == 3
    ]


def _events(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """Events with a day of the calendar; "Saturdays" is none."""
    items = [
        item for s in sections if s.kind == "events" and not s.html for item in s.fields.get("items", ())
    ]
    dated = [(item, parse_date(str(item.get("when", "")))) for item in items]
    return [
        {"@type": "Event", "name": item["name"], "startDate": day.isoformat()} for item, day in dated if day
    ]


def _questions(draft: Draft, sections: Iterable[Section]) -> list[dict[str, Any]]:
    """The questions that the customer both asked and answered, where the page shows them."""
    assert draft.brief is not None
    shown = any(section.kind == "faq" for section in sections)
    entities = [
        {"@type": "Question", "name": asked, "acceptedAnswer": {"@type": "Answer", "text": answered}}
        for asked, answered in draft.brief.faq
    ]
    return [{"@type": "FAQPage", "mainEntity": entities}] if shown and entities else []


def _text(thing: Mapping[str, Any]) -> Markup:
    said = {"@context": "https://schema.org", **{key: value for key, value in thing.items() if value}}
    text = json.dumps(said, ensure_ascii=False)
    # In a script element only "<" could end the text; as \u003c it is the same JSON.
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _squeeze(text: str) -> str:
    return " ".join(text.split())

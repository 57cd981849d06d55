"""Which sections, in which order, on which pages: by rule, from what the request asks for and has to say."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from slugify import slugify

from protogen.checks.facts import fold, of_kind
from protogen.checks.prices import price_amount
from protogen.checks.times import MOMENT, moment_of
from protogen.draft import Brief, Fact, FactKind, SectionPlan
from protogen.photo import Photo

FORM_PURPOSES = ("order", "booking", "quote", "availability", "signup")
MIN_SECTIONS = 5
MAX_FORMS = 2
MAX_FURTHER_PAGES = 4


def plan_sections(
    brief: Brief, trades: Sequence[str], seed: int, photos: Sequence[Photo] = (), *, files: bool = False
) -> tuple[SectionPlan, ...]:
    """The plan of a site, with room for each of the customer's `photos`, and for `files` to take along.

    No kind stands twice on a page, forms apart; the hero is first and a way to act is last. The order varies by
    `seed` where nothing speaks for one order, so that two customers of one trade do not get one site.
    """
    rng = random.Random(seed)
    asked = set(brief.features)
    middle = _offer_sections(brief, asked, trades) + _story_sections(brief, asked, rng)
    if _more_photos(brief, photos, middle):
        middle.append(SectionPlan("gallery"))
    forms = _forms(brief, asked)
    facts = [SectionPlan(kind) for kind in ("areas", "hours") if _has(brief, kind)] + _given_sections(
        brief, asked
    )
    rng.shuffle(facts)
    checkout = [SectionPlan("checkout")] if _sells(brief, asked) and asked & {"checkout", "cart"} else []
    if files and "download" in asked:
        facts.append(SectionPlan("download"))
    close = [SectionPlan("newsletter")] if "newsletter" in asked else []
    if _reachable(brief):
        close.append(SectionPlan("contact"))
    start = [SectionPlan("hero"), *_interactive(asked, brief)]
    if brief.questions:
        start.append(SectionPlan("process", "questions"))
    elif brief.given.steps and "poll" not in asked:
        middle.append(SectionPlan("process", "steps"))
    if not forms and len(start + middle + facts + checkout + close) < MIN_SECTIONS:
        forms = [SectionPlan("form", "enquiry")]
    faq = [SectionPlan("faq")] if brief.faq else []
    plan = [*start, *middle, *facts, *checkout, *forms, *faq, *close]
    if len(plan) < MIN_SECTIONS and len(brief.sentences) > 1:
        plan.insert(len(start), SectionPlan("statement"))
    if len(plan) < MIN_SECTIONS or brief.questions:
        plan.append(SectionPlan("cta"))
    if "imprint" in asked and _reachable(brief):
        plan.append(SectionPlan("legal"))
    return tuple(plan) + _further_pages(brief, asked)


def _more_photos(brief: Brief, photos: Sequence[Photo], middle: Sequence[SectionPlan]) -> bool:
    """Whether there are more pictures than places: at the top, with the story, with the things of their names."""
    kinds = {plan.kind for plan in middle}
    if "gallery" in kinds:
        return False
    names = (
        [slugify(offer.value) for offer in of_kind(brief.facts, FactKind.OFFER)]
        if "products" in kinds
        else []
    )
    people = (
        [slugify(fact.value) for fact in of_kind(brief.facts, FactKind.PERSON)] if "team" in kinds else []
    )
    works = [slugify(title) for title, _ in brief.given.works]
    named = sum(any(name and name in photo.slug for name in (*names, *people, *works)) for photo in photos)
    return len(photos) - named > 1 + bool(kinds & {"about", "profile"})


def _interactive(asked: set[str], brief: Brief) -> list[SectionPlan]:
    plans = []
    if "poll" in asked:
        plans += [SectionPlan("process", "poll"), SectionPlan("poll")]
    if "countdown" in asked and of_kind(brief.facts, FactKind.DATE):
        plans.insert(0, SectionPlan("countdown"))
    return plans


def _offer_sections(brief: Brief, asked: set[str], trades: Sequence[str]) -> list[SectionPlan]:
    plans = []
    events = event_offers(brief)
    others = [offer for offer in of_kind(brief.facts, FactKind.OFFER) if offer not in events]
    if _sells(brief, asked):
        plans.append(SectionPlan("products"))
    elif "menu" in asked or ("food" in trades and others):
        plans += [SectionPlan("menu")] if len(others) > 1 else []
    elif "compare" in asked and _are_plans(brief):
        plans.append(SectionPlan("comparison"))
    elif "packages" in asked and len(of_kind(brief.facts, FactKind.PRICE)) > 1:
        plans.append(SectionPlan("plans" if _are_plans(brief) else "pricing"))
    elif len(others) > 1:
        plans.append(SectionPlan("services"))
    if events:
        plans.append(SectionPlan("events"))
    return plans


def _given_sections(brief: Brief, asked: set[str]) -> list[SectionPlan]:
    """Sections for what the customer gave in so many words; none is planned without it."""
    given = brief.given
    wanted = {
        "quotes": bool(given.quotes),
        "numbers": len(given.figures) > (1 if "numbers" in asked else 2),
        "articles": bool(given.articles),
        "checklist": bool(given.bring),
        "location": "directions" in asked and bool(of_kind(brief.facts, FactKind.ADDRESS)),
    }
    return [SectionPlan(kind) for kind, there in wanted.items() if there]


def priced_offers(brief: Brief) -> list[Fact]:
    """Offers that have a price of their own."""
    priced = {fold(fact.item) for fact in of_kind(brief.facts, FactKind.PRICE) if fact.item}
    return [offer for offer in of_kind(brief.facts, FactKind.OFFER) if fold(offer.value) in priced]


def held(text: str) -> list[str]:
    """What a plan holds: the parts of what the customer said of it."""
    return [
        part.strip() for part in re.split(r"[,;]\s+|\s+(?:and|und|et|y|oraz|и|та)\s+", text) if part.strip()
    ]


def _are_plans(brief: Brief) -> bool:
    """Two to five priced offers of each of which it is said what it holds."""
    offers = priced_offers(brief)
    prices = {fold(fact.item): fact.detail for fact in of_kind(brief.facts, FactKind.PRICE)}
    said = [offer.detail or prices.get(fold(offer.value), "") for offer in offers]
    return 2 <= len(offers) <= 5 and all(said) and any(len(held(text)) > 1 for text in said)


def _story_sections(brief: Brief, asked: set[str], rng: random.Random) -> list[SectionPlan]:
    plans = []
    if brief.given.works:
        plans.append(SectionPlan("portfolio"))
    elif "gallery" in asked:
        plans.append(SectionPlan("gallery"))
    person = of_kind(brief.facts, FactKind.PERSON) or of_kind(brief.facts, FactKind.LANGUAGE)
    if len(of_kind(brief.facts, FactKind.PERSON)) > (1 if "team" in asked else 2):
        plans.append(SectionPlan("team"))
        person = []
    if "profile" in asked or (person and len(brief.sentences) < 3):
        plans.append(SectionPlan("profile"))
    elif brief.sentences or _few_offers(brief):
        plans.append(SectionPlan("about"))
    rng.shuffle(plans)
    return plans


def _forms(brief: Brief, asked: set[str]) -> list[SectionPlan]:
    purposes = [purpose for purpose in FORM_PURPOSES if purpose in asked]
    if _sells(brief, asked) and "order" in purposes:
        purposes.remove("order")  # the checkout is the order form of a shop
    if "own_form" in asked or (not purposes and "contact_form" in asked):
        purposes = ["enquiry", *purposes]
    return [_form(purpose, brief) for purpose in purposes[:MAX_FORMS]]


def _form(purpose: str, brief: Brief) -> SectionPlan:
    """An order of things that each have a price asks how many of each; all else is a form."""
    counted = purpose == "order" and len(priced_offers(brief)) > 1
    return SectionPlan("order") if counted else SectionPlan("form", purpose)


def _further_pages(brief: Brief, asked: set[str]) -> tuple[SectionPlan, ...]:
    if "pages" not in asked:
        return ()
    offers = of_kind(brief.facts, FactKind.OFFER)[:MAX_FURTHER_PAGES]
    return tuple(
        SectionPlan("detail", offer.value, slugify(offer.value, max_length=40) or f"page-{n}")
        for n, offer in enumerate(offers)
    )


def event_offers(brief: Brief) -> list[Fact]:
    """Offers that take place at a time: workshops, courses, concerts, and what stands with a day and an hour."""
    offers = of_kind(brief.facts, FactKind.OFFER)
    if "events" not in brief.features and sum(bool(moment_of(o.detail)) for o in offers) < 2:
        return []
    timed = [o for o in offers if _EVENT.search(fold(o.value)) or moment_of(o.detail)]
    if 2 * len(timed) <= len(offers):
        return timed
    # One of a list of classes may lack its day; what has a price and neither day nor hour is a ticket for them.
    dated = any(moment_of(offer.detail) for offer in offers)
    tickets = [
        o
        for o in priced_offers(brief)
        if dated and not re.search(r"\d[:.]\d\d|" + MOMENT.pattern, o.detail, re.I)
    ]
    free = not any(moment_of(offer.detail) for offer in priced_offers(brief))
    return offers if len(tickets) < 2 and not free else [offer for offer in offers if offer not in tickets]


_EVENT = re.compile(
    r"workshop|course|class|lesson|concert|evening|kurz|kurs|curso|taller|cours|corso|event|akce|warsztat|konzert"
)


def _few_offers(brief: Brief) -> bool:
    return len(of_kind(brief.facts, FactKind.OFFER)) == 1


def _sells(brief: Brief, asked: set[str]) -> bool:
    priced = [fact for fact in of_kind(brief.facts, FactKind.PRICE) if fact.item and price_amount(fact.value)]
    return bool(asked & {"shop", "cart"}) and len(priced) >= 2


def _has(brief: Brief, kind: str) -> bool:
    return bool(of_kind(brief.facts, {"areas": FactKind.PLACE, "hours": FactKind.HOURS}[kind]))


def _reachable(brief: Brief) -> bool:
    return bool(of_kind(brief.facts, FactKind.PHONE, FactKind.EMAIL, FactKind.LINK, FactKind.ADDRESS))

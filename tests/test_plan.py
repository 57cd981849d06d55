"""Which sections a request leads to, in which order, on which pages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protogen.draft import SectionPlan
from protogen.pipeline import brief
from protogen.pipeline.features import plan_rules
from protogen.pipeline.plan import MIN_SECTIONS, plan_sections
from protogen.pipeline.reading import read
from protogen.site.kit import KINDS
from tools.drafts import BAKERY, draft, finished, submission


def plan(request: str, seed: int = 1) -> list[str]:
    """The kinds of the plan, forms with their purpose, further pages with their slug."""
    made = brief.fall_back(draft(request, seed)).brief
    assert made is not None
    return [_name(each) for each in made.plan]


def _name(each: SectionPlan) -> str:
    kind = f"{each.kind} {each.about}" if each.kind == "form" else each.kind
    return kind if each.page == "index" else f"{each.page}: {kind}"


def test_the_bakery_has_all_that_it_asked_for() -> None:
    """Hero first, contact last, menu, workshop and its form, hours."""
    kinds = plan(BAKERY)
    assert kinds[0] == "hero"
    assert kinds[-1] == "contact"
    assert {"menu", "events", "hours", "form signup"} <= set(kinds)


SHOP = (
    "Our online shop sells socks €9, hats €12 and coats €160. Customers need search, a cart and a checkout."
)
WANTED = {
    SHOP: {"products", "checkout"},
    "A shop for socks €9 and hats €12 with cart and checkout and an order form": {"products", "checkout"},
    "We are a club. Members suggest places and vote. A countdown to 12 May 2027.": {
        "poll",
        "process",
        "countdown",
    },
    "I am a photographer. Portfolio of weddings. Clients ask for availability.": {
        "gallery",
        "form availability",
    },
    "Plumber. Areas we cover: Brno, Praha, Zlín. Ask for a quote. Call us 0800 123 456.": {
        "areas",
        "form quote",
    },
    "Consultant. A page about me. Packages: Small €100, Large €200. Clients should book a call.": {
        "profile",
        "form booking",
    },
    "Please make me a nice website.": {"hero", "process"},
    "Restaurace v Brně. Nabízíme polévku, řízek a knedlíky. Chceme rezervaci stolu.": {
        "menu",
        "form booking",
    },
    "Fotografin. Ich möchte eine Galerie und ein Angebot per Formular.": {"gallery", "form quote"},
}


@pytest.mark.parametrize("request_text", sorted(WANTED))
def test_what_is_asked_for_is_planned(request_text: str) -> None:
    """In several languages."""
    assert WANTED[request_text] <= set(plan(request_text))


def test_a_shop_orders_at_its_checkout() -> None:
    """Not in a second form."""
    assert "form order" not in plan(f"{SHOP} Customers order a coat.")


def test_each_offer_gets_a_page_where_one_is_asked_for() -> None:
    """With an address that says what it is, and a link that leads there."""
    request = "We offer roof repair, gutter cleaning and chimney work. We want a page for each service."
    kinds = plan(request)
    assert {"roof-repair: detail", "gutter-cleaning: detail", "chimney-work: detail"} <= set(kinds)
    made = finished(request)
    assert made.site is not None
    assert "roof-repair.html" in made.site.files
    assert b'href="roof-repair.html"' in made.site.files["index.html"]


def test_two_customers_of_one_trade_get_two_orders() -> None:
    """Where nothing speaks for one order, the seed chooses."""
    request = f"{BAKERY} Areas we cover: Brno, Praha, Zlín. A gallery too."
    assert len({tuple(plan(request, seed)) for seed in range(12)}) > 1
    assert plan(request, 3) == plan(request, 3)


FEATURE = st.sampled_from(sorted(plan_rules()["features"]))
PIECES = st.sampled_from(
    [
        "We sell socks €9, hats €12 and coats €160.",
        "We offer roof repair, gutter cleaning and chimney work.",
        "Call 0800 123 456.",
        "Open Mon-Fri 9-17.",
        "Areas we cover: Brno, Praha, Zlín.",
        "The day is 12 May 2027.",
        "A workshop €20 on Saturdays.",
        "We speak English and German.",
        "At Veveří 42, Brno.",
        "We love what we do.",
    ]
)


@given(st.lists(FEATURE, max_size=6), st.lists(PIECES, max_size=6), st.integers(0, 99))
@settings(max_examples=60)
def test_every_plan_is_a_page(features: list[str], pieces: list[str], seed: int) -> None:
    """Hero first, kinds of the kit, none twice on a page but forms, and enough to be a site."""
    words = " ".join(plan_rules()["features"][feature][0] for feature in features)
    request = f"{' '.join(pieces)} {words}"
    reading = read(submission(request))
    made = brief.fall_back(draft(request, seed)).brief
    assert made is not None
    plans = plan_sections(made, reading.trades, seed)
    assert (plans[0].kind, plans[0].page) == ("hero", "index")
    assert all(each.kind in KINDS for each in plans)
    unique = [(each.page, each.kind, each.about) for each in plans]
    assert len(set(unique)) == len(unique)
    assert all(re.fullmatch(r"[a-z0-9-]+", each.page) for each in plans)
    assert len([each for each in plans if each.page == "index"]) >= min(MIN_SECTIONS, 3)

"""What visitors do on a site: every interface check on sites that have every part, in two languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from protogen.draft import Behaviour, Brief, Copy, Draft, Fact, FactKind, Page, Section
from protogen.files import write_tree
from protogen.site.kit import KINDS, MODULES
from protogen.site.render import render
from protogen.site.theme import build_theme
from protogen.submission import Submission
from tools.interface import CHECKS, Check, attempt, pages_with
from tools.serving import serve_folder

SHELF = {
    "en": [("Nimbus Buds", "€59", 59.0, "Audio"), ("Orbit Speaker", "€1,089.50", 1089.5, "Audio"),
           ("Volt Charger", "€39", 39.0, "Charging")],
    "cs": [("Sluchátka", "590 Kč", 590.0, "Zvuk"), ("Velký reproduktor", "12 890 Kč", 12890.0, "Zvuk"),
           ("Nabíječka", "390 Kč", 390.0, "Nabíjení")],
}  # fmt: skip
# What differs from the kind's example: more of it, or what a part needs to show itself.
CHANGES = {
    "services": {"items": [{"name": f"Service {n}", "text": "Taken apart, cleaned and set."} for n in "ABC"]},
    "poll": {"options": []},
    "hero": {"action": {"label": "Call", "href": "tel:+3295550123"}},
}
VARIANTS = {"services": "tabs"}
SPOKEN = (
    "search ignores case and accents",
    "sort by price falls",
    "filter and search combine",
    "cart total is right in the locale's money",
    "checkout answers honestly with order and sum",
    "form answers honestly and sends nothing",
    "a vote counts once",
    "countdown ends with a word",
    "open-now: closed before, turns at opening",
    "menu closes after a choice",
)


def example(language: str) -> Draft:
    """A draft with every kind of section, every behaviour and a further page."""
    items = [
        {"id": f"p{n}", "name": name, "price": price, "amount": amount, "category": category}
        for n, (name, price, amount, category) in enumerate(SHELF[language])
    ]
    changes = CHANGES | {"products": {"items": items}}
    sections = [
        Section(name, name, VARIANTS.get(name, kind.variants[0]), {**kind.example, **changes.get(name, {})})
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


@pytest.fixture(scope="module")
def addresses(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, dict[str, str]]]:
    """By language, the page on which each check is made."""
    folder = tmp_path_factory.mktemp("sites")
    needs = {check.needs for check in CHECKS}
    for language in SHELF:
        write_tree(folder / language, render(example(language)).files)
    with serve_folder(folder) as address:
        yield {name: pages_with(browser, folder / name, f"{address}/{name}", needs) for name in SHELF}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_visitor_can(check: Check, browser: Browser, addresses: dict[str, dict[str, str]]) -> None:
    """It works, with no script error and no request that leaves the site."""
    assert not attempt(browser, check, addresses["en"][check.needs])


@pytest.mark.parametrize(
    "check", [check for check in CHECKS if check.name in SPOKEN], ids=lambda check: check.name
)
def test_a_visitor_can_in_czech(check: Check, browser: Browser, addresses: dict[str, dict[str, str]]) -> None:
    """What depends on the language of the page works in another one too."""
    assert not attempt(browser, check, addresses["cs"][check.needs])


def test_there_are_checks_enough() -> None:
    """At least thirty different things that a visitor does, and none of those for the other language is lost."""
    assert set(SPOKEN) <= {check.name for check in CHECKS}
    assert len({check.name for check in CHECKS}) == len(CHECKS) >= 30


def test_a_check_that_fails_says_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    """A page without its script fails the checks that need one."""
    files = dict(render(example("en")).files) | {"script.js": b"throw new Error('broken');\n"}
    write_tree(tmp_path / "site", files)
    names = ("search narrows the list", "countdown counts down", "the page is whole without storage")
    with serve_folder(tmp_path) as address:
        url = f"{address}/site/index.html"
        assert all(attempt(browser, check, url) for check in CHECKS if check.name in names)

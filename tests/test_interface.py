"""What visitors do on a site: every interface check on sites that have every part, in two languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from protogen.files import write_tree
from protogen.site.render import render
from tools.interface import CHECKS, Check, attempt, pages_with
from tools.interface.example import LANGUAGES, example
from tools.serving import serve_folder

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


@pytest.fixture(scope="module")
def addresses(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, dict[str, str]]]:
    """By language, the page on which each check is made."""
    folder = tmp_path_factory.mktemp("sites")
    needs = {check.needs for check in CHECKS}
    for language in LANGUAGES:
        write_tree(folder / language, render(example(language)).files)
    with serve_folder(folder) as address:
        yield {name: pages_with(browser, folder / name, f"{address}/{name}", needs) for name in LANGUAGES}


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

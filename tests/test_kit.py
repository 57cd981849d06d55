"""The kit's kinds: what a section may say is checked where it comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from protogen.draft import Section
from protogen.site.entries import safe_href
from protogen.site.kit import KINDS, MODULES, Kind, modules_for, parse
from protogen.site.paths import TEMPLATES

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


@every_kind
def test_the_example_of_every_kind_fits_its_own_schema(kind: Kind) -> None:
    """The example shown to a model is an answer that would be accepted."""
    fields = parse(kind.name, kind.example)
    assert set(kind.example) == set(type(fields).model_fields)


@every_kind
def test_every_kind_has_at_least_two_variants_of_different_composition(kind: Kind) -> None:
    """The same kind can look different on another page."""
    assert len(set(kind.compositions.values())) == len(kind.variants) >= 2


@every_kind
def test_a_field_that_the_kind_does_not_know_is_refused(kind: Kind) -> None:
    """A misspelt field is an error, not a sentence lost in silence."""
    with pytest.raises(ValidationError, match="Extra inputs"):
        parse(kind.name, {**kind.example, "headlin": "lost"})


@every_kind
def test_every_kind_has_a_template_and_its_behaviours_are_known(kind: Kind) -> None:
    """No kind can be planned that cannot be rendered."""
    assert (TEMPLATES / "sections" / f"{kind.name}.html.j2").is_file()
    assert set(kind.modules) <= set(MODULES)


def test_the_hero_has_four_compositions() -> None:
    """Four really different first screens."""
    assert len(KINDS["hero"].variants) == 4


def test_an_unknown_kind_is_a_key_error() -> None:
    """The caller hears of a kind that the kit does not have."""
    with pytest.raises(KeyError):
        parse("carousel", {})


@pytest.mark.parametrize(
    "href",
    [
        "#menu",
        "index.html",
        "wheel-building.html#form",
        "tel:+420541222333",
        "mailto:a@b.example",
        "https://social.example/@me?x=1",
        "assets/files/menu.pdf",
    ],
)
def test_links_that_a_page_may_have_pass(href: str) -> None:
    """Fragments, pages and files of the site, telephone, mail and https."""
    assert safe_href(href) == href


@pytest.mark.parametrize(
    "href",
    [
        "",
        "#",
        "javascript:alert(1)",
        " javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "http://plain.example",
        "/etc/passwd",
        "assets/../../x",
        "page.html?x=javascript:1",
        'https://a.example/"onclick=1',
        "https:\\\\evil",
        "mailto:a@b.example?bcc=c@d.example\n",
        "vbscript:x",
    ],
)
def test_links_of_any_other_scheme_are_refused(href: str) -> None:
    """A hostile request cannot put a script or a foreign path behind a button."""
    with pytest.raises(ValueError, match="a link must be"):
        safe_href(href)


@given(st.text(max_size=60))
def test_whatever_link_passes_has_a_scheme_of_the_list(href: str) -> None:
    """For any text at all: what passes is harmless, what is not raises ValueError."""
    try:
        safe_href(href)
    except ValueError:
        return
    harmless = ("#", "assets/", "tel:", "mailto:", "https://")
    assert href.startswith(harmless) or href.partition("#")[0].endswith(".html")
    assert not set(href) & set("<>\"'\n\t\\")


def test_only_the_behaviours_that_the_sections_ask_for_are_needed() -> None:
    """A shop without a cart brings no cart code; the order is the script's."""
    shop = Section("products", "products", "grid", {"search": True, "cart": False})
    hours = Section("hours", "hours", "table", {})
    assert modules_for([shop, hours]) == ("menu", "open-now", "list")


def test_a_date_that_is_none_is_refused() -> None:
    """A countdown counts to a day of the calendar."""
    with pytest.raises(ValidationError):
        parse("countdown", {"until": "2027-02-30"})

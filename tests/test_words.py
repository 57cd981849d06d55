"""The interface speaks the page's language."""

from __future__ import annotations

import ast
import dataclasses
import itertools
import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import protogen
from protogen.pipeline.headings import HEADINGS, OF_FORMS
from protogen.site.frame import FORM_LABELS, LABELS
from protogen.site.kit import KINDS
from protogen.site.paths import TEMPLATES
from protogen.site.render import render, visible_text
from protogen.site.words import Words, languages
from tools.interface.example import example

LANGUAGES = sorted(languages() - {"en"})
in_every_language = pytest.mark.parametrize("language", LANGUAGES)


def asked_for() -> set[str]:
    """Every English text that a template, the frame or the pipeline looks up."""
    templates = "".join(path.read_text("utf-8") for path in TEMPLATES.rglob("*.j2"))
    found = {match[2] for match in re.finditer(r"""\b_\((["'])(.+?)\1[,)]""", templates)}
    package = Path(protogen.__file__).parent
    for path in (*package.glob("pipeline/*.py"), *package.glob("site/*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                found |= {str(node.args[0].value)} if name in ("words", "word") else set()
    headings = itertools.chain(*HEADINGS.values(), *OF_FORMS.values())
    return (found | set(LABELS.values()) | set(FORM_LABELS.values()) | set(headings)) - {"{name}: {n}"}


def test_the_languages_asked_for_have_catalogues() -> None:
    """English and at least these have words of their own."""
    assert {"cs", "de", "fr", "es", "pt", "pl", "ru", "uk", "it", "sk"} <= set(LANGUAGES)


@in_every_language
def test_every_word_of_the_interface_is_translated(language: str) -> None:
    """No English label on a Czech page."""
    words = Words(language)
    with (TEMPLATES / "locale" / f"{language}.po").open("rb") as file:
        catalogue = {str(message.id): str(message.string) for message in read_po(file)}
    missing = {text for text in asked_for() if not catalogue.get(text)}
    assert not missing
    assert words.translated


@in_every_language
def test_no_english_word_of_the_interface_stands_on_the_page(language: str) -> None:
    """On a page with every kind of section, all that is English is what the example says."""
    draft = example("en")
    assert draft.brief
    assert draft.page
    brief = dataclasses.replace(draft.brief, language=language)
    html = render(dataclasses.replace(draft, brief=brief)).files["index.html"].decode()
    labels = re.findall(r'(?:aria-label|placeholder|data-tab-list)="([^"]*)"', html)
    shown = " | ".join((visible_text(html), *labels))
    own = str([section.fields for section in draft.page.sections])
    with (TEMPLATES / "locale" / f"{language}.po").open("rb") as file:
        translated = {str(message.id) for message in read_po(file) if message.id != message.string}
    english = {text for text in translated if len(text) > 6 and text not in own}
    assert len(english) > 60
    assert not {text for text in english if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", shown)}


@in_every_language
def test_translations_keep_the_places_for_values(language: str) -> None:
    """A name, a number or a time is never lost on the way into another language."""
    with (TEMPLATES / "locale" / f"{language}.po").open("rb") as file:
        for message in read_po(file):
            assert set(re.findall(r"{\w+}", str(message.string))) == set(
                re.findall(r"{\w+}", str(message.id))
            )


def test_values_stand_where_the_language_wants_them() -> None:
    """Words take values by name."""
    assert Words("cs")("Open now, until {time}", time="17:00") == "Teď otevřeno, do 17:00"


def test_a_language_without_a_catalogue_gets_english_words_and_keeps_its_name() -> None:
    """The page stays Welsh; what the kit says is English, and says so."""
    welsh = Words("cy")
    assert (welsh("Cart"), welsh.language, welsh.interface, welsh.translated) == ("Cart", "cy", "en", False)


@pytest.mark.parametrize("language", ["", "xx", "not a language", "../../etc/passwd"])
def test_no_language_at_all_breaks_nothing(language: str) -> None:
    """Whatever stands for a language, words come."""
    assert Words(language)("Send") == "Send"


def test_a_region_finds_the_catalogue_of_its_language() -> None:
    """`pt-BR` reads the Portuguese words."""
    assert Words("pt-BR")("Prices") == "Preços"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "31 January 2027"),
        ("cs", "31. ledna 2027"),
        ("de", "31. Januar 2027"),
        ("pt", "31 de janeiro de 2027"),
    ],
)
def test_dates_are_written_as_the_language_writes_them(language: str, expected: str) -> None:
    """A Czech page has a Czech date."""
    assert Words(language).format_date(date(2027, 1, 31)) == expected


@pytest.mark.parametrize(
    ("language", "amount", "currency", "expected"),
    [
        ("en", 1600, "EUR", "€1,600"),
        ("de", 1600.5, "EUR", "1.600,50 €"),
        ("cs", 650, "CZK", "650 Kč"),
        ("en", 3, "€", "3 €"),
    ],
)
def test_prices_are_written_as_the_language_writes_them(
    language: str, amount: float, currency: str, expected: str
) -> None:
    """Separators and the side of the sign are the language's."""
    assert Words(language).format_price(amount, currency).replace("\u00a0", " ") == expected


def test_hebrew_is_written_from_right_to_left() -> None:
    """The direction of the page follows its language."""
    assert (Words("he").direction, Words("cs").direction) == ("rtl", "ltr")


def test_every_kind_has_a_label() -> None:
    """Navigation can name any section."""
    assert set(LABELS) == set(KINDS)

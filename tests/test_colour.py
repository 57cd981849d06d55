"""What is read of colours in a customer's words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protogen.site.colour import find_colours

GREEN, CREAM, BLACK, WHITE, ORANGE = "#2f7d4f", "#faf3e0", "#111111", "#ffffff", "#f07b1d"


@pytest.mark.parametrize(
    ("text", "colours", "scheme"),
    [
        ("green and cream", (GREEN, CREAM), "light"),
        ("zelená a krémová", (GREEN, CREAM), "light"),
        ("Grün und Creme", (GREEN, CREAM), "light"),
        ("a preto e branco", (BLACK, WHITE), "light"),
        ("Noir et blanc, épuré", (BLACK, WHITE), "light"),
        ("dark with orange", (ORANGE,), "dark"),
        ("Tmavý vzhled s oranžovou", (ORANGE,), "dark"),
        ("темний вигляд з помаранчевим", (ORANGE,), "dark"),
        ("Чёрный и золотой", (BLACK, "#c79a3b"), "dark"),
        ("white and teal", (WHITE, "#0f8b8d"), "light"),
        ("indian red", ("#cd5c5c",), "auto"),
        ("#0B5FFF and #fff", ("#0b5fff", WHITE), "light"),
        ("rgb(12, 80, 200)", ("#0c50c8",), "auto"),
        ("modern, light theme", (), "light"),
        ("black background with orange", (BLACK, ORANGE), "dark"),
        ("biela, čierna a červená", (WHITE, BLACK, "#c8102e"), "light"),
    ],
)
def test_colours_and_scheme_are_read(text: str, colours: tuple[str, ...], scheme: str) -> None:
    """In order of mention, in the customer's language."""
    wish = find_colours(text)
    assert (wish.colours, wish.scheme) == (colours, scheme)


@pytest.mark.parametrize(
    "text",
    [
        *("dark blue", "tmavě modrá", "tmavomodrá", "dunkelblau", "bleu foncé", "azul oscuro", "azul escuro"),
        *("ciemnoniebieski", "blu scuro", "темно-синий", "темно-синій"),
    ],
)
def test_a_dark_shade_is_no_dark_scheme(text: str) -> None:
    """The same dark blue in every language, and no word of the ground."""
    wish = find_colours(text)
    assert wish == find_colours(text)
    assert wish.colours == find_colours("dark blue").colours
    assert wish.scheme == "auto"
    assert wish.spans == ((0, len(text)),)


def test_a_shade_and_a_scheme_can_stand_together() -> None:
    """Serious, dark blue, much white: a light page."""
    wish = find_colours("Serious, dark blue, much white.")
    assert wish.scheme == "light"
    assert wish.colours[1] == WHITE


@pytest.mark.parametrize(
    "text",
    [
        "Green Valley Farm and Tom Brown sell red wine.",
        "We sell orange juice, dark chocolate and cream cakes.",
        "Open after dark. Black Friday and green energy.",
        "Weiss Digital in Vienna",
        "No red please.",
        "make me a website please, something nice",
        "Issue #12345 &#123;",
    ],
)
def test_names_and_things_are_no_wishes(text: str) -> None:
    """A colour word that names something else is left alone."""
    assert find_colours(text).colours == ()
    assert find_colours(text).scheme == "auto"


def test_the_sentence_about_the_look_wins() -> None:
    """What is sold may have colours too."""
    text = "We bake brown rolls. The look should be navy and gold."
    assert find_colours(text).colours == ("#14264f", "#c79a3b")


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_any_text_is_read_without_error(text: str) -> None:
    """Spans lie in the text, colours are hex values, one for each span."""
    wish = find_colours(text)
    assert len(wish.colours) == len(wish.spans)
    assert all(0 <= start < end <= len(text) for start, end in wish.spans)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in wish.colours)

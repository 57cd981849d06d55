"""What the drawn pictures promise."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import protogen
from protogen.site.art import MOODS, MOTIFS, RATIOS, choose_motif, draw, favicon
from protogen.site.theme import build_theme
from protogen.site.trades import TRADES

CSS = Path(protogen.__file__).parent.parent / "site_templates" / "css" / "art.css"


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_a_picture_is_small_valid_and_hidden(motif: str) -> None:
    """Well-formed SVG under 12 KB, decorative, without script, style, link or id, in every ratio and mood."""
    for ratio, (width, height) in RATIOS.items():
        for index in range(MOODS):
            svg = draw(motif, 7, ratio=ratio, index=index, name="Ženský & <b>")
            root = ElementTree.fromstring(svg)
            assert len(svg) < 12_000
            assert root.get("aria-hidden") == "true"
            x, y, across, down = map(float, root.get("viewBox", "").split())
            assert across / down == pytest.approx(width / height, rel=0.01)
            assert 0 <= x <= x + across <= width + 0.1
            assert 0 <= y <= y + down <= height + 0.1
            assert {element.tag for element in root.iter()} <= {"svg", "path", "circle", "rect"}
            assert not re.search(r"script|style=|href|url\(|\bid=|nan|inf", svg)


def test_every_class_in_a_picture_has_its_rule() -> None:
    """A part without a colour would be black."""
    css = CSS.read_text("utf-8")
    used = {
        name
        for motif in MOTIFS
        for index in range(MOODS)
        for classes in re.findall(r'class="([^"]+)"', draw(motif, 3, index=index, name="Nimbus"))
        for name in classes.split()
    }
    assert used
    assert all(f".{name} " in css or f".{name}," in css for name in used)


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_pictures_repeat_by_seed_and_differ_by_index(motif: str) -> None:
    """The same page draws the same pictures; two on a page are never the same."""
    assert draw(motif, 5, index=1, name="Orbit") == draw(motif, 5, index=1, name="Orbit")
    assert len({draw(motif, 5, index=index, name="Orbit") for index in range(6)}) == 6


@pytest.mark.parametrize(
    ("words", "motif"),
    [
        ("small plant-based bakery and café, sourdough bread, croissants, cakes", "loaf"),
        ("Plumbing & Heating, boiler service", "pipes"),
        ("Sou fotógrafa de casamentos no Porto", "aperture"),
        ("online shop for tech gadgets", "traces"),
        ("consulting company, process audit, ERP selection, training", "bars"),
        ("horský průvodce v Tatrách, túry", "contours"),
        ("Пекарня в Києві", "loaf"),
        ("gabinet stomatologiczny", "pulse"),
        ("jardinier paysagiste", "leaves"),
        ("krejčovství na míru", "stitches"),
        ("make me a website please, something nice", "letters"),
    ],
)
def test_a_trade_finds_its_motif(words: str, motif: str) -> None:
    """In any of the known languages; without a trade, the name's own letters."""
    assert choose_motif(words, 2) == motif


def test_every_trade_has_a_motif() -> None:
    """No trade is drawn as if it were unknown."""
    drawn = {trade for motif in MOTIFS.values() for trade in motif.trades}
    assert set(TRADES) - drawn == set()


def test_the_favicon_is_a_letter_in_the_accent() -> None:
    """An outline, so that no font is needed; a name that cannot be drawn still gives an icon."""
    tokens = build_theme("tech", ("#2962ff",), "dark", "traces", 1).tokens
    for name in ("Nimbus", "Жито", "", "🙂", '"><script>'):
        icon = favicon(name, tokens)
        root = ElementTree.fromstring(icon)
        assert tokens["--accent"].encode() in icon
        assert len(list(root)) == 2
        assert len(icon) < 4_000


def test_an_article_is_no_initial() -> None:
    """The Rusty Anchors have the R of theirs, and who is called L'Orange the O."""
    tokens = build_theme("tech", ("#2962ff",), "dark", "traces", 1).tokens
    for name, letter in (("The Rusty Anchors", "R"), ("L'Orange", "O"), ("Theo", "T"), ("La", "L")):
        assert favicon(name, tokens) == favicon(letter, tokens)


def test_a_motif_that_does_not_exist_is_refused() -> None:
    """Names are checked, not guessed."""
    with pytest.raises(KeyError):
        draw("unicorn", 1)

"""Drawings as pixels: whatever a customer's SVG does to the program that draws it, this one goes on."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from protogen.site import raster
from protogen.site.raster import draw_icons, draw_png

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 32">'
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#c00" d="M0 0h8v8H4z"/></svg>'


def test_a_drawing_has_the_width_that_is_asked_for() -> None:
    """And the height that goes with it; where nothing is drawn it stays clear."""
    png = draw_png(f'{SVG}<rect width="32" height="32" fill="#0a0"/></svg>', 128)
    with Image.open(io.BytesIO(png)) as image:
        assert image.size == (128, 64)
        assert image.convert("RGBA").getpixel((20, 20)) == (0, 170, 0, 255)
        assert image.convert("RGBA").getpixel((100, 20)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "svg",
    ["", "<svg", "no drawing", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 9999999"/>'],
    ids=["empty", "cut", "text", "larger than any memory"],
)
def test_what_cannot_be_drawn_is_refused(svg: str) -> None:
    """With a ValueError, though resvg itself dies of some of these."""
    with pytest.raises(ValueError, match="resvg refused"):
        draw_png(svg, 960)


def test_a_drawing_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand blurs, one in the other."""
    monkeypatch.setattr(raster, "_SECONDS", 0.2)
    blur = '<filter id="b"><feGaussianBlur stdDeviation="90"/></filter>'
    groups = '<g filter="url(#b)">' * 400 + '<path d="M0 0h64v32z"/>' + "</g>" * 400
    with pytest.raises(ValueError, match="not done after"):
        draw_png(f"{SVG}{blur}{groups}</svg>", 2000)


def test_icons_are_one_picture_in_two_forms() -> None:
    """An ICO of 32 pixels and a PNG of few colours, corners clear."""
    ico, png = draw_icons(SQUARE, 180)
    with Image.open(io.BytesIO(ico)) as image:
        assert (image.format, image.size) == ("ICO", (32, 32))
    with Image.open(io.BytesIO(png)) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (180, 180), "P")
        assert image.convert("RGBA").getpixel((1, 178)) == (0, 0, 0, 0)
        assert image.convert("RGBA").getpixel((178, 2)) == (204, 0, 0, 255)

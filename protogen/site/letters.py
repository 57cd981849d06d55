"""Letterforms as shapes: a name's own letters, drawn large, where no trade gives a picture."""

from __future__ import annotations

from functools import lru_cache

from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from protogen.site.canvas import Canvas, num
from protogen.site.faces import face

_FACES = ("montserrat", "noto-sans")


def letters(c: Canvas, name: str, index: int) -> None:
    """One letter of the name, larger than the frame, a disc behind it."""
    own = [char for char in name if char.isalnum()] or ["•"]
    letter = own[index % len(own)].upper()[:1]  # ß becomes SS
    chance = c.random
    x = c.width * chance.choice((0.3, 0.7))
    c.circle(x, c.height * chance.uniform(0.35, 0.65), c.short * 0.44, "second")
    c.fill(letter_path(letter, c.width, c.height * 1.02, c.short * 0.92), "main")
    c.circle(c.width - x, c.height * chance.choice((0.2, 0.8)), c.short * 0.075, "deep")


def letter_path(letter: str, width: float, height: float, size: float) -> str:
    """A letter's outline as SVG path data, centred in `width` by `height`, `size` high or wide, whichever is
    more.

    A letter that no bundled face has becomes a disc.
    """
    found = next((key for key in _FACES if ord(letter) in _cmap(key)), "")
    if not found:
        return _disc(width, height, size)
    font = _font(found)
    glyphs = font.getGlyphSet()
    glyph = glyphs[_cmap(found)[ord(letter)]]
    bounds = BoundsPen(glyphs)
    glyph.draw(bounds)
    if bounds.bounds is None:
        return _disc(width, height, size)
    left, low, right, high = bounds.bounds
    scale = size / max(right - left, high - low)
    pen = SVGPathPen(glyphs, ntos=num)
    shift = (width / 2 - (left + right) / 2 * scale, height / 2 + (low + high) / 2 * scale)
    glyph.draw(TransformPen(pen, (scale, 0, 0, -scale, *shift)))
    return str(pen.getCommands())


def _disc(width: float, height: float, size: float) -> str:
    radius = size / 2
    start = f"M{num(width / 2 - radius)} {num(height / 2)}"
    arc = f"a{num(radius)} {num(radius)} 0 1 0"
    return f"{start}{arc} {num(size)} 0{arc} {num(-size)} 0z"


@lru_cache(maxsize=4)
def _font(key: str) -> TTFont:
    file, _ = face(key).file(700)
    with file.open("rb") as stream:
        font = TTFont(stream, lazy=False)
        font.getGlyphSet()
        for table in ("glyf", "cmap", "hmtx", "head", "maxp", "loca", "hhea"):
            font[table]
    return font


def _cmap(key: str) -> dict[int, str]:
    found: dict[int, str] = _font(key).getBestCmap()
    return found

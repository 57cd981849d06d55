"""The picture that stands for a site where its address is shared: its name beside the drawing of its hero."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

from fontTools.ttLib import TTFont

from protogen.draft import Theme
from protogen.site import art, fonts
from protogen.site.directions import DIRECTIONS
from protogen.site.raster import art_style, draw_png

WIDTH, HEIGHT = 1200, 630  # what Open Graph readers crop to
_ART = 520
_MARGIN = 72
_ROOM = WIDTH - _ART - 2 * _MARGIN
_SIZES = (104, 88, 76, 64, 54, 46, 38)
_MOST_LINES = 4
_DRAWING = re.compile(
    r'<svg class="(?P<mood>[^"]*)" viewBox="(?P<view>[^"]*)"[^>]*>(?P<parts>.*)</svg>', re.S
)


def draw_card(theme: Theme, seed: int, name: str, tagline: str, *, rtl: bool = False) -> bytes:
    """PNG of 1200 by 630 pixels, the words in the theme's own faces; `rtl` turns the page's sides."""
    direction = DIRECTIONS[theme.direction]
    title = name.upper() if direction.case == "uppercase" else name
    display = fonts.plain_files(direction.display, direction.weight_display, title)
    size, lines = _fitted(title, display)
    parts = [_text(lines, size, display, theme.tokens["--text"], _middle(lines, size, bool(tagline)), rtl)]
    faces = [*display]
    if tagline:
        text = fonts.plain_files(direction.text, 400, tagline)
        faces += text
        rows = _wrapped(tagline, 30, text)[:2]
        parts.append(
            _text(rows, 30, text, theme.tokens["--muted"], HEIGHT - _MARGIN - 38 * (len(rows) - 1), rtl)
        )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"<style>{art_style(theme.tokens)}</style>"
        f"{_picture(theme, seed, name, 0 if rtl else WIDTH - _ART)}"
        f'<rect x="{_ART if rtl else 0}" width="{WIDTH - _ART}" height="{HEIGHT}"'
        f" fill={quoteattr(theme.tokens['--ground'])}/>"  # over what of the drawing reaches out of its frame
        f'<rect x="{WIDTH - _MARGIN - 96 if rtl else _MARGIN}" y="{_MARGIN}" width="96" height="10"'
        f" fill={quoteattr(theme.tokens['--accent'])}/>"
        f"{''.join(parts)}</svg>"
    )
    return draw_png(svg, WIDTH, [data for data, _ in faces])


def _picture(theme: Theme, seed: int, name: str, x: int) -> str:
    """The hero's drawing in its frame from `x` on, by a transformation: a frame that clips costs as much again."""
    drawn = _DRAWING.fullmatch(art.draw(theme.motif, seed, ratio="tall", index=0, name=name))
    assert drawn
    left, top, width, height = map(float, drawn["view"].split())
    scale = max(_ART / width, HEIGHT / height)
    shift_x = x + (_ART - width * scale) / 2 - left * scale
    shift_y = (HEIGHT - height * scale) / 2 - top * scale
    return (
        f'<g class="{drawn["mood"]}" transform="translate({shift_x:.2f} {shift_y:.2f}) scale({scale:.5f})">'
        f"{drawn['parts']}</g>"
    )


def _middle(lines: Sequence[str], size: int, below: bool) -> float:
    """The base line of the first of the lines, so that they stand in the middle of what is free."""
    return (HEIGHT - (40 if below else 0) - size * 1.08 * len(lines)) / 2 + size * 0.95


def _text(
    lines: Sequence[str], size: int, faces: Sequence[tuple[bytes, str]], colour: str, y: float, rtl: bool
) -> str:
    family = ", ".join(f"'{name}'" for _, name in faces)
    x, anchor = (WIDTH - _MARGIN, "end") if rtl else (_MARGIN, "start")
    return "".join(
        f'<text x="{x}" y="{y + number * size * 1.08:.0f}" text-anchor="{anchor}" font-size="{size}"'
        f" font-family={quoteattr(family)} fill={quoteattr(colour)}>{escape(line)}</text>"
        for number, line in enumerate(lines)
    )


def _fitted(title: str, faces: Sequence[tuple[bytes, str]]) -> tuple[int, list[str]]:
    """The largest size at which the title fits, and its lines; what is too long for the smallest is cut."""
    for size in _SIZES:
        lines = _wrapped(title, size, faces)
        fits = all(_length(line, size, faces) <= _ROOM for line in lines)
        if fits and len(lines) <= _MOST_LINES and len(lines) * size * 1.08 <= HEIGHT - 3 * _MARGIN:
            return size, lines
    return _SIZES[-1], _wrapped(title, _SIZES[-1], faces)[:_MOST_LINES]


def _wrapped(text: str, size: int, faces: Sequence[tuple[bytes, str]]) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _length(longer, size, faces) > _ROOM:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _length(text: str, size: int, faces: Sequence[tuple[bytes, str]]) -> float:
    """How long a line is, in pixels, by the advance widths of the first face that has each letter."""
    widths = [_widths(data) for data, _ in faces]
    return sum(next((w[ord(char)] for w in widths if ord(char) in w), 0.6) for char in text) * size


@lru_cache(maxsize=16)
def _widths(data: bytes) -> dict[int, float]:
    with TTFont(io.BytesIO(data), lazy=True) as font:
        em, metrics = font["head"].unitsPerEm, font["hmtx"]
        return {point: metrics[glyph][0] / em for point, glyph in font.getBestCmap().items()}

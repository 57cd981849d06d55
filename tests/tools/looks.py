"""What is wrong with a page to the eye, found without a committed picture: boxes, overlaps, clipped text, contrast.

Geometry is asked of the browser, line box by line box; contrast is read from the pixels that it painted.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from protogen.checks.contrast import CONTROL, TEXT, contrast_ratio

_LARGE, _LARGE_BOLD = 24.0, 18.66  # px: text that counts as large (WCAG 2.2, 1.4.3)
_SHARE = 0.14  # of a line's box: a colour with less of it is the edge of a letter, not what it stands on
_NEAR = 90  # distance in sRGB, of 442, within which a pixel is of the colour named
_SLICE = 2400  # px of height painted at once: a browser paints no window without end
_PAINTED = (
    "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60))))"
)
_SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text as painted: its words, box (px of the whole page), colour, size in px and weight."""

    text: str
    box: tuple[float, float, float, float]
    colour: tuple[int, int, int]
    size: float
    weight: int

    @property
    def required(self) -> float:
        """The contrast it must have."""
        large = self.size >= _LARGE or (self.size >= _LARGE_BOLD and self.weight >= 700)
        return CONTROL if large else TEXT


def stretch(page: Page, width: int) -> None:
    """A window as high as the page, so that all of it is painted and nothing sticks."""
    page.set_viewport_size({"width": width, "height": 800})
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(height + 2, 30_000)})


def layout_faults(page: Page) -> list[str]:
    """Sideways scroll; text outside the window, cut off, covered, or on other text; empty parts; small targets."""
    found: list[str] = page.evaluate(f"{_SCRIPT}; layoutFaults()")
    return found


def contrast_faults(page: Page) -> list[str]:
    """Texts whose colour does not stand out from the pixels around their letters, or is not painted at all.

    The first line of each text is looked at, two of each sort a section.
    """
    page.evaluate(f"{_SCRIPT}; unstick()")
    page.set_viewport_size({"width": page.evaluate("innerWidth"), "height": _SLICE})
    page.evaluate(_PAINTED)
    rows = page.evaluate(f"{_SCRIPT}; textLines()")
    lines = [Line(r["text"], tuple(r["box"]), tuple(r["colour"]), r["size"], r["weight"]) for r in rows]
    found: list[str] = []
    while lines:
        top = page.evaluate(
            "y => { scrollTo({top: y, behavior: 'instant'}); return scrollY }", lines[0].box[1] - 20
        )
        page.evaluate(_PAINTED)
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        inside = [line for line in lines if top <= line.box[1] and line.box[1] + line.box[3] <= top + _SLICE]
        found += [fault for line in inside for fault in _faults(line, picture, top)]
        lines = [line for line in lines if line not in inside and line is not lines[0]]
    return found


def _faults(line: Line, picture: Image.Image, top: float) -> Iterator[str]:
    x, y, width, height = line.box
    y -= top
    left, upper = max(int(x) - 1, 0), max(int(y), 0)
    right, lower = min(int(x + width) + 1, picture.width), min(int(y + height), picture.height)
    if (
        len(line.text) < 2 or right - left < 3 or lower - upper < 3
    ):  # beside the window: a strip that is scrolled
        return
    crop = picture.crop((left, upper, right, lower))
    counts = crop.getcolors(crop.width * crop.height) or []
    if not any(_distance(colour, line.colour) < _NEAR for _, colour in counts):
        yield f"not painted in its colour: {line.text!r}"
        return
    for colour in _behind(counts, line.colour):
        ratio = contrast_ratio(_hex(line.colour), _hex(colour))
        if ratio < line.required - 0.05:
            yield f"{ratio:.2f}:1 instead of {line.required}:1: {line.text!r}, {_hex(line.colour)} on {_hex(colour)}"


def _behind(
    counts: Sequence[tuple[int, tuple[int, ...]]], letters: tuple[int, int, int]
) -> list[tuple[int, ...]]:
    """The colours that a line stands on: the commonest, and every other that fills a good part of its box."""
    total = sum(count for count, _ in counts)
    others = sorted(((n, c) for n, c in counts if _distance(c, letters) >= _NEAR / 3), reverse=True)
    if not others:
        return [letters]
    return [colour for n, (count, colour) in enumerate(others) if n == 0 or count > _SHARE * total]


def _distance(a: Sequence[int], b: Sequence[int]) -> float:
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5


def _hex(colour: Sequence[int]) -> str:
    return "#" + bytes(colour).hex()

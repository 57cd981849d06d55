"""Drawn pictures instead of missing photographs: one strong shape that belongs to the trade, in the palette.

Pictures are inline SVG whose parts carry classes; `site_templates/css/art.css` colours them from the tokens,
so that they follow the dark scheme and the band they stand in without a style attribute.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from xml.sax.saxutils import quoteattr

from protogen.site import motifs_nature as nature
from protogen.site import motifs_table as table
from protogen.site import motifs_work as work
from protogen.site.canvas import Canvas
from protogen.site.letters import letter_path, letters
from protogen.site.trades import find_trades

RATIOS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"wide": (1200, 800), "square": (900, 900), "tall": (800, 1080)}
)
MOODS = 4
# How near the eye is to each picture in turn, and where it looks: a series is not one picture six times.
_FRAMINGS = ((1, (0.5, 0.5)), (1.4, (0.62, 0.3)), (1, (0.5, 0.5)), (1.9, (0.44, 0.58)), (1.2, (0.38, 0.42)))


@dataclass(frozen=True, slots=True)
class Motif:
    """A thing to draw, and the trades (keys of `trades.TRADES`) whose it is, its nearest first."""

    name: str
    paint: Callable[[Canvas], None] | None
    trades: tuple[str, ...]


def _motif(paint: Callable[[Canvas], None], trades: str) -> Motif:
    return Motif(paint.__name__, paint, tuple(trades.split()))


_ALL = (
    _motif(table.loaf, "bakery"),
    _motif(table.cup, "coffee"),
    _motif(table.plate, "food"),
    _motif(table.vessels, "wood wine interior beer"),
    _motif(table.stitches, "tailor fashion"),
    _motif(table.books, "books education law"),
    _motif(table.confetti, "events club party kids games design gallery"),
    _motif(table.rings, "wedding jewellery"),
    _motif(work.pipes, "trades"),
    _motif(work.blocks, "construction architecture shop"),
    _motif(work.houses, "realestate public church"),
    _motif(work.wheel, "cars metal"),
    _motif(work.traces, "gadgets electronics software"),
    _motif(work.aperture, "photo video"),
    _motif(work.bars, "consulting finance"),
    _motif(work.pulse, "health charity sport"),
    _motif(work.bubbles, "cleaning"),
    _motif(nature.contours, "outdoor sport"),
    _motif(nature.horizon, "travel hotel"),
    _motif(nature.furrows, "farm eco"),
    _motif(nature.leaves, "garden eco"),
    _motif(nature.petals, "florist"),
    _motif(nature.waves, "music voice"),
    _motif(nature.ripples, "wellness"),
    _motif(nature.strands, "beauty"),
    _motif(nature.paw, "pets"),
    Motif("letters", None, ()),
)

MOTIFS: Mapping[str, Motif] = MappingProxyType({motif.name: motif for motif in _ALL})


def choose_motif(words: str, seed: int) -> str:
    """The motif of the trade that `words` speak of most; the name's own `letters` where there is none."""
    trades = find_trades(words)
    for trade in trades:
        fit = [motif.name for motif in _ALL if trade in motif.trades]
        if fit:
            first = min(MOTIFS[name].trades.index(trade) for name in fit)
            return random.Random(seed).choice(
                [name for name in fit if MOTIFS[name].trades.index(trade) == first]
            )
    return "letters"


def draw(motif: str, seed: int, *, ratio: str = "wide", index: int = 0, name: str = "") -> str:
    """The motif as inline SVG that fills its frame (`slice`), decorative and hidden from assistive
    technology.

    `ratio` is `wide` (3:2), `square` or `tall` (20:27). `index` tells the pictures of one page apart: each
    has another composition and another mood of the palette; 0 is the hero's. `name` is the customer's, for
    `letters`. The same arguments draw the same picture. Raises KeyError for a motif or a ratio that is not
    known.
    """
    canvas = Canvas(*RATIOS[ratio], seed=seed * 1009 + index)
    paint = MOTIFS[motif].paint
    if paint is None:
        letters(canvas, name, index)
    else:
        paint(canvas)
    near, eye = _FRAMINGS[index % len(_FRAMINGS)]
    return canvas.svg(_mood(seed, index), near=near, eye=eye)


def _mood(seed: int, index: int) -> int:
    """Which colouring: the hero's by seed from the two that carry a first screen, the next ones in turn."""
    return (seed % 2 + index) % MOODS


def favicon(name: str, tokens: Mapping[str, str]) -> bytes:
    """The site's icon as SVG: the first letter of the name on the accent, its outline, not a font's text."""
    background, foreground = tokens["--accent"], tokens["--on-accent"]
    path = letter_path(_initial(name), 64, 64, 40)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="14" fill={quoteattr(background)}/>'
        f'<path fill={quoteattr(foreground)} d="{path}"/></svg>\n'
    ).encode()


_ARTICLE = re.compile(r"(?:the|an?|der|die|das|el|la|los|las|le|les|il|lo|o|os)\s+(?=\w)|l['’](?=\w)", re.I)


def _initial(name: str) -> str:
    """The first letter or digit of a name, its article left out: an R for The Rusty Anchors."""
    bare = _ARTICLE.sub("", name)
    return next((char.upper()[:1] for char in bare if char.isalnum()), "•")

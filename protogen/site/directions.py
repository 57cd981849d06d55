"""Art directions: each a full set of decisions on type, space, shape and ground, not a palette.

A direction is data (directions.toml). `theme.build_theme` turns it into tokens, `fonts.font_files` reads its
two faces, and `site_templates/themes/<name>.css` adds the few rules that no token can say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Ground:
    """The light ground where the customer named none: OKLCH lightness, chroma and hue (None: the accent's).

    `lift` makes cards lighter than the ground instead of deeper.
    """

    lightness: float
    chroma: float
    hue: float | None = None
    lift: bool = False


@dataclass(frozen=True, slots=True)
class Direction:
    """One art direction. Lengths are CSS lengths; `scale` is the type ratio on desktops (1.2 on phones).

    `display` and `text` are keys of `fonts.FACES`. `display_size` multiplies the display steps, since a
    condensed face carries more and a monospaced one less. `section_space` is rem on phones and on desktops.
    `header`, `head`, `footer` name how the page is framed and where a section's heading stands (css/frame.css and
    css/layout.css have each); `hero_tone` is the band of the first screen. `variants` are the variants of a kind
    that suit it, best first; a kind that is not named has all of its own.
    `palettes` are its own colours, accent first, for customers who named none. `scheme` is what it prefers.
    """

    name: str
    about: str
    trades: tuple[str, ...]
    tones: tuple[str, ...]
    display: str
    text: str
    weight_display: int
    weight_strong: int
    tracking: str
    leading: str
    case: str
    scale: float
    display_size: float
    text_size: float
    radius: str
    radius_large: str
    border: str
    shadow: str
    section_space: tuple[float, float]
    container: str
    measure: str
    gutter: str
    header: str
    head: str
    footer: str
    variants: Mapping[str, tuple[str, ...]]
    ground: Ground
    palettes: tuple[tuple[str, ...], ...]
    scheme: str = "auto"
    hero_tone: str = "ground"


HEADERS = ("bar", "centred", "boxed", "bare")
HEADS = ("top", "side", "centre")
FOOTERS = ("band", "giant", "plain", "panel")


def _read() -> Mapping[str, Direction]:
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {name: _direction(name, row) for name, row in rows.items()}


def _direction(name: str, row: Mapping[str, Any]) -> Direction:
    values = {
        **row,
        "trades": tuple(row["trades"].split()),
        "tones": tuple(row["tones"].split()),
        "section_space": tuple(row["section_space"]),
        "ground": Ground(**row["ground"]),
        "variants": {kind: tuple(names.split()) for kind, names in row["variants"].items()},
        "palettes": tuple(map(tuple, row["palettes"])),
    }
    return Direction(name=name, **values)


DIRECTIONS: Mapping[str, Direction] = MappingProxyType(_read())

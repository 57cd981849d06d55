"""A direction and the customer's colours become a Theme: every custom property of the kit.

Names of the tokens are the kit's vocabulary: colour (`--ground`, `--accent` …), type, shape and space. Values
are plain CSS, so `:root { name: value }` is all that a stylesheet needs.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence

from protogen.draft import Theme
from protogen.site import fonts, palette
from protogen.site.directions import DIRECTIONS, Direction
from protogen.site.trades import GENERIC, Stems, find_trades

__all__ = ["DIRECTIONS", "Direction", "build_theme", "choose_direction", "choose_directions"]

_PHONE, _DESKTOP = 22.5, 80.0  # rem: 360 px and 1280 px, between which type and space grow
_PHONE_RATIO = 1.2
_SPACES = (4, 8, 12, 16, 24, 32, 48, 72, 112)


def build_theme(direction: str, colours: Sequence[str], scheme: str, motif: str, seed: int) -> Theme:
    """The theme of a direction in the customer's colours.

    `colours` are CSS colours in the customer's order; what is no colour is passed over. With none left, the
    direction's own palettes serve, chosen by `seed`. `scheme` is `light`, `dark` or `auto` (not said): then a
    direction made for the dark stays dark unless a light ground was named, all others get both, the dark one
    as `dark_tokens`. Raises KeyError for a direction that is not in `DIRECTIONS`.
    """
    art = DIRECTIONS[direction]
    own = [colour for value in _own_palette(art, seed) if (colour := palette.parse(value))]
    named = [colour for value in colours if (colour := palette.parse(value))]
    roles = palette.cast(named, own)
    if scheme == "auto" and art.scheme == "dark" and roles.ground is None:
        scheme = "dark"
    day, night = palette.light(roles, art.ground), palette.dark(roles)
    first = night if scheme == "dark" else day
    tokens = {
        **first,
        **_shadows(art, first, dark=scheme == "dark"),
        **_type(art),
        **_shape(art),
        **_space(art),
    }
    dark = {**night, **_shadows(art, night, dark=True)} if scheme == "auto" else {}
    return Theme(direction=direction, scheme=scheme, motif=motif, tokens=tokens, dark_tokens=dark)


def choose_direction(trade_words: str, tone_words: str, seed: int) -> str:
    """The direction that suits a trade and a tone, in any language of `trades`; `seed` breaks ties."""
    return choose_directions(trade_words, tone_words, [seed])[0]


def choose_directions(trade_words: str, tone_words: str, seeds: Iterable[int]) -> list[str]:
    """`choose_direction` by each of the seeds."""
    trades, tones = find_trades(trade_words), _TONES.count(f"{trade_words} {tone_words}")

    def score(art: Direction) -> int:
        suits = sum(_weight(trade, trades) for trade in art.trades)
        return suits + 2 * tones[art.name]

    scores = {name: score(art) for name, art in DIRECTIONS.items()}
    best = max(scores.values())
    ties = [name for name, points in scores.items() if points == best]
    return [random.Random(seed).choice(ties) for seed in seeds]


_TONES = Stems({name: art.tones for name, art in DIRECTIONS.items()})


def _weight(trade: str, found: Mapping[str, int]) -> int:
    """How much a trade speaks for a direction; a generic one only where no other is found."""
    if trade not in found or (trade in GENERIC and len(found) > 1):
        return 0
    return 3 * found[trade] + 2


def _own_palette(art: Direction, seed: int) -> Sequence[str]:
    return random.Random(seed).choice(art.palettes)


def _type(art: Direction) -> dict[str, str]:
    steps = {f"--step-{step}": _step(art, step) for step in range(-1, 6)}
    return {
        "--font-display": fonts.stack(art.display),
        "--font-text": fonts.stack(art.text),
        "--weight-display": str(art.weight_display),
        "--weight-strong": str(art.weight_strong),
        "--tracking-display": art.tracking,
        "--leading-display": art.leading,
        "--case-display": art.case,
        **steps,
    }


def _step(art: Direction, step: int) -> str:
    """A fluid size: 1.2 to the power of `step` on phones, the direction's own ratio on desktops."""
    size = art.text_size * (art.display_size if step >= 2 else 1)
    small = (1.0 if step < 2 else 0.98) * size * _PHONE_RATIO**step
    large = 1.0625 * size * art.scale**step if step >= 0 else 0.9375 * art.text_size
    return _fluid(max(small, 0.875), large)


def _fluid(small: float, large: float) -> str:
    slope = (large - small) / (_DESKTOP - _PHONE)
    start = small - slope * _PHONE
    return f"clamp({_number(small)}rem, {_number(start)}rem + {_number(slope * 100)}vw, {_number(large)}rem)"


def _shape(art: Direction) -> dict[str, str]:
    return {"--radius": art.radius, "--radius-large": art.radius_large, "--border": art.border}


def _space(art: Direction) -> dict[str, str]:
    spaces = {f"--space-{at}": f"{_number(px / 16)}rem" for at, px in enumerate(_SPACES, start=1)}
    return {
        **spaces,
        "--section-space": _fluid(*art.section_space),
        "--container": art.container,
        "--measure": art.measure,
        "--gutter": art.gutter,
    }


def _shadows(art: Direction, colours: Mapping[str, str], *, dark: bool) -> dict[str, str]:
    shade = "#000000" if dark else colours["--text"]
    deep = 3 if dark else 1

    def layer(offset: str, alpha: float) -> str:
        return f"{offset} {_alpha(shade, min(alpha * deep, 0.6))}"

    styles = {
        "none": ("none", "none"),
        "soft": (
            f"{layer('0 1px 2px', 0.05)}, {layer('0 8px 24px', 0.06)}",
            f"{layer('0 2px 4px', 0.05)}, {layer('0 20px 48px', 0.1)}",
        ),
        "lift": (
            f"{layer('0 1px 1px', 0.06)}, {layer('0 2px 8px', 0.05)}",
            f"{layer('0 2px 4px', 0.06)}, {layer('0 12px 28px', 0.12)}",
        ),
        "hard": (f"4px 4px 0 {colours['--text']}", f"7px 7px 0 {colours['--text']}"),
        "glow": (
            f"0 0 0 1px {colours['--line']}",
            f"0 0 0 1px {colours['--line']}, 0 12px 48px {_alpha(colours['--accent'], 0.22)}",
        ),
    }
    shadow, raised = styles[art.shadow]
    return {"--shadow": shadow, "--shadow-raised": raised}


def _alpha(colour: str, alpha: float) -> str:
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgb({red} {green} {blue} / {_number(alpha)})"


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")

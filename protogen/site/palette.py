"""From a few named colours to every colour token, in OKLCH, each pair of `checks.contrast.PAIRS` reached.

What the customer named keeps its hue; only lightness moves where a ratio asks for it. Roles that nobody named
are derived: tinted neutrals, one accent, one strong band (`--ink`). OKLCH: https://www.w3.org/TR/css-color-4/.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from coloraide import Color

from protogen.checks.contrast import CONTROL, TEXT, contrast_ratio
from protogen.site.directions import Ground

COLOUR_TOKENS = (
    *("--ground", "--surface", "--surface-2", "--text", "--muted", "--line", "--field-line"),
    *("--accent", "--on-accent", "--accent-text", "--accent-soft", "--on-accent-soft", "--second"),
    *("--ink", "--on-ink", "--ink-surface", "--ink-muted", "--ink-line"),
    *("--ink-accent", "--on-ink-accent", "--ink-accent-text", "--focus"),
)

_NEUTRAL = 0.03  # chroma below which an eye names no hue
_READABLE = 7.0  # what running text gets, beyond the 4.5 it must have
_ROOM = 0.1  # added to a required ratio, so that rounding in other tools does not lose it


@dataclass(frozen=True, slots=True)
class Oklch:
    """A colour as lightness 0-1, chroma from 0 and hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    @property
    def css(self) -> str:
        """As #rrggbb, fitted into sRGB along constant hue and lightness."""
        return _hex(round(self.lightness, 4), round(self.chroma, 4), round(self.hue, 2))

    @property
    def is_neutral(self) -> bool:
        """No hue to speak of: white, grey, black."""
        return self.chroma < _NEUTRAL

    @property
    def is_pale(self) -> bool:
        """Fit to be a light ground: white, cream, ivory, a breath of mint."""
        return self.lightness >= 0.86 and self.chroma <= 0.075

    @property
    def is_deep(self) -> bool:
        """Fit to be a dark band: black, navy, bottle green."""
        return self.lightness <= 0.43


@dataclass(frozen=True, slots=True)
class Roles:
    """Which named colour plays what; None where nobody named one."""

    accent: Oklch
    ground: Oklch | None = None
    second: Oklch | None = None
    ink: Oklch | None = None
    mono: bool = False


def parse(colour: str) -> Oklch | None:
    """A CSS colour as OKLCH, None where it is not one. Transparency is dropped."""
    try:
        lightness, chroma, hue = Color(colour).convert("oklch").fit("srgb").coords(nans=False)
    except ValueError:
        return None
    return Oklch(min(max(lightness, 0.0), 1.0), max(chroma, 0.0), hue % 360)


def cast(colours: Sequence[Oklch], fallback: Sequence[Oklch]) -> Roles:
    """Give the customer's colours, in their order, their roles; `fallback` lends the accent they lack."""
    named = list(dict.fromkeys(colours)) or list(fallback)
    ground = next((colour for colour in named if colour.is_pale), None)
    rest = [colour for colour in named if colour is not ground and not (colour.is_pale and colour.is_neutral)]
    bright = [colour for colour in rest if not colour.is_neutral and not colour.is_deep]
    deep = [colour for colour in rest if colour.is_deep]
    hued = bright or [colour for colour in deep if not colour.is_neutral]
    if not hued and rest:
        darkest = min(rest, key=lambda colour: colour.lightness)
        return Roles(darkest, ground, None, deep[0] if deep else None, mono=True)
    if not hued:
        if ground is not None and _is_tint(ground):
            return Roles(Oklch(0.56, 0.15, ground.hue), ground)
        return replace(cast(fallback, fallback), ground=ground)
    second = next((c for c in (*bright, *deep) if c is not hued[0] and not c.is_neutral), None)
    return Roles(hued[0], ground, second, deep[0] if deep else None)


def _is_tint(ground: Oklch) -> bool:
    """A pale pink or mint asks for its own hue; cream, ivory and white go with any."""
    return not ground.is_neutral and not 60 <= ground.hue <= 112


def light(roles: Roles, style: Ground) -> dict[str, str]:
    """Colour tokens of the light scheme."""
    accent = roles.accent
    tint = 0.0 if roles.mono else 1.0
    ground = roles.ground or _default_ground(style, accent, tint)
    grounds = _light_grounds(ground, accent, style, tint)
    hue = (roles.ink or accent).hue
    accent, on_accent = _settle(accent, roles.ink)
    ink = roles.ink or Oklch(min(0.27, accent.lightness), min(0.06, accent.chroma * 0.5), hue)
    soft = _mixed(ground, accent, 0.15)
    accent_text = _accent_text(accent, roles.ink, grounds)
    return _named(
        grounds,
        text=_reach(Oklch(0.24, 0.025 * tint, hue), (*grounds, soft), _READABLE, darker),
        muted=_reach(Oklch(0.5, 0.022 * tint, hue), (*grounds, soft), TEXT, darker),
        line=Oklch(ground.lightness - 0.11, (ground.chroma + 0.012) * tint, ground.hue),
        field_line=_reach(Oklch(0.64, 0.02 * tint, hue), grounds, CONTROL, darker),
        accent=accent,
        on_accent=on_accent,
        accent_text=accent_text,
        soft=soft,
        on_soft=_on_soft(accent, roles.ink, soft),
        second=roles.second or _companion(accent, ground),
        ink=ink,
        focus=accent_text,
    )


def dark(roles: Roles) -> dict[str, str]:
    """Colour tokens of the dark scheme: quiet chroma, surfaces that rise by lightness."""
    named = roles.ink if roles.ink is not None and not roles.ink.is_neutral else roles.accent
    tint = 0.0 if roles.mono or (roles.ink is not None and roles.ink.is_neutral) else 1.0
    chroma = min(0.045 if roles.ink else 0.018, named.chroma * 0.35) * tint
    base = 0.145 if tint == 0 else 0.185
    grounds = tuple(Oklch(base + rise, chroma * (1 + 2 * rise), named.hue) for rise in (0.0, 0.045, 0.09))
    accent = Oklch(0.97, 0.0, 0.0) if roles.mono else _reach(roles.accent, grounds, CONTROL, lighter)
    on_accent = _on(accent)
    accent_text = _reach(replace(accent, chroma=min(accent.chroma, 0.17)), grounds, TEXT, lighter)
    soft = Oklch(0.32, min(0.07, accent.chroma * 0.45) * tint, accent.hue)
    return _named(
        grounds,
        text=_reach(Oklch(0.955, 0.008 * tint, named.hue), (*grounds, soft), _READABLE, lighter),
        muted=_reach(Oklch(0.755, 0.015 * tint, named.hue), (*grounds, soft), TEXT, lighter),
        line=Oklch(base + 0.15, chroma * 1.4, named.hue),
        field_line=_reach(Oklch(0.52, chroma * 1.4, named.hue), grounds, CONTROL, lighter),
        accent=accent,
        on_accent=on_accent,
        accent_text=accent_text,
        soft=soft,
        on_soft=_reach(Oklch(0.91, min(0.05, accent.chroma) * tint, accent.hue), (soft,), 6, lighter),
        second=_reach(roles.second or _companion(accent, grounds[0]), grounds, 1.6, lighter),
        ink=Oklch(0.31, min(0.085, named.chroma * 0.5) * tint, named.hue),
        focus=accent_text,
    )


def _named(
    grounds: Sequence[Oklch],
    *,
    text: Oklch,
    muted: Oklch,
    line: Oklch,
    field_line: Oklch,
    accent: Oklch,
    on_accent: Oklch,
    accent_text: Oklch,
    soft: Oklch,
    on_soft: Oklch,
    second: Oklch,
    ink: Oklch,
    focus: Oklch,
) -> dict[str, str]:
    band = _ink_band(ink, accent)
    values = (
        *grounds, text, muted, line, field_line, accent, on_accent, accent_text, soft, on_soft, second,
        *band, focus,
    )  # fmt: skip
    return {name: colour.css for name, colour in zip(COLOUR_TOKENS, values, strict=True)}


def _ink_band(ink: Oklch, accent: Oklch) -> tuple[Oklch, ...]:
    """The strong band and what stands on it, in the order of the `--ink` tokens."""
    surface = replace(ink, lightness=ink.lightness + 0.05)
    both = (ink, surface)
    tint = min(0.02, ink.chroma)
    band_accent = Oklch(0.97, 0.0, 0.0) if accent.is_neutral else _reach(accent, both, TEXT, lighter)
    return (
        ink,
        _reach(Oklch(0.97, tint * 0.5, ink.hue), both, _READABLE, lighter),
        surface,
        _reach(Oklch(0.8, tint, ink.hue), both, TEXT, lighter),
        replace(ink, lightness=ink.lightness + 0.15),
        band_accent,
        _on(band_accent),
        _reach(replace(accent, chroma=min(accent.chroma, 0.16)), both, TEXT, lighter),
    )


def _default_ground(style: Ground, accent: Oklch, tint: float) -> Oklch:
    hue = accent.hue if style.hue is None else style.hue
    return Oklch(style.lightness, style.chroma * tint, hue)


def _light_grounds(ground: Oklch, accent: Oklch, style: Ground, tint: float) -> tuple[Oklch, Oklch, Oklch]:
    own = ground.chroma >= 0.008
    hue, tint = (ground.hue, 1.0) if own else (accent.hue, tint)
    if style.lift and ground.lightness <= 0.985:
        surface = Oklch(min(1.0, ground.lightness + 0.022), ground.chroma * 0.45, hue)
        return ground, surface, Oklch(ground.lightness - 0.035, (ground.chroma + 0.008) * tint, hue)
    surface = Oklch(ground.lightness - 0.026, (ground.chroma + 0.005) * tint, hue)
    return ground, surface, Oklch(ground.lightness - 0.058, (ground.chroma + 0.012) * tint, hue)


def _settle(accent: Oklch, ink: Oklch | None) -> tuple[Oklch, Oklch]:
    """The accent and what is written on it; a cool mid tone gives way a little so that it can be white."""
    on = _on(accent)
    if on.lightness > 0.5:
        return accent, on
    if 45 <= accent.hue <= 125:
        return accent, ink if ink and _passes(ink, (accent,), TEXT) else on
    deeper = _reach(accent, (_WHITE,), TEXT, darker)
    if accent.lightness - deeper.lightness > 0.09:
        return accent, on
    return deeper, _WHITE


def _accent_text(accent: Oklch, ink: Oklch | None, grounds: Sequence[Oklch]) -> Oklch:
    reached = _reach(accent, grounds, TEXT, darker)
    far = accent.lightness - reached.lightness > 0.2
    if far and ink is not None and _passes(ink, grounds, TEXT):
        return ink
    return reached


def _on_soft(accent: Oklch, ink: Oklch | None, soft: Oklch) -> Oklch:
    if ink is not None and not ink.is_neutral and _passes(ink, (soft,), 6):
        return ink
    return _reach(Oklch(0.36, min(accent.chroma, 0.1), accent.hue), (soft,), 6, darker)


def _companion(accent: Oklch, ground: Oklch) -> Oklch:
    """A second tone for pictures where nobody named one: the accent's hue, nearer to the ground."""
    return Oklch((accent.lightness + 2 * ground.lightness) / 3, accent.chroma * 0.55, accent.hue)


def _mixed(ground: Oklch, over: Oklch, share: float) -> Oklch:
    """`over` laid on `ground` like thin paint, so that a tint belongs to the page it stands on."""
    colour = Color(ground.css).mix(over.css, share, space="oklab").convert("oklch")
    lightness, chroma, hue = colour.coords(nans=False)
    return Oklch(lightness, chroma, hue)


_WHITE = Oklch(1.0, 0.0, 0.0)
_BLACK = Oklch(0.0, 0.0, 0.0)


def _on(ground: Oklch) -> Oklch:
    """What is written on `ground`: white, or else a deep tint of it or black; one always reaches 4.5:1."""
    deep = Oklch(0.2, min(0.04, ground.chroma * 0.4), ground.hue)
    for colour in (_WHITE, deep, _BLACK):
        if _passes(colour, (ground,), TEXT):
            return colour
    return max((_WHITE, _BLACK), key=lambda colour: contrast_ratio(colour.css, ground.css))


def darker(start: float, share: float) -> float:
    """Lightness `share` of the way from `start` to black."""
    return start * (1 - share)


def lighter(start: float, share: float) -> float:
    """Lightness `share` of the way from `start` to white."""
    return start + (1 - start) * share


def _reach(
    colour: Oklch, grounds: Sequence[Oklch], ratio: float, towards: Callable[[float, float], float]
) -> Oklch:
    """`colour`, moved in lightness only and no further than needed, until it has `ratio` on every ground."""
    if _passes(colour, grounds, ratio):
        return colour
    low, high = 0.0, 1.0
    for _ in range(9):
        middle = (low + high) / 2
        moved = replace(colour, lightness=towards(colour.lightness, middle))
        if _passes(moved, grounds, ratio):
            high = middle
        else:
            low = middle
    return replace(colour, lightness=towards(colour.lightness, high))


def _passes(colour: Oklch, grounds: Sequence[Oklch], ratio: float) -> bool:
    return all(contrast_ratio(colour.css, ground.css) >= ratio + _ROOM for ground in grounds)


@lru_cache(maxsize=8192)
def _hex(lightness: float, chroma: float, hue: float) -> str:
    colour = Color("oklch", [lightness, chroma, hue]).fit("srgb", method="raytrace").convert("srgb")
    return str(colour.to_string(hex=True, fit="clip", compress=False))

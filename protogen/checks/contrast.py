"""Contrast of a theme's colours, by calculation.

Source: WCAG 2.2, success criteria 1.4.3 (text, 4.5:1) and 1.4.11 (parts of controls, 3:1); the ratio is
(L1 + 0.05) / (L2 + 0.05) of relative luminances, lighter over darker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from coloraide import Color

TEXT = 4.5
CONTROL = 3.0

_GROUNDS = ("--ground", "--surface", "--surface-2")
_INK_GROUNDS = ("--ink", "--ink-surface")

# Every foreground and background that the kit lets meet, with the ratio it must reach.
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((text, ground, TEXT) for text in ("--text", "--muted", "--accent-text") for ground in _GROUNDS),
    ("--on-accent", "--accent", TEXT),
    ("--on-accent-soft", "--accent-soft", TEXT),
    ("--text", "--accent-soft", TEXT),
    ("--muted", "--accent-soft", TEXT),
    *(
        (text, ground, TEXT)
        for text in ("--on-ink", "--ink-muted", "--ink-accent-text")
        for ground in _INK_GROUNDS
    ),
    ("--on-ink-accent", "--ink-accent", TEXT),
    *(("--field-line", ground, CONTROL) for ground in _GROUNDS),
    *(("--focus", ground, CONTROL) for ground in _GROUNDS),
    *(("--ink-accent-text", ground, CONTROL) for ground in _INK_GROUNDS),
)


@dataclass(frozen=True, slots=True)
class FailingPair:
    """Two tokens that meet with too little contrast; `ratio` is 1 where a token is missing or no colour."""

    foreground: str
    background: str
    ratio: float
    required: float

    def __str__(self) -> str:
        return (
            f"{self.foreground} on {self.background} has a contrast of {self.ratio:.2f}:1; "
            f"make it {self.required}:1."
        )


@lru_cache(maxsize=4096)
def contrast_ratio(a: str, b: str) -> float:
    """WCAG 2 contrast ratio of two opaque CSS colours, 1 to 21, in either order.

    Raises ValueError where one is not a colour.
    """
    dark, light = sorted((_luminance(a), _luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@lru_cache(maxsize=4096)
def _luminance(colour: str) -> float:
    """Relative luminance of WCAG 2, 0 to 1."""
    return max(0.0, float(Color(colour).luminance()))


def failing_pairs(tokens: Mapping[str, str]) -> list[FailingPair]:
    """The pairs of `PAIRS` that miss their ratio in `tokens` (token name to CSS colour); [] is well."""
    failing = []
    for foreground, background, required in PAIRS:
        ratio = _ratio(tokens.get(foreground, ""), tokens.get(background, ""))
        if ratio < required:
            failing.append(FailingPair(foreground, background, ratio, required))
    return failing


def _ratio(foreground: str, background: str) -> float:
    try:
        return contrast_ratio(foreground, background)
    except ValueError:
        return 1.0

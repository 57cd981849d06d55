"""The rhythm of a page: which band each section stands on."""

from __future__ import annotations

import random
from collections.abc import Sequence

from protogen.draft import Section
from protogen.site.kit import KINDS

STRONG = ("ink", "accent")


def choose_tones(sections: Sequence[Section], seed: int, hero: str = "ground") -> tuple[str, ...]:
    """A tone for each section of one page, and for the footer at the end; `hero` is the hero's.

    `ground` and `surface` alternate in a seeded rhythm, broken by at most two strong bands. Two neighbours
    never share both tone and composition, no strong band stands beside another, and the accent, which means
    "do this", fills at most one band of a page.
    """
    rng = random.Random(f"tones:{seed}")
    strong = ["ink"] + (["accent"] if rng.random() < 0.6 else [])
    tones: list[str] = []
    for index, section in enumerate(sections):
        before = tones[-1] if tones else ""
        if section.kind == "hero" and not tones:
            tones.append(hero)
            strong = [tone for tone in strong if tone != hero]
        elif _is_band(section) and strong and before not in STRONG:
            tones.append(strong.pop(_first_choice(section, strong)))
        else:
            tones.append(_quiet(sections, index, tones, rng))
    return (*tones, "surface" if tones and tones[-1] in STRONG else "ink")


def _is_band(section: Section) -> bool:
    return composition(section) == "band"


def _first_choice(section: Section, strong: Sequence[str]) -> int:
    """The accent for a call to act, the ink for everything that is only read."""
    wanted = "accent" if section.kind == "cta" else "ink"
    return strong.index(wanted) if wanted in strong else 0


def _quiet(sections: Sequence[Section], index: int, tones: Sequence[str], rng: random.Random) -> str:
    if not tones:
        return "ground"
    if tones[-1] == "surface":
        return "ground"
    if tones[-1] in STRONG:
        return "ground" if rng.random() < 0.7 else "surface"
    same = composition(sections[index]) == composition(sections[index - 1])
    twice = len(tones) > 1 and tones[-2] == "ground"
    return "surface" if same or twice or rng.random() < 0.45 else "ground"


def composition(section: Section) -> str:
    """The composition of a section's variant; a variant that the kind does not have stands for its first."""
    compositions = KINDS[section.kind].compositions
    return compositions.get(section.variant, next(iter(compositions.values())))

"""Which variant each section takes: those that suit the direction, no two neighbours composed alike."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable

from protogen.draft import Section
from protogen.site.directions import DIRECTIONS
from protogen.site.kit import KINDS, known_variant


def choose_variants(sections: Iterable[Section], direction: str, seed: int) -> tuple[Section, ...]:
    """The sections, each with a variant of its kind; one that already has such a variant keeps it.

    The rest is the direction's taste, varied by `seed`. Raises KeyError for an unknown direction or kind.
    """
    suited = DIRECTIONS[direction].variants
    before: dict[str, str] = {}
    chosen = []
    for section in sections:
        compositions = KINDS[section.kind].compositions
        variant = section.variant
        if variant not in compositions:
            fit = [name for name in compositions if _suits(section, name)]
            fresh = [name for name in fit if compositions[name] != before.get(section.page)]
            wanted = [name for name in suited.get(section.kind, ()) if name in fresh]
            variant = random.Random(f"{seed} {section.id}").choice(wanted or fresh or fit)
        before[section.page] = compositions[variant]
        chosen.append(dataclasses.replace(section, variant=variant))
    return tuple(chosen)


def _suits(section: Section, variant: str) -> bool:
    return known_variant(dataclasses.replace(section, variant=variant)) == variant

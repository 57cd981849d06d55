"""Which variant a section takes is the direction's taste, and no two neighbours are composed alike."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.draft import Section
from protogen.site.directions import DIRECTIONS, FOOTERS, HEADERS, HEADS
from protogen.site.kit import KINDS
from protogen.site.tones import STRONG
from protogen.site.variants import choose_variants

every_direction = pytest.mark.parametrize("direction", DIRECTIONS)


def page(*kinds: str) -> list[Section]:
    """Sections that leave their variant to the direction."""
    return [Section(f"{kind}-{n}", kind, "", {}) for n, kind in enumerate(kinds)]


@given(
    st.sampled_from(sorted(DIRECTIONS)), st.lists(st.sampled_from(sorted(KINDS)), max_size=8), st.integers()
)
def test_no_two_neighbours_are_composed_alike(direction: str, kinds: list[str], seed: int) -> None:
    """Each kind has two compositions at least, so that there is always another."""
    chosen = choose_variants(page(*kinds), direction, seed)
    composed = [KINDS[section.kind].compositions[section.variant] for section in chosen]
    assert all(a != b for a, b in pairwise(composed))


@every_direction
def test_a_direction_keeps_to_its_own_variants(direction: str) -> None:
    """Where no neighbour forbids it, the hero is one that suits."""
    suited = DIRECTIONS[direction].variants["hero"]
    chosen = {choose_variants(page("hero"), direction, seed)[0].variant for seed in range(12)}
    assert chosen == set(suited)


def test_a_variant_that_was_set_stays() -> None:
    """A draft that names one, as the gallery's do, is obeyed; a name that the kit lacks is not."""
    first, second = choose_variants(
        [Section("hero", "hero", "poster", {}), Section("faq", "faq", "spiral", {})], "swiss", 1
    )
    assert first.variant == "poster"
    assert second.variant in KINDS["faq"].variants


def test_pages_of_one_site_are_composed_each_for_itself() -> None:
    """What stands on another page is no neighbour."""
    sections = [Section("a", "hero", "split", {}), Section("b", "about", "", {}, page="more")]
    variants = {choose_variants(sections, "craft", seed)[1].variant for seed in range(8)}
    assert variants == set(DIRECTIONS["craft"].variants["about"])


@every_direction
def test_a_directions_choices_are_the_kits(direction: str) -> None:
    """Frame, headings and variants by names that the stylesheets and the kit have."""
    art = DIRECTIONS[direction]
    assert (art.header in HEADERS, art.head in HEADS, art.footer in FOOTERS) == (True, True, True)
    assert art.hero_tone in ("ground", "surface", *STRONG)
    for kind, variants in art.variants.items():
        assert variants
        assert set(variants) <= set(KINDS[kind].variants), kind


def test_directions_differ_in_composition_not_only_in_colour() -> None:
    """No two share frame, headings, first screen and footer; every way of each is used."""
    frames = {
        (d.header, d.head, d.footer, d.hero_tone, d.variants["hero"], d.variants["services"])
        for d in DIRECTIONS.values()
    }
    assert len(frames) == len(DIRECTIONS)
    assert {d.header for d in DIRECTIONS.values()} == set(HEADERS)
    assert {d.head for d in DIRECTIONS.values()} == set(HEADS)
    assert {d.footer for d in DIRECTIONS.values()} == set(FOOTERS)

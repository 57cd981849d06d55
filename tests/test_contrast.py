"""What the contrast check promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.checks.contrast import PAIRS, contrast_ratio, failing_pairs

hexes = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def test_black_on_white_is_21_to_1() -> None:
    """The extremes of WCAG's formula."""
    assert contrast_ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast_ratio("#ffffff", "#ffffff") == pytest.approx(1)


def test_the_well_known_grey_just_misses() -> None:
    """#777777 on white is 4.48:1, #767676 is 4.54:1, as every table of WCAG greys says."""
    assert contrast_ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast_ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@given(hexes, hexes)
def test_order_does_not_matter(a: str, b: str) -> None:
    """The ratio is the same either way round and lies between 1 and 21."""
    assert contrast_ratio(a, b) == pytest.approx(contrast_ratio(b, a))
    assert 1 <= contrast_ratio(a, b) <= 21.000001


def test_what_is_no_colour_is_refused() -> None:
    """A value that is no colour raises ValueError."""
    with pytest.raises(ValueError, match="url"):
        contrast_ratio("url(x)", "#ffffff")


def test_missing_tokens_fail_and_say_so() -> None:
    """Nothing passes for want of a value."""
    failing = failing_pairs({})
    assert len(failing) == len(PAIRS)
    assert str(failing[0]) == "--text on --ground has a contrast of 1.00:1; make it 4.5:1."


def test_a_failing_pair_is_named_with_its_ratio() -> None:
    """Only the pair that fails is reported."""
    names = {name for pair in PAIRS for name in pair[:2]}
    grounds = {
        "--ground",
        "--surface",
        "--surface-2",
        "--accent",
        "--accent-soft",
        "--ink",
        "--ink-surface",
        "--ink-accent",
    }
    tokens = {name: "#ffffff" if name in grounds else "#000000" for name in names}
    assert failing_pairs(tokens) == []
    assert failing_pairs({**tokens, "--field-line": "#888888"}) == []
    (failing,) = failing_pairs({**tokens, "--on-accent": "#888888"})
    assert (failing.foreground, failing.background) == ("--on-accent", "--accent")
    assert failing.ratio == pytest.approx(3.54, abs=0.01)

"""What a theme promises: every token, every pair readable, the customer's colours kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from coloraide import Color
from coloraide.css.color_names import name2val_map
from hypothesis import given, settings
from hypothesis import strategies as st

import protogen
from protogen.checks.contrast import contrast_ratio, failing_pairs
from protogen.draft import Theme
from protogen.site.colour import find_colours
from protogen.site.palette import COLOUR_TOKENS
from protogen.site.styles import stylesheet
from protogen.site.theme import DIRECTIONS, build_theme, choose_direction

THEMES = Path(protogen.__file__).parent.parent / "site_templates" / "themes"
TYPE = {"--font-display", "--font-text", "--weight-display", "--weight-strong", "--tracking-display"} | {
    "--leading-display", "--case-display", *(f"--step-{step}" for step in range(-1, 6)),
}  # fmt: skip
SHAPE = {"--radius", "--radius-large", "--border", "--shadow", "--shadow-raised"}
# What the kit makes of the tokens: css/base.css and css/layout.css.
DERIVED = {"--header", "--limit", "--size", "--page-ground", "--page-text", "--page-surface"}
SPACE = {*(f"--space-{at}" for at in range(1, 10)), "--section-space", "--container", "--measure", "--gutter"}

colours = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")
directions = st.sampled_from(sorted(DIRECTIONS))
schemes = st.sampled_from(("light", "dark", "auto"))


def wished(direction: str, text: str) -> Theme:
    wish = find_colours(text)
    return build_theme(direction, wish.colours, wish.scheme, "loaf", 1)


def hue_between(a: str, b: str) -> float:
    first, second = (Color(value).convert("oklch")["hue"] for value in (a, b))
    return abs((first - second + 180) % 360 - 180)


@settings(max_examples=400)
@given(directions, st.lists(colours, max_size=4), schemes, st.integers(0, 9))
def test_every_pair_is_readable_whatever_was_asked(
    direction: str, wish: list[str], scheme: str, seed: int
) -> None:
    """Any colours, in any scheme and direction, give a theme without a failing pair."""
    theme = build_theme(direction, wish, scheme, "loaf", seed)
    assert failing_pairs(theme.tokens) == []
    if theme.dark_tokens:
        assert failing_pairs(theme.dark_tokens) == []


@pytest.mark.parametrize("direction", sorted(DIRECTIONS))
def test_every_direction_gives_every_token(direction: str) -> None:
    """The kit's vocabulary is whole, and no token is empty."""
    theme = build_theme(direction, (), "auto", "loaf", 1)
    assert set(theme.tokens) == {*COLOUR_TOKENS, *TYPE, *SHAPE, *SPACE}
    assert all(theme.tokens.values())
    assert all(re.fullmatch(r"#[0-9a-f]{6}", theme.tokens[name]) for name in COLOUR_TOKENS)


@pytest.mark.parametrize("direction", sorted(DIRECTIONS))
def test_a_directions_own_rules_are_few_and_in_their_layer(direction: str) -> None:
    """Small, in `@layer theme`, colours by token only, nothing fetched, nothing forced."""
    css = (THEMES / f"{direction}.css").read_text("utf-8")
    assert re.match(r"/\*[^*]+\*/\n@layer theme \{\n", css)
    assert len(css) < 6_000
    assert not re.search(r"url\(|@import|!important|rgb\(|hsl\(", css)
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", css)) <= {"#000", "#0000"}  # of a mask
    assert set(re.findall(r"var\((--[a-z0-9-]+)", css)) <= {*COLOUR_TOKENS, *TYPE, *SHAPE, *SPACE, *DERIVED}


def test_directions_are_decisions_not_palettes() -> None:
    """No two directions share their display face, weight, radius, shadow and tracking."""
    looks = {
        (d.display, d.weight_display, d.radius, d.shadow, d.tracking, d.case) for d in DIRECTIONS.values()
    }
    assert len(looks) == len(DIRECTIONS) == 12
    assert len({(d.display, d.text) for d in DIRECTIONS.values()}) >= 11


def test_green_and_cream_is_a_cream_ground_and_a_green_accent() -> None:
    """The customer's words are law."""
    tokens = wished("craft", "green and cream").tokens
    assert tokens["--ground"] == "#faf3e0"
    assert tokens["--accent"] == "#2f7d4f"


def test_dark_with_orange_is_a_dark_ground_and_an_orange_accent() -> None:
    """A dark scheme has no light one beside it."""
    theme = wished("swiss", "dark with orange")
    assert theme.scheme == "dark"
    assert not theme.dark_tokens
    assert contrast_ratio(theme.tokens["--ground"], "#000000") < 1.6
    assert hue_between(theme.tokens["--accent"], "#f07b1d") < 3


def test_black_and_white_stays_without_colour() -> None:
    """Mono means mono: no token has a hue to speak of."""
    theme = wished("portfolio", "a preto e branco")
    assert theme.tokens["--ground"] == "#ffffff"
    assert all(Color(theme.tokens[name]).convert("oklch")["chroma"] < 0.012 for name in COLOUR_TOKENS)


def test_yellow_and_dark_blue_acts_in_yellow_and_reads_in_blue() -> None:
    """The bright one is the accent; the deep one is the band, the text on the accent and the link."""
    tokens = wished("festival", "yellow and dark blue").tokens
    assert hue_between(tokens["--accent"], "#f5c518") < 3
    assert tokens["--ink"] == tokens["--accent-text"] == tokens["--on-accent"]
    assert hue_between(tokens["--ink"], "#1d5fd1") < 6


def test_blue_and_white_is_a_white_ground() -> None:
    """White is white, even in a direction that prefers the dark."""
    theme = wished("workshop", "Blue and white.")
    assert theme.scheme == "light"
    assert theme.tokens["--ground"] == "#ffffff"


@settings(max_examples=150)
@given(directions, st.integers(0, 359), schemes)
def test_an_accent_keeps_its_hue(direction: str, hue: int, scheme: str) -> None:
    """Only lightness moves for contrast's sake."""
    wish = Color("oklch", [0.6, 0.11, hue]).convert("srgb").to_string(hex=True)
    theme = build_theme(direction, (wish,), scheme, "loaf", 1)
    assert hue_between(theme.tokens["--accent"], wish) < 6


def test_auto_gives_both_schemes_and_the_dark_one_rises_by_lightness() -> None:
    """Dark surfaces are designed: each nearer to the eye is lighter."""
    theme = build_theme("clinic", ("#0b7a75",), "auto", "pulse", 1)
    levels = [Color(theme.dark_tokens[name]).luminance() for name in ("--ground", "--surface", "--surface-2")]
    assert levels == sorted(levels)
    assert levels[-1] < 0.1
    assert theme.scheme == "auto"


def test_what_is_no_colour_is_passed_over() -> None:
    """A model's or a customer's nonsense never reaches a stylesheet."""
    wish = ("javascript:alert(1)", "url(x)", "", "red; } body { display: none", "#0b5fff")
    theme = build_theme("swiss", wish, "light", "bars", 1)
    assert hue_between(theme.tokens["--accent"], "#0b5fff") < 3
    assert not any("javascript" in value or "}" in value for value in theme.tokens.values())


NAMED = st.lists(st.sampled_from(sorted(name2val_map)), max_size=4)


@settings(max_examples=250)
@given(directions, NAMED, schemes)
def test_every_wish_of_named_colours_can_be_read(direction: str, wish: list[str], scheme: str) -> None:
    """Any colours by their CSS names, `indian red` with `papaya whip` too: each pair that meets has its contrast."""
    theme = build_theme(direction, wish, scheme, "loaf", len(wish))
    assert failing_pairs(theme.tokens) == []
    assert not theme.dark_tokens or failing_pairs(theme.tokens | theme.dark_tokens) == []


def test_paper_and_quiet_eyes_are_thought_of() -> None:
    """Print drops what can only be clicked and reads black on white; reduced motion stops what moves."""
    css = stylesheet(build_theme("festival", [], "dark", "confetti", 1), ["hero", "form"], "")
    paper = css[css.index("@media print") :]
    assert re.search(r"\.section, \.footer \{[^}]*background: none; color: #000000", paper)
    assert re.search(r"\.form[^{]*\{ display: none", paper)
    assert re.search(r"prefers-reduced-motion: reduce\) \{\s*\*[^}]*transition-duration: 0\.01ms", css)


def test_a_direction_that_does_not_exist_is_refused() -> None:
    """Names are checked, not guessed."""
    with pytest.raises(KeyError):
        build_theme("baroque", (), "auto", "loaf", 1)


def test_the_same_seed_gives_the_same_theme_and_seeds_differ() -> None:
    """Free choices are repeatable."""
    assert build_theme("garden", (), "auto", "leaves", 4) == build_theme("garden", (), "auto", "leaves", 4)
    accents = {build_theme("garden", (), "light", "leaves", seed).tokens["--accent"] for seed in range(20)}
    assert len(accents) >= 3


@pytest.mark.parametrize(
    ("trade", "tone", "expected"),
    [
        ("small plant-based bakery and café", "warm, natural", {"craft"}),
        ("Plumbing & Heating, emergency call-outs, boiler service", "", {"workshop"}),
        ("fotógrafa de casamentos no Porto", "minimalista", {"portfolio", "boutique"}),
        ("online shop for tech gadgets", "modern", {"tech", "market"}),
        ("consulting company, process audit, ERP selection", "serious", {"swiss"}),
        ("club yearly trip vote", "cheerful", {"festival"}),
        ("horský průvodce v Tatrách", "", {"editorial"}),
        ("zubní ordinace", "klidný", {"clinic"}),
        ("květinářství a zahrada", "", {"garden"}),
    ],
)
def test_a_trade_finds_a_direction_that_suits_it(trade: str, tone: str, expected: set[str]) -> None:
    """The fallback for a model that named none."""
    assert choose_direction(trade, tone, 3) in expected


def test_a_vague_request_still_gets_a_direction() -> None:
    """Any seed gives one that exists, and not always the same."""
    found = {choose_direction("make me a website please, something nice", "", seed) for seed in range(30)}
    assert found <= set(DIRECTIONS)
    assert len(found) > 3

"""Stage 3, CSS: Page -> Theme. The customer's colours, said or of the logo, are law; the model
chooses what the customer left open."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import tinycss2

from protogen.draft import Brief, Draft, Theme
from protogen.job import Rung
from protogen.llm.writer import BadAnswer, LlmError, Writer
from protogen.pipeline.prompt import ask, one_of, record
from protogen.pipeline.reading import Reading, read
from protogen.site.art import MOTIFS, choose_motif
from protogen.site.directions import DIRECTIONS
from protogen.site.theme import build_theme, choose_direction, choose_directions

CANDIDATES = 4
# Accents to choose from where the customer named no colour; each is a CSS colour.
ACCENTS = (
    "firebrick", "chocolate", "goldenrod", "olivedrab", "seagreen", "teal", "steelblue", "royalblue", "slateblue",
    "mediumvioletred",
)  # fmt: skip
QUESTION = """Choose the look of this customer's site as compact JSON on one line.
direction: the art direction that fits the trade and the tone: {directions}.
motif: the subject of its drawings.{more}"""
CSS_QUESTION = """Write CSS that gives this customer's site a character of its own: at most six rules, for
these selectors only:
.button, .card, .section__head h2, .lead, .eyebrow, .tag. Use the custom properties --accent, --surface,
--line, --radius, --space-3.
Only these properties: {properties}. Answer with the CSS alone."""
PROPERTIES = frozenset(
    "border-radius border-width border-style border-top border-bottom border-left border-right "
    "letter-spacing font-style "
    "font-weight text-transform text-decoration text-underline-offset padding padding-block padding-inline "
    "box-shadow".split()
)
SELECTORS = frozenset({".button", ".card", ".section__head h2", ".lead", ".eyebrow", ".tag"})


def write(draft: Draft, writer: Writer) -> Draft:
    """The theme by the model's choices; on the markup rung with rules of its own."""
    brief, reading = _materials(draft)
    wanted = _schema(brief, reading, draft.seed)
    question = QUESTION.format(
        directions=", ".join(wanted["properties"]["direction"]["enum"]),
        more="".join(f"\n{line}" for key, line in OPEN.items() if key in wanted["properties"]),
    )
    answer = writer.ask_json("codegen", "theme", ask(reading, question), wanted, 60)
    theme = dataclasses.replace(_build(brief, draft.seed, answer), rung=Rung.FIELDS)
    if writer.first_rung("codegen") is Rung.MARKUP:
        theme = _with_rules(theme, reading, writer)
    return dataclasses.replace(draft, theme=theme)


def fall_back(draft: Draft) -> Draft:
    """The theme by rule: the trade's direction in the customer's colours."""
    brief, _ = _materials(draft)
    return dataclasses.replace(draft, theme=_build(brief, draft.seed, {}))


OPEN = {
    "accent": "accent: the colour of buttons and links, fitting the trade.",
    "scheme": "scheme: a light or a dark ground.",
}


def _materials(draft: Draft) -> tuple[Brief, Reading]:
    brief, logo = draft.brief, draft.pictures.logo
    assert brief is not None
    if logo and not brief.colours:
        brief = dataclasses.replace(brief, colours=logo.colours)
    return brief, read(draft.submission)


def _words(brief: Brief) -> tuple[str, str]:
    offers = " ".join(fact.value for fact in brief.facts if fact.kind == "offer")
    return f"{brief.name} {brief.trade} {' '.join(brief.sentences[:2])} {offers}", brief.tone


def _schema(brief: Brief, reading: Reading, seed: int) -> dict[str, Any]:
    trade, tone = _words(brief)
    suited = choose_directions(trade, tone, range(seed, seed + CANDIDATES * 2))
    motifs = [choose_motif(trade, seed), choose_motif(brief.trade or trade, seed + 1), "letterforms"]
    wanted: dict[str, Any] = {
        "direction": one_of(list(dict.fromkeys(suited))[:CANDIDATES]),
        "motif": one_of([motif for motif in dict.fromkeys(motifs) if motif in MOTIFS]),
    }
    if not brief.colours:
        wanted["accent"] = one_of(list(ACCENTS))
    if brief.scheme == "auto" and not brief.colours:
        wanted["scheme"] = one_of(["light", "dark"])
    return record(**wanted)


def _build(brief: Brief, seed: int, answer: dict[str, Any]) -> Theme:
    trade, tone = _words(brief)
    direction = answer.get("direction", "")
    direction = direction if direction in DIRECTIONS else choose_direction(trade, tone, seed)
    motif = answer.get("motif", "")
    motif = motif if motif in MOTIFS else choose_motif(trade, seed)
    colours = brief.colours or tuple(accent for accent in (answer.get("accent"),) if accent in ACCENTS)
    scheme = answer.get("scheme") if answer.get("scheme") in ("light", "dark") else brief.scheme
    return build_theme(direction, colours, str(scheme), motif, seed)


def _with_rules(theme: Theme, reading: Reading, writer: Writer) -> Theme:
    question = CSS_QUESTION.format(properties=", ".join(sorted(PROPERTIES)))
    try:
        answer = writer.ask("codegen", "theme rules", ask(reading, question), 260, rung=Rung.MARKUP)
        css = allowed_rules(answer.text)
    except LlmError as error:
        writer.refused.append(f"rules {Rung.MARKUP}: {error.code}")
        return theme
    return dataclasses.replace(theme, css=css, rung=Rung.MARKUP)


def allowed_rules(css: str) -> str:
    """The rules of `css` whose selectors and properties the kit allows; everything else is left out.

    Raises BadAnswer where nothing is left. No url(), no at-rule, no colour (the palette's contrast is checked).
    """
    kept = []
    body = css.strip().removeprefix("```css").removeprefix("```").removesuffix("```")
    for rule in tinycss2.parse_stylesheet(body, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule":
            continue
        selector = " ".join(tinycss2.serialize(rule.prelude).split())
        declarations = tinycss2.parse_declaration_list(rule.content, skip_comments=True, skip_whitespace=True)
        lines = [
            f"    {d.lower_name}: {tinycss2.serialize(d.value).strip()};"
            for d in declarations
            if d.type == "declaration" and d.lower_name in PROPERTIES and _harmless(d.value)
        ]
        if selector in SELECTORS and lines:
            kept.append(f"  {selector} {{\n" + "\n".join(lines) + "\n  }")
    if not kept:
        raise BadAnswer("no-rule", "No rule of the answer may stand.")
    return "@layer theme {\n" + "\n".join(kept) + "\n}\n"


def _harmless(value: list[Any]) -> bool:
    text = tinycss2.serialize(value).lower()
    return (
        not any(token.type in ("url", "error") for token in value)
        and not re.search(r"url\(|[{}\\@<]", text)  # nested, too: a brace in a function's brackets
        and len(text) < 80
    )

"""The `markup` rung of a section: the model writes HTML in the kit's vocabulary, held to it by nh3."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

import nh3

from protogen.checks.copy import same_sentences, sentences
from protogen.checks.facts import fold
from protogen.draft import Section, SectionPlan
from protogen.job import Rung
from protogen.llm.writer import BadAnswer, Writer
from protogen.pipeline.context import Context, Fields
from protogen.pipeline.objections import objections
from protogen.pipeline.prompt import ask
from protogen.pipeline.slots import PURPOSES, SLOTS

MAX_TOKENS = 420
TAGS = {"div", "h2", "h3", "p", "ul", "ol", "li", "dl", "dt", "dd", "strong", "em", "blockquote", "span", "a"}
CLASSES = {
    "section__head",
    "lead",
    "grid",
    "stack",
    "card",
    "list-prices",
    "tag",
    "eyebrow",
    "button",
    "button--quiet",
    "price",
}
INTERACTIVE = frozenset(
    {"hero", "form", "checkout", "products", "poll", "countdown", "gallery", "hours", "contact"}
)
QUESTION = """Write the inside of the section "{kind}" of the site as HTML: {says}.
It must hold, as they stand: {facts}.
Use only h2, h3, p, ul, li, div and the classes section__head, lead, grid, stack, card, price. Speak to the
visitor; say only what the request says.
The form of an answer, for another business:
<div class="section__head"><h2>What we mend</h2><p class="lead">Bring it in before ten.</p></div>
<div class="grid"><div class="card"><h3>Puncture</h3><p>Mended while you wait.</p></div></div>
Answer with the HTML alone."""


def section(
    base: Section, plan: SectionPlan, context: Context, writer: Writer, before: Sequence[str]
) -> tuple[str, tuple[str, ...]]:
    """(inner HTML, the model's texts in it). Raises LlmError where it cannot be written or may not stand.

    Sections that must work (forms, shops, polls) have no markup rung: their behaviour is the kit's.
    """
    if base.kind in INTERACTIVE:
        raise BadAnswer("interactive", f"A {base.kind} section is not written as markup.")
    facts = fact_strings(dict(base.fields))
    says = SLOTS[plan.kind].says.format(about=plan.about, purpose=PURPOSES.get(plan.about, ""))
    question = QUESTION.format(kind=plan.kind, says=says, facts="; ".join(facts) or "nothing yet")
    messages, language = ask(context.reading, question), context.brief.language
    answer = writer.ask(
        "codegen", f"{plan.kind} markup", messages, MAX_TOKENS, language=language, rung=Rung.MARKUP
    )
    html = sanitise(answer.text)
    texts = tuple(visible(html))
    _check(html, texts, facts, context, before)
    return html, texts


def sanitise(answer: str) -> str:
    """The HTML of an answer: its code fence off, everything but the kit's vocabulary out, all elements closed."""
    body = re.sub(r"^```\w*\s*|\s*```\s*$", "", answer.strip())
    body = re.sub(r"</?section[^>]*>", "", body)
    return nh3.clean(
        body,
        tags=TAGS - {"a"},
        clean_content_tags={"script", "style"},
        attributes={"*": {"class"}},
        allowed_classes=None,
        attribute_filter=_only_kit_classes,
        link_rel=None,
    ).strip()


def _only_kit_classes(element: str, attribute: str, value: str) -> str | None:
    kept = [name for name in value.split() if name in CLASSES]
    return " ".join(kept) or None


def visible(html: str) -> list[str]:
    """The texts of the elements of `html`, in order."""
    pieces = (unescape(" ".join(piece.split())) for piece in re.split(r"<[^>]+>", html))
    return [piece for piece in pieces if piece]


def fact_strings(fields: Fields) -> list[str]:
    """Names, prices and places of a section that its markup must carry."""
    rows = [*fields.get("items", ()), *fields.get("people", ())]
    return [
        *(value for row in rows for key in ("name", "price", "when") if (value := row.get(key))),
        *fields.get("places", ()),
        *fields.get("languages", ()),
    ]


def _check(
    html: str, texts: Sequence[str], facts: Sequence[str], context: Context, before: Sequence[str]
) -> None:
    source, language = context.reading.text, context.brief.language
    if html.count("<h2") != 1:
        raise BadAnswer("no-heading", "The section has no heading, or more than one.")
    missing = [fact for fact in facts if fold(fact) not in fold(" ".join(texts))]
    if missing:
        raise BadAnswer("facts-missing", f"The section leaves out: {', '.join(missing)}.")
    for text in texts:
        if fold(text) in map(fold, facts):
            continue
        sentence = len(sentences(text)) > 1 or len(text.split()) > 8
        wrong = objections(text, source, language, sentence=sentence)
        if wrong := wrong + same_sentences([text], before):
            raise BadAnswer("copy", f"{text!r} may not stand: {'; '.join(wrong)}.")

"""Stage 2, HTML: Brief -> Page. Each section is written on the highest rung that passes its checks in the time left."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from protogen.checks.copy import faults, same_sentences, whole_sentences
from protogen.checks.facts import fold
from protogen.checks.invented import invented
from protogen.draft import Brief, Draft, Page, Section, SectionPlan
from protogen.job import Rung
from protogen.llm.writer import LlmError, NoTime, Writer
from protogen.pipeline import markup
from protogen.pipeline.compose import Context, Fields, compose, section_id
from protogen.pipeline.prompt import ask, record
from protogen.pipeline.reading import Reading, read
from protogen.pipeline.slots import LONGEST, PURPOSES, SLOTS, Slots, item_names, max_tokens, schema
from protogen.site.kit import KINDS
from protogen.site.words import Words

QUESTION = """Write the section "{kind}" of the site as compact JSON on one line: {says}.{shows}
{asked}
Speak to the visitor. Say only what the request says.{avoid} The form of an answer, for another business: {example}"""
ASKED = {
    "headline": "headline: three to seven words on what a visitor gains, no full stop, without the business's name.",
    "heading": "heading: two to five words, no full stop.",
    "lead": "lead: one whole sentence of 10 to 22 words.",
    "body": "body: two or three whole sentences in your own words, 35 to 55 words.",
    "texts": "texts: for each item one whole sentence of 7 to 14 words about that item.",
    "categories": "categories: the category of each item.",
}
AGAIN = """ Your last answer cannot be used: {reasons}. Write it anew, without that."""


@dataclass(slots=True)
class _Written:
    """What stands on the page so far, so that nothing is said twice."""

    texts: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def write(draft: Draft, writer: Writer) -> Draft:
    """Every section, the model's words where they pass."""
    brief, context = _materials(draft)
    written = _Written()
    usable = writer.writes(brief.language)
    sections = []
    for plan in brief.plan:
        base = _base(plan, context, draft.seed)
        if usable and plan.kind in SLOTS:
            base = _on_ladder(base, plan, context, writer, written)
        elif plan.kind in SLOTS:
            base = dataclasses.replace(base, reason=f"model does not write {brief.language}")
        written.texts += base.written
        sections.append(base)
    page = Page(tuple(_distinct(sections)), _pages(brief))
    return dataclasses.replace(draft, page=page, removed=(*draft.removed, *written.removed))


def fall_back(draft: Draft) -> Draft:
    """Every section from the customer's words and the kit's."""
    brief, context = _materials(draft)
    sections = [_base(plan, context, draft.seed) for plan in brief.plan]
    return dataclasses.replace(draft, page=Page(tuple(_distinct(sections)), _pages(brief)))


def _materials(draft: Draft) -> tuple[Brief, Context]:
    assert draft.brief is not None
    reading = read(draft.submission)
    return draft.brief, Context(draft.brief, reading, draft.brief.plan, Words(draft.brief.language))


def _base(plan: SectionPlan, context: Context, seed: int) -> Section:
    variants = KINDS[plan.kind].variants
    variant = random.Random(f"{seed} {plan.kind} {plan.about}").choice(variants)
    return Section(section_id(plan), plan.kind, variant, compose(plan, context), plan.page)


def _pages(brief: Brief) -> dict[str, str]:
    further = {
        plan.page: plan.about[:1].upper() + plan.about[1:] for plan in brief.plan if plan.page != "index"
    }
    return {"index": brief.name, **further}


def _distinct(sections: Iterable[Section]) -> Iterable[Section]:
    """The sections with ids that are unique on their page."""
    taken: set[tuple[str, str]] = set()
    for section in sections:
        name, n = section.id, 2
        while (section.page, name) in taken:
            name, n = f"{section.id}-{n}", n + 1
        taken.add((section.page, name))
        yield dataclasses.replace(section, id=name)


# -- the ladder -------------------------------------------------------------------------------------------


def _on_ladder(
    base: Section, plan: SectionPlan, context: Context, writer: Writer, written: _Written
) -> Section:
    """`base` raised to the first rung, from the role's first one down, that passes its checks."""
    rung: Rung | None = writer.role("codegen").first_rung
    reasons = []
    while rung is not None and rung is not Rung.TEMPLATE:
        try:
            return RUNGS[rung](base, plan, context, writer, written)
        except LlmError as error:
            reasons.append(f"{rung}: {error.code}")
            if isinstance(error, NoTime):
                break
        rung = rung.below
    return dataclasses.replace(base, reason="; ".join(reasons))


def _fields_rung(
    base: Section, plan: SectionPlan, context: Context, writer: Writer, written: _Written
) -> Section:
    slots = SLOTS[plan.kind]
    categories = context.reading.categories if plan.kind == "products" else ()
    wanted = schema(slots, base.fields, categories)
    question = _question(plan, slots, base.fields, wanted, written)
    part = f"{plan.kind} {plan.about}".strip()
    answer = _trim(
        writer.ask_json("codegen", part, ask(context.reading, question), wanted, max_tokens(wanted))
    )
    bad = _faults(answer, context, plan, written)
    if bad:
        written.removed += [f"{part}.{name}: {'; '.join(reasons)}" for name, reasons in bad.items()]
        answer = _again(answer, bad, question, wanted, context, writer, part)
        for name in _faults(answer, context, plan, written):
            _drop(answer, name)
    section = _merge(base, answer)
    if not section.written:
        raise LlmError("nothing-usable", f"No word of the answer for {part} can stand.")
    return section


def _markup_rung(
    base: Section, plan: SectionPlan, context: Context, writer: Writer, written: _Written
) -> Section:
    html, texts = markup.section(base, plan, context, writer, written.texts)
    return dataclasses.replace(base, html=html, rung=Rung.MARKUP, written=texts)


RUNGS = {Rung.MARKUP: _markup_rung, Rung.FIELDS: _fields_rung}


def _question(
    plan: SectionPlan, slots: Slots, fields: Fields, wanted: Mapping[str, Any], written: _Written
) -> str:
    names = item_names(slots, fields)
    said = [text for text in written.texts if len(text) < 60][-4:]
    return QUESTION.format(
        kind=plan.kind,
        says=slots.says.format(about=plan.about, purpose=PURPOSES.get(plan.about, "")),
        shows=f" It shows: {'; '.join(names)}." if names else "",
        asked="\n".join(ASKED[name] for name in wanted["properties"]),
        avoid=f" Already on the page, not to be said again: {'; '.join(said)}." if said else "",
        example=example(plan.kind),
    )


def example(kind: str) -> str:
    """The kit's example of a kind, cut down to what the model writes."""
    slots, fields = SLOTS[kind], KINDS[kind].example
    shown: dict[str, Any] = {}
    for name in slots.texts:
        value = fields[name]
        shown[name] = " ".join(value) if isinstance(value, list) else value
    if slots.items:
        shown["texts"] = {item["name"]: item["text"] for item in fields["items"] if item.get("text")}
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def _again(
    answer: Fields,
    bad: Mapping[str, list[str]],
    question: str,
    wanted: Mapping[str, Any],
    context: Context,
    writer: Writer,
    part: str,
) -> Fields:
    """One more try at the failing texts alone, with the reason; what fails for want of a model stays out."""
    inner = wanted["properties"].get("texts", {}).get("properties", {})
    top = {name: wanted["properties"][name] for name in bad if name in wanted["properties"]}
    items = {name: inner[name] for name in bad if name in inner}
    if items:
        top["texts"] = record(**items)
    reasons = "; ".join(
        dict.fromkeys(f"{name}: {reason}" for name, found in bad.items() for reason in found)
    )[:300]
    narrowed = record(**top)
    try:
        with writer.keeping(writer.left() / 3):  # a second try may not eat the other sections' time
            second = _trim(
                writer.ask_json(
                    "codegen",
                    f"{part} again",
                    ask(context.reading, question + AGAIN.format(reasons=reasons)),
                    narrowed,
                    max_tokens(narrowed),
                )
            )
    except LlmError:
        second = {}
    for name in bad:
        _drop(answer, name)
    texts = {**answer.get("texts", {}), **second.pop("texts", {})}
    return {**answer, **second, **({"texts": texts} if texts else {})}


def _trim(answer: Fields) -> Fields:
    """The answer's texts as they would be printed: no white space around them, a full stop where one belongs."""
    trimmed = {name: value for name, value in answer.items() if name in ("categories",)}
    for name, value in answer.items():
        if isinstance(value, str):
            text = " ".join(value.split())
            trimmed[name] = (
                text.rstrip(".") if name in ("headline", "heading") else _finished(text, LONGEST[name])
            )
    if "body" in trimmed:
        trimmed["body"] = whole_sentences(trimmed["body"])
    if texts := answer.get("texts"):
        trimmed["texts"] = {
            str(n): _finished(" ".join(str(t).split()), LONGEST["text"]) for n, t in texts.items()
        }
    return trimmed


def _finished(text: str, longest: int) -> str:
    """`text` with the full stop that the model forgot; one cut by its length limit stays cut, and is refused."""
    return f"{text}." if text and text[-1].isalnum() and len(text) < longest - 1 else text


def _faults(answer: Fields, context: Context, plan: SectionPlan, written: _Written) -> dict[str, list[str]]:
    """Reasons by name of the field, or of the item, that may not stand."""
    source, language = context.reading.text, context.brief.language
    texts = [
        (name, value, name in ("lead", "body")) for name, value in answer.items() if isinstance(value, str)
    ]
    texts += [(name, value, True) for name, value in answer.get("texts", {}).items()]
    bad: dict[str, list[str]] = {}
    own: list[str] = []
    for name, value, sentence in texts:
        reasons = faults(value, source, sentence=sentence, language=language)
        reasons += [f"not said by the customer: {piece}" for piece in invented(value, source, language)]
        reasons += [f"said before: {again}" for again in same_sentences([value], [*written.texts, *own])]
        reasons += [f"words of the example: {piece}" for piece in _of_example(value, plan.kind, source)]
        if reasons:
            bad[name] = reasons
        own.append(value)
    return bad


def _of_example(value: str, kind: str, source: str) -> list[str]:
    """Runs of four words that stand in the prompt's example and not in the request."""
    words, model = fold(value).split(), f" {fold(example(kind))} "
    runs = [" ".join(words[i : i + 4]) for i in range(len(words) - 3)]
    return [run for run in runs if run in model and run not in fold(source)][:1]


def _drop(answer: Fields, name: str) -> None:
    answer.pop(name, None)
    answer.get("texts", {}).pop(name, None)


def _merge(base: Section, answer: Fields) -> Section:
    """The section with the model's words in their slots; what it gave none for keeps the customer's."""
    fields = dict(base.fields)
    written: list[str] = []
    for name in ("headline", "heading", "lead", "body"):
        if value := answer.get(name):
            fields[name] = [value] if name == "body" else value
            written.append(value)
    texts, categories = answer.get("texts", {}), answer.get("categories", {})
    if texts or categories:
        fields["items"] = [_item(item, texts, categories) for item in base.fields["items"]]
        written += texts.values()
    return dataclasses.replace(base, fields=fields, rung=Rung.FIELDS, written=tuple(written))


def _item(item: Fields, texts: Mapping[str, str], categories: Mapping[str, str]) -> Fields:
    changed = dict(item)
    if text := texts.get(item["name"]):
        changed["text"] = " ".join(filter(None, (item.get("text", ""), text)))
    if "category" in item:
        changed["category"] = str(categories.get(item["name"], ""))
    return changed


def sections_above(sections: Sequence[Section]) -> float:
    """The share of sections above `template`: `ai_sections`."""
    return sum(section.rung is not Rung.TEMPLATE for section in sections) / max(1, len(sections))

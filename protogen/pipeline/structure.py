"""Stage 2, HTML: Brief -> Page. Each section is written on the highest rung that passes its checks in the time left."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from protogen.checks.copy import whole_sentences
from protogen.checks.facts import fold, of_kind
from protogen.draft import Brief, Draft, Fact, FactKind, Page, Refusal, Section, SectionPlan
from protogen.job import Rung
from protogen.llm.writer import BadAnswer, LlmError, NoTime, Writer
from protogen.pipeline import markup
from protogen.pipeline.actions import section_id
from protogen.pipeline.complete import complete
from protogen.pipeline.compose import compose
from protogen.pipeline.context import Context, Fields, capital
from protogen.pipeline.headings import with_headings
from protogen.pipeline.prompt import ask, compact, one_of, record
from protogen.pipeline.reading import read
from protogen.pipeline.slots import LONGEST, PURPOSES, SLOTS, max_tokens, schema
from protogen.pipeline.standing import MOST_TRIES, faults, has_words, mended, misfits, without
from protogen.site.words import Words

Schema = dict[str, Any]

WORTH: tuple[frozenset[str], ...] = (
    frozenset({"hero"}),
    frozenset({"products", "menu", "services", "pricing", "plans", "comparison", "events", "poll"}),
    frozenset({"form", "order", "checkout", "contact"}),
    frozenset({"about", "profile"}),
    frozenset(),
)

QUESTION = "Section {kind}, {says}: {parts}."
CATEGORY_QUESTION = "The category of each product, one of: {categories}."
AGAIN = "Not so: {reasons}. Once more in other words, {says}: only {parts}."


@dataclass(slots=True)
class _Written:
    """What stands on the page so far, so that nothing is said twice, and what it took.

    `later` is how many sections are still to be asked for, `seconds` what each first answer took.
    """

    later: int = 0
    seconds: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    removed: list[Refusal] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)


def write(draft: Draft, writer: Writer) -> Draft:
    """Every section, the model's words where they pass; written in the order of their worth, set in the plan's."""
    brief, context = _materials(draft)
    written = _Written()
    unwritten = _why_unwritten(context, writer)
    sections = list(_bases(context))
    written.later = sum(map(_is_written, brief.plan))
    for n in sorted(range(len(sections)), key=lambda n: worth(brief.plan[n])):
        plan, base = brief.plan[n], sections[n]
        written.later -= _is_written(plan)
        if not unwritten and _is_written(plan):
            sections[n] = _on_ladder(base, plan, context, writer, written)
        elif _is_written(plan):
            sections[n] = dataclasses.replace(base, reason=unwritten)
        written.texts += sections[n].written
    whole = list(_distinct(_completed(sections, context)))
    if not context.reading.vague and writer.first_rung("nlp") is not Rung.TEMPLATE:
        whole = with_headings(whole, context, writer)
    page = Page(tuple(whole), _pages(brief))
    return dataclasses.replace(draft, page=page, removed=(*draft.removed, *written.removed))


def _why_unwritten(context: Context, writer: Writer) -> str:
    """Why the model writes no section; empty where it does. Asked about nothing, it makes something up."""
    if context.reading.vague:
        return "model does not write of nothing"
    return "" if writer.writes(context.brief.language) else f"model does not write {context.brief.language}"


def worth(plan: SectionPlan) -> int:
    """The rank by which sections get the deadline's time: the hero, what is sold, how to act, the story, the rest."""
    if plan.page != "index":
        return len(WORTH)
    return next((n for n, kinds in enumerate(WORTH) if plan.kind in kinds), len(WORTH) - 1)


def _is_written(plan: SectionPlan) -> bool:
    """True where there is something for the model to write: not in a quote, nor above steps or questions back."""
    return plan.kind in SLOTS and plan.about not in ("questions", "steps")


def fall_back(draft: Draft) -> Draft:
    """Every section from the customer's words and the kit's."""
    brief, context = _materials(draft)
    sections = _distinct(_completed(list(_bases(context)), context))
    return dataclasses.replace(draft, page=Page(tuple(sections), _pages(brief)))


def _completed(sections: Sequence[Section], context: Context) -> list[Section]:
    return complete(sections, (*context.brief.sentences, *context.reading.rest))


def _materials(draft: Draft) -> tuple[Brief, Context]:
    assert draft.brief is not None
    reading = read(draft.submission)
    return draft.brief, Context(
        draft.brief, reading, draft.brief.plan, Words(draft.brief.language), draft.documents
    )


def _bases(context: Context) -> Iterable[Section]:
    """Every section of the plan from templates; which variant it takes is left to the direction."""
    for plan in context.plan:
        yield Section(section_id(plan), plan.kind, "", compose(plan, context), plan.page)


def _pages(brief: Brief) -> dict[str, str]:
    further = {plan.page: capital(plan.about) for plan in brief.plan if plan.page != "index"}
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
    rung: Rung | None = writer.first_rung("codegen", context.brief.language)
    reasons: list[str] = []
    while rung is not None and rung is not Rung.TEMPLATE:
        try:
            raised = RUNGS[rung](base, plan, context, writer, written)
            return dataclasses.replace(raised, reason="; ".join(reasons))
        except LlmError as error:
            reasons.append(f"{rung}: {error.code}")
            if isinstance(error, NoTime):
                break
        rung = rung.below
    return dataclasses.replace(base, reason="; ".join(reasons))


def _fields_rung(
    base: Section, plan: SectionPlan, context: Context, writer: Writer, written: _Written
) -> Section:
    wanted = schema(SLOTS[plan.kind], dict(base.fields), context.reading.sentences)
    part = f"{plan.kind} {plan.about}".strip()
    says = _says(plan, base, context)
    question = QUESTION.format(kind=plan.kind, says=says, parts=_parts(wanted))
    answer = _ask(question, wanted, part, context, writer, written)
    for n in range(1, MOST_TRIES + 1):
        misplaced = misfits(plan.kind, dict(base.fields), answer)
        answer = without(answer, misplaced)
        bad = faults(answer, context, written.texts)
        answer = mended(answer, bad, context, written.texts)
        bad |= misplaced
        written.removed += [Refusal(f"{part}.{name}", tuple(reasons)) for name, reasons in bad.items()]
        bad = {name: reasons for name, reasons in bad.items() if name not in answer}
        # What fails is tried once more; again only while the section has no word of the model's at all.
        if not bad or n == MOST_TRIES or (n > 1 and has_words(answer)):
            break
        answer = _joined(answer, _again(bad, wanted, part, says, context, writer, written, n))
    if plan.kind == "products" and context.reading.categories:
        answer["categories"] = _categories(base, context, writer)
    section = _merge(base, answer)
    if not section.written and not answer.get("categories"):
        raise BadAnswer("nothing-usable", f"No word of the answer for {part} can stand.")
    if section.written:  # what stands on the page, not what was refused
        words = {name: value for name, value in answer.items() if name != "categories"}
        written.asked.append((question, compact(words)))
    return section


def _ask(
    question: str,
    wanted: Schema,
    part: str,
    context: Context,
    writer: Writer,
    written: _Written,
    again: int = 0,
) -> Fields:
    messages = ask(context.reading, question, written.asked)
    language = context.brief.language
    room = max_tokens(wanted)
    left = writer.left()
    answer = writer.ask_json("codegen", part, messages, wanted, room, language=language, again=again)
    if not again:
        written.seconds.append(left - writer.left())
    return _trim(answer)


def _markup_rung(
    base: Section, plan: SectionPlan, context: Context, writer: Writer, written: _Written
) -> Section:
    html, texts = markup.section(base, plan, context, writer, written.texts)
    return dataclasses.replace(base, html=html, rung=Rung.MARKUP, written=texts)


RUNGS = {Rung.MARKUP: _markup_rung, Rung.FIELDS: _fields_rung}


def _categories(base: Section, context: Context, writer: Writer) -> dict[str, str]:
    """The category of each product, one of those that the customer named; none where the model does not say."""
    names = [item["name"] for item in base.fields["items"]]
    wanted = record(**{name: one_of(list(context.reading.categories)) for name in names})
    question = CATEGORY_QUESTION.format(categories="; ".join(context.reading.categories))
    try:
        answer = writer.ask_json("nlp", "categories", ask(context.reading, question), wanted, 16 * len(names))
    except LlmError:
        return {}
    return {name: value for name, value in answer.items() if value in context.reading.categories}


def _says(plan: SectionPlan, base: Section, context: Context) -> str:
    """What the words of a section are for."""
    slots = SLOTS[plan.kind]
    purpose = context.act(plan.about) or PURPOSES.get(plan.about, "")
    says = slots.says.format(about=plan.about, purpose=purpose)
    told = " ".join(base.fields["body"]) if "body" in slots.texts else ""
    named = [fact.value for fact in _told(context.brief.facts) if fold(fact.value) in fold(told)]
    named += [str(person["name"]) for person in base.fields.get("people", ()) if "body" in slots.texts]
    if named:
        says = f"{says}, naming {', '.join(dict.fromkeys(named))}"
    return says


def _parts(wanted: Schema) -> str:
    """The names of what is wanted, with the items that want a text."""
    names = [name for name in wanted["properties"] if name != "texts"]
    if texts := wanted["properties"].get("texts"):
        names.append(f"texts for: {'; '.join(texts['properties'])}")
    return ", ".join(names)


def _again(
    bad: Mapping[str, list[str]],
    wanted: Schema,
    part: str,
    says: str,
    context: Context,
    writer: Writer,
    written: _Written,
    n: int,
) -> Fields:
    """One more try, the `n`th, at the failing texts alone, with the reason; nothing where the model cannot be had."""
    inner = wanted["properties"].get("texts", {}).get("properties", {})
    again = {name: wanted["properties"][name] for name in bad if name in wanted["properties"]}
    items = {name: inner[name] for name in bad if name in inner}
    if items and (
        n == 1 or not again
    ):  # what fails twice of an item fails again: a line above them all is easier
        again["texts"] = record(**items)
    narrowed = record(**again)
    reasons = "; ".join(dict.fromkeys(reason for found in bad.values() for reason in found))[:240]
    question = AGAIN.format(reasons=reasons, says=says, parts=_parts(narrowed))
    try:
        with writer.keeping(_for_others(writer, written)):
            return _ask(question, narrowed, f"{part} again", context, writer, written, n)
    except LlmError:
        return {}


def _for_others(writer: Writer, written: _Written) -> float:
    """Seconds that a further try at one section leaves to those that were not asked for even once."""
    each = statistics.fmean(written.seconds) if written.seconds else 0.0
    return max(writer.left() / 3, written.later * each)


def _joined(first: Fields, second: Fields) -> Fields:
    """Both answers, the second one's texts beside the first one's."""
    texts = {**first.get("texts", {}), **second.get("texts", {})}
    return {**first, **second, **({"texts": texts} if texts else {})}


def _trim(answer: Fields) -> Fields:
    """The answer's texts as they would be printed: no white space around them, a full stop where one belongs."""
    trimmed: Fields = {}
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


def _merge(base: Section, answer: Fields) -> Section:
    """The section with the model's words in their slots; what it gave none for keeps the customer's."""
    fields = dict(base.fields)
    written: list[str] = []
    for name in ("headline", "heading", "lead", "body"):
        if value := answer.get(name):
            fields[name] = [value] if name == "body" else value
            written.append(value)
    texts, categories = answer.get("texts", {}), answer.get("categories", {})
    if texts and not _most_have_text(base.fields["items"], texts):
        texts = {}
    if texts or categories:
        fields["items"] = [_item(item, texts, categories) for item in base.fields["items"]]
        written += texts.values()
    return dataclasses.replace(base, fields=fields, rung=Rung.FIELDS, written=tuple(written))


def _told(facts: Sequence[Fact]) -> list[Fact]:
    """The facts that belong into the story: the other kinds have sections of their own."""
    return of_kind(facts, FactKind.YEAR, FactKind.PERSON)


def _most_have_text(items: Sequence[Fields], texts: Mapping[str, str]) -> bool:
    """False where a sentence would stand at few of many items: that reads as if the others were forgotten."""
    return 2 * sum(bool(item.get("text") or texts.get(item["name"])) for item in items) >= len(items)


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

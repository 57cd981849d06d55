"""Stage 5, content and assembly: the words of the whole site, then the Site itself."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

from protogen.checks.gate import check_files
from protogen.checks.invented import mostly_new
from protogen.draft import Copy, Draft, Page, Refusal
from protogen.job import Rung
from protogen.llm.writer import BadAnswer, LlmError, Writer
from protogen.pipeline import structure
from protogen.pipeline.context import capital
from protogen.pipeline.objections import objections
from protogen.pipeline.prompt import ask, record, text
from protogen.pipeline.reading import Reading, read
from protogen.pipeline.standing import MOST_TRIES
from protogen.site.render import render
from protogen.site.words import Words

LONGEST_TITLE = 60
LONGEST_DESCRIPTION = 155
LONGEST_TAGLINE = 64
SCHEMA = record(description=text(LONGEST_DESCRIPTION), tagline=text(LONGEST_TAGLINE))
QUESTION = """For the whole site. description: one sentence of 12 to 22 words that tells a searcher what is
here and where.
tagline: three to seven words for the foot of the page, no full stop."""
AGAIN = "Not so: {reasons}. Once more, both."


class RefusedError(Exception):
    """The finished site does not pass the gate even from templates alone: a fault of the kit's."""

    code = "gate"


def write(draft: Draft, writer: Writer) -> Draft:
    """Description and tagline by the model, then the site. Raises LlmError where no word of its can stand."""
    assert draft.brief is not None
    assert draft.page is not None
    if not writer.writes(draft.brief.language, "nlp"):
        raise BadAnswer("language", f"The model does not write {draft.brief.language}.")
    reading = read(draft.submission)
    if reading.vague:
        raise BadAnswer("nothing-said", "The request says nothing that it could tell.")
    kept: dict[str, str] = {}
    removed: list[Refusal] = []
    reasons: list[str] = []
    for n in range(MOST_TRIES):
        try:
            answer, wrong = _ask(draft, writer, reading, reasons, n)
        except LlmError:
            if not n:
                raise
            break
        kept = {name: value for name, value in answer.items() if name not in wrong} | kept
        removed += [Refusal(name, tuple(found)) for name, found in wrong.items() if name not in kept]
        if not wrong or (n and kept):
            break
        reasons = list(dict.fromkeys(itertools.chain(*wrong.values())))
    if not kept:
        raise BadAnswer("nothing-usable", "No word of the answer can stand.")
    copy = dataclasses.replace(_plain(draft), **kept, written=tuple(kept.values()), rung=Rung.FIELDS)
    return assemble(dataclasses.replace(draft, copy=copy, removed=(*draft.removed, *removed)))


def _ask(
    draft: Draft, writer: Writer, reading: Reading, reasons: list[str], again: int
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """(the answer, reasons by name against what may not stand); `reasons` of an earlier try make this another."""
    question = f"{QUESTION}\n{AGAIN.format(reasons='; '.join(reasons)[:240])}" if reasons else QUESTION
    part = "copy again" if reasons else "copy"
    assert draft.brief is not None
    language = draft.brief.language
    raw = writer.ask_json("nlp", part, ask(reading, question), SCHEMA, 90, language=language, again=again)
    answer = _clean(raw)
    wrong = {
        name: objections(value, reading.text, language, sentence=name == "description")
        for name, value in answer.items()
    }
    if len(str(raw.get("tagline", ""))) >= LONGEST_TAGLINE:
        wrong["tagline"].append("cut off")  # it has no full stop to tell by; the schema ended it
    if language == "en":
        for name, value in answer.items():
            if mostly_new(value, reading.text):
                wrong[name].append("not said by the customer: most of it")
    return answer, {name: found for name, found in wrong.items() if found}


def fall_back(draft: Draft) -> Draft:
    """The customer's own words, then the site."""
    return assemble(dataclasses.replace(draft, copy=_plain(draft)))


def assemble(draft: Draft) -> Draft:
    """Render and check; where the model's markup, rules or script break the gate, the kit's own stand in.

    Raises RefusedError: a broken page is never published.
    """
    for candidate in (draft, _without_markup(draft), _from_templates(draft)):
        try:
            site = render(candidate)
        except ValueError as error:  # words that do not fit their section
            problems = [" ".join(str(error).split())]
            continue
        problems = check_files(site.files)
        if not problems:
            return dataclasses.replace(candidate, site=site)
    raise RefusedError("; ".join(problems[:5]))


def _plain(draft: Draft) -> Copy:
    assert draft.brief is not None
    brief = draft.brief
    trade = capital(brief.trade)
    name = brief.name or trade or read(draft.submission).person or Words(brief.language)("Welcome")
    fits = brief.name and trade and len(name + trade) < LONGEST_TITLE
    title = f"{name} – {brief.trade}" if fits else name
    return Copy(title=title, description=" ".join(brief.sentences[:2])[:300] or title)


def _clean(answer: dict[str, Any]) -> dict[str, str]:
    cleaned = {name: " ".join(str(value).split()) for name, value in answer.items()}
    description = cleaned.get("description", "")
    if description[-1:].isalnum() and len(description) < LONGEST_DESCRIPTION - 1:
        cleaned["description"] = f"{description}."  # one that its limit ended stays cut, and is refused
    if "tagline" in cleaned:
        cleaned["tagline"] = cleaned["tagline"].rstrip(".")
    return cleaned


def _without_markup(draft: Draft) -> Draft:
    """The same words without the HTML, CSS and JavaScript that the model wrote."""
    assert draft.page is not None
    assert draft.theme is not None
    assert draft.behaviour is not None
    sections = tuple(
        dataclasses.replace(s, html="", written=(), rung=Rung.TEMPLATE, reason="gate") if s.html else s
        for s in draft.page.sections
    )
    return dataclasses.replace(
        draft,
        page=Page(sections, draft.page.pages),
        theme=dataclasses.replace(
            draft.theme, css="", rung=Rung.FIELDS if draft.theme.css else draft.theme.rung
        ),
        behaviour=dataclasses.replace(
            draft.behaviour, code="", rung=Rung.FIELDS if draft.behaviour.code else draft.behaviour.rung
        ),
    )


def _from_templates(draft: Draft) -> Draft:
    made = structure.fall_back(_without_markup(draft))
    assert made.page is not None
    sections = tuple(dataclasses.replace(section, reason="gate") for section in made.page.sections)
    return dataclasses.replace(made, page=Page(sections, made.page.pages), copy=_plain(draft))

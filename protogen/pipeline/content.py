"""Stage 5, content and assembly: the words of the whole site, then the Site itself."""

from __future__ import annotations

import dataclasses
from typing import Any

from protogen.checks.copy import faults
from protogen.checks.gate import check_files
from protogen.checks.invented import invented
from protogen.draft import Copy, Draft, Page
from protogen.job import Rung
from protogen.llm.writer import BadAnswer, LlmError, Writer
from protogen.pipeline import structure
from protogen.pipeline.prompt import ask, record, text
from protogen.pipeline.reading import read
from protogen.site.render import render
from protogen.site.words import Words

LONGEST_TITLE = 60
SCHEMA = record(description=text(155), tagline=text(64))
QUESTION = """Write two texts for the whole site as compact JSON on one line.
description: one whole sentence of 12 to 22 words that tells a searcher what is here and where.
tagline: three to seven words for the foot of the page, no full stop.
Already on the page, not to be said again: {said}."""


class RefusedError(Exception):
    """The finished site does not pass the gate even from templates alone: a fault of the kit's."""


def write(draft: Draft, writer: Writer) -> Draft:
    """Description and tagline by the model, then the site. Raises LlmError where no word of its can stand."""
    assert draft.brief is not None
    assert draft.page is not None
    if not writer.writes(draft.brief.language, "nlp"):
        raise BadAnswer("language", f"The model does not write {draft.brief.language}.")
    reading = read(draft.submission)
    said = [value for section in draft.page.sections for value in section.written if len(value) < 60]
    question = QUESTION.format(said="; ".join(said[:5]) or "nothing")
    answer = writer.ask_json("nlp", "copy", ask(reading, question), SCHEMA, 90)
    kept = {
        name: value for name, value in _clean(answer).items() if not _wrong(name, value, reading.text, draft)
    }
    if not kept:
        raise BadAnswer("nothing-usable", "No word of the answer can stand.")
    copy = dataclasses.replace(_plain(draft), **kept, written=tuple(kept.values()), rung=Rung.FIELDS)
    return assemble(dataclasses.replace(draft, copy=copy))


def fall_back(draft: Draft) -> Draft:
    """The customer's own words, then the site."""
    return assemble(dataclasses.replace(draft, copy=_plain(draft)))


def assemble(draft: Draft) -> Draft:
    """Render and check; where the model's markup, rules or script break the gate, the kit's own stand in.

    Raises RefusedError: a broken page is never published.
    """
    for candidate in (draft, _without_markup(draft), _from_templates(draft)):
        site = render(candidate)
        problems = check_files(site.files)
        if not problems:
            return dataclasses.replace(candidate, site=site)
    raise RefusedError("; ".join(problems[:5]))


def _plain(draft: Draft) -> Copy:
    assert draft.brief is not None
    brief = draft.brief
    name = brief.name or read(draft.submission).person or Words(brief.language)("Welcome")
    title = f"{name} – {brief.trade}" if brief.trade and len(name + brief.trade) < LONGEST_TITLE else name
    return Copy(title=title, description=" ".join(brief.sentences[:2])[:300] or title)


def _clean(answer: dict[str, Any]) -> dict[str, str]:
    cleaned = {name: " ".join(str(value).split()) for name, value in answer.items()}
    if "tagline" in cleaned:
        cleaned["tagline"] = cleaned["tagline"].rstrip(".")
    return cleaned


def _wrong(name: str, value: str, source: str, draft: Draft) -> list[str]:
    assert draft.brief is not None
    language = draft.brief.language
    return faults(value, source, sentence=name == "description", language=language) + invented(
        value, source, language
    )


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
            draft.theme, css="", rung=min(draft.theme.rung, Rung.FIELDS, key=list(Rung).index)
        ),
        behaviour=dataclasses.replace(draft.behaviour, code=""),
    )


def _from_templates(draft: Draft) -> Draft:
    return dataclasses.replace(structure.fall_back(_without_markup(draft)), copy=_plain(draft))


__all__ = ["LlmError", "RefusedError", "assemble", "fall_back", "write"]

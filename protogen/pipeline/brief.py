"""Stage 1, analysis: Submission -> Brief.

Rules read what is regular; the model names what is not (trade, tone, offers, people, address). Whatever the
model names must stand in the customer's own words, or it is dropped.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any

from slugify import slugify

from protogen.checks.copy import other_script
from protogen.checks.facts import fold, locate
from protogen.checks.prices import PRICE
from protogen.draft import Brief, Draft, Fact, FactKind
from protogen.job import RESERVED_PROJECT_IDS
from protogen.llm.writer import Writer
from protogen.pipeline.address import find_address
from protogen.pipeline.naming import person_of
from protogen.pipeline.plan import plan_sections
from protogen.pipeline.prompt import ask, fenced, list_of, record, text
from protogen.pipeline.reading import Reading, read
from protogen.pipeline.wishes import is_wish

ASKED = {
    "trade": ("what kind of business it is, two to four words, such as bicycle workshop", text(40)),
    "tone": ("two adjectives for how it should sound", text(32)),
    "audience": ("who its visitors are, a few words", text(60)),
    "name": ("the name of the business, as written", text(48)),
    "people": ("first names of the people behind it", list_of(text(32), 3)),
    "offers": ("each product or service that is named, as written", list_of(text(40), 8)),
}
QUESTION = """The brief of this customer as compact JSON on one line, in the customer's words; "" or [] for
what is not said.
{asked}{wishes}"""
WISHES = "\nOf the site the customer says: {wishes}"
QUESTIONS = (
    "What do you do or sell?",
    "Where are you, and how can people reach you?",
    "What should a visitor do first?",
)
_SOMEWHERE = (FactKind.PLACE, FactKind.ADDRESS)
TAG_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without 0, o, 1, i and l, which people misread


def write(draft: Draft, writer: Writer) -> Draft:
    """The brief with the model's help. Raises LlmError where it gives none."""
    reading = read(draft.submission)
    wanted = _wanted(reading)
    question = QUESTION.format(
        asked="\n".join(f"{key}: {ASKED[key][0]}." for key in wanted),
        wishes=WISHES.format(wishes=fenced(" ".join(reading.wishes))) if reading.wishes else "",
    )
    schema = record(**{key: ASKED[key][1] for key in wanted})
    answer = writer.ask_json("nlp", "brief", ask(reading, question), schema, 60 * len(wanted))
    return _with_brief(draft, reading, _merge(reading, answer))


def fall_back(draft: Draft) -> Draft:
    """The brief by rule alone."""
    reading = read(draft.submission)
    return _with_brief(draft, reading, _by_rule(reading))


def project_id(name: str, seed: int) -> str:
    """A DNS label: the business's name and five characters that make it one of many."""
    slug = slugify(name, max_length=40, word_boundary=True) or "site"
    tag = "".join(TAG_LETTERS[seed // len(TAG_LETTERS) ** n % len(TAG_LETTERS)] for n in range(5))
    label = f"{slug}-{tag}"
    assert label not in RESERVED_PROJECT_IDS
    return label.removeprefix("xn--")


def _wanted(reading: Reading) -> list[str]:
    """What rules did not find: tokens are time."""
    wanted = ["trade", "tone", "audience", "people"]
    if not reading.name:
        wanted.append("name")
    if len(reading.offers) < 2:
        wanted.append("offers")
    return wanted


def _with_brief(draft: Draft, reading: Reading, brief: Brief) -> Draft:
    plan = plan_sections(
        brief, reading.trades, draft.seed, draft.pictures.photos, files=bool(draft.documents)
    )
    project = draft.project_id or project_id(brief.name or brief.trade, draft.seed)
    return dataclasses.replace(
        draft,
        project_id=project,
        url=draft.url.replace("{project_id}", project),
        brief=dataclasses.replace(brief, plan=plan),
    )


def _by_rule(reading: Reading) -> Brief:
    return Brief(
        name=reading.name,
        trade="",
        language=reading.language,
        scheme=reading.scheme,
        colours=reading.colours,
        features=reading.features,
        facts=(
            *reading.facts,
            *reading.offers,
            *find_address(reading.text),
            *_certificates(reading.text),
            *(_person(name, role, reading.text) for name, role in reading.given.people),
            *(_person(name, "", reading.text) for name in (person_of(reading.text),) if name),
        ),
        sentences=reading.sentences,
        faq=reading.questions,
        questions=_questions(reading),
        given=reading.given,
    )


def _questions(reading: Reading) -> tuple[str, ...]:
    """What a person would ask back where a request says too little to fill a page."""
    if reading.vague:
        return QUESTIONS
    thin = len(reading.sentences) < 3 and len(reading.offers) < 2 and "poll" not in reading.features
    return QUESTIONS[1:] if thin else ()


def _merge(reading: Reading, answer: dict[str, Any]) -> Brief:
    brief = _by_rule(reading)
    facts = list(brief.facts)
    known = {fold(fact.value) for fact in facts if fact.kind is FactKind.PERSON}
    people = [name for name in _people(answer, reading) if fold(name) not in known]
    facts += [_fact(FactKind.PERSON, name, reading.text) for name in people]
    facts += _more_offers(answer, reading)
    trade = str(answer.get("trade", "")).strip()
    return dataclasses.replace(
        brief,
        name=reading.name or _said(str(answer.get("name", "")), reading.text),
        trade=trade if _plain(trade, reading) and not _is_for(trade, reading.text) else "",
        audience=_loose(answer, "audience", reading),
        tone=_loose(answer, "tone", reading),
        facts=tuple(facts),
    )


def _said(value: str, source: str) -> str:
    """`value` as the source writes it, or '' where it does not."""
    span = locate(value.strip(" .,;"), source)
    return source[slice(*span)] if span else ""


def _fact(kind: FactKind, value: str, source: str) -> Fact:
    return Fact(kind, value, locate(value, source) or (0, 0))


def _person(name: str, role: str, source: str) -> Fact:
    return dataclasses.replace(_fact(FactKind.PERSON, name, source), detail=role)


def _plain(value: str, reading: Reading) -> bool:
    """True for a few words in the page's script that the request could carry: most of them are in it."""
    words = [fold(word) for word in re.findall(r"\w+", value)]
    source = fold(reading.text)
    known = [word for word in words if word[: max(4, len(word) - 2)] in source]
    return (
        bool(words)
        and not other_script(value, reading.text, reading.language)
        and 2 * len(known) >= len(words)
        and not is_wish(value)
    )


def _is_for(trade: str, source: str) -> bool:
    """Whether the words are named only as those whom the business is for (`software for small ferry companies`)."""
    word = re.escape(fold(trade).split()[0][:6])
    said = fold(source)
    whom = re.findall(rf"\bfor (?!(?:our|my|the|an?)\b)(?:\w+ ){{0,2}}{word}", said)
    return bool(whom) and len(whom) == len(re.findall(rf"\b{word}", said))


def _loose(answer: dict[str, Any], key: str, reading: Reading) -> str:
    """A word for the studio, not for the page: anything in the right script."""
    value = str(answer.get(key, "")).strip()
    return "" if other_script(value, reading.text, reading.language) else value


def _people(answer: dict[str, Any], reading: Reading) -> Iterable[str]:
    """Names said in the request itself: a contact's name alone is not for the page."""
    places = [fact.value for fact in (*reading.facts, *find_address(reading.text)) if fact.kind in _SOMEWHERE]
    taken = fold(" ".join((reading.name, *places)))
    for value in answer.get("people") or ():
        whole, first = str(value).strip(), str(value).strip().split(" ")[0]
        name = _said(whole, "\n".join(reading.sentences)) or _said(first, "\n".join(reading.sentences))
        counted = re.search(rf"\b{re.escape(name)}\.?\s\d", reading.text)  # "Max 9 people"
        place = re.search(
            rf"\b(?:in|at|near|around|outside|across|to) (?:the )?{re.escape(name)}\b", reading.text
        )
        nobody = fold(name) in taken or counted or place
        if name and name[:1].isupper() and not nobody and len(name.split()) < 5:
            yield name


def _more_offers(answer: dict[str, Any], reading: Reading) -> list[Fact]:
    """Offers that the model found and rules did not: nouns from the customer's own sentences."""
    known = [fold(offer.value) for offer in reading.offers]
    if len(known) >= 2:
        return []
    more = []
    for row in answer.get("offers") or ():
        value = _said(str(row), "\n".join(reading.sentences))
        if not value or len(value.split()) > 5 or is_wish(value) or PRICE.search(value):
            continue
        if any(fold(value) in k or k in fold(value) for k in known) or fold(value) in fold(reading.name):
            continue
        deed = re.search(rf"\b(?:can|could|to|and) {re.escape(value)}\b", reading.text)
        if fold(value).startswith("to ") or (deed and " " not in value):
            continue  # what is done is not what is offered
        known.append(fold(value))
        more.append(_fact(FactKind.OFFER, value, reading.text))
    return more


_CERTIFIED = re.compile(
    r"[^.\n]*\b(?:registered|certified|chartered|licen[sc]ed|accredited|registration|certificate|member of|IČO?|"
    r"USt-IdNr|geprüft|osvědčení|certificad[oa])\b[^.\n]*"
)


def _certificates(source: str) -> list[Fact]:
    """Sentences that name a registration with its number, as they stand."""
    found = (match for match in _CERTIFIED.finditer(source) if re.search(r"\d{3}", match.group()))
    return [
        Fact(FactKind.CERTIFICATE, match.group().strip(), match.span())
        for match in found
        if len(match.group()) <= 90
    ]

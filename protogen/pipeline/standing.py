"""Which of the model's words may stand in a section: whole texts, and of the longer ones the sentences that may."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence

from protogen.checks.copy import said_before, same_sentences, sentences
from protogen.checks.facts import YEAR, fold
from protogen.checks.times import DAYS
from protogen.pipeline.context import Context, Fields
from protogen.pipeline.objections import objections
from protogen.pipeline.slots import LONGEST

MOST_TRIES = 4  # at the words of a section, and of the whole site
ALIKE_WORDS = 4  # two items whose sentences share so many in a row say nothing of either
LEAST_WORDS = 5  # of a text that lost a sentence
_ABOUT_QUESTIONS = re.compile(r"\b(?:questions?|ask\w*|answers?|answered|faq|know|wonder\w*)\b", re.I)
_PROSE = ("lead", "body")
_NO_STORY = ("process", "poll")  # a line above steps tells no history
_LEAST_OF_LEAD = 4  # words
_WAYS = {
    "email": re.compile(r"\be-?mail", re.I),
    "phone": re.compile(r"\b(?:call|ring|phone|telephone) (?:us|me)\b|\bby (?:phone|telephone)\b", re.I),
}
_STEM = re.compile(r"\b[^\W\d_]{4,5}")  # enough of a step's word to know it in another form
_HEADS = ("headline", "heading")
_LEANS = re.compile(
    r"(?:they|it|he|she|this|these|that|those|their|its|his|her|also|and|but|so|then)\b", re.I
)
"""A sentence that begins so leans on the one before."""


def faults(answer: Fields, context: Context, earlier: Sequence[str]) -> dict[str, list[str]]:
    """Reasons by name of the field, or of the item, that may not stand beside the `earlier` texts of the page."""
    items = answer.get("texts", {})
    texts = [(name, value) for name, value in answer.items() if isinstance(value, str)]
    bad: dict[str, list[str]] = {}
    own: list[str] = []
    for name, value in (*texts, *items.items()):
        reasons = _reasons(name, value, context, [*earlier, *own], item=name in items)
        reasons += [
            f"said before: {piece}"
            for piece in [said_before(value, own, ALIKE_WORDS)]
            if piece and name in items
        ]
        if reasons:
            bad[name] = reasons
        own.append(value)
    return bad


def misfits(kind: str, fields: Fields, answer: Fields) -> dict[str, list[str]]:
    """Reasons by name of the field why true words do not fit where they would stand."""
    bad: dict[str, list[str]] = {}
    heading, lead = str(answer.get("heading", "")), str(answer.get("lead", ""))
    items = fields.get("items", ())
    if heading and kind == "faq" and not _ABOUT_QUESTIONS.search(heading):
        bad["heading"] = ["is no heading of questions"]
    if len(re.findall(r"\d+", heading)) > 1:
        bad["heading"] = ["is a list of numbers"]
    names = [str(item.get("name", "")) for item in items]
    if heading and len(names) > 2 and (only := _only_named(heading, names)):
        bad["heading"] = [f"names one of many: {only}"]
    if len(_named(lead, names)) > max(2, len(names) // 2):
        bad["lead"] = ["lists what stands below"]
    if kind in _NO_STORY and YEAR.search(lead):
        bad["lead"] = ["tells of a year"]
    if kind == "contact" and (way := _way_not_given(lead, fields)):
        bad["lead"] = [f"names a way that is not given: {way}"]
    if (
        kind == "process"
        and heading
        and not any(step in fold(heading) for step in _STEM.findall(fold(" ".join(names))))
    ):
        bad["heading"] = ["is not of the steps"]
    told = _days(" ".join(str(item.get("when", "")) for item in items))
    if kind == "events" and len(told) > 1 and (said := _days(lead)) and said != told:
        bad["lead"] = ["says other days than the rows"]
    return bad


def _way_not_given(lead: str, fields: Fields) -> str:
    """The way to reach a business that a line names and its section does not have."""
    return next((way for way, words in _WAYS.items() if words.search(lead) and not fields.get(way)), "")


def _days(text: str) -> set[int]:
    """The weekdays that a text names, Monday is 0."""
    return {
        DAYS[word]
        for each in re.findall(r"\w+", fold(text))
        for word in (each, each.removesuffix("s"))
        if word in DAYS
    }


def _only_named(heading: str, names: Sequence[str]) -> str:
    """The one thing of a list that a heading names, by a word that no other has; '' where it is none or several."""
    named = _named(heading, names)
    return named[0] if len(named) == 1 else ""


def _named(text: str, names: Sequence[str]) -> list[str]:
    """Those of the names of which a text has a word that no other of them has."""
    words = [{word[:5] for word in re.findall(r"[^\W\d_]{4,}", fold(name))} for name in names]
    said = {word[:5] for word in re.findall(r"[^\W\d_]{4,}", fold(text))}
    every = Counter(word for each in words for word in each)
    return [name for name, each in zip(names, words, strict=True) if any(every[w] == 1 for w in each & said)]


def mended(answer: Fields, bad: Container[str], context: Context, earlier: Sequence[str]) -> Fields:
    """The answer without what may not stand; of a paragraph that may not, the sentences that may are left."""
    kept = without(answer, bad)
    for name in _PROSE:
        if name in bad and (
            text := _sentences_that_may(name, str(answer[name]), context, [*earlier, *_strings(kept)])
        ):
            kept[name] = text
    return kept


def without(answer: Fields, bad: Container[str]) -> Fields:
    """The answer without the texts that may not stand, and without empty ones."""
    kept = {name: value for name, value in answer.items() if name not in bad and value}
    if "texts" in kept:
        kept["texts"] = {name: value for name, value in kept["texts"].items() if name not in bad}
    return kept


def _reasons(
    name: str, text: str, context: Context, earlier: Sequence[str], *, item: bool = False
) -> list[str]:
    sentence = item or name in _PROSE
    reasons = objections(
        text, context.reading.text, context.brief.language, sentence=sentence, item=name if item else ""
    )
    again = [*same_sentences([text], earlier), said_before(text, earlier)]
    if name in _HEADS:
        again += [text for each in earlier if len(each) <= LONGEST["headline"] and fold(text) in fold(each)]
    reasons += [f"said before: {piece}" for piece in again if piece]
    if name == "lead" and len(text.split()) < _LEAST_OF_LEAD:
        reasons.append("says too little")
    longest = LONGEST.get(name, LONGEST["text"])
    if len(text) > longest:
        reasons.append("too long")
    elif len(text) == longest and name in _HEADS:
        reasons.append("cut off")  # a heading has no full stop to tell by; the schema ended it
    return reasons


def _sentences_that_may(name: str, text: str, context: Context, earlier: Sequence[str]) -> str:
    kept: list[str] = []
    dropped = False
    for sentence in sentences(text):
        leans = dropped and _LEANS.match(sentence)
        dropped = bool(leans or _reasons(name, sentence, context, [*earlier, *kept]))
        if not dropped:
            kept.append(sentence)
    left = " ".join(kept)
    whole = len(left.split()) >= LEAST_WORDS and not _reasons(name, left, context, earlier)
    return left if whole else ""


def _strings(answer: Fields) -> list[str]:
    return [value for value in answer.values() if isinstance(value, str)]


def has_words(answer: Fields) -> bool:
    """Whether there is any text in the answer."""
    return any(_strings(answer)) or any(answer.get("texts", {}).values())

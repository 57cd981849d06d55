"""What a customer sells or does, and the questions they answer: found by the forms in which people list things."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator, Sequence

from protogen.checks import facts as found
from protogen.checks.copy import sentences
from protogen.checks.facts import fold
from protogen.checks.lexicon import NUMBER_WORDS
from protogen.checks.prices import PRICE
from protogen.checks.times import MOMENT
from protogen.draft import Fact, FactKind
from protogen.pipeline.wishes import is_wish
from protogen.site.colour import find_colours

MAX_OFFERS = 12
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d\d(?:\s?[ap]m)?\b", re.I)
_COUNTED = re.compile(rf"^(?:\d|age\b|(?:{'|'.join(NUMBER_WORDS)})\b)", re.I)
_IS_NAMED = re.compile(
    r"[^\W\d_](?!.*\b(?:on|and|at|from|starts?|begins?|is|are|every|each|the|until|und|a|am|ab|v)$)"
)
_CLOCK_AFTER = re.compile(r",\s*(\d{1,2}[:.]\d\d(?:\s?[ap]m)?)\s*$", re.I)
_VERB = re.compile(
    r"(?:\b(?:sells?|we offer|i offer|offering|provides?|(?:offers|services|products|treatments)(?=:)|"
    r"we do|i do|we make|i make|we repair|i repair|nabízíme|nabízím|prodáváme|vyrábíme|děláme|opravujeme|"
    r"bieten(?: wir)?|verkaufen|anbieten|vendemos|ofrecemos|ofrezco|oferecemos|ofereço|vendons|proposons|"
    r"oferujemy|sprzedajemy|offriamo|vendiamo|предлагаем|продаем|пропонуємо)\b)\s*:?\s*(.+)",
    re.I,
)
BULLET_LINE = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+([^,:;(\n–—]+)(.*)$", re.M)
# What stands in brackets behind a price: `€19 a month (one user, 50 berths)`.
_HELD = re.compile(
    r"\s*((?:a|per|each|/|pro|im|par|al|por|za|na)\s?[^\W\d_]+|monatlich|měsíčně|miesięcznie)?\s*\(([^()\n]{3,160})\)",
    re.I,
)
_CATEGORY = re.compile(r"categor|kategori|catégor|категор", re.I)
_NOT_AN_OFFER = re.compile(
    r"^[A-ZÀ-Þ]\w+$|\b(?:it|me|us|them|this|that|yes|no|included|closed)\b|\d{4}", re.I
)
_SEPARATOR = re.compile(
    r"[,;]\s+(?![^()]*\))(?:and |und |et |y )?|\s+(?:and|und|et|y|oraz|и|та)\s+(?![^()]*\))"
)


def find_offers(text: str, facts: Sequence[Fact], places: Sequence[Fact]) -> tuple[Fact, ...]:
    """Products and services in the order of the text: items of a list, what has a price, what follows "we sell"."""
    offers: list[Fact] = []
    ways = (_bullets(text), timetabled(text), _priced(facts), _listed(text, facts, places))
    for name, detail in itertools.chain(*ways):
        _add(offers, name, detail, text)
    return tuple(sorted(offers, key=lambda offer: offer.span)[:MAX_OFFERS])


def in_lists(text: str, facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """The facts with those in a list given to their item: its price is the item's, its times are not opening hours."""
    changed = []
    timed = [detail for _, detail in timetabled(text)]
    for fact in facts:
        item = next((m for m in BULLET_LINE.finditer(text) if m.start() <= fact.span[0] < m.end()), None)
        held = _HELD.match(text, fact.span[1]) if fact.kind is FactKind.PRICE and fact.item else None
        if held and not item:
            value = " ".join(filter(None, (fact.value, held[1])))
            changed.append(dataclasses.replace(fact, value=value, detail=held[2].strip()))
        elif item and fact.kind is FactKind.PRICE:
            row = _dated(item)
            changed.append(dataclasses.replace(fact, item=row[0] if row else item[1].strip(" .")))
        elif fact.kind is not FactKind.HOURS or not (item or any(fact.value in each for each in timed)):
            changed.append(fact)
    return tuple(changed)


def find_questions(text: str) -> tuple[tuple[str, str], ...]:
    """(question, answer) where a customer asks and answers in the next sentence, as in a list of usual questions."""
    spoken = sentences(text)
    pairs = []
    for asked, answered in itertools.pairwise(spoken):
        if asked.endswith("?") and not answered.endswith("?"):
            pairs.append((asked.rsplit(": ", 1)[-1].strip(), answered))
    return tuple(pairs)


def timetabled(text: str) -> list[tuple[str, str]]:
    """What stands in a list with when it takes place: `Hatha Mon 18:00, Yin Wed 19:30`; `12 May 2027 concert`."""
    found_rows: list[tuple[str, str]] = []
    for line in sentences(text):
        pieces = re.split(r"[;\n]\s*|,\s+(?=[^\W\d_])", re.sub(r"^[^:,;\d]{2,30}:\s", "", line))
        rows = [_row(piece) for piece in pieces if MOMENT.search(piece)]
        if len(rows) > 1 and all(_IS_NAMED.match(name) for name, _ in rows):
            found_rows += rows
    return found_rows


def _dated(bullet: re.Match[str]) -> tuple[str, str] | None:
    """What and when of a line of a list that begins with its day (`4 May 2027 - Town Hall - 20:00 - free`)."""
    line = (bullet[1] + bullet[2]).strip()
    day = MOMENT.match(line)
    if not day:
        return None
    rest = PRICE.sub("", line[day.end() :])
    clock = _CLOCK.search(rest)
    parts = [part.strip(" ,.") for part in re.split(r"\s[-–—]\s|;\s", _CLOCK.sub("", rest))]
    name, *more = [part for part in parts if re.search(r"[^\W\d_]", part)] or [""]
    when = f"{day.group()}, {clock.group()}" if clock and not _CLOCK.search(day.group()) else day.group()
    return (name, ", ".join([when, *more])) if name else None


def _row(piece: str) -> tuple[str, str]:
    """What takes place, and when with all else that is said of it; the first is empty where nothing is named."""
    moment = MOMENT.search(piece)
    assert moment
    before, after = piece[: moment.start()].strip(" ,:–-"), piece[moment.end() :].strip(" ,:.–-")
    if before:
        return before, ", ".join(filter(None, (moment.group(), after)))
    clock = _CLOCK_AFTER.search(after)
    name = _CLOCK_AFTER.sub("", after).strip(" ,")
    return name, ", ".join(filter(None, (moment.group(), clock[1] if clock else "")))


def _bullets(text: str) -> Iterator[tuple[str, str]]:
    for match in BULLET_LINE.finditer(text):
        if row := _dated(match):
            yield row
            continue
        name = PRICE.sub("", match[1]).strip(" .")
        detail = PRICE.sub("", match[2]).strip(" ,;:.–—-")
        if not is_wish(match.group()):
            yield name, re.sub(r"\s*,\s*(?:[,.]\s*)+", ", ", detail)


def _priced(facts: Sequence[Fact]) -> Iterator[tuple[str, str]]:
    return ((fact.item, "") for fact in facts if fact.kind is FactKind.PRICE and fact.item)


def _listed(text: str, facts: Sequence[Fact], places: Sequence[Fact]) -> Iterator[tuple[str, str]]:
    """Parts of a sentence that lists, after a word of offering or standing alone."""
    asked = {sentence for pair in find_questions(text) for sentence in pair}
    elsewhere = (
        FactKind.LANGUAGE,
        FactKind.PLACE,
        FactKind.HOURS,
        FactKind.PHONE,
        FactKind.EMAIL,
        FactKind.YEAR,
    )
    for sentence in sentences(BULLET_LINE.sub("", text)):
        others = [f for f in (*facts, *places) if f.kind in elsewhere and f.value in sentence]
        match = _VERB.search(sentence)
        if _CATEGORY.search(sentence) or is_wish(sentence) or sentence in asked or sentence.endswith("?"):
            continue
        if len(sentence.split()) <= 8 and find_colours(sentence).colours:
            continue
        if match:
            yield from _parts(match[1])
        elif not others and len(parts := _parts(sentence)) >= 3:
            names = [name for name, _ in parts]
            if not any(map(_NOT_AN_OFFER.search, names[1:])) and not any(map(_COUNTED.match, names)):
                yield from parts


def _parts(text: str) -> list[tuple[str, str]]:
    """`a (x), b and c` as [(a, x), (b, ''), (c, '')]; empty unless every part is short."""
    text = re.sub(r",?\s+(?:and|und|et|y|oraz|nebo|и|та|a)\s+on\s+\w+day.*", "", text.rstrip(". "))
    text = re.sub(r"\s+(?:to order|day and night|na objednávku|auf bestellung)(?=\W|$)", "", text, flags=re.I)
    parts = []
    for piece in _SEPARATOR.split(text):
        match = re.match(r"([^()]+)(?:\(([^()]*)\))?", piece.strip())
        name = PRICE.sub("", match[1]).strip(" :-–") if match else ""
        name = re.sub(r"^(?:our|the|a|an)\s+", "", name, flags=re.I)
        if match and name:
            parts.append((name, (match[2] or "").strip()))
    if any(len(name.split()) > 5 or len(name) > 48 for name, _ in parts):
        return []
    return parts


def _holds(whole: str, part: str) -> bool:
    """Whether the words of `part`, or many of it, stand in `whole`: honey does not in honeycomb."""
    return bool(re.search(rf"(?<!\w){re.escape(part)}(?:s|es|n|en|e|y|i)?(?!\w)", whole))


def _add(offers: list[Fact], name: str, detail: str, text: str) -> None:
    span = found.locate(name, text)
    known = {fold(offer.value) for offer in offers}
    overlap = any(_holds(fold(name), each) or _holds(each, fold(name)) for each in known)
    if span and re.search(r"[^\W\d_]{3}", name) and len(name.split()) < 8 and not overlap:
        detail = "" if PRICE.search(detail) else detail
        offers.append(Fact(FactKind.OFFER, text[slice(*span)], span, "", detail[:120]))

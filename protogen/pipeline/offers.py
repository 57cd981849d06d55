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
from protogen.checks.times import MOMENT, ONLY_CLOCK
from protogen.draft import Fact, FactKind
from protogen.pipeline.wishes import is_wish
from protogen.site.colour import find_colours

MAX_OFFERS = 12
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d\d(?:\s?[ap]m)?\b", re.I)
_COUNTED = re.compile(rf"^(?:\d|age\b|(?:{'|'.join(NUMBER_WORDS)})\b)", re.I)
_DISTANCE = r"\d{1,3}\s?(?:km|k|m|miles?)\b"
_PIECE = re.compile(rf"[;\n]\s*|,\s+(?=[^\W\d_]|{_DISTANCE})")
_LONGEST_NAME = 6  # words; where and with whom something takes place is said beside it
_BESIDE = re.compile(r"\s(?:at|in|on|with|by|im|in|am|auf|mit|v|ve|na|s|en|con|à|au|avec)\s")
_IS_NAMED = re.compile(
    rf"{_DISTANCE}|"
    r"[^\W\d_](?!.*\b(?:on|and|at|from|starts?|begins?|is|are|every|each|the|until|und|a|am|ab|v)$)"
)
_CLOCK_AFTER = re.compile(r",\s*(\d{1,2}[:.]\d\d(?:\s?[ap]m)?)\s*$", re.I)
_VERB = re.compile(
    r"(?:\b(?:sells?|we offer|i offer|offering|provides?|(?:offers|services|products|treatments)(?=:)|"
    r"we do|i do|we make|i make|we repair|i repair|nabízíme|nabízím|prodáváme|vyrábíme|děláme|opravujeme|"
    r"bieten(?: wir)?|verkaufen|anbieten|vendemos|ofrecemos|ofrezco|oferecemos|ofereço|vendons|proposons|"
    r"oferujemy|sprzedajemy|offriamo|vendiamo|pečeme|pečieme|vaříme|varíme|ponúkame|predávame|pieczemy|предлагаем|продаем|пропонуємо)\b)\s*:?\s*(.+)",
    re.I,
)
BULLET_LINE = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+([^,:;(\n–—]+)(.*)$", re.M)
_CATEGORY = re.compile(r"categor|kategori|catégor|категор", re.I)
_NOT_AN_OFFER = re.compile(r"\b(?:it|me|us|them|this|that|yes|no|included|closed)\b|\d{4}", re.I)
_ONE_WORD = re.compile(r"\w+")  # of a list without a price it may be a place or a mood
_NO_THING = re.compile(
    r"(?:for|from|with|without|to|in|on|at|per|by|für|mit|ab|pro|za|od|par|pour|para|con|dla|per)\s"
    r"|.*\s(?:is|are|was|were|has|have|will|can|costs?|kostet|kosten|ist|sind|je|jsou|es|est|sont)\s",
    re.I,
)
_LABEL = re.compile(r"^[^:,;()\d]{2,30}:\s")  # `The rooms: …`
_OF_CZECH = re.compile(r"[ěščřžůťďňľĺŕ]", re.I)  # in English `a` is no `and`
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
        if item and fact.kind is FactKind.PRICE:
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
        head, _, tail = line.partition(": ")
        pieces = _PIECE.split(line if not tail or _CLOCK.search(head) else tail)
        for pattern, least in ((MOMENT, 2), (ONLY_CLOCK, 3)):
            rows = [_row(piece, match) for piece in pieces if (match := pattern.search(piece))]
            if len(rows) >= least and all(_IS_NAMED.match(name) for name, _ in rows):
                found_rows += rows
                break
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


def _row(piece: str, moment: re.Match[str]) -> tuple[str, str]:
    """What takes place, and when with all else that is said of it; the first is empty where nothing is named."""
    before, after = piece[: moment.start()].strip(" ,:–-"), piece[moment.end() :].strip(" ,:.–-")
    if before:
        return before, ", ".join(filter(None, (moment.group(), after)))
    clock = _CLOCK_AFTER.search(after)
    name = _CLOCK_AFTER.sub("", after).strip(" ,")
    said = ""
    if len(name.split()) > _LONGEST_NAME and (beside := _BESIDE.search(name)):
        name, said = name[: beside.start()], name[beside.start() :].strip()
    return name, ", ".join(filter(None, (moment.group(), clock[1] if clock else "", said)))


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
        elif not others:
            yield from things_listed(sentence)


def things_listed(sentence: str) -> list[tuple[str, str]]:
    """(thing, what is said of it in brackets) where a sentence is but a list of things: `The rooms: …`; else empty."""
    parts = _parts(_LABEL.sub("", sentence))
    names = [name for name, _ in parts]
    one_word = not PRICE.search(sentence) and any(map(_ONE_WORD.fullmatch, names[1:]))
    no_things = any(_NOT_AN_OFFER.search(name) or _COUNTED.match(name) for name in names)
    return [] if len(parts) < 3 or one_word or no_things else parts


def _parts(text: str) -> list[tuple[str, str]]:
    """`a (x), b and c` as [(a, x), (b, ''), (c, '')]; empty unless every part is short."""
    text = re.sub(r",?\s+(?:and|und|et|y|oraz|nebo|и|та|a)\s+on\s+\w+day.*", "", text.rstrip(". "))
    text = re.sub(
        r"(?:^|\s+)(?:to order|day and night|na objednávku|auf bestellung)(?=\W|$)", "", text, flags=re.I
    )
    if _OF_CZECH.search(text):
        text = re.sub(r"\s+a\s+(?=\S+$)", ", ", text)
    parts = []
    for piece in _SEPARATOR.split(text):
        match = re.match(r"([^()]+)(?:\(([^()]*)\))?", piece.strip())
        name = PRICE.sub("", match[1]).strip(" :-–") if match else ""
        name = re.sub(r"^(?i:our|the|an?)\s+(?=[^A-ZÀ-Þ]|[A-ZÀ-Þ]+\b)|^(?i:our)\s+", "", name)
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
    thing = re.search(r"[^\W\d_]{3}|\d\s?km", name) and not _NO_THING.match(f"{name} ")
    if span and thing and len(name.split()) < 8 and not overlap:
        detail = "" if PRICE.search(detail) else detail
        offers.append(Fact(FactKind.OFFER, text[slice(*span)], span, "", detail[:120]))

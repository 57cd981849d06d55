"""What a customer says of the business, sentence by sentence, apart from what is wished of its site."""

from __future__ import annotations

import re
from collections.abc import Iterator

from protogen.checks import facts as found
from protogen.checks.copy import sentences
from protogen.checks.facts import fold
from protogen.checks.prices import PRICE
from protogen.checks.times import HOURS, HOURS_FIRST
from protogen.draft import Given
from protogen.pipeline.address import find_address
from protogen.pipeline.language import other_language
from protogen.pipeline.offers import BULLET_LINE, find_questions, things_listed, timetabled
from protogen.pipeline.wishes import is_wish, speaks_of_site
from protogen.site.colour import find_colours

_FILLERS = re.compile(r"^(?:(?:so|well|ok|okay|hi|hello|hey|um|uh|basically|anyway)\b[,!]?\s+)+", re.I)
_SMALL_WORD = re.compile(r"[a-zà-öø-ÿа-яčďěľňřšťůž]+(?![\w'’-]*[A-Z])")  # not "iFix"
_BESIDE_ADDRESS = re.compile(  # an e-mail begins and ends no sentence by a capital
    rf"({found.EMAIL.pattern})\.[ \t]+()(?=[a-z])|(?<=\w)()\.[ \t]+({found.EMAIL.pattern})", re.I
)
_PHONE = re.compile(r"(?:\b(?:tel\w*|phone|call|mobile?|fax)\b[.: ]*)?\+?\d[\d ()/.-]{6,}\d", re.I)
_BEGINS_WISH = re.compile(
    r"(?:and |so |but )?(?:(?:i|we|they|people|parents|visitors|customers|clients|members|users) )?"
    r"(?:want|wants|would like|would love|need|needs|should|must|please)\b",
    re.I,
)
_OF_HOURS = frozenset(
    "open opening hours we are is the shop office from on and closed otevreno oteviraci doba mame geoffnet "
    "offnungszeiten wir haben ouvert horaires abierto horario aberto czynne otwarte aperto uhr".split()
)
_LEAST_BESIDE_HOURS = 3  # words, for a sentence that says more than when it is open
_LEAST_BEFORE_WISH = 6  # words
_COSTS = re.compile(
    r"\b(?:costs?|is|are|kostet|kosten|stojí|stoja|cuestan?|coûtent?|kosztuj\w+|costan?)\b", re.I
)
_OF_ROW = 3  # words before the price, `from` among them: a sentence of more says something of the thing
_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|day|afternoon|evening)|many thanks|thanks|thank you|cheers|(?:kind |best )?"
    r"regards|best wishes|ahoj|dobrý den|děkuji|hallo|guten tag|danke|viele grüße|hola|gracias|bonjour|merci|ciao|"
    r"buongiorno|grazie|cześć|dzień dobry|olá|obrigad[oa])\b(?:[ ,]+[\w'’-]+){0,4}\s*[!.,]*",
    re.I,
)
_LABELLED = re.compile(
    r"(?:areas?|areas we \w+|we (?:cover|serve)|oblasti?|einzugsgebiet|zonas?|secteurs?)\b[^:.]{0,20}:", re.I
)
_BRACKETS = re.compile(r"\([^()]+\)[^()]*\(")  # of a list whose things have something said of each
_SIGNS = re.compile(r"[<>{}\[\]=`|\\]")  # of code: not a customer's sentence


def own_sentences(text: str) -> tuple[str, ...]:
    """The customer's sentences about themselves: such as may stand on the page as they are."""
    return tuple(
        s
        for s in _spoken(text)
        if not _only_hours(s)
        and not _only_contact(s)
        and 3 <= len(s.split()) <= 40
        and len(re.findall(r"[^\W\d_]{2,}", s)) > 1
        and not found.EMAIL.search(s)
        and len(PRICE.findall(s)) < 2
        and not _is_row(s)
        and not timetabled(s)
        and not _LABELLED.match(s)
        and not (_BRACKETS.search(s) and things_listed(s))
    )


def rest_of(text: str, language: str, given: Given) -> tuple[str, ...]:
    """What else is said: contacts, prices, hours, which sections tell better than a story."""
    own = set(own_sentences(text))
    return tuple(
        s
        for s in _spoken(text)
        if s not in own
        and 2 <= len(s.split()) <= 60
        and not any(piece in s for piece in given.elsewhere)
        and not foreign(s, language)
        and not found.LINK.search(s)
        and not _SIGNS.search(s)
    )


def _spoken(text: str) -> Iterator[str]:
    """What is said of the business, sentence by sentence: no wishes for the site, no list, no answered question."""
    asked = {sentence for pair in find_questions(text) for sentence in pair}
    wished = set(find_colours(text).colours)  # a street may be called "Green Lane"
    for spoken in sentences(_BESIDE_ADDRESS.sub(_parted, BULLET_LINE.sub("", text))):
        looks = len(spoken.split()) <= 8 and wished & set(find_colours(spoken).colours)
        if looks or speaks_of_site(spoken):
            spoken = _before_wish(spoken)
        if _GREETING.fullmatch(spoken):
            continue
        if timetabled(spoken) and len((head := spoken.partition(": ")[0]).split()) >= _LEAST_BEFORE_WISH:
            yield f"{head}."  # `The run takes place on 13 June in Ely: 5 km at 9:30, …`
        if spoken and spoken.rsplit(": ", 1)[-1] not in asked and re.match(r"[\w\"“„£€$]", spoken):
            yield spoken


def _parted(match: re.Match[str]) -> str:
    return f"{match[1] or ''}.\n{match[4] or ''}"


def _before_wish(spoken: str) -> str:
    """What is said of the business before a wish in the same sentence (`We need helpers, want a form for them`)."""
    for comma in re.finditer(r",\s+", spoken):
        head = spoken[: comma.start()]
        if _BEGINS_WISH.match(spoken, comma.end()) and len(head.split()) >= _LEAST_BEFORE_WISH:
            return "" if is_wish(head) else f"{head}."
    return ""


def begun(spoken: str) -> str:
    """A sentence with a capital, however its writer begins his."""
    spoken = _FILLERS.sub("", spoken)
    return re.sub(r"^[^\W\d_]", lambda m: m.group().upper(), spoken) if _SMALL_WORD.match(spoken) else spoken


def _only_hours(sentence: str) -> bool:
    """True where a sentence says little but when it is open: that has a section of its own."""
    rest = HOURS_FIRST.sub("", HOURS.sub("", sentence))
    words = [word for word in re.findall(r"[^\W\d_]{2,}", fold(rest)) if word not in _OF_HOURS]
    return len(rest) * 2 < len(sentence) and len(words) < _LEAST_BESIDE_HOURS


def _only_contact(sentence: str) -> bool:
    """True where a sentence says little but a phone number or a street: they have a section of their own."""
    rest = _PHONE.sub("", sentence)
    for address in find_address(f". {sentence}"):
        rest = rest.replace(address.value, "")
    return rest != sentence and len(rest) * 2 < len(sentence)


def _is_row(line: str) -> bool:
    """True for a line of a price list: a thing and its price, and little else."""
    prices = list(PRICE.finditer(line))
    if not prices or prices[-1].end() < len(line.rstrip(" .!")) or _COSTS.search(line):
        return False
    return not line.rstrip().endswith((".", "!", "?")) or len(line[: prices[0].start()].split()) <= _OF_ROW


def foreign(sentence: str, language: str) -> bool:
    """True for a sentence that is surely in another language than the request: a page speaks one."""
    return bool(other_language(sentence, language))

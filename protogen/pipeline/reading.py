"""What rules alone find in a request: the part of the analysis that needs no model, and that none may overrule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import yaml

from protogen.checks import facts as found
from protogen.checks.copy import sentences
from protogen.checks.facts import fold
from protogen.draft import Fact, FactKind, Given
from protogen.pipeline.address import find_address
from protogen.pipeline.commands import commands, without_commands
from protogen.pipeline.given import find_given
from protogen.pipeline.language import detect, other_language
from protogen.pipeline.offers import BULLET_LINE, find_offers, find_questions, in_lists, timetabled
from protogen.pipeline.wishes import LOOKS, fields_wished, is_wish
from protogen.site.colour import find_colours
from protogen.site.paths import TEMPLATES
from protogen.submission import Submission

_AREA_WORDS = re.compile(
    r"(?:areas?|cover|serve|serving|oblast\w*|působíme|einzugsgebiet|zonas?|secteurs?|"
    r"obszar\w*)\b[^:.]{0,40}:\s*([^.\n]+)",
    re.I,
)
_CATEGORIES = re.compile(r"categor\w*|kategori\w*|catégor\w*|categor\w*|категор\w*", re.I)
_CALLED = re.compile(
    r"\b(?:called|named|jménem|s názvem|namens|heißt|llamad[ao]|appelée?|chamad[ao]|chiamat[ao]|"
    r"nazwie)\s+[\"“„]?((?:[\w&'’.-]+\s?){1,5})"
)
_IS_A = re.compile(r"^([\w&'’.-]+(?:\s[\w&'’.-]+){0,5}?)\s+(?:is|are|je|jsou|ist|es|est|é|jest|è|—|–)\s")
_COMPANY = re.compile(
    r"\b(?:company|business|firm|studio|shop|store|agency|club|firma|firmu|unternehmen|empresa|"
    r"entreprise)\s+((?:[A-ZÀ-ÞŠČŘŽ][\w&'’.-]*\s?(?:&\s)?){1,4})"
)
_RUNS = re.compile(
    r"\b(?:i|we)\s+(?:run|own|have|started|opened|lead)\s+((?:[A-ZÀ-ÞŠČŘŽ][\w'’-]*(?:\s(?:&\s)?)?){1,4})",
    re.I,
)
_WE_ARE = re.compile(
    r"\b(?:we are|we['’]re|jsme|sme|wir sind|nous sommes|somos|jesteśmy|siamo|wij zijn)\s+"
    r"((?:[A-ZÀ-ÞŠČŘŽ][\w&'’.-]*\s?(?:&\s)?){1,5})(?=[,.(:–-])",
    re.I,
)
_NAME_IN = re.compile(  # `Pension Sonnenhang in Mayrhofen`
    r"((?:[A-ZÀ-Þ][\w'’&-]*\s(?:&\s)?){1,3}[A-ZÀ-Þ][\w'’-]*)\s(?:in|v|ve|en|em|à|w|near|from)\s[A-ZÀ-Þ]"
)
_MY_NAME = re.compile(
    r"\b(?i:my name is|my name['’]s|jmenuji se|jmenuju se|ich heiße|mein name ist|je m['’]appelle|me llamo|"
    r"mi nombre es|me chamo|o meu nome é|mi chiamo|nazywam się|меня зовут|мене звати)\s+"
    r"((?:[A-ZÀ-ÞŠČŘŽŁŚА-ЯІЇЄ][\w'’-]+[ ,.]?){1,3})"
)
_NOT_A_NAME = frozenset(
    "we our i my the this it there these they jsme nase ich wir unser mein nous notre".split()
)
FORMS = frozenset({"order", "signup", "booking", "quote", "availability", "contact_form", "newsletter"})
_FILLERS = re.compile(r"^(?:(?:so|well|ok|okay|hi|hello|hey|um|uh|basically|anyway)\b[,!]?\s+)+", re.I)
_SMALL_WORD = re.compile(r"[a-zà-öø-ÿа-яčďěľňřšťůž]+(?![\w'’-]*[A-Z])")  # not "iFix"
_BESIDE_ADDRESS = re.compile(  # an e-mail begins and ends no sentence by a capital
    rf"({found.EMAIL.pattern})\.[ \t]+()(?=[a-z])|(?<=\w)()\.[ \t]+({found.EMAIL.pattern})", re.I
)
_PHONE = re.compile(r"(?:\b(?:tel\w*|phone|call|mobile?|fax)\b[.: ]*)?\+?\d[\d ()/.-]{6,}\d", re.I)
_LEAST_BEFORE_WISH = 6  # words
_SIGNS = re.compile(r"[<>{}\[\]=`|\\]")  # of code: not a customer's sentence
_PERSON = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){0,4}")


@dataclass(frozen=True, slots=True)
class Reading:
    """A request, read by rule. `text` is its source: what every word on the page is held to.

    `sentences` are the customer's own that may stand on the page as they are; `rest` is what else was said of the
    business (contacts, prices, hours), which sections tell better. `form` is what a form shall ask: label and kind
    as in HTML's `input`.
    """

    text: str
    language: str
    facts: tuple[Fact, ...]
    features: tuple[str, ...]
    trades: tuple[str, ...]
    offers: tuple[Fact, ...]
    questions: tuple[tuple[str, str], ...]
    categories: tuple[str, ...]
    sentences: tuple[str, ...]
    rest: tuple[str, ...]
    colours: tuple[str, ...]
    scheme: str
    form: tuple[tuple[str, str], ...]
    name: str
    person: str
    given: Given

    @property
    def wishes(self) -> tuple[str, ...]:
        """What the site must do: the customer's sentences about it, those on its looks left out."""
        said = (s for s in sentences(self.text) if s not in self.sentences)
        spoken = (s for s in said if is_wish(s) or fields_wished((s,)))
        return tuple(s for s in spoken if not LOOKS.search(fold(s)) and not find_colours(s).colours)

    @property
    def vague(self) -> bool:
        """True where nothing is said that a page could say."""
        return not self.sentences and not self.offers and not self.name and not self.features


def read(submission: Submission) -> Reading:
    """Everything that is regular in a submission; never fails, whatever it holds."""
    return _read(
        submission.description,
        submission.name.strip(),
        submission.contact_type,
        submission.contact_value.strip(),
    )


@lru_cache(maxsize=1)  # every stage of a job asks for the same one
def _read(description: str, name: str, contact_type: str, contact_value: str) -> Reading:
    text = clean(description)
    language = detect(text)
    person = name if _PERSON.fullmatch(name) else ""
    facts = in_lists(text, found.extract(text, language))
    source, contacts = _with_contact(text, contact_type, contact_value, facts)
    features = _features(text)
    places = _places(text)
    colours = find_colours(text)
    given = find_given(text, facts)
    return Reading(
        text="\n".join(filter(None, (source, person))),
        language=language,
        facts=(*facts, *contacts, *places),
        features=features,
        trades=_matching(_BESIDE.sub(" ", text), "trades"),
        offers=tuple(
            offer
            for offer in find_offers(text, facts, places)
            if not any(fold(name) in fold(offer.value) for name, _ in given.people)
        ),
        questions=tuple((_begun(asked), _begun(answer)) for asked, answer in find_questions(text)),
        categories=_categories(text),
        sentences=tuple(
            _begun(s)
            for s in own_sentences(text)
            if not any(piece in s for piece in given.elsewhere) and not _foreign(s, language)
        ),
        rest=tuple(map(_begun, _rest(text, language, given))),
        given=given,
        colours=colours.colours,
        scheme=colours.scheme,
        form=tuple(fields_wished(sentences(text))),
        name=_name(text, person),
        person=person,
    )


def clean(description: str) -> str:
    """The request as text: no markup, no code, no line that commands a program; wrapped lines joined."""
    text = without_commands(
        found.unwrap(without_commands(description))
    )  # line by line, then over wrapped lines
    return re.sub(r"\n{3,}", "\n\n", text).strip()


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
        and len(found.PRICE.findall(s)) < 2
        and not _is_row(s)
        and not timetabled(s)
    )


def _spoken(text: str) -> Iterator[str]:
    """What is said of the business, sentence by sentence: no wishes for the site, no list, no answered question."""
    asked = {sentence for pair in find_questions(text) for sentence in pair}
    wished = set(find_colours(text).colours)  # a street may be called "Green Lane"
    for spoken in sentences(_BESIDE_ADDRESS.sub(_parted, BULLET_LINE.sub("", text))):
        looks = len(spoken.split()) <= 8 and wished & set(find_colours(spoken).colours)
        if is_wish(spoken) or looks or fields_wished((spoken,)):
            spoken = _before_wish(spoken)
        if spoken and spoken.rsplit(": ", 1)[-1] not in asked and re.match(r"[\w\"“„£€$]", spoken):
            yield spoken


def _parted(match: re.Match[str]) -> str:
    return f"{match[1] or ''}.\n{match[4] or ''}"


def _before_wish(spoken: str) -> str:
    """What is said of the business before a wish in the same sentence (`We need helpers, want a form for them`)."""
    head, comma, _ = spoken.rpartition(", ")
    while comma and (is_wish(head) or fields_wished((f"{head},",))):
        head, comma, _ = head.rpartition(", ")
    return f"{head}." if comma and len(head.split()) >= _LEAST_BEFORE_WISH else ""


def _rest(text: str, language: str, given: Given) -> tuple[str, ...]:
    own = set(own_sentences(text))
    return tuple(
        s
        for s in _spoken(text)
        if s not in own
        and 2 <= len(s.split()) <= 60
        and not any(piece in s for piece in given.elsewhere)
        and not _foreign(s, language)
        and not found.LINK.search(s)
        and not _SIGNS.search(s)
    )


def _only_hours(sentence: str) -> bool:
    """True where a sentence says little but when it is open: that has a section of its own."""
    return len(found.HOURS_FIRST.sub("", found.HOURS.sub("", sentence))) * 2 < len(sentence)


def _only_contact(sentence: str) -> bool:
    """True where a sentence says little but a phone number or a street: they have a section of their own."""
    rest = _PHONE.sub("", sentence)
    for address in find_address(f". {sentence}"):
        rest = rest.replace(address.value, "")
    return rest != sentence and len(rest) * 2 < len(sentence)


def _is_row(line: str) -> bool:
    """True for a line of a price list: a thing and its price, and no full stop."""
    prices = list(found.PRICE.finditer(line))
    return (
        bool(prices)
        and prices[-1].end() >= len(line.rstrip())
        and not line.rstrip().endswith((".", "!", "?"))
    )


def _foreign(sentence: str, language: str) -> bool:
    """True for a sentence that is surely in another language than the request: a page speaks one."""
    return bool(other_language(sentence, language))


@cache
def plan_rules() -> dict[str, Any]:
    """site_templates/plan.yaml."""
    rules = yaml.safe_load((TEMPLATES / "plan.yaml").read_text("utf-8"))
    assert isinstance(rules, dict)
    return rules


# What is denied, or for later, is not asked for; and what a place lies beside is not the customer's trade.
_DENIED = re.compile(
    r"\b(?:no|without|kein\w*|ohne|bez|sans|sin|sem|senza|без)\s(?:[^\W\d_][\w'’-]*[ ,]?){1,3}"
    r"|(?:\b(?:not|never|nicht|pas|nechce\w*|nepotrebuj\w*)|n['’]t)\s(?:[^\W\d_][\w'’-]*\s?){1,6}"
    r"|\b(?:an?|the|our)\s(?:[\w'’-]+\s){1,2}later\b",
    re.I,
)
_BESIDE = re.compile(
    r"\b(?:above|next to|opposite|behind|near|beside|below|across from|round the corner from|between)\s"
    r"(?:the|a|an|our)\s[\w'’-]+|\b(?:repair|internet|language|board ?game|bike)\scaf[eé]",
    re.I,
)


def _features(text: str) -> tuple[str, ...]:
    """What the site is asked to do. A form is asked for where the site is spoken of, not in "orders by phone"."""
    wished = (s for s in sentences(text) if is_wish(s) or fields_wished((s,)))
    wishes = " ".join(_DENIED.sub(" ", s) for s in wished)
    text = _DENIED.sub(" ", text)
    asked = _matching(wishes, "features") if wishes else ()
    return tuple(
        name for name in _matching(text, "features") if name not in FORMS or not wishes or name in asked
    )


def _matching(text: str, table: str) -> tuple[str, ...]:
    plain = fold(text)
    return tuple(name for name, stems in _stem_patterns(table).items() if stems.search(plain))


@cache
def _stem_patterns(table: str) -> dict[str, re.Pattern[str]]:
    """What finds each entry of a table of plan.yaml in a folded text: any of its stems, as a word's beginning."""
    return {name: re.compile("|".join(map(_stem, stems))) for name, stems in plan_rules()[table].items()}


def _stem(stem: str) -> str:
    """A stem matches the beginning of a word; one that ends in a dot is the whole word."""
    return rf"\b{re.escape(fold(stem.removesuffix('.')))}" + (r"\b" if stem.endswith(".") else "")


def _with_contact(
    text: str, contact_type: str, value: str, facts: tuple[Fact, ...]
) -> tuple[str, tuple[Fact, ...]]:
    """The source text, and the contact as a fact where the request itself names no way to reach the customer.

    A contact is given to the agency, not to the public: it is printed only if the request asks for contact.
    """
    reachable = any(fact.kind in (FactKind.PHONE, FactKind.EMAIL, FactKind.LINK) for fact in facts)
    asks = set(_matching(text, "features")) & {
        "call",
        "quote",
        "booking",
        "contact_form",
        "availability",
        "order",
    }
    if reachable or not asks or not value:
        return text, ()
    kinds = {
        "email": FactKind.EMAIL,
        "phone": FactKind.PHONE,
        "whatsapp": FactKind.PHONE,
        "linkedin": FactKind.LINK,
    }
    kind = kinds.get(contact_type)
    if kind is None or (kind, value) not in {(fact.kind, fact.value) for fact in found.extract(value)}:
        return text, ()
    return f"{text}\n{value}", (Fact(kind, value, (len(text) + 1, len(text) + 1 + len(value))),)


def _places(text: str) -> tuple[Fact, ...]:
    match = _AREA_WORDS.search(text)
    if not match:
        return ()
    facts = []
    for part in re.finditer(r"[^,;]+", match[1]):
        name = re.sub(r"^(?:and|und|et|y|e|a|i)\s+", "", part.group().strip())
        if name[:1].isupper() and len(name) < 40 and (span := found.locate(name, text)):
            facts.append(Fact(FactKind.PLACE, name, span))
    return tuple(facts) if len(facts) > 1 else ()


def _categories(text: str) -> tuple[str, ...]:
    match = re.search(rf"(?:{_CATEGORIES.pattern})\s*(?:\(([^()]+)\)|:\s*([^.;]+))", text, re.I)
    if not match:
        return ()
    names = re.split(r",\s*|\s+(?:and|or|und|oder|a|et|ou|y|o|e)\s+", match[1] or match[2])
    return tuple(name.strip() for name in names if 1 < len(name.strip()) < 30)[:8]


def _name(text: str, person: str) -> str:
    """What the business calls itself, by the ways people introduce it; a person's own name for a person's site."""
    for pattern in (_CALLED, _COMPANY, _RUNS, _WE_ARE):
        if (match := pattern.search(text)) and (name := _capitalised(match[1])):
            return name
    first = next(iter(sentences(text)), "")
    if (
        (match := _IS_A.match(first))
        and match[1][:1].isupper()
        and (fold(match[1].split()[0]) not in _NOT_A_NAME or re.match(r"The [A-Z]\S* [A-Z]", match[1]))
    ):
        return match[1]
    if match := _NAME_IN.match(first):
        return match[1]
    head = first.split(",")[0].rstrip(".")
    if re.fullmatch(r"[A-ZÀ-Þ][\w'’-]+(?:\s(?:&|and|und|a|y|et|[A-ZÀ-Þ][\w'’-]+)){1,4}", head):
        return head
    speaks_as_i = re.search(r"\b(?:i am|i'm|my|sou|soy|je suis|ich bin|jsem|jestem|sono|я)\b", fold(text))
    own = person_of(text) or person
    return own if speaks_as_i and not commands(own) else ""


def person_of(text: str) -> str:
    """Who speaks, where he says his name; empty where not."""
    match = _MY_NAME.search(text)
    return _capitalised(match[1]) if match else ""


def _begun(spoken: str) -> str:
    """A sentence with a capital, however its writer begins his."""
    spoken = _FILLERS.sub("", spoken)
    return re.sub(r"^[^\W\d_]", lambda m: m.group().upper(), spoken) if _SMALL_WORD.match(spoken) else spoken


def _capitalised(words: str) -> str:
    """The leading words of a name: capitalised, with & or an article inside."""
    kept: list[str] = []
    for word in words.split():
        if (
            word[:1].isupper()
            or word[:1].isdigit()
            or (kept and word in ("&", "and", "und", "of", "the", "de", "a"))
        ):
            kept.append(word.rstrip(".,;:"))
            if word[-1] in ".,;:":
                break
        else:
            break
    while kept and kept[-1] in ("&", "and", "und", "of", "the", "de", "a"):
        kept.pop()
    return " ".join(kept)

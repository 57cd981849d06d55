"""What rules alone find in a request: the part of the analysis that needs no model, and that none may overrule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from protogen.checks import facts as found
from protogen.checks.copy import sentences
from protogen.checks.facts import fold
from protogen.draft import Fact, FactKind, Given
from protogen.pipeline.commands import without_commands
from protogen.pipeline.features import features_of, matching, trades_of
from protogen.pipeline.given import find_given
from protogen.pipeline.language import detect
from protogen.pipeline.naming import name_of
from protogen.pipeline.offers import find_offers, find_questions, in_lists
from protogen.pipeline.spoken import begun, foreign, own_sentences, rest_of
from protogen.pipeline.wishes import LOOKS, fields_wished, speaks_of_site
from protogen.site.colour import find_colours
from protogen.submission import Submission

_AREA_WORDS = re.compile(
    r"(?:areas?|cover|serve|serving|oblast\w*|působíme|einzugsgebiet|zonas?|secteurs?|"
    r"obszar\w*)\b[^:.]{0,40}:\s*([^.\n]+)",
    re.I,
)
_CATEGORIES = re.compile(r"categor\w*|kategori\w*|catégor\w*|categor\w*|категор\w*", re.I)
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
        spoken = (s for s in said if speaks_of_site(s))
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
    features = features_of(text)
    places = _places(text)
    colours = find_colours(text)
    given = find_given(text, facts)
    return Reading(
        text="\n".join(filter(None, (source, person))),
        language=language,
        facts=(*facts, *contacts, *places),
        features=features,
        trades=trades_of(text),
        offers=tuple(
            offer
            for offer in find_offers(text, facts, places)
            if not any(fold(name) in fold(offer.value) for name, _ in given.people)
        ),
        questions=tuple((begun(asked), begun(answer)) for asked, answer in find_questions(text)),
        categories=_categories(text),
        sentences=tuple(
            begun(s)
            for s in own_sentences(text)
            if not any(piece in s for piece in given.elsewhere) and not foreign(s, language)
        ),
        rest=tuple(map(begun, rest_of(text, language, given))),
        given=given,
        colours=colours.colours,
        scheme=colours.scheme,
        form=tuple(fields_wished(sentences(text))),
        name=name_of(text, person),
        person=person,
    )


def clean(description: str) -> str:
    """The request as text: no markup, no code, no line that commands a program; wrapped lines joined."""
    text = without_commands(
        found.unwrap(without_commands(description))
    )  # line by line, then over wrapped lines
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _with_contact(
    text: str, contact_type: str, value: str, facts: tuple[Fact, ...]
) -> tuple[str, tuple[Fact, ...]]:
    """The source text, and the contact as a fact where the request itself names no way to reach the customer.

    A contact is given to the agency, not to the public: it is printed only if the request asks for contact.
    """
    reachable = any(fact.kind in (FactKind.PHONE, FactKind.EMAIL, FactKind.LINK) for fact in facts)
    asks = set(matching(text, "features")) & {
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

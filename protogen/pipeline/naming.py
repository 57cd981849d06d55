"""What a business calls itself, and who speaks for it, by the ways people introduce themselves."""

from __future__ import annotations

import re

from protogen.checks.copy import sentences
from protogen.checks.facts import fold
from protogen.pipeline.commands import commands

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
_CAPITAL = r"[A-ZÀ-ÞĀĄĆČĎĐĘĚĞŁĽŃŇŐŒŘŚŠŞŤŮŰŹŻŽА-ЯЁІЇЄҐ]"
_INSIDE = (
    r"(?:(?:&|du|de|des|del|della|di|da|do|dos|la|le|les|las|los|u|na|of|the|for|at|zum|zur|am|im|van|den|der|"
    r"von)\s)*"
)
_PROPER = rf"{_CAPITAL}[\w'’&.-]*(?:\s{_INSIDE}{_CAPITAL}[\w'’&-]*)"  # `Brasserie du Lavoir`
_NAME_IN = re.compile(  # `Pension Sonnenhang in Mayrhofen`
    rf"({_PROPER}{{1,3}})\s(?:in|v|ve|en|em|à|w|near|from)\s{_CAPITAL}"
)
_NAME_FIRST = re.compile(  # `Wild Thread Flowers - a florist`, `Tidewise: route planning`, `Brasserie du Lavoir, bière`
    rf"({_PROPER}{{0,4}})(?:\s[-–—]\s|:\s)(?=[a-zà-þ])|({_PROPER}{{1,4}}),\s(?=[a-zà-þ])"
    rf"|[^:.!?]+:\s({_PROPER}{{1,4}})(?=,\s{_CAPITAL}|\.?$)"  # `Two brothers, one van: Kowal Removals, Coventry`
)
_NAME_DOES = re.compile(  # `Second Spin collects old bikes`
    rf"({_CAPITAL}[\w'’-]*(?:\s(?:&\s)?{_CAPITAL}[\w'’-]*){{1,4}})\s(?=[a-z]{{3,}}s\s)"
)
_TAKES_PLACE = re.compile(
    rf"(?:(?:The|Der|Die|Das|El|La|Le|Il)\s)?({_CAPITAL}\S*(?:\s{_CAPITAL}\S*){{0,3}})\s"
    r"(?:takes place|findet|se koná|a lieu|tiene lugar|odbywa się|odbędzie się|si tiene)\b"
)
_SMALL_IS_A = re.compile(r"(?:the\s)?([a-z][\w'’-]+(?:\s[a-z][\w'’-]+)?)\s(?:is|are)\s(?:an?|the|our)\s")
_KINDS = frozenset(
    "shop store place studio company business site website page idea plan club cafe team project it this that there "
    "here house room workshop garden farm office practice school bakery bar pub restaurant what we i my our podcast "
    "photographer plumber florist hello hi".split()
)
_KEPT = re.compile(
    r"\b(?:dog|cat|horse|pony|donkey|goat|hen|parrot|son|daughter|child|baby|boy|girl)s?\s$", re.I
)
_MY_NAME = re.compile(
    r"\b(?i:my name is|my name['’]s|jmenuji se|jmenuju se|ich heiße|mein name ist|je m['’]appelle|me llamo|"
    r"mi nombre es|me chamo|o meu nome é|mi chiamo|nazywam się|меня зовут|мене звати)\s+"
    r"((?:[A-ZÀ-ÞŠČŘŽŁŚА-ЯІЇЄ][\w'’-]+[ ,.]?){1,3})"
)
_AS_I = (
    re.compile(  # `I` is `and` in some languages, but not before a small letter at the start of a sentence
        r"\bI [a-z]{2,}|\b(?:(?i:i['’]m|my|sou|soy|je suis|ich bin|jsem|jestem|sono|я))\b"
    )
)
_NOT_A_NAME = frozenset(
    "we our i my the this it there these they jsme nase ich wir unser mein nous notre".split()
)


def name_of(text: str, person: str) -> str:
    """What the business calls itself, by the ways people introduce it; a person's own name for a person's site."""
    for pattern in (_CALLED, _COMPANY, _RUNS, _WE_ARE):
        for called in pattern.finditer(text):
            if not _KEPT.search(text[: called.start()]) and (name := _capitalised(called[1])):
                return name
    first = next(iter(sentences(text)), "")
    if event := _TAKES_PLACE.match(first):
        return event[1]
    if (
        (match := _IS_A.match(first))
        and match[1][:1].isupper()
        and (fold(match[1].split()[0]) not in _NOT_A_NAME or re.match(r"The [A-Z]\S* [A-Z]", match[1]))
    ):
        return match[1]
    for pattern in (_NAME_IN, _NAME_FIRST, _NAME_DOES):
        named = pattern.match(first)
        if named and fold(first.split()[0]) not in _NOT_A_NAME - {"the"}:
            name = named[named.lastindex or 0]
            if fold(name) not in _KINDS:
                return name
    small = _SMALL_IS_A.match(first)
    if small and not set(fold(small[1]).split()) & _KINDS:
        return re.sub(r"(?<![\w'’])[a-z]", lambda m: m.group().upper(), first[: small.end(1)])
    head = first.split(",")[0].rstrip(".")
    if re.fullmatch(r"[A-ZÀ-Þ][\w'’-]+(?:\s(?:&|and|und|a|y|et|[A-ZÀ-Þ][\w'’-]+)){1,4}", head):
        return head
    speaks_as_i = _AS_I.search(text)
    own = person_of(text) or person
    return own if speaks_as_i and not commands(own) else ""


def person_of(text: str) -> str:
    """Who speaks, where he says his name; empty where not."""
    match = _MY_NAME.search(text)
    return _capitalised(match[1]) if match else ""


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

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


def name_of(text: str, person: str) -> str:
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

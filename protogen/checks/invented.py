"""What a text says that the customer did not: numbers, contacts, names and claims without a source."""

from __future__ import annotations

import re

from protogen.checks.facts import EMAIL, LINK, fold

_NUMBER = re.compile(r"\d+(?:[.,:\u00a0\u202f ]\d+)*")
_NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty hundred "
    "hundreds thousand thousands "
    "million dozen dozens decade decades century centuries generation generations half double triple "
    "zwei drei vier fünf sechs sieben acht neun zehn zwölf zwanzig hundert tausend jahrzehnte generationen".split()
)
# Claims that bind a business: only the customer may make them. Compared by their stems.
_CLAIMS = re.compile(
    r"\b(?:award\w*|certif\w*|licen[sc]ed|insured|accredit\w*|guarante\w*|warrant\w*|organic\w*|gluten\w*|"
    r"vegan\w*|vegetarian\w*|fair[- ]trade|"
    r"local(?:ly)?|famil\w*|free|discount\w*|refund\w*|best|leading|number one|top[- ]rated|renowned|"
    r"famous|trusted|voted|"
    r"expert\w*|experienc\w*|professional\w*|qualified|trained|years?|decades?|daily|everyday|every day|"
    r"24/7|around the clock|same[- ]day|"
    r"next[- ]day|overnight|deliver\w*|shipping|ships|worldwide|nationwide|international\w*|hand[- ]?made|"
    r"handcrafted|home[- ]?made|sustainab\w*|eco\w*|"
    r"recycl\w*|seasonal|fresh\w*|exclusive\w*|unlimited|instant\w*|immediate\w*|secure\w*|safe(?:ly)?|"
    r"thousands?|hundreds?|satisf\w*|"
    r"testimonial\w*|review\w*|clients? say|rated|stars?|award|wifi|parking|wheelchair|dog[- ]friendly|"
    r"newsletter|app|chat|hotline|emergenc\w*|since|founded|established|heritage|tradition\w*|"
    r"generations?)\b",
    re.I,
)
_SENTENCE_START = re.compile(r"(?:^|[.!?:;–—“\"'(]\s*)$")
_CAPITALISED = re.compile(r"(?<![\w'’])[A-ZÀ-ÖØ-Þ][\w'’-]+")
_ORDINARY = frozenset(
    "i i'm i'll we our us you your the a an and or but for with in on at to of monday".split()
)


def invented(text: str, source: str, language: str = "en") -> list[str]:
    """Every piece of `text` that states something `source` does not; empty when all is traceable.

    Holds digits, number words, e-mails, links, binding claims and (English) capitalised names against the
    source, case and accents aside.
    """
    said = fold(source)
    words = set(re.findall(r"\w+", said))
    found = [m.group() for m in EMAIL.finditer(text) if fold(m.group()) not in said]
    found += [m.group() for m in LINK.finditer(text) if fold(m.group()) not in said]
    found += _numbers(text, source)
    found += [w for w in re.findall(r"\w+", text) if fold(w) in _NUMBER_WORDS and fold(w) not in words]
    found += [m.group() for m in _CLAIMS.finditer(text) if not _stem_said(m.group(), said)]
    if language == "en":
        found += _names(text, words)
    return list(dict.fromkeys(found))


def _numbers(text: str, source: str) -> list[str]:
    known = {re.sub(r"\D", "", n) for n in _NUMBER.findall(source)}
    known |= {n for number in _NUMBER.findall(source) for n in re.findall(r"\d+", number)}
    return [n for n in _NUMBER.findall(text) if not _known(n, known)]


def _known(number: str, known: set[str]) -> bool:
    return re.sub(r"\D", "", number) in known or all(part in known for part in re.findall(r"\d+", number))


def _stem_said(claim: str, said: str) -> bool:
    stem = fold(claim)
    stem = stem if len(stem) < 6 else stem[: max(5, len(stem) - 3)]
    return re.search(rf"\b{re.escape(stem)}", said) is not None


def _names(text: str, words: set[str]) -> list[str]:
    """Capitalised words inside a sentence that the customer never wrote: a person, a place, a brand."""
    found = []
    for match in _CAPITALISED.finditer(text):
        word = fold(re.sub(r"['’]s$", "", match.group()))
        if _SENTENCE_START.search(text[: match.start()]) or word in _ORDINARY:
            continue
        if not all(part in words for part in re.findall(r"\w+", word)):
            found.append(match.group())
    return found

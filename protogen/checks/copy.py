"""Copy that a page must not carry: talk about the request, copied spans, loops, cut sentences."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from babel import Locale

from protogen.checks.facts import EMAIL, LINK, fold

COPIED_WORDS = 12
_ABOUT_THE_REQUEST = re.compile(
    r"\b(?:web ?sites?|web ?pages?|home ?pages?|landing pages?|this (?:page|section|form)|(?:the|our) page|"
    r"(?:top of the|the whole|on the|this|the) site|"
    r"prototypes?|the request|the customers? (?:wants?|should|can|need)|"
    r"customers (?:should|want|need to|must)|(?:users|visitors|people|members) (?:should|can|could|want|"
    r"will|need|must|are able)|should be able|(?:we|i) (?:want|would like|need)|look and feel|"
    r"colou?r scheme|"
    r"layout|example|json|schema|copywriter|as an ai|language model|instructions?|"
    r"system prompt|call[- ]to[- ]action|"
    r"headline|tagline|user-friendly|product list|filter by|sort(?:ed)? by|as bars|(?:the|this|our) form|"
    r"form below|below|above|click|scroll|design(?:ed)? with|minimalist design|aesthetic)\b",
    re.I,
)
_PLACEHOLDER = re.compile(
    r"\b(?:lorem|ipsum|placeholder|tbd|tba|to be (?:announced|confirmed|added)|coming soon|under construction|"
    r"(?:your|company|business|brand|product|service|item|customer) name(?: here)?|insert \w+|"
    r"(?:your|sample|dummy|example) (?:text|content|company|business name|title|tagline)|"
    r"(?:text|content|description|details?) (?:goes )?here|"
    r"(?:item|product|service|title|heading|option|person|name) (?:\d+|one|two|[abc])|john doe|jane doe|acme|"
    r"foobar|x{3,}|n/?a)\b|\.{4,}|_{3,}|\bxyz\b",
    re.I,
)
# What says nothing of anybody: `a variety of services`, `all you need in one place`.
_EMPTY_TALK = re.compile(
    r"\b(?:variety|range|selection|number|lots|array) of (?:other )?"
    r"(?:services|products|items|things|offers|options)\b|"
    r"\ball (?:the )?(?:things )?(?:that )?you(?:['’]ll ever)? need\b|\ball (?:of )?your needs\b|\blook no further\b|"
    r"\bone[- ]stop\b|\bin one place\b|\blike no other\b|\bnext level\b|\bfor all occasions\b|\byour needs\b",
    re.I,
)
_MARKUP = re.compile(
    r"[<>{}]|\[[^\]]*\]|javascript:|\*\*|```|https?:|\\[nu]|&\w+;|\w_\w|=|\s-[a-z]+\b|^[\w-]+:\s*\w+\.?$"
)
_SHORTENED = "approx incl excl prof dept resp evtl inkl exkl např popř příp apod zzgl ungef bspw misc".split()
_SHORT = "st dr mr mrs no nr tel etc bzw ca".split()
# A number with a full stop counts before these: `13. Juni`, `im 2. Stock`.
_COUNTED = "|".join(
    (
        *Locale("de").months["format"]["wide"].values(),
        *"Stock Etage Obergeschoss Geschoss OG Jahrhundert Platz Klasse Liga Bezirk Advent Mannschaft Mal".split(),
    )
)
_SENTENCE_ENDS = re.compile(
    rf"(?:(?<=[.!?…؟])|(?<=[.!?…][\"”’)»]))(?!(?<=\d\.)\s+(?:{_COUNTED})\b)\s+"
    r"(?=[\"“‘„«(]?[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄҐŠČŘŽÝÁÍÉÚŮĎŤŇŁŚŻŹĆ£€$\d\u0590-\u06ff])|\n+"
    r"|(?<=[!?])\s+(?=[a-z])"
    rf"|(?<=[^\W\d_]{{4}}\.){''.join(rf'(?<!{word}[.])' for word in _SHORTENED)}\s+(?=[a-z])",
)
# Of who writes no capitals: after any word, or the time of an opening hour.
_SMALL_SENTENCE_ENDS = re.compile(
    rf"{_SENTENCE_ENDS.pattern}|(?:(?<=[^\W\d_]{{2}}\.)|(?<=[-:]\d\.)|(?<=[-:]\d\d\.))"
    rf"{''.join(rf'(?<!{word}[.])' for word in (*_SHORTENED, *_SHORT))}"
    r"\s+(?=[a-z]{2})"
)
_ENDS_OPEN = re.compile(
    r"(?:\b(?:of|to|with|for|in|on|by|is|are|der|die|das|mit)|\b(?:and|or|the|a|an|our|your|und|oder)\.?|[,;:(–—-])$",
    re.I,
)


def faults(
    text: str, source: str, *, sentence: bool, language: str = "en", talk_ok: bool = False
) -> list[str]:
    """Why `text` may not stand on a page whose customer wrote `source`; empty when it may.

    `sentence` asks for a whole sentence (a lead, a paragraph), not a heading.
    """
    reasons = []
    if not re.search(r"\w", text):
        return ["empty"]
    if _MARKUP.search(text):
        reasons.append("markup")
    words = LINK.sub(" ", EMAIL.sub(" ", text))  # an address may hold any word
    if not talk_ok and (match := _ABOUT_THE_REQUEST.search(words)):
        reasons.append(f"talks about the request: {match.group()}")
    if match := _PLACEHOLDER.search(words):
        reasons.append(f"placeholder: {match.group()}")
    if (match := _EMPTY_TALK.search(words)) and fold(match.group()) not in fold(source):
        reasons.append(f"empty talk: {match.group()}")
    if copied := copied_span(text, source):
        reasons.append(f"copied: {copied}")
    if sentence and not re.search(r"[.!?…。！？]['\"”’)]*$", text.strip()):
        reasons.append("cut off")
    if sentence and language == "en" and _nobody(text, source):
        reasons.append("begins with nobody")
    if _ENDS_OPEN.search(text.strip()) or (sentence and text.strip()[:1].islower()):
        reasons.append("cut off")
    if other := other_script(text, source, language):
        reasons.append(f"wrong script: {other}")
    if repeats_itself(text):
        reasons.append("repeats itself")
    return list(dict.fromkeys(reasons))


def _nobody(text: str, source: str) -> bool:
    """Whether an English text begins with "They" or the like, where the customer speaks of nobody so."""
    match = re.match(r"(?:They|Their|He|His|She|Her)\b", text)
    others = {"they": "they their", "their": "they their", "he": "he his", "his": "he his"}
    words = others.get(match.group().lower(), "she her").split() if match else []
    return bool(match) and not any(re.search(rf"\b{word}\b", source, re.I) for word in words)


def copied_span(text: str, source: str, words: int = COPIED_WORDS) -> str:
    """The first run of `words` words that stands in both, or ''."""
    spans = _spans(source, words)
    return next((" ".join(span) for span in _runs(_words(text), words) if span in spans), "")


@lru_cache(maxsize=64)  # a job holds many texts against the same request, and against those before them
def _spans(text: str, words: int) -> frozenset[tuple[str, ...]]:
    return frozenset(_runs(_words(text), words))


def _runs(words: list[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + size]) for at in range(len(words) - size + 1))


def whole_sentences(text: str) -> str:
    """`text` up to its last whole sentence; '' where there is none."""
    match = re.match(r".*[.!?…](?=['\"”’)]*(?:\s|$))['\"”’)]*", text.strip(), re.DOTALL)
    return match.group() if match else ""


def repeats_itself(text: str) -> bool:
    """True where a run of four words comes twice, or a long word stands on both sides of an "and"."""
    words = _words(text)
    runs = Counter(_runs(words, 4))
    paired = any(first == last and joint == "and" for first, joint, last in _runs(words, 3) if len(first) > 5)
    return paired or any(count > 1 for count in runs.values())


REPEATED_WORDS = 7


def said_before(text: str, before: Iterable[str], words: int = REPEATED_WORDS) -> str:
    """A run of `words` words of `text` that an earlier text has too, or ''."""
    return next((span for other in before if (span := copied_span(text, other, words))), "")


def same_sentences(texts: Iterable[str], before: Iterable[str]) -> list[str]:
    """Sentences of `texts` that already stand in `before` (case and accents aside)."""
    known = {fold(s) for text in before for s in sentences(text)}
    return [s for text in texts for s in sentences(text) if len(s) > 12 and fold(s) in known]


def sentences(text: str) -> list[str]:
    """`text` cut into sentences; abbreviations, decimals and times do not end one. Small letters may begin one."""
    ends = _SENTENCE_ENDS if re.search(r"[.!?]\s+[A-ZÀ-Þ]", text) else _SMALL_SENTENCE_ENDS
    parts = ends.split(text.strip())
    return [" ".join(part.split()) for part in parts if part and part.strip()]


def other_script(text: str, source: str, language: str) -> str:
    """The first letter whose script neither the source nor the language uses, or ''."""
    known = {_script(c) for c in set(source) if c.isalpha()} | {"LATIN"}
    return next((c for c in text if c.isalpha() and _script(c) not in known), "")


@lru_cache(maxsize=1024)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split()[0]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", fold(text))

"""What a customer said, found by rule; and what a text says that the customer did not.

Extractors find what is regular: e-mails, links, phones, prices with their item, hours, dates, years. What is
not regular (people, offers, addresses) the model names, and `locate` holds it to the customer's own words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

import phonenumbers
from babel import Locale

from protogen.checks.prices import find_prices
from protogen.checks.times import DATE, HOURS, HOURS_FIRST, LANGUAGES, parse_date
from protogen.draft import Fact, FactKind

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,24}(?![\w@])", re.I)
LINK = re.compile(
    r"(?<![@\w.])(?:https?://|www\.)[^\s<>\"'`{}|\\^]+[^\s<>\"'`{}|\\^.,;:!?)]"
    r"|(?<![@\w.])(?:linkedin|instagram|facebook|github|behance|youtube|tiktok)\.com/[\w./@-]*\w",
    re.I,
)
YEAR = re.compile(r"(?<![\d.,:/+-])(?<!\d\d\d )(?:19[2-9]\d|20[0-4]\d)(?![\d:/]| \d{3})")
_CALL_WORD = re.compile(
    r"(?:tel|phone|call|mobile|mobil|telefon|telefone|teléfono|téléphone|volejte|ruf|whatsapp|appel|llám|llam|"
    r"lig(?:ue|ar)|dzwoń|zadzwoń|chiam|тел|звон)\w*\W*\w*\W*$",
    re.I,
)
_NAMES_OTHERS = re.compile(  # `emergencies are handled by Nightvets on 029 …`
    r"\b(?:by|via|through|of)\s(?:the\s)?(?:[A-ZÀ-Þ][\w&'’-]*\s){1,4}(?:on|at|under|,|:)\s*"
)
_NUMBER_AFTER = re.compile(r"\+?[\d(][\d ()/.-]{5,}\d")
_FOR = re.compile(r"\s((?:for|für|pro|pour|para|dla|per)\s[^\W\d_]{4,})(?=[.,;\n]|$)")
_IN_BRACKETS = re.compile(r"\([^()\n]*[^\W\d_]{2,}[^()\n]*$")


def extract(text: str, language: str = "en") -> tuple[Fact, ...]:
    """Every regular fact in `text`, in reading order; spans index into `text`."""
    taken: list[tuple[int, int]] = []
    found: list[Fact] = []
    for finder in (_emails, _links, _hours, _prices, _dates, _phones, _years, _spoken):
        for fact in finder(text, language):
            if not any(fact.span[0] < end and begin < fact.span[1] for begin, end in taken):
                found.append(fact)
                taken.append(fact.span)
    return tuple(sorted(found, key=lambda fact: fact.span))


def unwrap(text: str) -> str:
    """`text` with lines that were only wrapped joined again; lists and paragraphs stay."""
    lines: list[str] = []
    before = ""
    for line in text.splitlines():
        line = " ".join(line.split())
        if (
            line
            and len(before) > 50
            and not before.endswith((".", "!", "?", ":"))
            and not re.match(r"[-*•#\"“„«]|\d{1,2}[.)]\s|[A-ZÀ-Þ]\w*(?: \w+){0,2}:\s", line)
        ):
            lines[-1] += " " + line
        else:
            lines.append(line)
        before = line
    return "\n".join(lines).strip()


def locate(value: str, text: str) -> tuple[int, int] | None:
    """Where `value` stands in `text`, white space and case aside; None if the customer did not say it."""
    words = value.split()
    if not words:
        return None
    pattern = r"\s+".join(map(re.escape, words))
    match = re.search(rf"(?<!\w){pattern}(?!\w)", text, re.I)
    return match.span() if match else None


def of_kind(facts: Sequence[Fact], *kinds: FactKind) -> list[Fact]:
    """The facts of these kinds, in order, no value twice."""
    return list({fold(f.item + f.value): f for f in reversed(facts) if f.kind in kinds}.values())[::-1]


def fold(text: str) -> str:
    """`text` without case, accents and doubled white space: for comparing, never for printing."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())  # letters such as ℐ are capitals only once they are taken apart


def _emails(text: str, _: str) -> Iterator[Fact]:
    for match in EMAIL.finditer(text):
        yield Fact(FactKind.EMAIL, match.group(), match.span())


def _links(text: str, _: str) -> Iterator[Fact]:
    for match in LINK.finditer(text):
        if not re.search(r"//(?:[\d.]+|localhost|\[)[:/]?", match.group()) and _is_address(match.group()):
            yield Fact(FactKind.LINK, match.group(), match.span())


def _is_address(link: str) -> bool:
    try:
        return bool(urlsplit(link if "//" in link else f"https://{link}").netloc)
    except ValueError:  # such as a bracket without its end
        return False


def _phones(text: str, language: str) -> Iterator[Fact]:
    region = {"en": "GB", "cs": "CZ", "uk": "UA", "sk": "SK"}.get(language, language.upper())
    region = region if region in phonenumbers.SUPPORTED_REGIONS else "GB"
    others = numbers_of_others(text)
    for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.POSSIBLE):
        digits = re.sub(r"\D", "", match.raw_string)
        named = _CALL_WORD.search(text[max(0, match.start - 24) : match.start])
        if len(digits) >= 7 and digits not in others and (match.raw_string[0] in "+0(" or named):
            yield Fact(FactKind.PHONE, match.raw_string, (match.start, match.end))


def numbers_of_others(text: str) -> list[str]:
    """The digits of the numbers that a customer says are another's: to be called there, and not here."""
    said = (_NUMBER_AFTER.match(text, match.end()) for match in _NAMES_OTHERS.finditer(text))
    return [re.sub(r"\D", "", match.group()) for match in said if match]


def _prices(text: str, _: str) -> Iterator[Fact]:
    return find_prices(text)


def _dates(text: str, _: str) -> Iterator[Fact]:
    for match in DATE.finditer(text):
        if parse_date(match.group()):
            yield Fact(FactKind.DATE, match.group(), match.span())


def _hours(text: str, _: str) -> Iterator[Fact]:
    """Opening hours, with whom they are for. What stands in brackets behind other words is the hour of that alone."""
    for match in (*HOURS.finditer(text), *HOURS_FIRST.finditer(text)):
        if _IN_BRACKETS.search(text[: match.start()].rpartition("\n")[2]):
            continue
        value = re.sub(r"(?<![ap]\.m)[ .]+$", "", match.group())
        span = (match.start(), match.start() + len(value))
        whom = _FOR.match(text, span[1])
        yield Fact(FactKind.HOURS, value, span, match["days"].strip(" ."), whom[1] if whom else "")


def _years(text: str, _: str) -> Iterator[Fact]:
    for match in YEAR.finditer(text):
        yield Fact(FactKind.YEAR, match.group(), match.span())


def _spoken(text: str, _: str) -> Iterator[Fact]:
    """Languages spoken: two or more names of languages close together, in any language we read."""
    names = list(_LANGUAGE.finditer(text))
    for before, match in zip([None, *names], names, strict=False):
        near_before = before is not None and match.start() - before.end() < 12
        after = next((n for n in names if n.start() > match.start()), None)
        if near_before or (after is not None and after.start() - match.end() < 12):
            yield Fact(FactKind.LANGUAGE, match.group(), match.span())


def _language_names() -> set[str]:
    spoken = (
        "en",
        "cs",
        "de",
        "fr",
        "es",
        "pt",
        "pl",
        "it",
        "ru",
        "uk",
        "sk",
        "nl",
        "hu",
        "zh",
        "ja",
        "ar",
        "tr",
    )
    names = {Locale(writer).languages.get(code, "") for writer in LANGUAGES for code in spoken}
    return {name for name in names if len(name) > 3} | {
        "anglicky",
        "německy",
        "česky",
        "francouzsky",
        "španělsky",
    }


_LANGUAGE = re.compile(
    rf"(?<!\w)(?:{'|'.join(sorted(map(re.escape, _language_names()), key=len, reverse=True))})(?!\w)", re.I
)

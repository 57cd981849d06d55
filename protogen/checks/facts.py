"""What a customer said, found by rule; and what a text says that the customer did not.

Extractors find what is regular: e-mails, links, phones, prices with their item, hours, dates, years. What is
not regular (people, offers, addresses) the model names, and `locate` holds it to the customer's own words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from urllib.parse import urlsplit

import phonenumbers
from babel import Locale

from protogen.checks.lexicon import NUMBER_WORDS
from protogen.draft import Fact, FactKind

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,24}(?![\w@])", re.I)
LINK = re.compile(
    r"(?<![@\w.])(?:https?://|www\.)[^\s<>\"'`{}|\\^]+[^\s<>\"'`{}|\\^.,;:!?)]"
    r"|(?<![@\w.])(?:linkedin|instagram|facebook|github|behance|youtube|tiktok)\.com/[\w./@-]*\w",
    re.I,
)
CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "gbp": "GBP", "$": "USD", "us$": "USD",
    "usd": "USD",
    "czk": "CZK", "kč": "CZK", "kc": "CZK", "korun": "CZK",
    "zł": "PLN", "zl": "PLN", "pln": "PLN", "chf": "CHF", "fr.": "CHF",
    "huf": "HUF", "ft": "HUF", "₴": "UAH", "uah": "UAH", "грн": "UAH", "₽": "RUB", "руб": "RUB", "kr": "SEK",
    "sek": "SEK", "nok": "NOK", "dkk": "DKK", "₺": "TRY", "¥": "JPY", "cad": "CAD", "aud": "AUD", "₹": "INR",
}  # fmt: skip
_CURRENCY = "|".join(sorted((re.escape(word) for word in CURRENCIES), key=len, reverse=True))
_AMOUNT = r"(?:\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)"
_ROUND = r"(?:,(?:-|–|—){1,2})"  # `95,-`: no cents
_TO_AMOUNT = rf"(?:[ \u00a0]?[-–][ \u00a0]?{_AMOUNT})?"
PRICE = re.compile(
    rf"(?<![\w.,'’])(?:(?P<before>{_CURRENCY})\s?(?P<amount1>{_AMOUNT}){_TO_AMOUNT}(?!\s?[km]\b|[.,]?\d)"
    rf"|(?P<amount2>{_AMOUNT}){_TO_AMOUNT}{_ROUND}?[\s\u00a0]?(?P<after>{_CURRENCY})(?!\w)){_ROUND}?"
    r"(?P<per>\s?(?:/|per|pro|za|par|por|na|al|a la)\s?\w+(?: \w+|\.)?(?=[).,;\s]|$))?",
    re.I,
)
YEAR = re.compile(r"(?<![\d.,:/+-])(?:19[2-9]\d|20[0-4]\d)(?![\d:/])")
TIME = r"(?:[01]?\d|2[0-4])(?:[:.h][0-5]\d)?\s?(?:am\b|pm\b|a\.m\.|p\.m\.|h\b|uhr\b)?"
_LANGUAGES = ("en", "cs", "de", "fr", "es", "pt", "pl", "it", "ru", "uk", "sk", "nl")
_BEFORE_ITEM = re.compile(
    r"^(?:(?:.*\s)?(?:we|i|wir|nous|nosotros)\s+\w+\s+|(?:.*\s)?(?:nabízíme|děláme|pořádáme|bieten|"
    r"oferecemos|ofrecemos|oferujemy)\s+)?"
    r"(?:(?:is|are|from|for|costs?|ab|od|at|a|an|the|our)\s+)*",
    re.I,
)
_PRICE_WORD_AFTER = re.compile(
    r"\s+(?:is|are|from|for|costs?|at|ab|od|za|stojí|kostet|kosten|desde|à partir de)$", re.I
)
BULLET = re.compile(r"^(?:[-*•]|\d{1,2}[.)])\s+")
_NO_ITEM = re.compile(
    rf"(?:(?:we|i|it|they|you) \w+|.*\b(?:up to|more than|less than|bis zu|až do|jusqu'à|hasta)|"
    rf"{'|'.join(NUMBER_WORDS)}|"
    r"from|for|at|is|are|only|just|costs?|prices?|ab|nur|preis|od|za|jen|cena|ceny|desde|por|dès|à partir de|"
    r"da|от|за|від)",
    re.I,
)
_CALL_WORD = re.compile(
    r"(?:tel|phone|call|mobile|mobil|telefon|telefone|teléfono|téléphone|volejte|ruf|whatsapp|appel|llám|llam|"
    r"lig(?:ue|ar)|dzwoń|zadzwoń|chiam|тел|звон)\w*\W*\w*\W*$",
    re.I,
)
ITEM_STOP = re.compile(r"[,;:.!?()\n•·–—]|\s-\s|\b(?:and|or|a|und|et|y|e|i|oraz|nebo|и|та|і)\b\s", re.I)


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
    for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.POSSIBLE):
        digits = re.sub(r"\D", "", match.raw_string)
        named = _CALL_WORD.search(text[max(0, match.start - 24) : match.start])
        if len(digits) >= 7 and (match.raw_string[0] in "+0(" or named):
            yield Fact(FactKind.PHONE, match.raw_string, (match.start, match.end))


def _prices(text: str, _: str) -> Iterator[Fact]:
    for match in PRICE.finditer(text):
        if (match["before"] or match["after"]).lower() in ("ft", "kr", "fr.") and not match["after"]:
            continue
        value = text[match.start() : match.start("per")] if match["per"] else match.group()
        item, start = _item_before(text, match.start())
        detail = (match["per"] or "").strip(" .") or _detail_after(text, match.end())
        yield Fact(FactKind.PRICE, value.strip(), (start, match.end()), item, detail)


def _item_before(text: str, end: int) -> tuple[str, int]:
    """What a price belongs to: the words before it in its clause, or before its opening bracket."""
    begin = max(0, end - 80)
    head = re.sub(r"\s*\([^()]*\)\s*$", "", text[begin:end]).rstrip(
        " \t:=-–—("
    )  # `divorce (uncontested) £650`
    stops = list(ITEM_STOP.finditer(head))
    start = stops[-1].end() if stops else 0
    item = BULLET.sub("", head[start:].strip())
    item = _PRICE_WORD_AFTER.sub("", _BEFORE_ITEM.sub("", item))
    if not re.search(r"[^\W\d_]", item) or len(item) > 60 or _NO_ITEM.fullmatch(item):
        return "", end
    return item, begin + text[begin:end].rfind(item)


def _detail_after(text: str, end: int) -> str:
    match = re.match(r"\s*\(([^()\n]{2,60})\)", text[end:])
    return match[1].strip() if match else ""


def price_amount(value: str) -> tuple[float, str] | None:
    """(amount, ISO 4217 code) of a price as the customer wrote it; None if it is not one."""
    match = PRICE.search(value)
    if not match:
        return None
    digits = re.sub(r"[ '’\u00a0\u202f]", "", match["amount1"] or match["amount2"])
    digits = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits).replace(",", ".")
    return float(digits), CURRENCIES[(match["before"] or match["after"]).lower()]


def _names(width: str, field: str) -> dict[str, int]:
    """Month or day names of every language we read -> number (month 1-12, day 0 = Monday)."""
    names: dict[str, int] = {}
    for language in _LANGUAGES:
        table = getattr(Locale(language), field)
        for context in ("format", "stand-alone"):
            for number, name in table[context].get(width, {}).items():
                names.setdefault(name.rstrip(".").casefold(), number)
    return {name: number for name, number in names.items() if len(name) > 1 and not name.isdigit()}


MONTHS = _names("abbreviated", "months") | _names("wide", "months")
# Day names as sentences bend them, Monday first, where Babel's tables have only the plain form.
_BENT_DAYS = (
    "mondays segunda pondělka poniedziałku понедельника понедельник понеділка",
    "tuesdays tues terça úterka wtorku вторника вівторка",
    "wednesdays weds quarta středy středu środy środę среду среды середи",
    "thursdays thur thurs quinta čtvrtka czwartku четверга",
    "fridays sexta pátku piątku пятницу пятницы п'ятниці",
    "saturdays soboty sobotu sobotę субботу субботы суботи",
    "sundays neděle neděli niedzieli niedzielę воскресенья неділі",
)
DAYS = (
    {name: day for day, names in enumerate(_BENT_DAYS) for name in names.split()}
    | _names("short", "days")
    | _names("abbreviated", "days")
    | _names("wide", "days")
)
_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_DAY = "|".join(sorted(map(re.escape, DAYS), key=len, reverse=True))
DATE = re.compile(
    rf"(?<!\d)(?:(?P<y1>20\d\d)-(?P<m1>\d\d)-(?P<d1>\d\d)"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s?(?:de |of )?(?P<m2>{_MONTH})\.?,?\s?(?:de )?(?P<y2>20\d\d)"
    rf"|(?P<m3>{_MONTH})\s(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y3>20\d\d)"
    rf"|(?P<d4>\d{{1,2}})[./]\s?(?P<m4>\d{{1,2}})[./]\s?(?P<y4>20\d\d))(?!\d)",
    re.I,
)
_TO = r"(?:-|–|—|to|till|until|bis|až|do|à|au|a|al|até|às|por|alle|по|до)"
_DAYS_PART = rf"(?:{_DAY})\.?(?:\s?{_TO}\s?(?:{_DAY})\b\.?)?"
_DAILY = (
    r"(?:daily|every ?day|denně|denne|täglich|tous les jours|todos los días|todos os dias|codziennie|"
    r"ogni giorno|ежедневно|щодня)"
)
_SOMETIMES = r"(?:every (?:second|other|third)|(?:the |every )?(?:first|second|third|last)) "
HOURS = re.compile(
    rf"(?<!\w)(?P<days>{_DAILY}|{_SOMETIMES}(?:{_DAY})(?: of (?:the|every) month)?"
    rf"|{_DAYS_PART}(?:\s?(?:,|&|and|und|et|y|e|a)\s?{_DAYS_PART})*)"
    rf"\s?[:,]?\s?(?:from|von|od|de|das|dalle|с|з)?\s?(?P<from>{TIME})\s?{_TO}\s?(?P<to>{TIME})(?!\d)",
    re.I,
)

HOURS_FIRST = re.compile(  # `8:30 to 15:30 Monday to Thursday`
    rf"(?<![\w:.])(?P<from>{TIME})\s?{_TO}\s?(?P<to>{TIME})(?!\d),?\s(?:on\s)?"
    rf"(?P<days>{_DAILY}|{_DAYS_PART}(?:\s?(?:,|&|and|und)\s?{_DAYS_PART})*)(?!\w)(?!\s?\d)",
    re.I,
)
_CLOCK = (
    r"(?:(?:[01]?\d|2[0-4])[:.h][0-5]\d(?:\s?[ap]m\b)?|(?:1[0-2]|[1-9])\s?[ap]m\b|"
    r"(?:[01]?\d|2[0-4])\s?(?:h|uhr)\b)"
)
MOMENT = re.compile(
    rf"{DATE.pattern}(?:,?\s(?:at\s|um\s|v\s|à\s|a las\s)?{_CLOCK}(?:\s?{_TO}\s?{_CLOCK})?)?|{HOURS.pattern}"
    rf"|(?<!\w){_DAYS_PART}\s?[,:]?\s?(?:at\s|um\s|v\s|à\s)?{_CLOCK}(?!\d)",
    re.I,
)
"""When something takes place: a day of the calendar, with its hour where it is said, or a weekday and its hour."""


def _dates(text: str, _: str) -> Iterator[Fact]:
    for match in DATE.finditer(text):
        if parse_date(match.group()):
            yield Fact(FactKind.DATE, match.group(), match.span())


def parse_date(value: str) -> date | None:
    """The day a customer wrote; None where it is no day of the calendar."""
    match = DATE.search(value)
    if not match:
        return None
    for n in "1234":
        if match[f"y{n}"]:
            month = match[f"m{n}"].casefold().rstrip(".")
            try:
                return date(int(match[f"y{n}"]), MONTHS.get(month) or int(month), int(match[f"d{n}"]))
            except ValueError:
                return None
    return None


def _hours(text: str, _: str) -> Iterator[Fact]:
    for match in HOURS.finditer(text):
        yield Fact(FactKind.HOURS, match.group().strip(), match.span(), match["days"].strip(), "")
    for match in HOURS_FIRST.finditer(text):
        value = match.group().rstrip(" .")
        yield Fact(
            FactKind.HOURS, value, (match.start(), match.start() + len(value)), match["days"].strip(" ."), ""
        )


def times_of(hours: Fact) -> str:
    """The times of opening hours without their days, in whichever order they were written."""
    return hours.value.replace(hours.item, "", 1).strip(" :,")


def opening_spans(value: str) -> list[tuple[int, str, str]]:
    """`Tue-Sat 7:30-17:00` as [(day 0 = Monday, "07:30", "17:00"), …]."""
    match = HOURS.search(value) or HOURS_FIRST.search(value)
    if not match or re.match(_SOMETIMES, match["days"], re.I):
        return []  # not of every week
    opens, closes = _open_and_close(match["from"], match["to"])
    days = list(range(7)) if re.fullmatch(_DAILY, match["days"], re.I) else []
    for part in re.finditer(rf"({_DAY})\b\.?(?:\s?{_TO}\s?({_DAY})\b)?", match["days"], re.I):
        first = DAYS[part[1].casefold()]
        last = DAYS[part[2].casefold()] if part[2] else first
        days += [(first + n) % 7 for n in range((last - first) % 7 + 1)]
    return [(day, opens, closes) for day in sorted(set(days))] if opens and closes else []


def _open_and_close(begin: str, end: str) -> tuple[str, str]:
    """Both times as HH:MM, or ''; `9-5` and `1-5 pm` are read as people mean them."""
    opens, closes = _clock(begin), _clock(end)
    if not opens or not closes:
        return "", ""
    plain = begin.strip().isdigit() and end.strip().isdigit()
    if plain and closes < opens <= "12:00":
        closes = f"{int(closes[:2]) + 12:02d}{closes[2:]}"
    afternoon = f"{int(opens[:2]) + 12:02d}{opens[2:]}"
    if begin.strip()[-1].isdigit() and re.search(r"p\.?m", end, re.I) and afternoon < closes:
        opens = afternoon
    return opens, closes


def _clock(value: str) -> str:
    match = re.match(r"(\d{1,2})(?:[:.h](\d\d))?\s?(?:([ap])\.?m)?", value.strip(), re.I)
    if not match:
        return ""
    hour = int(match[1]) % 12 + (12 if match[3].lower() == "p" else 0) if match[3] else int(match[1])
    return f"{hour:02d}:{match[2] or '00'}" if hour <= 24 else ""


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
    names = {Locale(writer).languages.get(code, "") for writer in _LANGUAGES for code in spoken}
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

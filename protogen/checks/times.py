"""Days, dates and hours as people write them, in every language that is read."""

from __future__ import annotations

import re
from datetime import date

from babel import Locale

from protogen.draft import Fact

LANGUAGES = ("en", "cs", "de", "fr", "es", "pt", "pl", "it", "ru", "uk", "sk", "nl")
_NAMED_TIMES = {
    "noon": "12:00",
    "midday": "12:00",
    "midnight": "24:00",
    "mittags": "12:00",
    "mitternacht": "24:00",
}
_TIME = (
    rf"(?:(?:[01]?\d|2[0-4])(?:[:.h][0-5]\d)?\s?(?:am\b|pm\b|a\.m\.|p\.m\.|h\b|uhr\b)?"
    rf"|(?:{'|'.join(_NAMED_TIMES)})\b)"
)


def _names(width: str, field: str) -> dict[str, int]:
    """Month or day names of every language we read -> number (month 1-12, day 0 = Monday)."""
    names: dict[str, int] = {}
    for language in LANGUAGES:
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
# Days where they have a capital (`Do 20:00`) or another day follows; else the Czech `until` and `after`.
_PREPOSITIONS = ("do", "po")
_DAY = "|".join(
    (
        *sorted(map(re.escape, DAYS.keys() - set(_PREPOSITIONS)), key=len, reverse=True),
        *(rf"(?-i:{word.title()})|{word}(?=\s?[-–,&]\s?[^\W\d])" for word in _PREPOSITIONS),
    )
)
DATE = re.compile(
    rf"(?<!\d)(?:(?P<y1>20\d\d)-(?P<m1>\d\d)-(?P<d1>\d\d)"
    rf"|(?:(?P<d0>\d{{1,2}})\.?\s?(?:-|–|to|bis|až|au|al|a|do)\s?)?"
    rf"(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?\s?(?:de |of )?(?P<m2>{_MONTH})\.?,?\s?(?:de )?(?P<y2>20\d\d)"
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
    rf"\s?[:,]?\s?(?:from|von|od|de|das|dalle|с|з)?\s?(?P<from>{_TIME})\s?{_TO}\s?(?P<to>{_TIME})(?!\d)",
    re.I,
)

HOURS_FIRST = re.compile(  # `8:30 to 15:30 Monday to Thursday`
    rf"(?<![\w:.])(?P<from>{_TIME})\s?{_TO}\s?(?P<to>{_TIME})(?!\d),?\s(?:on\s)?"
    rf"(?P<days>{_DAILY}|{_DAYS_PART}(?:\s?(?:,|&|and|und)\s?{_DAYS_PART})*)(?!\w)(?!\s?\d)",
    re.I,
)
_CLOCK = (
    r"(?:(?:[01]?\d|2[0-4])[:.h][0-5]\d(?:\s?[ap]m\b)?|(?:1[0-2]|[1-9])\s?[ap]m\b|"
    r"(?:[01]?\d|2[0-4])\s?(?:h|uhr)\b)"
)
ONLY_CLOCK = re.compile(
    rf"(?<![\w:.])(?:at\s|um\s|v\s|ve\s|à\s|a las\s|às\s|alle\s|o\s)?{_CLOCK}(?:\s?{_TO}\s?{_CLOCK})?(?![\w:])",
    re.I,
)
MOMENT = re.compile(
    rf"{DATE.pattern}(?:,?\s(?:at\s|um\s|v\s|à\s|a las\s)?{_CLOCK}(?:\s?{_TO}\s?{_CLOCK})?)?|{HOURS.pattern}"
    rf"|(?<!\w){_DAYS_PART}\s?[,:]?\s?(?:at\s|um\s|v\s|à\s)?{_CLOCK}(?!\d)",
    re.I,
)
"""When something takes place: a day of the calendar, with its hour where it is said, or a weekday and its hour."""


def moment_of(text: str) -> str:
    """When `text` says that something takes place; of a programme of one day the hour with which it begins."""
    match = MOMENT.search(text) or ONLY_CLOCK.match(text)
    return match.group() if match else ""


def parse_date(value: str) -> date | None:
    """The day a customer wrote, of several (`26-28 November 2027`) the first; None where it is none of the calendar."""
    match = DATE.search(value)
    if not match:
        return None
    for n in "1234":
        if match[f"y{n}"]:
            month = match[f"m{n}"].casefold().rstrip(".")
            day = match["d0"] if n == "2" and match["d0"] else match[f"d{n}"]
            try:
                return date(int(match[f"y{n}"]), MONTHS.get(month) or int(month), int(day))
            except ValueError:
                return None
    return None


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
    if named := _NAMED_TIMES.get(value.strip().casefold()):
        return named
    match = re.match(r"(\d{1,2})(?:[:.h](\d\d))?\s?(?:([ap])\.?m)?", value.strip(), re.I)
    if not match:
        return ""
    hour = int(match[1]) % 12 + (12 if match[3].lower() == "p" else 0) if match[3] else int(match[1])
    return f"{hour:02d}:{match[2] or '00'}" if hour <= 24 else ""

"""The street address of a request, by the ways that streets are written in the languages customers write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from protogen.checks.times import DAYS, MONTHS
from protogen.draft import Fact, FactKind

_UPPER = "A-ZÀ-ÖØ-ÞĀĄĆČĎĐĘĚĞŁĽŃŇŐŒŘŚŠŞŤŮŰŹŻŽА-ЯЁІЇЄҐ"
_NAME = rf"[{_UPPER}][\w'’.-]*"
_NUMBER = r"\d{1,4}[a-z]?(?:/\d{1,4}[a-z]?)?"
_POST_CODE = r"(?:\d{2,5}(?:[ -]\d{2,4})?\s)?"
_TOWN_NAME = rf"[{_UPPER}][\w'’-]*(?:\s(?![A-Z]{{1,2}}\d)[{_UPPER}][\w'’-]+)?"
_TAIL = rf"(?:,\s{_POST_CODE}{_TOWN_NAME}(?:\s[A-Z]{{1,2}}\d[A-Z\d]?\s\d[A-Z]{{2}})?)?"
_PARTICLE = r"(?:de\s|del\s|de\sla\s|da\s|do\s|dos\s|des\s|du\s|la\s|las\s)?"
_KIND = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Square|Row|Place|Way|Drive|Terrace|Close|Court|Quay|Hill|Parade|"
    r"Crescent|Gardens|Green|Grove|Mews|Walk|Wharf|Yard|Gate|Embankment|Broadway|Boulevard|Circus)"
)
# Without a number: `in the hall on Church Street`, or as a line of its own: `Hollow Lane, Bicton.`
_BARE = re.compile(
    rf"\b(?:at|on|in)\s(?:the\s)?((?:{_NAME}\s){{1,2}}{_KIND}\b(?!\s[{_UPPER}]){_TAIL})"
    rf"|(?<=[.\n]\s)((?:{_NAME}\s){{1,2}}{_KIND},\s{_TOWN_NAME})(?=\.|\n|$)"
    rf"|(?<=[.\n]\s)((?:{_NAME}\s){{1,3}}{_NUMBER},\s{_POST_CODE}{_TOWN_NAME})(?=\.|\n|$)"  # `Hlavná 14, Trnava.`
)
_STREETS = re.compile(
    # after a word that announces a place: `at Veveří 42, Brno`, `Adresa: Masarykova 12, 602 00 Brno`
    rf"\b(?i:at|on|address:?|adres[ase]:?|adresse:?|najdete nás na|na adrese|in der)\s+"
    rf"((?:{_NAME}\s){{1,4}}{_NUMBER}{_TAIL})"
    # the number first: `12 High Street, London`, `12 rue de Rivoli, Paris`
    rf"|\b((?:(?:Unit|Flat|Suite|Studio|Shop)\s)?\d{{1,4}}[a-z]?\s(?:{_NAME}\s){{1,3}}{_KIND}\b{_TAIL})"
    rf"|\b(\d{{1,4}}(?:\s?(?:bis|ter))?,?\s(?i:rue|avenue|boulevard|place|quai|chemin)\s{_PARTICLE}{_NAME}(?:(?<!\.)\s{_NAME})?{_TAIL})"
    # the kind of street in its name: `Karl-Heine-Straße 12, 04229 Leipzig`
    rf"|\b([{_UPPER}][\w-]*(?:straße|strasse|gasse|platz|weg|allee)\s{_NUMBER}{_TAIL})"
    # the kind of street before its name: `Rua Augusta 24`, `ul. Długa 5, Kraków`, `улица Ленина 5`
    rf"|\b((?i:rua|avenida|av\.|praça|calle|plaza|paseo|via|viale|piazza|corso|ul\.|al\.|pl\.|ulica|ulice|aleja|plac|"
    rf"улица|ул\.|проспект|вулиця|вул\.)\s{_PARTICLE}(?:{_NAME}\s){{1,3}}{_NUMBER}{_TAIL})"
)
_SMALL_STREET = re.compile(rf"\b\d{{1,4}}[a-z]?\s(?:[a-z][\w'’-]+\s){{1,3}}(?i:{_KIND})\b(?:,\s[a-z-]+)?")
_TOWN = re.compile(rf"\b(?:in|v|ve|en|em|no|w|à)\s+({_NAME})(?:,\s{_NAME}(?:\s{_NAME})?)?,?\s*$")


def find_address(source: str) -> tuple[Fact, ...]:
    """The first street as written, with the town that its sentence names before it (`in Brno, at Veveří 42`)."""
    source = _with_capitals(source)
    for pattern in (_STREETS, _BARE):
        for street, span in _streets(pattern, source):
            town = None if "," in street else _TOWN.search(source[: span[0]].removesuffix("at "))
            return (Fact(FactKind.ADDRESS, f"{street}, {town[1]}" if town else street, span),)
    return ()


def _with_capitals(source: str) -> str:
    """`source` with its streets as streets are written, where its writer has only small letters or only large ones."""
    if sum(map(str.islower, source)) < sum(map(str.isupper, source)):
        return source.title()
    if re.search(r"[.!?]\s+[A-ZÀ-Þ]", source):
        return source
    return _SMALL_STREET.sub(lambda match: match.group().title(), source)


def _streets(pattern: re.Pattern[str], source: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Streets with their spans; `on Saturday 12` is a day."""
    for match in pattern.finditer(source):
        group = match.lastindex or 0
        first = match[group].split()[0].casefold().rstrip(".")
        if first not in DAYS and first not in MONTHS:
            yield match[group].rstrip("."), match.span(group)

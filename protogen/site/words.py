"""The interface's words in the page's language: labels, buttons, answers, dates and numbers.

The catalogues are gettext files, `site_templates/locale/<language>.po`, with the English words as keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_symbol

from protogen.site.paths import TEMPLATES

ENGLISH = "en"
CATALOGUES = TEMPLATES / "locale"


class Words:
    """Words of one language (ISO 639-1 or a BCP 47 tag that begins with it).

    A language without a catalogue gets English words; `language` stays what was asked for, since it is
    the language of the page, and `direction` is its writing direction, `ltr` or `rtl`. `catalogues` is
    another folder of such files.
    """

    def __init__(self, language: str, catalogues: Path = CATALOGUES) -> None:
        self.language = language or ENGLISH
        self._base = self.language.replace("_", "-").partition("-")[0].lower()
        self._folder = catalogues
        self._catalogue = _catalogue(self._folder, self._base)
        self._locale = _locale(self._base)

    def __call__(self, english: str, **values: object) -> str:
        """The words for `english`, with `{name}` in them replaced by `values`."""
        text = self._catalogue.get(english, english)
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    @property
    def translated(self) -> bool:
        """True where the words are in the page's own language."""
        return self._base == ENGLISH or self._base in languages(self._folder)

    @property
    def interface(self) -> str:
        """Language of the words themselves: the page's, or English where there is no catalogue."""
        return self.language if self.translated else ENGLISH

    @property
    def direction(self) -> str:
        """`rtl` for languages written from right to left."""
        return _locale_direction(self._base)

    def format_price(self, amount: float, currency: str) -> str:
        """An amount as the language writes it: 1600, "EUR" is `€1,600` in English, `1 600 €` in French.

        `currency` is an ISO 4217 code; anything else (a sign, a word) is put behind the number.
        """
        if get_currency_symbol(currency, self._locale) == currency and len(currency) != 3:
            return f"{self.format_number(amount)}\u00a0{currency}".rstrip()
        digits = amount == int(amount)
        pattern = self._locale.currency_formats["standard"].pattern
        pattern = pattern.replace(".00", "") if digits else pattern
        return format_currency(amount, currency, pattern, locale=self._locale, currency_digits=False)

    def format_number(self, amount: float) -> str:
        """A number with the language's separators; two decimals unless it is whole."""
        return format_decimal(amount, "#,##0" if amount == int(amount) else "#,##0.00", locale=self._locale)

    def format_date(self, day: date) -> str:
        """A day in full as the language writes it: `31 January 2027`, `31. ledna 2027`."""
        pattern = "d MMMM y" if self._base == ENGLISH else "long"
        return format_date(day, pattern, locale=self._locale)


@cache
def languages(catalogues: Path = CATALOGUES) -> frozenset[str]:
    """Languages that have a catalogue; English needs none."""
    return frozenset(path.stem for path in catalogues.glob("*.po")) | {ENGLISH}


@cache
def _catalogue(folder: Path, language: str) -> Mapping[str, str]:
    if language == ENGLISH or language not in languages(folder):
        return MappingProxyType({})
    with (folder / f"{language}.po").open("rb") as file:
        messages = read_po(file, locale=language, abort_invalid=True)
    return MappingProxyType({str(m.id): str(m.string) for m in messages if m.id and m.string})


@cache
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale(ENGLISH)


@cache
def _locale_direction(language: str) -> str:
    return str(_locale(language).text_direction)

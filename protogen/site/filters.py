"""What the templates ask of a value: a size for its length, a shape for its number, an attribute."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from markupsafe import Markup, escape

from protogen.site.entries import FormField, HoursRow
from protogen.site.frame import contact_href

_AUTOCOMPLETE = {
    "name": "name", "full_name": "name", "first_name": "given-name", "last_name": "family-name",
    "email": "email", "phone": "tel", "tel": "tel", "address": "street-address", "city": "address-level2",
    "postcode": "postal-code", "zip": "postal-code", "country": "country-name", "company": "organization",
}  # fmt: skip
LONGEST_WORD = 34  # the last of the classes `word-14`, `word-16` … in base.css
_SIGN = r"(?:(?:US|CA|A)?[€£$¥₽₴₺₹]|[A-Z]{3}\b|Kč|zł|[Kk]r\b\.?|Ft|Fr\.|lei|руб\.?|грн\.?)"
_DIGITS = r"\d(?:[\d.,'’\s\u00a0\u202f]*\d)?"
_MONEY = re.compile(
    rf"(?P<before>{_SIGN}\s?){_DIGITS}|{_DIGITS}(?:,[-–—])?(?P<after>[\s\u00a0\u202f]?{_SIGN})"
)
EXTENTS = (8, 12, 16, 20, 26, 34, 48, 80)  # the classes `letters-8` … in frame.css
_BY_TYPE = {"email": "email", "tel": "tel"}


def fit(heading: str) -> str:
    """Classes that set a heading smaller, by its length (`is-…`) and its longest word (`word-…`)."""
    size = "is-longest" if len(heading) > 90 else "is-long" if len(heading) > 44 else ""
    longest = max(map(len, re.split(r"[\s\-–/]+", heading)), default=0)
    word = f"word-{min(longest + longest % 2, LONGEST_WORD)}" if longest > 12 else ""
    return " ".join(filter(None, (size, word, "has-long-word" if longest > 15 else "")))


def extent(name: str) -> str:
    """A class for how much room a name takes when it is set as large as the window: its letters, or a half of them."""
    letters = max([len(name) if len(name) <= 18 else round(len(name) * 0.56), *map(len, name.split())])
    return f"letters-{next((step for step in EXTENTS if letters <= step), EXTENTS[-1])}"


def wide(fields: Sequence[FormField]) -> frozenset[str]:
    """Names of the fields that take a whole row of two: long ones, and a short one left alone in its row."""
    names: set[str] = set()
    row: list[str] = []
    for field in fields:
        if field.type in ("textarea", "checkbox"):
            names.update((field.name, *row))
            row = []
        else:
            row = [] if row else [field.name]
    return frozenset(names | set(row))


def shape(items: Sequence[Any]) -> str:
    """Classes that keep a grid whole: columns for the number of items, and how wide the first one is.

    A grid for three never holds one lonely item in its last row; items without text are set as a list.
    """
    number = len(items)
    bare = "" if any(item.text for item in items) else " is-bare"
    if number in (1, 2, 4):
        return f"cols-{min(number, 2)}{bare}"
    wide = {0: "", 1: " first-3", 2: " first-2"}[number % 3]
    return f"cols-3{wide}{bare}"


def spans(rows: Sequence[HoursRow]) -> str:
    """Opening spans as JSON for the open-now behaviour: [[day, opens, closes], …]."""
    return json.dumps([[span.day, span.opens, span.closes] for row in rows for span in row.spans])


def money(price: str) -> str:
    """How a sum is written beside a price: `{n} €` for "from 59 € / 100 g", the sign on the price's own side."""
    found = _MONEY.search(price)
    return f"{found['before'] or ''}{{n}}{found['after'] or ''}" if found else "{n}"


def autofill(field: FormField) -> Markup:
    """Attributes by which a browser or a phone's keyboard helps to fill a field (WCAG 1.3.5)."""
    token = _AUTOCOMPLETE.get(field.name.replace("-", "_")) or _BY_TYPE.get(field.type)
    mode = field.type if field.type in _BY_TYPE else ""
    text = "".join(
        f' {name}="{value}"' for name, value in (("autocomplete", token), ("inputmode", mode)) if value
    )
    return Markup(text)


def breakable(text: str) -> Markup:
    """An address that may break after the at sign and before each dot."""
    return Markup(str(escape(text)).replace("@", "@<wbr>"))


FILTERS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "fit": fit,
        "extent": extent,
        "shape": shape,
        "wide": wide,
        "spans": spans,
        "money": money,
        "autofill": autofill,
        "breakable": breakable,
        "contact_href": contact_href,
    }
)

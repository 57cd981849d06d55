"""Fields of a kind made from its schema alone: at the limit of every length, and with all that may be empty empty.

What a section must survive is not what an example shows. Both are read off the pydantic models of `fields.py`, so
a new field is filled the day it is added.
"""

from __future__ import annotations

import itertools
import types
import zlib
from datetime import date
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Le, MaxLen
from pydantic import BaseModel
from pydantic.types import StringConstraints

from protogen.site.entries import Clock, Currency, Day, Email, Href, ItemId, Name, Phone
from protogen.site.kit import KINDS

FILLINGS = ("example", "limit", "empty")
MOST = 24  # entries of a list that may be longer: what a list does at 24 it does at 200
WORDS = (
    "Donaudampfschifffahrtsgesellschaft, Konstantynopolitańczykowianeczka, Gesundheitswiederherstellung und "
    "Heizungsinstallationsbetriebe; nejneobhospodařovávatelnější zahrada, dziewięćsetdziewięćdziesięciodziewięcioletni "
    "sad, Rechtsschutzversicherungsgesellschaften. A bicycle that is looked after lasts a lifetime — «уважність до "
    "найменших подробиць», Öffnungszeitenänderung ab Donnerstag, przyjmujemy zamówienia indywidualne, "
    "electroencephalographically tested, l’établissement vous accueille, Nahrungsmittelunverträglichkeiten bitte "
    "angeben."
).split()  # fmt: skip
LAST_DAY = date(2099, 9, 30)
# What is no running text: a value of its form, as long as the form allows.
_FORMS = (
    (Href, "index.html"),
    (Day, LAST_DAY.isoformat()),
    (Clock, "22:45"),
    (Currency, "CHF"),
    (Phone, "+49 (0) 8031 / 555 0147 - 0148 - 0149 - 0150"),
    (
        Email,
        "geschaeftsfuehrung.und.kundenbetreuung@donaudampfschifffahrtsgesellschaft.konstantynopolitanczyk.example",
    ),
)


def filled(kind: str, filling: str, most: int = MOST) -> dict[str, Any]:
    """The fields of a kind: its `example`, all at their `limit`, or all `empty` that may be.

    At the limit a list has as many entries as it may, or `most`.
    Raises KeyError for a kind that the kit lacks, ValueError for a filling that is not of `FILLINGS`.
    """
    model = KINDS[kind].fields
    if filling == "example":
        return dict(KINDS[kind].example)
    if filling == "limit":
        return _Limits(most, zlib.crc32(kind.encode()) % 97).of_model(model)
    if filling == "empty":
        required = {name for name, field in model.model_fields.items() if field.is_required()}
        example = KINDS[kind].example
        return {name: str(example[name]).split()[0] for name in sorted(required)}
    raise ValueError(f"{filling} is no filling; there are {', '.join(FILLINGS)}")


def words(length: int, start: int = 0) -> str:
    """Words of several languages, long ones among them: at most `length` characters and nearly as many."""
    text = ""
    for n in itertools.count(start):
        longer = f"{text} {WORDS[n % len(WORDS)]}".lstrip()
        if len(longer) > length:
            break
        text = longer
    return text or WORDS[start % len(WORDS)][:length]


class _Limits:
    """Values at the limit of their types, each with other words than the one before."""

    def __init__(self, most: int, start: int) -> None:
        self._most = most
        self._counter = itertools.count(start)

    def of_model(self, model: type[BaseModel]) -> dict[str, Any]:
        return {
            name: self._of(field.annotation, field.metadata) for name, field in model.model_fields.items()
        }

    def _of(self, annotation: Any, metadata: list[Any]) -> Any:
        """The longest value of a type with these constraints."""
        number = next(self._counter)
        if get_origin(annotation) in (Union, types.UnionType):
            wanted = next(part for part in get_args(annotation) if part is not type(None))
            return self._of(wanted, metadata)
        if get_origin(annotation) is list:
            most = min(next(c.max_length for c in metadata if isinstance(c, MaxLen)), self._most)
            base, constraints = _unwrapped(*get_args(annotation))
            return [self._of(base, constraints) for _ in range(most)]
        if get_origin(annotation) is Literal:
            choices = get_args(annotation)
            return choices[number % len(choices)]
        if annotation is bool:
            return True
        if annotation in (int, float):
            return next((c.le for c in metadata if isinstance(c, Le)), 99_999.99)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self.of_model(annotation)
        return _text(metadata, number)


def _unwrapped(annotation: Any) -> tuple[Any, list[Any]]:
    """`Annotated[str, …]` as the type and its constraints."""
    metadata = list(getattr(annotation, "__metadata__", ()))
    return (annotation.__origin__, metadata) if metadata else (annotation, [])


def _text(metadata: list[Any], n: int) -> str:
    for form, value in _FORMS:
        if metadata == list(getattr(form, "__metadata__", ())):
            return value
    if metadata in [list(getattr(form, "__metadata__", ())) for form in (Name, ItemId)]:
        return f"entry-{n}"
    longest = next((c.max_length for c in metadata if isinstance(c, StringConstraints) and c.max_length), 0)
    assert longest, f"a text without a limit: {metadata}"
    return words(longest, n * 7)

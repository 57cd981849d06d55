"""Fields made to fit their kind's schema: a customer's text may be longer, or odder, than a section has room for."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from protogen.site.kit import KINDS, parse

Fields = dict[str, Any]
MAX_MENDS = 500


def fit(kind: str, fields: Fields) -> Fields:
    """`fields` with long texts cut at a word, long lists cut, and entries left out that cannot stand.

    Raises pydantic.ValidationError where a value that the kind requires is of the wrong form.
    """
    fitted = fields
    for _ in range(MAX_MENDS):
        try:
            parse(kind, fitted)
        except ValidationError as error:
            fitted = copy.deepcopy(fitted)
            if not _mended(kind, fitted, error.errors()[0]):
                raise
        else:
            return fitted
    parse(kind, fitted)
    return fitted


def cut(text: str, longest: int) -> str:
    """At most `longest` characters of `text`, ended at a word and marked with an ellipsis where it is cut."""
    if len(text) <= longest:
        return text
    head, _, rest = text[: longest - 1].rpartition(" ")
    return f"{(head or rest).rstrip(' ,;:–-')}…"


def _mended(kind: str, fields: Fields, fault: ErrorDetails) -> bool:
    """Mend one fault in place; False where the value is required and no part of it can be left out."""
    *path, last = fault["loc"]
    holder: Any = fields
    for step in path:
        holder = holder[step]
    if fault["type"] == "string_too_long":
        holder[last] = cut(holder[last].strip(), fault["ctx"]["max_length"])
    elif fault["type"] == "too_long":
        del holder[last][fault["ctx"]["max_length"] :]
    else:
        return _left_out(kind, fields, fault["loc"])
    return True


def _left_out(kind: str, fields: Fields, loc: tuple[int | str, ...]) -> bool:
    """Leave out the innermost entry of a list that holds `loc`, else the whole field."""
    at = max((n for n, step in enumerate(loc) if isinstance(step, int)), default=-1)
    if at < 0:
        fields.pop(str(loc[0]), None)
        return not KINDS[kind].fields.model_fields[str(loc[0])].is_required()
    entries: Any = fields
    for step in loc[:at]:
        entries = entries[step]
    del entries[loc[at]]
    return True

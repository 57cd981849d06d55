"""YAML from strangers: one mapping, every scalar as the text that was written, nothing clever.

Only the event stream of PyYAML is used, so no tag makes an object, no alias multiplies anything, depth is
bounded before it is built, and `+44 113`, `0800`, `no` and `2027-01-31` stay what the customer typed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml

from protogen.intake.rejected import Rejected, Wait
from protogen.intake.text import decode, tidy

MAX_DEPTH = 20
MAX_NOTES = 20
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = ("", "~", "null")
# What YAML may not hold (YAML 1.2.2, rule c-printable): taken out, or one NUL would lose the whole request.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_JSON_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")

Value = str | None | list["Value"] | dict[str, "Value"]


def load(data: bytes) -> tuple[dict[str, Value], list[str]]:
    """The mapping in `data`, and notes on what of it could not be used.

    Scalars are tidy text; a plain empty scalar, `~` or `null` is None. Where a key stands twice the first
    one counts and the later ones are kept as `<key> (2)`. Raises Rejected: no text, not YAML, not one
    mapping, anchors or aliases, or nested deeper than `MAX_DEPTH`.
    """
    text = _UNPRINTABLE.sub("", decode(data))
    if text.lstrip().startswith("{"):
        text = _JSON_PAIR.sub(_joined, text)
    return _Reader(text).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._notes: list[str] = []

    def document(self) -> tuple[dict[str, Value], list[str]]:
        try:
            return self._document(), self._notes
        except yaml.YAMLError as error:
            if isinstance(error, yaml.MarkedYAMLError) and "nesting" in (error.problem or ""):
                # libyaml's own limit, met while it looks ahead
                raise _too_deep(error.problem_mark.line if error.problem_mark else 0) from None
            raise Rejected(_plain(error), Wait.SHORT) from None

    def _document(self) -> dict[str, Value]:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise Rejected("The file is empty; write the request in it as 'description: …'.", Wait.SHORT)
        root = self._value(next(self._events), 1)
        if root in _NULLS or root is None:
            raise Rejected("The file is empty; write the request in it as 'description: …'.", Wait.SHORT)
        if not isinstance(root, dict):
            raise Rejected(
                "The file is not a list of 'name: value' lines; write the request in it as 'description: …'.",
                Wait.SHORT,
            )
        next(self._events)  # the document's end
        while not isinstance(next(self._events), yaml.StreamEndEvent):
            if self._value(next(self._events), 1) is not None:
                raise Rejected("The file holds more than one document; send each request as its own file.")
            next(self._events)
        return root

    def _value(self, event: Any, depth: int) -> Value:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise Rejected(
                f"Line {_line(event)} uses a YAML anchor or alias (& or *); "
                "put the value in quotes, or write it out."
            )
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style in (None, "")
            return None if plain and event.value in _NULLS else tidy(event.value)
        if depth > MAX_DEPTH:
            raise _too_deep(event.start_mark.line)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(depth)
        return self._mapping(depth)

    def _list(self, depth: int) -> Value:
        values = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            values.append(self._value(event, depth + 1))
        return values

    def _mapping(self, depth: int) -> Value:
        mapping: dict[str, Value] = {}
        twins: Counter[str] = Counter()
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._value(event, depth + 1)
            value = self._value(next(self._events), depth + 1)
            if isinstance(key, list | dict):
                self._note(f"Line {_line(event)} has a list or mapping as a name; it was not used.")
            elif (key or "") not in mapping:
                mapping[key or ""] = value
            elif value is not None and value != mapping[key or ""]:
                twins[key or ""] += 1
                mapping[f"{key} ({twins[key or ''] + 1})"] = value
                self._note(f"Line {_line(event)} gives {(key or '')[:60]!r} once more; the first one counts.")
        return mapping

    def _note(self, note: str) -> None:
        if len(self._notes) < MAX_NOTES:
            self._notes.append(note)


def _joined(match: re.Match[str]) -> str:
    # JSON writes an emoji as two escapes of UTF-16 (RFC 8259, section 7), which YAML does not know.
    high, low = int(match[2], 16), int(match[3], 16)
    return match[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _too_deep(line: int) -> Rejected:
    return Rejected(f"Line {line + 1} is nested deeper than {MAX_DEPTH} levels; write it flat.")


def _plain(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"Line {mark.line + 1} of the file" if mark else "The file"
    problem = getattr(error, "problem", None) or "it has characters that YAML may not hold"
    return (
        f"{where} is not valid YAML ({problem}); "
        "mend it, or write the text under 'description: |', each line indented by two spaces."
    )

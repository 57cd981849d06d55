"""How the customer can be reached: one type and one value out of the many shapes that come in."""

from __future__ import annotations

import re
from typing import NamedTuple

from protogen.intake.strict_yaml import Value
from protogen.intake.text import one_line
from protogen.submission import CONTACT_TYPES, ContactType

_WORDS: dict[str, ContactType] = {
    "mail": "email",
    "emailaddress": "email",
    "tel": "phone",
    "telephone": "phone",
    "mobile": "phone",
    "phonenumber": "phone",
    "sms": "phone",
    "call": "phone",
    "tg": "telegram",
    "wa": "whatsapp",
}
_PATTERNS: tuple[tuple[ContactType, re.Pattern[str]], ...] = (
    ("linkedin", re.compile(r"(https?://)?([a-z]+\.)?linkedin\.com/", re.IGNORECASE)),
    ("whatsapp", re.compile(r"(https?://)?(wa\.me|([a-z]+\.)?whatsapp\.com)/", re.IGNORECASE)),
    ("telegram", re.compile(r"(https?://)?(t\.me|telegram\.me)/|tg://|@\w+$", re.IGNORECASE)),
    ("email", re.compile(r"(mailto:)?[^@\s]+@[^@\s]+$", re.IGNORECASE)),
    ("phone", re.compile(r"(tel:)?\+?[\d\s()./-]{5,}$", re.IGNORECASE)),
)


class Contact(NamedTuple):
    """A way to reach the customer; both empty if there is none. The type is empty if nobody can tell."""

    type: ContactType = ""
    value: str = ""


def contact_of(kind: str, value: str, info: Value, user_email: str) -> Contact:
    """The contact from `contact_type`, `contact_value`, `contact_info` and `user_email`; earlier ones win.

    `user_email` may hold a Telegram handle. A declared type picks from `contact_info`.
    """
    declared = type_named(kind)
    if value:
        return Contact(declared or type_seen(value), value)
    if isinstance(info, str):
        return Contact(declared or type_seen(info), one_line(info))
    given = _given(info)
    if declared in given:
        return Contact(declared, given[declared])
    if user_email and declared in ("", "email", "telegram"):
        return Contact(type_seen(user_email) or "telegram", user_email)
    if given:
        return next(Contact(each, given[each]) for each in CONTACT_TYPES if each in given)
    return Contact(type_seen(user_email) or declared, user_email) if user_email else Contact()


def type_named(kind: str) -> ContactType:
    """The type that a word for it names; empty for an unknown one."""
    plain = re.sub(r"[\W_]", "", kind).casefold()
    return next((each for each in CONTACT_TYPES if each == plain), _WORDS.get(plain, ""))


def type_seen(value: str) -> ContactType:
    """The type that a value looks like; empty if it could be anything."""
    return next((each for each, pattern in _PATTERNS if pattern.match(value.strip())), "")


def _given(info: Value) -> dict[ContactType, str]:
    if not isinstance(info, dict):
        return {}
    given: dict[ContactType, str] = {}
    for key, value in info.items():
        kind = type_named(key)
        if kind and isinstance(value, str) and value.strip():
            given.setdefault(kind, one_line(value))
    return given

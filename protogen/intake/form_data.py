"""`form_data.md`: a filled-in form as Markdown, in whichever layout it was written.

Three layouts of a field are read: a line `**Name:** Jana` (list marks and emphasis or none), a heading that
is a field's name with its text below, and a row `| Name | Jana |`. If none of them is the request, what
belongs to no field is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from protogen.intake.aliases import ALIASES
from protogen.intake.strict_yaml import Value
from protogen.intake.text import decode, tidy

# What people call the fields on a form.
_LABELS: dict[str, str] = {
    "email": "user_email",
    "e-mail": "user_email",
    "email address": "user_email",
    "phone": "phone",
    "phone number": "phone",
    "telephone": "phone",
    "telegram": "telegram",
    "whatsapp": "whatsapp",
    "linkedin": "linkedin",
    "full name": "name",
    "your name": "name",
    "contact": "contact_value",
    "message": "description",
    "request": "description",
    "project description": "description",
    "text": "description",
    "transcript": "description",
    "attachments": "files",
    "voice message": "voice",
    "id": "submission_id",
    **{alias.replace("_", " ").casefold(): alias for names in ALIASES.values() for alias in names},
}
_LONG = ("description", "text_content", "requirements", "analysis", "hint")
_REQUESTS = ("description", "text_content", "requirements")
_CONTACTS = ("phone", "telegram", "whatsapp", "linkedin")
_LISTS = ("files", "file_urls", "voice", "voice_file", "voiceRecording", "voice_file_url")
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*$")
_ROW = re.compile(r"\|\s*([^|]+?)\s*\|\s*([^|]*?)\s*\|$")
_STRONG = re.compile(r"(?:[-*+]\s+)?(\*\*|__)([^*_:]{1,40}?)\s*(?::\s*\1|\1\s*:)\s*(.*)$")
_PLAIN = re.compile(r"(?:[-*+]\s+)?([^\W\d_][\w -]{0,40}?)\s*:\s*(.*)$")
_RULE = re.compile(r"\|[\s|:-]+\|$|\|\s*field\s*\|\s*value\s*\|$", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*+]|\d+\.)\s+")
_REST = "text outside of the fields"


def load(data: bytes) -> dict[str, Value]:
    """The fields in a form's Markdown under the names of `ALIASES`. Raises Rejected if it is no text."""
    fields: dict[str, list[str]] = {}
    current = _REST
    for line in tidy(decode(data)).split("\n"):
        if _RULE.match(line.strip()):
            continue
        field, value, stays = _field(line.strip(), inside=current in _LONG)
        if field:
            fields.setdefault(field, []).append(value)
            current = field if stays else _REST
            continue
        if current in _LISTS and line.strip() and not _ITEM.match(line.strip()):
            current = _REST
        fields.setdefault(current, []).append(line)
    return dict(_values(fields))


def _field(line: str, *, inside: bool) -> tuple[str, str, bool]:
    """The field that a line begins, what it already says of it, and whether the next lines belong to it too.

    Within (`inside`) a long text a plain `Phone: …` is part of it: only headings and strong labels end it.
    """
    if match := _HEADING.match(line):
        return _named(match[1]), "", True
    if match := _ROW.match(line):
        return _named(match[1]), match[2], False
    if match := _STRONG.match(line):
        field = _named(match[2])
        return field, match[3], field in _LONG + _LISTS
    if not inside and (match := _PLAIN.match(line)):
        field = _named(match[1])
        return field, match[2], field in _LONG + _LISTS
    return "", "", False


def _named(label: str) -> str:
    plain = re.sub(r"[_\s]+", " ", label.strip("*_: ")).casefold()
    return _LABELS.get(plain, "")


def _values(fields: dict[str, list[str]]) -> Iterator[tuple[str, Value]]:
    contacts: dict[str, Value] = {}
    rest = tidy("\n".join(fields.pop(_REST, [])))
    for field, lines in fields.items():
        text = tidy("\n".join(lines))
        if field in _CONTACTS:
            contacts[field] = text
        elif field in _LISTS:
            yield field, [name for line in lines if (name := _reference(line))]
        else:
            yield field, text
    if contacts:
        yield "contact_info", contacts
    if rest:
        asked = any(tidy("\n".join(fields.get(field, []))) for field in _REQUESTS)
        yield (_REST if asked else "description"), rest


def _reference(line: str) -> str:
    """The file that a list item names: a link's target, else its text."""
    item = _ITEM.sub("", line.strip(), count=1).strip("` ")
    link = re.fullmatch(r"!?\[[^\]]*\]\(<?([^)>]+)>?\)", item)
    return link[1] if link else item

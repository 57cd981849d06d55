"""The names under which the fields of a submission come, and what each value then means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from protogen.intake.boilerplate import has_words, without_boilerplate
from protogen.intake.contacts import Contact, contact_of
from protogen.intake.contents import note
from protogen.intake.strict_yaml import Value
from protogen.intake.text import one_line

# Canonical name: the names it comes under; the first that says something wins. Case, _ and - do not matter.
ALIASES: dict[str, tuple[str, ...]] = {
    "job_id": ("job_id",),
    "submission_id": ("submission_id",),
    "user_id": ("user_id",),
    "name": ("name", "user_name"),
    "contact_type": ("contact_type", "contactType"),
    "contact_value": ("contact_value", "contactValue"),
    "contact_info": ("contact_info",),
    "user_email": ("user_email",),
    "description": ("description", "text_content"),
    "requirements": ("requirements",),
    "hint": ("hint", "analysis"),
    "voice": ("voice", "voice_file", "voiceRecording", "voice_file_url"),
    "files": ("files", "file_urls"),
}
MAX_ID = 255
MAX_REFERENCES = 200
MAX_REFERENCE = 2000
_NOTHING: tuple[Value, ...] = (None, "", [], {})
_REFERENCE_KEYS = ("path", "file", "filename", "name", "url")


class Fields:
    """The fields of a mapping under their canonical names; `extra` is what no field has used."""

    def __init__(self, mapping: Mapping[str, Value], notes: list[str]) -> None:
        self.notes = notes
        self.extra: dict[str, Value] = dict(mapping)
        self._by_plain: dict[str, list[str]] = {}
        for key in mapping:
            self._by_plain.setdefault(_plain(key), []).append(key)
        self.name = self._line("name")
        self.user_id = self._identifier("user_id")
        self.submission_id = self._identifier("submission_id")
        self.job_id = self._line("job_id").lower()
        self.contact = self._contact()
        self.vague = False
        self.description = self._words("description")
        self.requirements = self._words("requirements")
        self.hint = as_text(self._first("hint"))
        self.voice = self._references("voice")
        self.files = self._references("files")
        for key in [key for field in ALIASES for key in self._keys_of(field)]:
            if self.extra[key] in _NOTHING:
                del self.extra[key]

    def _found(self, field: str) -> Iterator[tuple[str, Value]]:
        """Every non-empty value of a field as (its key, value), in the order of the table."""
        for key in self._keys_of(field):
            if (value := self.extra[key]) not in _NOTHING:
                yield key, value

    def _keys_of(self, field: str) -> list[str]:
        keys = [key for alias in ALIASES[field] for key in self._by_plain.get(_plain(alias), ())]
        return [key for key in dict.fromkeys(keys) if key in self.extra]

    def _first(self, field: str) -> Value:
        """The first value of a field; it leaves `extra`, as do the keys that say the same."""
        winner: Value = None
        for key, value in self._found(field):
            if winner is None or value == winner:
                winner = self.extra.pop(key)
        return winner

    def _line(self, field: str) -> str:
        value = self._first(field)
        if isinstance(value, list | dict):
            note(self.notes, f"The {field} is not one line of text; it was not used as such.")
            self.extra[field] = value
            return ""
        return one_line(value or "")

    def _identifier(self, field: str) -> str:
        value = self._line(field)
        if len(value) > MAX_ID:
            note(self.notes, f"The {field} is longer than {MAX_ID} characters; it was not used.")
            return ""
        return value

    def _contact(self) -> Contact:
        value, kind = self._line("contact_value"), self._line("contact_type")
        info, email = self._first("contact_info"), self._line("user_email")
        contact = contact_of(kind, value, info, email)
        if kind and not contact.type:
            self.extra["contact_type"] = kind
        if isinstance(info, dict) and any(as_text(each) not in ("", contact.value) for each in info.values()):
            self.extra["contact_info"] = info
        if email and email != contact.value:
            self.extra["user_email"] = email
        if not self.name and isinstance(info, dict):
            self.name = one_line(as_text(info.get("name")))
        return contact

    def _words(self, field: str) -> str:
        """The customer's own words in a field; what a machine put in their place makes the request vague."""
        texts: list[str] = []
        for key, value in self._found(field):
            said = as_text(value)
            own = without_boilerplate(said)
            if not own:
                self.vague = self.vague or has_words(said)
                continue
            del self.extra[key]
            if not any(own in text for text in texts):
                texts = [text for text in texts if text not in own] + [own]
        return "\n\n".join(texts)

    def _references(self, field: str) -> tuple[str, ...]:
        """The files that a field names, in its order and each once."""
        found: dict[str, None] = {}
        for key, value in self._found(field):
            references = [one_line(each) for each in names_in(value)]
            if references:
                del self.extra[key]
            else:
                note(self.notes, f"The field {key!r} names no file; write it as a list of file names.")
            found |= dict.fromkeys(filter(None, references))
        if len(found) > MAX_REFERENCES or any(len(each) > MAX_REFERENCE for each in found):
            note(
                self.notes,
                f"The {field} name too many files, or by endless names; those were not used.",
            )
        return tuple(each for each in list(found)[:MAX_REFERENCES] if len(each) <= MAX_REFERENCE)


def as_text(value: Value) -> str:
    """Any value as text for people: lists as lines, mappings as `name: value` lines."""
    if isinstance(value, dict):
        return "\n".join(f"{key}: {as_text(each)}" for key, each in value.items() if each not in (None, ""))
    if isinstance(value, list):
        return "\n".join(filter(None, map(as_text, value)))
    return value or ""


def field_of(key: str) -> str:
    """The canonical name of the field that a key means; empty for one that is not known."""
    return _FIELDS.get(_plain(key), "")


def names_in(value: object) -> Iterable[str]:
    """The files that a value names: a text, or lists and mappings of such."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            if not isinstance(each, list):
                yield from names_in(each)
    elif isinstance(value, dict):
        named = {key.casefold(): each for key, each in value.items()}
        texts = (named.get(key) for key in _REFERENCE_KEYS)
        yield from [text for text in texts if isinstance(text, str) and text][:1]


def _plain(key: str) -> str:
    return re.sub(r"[\s_-]", "", key).casefold()


_FIELDS = {_plain(alias): field for field, aliases in ALIASES.items() for alias in aliases}

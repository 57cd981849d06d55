"""What the fields of a request may hold, before any of it is written.

The intake reads anything and notes what it cannot use, for a drop in a folder has nobody to answer. Who sends a
request over the web is there: what is wrong is said to him, by the name of the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from protogen.intake.aliases import MAX_ID, field_of, names_in
from protogen.submission import CONTACT_TYPES
from protogen.web.refused import Refused

MAX_FIELDS = 200
_MAX_NAME = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LINES = ("job_id", "submission_id", "user_id", "name", "contact_type", "contact_value", "user_email")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//|\\\\", re.IGNORECASE)
_PUBLIC_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+(?:xn--[a-z0-9-]{2,59}|[a-z]{2,63})\.?", re.IGNORECASE)
_PRIVATE_ENDS = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".corp", ".arpa")


def check_fields(fields: Mapping[str, object]) -> None:
    """Raises Refused with 422 for the first field that cannot mean what it says."""
    if len(fields) > MAX_FIELDS:
        raise Refused(422, f"There are more than {MAX_FIELDS} fields; send fewer.")
    for key, value in fields.items():
        if len(key) > _MAX_NAME or _CONTROL.search(key):
            raise Refused(422, f"A field's name must be one line of up to {_MAX_NAME} characters.")
        field = field_of(key)
        if field in _LINES:
            _check_line(key, field, value)
        elif field in ("voice", "files"):
            for name in names_in(value):
                _check_reference(key, name)
        elif field == "description" and isinstance(value, bool | int | float):
            raise Refused(422, f"{key} must be text: what the website is to be.")


def _check_line(key: str, field: str, value: object) -> None:
    if isinstance(value, bool | float | list | dict):
        raise Refused(422, f"{key} must be one line of text.")
    text = "" if value is None else str(value)
    if _CONTROL.search(text.strip()):
        raise Refused(422, f"{key} must be one line, without control characters.")
    if field in ("submission_id", "user_id") and len(text) > MAX_ID:
        raise Refused(422, f"{key} must have at most {MAX_ID} characters.")
    if field == "contact_type" and text.strip().lower() not in CONTACT_TYPES:
        raise Refused(422, f"{key} must be one of {', '.join(filter(None, CONTACT_TYPES))}.")


def _check_reference(key: str, name: str) -> None:
    """A file's name is looked for in the request itself; nothing is ever fetched, and nothing outside is read."""
    plain = unquote(name).replace("\\", "/")
    if _CONTROL.search(plain) or ".." in plain.split("/"):
        raise Refused(422, f"{key} must name files that come with the request, without steps such as '..'.")
    if _SCHEME.match(name.strip()) and not _is_public(name.strip()):
        raise Refused(422, f"{key}: nothing is fetched from an address; attach the file itself.")


def _is_public(address: str) -> bool:
    """True for an http address of a public name; one of these is taken for the name of a file, as `/files/<id>` is."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc or "\\" in address:
        return False
    return bool(_PUBLIC_HOST.fullmatch(host)) and not host.lower().rstrip(".").endswith(_PRIVATE_ENDS)

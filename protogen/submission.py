"""A submission: what a customer asked for, whichever hand dropped it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast, get_args

import yaml

from protogen.files import FileError, check_names

ContactType = Literal["", "email", "phone", "telegram", "whatsapp", "linkedin"]
CONTACT_TYPES: tuple[ContactType, ...] = get_args(ContactType)

REQUEST_NAME = "submission.yaml"
_TEXTS = (
    "job_id",
    "submission_id",
    "user_id",
    "name",
    "contact_type",
    "contact_value",
    "description",
    "hint",
)
_LISTS = ("missing", "notes")


class SubmissionError(ValueError):
    """Files that are no submission, or a submission that no files can hold; the message says why."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the request. `name` is one safe path component, `data` its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """One customer's request under its canonical names; absent values are empty.

    `description` is the request itself. `hint` is what another system made of it (`analysis`): it may
    steer, but nothing in it is a fact. `missing` names files that were promised and did not come; `notes`
    are plain sentences about what could not be used. `extra` keeps unknown keys as they came.
    """

    job_id: str
    description: str = ""
    submission_id: str = ""
    user_id: str = ""
    name: str = ""
    contact_type: ContactType = ""
    contact_value: str = ""
    hint: str = ""
    voice: tuple[Attachment, ...] = ()
    files: tuple[Attachment, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)


def to_files(submission: Submission) -> dict[str, bytes]:
    """The submission as files, which `from_files` reads back exactly.

    `submission.yaml` under canonical names for people to read, the attachments as `files/<name>` and
    `voice/<name>`. `extra` must hold JSON values only. Raises SubmissionError for two attachments of one
    name, or a name that no file can have.
    """
    record: dict[str, Any] = {key: value for key in _TEXTS if (value := getattr(submission, key))}
    record |= {key: list(value) for key in _LISTS if (value := getattr(submission, key))}
    files: dict[str, bytes] = {}
    for folder, attachments in (("voice", submission.voice), ("files", submission.files)):
        if attachments:
            record[folder] = [each.name for each in attachments]
        for each in attachments:
            path = f"{folder}/{each.name}"
            if "/" in each.name or path in files:
                raise SubmissionError(f"The attachment {each.name!r} must be one name, once.")
            files[path] = each.data
    if submission.extra:
        record["extra"] = dict(submission.extra)
    try:
        check_names(files)
        return {REQUEST_NAME: to_yaml(record).encode(), **files}
    except (FileError, UnicodeEncodeError, yaml.YAMLError) as error:
        raise SubmissionError(str(error)) from None


def from_files(files: Mapping[str, bytes]) -> Submission:
    """The submission that `to_files` wrote; other files among them are left alone.

    Raises SubmissionError if `submission.yaml` or an attachment it names is not there or was changed so
    that it no longer is one.
    """
    if REQUEST_NAME not in files:
        raise SubmissionError(f"There is no {REQUEST_NAME}.")
    record = _record(files[REQUEST_NAME])
    return replace(
        _without_attachments(record),
        voice=_attachments(record, "voice", files),
        files=_attachments(record, "files", files),
    )


def without_attachments(data: bytes) -> Submission:
    """The submission of a `submission.yaml` alone. Raises SubmissionError as `from_files` does."""
    return _without_attachments(_record(data))


def to_yaml(record: Mapping[str, object]) -> str:
    """JSON values as YAML for people: in the given order, paragraphs as block literals, no aliases."""
    return yaml.dump(dict(record), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def user_source(user_id: str) -> str:
    """The source of whoever has this user id."""
    return f"user:{user_id}"


def source(submission: Submission) -> str:
    """Who asked, as far as is known: the user id, else the contact, else nothing.

    Two submissions with the same `submission_id` are one only if their source is the same.
    """
    if submission.user_id:
        return user_source(submission.user_id)
    if submission.contact_value:
        return f"{submission.contact_type}:{_plain_contact(submission)}"
    return ""


def idempotency_key(submission: Submission) -> str:
    """What makes a submission sent twice one job: its source and `submission_id`; empty without an id."""
    if not submission.submission_id:
        return ""
    return json.dumps([source(submission), submission.submission_id], ensure_ascii=False)


def digest(submission: Submission) -> str:
    """SHA-256 (hex) of what was asked: description, contact and attachments, whatever else has changed."""
    parts = [
        submission.description,
        submission.contact_type,
        submission.contact_value,
        *([each.name, hashlib.sha256(each.data).hexdigest()] for each in submission.voice),
        None,
        *([each.name, hashlib.sha256(each.data).hexdigest()] for each in submission.files),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _record(data: bytes) -> dict[str, Any]:
    try:
        record = yaml.load(data, Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise SubmissionError(f"{REQUEST_NAME} is not YAML: {error}") from None
    if not isinstance(record, dict):
        raise SubmissionError(f"{REQUEST_NAME} is not a mapping.")
    return record


def _without_attachments(record: Mapping[str, object]) -> Submission:
    texts = {key: _text(record, key) for key in _TEXTS}
    if texts["contact_type"] not in CONTACT_TYPES:
        raise SubmissionError(f"{REQUEST_NAME}: {texts['contact_type']!r} is no type of contact.")
    extra = record.get("extra", {})
    if not isinstance(extra, dict):
        raise SubmissionError(f"{REQUEST_NAME}: 'extra' is not a mapping.")
    return Submission(
        **cast(dict[str, Any], texts),
        missing=_texts(record, "missing"),
        notes=_texts(record, "notes"),
        extra=extra,
    )


def _plain_contact(submission: Submission) -> str:
    if submission.contact_type in ("phone", "whatsapp"):
        return re.sub(r"[^\d+]", "", submission.contact_value)
    return submission.contact_value.casefold()


def _text(record: Mapping[str, object], key: str) -> str:
    value = record.get(key, "")
    if not isinstance(value, str):
        raise SubmissionError(f"{REQUEST_NAME}: {key!r} is not text.")
    return value


def _texts(record: Mapping[str, object], key: str) -> tuple[str, ...]:
    values = record.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise SubmissionError(f"{REQUEST_NAME}: {key!r} is not a list of texts.")
    return tuple(values)


def _attachments(
    record: Mapping[str, object], folder: str, files: Mapping[str, bytes]
) -> tuple[Attachment, ...]:
    names = _texts(record, folder)
    for name in names:
        if f"{folder}/{name}" not in files:
            raise SubmissionError(f"The file {folder}/{name} is not there.")
    return tuple(Attachment(name, files[f"{folder}/{name}"]) for name in names)


class _Dumper(yaml.SafeDumper):
    """YAML for people: paragraphs as block literals, nothing as an alias."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if re.search(r"[^\S\n ]|[\x00-\x08\x0e-\x1f\ufeff]", text):
        style = '"'  # PyYAML would write NEL, LS and PS as they are, and read them as line breaks
    elif "\n" in text and not re.search(r"^\s| \n|\n\n\Z| \Z", text):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

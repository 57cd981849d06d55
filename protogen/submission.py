"""A submission: what a customer asked for, whichever hand dropped it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ContactType = Literal["", "email", "phone", "telegram", "whatsapp", "linkedin"]


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

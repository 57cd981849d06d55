"""The published sites as the web sees them: what they say of themselves, and whether their time is over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from protogen.logs import get_logger
from protogen.logs.safe import tail
from protogen.web.files import Folder, Found, open_below
from protogen.web.hosts import is_project_id

METADATA = "metadata.json"
EXPIRED_FOLDER = ".expired"
_METADATA_UP_TO = 1_000_000

log = get_logger(__name__)


class _Public(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class StageRow(_Public):
    """One stage of the generation, as metadata.json tells it."""

    name: str
    rung: str = ""
    model: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    ms: int = 0
    retries: int = 0
    reason: str = ""


class Metadata(_Public):
    """metadata.json of a published site. Shares are from 0 to 1, times are aware, `file_size` is in bytes."""

    project_id: str
    expires_at: AwareDatetime
    created_at: AwareDatetime | None = None
    title: str = ""
    description: str = ""
    language: str = ""
    generation_time: float | None = None
    file_size: int | None = None
    stages: tuple[StageRow, ...] = ()
    ai_share: float | None = Field(None, ge=0, le=1)
    ai_sections: float | None = Field(None, ge=0, le=1)
    facts: Mapping[str, Any] = Field(default_factory=dict)
    generator: str = ""

    @field_validator("expires_at", "created_at", mode="before")
    @classmethod
    def _in_utc(cls, value: object) -> object:
        """A time without a zone is UTC: the ledger writes nothing else."""
        if isinstance(value, str) and "T" in value and not value.endswith("Z"):
            clock = value.partition("T")[2]
            return value if "+" in clock or "-" in clock else f"{value}Z"
        return value

    def expired(self, now: datetime) -> bool:
        """True from `expires_at` on."""
        return now >= self.expires_at

    def days_left(self, now: datetime) -> int:
        """Whole days until the expiry, rounded up; 0 once it is over."""
        left = self.expires_at - now
        return max(0, -(-int(left.total_seconds()) // 86_400))


class PublishedSites:
    """The folder of published sites, read-only but for the markers of `mark_expired`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, tuple[tuple[int, int, int], Metadata | None]] = {}

    def metadata(self, project_id: str) -> Metadata | None:
        """What a site says of itself; None where nothing readable is published under this name."""
        if not is_project_id(project_id):
            return None
        found = open_below(self.folder, (project_id, METADATA))
        if not isinstance(found, Found):
            self._known.pop(project_id, None)
            return None
        with os.fdopen(found.fd, "rb") as file:
            version = (found.status.st_ino, found.status.st_mtime_ns, found.status.st_size)
            known = self._known.get(project_id)
            if known is None or known[0] != version:
                known = (version, _parse(project_id, file.read(_METADATA_UP_TO)))
                self._known[project_id] = known
        return known[1]

    def open(self, project_id: str, parts: tuple[str, ...]) -> Found | Folder | None:
        """A file of a site, by the segments of its path."""
        return open_below(self.folder, (project_id, *parts))

    def mark_expired(self, now: datetime | None = None) -> tuple[str, ...]:
        """Bring `.expired/<project-id>` into line with every site's expiry; the ids now marked, sorted.

        By these empty files nginx, which can neither read JSON nor compare times, learns what has expired. A
        marker goes again where the site was renewed or is gone. Raises OSError if it cannot be written.
        """
        now = now or datetime.now(UTC)
        expired = {project for project in self._projects() if self._is_over(project, now)}
        markers = self.folder / EXPIRED_FOLDER
        if expired:
            markers.mkdir(exist_ok=True)
        present = {marker.name for marker in markers.iterdir()} if markers.is_dir() else set()
        for project in expired - present:
            (markers / project).touch()
        for project in present - expired:
            (markers / project).unlink(missing_ok=True)
        return tuple(sorted(expired))

    def _projects(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        return [entry.name for entry in self.folder.iterdir() if is_project_id(entry.name)]

    def _is_over(self, project: str, now: datetime) -> bool:
        metadata = self.metadata(project)
        return metadata is not None and metadata.expired(now)


def _parse(project_id: str, data: bytes) -> Metadata | None:
    try:
        return Metadata.model_validate_json(data)
    except ValidationError:
        log.warning("site-unserved", project=tail(project_id))
        return None

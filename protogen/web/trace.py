"""How a site was made, as its job's record.json tells it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from protogen.job import Rung
from protogen.ledger import Ledger
from protogen.logs import get_logger
from protogen.worker import RECORD_FILE

log = get_logger(__name__)


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class MadeSection(_Kept):
    """One section: what it is, on which page, by which rung, and why not by a higher one."""

    kind: str
    page: str = "index"
    rung: str = Rung.TEMPLATE.value
    reason: str = ""

    @property
    def name(self) -> str:
        """The kind in words."""
        return self.kind.replace("-", " ").replace("_", " ")


class Trace(_Kept):
    """What record.json says of a site: its sections, what was taken out, and what was not clear."""

    sections: tuple[MadeSection, ...] = ()
    removed: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    stages: tuple[dict[str, Any], ...] = Field(())

    @model_validator(mode="before")
    @classmethod
    def _questions_of_the_brief(cls, value: Any) -> Any:
        if isinstance(value, dict) and "questions" not in value and isinstance(value.get("brief"), dict):
            return {**value, "questions": value["brief"].get("questions") or ()}
        return value

    def on(self, *rungs: Rung) -> list[MadeSection]:
        """The sections on these rungs, in the page's order."""
        return [section for section in self.sections if section.rung in rungs]


def trace_of(records: Ledger | None, job: str) -> Trace:
    """The record of a job's site; an empty one where there is none that can be read."""
    data = records.kept(job, RECORD_FILE) if records and job else None
    if data is None:
        return Trace()
    try:
        return Trace.model_validate_json(data)
    except ValidationError:
        log.warning("record-unreadable", job=job)
        return Trace()

"""Settings of the log."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from protogen.config_llm import Part


class LogSettings(Part):
    """The log: JSON lines in files, and the console of `protogen up`."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="the least that is logged: debug | info | warning | error"
    )
    console: Literal["people", "json"] = Field(
        "people", description="what protogen up prints: people (sentences) | json (as in the file)"
    )
    file_bytes: int = Field(10_000_000, ge=10_000, description="a file that has grown so large is put aside")
    files: int = Field(10, ge=1, le=1000, description="files put aside that are kept; the oldest goes")
    keep_days: int = Field(30, ge=1, le=3650, description="lines older than so many days are deleted")

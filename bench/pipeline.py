"""One request through the pipeline alone, with a model that runs already: what several benches begin with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protogen.config import LlmSettings, Role, Settings
from protogen.draft import Draft
from protogen.hooks import Hook
from protogen.intake.attachments import read_request
from protogen.intake.parse import parse_drop
from protogen.job import Rung
from protogen.llm.providers import Providers
from protogen.pipeline.begin import AI_SHARE_OF_TIMEOUT, begin_draft, begin_writer
from protogen.pipeline.report import metadata
from protogen.pipeline.runner import run
from protogen.submission import Submission

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT.parent / "shared" / "cases"


@dataclass(frozen=True, slots=True)
class Made:
    """A finished draft, its metadata, and the seconds from its beginning."""

    case: str
    draft: Draft
    about: dict[str, Any]
    seconds: float


def cases() -> dict[str, Path]:
    """The requests in `examples/` and, where the folder is there, in `../shared/cases/`, by name."""
    found = sorted((ROOT / "examples").glob("*.yaml")) + sorted(CASES.glob("*.yaml"))
    return {case.stem: case for case in found}


def settings(first_rung: Rung = Rung.FIELDS, languages: tuple[str, ...] = ("en",)) -> Settings:
    """The embedded model, with this first rung and these languages."""
    role = Role(first_rung=first_rung, languages=languages)
    return Settings(llm=LlmSettings(nlp=role, codegen=role))


@contextmanager
def model(by: Settings | None = None) -> Iterator[Providers]:
    """The embedded model, running by these settings: what it may write in, and where it begins on the ladder."""
    providers = Providers(by or settings())
    providers.start()
    try:
        yield providers
    finally:
        providers.stop()


def make(case: str, request: Submission | Path, by: Settings, providers: Providers, seed: int) -> Made:
    """The site of a request under the usual deadline."""
    submission = request if isinstance(request, Submission) else parse_drop(request, by.intake)
    begin = time.monotonic()
    draft = begin_draft(by, read_request(submission, by.voice, Hook()), seed)
    writer = begin_writer(
        by, providers, seed, begin + by.generation_timeout * AI_SHARE_OF_TIMEOUT, lambda: False
    )
    *_, draft = run(draft, writer, Hook())
    seconds = time.monotonic() - begin
    return Made(case, draft, metadata(draft, seconds), seconds)

"""Drafts for the pipeline's tests: a request goes in, a finished site comes out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from protogen.config import LlmSettings, Role, Settings
from protogen.draft import Document, Draft, Fact, FactKind
from protogen.hooks import Hook
from protogen.job import Rung
from protogen.llm.providers import Providers
from protogen.llm.writer import Speed, Speeds, Writer
from protogen.photo import NO_PICTURES, Pictures
from protogen.pipeline.runner import STEPS, run
from protogen.submission import ContactType, Submission

CREATED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

BAKERY = """Fern & Flour is a small plant-based bakery and café in Brno, at Veveří 42.
We bake sourdough bread every morning.
We sell: sourdough loaf 95 Kč, rye bread 80 Kč and croissant 45 Kč.
On Saturdays we hold a sourdough workshop (1 200 Kč).
Open Tue-Sat 7:30-17:00, Sun 9-13. Call +420 541 234 567 or write to hello@fernflour.example.
People should be able to sign up for the workshop. We want a menu. Green and cream, please."""


# The five stages, the later ones with a tenth of the time that they are otherwise left.
QUICK_STEPS = tuple(dataclasses.replace(step, seconds=step.seconds / 10) for step in STEPS)


def submission(
    description: str, name: str = "", contact_type: ContactType = "", contact_value: str = ""
) -> Submission:
    """A submission with this request."""
    return Submission(
        "11111111-2222-4333-8444-555555555555",
        description=description,
        name=name,
        contact_type=contact_type,
        contact_value=contact_value,
    )


def draft(
    request: str | Submission,
    seed: int = 1,
    pictures: Pictures = NO_PICTURES,
    documents: tuple[Document, ...] = (),
) -> Draft:
    """The draft that the pipeline begins with."""
    asked = submission(request) if isinstance(request, str) else request
    url = "http://{project_id}.localhost:3000/"
    return Draft(
        asked, seed, CREATED, CREATED + timedelta(days=30), url=url, pictures=pictures, documents=documents
    )


def writer(
    base_url: str = "",
    *,
    seconds: float = 30.0,
    first_rung: Rung = Rung.FIELDS,
    languages: tuple[str, ...] = ("*",),
    cancelled: Callable[[], bool] = lambda: False,
) -> Writer:
    """A writer on a server at `base_url`, or on none; its deadline is `seconds` from now."""
    role = Role(model="stub", first_rung=first_rung, languages=languages)
    provider = "openai" if base_url else "none"
    settings = Settings(llm=LlmSettings(provider=provider, base_url=base_url, nlp=role, codegen=role))
    return Writer(
        Providers(settings),
        time.monotonic() + seconds,
        seed=1,
        speeds=Speeds(
            Speed(read=100_000, write=10_000)
        ),  # else nothing would be asked in a test's short time
        cancelled=cancelled,
    )


def finished(
    request: str | Submission,
    by: Writer | None = None,
    seed: int = 1,
    pictures: Pictures = NO_PICTURES,
    documents: tuple[Document, ...] = (),
) -> Draft:
    """The draft after all five stages."""
    *_, last = run(draft(request, seed, pictures, documents), by or writer(), Hook(), steps=QUICK_STEPS)
    return last


def pages(made: Draft) -> str:
    """The HTML of every page of a finished draft, one after another."""
    assert made.site is not None
    return "\n".join(data.decode() for name, data in made.site.files.items() if name.endswith(".html"))


def values(facts: tuple[Fact, ...], kind: FactKind) -> list[str]:
    """What the facts of one kind say, in order."""
    return [fact.value for fact in facts if fact.kind is kind]

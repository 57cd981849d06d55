"""The values that pass through the pipeline: Brief, Page, Theme, Behaviour, Site, and the Draft they fill.

Each stage adds one value and changes none that came before it. They stand below `pipeline` because the
kit (`site`) and the checks read them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from protogen.job import Rung, StageTrace
from protogen.photo import NO_PICTURES, Pictures
from protogen.submission import Submission


class FactKind(StrEnum):
    """What a fact is: only these may be printed as such."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    PLACE = "place"
    PRICE = "price"
    HOURS = "hours"
    DATE = "date"
    YEAR = "year"
    PERSON = "person"
    OFFER = "offer"
    CERTIFICATE = "certificate"
    LANGUAGE = "language"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the customer said. `value` as it is printed; `span` is its [start, end) in the source text.

    `item` is what a price or a time belongs to ("Orbit Speaker"), `detail` what was said of it.
    """

    kind: FactKind
    value: str
    span: tuple[int, int]
    item: str = ""
    detail: str = ""


Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What the customer gave in so many words, as pairs.

    What was said and by whom; a person and their part; a number and what it counts; a work, and an article, with
    its detail; a thing to bring, and a step of how it works, and nothing.
    """

    quotes: Pairs = ()
    people: Pairs = ()
    figures: Pairs = ()
    works: Pairs = ()
    articles: Pairs = ()
    bring: Pairs = ()
    steps: Pairs = ()

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """Pieces of the request that have a section of their own: the page's story leaves their sentences out."""
        return tuple(
            text
            for text, _ in (
                *self.quotes,
                *self.people,
                *self.works,
                *self.articles,
                *self.bring,
                *self.steps,
            )
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the customer's that visitors may take along: `path` in the site, `size` as it is told."""

    label: str
    path: str
    size: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """One section to be written: its kind from the kit, its page (`index` or a slug), what it must say."""

    kind: str
    about: str = ""
    page: str = "index"


@dataclass(frozen=True, slots=True)
class Brief:
    """What the customer wants. `language` is ISO 639-1; `colours` are CSS colours in the customer's order.

    `sentences` are the customer's own sentences that may stand on the page as they are; `faq` are questions that
    the customer both asks and answers. `scheme` is `light`, `dark` or `auto` (not said). `questions` is what a
    person would have asked back.
    """

    name: str
    trade: str
    language: str
    audience: str = ""
    tone: str = ""
    scheme: str = "auto"
    colours: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    plan: tuple[SectionPlan, ...] = ()
    facts: tuple[Fact, ...] = ()
    sentences: tuple[str, ...] = ()
    faq: tuple[tuple[str, str], ...] = ()
    questions: tuple[str, ...] = ()
    given: Given = Given()


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a page: `fields` as its kind's schema asks, or `html` where the model wrote markup.

    `id` is unique on its page and is the anchor. An empty `variant` leaves the choice to the theme's direction.
    `written` are the texts in `fields` that the model wrote;
    all other words are the customer's or the kit's.
    """

    id: str
    kind: str
    variant: str
    fields: Mapping[str, Any]
    page: str = "index"
    html: str = ""
    rung: Rung = Rung.TEMPLATE
    written: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Every section of the site in order; `pages` maps a further page's slug to its title ("index" first)."""

    sections: tuple[Section, ...]
    pages: Mapping[str, str] = field(default_factory=lambda: {"index": ""})


@dataclass(frozen=True, slots=True)
class Theme:
    """The look. `tokens` maps CSS custom property names (`--accent`) to values; `css` the model added.

    `dark_tokens` override `tokens` under `prefers-color-scheme: dark` and are empty unless scheme is `auto`.
    """

    direction: str
    scheme: str
    motif: str
    tokens: Mapping[str, str]
    dark_tokens: Mapping[str, str] = field(default_factory=dict)
    css: str = ""
    rung: Rung = Rung.TEMPLATE


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What moves: names of the kit's behaviour modules, and `code` that the model wrote beside them."""

    modules: tuple[str, ...]
    code: str = ""
    rung: Rung = Rung.TEMPLATE


@dataclass(frozen=True, slots=True)
class Site:
    """The finished site: relative POSIX path to bytes, `metadata.json` left out until it is published."""

    title: str
    description: str
    files: Mapping[str, bytes]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(map(len, self.files.values()))


@dataclass(frozen=True, slots=True)
class Copy:
    """Words of the whole site: title and description of the head, tagline of the footer."""

    title: str
    description: str
    tagline: str = ""
    written: tuple[str, ...] = ()
    rung: Rung = Rung.TEMPLATE


@dataclass(frozen=True, slots=True)
class Refusal:
    """Words of the model's that were not taken: where they were to stand, and why not.

    A reason is a kind, and after a colon what it is about: `copied: we bake sourdough bread …`.
    """

    part: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.part}: {'; '.join(self.reasons)}"


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft so far: what the stages hand on.

    `seed` makes every free choice repeatable. `url` is where the site will stand, with `{project_id}` in it, or
    empty where nobody knows; `created_at` and `expires_at` are what the page says of itself. `pictures`
    are the customer's own, `documents` those that visitors may take along. `removed` are words of the model's that
    were not taken.
    """

    submission: Submission
    seed: int
    created_at: datetime
    expires_at: datetime
    project_id: str = ""
    url: str = ""
    pictures: Pictures = NO_PICTURES
    documents: tuple[Document, ...] = ()
    brief: Brief | None = None
    page: Page | None = None
    theme: Theme | None = None
    behaviour: Behaviour | None = None
    copy: Copy | None = None
    site: Site | None = None
    traces: tuple[StageTrace, ...] = ()
    removed: tuple[Refusal, ...] = ()

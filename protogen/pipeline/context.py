"""What the composers of sections see, and the small words they share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from protogen.checks.facts import of_kind
from protogen.draft import Brief, Document, Fact, FactKind, SectionPlan
from protogen.pipeline.reading import Reading
from protogen.pipeline.wishes import act_wished
from protogen.site.words import Words

Fields = dict[str, Any]
_LONGEST_TITLE = 8  # words
_VERB = re.compile(
    r"\b(?:is|are|am|was|we|i|you|have|has|do|does|make|sell|run|offer|je|jsme|ist|sind|wir|ich)\b|['’]", re.I
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a composer sees: the brief, the whole plan, the interface's words in the page's language."""

    brief: Brief
    reading: Reading
    plan: Sequence[SectionPlan]
    words: Words
    documents: tuple[Document, ...] = ()

    def facts(self, *kinds: FactKind) -> list[Fact]:
        """The customer's facts of these kinds."""
        return of_kind(self.brief.facts, *kinds)

    def value(self, *kinds: FactKind) -> str:
        """The first such fact as it is printed, or ''."""
        return next((fact.value for fact in self.facts(*kinds)), "")

    def act(self, purpose: str) -> str:
        """What a visitor does with a form of this purpose, as the customer put it; '' where that is not said."""
        return act_wished(purpose, self.reading.wishes)

    @property
    def asking(self) -> str:
        """The purpose of the first form: that which asks what the customer wants asked."""
        forms = (plan for plan in self.plan if plan.kind in ("form", "order"))
        return next((plan.about or plan.kind for plan in forms), "")

    @property
    def recipient(self) -> str:
        """Where an answer to a form would go."""
        return self.value(FactKind.EMAIL) or self.value(FactKind.PHONE) or self.value(FactKind.LINK)


def headline(context: Context) -> str:
    """The customer's name where the model wrote nothing better, or what he calls himself first."""
    return (
        context.brief.name
        or _title(context.brief.sentences[:1])
        or capital(context.brief.trade)
        or context.reading.person
        or context.words("Welcome")
    )


def _title(sentences: Sequence[str]) -> str:
    """The first sentence where it is a short one without a verb: `Notary and family lawyer in Leeds.`"""
    first = next(iter(sentences), "").rstrip(".")
    return (
        ""
        if len(first.split()) > _LONGEST_TITLE or _VERB.search(first) or re.search(r"[.!?:]", first)
        else first
    )


def planned(context: Context, kind: str) -> bool:
    """True where the site has a section of this kind."""
    return any(plan.kind == kind for plan in context.plan)


def capital(text: str) -> str:
    """`text` with its first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """`text` as a sentence: a capital before, a full stop behind; nothing stays nothing."""
    return f"{capital(text).rstrip('.')}." if text else ""

"""Every reason why words of a model may not stand on a customer's page, asked in one place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from protogen.checks.contradictions import contradictions
from protogen.checks.copy import faults, sentences
from protogen.checks.facts import fold
from protogen.checks.invented import invented
from protogen.checks.lexicon import COMMON
from protogen.checks.substance import says_nothing
from protogen.draft import Refusal
from protogen.pipeline.language import other_language
from protogen.pipeline.prompt import of_example
from protogen.pipeline.slots import of_purposes

MOST_NEW_IN_HEADING = 1  # words that were not said


def objections(text: str, source: str, language: str, *, sentence: bool, item: str = "") -> list[str]:
    """Why `text` may not stand on the page of a customer who wrote `source`; empty where it may.

    `sentence` asks for a whole sentence, not a heading; `item` names the product or service that it is about.
    """
    reasons = faults(text, source, sentence=sentence, language=language)
    most_new = 0 if item else None if sentence else MOST_NEW_IN_HEADING
    unsaid = invented(text, _said_of(item, source), language, most_new=most_new)
    reasons += [f"not said by the customer: {piece}" for piece in unsaid]
    if other := other_language(text, language):
        reasons.append(f"wrong language: {other}")
    if language == "en":
        reasons += [f"contradicts the customer: {word}" for word in contradictions(text, source)]
        if item and says_nothing(text, item):
            reasons.append("says nothing of it")
    reasons += [f"words of the prompt: {piece}" for piece in of_purposes(text, source)]
    return [*reasons, *(f"words of the example: {piece}" for piece in of_example(text, source))]


@lru_cache(maxsize=32)
def _said_of(item: str, source: str) -> str:
    """The sentences of `source` that have a word of the item's name; all of it where none has."""
    words = [word for word in re.findall(r"[^\W\d_]{4,}", fold(item)) if word not in COMMON]
    found = [each for each in sentences(source) if any(word[:6] in fold(each) for word in words)]
    return "\n".join(found) or source


def counted(refusals: Iterable[Refusal]) -> dict[str, int]:
    """How often words were refused, by kind of reason; one that has two reasons of a kind counts once."""
    kinds: Counter[str] = Counter()
    for refusal in refusals:
        kinds.update({reason.partition(":")[0] for reason in refusal.reasons})
    return dict(kinds.most_common())

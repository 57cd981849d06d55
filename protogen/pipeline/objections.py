"""Every reason why words of a model may not stand on a customer's page, asked in one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from protogen.checks.contradictions import contradictions
from protogen.checks.copy import faults
from protogen.checks.invented import invented
from protogen.checks.substance import says_nothing
from protogen.draft import Refusal
from protogen.pipeline.language import other_language
from protogen.pipeline.prompt import of_example

MOST_NEW_IN_HEADING = 1  # words that were not said


def objections(text: str, source: str, language: str, *, sentence: bool, item: str = "") -> list[str]:
    """Why `text` may not stand on the page of a customer who wrote `source`; empty where it may.

    `sentence` asks for a whole sentence, not a heading; `item` names the product or service that it is about.
    """
    reasons = faults(text, source, sentence=sentence, language=language)
    most_new = 0 if item else None if sentence else MOST_NEW_IN_HEADING
    unsaid = invented(text, source, language, most_new=most_new)
    reasons += [f"not said by the customer: {piece}" for piece in unsaid]
    if other := other_language(text, language):
        reasons.append(f"wrong language: {other}")
    if language == "en":
        reasons += [f"contradicts the customer: {word}" for word in contradictions(text, source)]
        if item and says_nothing(text, item):
            reasons.append("says nothing of it")
    return [*reasons, *(f"words of the example: {piece}" for piece in of_example(text, source))]


def counted(refusals: Iterable[Refusal]) -> dict[str, int]:
    """How often words were refused, by kind of reason; one that has two reasons of a kind counts once."""
    kinds: Counter[str] = Counter()
    for refusal in refusals:
        kinds.update({reason.partition(":")[0] for reason in refusal.reasons})
    return dict(kinds.most_common())

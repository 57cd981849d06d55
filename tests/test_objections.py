"""Why words may not stand: contradictions, other languages, and all the checks as one."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from protogen.checks.contradictions import contradictions
from protogen.draft import Refusal
from protogen.pipeline.language import other_language
from protogen.pipeline.objections import counted, objections

SOURCE = """Fern & Flour is a small plant-based bakery. We bake sourdough bread. No delivery, sorry. We do not take
cards. We don't sell gift vouchers, and there is no drain cleaning. Everything is nut-free.
Our oat butter is famous."""
CORPUS = yaml.safe_load((Path(__file__).parent.parent / "bench" / "checks.yaml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Rolls with cream and honey.", ["cream", "honey"]),
        ("Oat milk lattes and vegan cheese.", []),
        ("Bread without milk or eggs.", []),
        ("We deliver to your door.", ["deliver"]),
        ("There is no delivery.", []),
        ("Card payments are welcome.", ["card"]),
        ("Gift vouchers make people happy.", ["vouchers"]),
        ("Blocked drains are cleared.", ["drains"]),
        ("Fresh nuts in every loaf.", ["nuts"]),
        ("Nut-free cakes.", []),
        ("Bread with oat butter.", []),
        ("A small bakery for everybody.", []),
    ],
)
def test_what_the_customer_denies_is_not_affirmed(text: str, found: list[str]) -> None:
    """A vegan bakery has no cream, and who does not deliver does not deliver."""
    assert contradictions(text, SOURCE) == found


def test_what_is_also_said_is_no_contradiction() -> None:
    """Who ships, but not on Sundays, ships."""
    assert contradictions("We ship wool.", "We ship wool to Austria. We do not ship on Sundays.") == []


@pytest.mark.parametrize(
    ("text", "language", "other"),
    [
        ("Pečeme chléb každé ráno pro celou ulici.", "en", "cs"),
        ("We bake bread for the whole street every morning.", "cs", "en"),
        ("Wir backen jeden Morgen Brot für die ganze Straße.", "en", "de"),
        ("We bake bread for the whole street every morning.", "en", ""),
        ("Pečeme chléb každé ráno pro celou ulici.", "cs", ""),
        ("Fern & Flour, Veveří 42, Brno", "en", ""),
        ("Croissants, baguettes and pain au chocolat.", "en", ""),
    ],
)
def test_another_language_is_known(text: str, language: str, other: str) -> None:
    """Surely another language, or no word of it."""
    assert other_language(text, language) == other


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: str(case["request"]).split()[0])
def test_planted_sentences_are_refused_and_honest_ones_are_not(case: dict[str, list[str]]) -> None:
    """Of the corpus that the bench measures with, at most one sentence a request is judged wrongly."""
    source = str(case["request"])
    missed = [each for each in case["planted"] if not objections(each, source, "en", sentence=True)]
    wronged = [each for each in case["honest"] if objections(each, source, "en", sentence=True)]
    assert len(missed) + len(wronged) <= 1, (missed, wronged)


def test_each_kind_of_reason_is_counted_once_a_text() -> None:
    """Two numbers that nobody said are one refusal."""
    refusals = [
        Refusal("hero.lead", ("not said by the customer: 12", "not said by the customer: 13", "cut off")),
        Refusal("about.body", ("not said by the customer: Petra",)),
    ]
    assert counted(refusals) == {"not said by the customer": 2, "cut off": 1}
    assert str(refusals[1]) == "about.body: not said by the customer: Petra"


@given(st.text(max_size=120), st.text(max_size=120))
def test_no_text_is_too_odd_to_judge(text: str, source: str) -> None:
    """Any text against any source gives reasons, and no error."""
    assert all(isinstance(reason, str) for reason in objections(text, source, "en", sentence=True))

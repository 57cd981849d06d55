"""What no section tells joins the story; what is told is not said twice."""

from __future__ import annotations

import pytest

from protogen.draft import Section
from protogen.pipeline.complete import A_PARAGRAPH, MOST_PARAGRAPHS, complete
from tools.drafts import BAKERY, finished, writer
from tools.model import good, stub

HERO = Section("top", "hero", "", {"headline": "Warm rooms", "lead": "We repair boilers in Leeds."})
ABOUT = Section("about", "about", "", {"heading": "About", "body": ["We mend what leaks."], "points": []})


def body(*sentences: str, about: Section = ABOUT) -> list[str]:
    """The story's paragraphs after these sentences of the customer's."""
    return list(complete([HERO, about], sentences)[1].fields["body"])


@pytest.mark.parametrize(
    "sentence",
    [
        "Three vans are on the road.",
        "We have repaired boilers in Leeds since 1998.",
        "Owen Hartley repairs boilers in Leeds.",
        "We do not repair boilers in Bradford.",
        "Gas Safe registered, number 543210.",
        "Everything is guaranteed and insured throughout.",
    ],
)
def test_what_is_told_nowhere_joins_the_story(sentence: str) -> None:
    """Numbers as words or digits, names, denials, and anything of which the page has few words."""
    assert body(sentence) == ["We mend what leaks.", sentence]


@pytest.mark.parametrize("sentence", ["In Leeds we repair boilers.", "What leaks, we mend."])
def test_what_is_told_in_other_words_is_not_said_twice(sentence: str) -> None:
    """The page has its words already."""
    assert body(sentence) == ["We mend what leaks."]


def test_a_page_without_a_story_stays_as_it_is() -> None:
    """There is no place for a paragraph."""
    assert complete([HERO], ["Three vans are on the road."]) == [HERO]


def test_long_stories_are_cut_into_paragraphs_that_fit() -> None:
    """A few sentences each, and no more than the section takes."""
    told = body(*(f"Room {n} has a window to the north." for n in range(60)))
    assert len(told) == MOST_PARAGRAPHS
    assert told[1].count("window") == A_PARAGRAPH


def test_a_models_story_costs_no_fact() -> None:
    """The bakery's sentences that the model left out stand beside its paragraph, and once only."""
    with stub(good) as model:
        draft = finished(BAKERY, writer(model.base_url))
    assert draft.page is not None
    texts = " ".join(str(section.fields) for section in draft.page.sections)
    assert texts.count("plant-based") == 1
    assert "Veveří 42" in texts


def test_a_page_from_templates_is_complete() -> None:
    """Without the model too."""
    draft = finished(
        "Hartley is a plumber in Leeds. " + "Three vans are on the road. " + "Call 0113 496 0123."
    )
    assert draft.page is not None
    assert "Three vans" in " ".join(str(section.fields) for section in draft.page.sections)

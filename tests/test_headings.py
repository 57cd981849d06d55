"""Headings that the model chooses for sections in which no words of its own stand."""

from __future__ import annotations

import re

import pytest

from protogen.draft import Draft, Section
from protogen.job import Rung
from protogen.pipeline.forms import FORM_HEADINGS
from protogen.pipeline.headings import HEADINGS, OF_FORMS
from protogen.pipeline.report import degraded
from protogen.site.kit import KINDS
from protogen.site.words import Words, languages
from tools.drafts import BAKERY, finished, writer
from tools.model import Reply, answers, by_question, dies, good, says, stub

NOTHING_USABLE = answers(
    lead="Come in and", heading="Come in and", body="Come in and"
)  # cut off, each time it is asked
CZECH = (
    "Kavárna U Lípy je malá kavárna v Brně. Pečeme koláče a vaříme kávu od místních pražíren. "
    "Otevřeno máme každý den 8-18. Najdete nás na adrese Veveří 42, Brno. Pište na ahoj@ulipy.example."
)


def made_by(*script: Reply, request: str = BAKERY, first: Rung = Rung.FIELDS) -> tuple[Draft, list[str]]:
    """The site by a model that writes English, and the questions about headings."""
    with stub(*script) as model:
        made = finished(request, writer(model.base_url, first_rung=first, languages=("en",)))
        return made, [request.question for request in model.asked("^Headings")]


def section(made: Draft, kind: str) -> Section:
    """The first of its kind."""
    assert made.page is not None
    return next(each for each in made.page.sections if each.kind == kind)


def hours_fail(chosen: Reply) -> Reply:
    """A model of whose words for the hours none can stand."""
    return by_question(("^Section hours|^Not so", NOTHING_USABLE), ("^Headings", chosen))


def test_a_section_without_the_models_words_stands_under_the_heading_that_it_chose() -> None:
    """On the rung of a choice, with the reason why there is no more, and no word counted as written."""
    made, questions = made_by(hours_fail(answers(hours="When we are open")))
    assert len(questions) == 1
    assert "hours: Opening hours / When we are open" in questions[0]
    assert "contact" not in questions[0]  # has words of the model's
    hours = section(made, "hours")
    assert (hours.fields["heading"], hours.rung, hours.written) == ("When we are open", Rung.FIELDS, ())
    assert hours.reason == "fields: nothing-usable"


@pytest.mark.parametrize(
    "chosen",
    [answers(hours="Open all night"), answers(hours=""), dies, says("no")],
    ids=["not offered", "empty", "broken off", "no JSON"],
)
def test_what_was_not_offered_changes_nothing(chosen: Reply) -> None:
    """Nor does a model that is gone."""
    made, _ = made_by(hours_fail(chosen))
    hours = section(made, "hours")
    assert (hours.fields["heading"], hours.rung) == ("Opening hours", Rung.TEMPLATE)


def test_nothing_is_asked_where_every_section_has_words() -> None:
    """It would only take time."""
    assert made_by(good)[1] == []


def test_no_two_sections_get_the_same_heading() -> None:
    """The first has what both were to have; the other keeps its own."""
    request = f"{BAKERY}\nOur team: Asha Patel designs, Ben Carter bakes, Molly Reed drives."
    fails = ("^Section (?:about|team)|^Not so", NOTHING_USABLE)
    chosen = answers(about="Who we are", team="Who we are")
    made, _ = made_by(by_question(fails, ("^Headings", chosen)), request=request)
    assert made.page is not None
    headings = {
        each.kind: each.fields["heading"] for each in made.page.sections if each.fields.get("heading")
    }
    assert sorted((headings["about"], headings["team"])) in (
        ["About us", "Who we are"],
        ["Team", "Who we are"],
    )


def test_a_choice_needs_no_language() -> None:
    """A page in a language that the model does not write has headings of its choice, in that language."""
    made, questions = made_by(
        by_question(("^Headings", answers(about="Kdo jsme", contact="Kontakt"))), request=CZECH
    )
    assert made.brief is not None
    assert made.brief.language == "cs"
    assert "O nás / Kdo jsme" in questions[0]
    assert section(made, "about").fields["heading"] == "Kdo jsme"
    assert section(made, "about").rung is Rung.FIELDS
    assert not degraded(made)


def test_a_model_that_is_not_to_write_chooses_nothing() -> None:
    """The template as first rung asks for no section."""
    assert made_by(good, first=Rung.TEMPLATE)[1] == []


def test_a_page_that_lost_words_to_a_dead_model_is_made_again_whatever_it_chose() -> None:
    """A chosen heading does not make a section whole."""
    made, _ = made_by(by_question(("^Section hours", dies), ("^Headings", answers(hours="When we are open"))))
    assert section(made, "hours").rung is Rung.FIELDS
    assert degraded(made)


def test_what_is_offered_begins_with_the_kits_own_heading() -> None:
    """Else a heading that the customer gave could not be told from the kit's, and would be lost."""
    assert set(HEADINGS) <= set(KINDS)
    assert {purpose: each[0] for purpose, each in OF_FORMS.items()} == FORM_HEADINGS
    for headings in (*HEADINGS.values(), *OF_FORMS.values()):
        assert len(set(headings)) == len(headings) > 1
        assert all(len(each) <= 30 and not re.search(r"\d", each) for each in headings)


@pytest.mark.parametrize("language", sorted(languages()))
def test_in_each_language_there_is_a_choice(language: str) -> None:
    """Not every heading of a section is translated alike."""
    words = Words(language)
    for headings in (*HEADINGS.values(), *OF_FORMS.values()):
        assert len(set(map(words, headings))) > 1, headings

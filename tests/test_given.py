"""What a customer gives in so many words becomes sections, and nothing becomes one that was not given."""

from __future__ import annotations

from typing import Any

import pytest

from protogen.draft import Draft
from protogen.pipeline.given import find_given
from protogen.site.render import visible_text
from tools.drafts import finished, pages

FLORIST = """Wild Stem is a florist in Totnes, at 3 High Street. We grow half of our flowers ourselves.
We sell hand-tied bouquets £35, funeral wreaths £60 and dried arrangements £28.
Our team: Asha Patel designs, Ben Carter grows, Molly Reed drives.
"The most beautiful flowers, and they lasted two weeks." (Hannah, bride in June)
Write to hello@wildstem.example or call 01803 555 012. We must have an imprint and say how to find us.
People should meet the team, order a bouquet with a form, and subscribe to our newsletter."""
HARBOUR = """Tidelog is a logbook app for small harbours. Three plans: Dinghy €19 a month (one user, 50 berths), Sloop
€49 a month (five users, invoices), Ketch €99 a month (no limits, support by phone).
420 marinas use it in 9 countries, and 1,200,000 nights were logged. Write to hi@tidelog.example.
Projects: Port of Kotka (2023), Marina Hanko (2024).
Articles: "How to count berths" (March), "Tides for beginners" (May).
For the training please bring: a laptop, last year's guest book, warm clothes.
The site should compare the plans and show the numbers."""


def kinds(made: Draft) -> list[str]:
    """The kinds of its sections, in order."""
    assert made.page is not None
    return [section.kind for section in made.page.sections]


def asked_by(made: Draft, kind: str) -> list[dict[str, Any]]:
    """The fields of its first section of this kind."""
    assert made.page is not None
    section = next(section for section in made.page.sections if section.kind == kind)
    return list(section.fields["fields"])


def text(made: Draft) -> str:
    """What a visitor reads."""
    return visible_text(pages(made)).replace("\u00a0", " ")


def test_people_quotes_and_particulars_of_a_florist_are_sections() -> None:
    """Team, quotes, order form, newsletter, how to find it and legal notice: all asked for or given."""
    made = finished(FLORIST)
    assert {"team", "quotes", "order", "newsletter", "location", "legal"} <= set(kinds(made))
    shown = text(made)
    for said in (
        "Ben Carter",
        "Grows",
        "they lasted two weeks",
        "Hannah, bride in June",
        "£60",
        "3 High Street",
    ):
        assert said in shown


def test_a_field_that_asks_which_class_is_a_choice_of_them() -> None:
    """A visitor need not know how they are called."""
    made = finished(
        "Slow Kiln is a pottery studio. Taster evening Thu 18:30, wheel course Tue 19:00, Raku Sat 10:00. "
        "People sign up with a form that says which class and how many people."
    )
    asked = {entry["label"]: (entry["type"], list(entry["options"])) for entry in asked_by(made, "form")}
    assert asked["Which class"] == ("select", ["Taster evening", "Wheel course", "Raku"])
    assert asked["How many people"] == ("number", [])


def test_an_order_asks_what_the_customer_wants_asked() -> None:
    """Beside how many of each."""
    made = finished(
        "Fern & Reed is a florist in Ghent. Bunch of tulips €12, wreath €30, posy €9. "
        "An order form with street, day of delivery and a card message."
    )
    assert [entry["label"] for entry in asked_by(made, "order")][-3:] == [
        "Street",
        "Day of delivery",
        "Card message",
    ]


def test_what_has_a_section_of_its_own_is_not_told_again_as_story() -> None:
    """The quote stands once, and the people are not among the offers."""
    assert text(finished(FLORIST)).count("they lasted two weeks") == 1
    assert text(finished(FLORIST)).count("Ben Carter") == 1


def test_numbers_works_articles_and_things_to_bring_are_sections() -> None:
    """Each in its form, with the customer's own figures."""
    made = finished(HARBOUR)
    assert {"comparison", "numbers", "portfolio", "articles", "checklist"} <= set(kinds(made))
    shown = text(made)
    for said in (
        "€49 a month",
        "50 berths",
        "1,200,000",
        "marinas",
        "Port of Kotka",
        "2024",
        "How to count berths",
    ):
        assert said in shown
    assert "Warm clothes" in shown


def test_plans_that_need_no_table_stand_side_by_side() -> None:
    """The same plans with what each holds, where no comparison was asked for."""
    made = finished(HARBOUR.replace("compare the plans and show", "show our plans and"))
    assert "plans" in kinds(made)
    assert "comparison" not in kinds(made)
    shown = text(made)
    assert "€49 a month" in shown
    assert "Support by phone" in shown


@pytest.mark.parametrize(
    "said",
    [
        "We repair bicycles. Call 01803 555 012. Our team is small. Open 9:00-17:00 at 18 Quayside Lane.",
        "In 2016 we opened. It takes 45 minutes and costs 30 EUR. Groups are 6 people.",
        'We call it "the good bread" and sell 4 kinds.',
    ],
)
def test_nothing_is_given_that_was_not(said: str) -> None:
    """Addresses, years, times and prices are no figures; a name in quotation marks is no quote."""
    given = find_given(said)
    assert given.quotes == given.people == given.works == given.articles == given.bring == ()
    assert [label for _, label in given.figures] in ([], ["kinds"])


def test_a_person_a_sentence_is_no_team() -> None:
    """One name after the word makes no list."""
    assert find_given("Our team: Marta.").people == ()


def test_bulleted_lists_are_read_too() -> None:
    """People write one a line."""
    given = find_given("Our works:\n- Summer house (2021)\n- Boat shed (2023)\n")
    assert given.works == (("Summer house", "2021"), ("Boat shed", "2023"))

"""Requests as people write them: what was said stands on the page, in its place, and no wish for the page does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from protogen.checks.copy import sentences
from protogen.checks.times import opening_spans
from protogen.draft import FactKind
from protogen.pipeline import brief
from protogen.pipeline.objections import objections
from protogen.pipeline.reading import read
from protogen.pipeline.report import page_text
from protogen.pipeline.slots import of_purposes
from protogen.pipeline.spoken import own_sentences
from protogen.pipeline.standing import misfits
from protogen.pipeline.wishes import fields_wished
from tools.drafts import draft, finished, submission

REQUESTS = yaml.safe_load((Path(__file__).parent / "requests.yaml").read_text("utf-8"))
BEEKEEPER, TUTOR, CHOIR, YOGA, MOVERS, VET, AUTHOR, CHESS = (
    REQUESTS[name]["request"] for name in "beekeeper tutor choir yoga movers vet author chess".split()
)


def facts(text: str, *kinds: FactKind) -> list[str]:
    """The values of the facts of these kinds that rules find."""
    made = brief.fall_back(draft(text)).brief
    assert made is not None
    return [fact.value for fact in made.facts if fact.kind in kinds]


@pytest.mark.parametrize("case", REQUESTS.values(), ids=REQUESTS)
def test_what_was_said_is_there_and_what_was_wished_is_not(case: dict[str, Any]) -> None:
    """By rule alone, whatever a model adds."""
    contact = (case.get(key, "") for key in ("name", "contact_type", "contact_value"))
    page = " ".join(page_text(finished(submission(case["request"], *contact))).replace("\u00a0", " ").split())
    assert [each for each in case["there"] if each not in page] == []
    assert [each for each in case["absent"] if each in page] == []


@pytest.mark.parametrize(
    "fact",
    [
        "We design gardens and look after them all year.",
        "Every room has a view of the lake, and two have a balcony.",
        "We come to your site with our own tools.",
        "Hair colour is our trade for twenty years.",
        "Cancel the evening before if you need to.",
        "Please bring your own towel and a lock.",
        "The studio is for people who want quiet.",
    ],
)
def test_words_of_a_trade_are_no_wishes(fact: str) -> None:
    """Look, design, colour, site and please speak of the business too."""
    assert own_sentences(f"We are the Mill in Ghent. {fact}")[1:] == (fact,)


@pytest.mark.parametrize(
    "fact",
    [
        'Podcast "Night Train Kitchen" - two people cook one dish per episode.',
        "Open 8:30 to 15:30 Monday to Thursday, in term time.",
        "The course starts on 11 January 2027, six weeks, Mondays and Thursdays 19:00, £85.",
    ],
)
def test_names_hours_and_dates_stay_in_their_sentence(fact: str) -> None:
    """What stands in quotation marks may be a name; a condition goes with the hours; one course is no timetable."""
    reading = read(submission(f"We are the Mill in Ghent. {fact}"))
    assert reading.sentences[1:] == (fact,)
    assert (reading.given.quotes, reading.offers) == ((), ())


@pytest.mark.parametrize(
    "wish",
    [
        "Would love something warm and quiet with hexagons.",
        "The look should be calm, with a lot of white.",
        "We need a booking form on the first page.",
        "Soft colours and a clean design, no more.",
        "It would be lovely to have a gallery.",
        "People need to reach us in one tap, and see which towns we come to.",
        "Anyone can add a place, vote once for each, and see the results as bars.",
    ],
)
def test_wishes_of_the_site_are_not_said_on_it(wish: str) -> None:
    """However they are put."""
    assert own_sentences(f"We are the Mill in Ghent. {wish}") == ("We are the Mill in Ghent.",)


def test_a_form_that_only_its_fields_ask_for_is_built() -> None:
    """And a wine cellar (`sklep`) is no shop, as it is in Polish."""
    features = read(submission("Sklep v Pavlově. Formulář na degustaci (datum, počet lidí, jméno).")).features
    assert features == ("contact_form",)


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("We do not need a shop or a cart. Write to us.", "shop"),
        ("No online shop, people just come by.", "shop"),
        ("We'd like a page with the concerts and a gallery later.", "gallery"),
    ],
)
def test_what_is_denied_or_for_later_is_not_built(text: str, feature: str) -> None:
    """And is where it is asked for."""
    assert feature not in read(submission(text)).features
    assert feature in read(submission(f"We want a {feature} on the page.")).features


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "Get a quote: from where, to where, when.",
            [("from where", "text"), ("to where", "text"), ("when", "date")],
        ),
        (
            "A form with name, phone and a message.",
            [("name", "text"), ("phone", "tel"), ("message", "textarea")],
        ),
        (
            "Ein Formular mit Anreise, Abreise und Anzahl Personen.",
            [("Anreise", "date"), ("Abreise", "date"), ("Anzahl Personen", "number")],
        ),
        (
            "Sign up with a form that says which class and how many people, and read what to bring: an apron.",
            [("which class", "text"), ("how many people", "number")],
        ),
        (
            "Please book online (pet's name, preferred time).",
            [("pet's name", "text"), ("preferred time", "time")],
        ),
        ("Booking: by phone, at the desk or by post.", []),
        ("A quote for roofs, gutters and chimneys.", []),
    ],
)
def test_a_form_asks_what_the_customer_wants_asked(text: str, fields: list[tuple[str, str]]) -> None:
    """And a list of something else is no form."""
    assert fields_wished((text,)) == fields


def test_who_speaks_is_known_by_name_and_a_number_of_people_is_nobody() -> None:
    """ "Max 9 people" names no Max, whatever a model says."""
    assert facts(TUTOR, FactKind.PERSON) == ["Priya Raman"]
    people = brief._people({"people": ["Max", "Hebden Bridge", "Ros Heaton"]}, read(submission(YOGA)))
    assert list(people) == ["Ros Heaton"]
    assert list(brief._people({"people": ["Whitby"]}, read(submission(CHOIR)))) == []


def test_those_whom_a_business_is_for_are_not_its_trade() -> None:
    """Software for ferry companies is no ferry company."""
    asked = read(
        submission("Tidewise: route planning software for small ferry companies. It reads tide tables.")
    )
    trades = {brief._merge(asked, {"trade": said}).trade for said in ("ferry company", "planning software")}
    assert trades == {"", "planning software"}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("A studio at 14 Bridge Street, Hebden Bridge.", ["14 Bridge Street, Hebden Bridge"]),
        ("We sing in the hall on Church Street, term time only.", ["Church Street"]),
        ("Come by. Hollow Lane, Bicton. Ring first.", ["Hollow Lane, Bicton"]),
        ("Ask for Mary Lane, she knows.", []),
    ],
)
def test_streets_without_a_number_are_addresses_too(text: str, address: list[str]) -> None:
    """And a woman called Lane is none."""
    assert facts(text, FactKind.ADDRESS) == address


@pytest.mark.parametrize(
    ("text", "source", "reason"),
    [
        ("The top of the site tells a visitor what they gain.", YOGA, "words of the prompt"),
        ("Max is a student at Still Point Yoga.", YOGA, "not said by the customer"),
        ("They wrap everything, blankets included.", MOVERS, "begins with nobody"),
        ("Delicious moves, house by house.", MOVERS, "contradicts the customer"),
        ("Visit us at any time.", BEEKEEPER, "not said by the customer"),
        ("A moving day, no address or number needed.", MOVERS, "words of the prompt"),
        ("Volunteers carry your piano.", MOVERS, "not said by the customer"),
        ("Call us on 029 2018 0455 for help.", VET, "contradicts the customer"),
        ("Your next crime novel", AUTHOR, "contradicts the customer"),
        ("Sunil Mehta, our champion, founded the club.", CHESS, "not said by the customer"),
        ("We offer a variety of services.", MOVERS, "empty talk"),
        ("Small van, big results.", MOVERS, "not said by the customer"),
        ("Ten classes every week.", YOGA, "not said by the customer"),
        ("Honey from your bees on your table.", BEEKEEPER, "contradicts the customer"),
    ],
)
def test_what_a_small_model_gets_wrong_is_refused(text: str, source: str, reason: str) -> None:
    """Its own instructions, people who are none, the wrong person."""
    assert any(each.startswith(reason) for each in objections(text, source, "en", sentence=True))


def test_a_sentence_about_an_event_takes_nothing_from_another() -> None:
    """The hall of the rehearsals is not that of the concert."""
    said = objections(
        "A brass band concert in the Methodist hall.", CHOIR, "en", sentence=True, item="Spring concert"
    )
    assert "not said by the customer: methodist" in said


def test_the_words_of_a_prompt_may_be_the_customers() -> None:
    """Who says so himself may be told so."""
    assert of_purposes("Ask who they are and what they do.", "We ask who they are and what they do.") == []
    assert of_purposes("Ask who they are and what they do.", "We ask.") == ["who they are and"]
    assert of_purposes("We come to you with good things to eat and drink.", "We ask.") == []


TIMES = {
    "items": [{"name": name, "when": when} for name, when in (("Hatha", "Mon 18:00"), ("Yin", "Wed 19:30"))]
}
STEPS = {"items": [{"name": name} for name in ("Suggest", "Vote", "See the results")]}
MOVES = {"items": [{"name": "Piano"}, {"name": "House move"}, {"name": "Student move"}]}


@pytest.mark.parametrize(
    ("kind", "fields", "answer", "field"),
    [
        ("faq", {}, {"heading": "Contact us"}, "heading"),
        ("faq", {}, {"heading": "Questions we hear"}, ""),
        ("services", MOVES, {"heading": "Move your piano"}, "heading"),
        ("services", MOVES, {"heading": "Pianos and students moved"}, ""),
        ("events", TIMES, {"lead": "Classes are on Mondays."}, "lead"),
        ("events", TIMES, {"lead": "Classes are on Mondays and Wednesdays."}, ""),
        ("contact", {"phone": "01743 1", "email": ""}, {"lead": "Feel free to contact us by email."}, "lead"),
        ("contact", {"phone": "01743 1", "email": ""}, {"lead": "Call us before you come by."}, ""),
        ("contact", {"phone": "", "email": "a@b.example"}, {"lead": "Call us before you come by."}, "lead"),
        ("process", STEPS, {"lead": "Suggest an opening as we did in 2026."}, "lead"),
        ("process", STEPS, {"heading": "Playing in the league"}, "heading"),
        ("process", STEPS, {"heading": "From suggestions to results"}, ""),
        ("about", {}, {"lead": "We opened by the river in 2026."}, ""),
        ("services", MOVES, {"lead": "We move houses, pianos and students."}, "lead"),
        ("services", MOVES, {"lead": "Pianos need care on the stairs."}, ""),
    ],
)
def test_true_words_in_the_wrong_place(
    kind: str, fields: dict[str, object], answer: dict[str, str], field: str
) -> None:
    """A heading of another section, one thing for many, some of the days for all."""
    assert list(misfits(kind, fields, answer)) == ([field] if field else [])


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Open 8:30 to 15:30 Monday to Thursday.", ["8:30 to 15:30 Monday to Thursday"]),
        ("Every second Saturday 10-13.", ["Every second Saturday 10-13"]),
        ("Sat 10-13 and Sun 9-12", ["Sat 10-13", "Sun 9-12"]),
    ],
)
def test_hours_in_the_order_that_people_say_them(text: str, days: list[str]) -> None:
    """Times before days; and what is not of every week is not told to machines as if it were."""
    assert facts(text, FactKind.HOURS) == days
    assert bool(opening_spans(days[0])) is ("second" not in days[0])


def test_hours_for_some_are_not_told_to_machines() -> None:
    """Members come when visitors do not."""
    made = finished(
        "The Kiln is a coworking space in Stoke. Open Mon-Fri 7:00-22:00 for members, Sat 9:00-17:00."
    )
    assert made.page is not None
    rows = next(section for section in made.page.sections if section.kind == "hours").fields["rows"]
    assert [(row["times"], bool(row["spans"])) for row in rows] == [
        ("7:00–22:00 for members", False),
        ("9:00–17:00", True),
    ]


def test_a_price_ends_with_its_line() -> None:
    """What begins the next line is not the other end of a range."""
    assert facts("- Pavilion £12\n- 31 December 2026 - Ship Inn", FactKind.PRICE) == ["£12"]


def test_who_writes_no_capitals_has_sentences_too() -> None:
    """And who does may shorten words."""
    small = "we fix bikes, sat 10-1. bring it along. last year we mended 600."
    assert sentences(small) == ["we fix bikes, sat 10-1.", "bring it along.", "last year we mended 600."]
    assert sentences("We open approx. at nine. It is No. one.") == [
        "We open approx. at nine.",
        "It is No. one.",
    ]

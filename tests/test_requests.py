"""Requests as people write them: what was said stands on the page, in its place, and no wish for the page does."""

from __future__ import annotations

import pytest

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

BEEKEEPER = """I keep bees on the edge of Shrewsbury and sell honey, candles and honeycomb from a stall at my gate.
Honey is £7 a jar (340 g), honeycomb £9, candles £4 each or three for £10. I also run a taster day in May, 10:00 to
13:00, £45 including a suit to borrow. Wear wellies. No online shop, people just come by, Fri to Sun 9-5. Hollow
Lane, Bicton. Ring Meg Tranter on 01743 960 112. Would love something warm, honey coloured, with hexagons maybe."""
TUTOR = """maths tutor for GCSE and A level in Bristol. one to one, online or at my kitchen table. I used to be an
engineer at an aircraft factory for nine years. I want parents to be able to request a time. my name is Priya Raman,
email priya@ramanmaths.example
FAQ: do you set homework? yes, about an hour a week. what if we cancel? tell me a day before and it costs nothing."""
CHOIR = """The Harbour Voices is a community choir in Whitby. No auditions, around fifty singers. Rehearsals every
Wednesday 19:30-21:15 in the Methodist hall on Church Street, term time only. £5 a session, first one free. Next
concerts: 12 December 2026 carols by candlelight in St Mary's, 19:00; 27 March 2027 spring concert with the brass
band, 15:00. We'd like a page with the concerts, how to join (form) and a gallery later. Dark blue please."""
YOGA = """Still Point Yoga, a small studio above the bakery at 14 Bridge Street, Hebden Bridge. Classes: Hatha Mon
18:00, Yin Wed 19:30, Pregnancy Sat 10:00, Chair yoga Thu 11:00 for people who don't want to get on the floor. Max 9
people. Drop-in £11, ten classes £90, chair yoga £6. Taught by Ros Heaton. Please no shoes, no phones. Booking by
the site please."""
MOVERS = """Two brothers, one van: Kowalczyk Removals, Coventry. House move from £280, single item from £45. Insured
up to £20,000. Get a quote: from where, to where, how many rooms, when. hello@kowalczykremovals.example. Bold,
yellow and black."""
LAWYER = """Notary and family lawyer in Leeds. Wills from £180, power of attorney £250, divorce (uncontested) £650 fixed
fee. My office is on the second floor of 3 Park Row. Office hours 9 to 17, Monday to Friday. 0113 496 0440. Serious but
not cold. People should be able to ask for an appointment with name, phone, and what it is about. No chat widget."""
KINDERGARTEN = """Hi! so we are a forest kindergarten, called Little Acorns, just outside of Totnes. 18
children, age 2 to 5, three teachers (Beth, Sam and Oluwaseun). Open 8:30 to 15:30 Monday to Thursday, in term
time. £58 a day, lunch included. There's a waiting list for September 2027, parents should be able to put their
child's name on it: name of the child, birthday, which days, parents phone. green and brown, playful, no cartoon
bears please!!"""
BAND = """The Rusty Anchors. Five-piece folk band from Falmouth.
Gigs:
- 4 December 2026 - The Chain Locker, Falmouth - 20:00 - free
- 19 December 2026 - Princess Pavilion, Falmouth - 19:30 - £12
- 31 December 2026 - Ship Inn, Porthleven - 21:00 - £20
"They had my gran dancing." - Tom & Jess, married in June
Book us: date, place, what kind of do. bookings@rustyanchors.example. Weathered, navy, off white."""
REPAIR = """we run a repair cafe in the community centre in Otley every second saturday 10-1. bring your
toaster, lamp or radio and our 14 volunteers try to fix it with you. its free but we like donations. we need
more volunteers esp people who can sew and solder, want a simple form for that. last year we mended 612 things."""
ARCHITECT = """Studio Marchetti, architects in Bath. Selected work: Mill House, Bradford on Avon (2022), Orchard Barn,
Freshford (2023), Three Terraces, Bath (2024). We charge £120 for the first visit. studio@marchetti.example. Very
minimal, lots of white space, thin type, one strong colour maybe terracotta. Portfolio first."""


def facts(text: str, *kinds: FactKind) -> list[str]:
    """The values of the facts of these kinds that rules find."""
    made = brief.fall_back(draft(text)).brief
    assert made is not None
    return [fact.value for fact in made.facts if fact.kind in kinds]


@pytest.mark.parametrize(
    ("request_text", "there", "absent"),
    [
        (
            BEEKEEPER,
            ("Honeycomb £9", "three for £10", "Wear wellies", "Hollow Lane, Bicton", "taster day", "£45"),
            ("hexagons", "Add to cart", "Would love"),
        ),
        (
            TUTOR,
            ("Do you set homework?", "Tell me a day before", "One to one", "Priya Raman", "for nine years"),
            ("want parents", "FAQ:"),
        ),
        (
            CHOIR,
            (
                "12 December 2026, 19:00",
                "Spring concert with the brass band",
                "Rehearsals",
                "Sign up",
                "£5 a session",
            ),
            ("Opening hours", "gallery", "Which one?"),
        ),
        (
            YOGA,
            (
                "Mon 18:00",
                "Yin",
                "Max 9 people",
                "Please no shoes",
                "14 Bridge Street, Hebden Bridge",
                "Ten classes £90",
            ),
            ("See the menu", "by the site"),
        ),
        (
            MOVERS,
            ("From where", "How many rooms", "Insured up to £20,000", "£280"),
            ("Bold, yellow", "Get a quote: from where"),
        ),
        (
            LAWYER,
            ("Divorce £650", "3 Park Row", "9 to 17", "What it is about"),
            ("cold", "widget", "Or directly: name"),
        ),
        (
            KINDERGARTEN,
            (
                "We are a forest",
                "8:30 to 15:30",
                "Which days",
                "Parents phone",
                "£58 a day",
                "a waiting list for September",
            ),
            ("bears", "put their child", "playful", "so we are"),
        ),
        (
            BAND,
            ("19 December 2026, 19:30 Princess Pavilion, Falmouth £12", "What kind of do", "Tom & Jess"),
            ("Weathered", "Book us: date"),
        ),
        (
            REPAIR,
            (
                "every second saturday",
                "We need more volunteers",
                "612 things",
                "Bring your toaster",
                "donations",
            ),
            ("simple form",),
        ),
        (
            ARCHITECT,
            ("Mill House, Bradford on Avon", "2023", "£120 for the first visit"),
            ("minimal", "Portfolio first"),
        ),
    ],
    ids=(
        "beekeeper",
        "tutor",
        "choir",
        "yoga",
        "movers",
        "lawyer",
        "kindergarten",
        "band",
        "repair",
        "architect",
    ),
)
def test_what_was_said_is_there_and_what_was_wished_is_not(
    request_text: str, there: tuple[str, ...], absent: tuple[str, ...]
) -> None:
    """By rule alone, whatever a model adds."""
    page = " ".join(page_text(finished(request_text)).replace("\u00a0", " ").split())
    assert [each for each in there if each not in page] == []
    assert [each for each in absent if each in page] == []


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
    people = brief._people({"people": ["Max", "Ros Heaton"]}, read(submission(YOGA)))
    assert list(people) == ["Ros Heaton"]


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

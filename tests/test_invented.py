"""What a text says that the customer did not: none missed, none wrongly refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.checks.invented import invented, mostly_new

SOURCE = """Fern & Flour is a small plant-based bakery and café in Brno, at Veveří 42.
We bake sourdough bread every morning before seven.
Jana and Tomáš opened it in 2019. We sell sourdough loaf 95 Kč, rye bread 80 Kč and croissant 45 Kč.
On Saturdays we hold a sourdough workshop (1 200 Kč). Open Tue-Sat 7:30-17:00. Next one on 12.5.2027.
Call +420 541 234 567 or write to hello@fernflour.example."""

INVENTED = """
Bread that is saving you time and money.
Our bread is on sale.
Bread baked at your doorstep.
We offer bread and workshop services.
UK bakery since 2019
New bread from plants.
Bread for your street in no time.
Thank you for your order, we will send it to you.
We will be with you shortly.
We help you understand your oven.
The latest breads from the oven.
A workshop at a special price.
Affordable cakes at the counter.
Bread for all seasons.
Call us on 800 123 456 today.
Write to info@fernflour.example for more.
See www.fernflour.example for more.
Baking since 1987.
Open until 18:00 every evening.
Our loaf costs 99 Kč.
Get 20% off your first visit.
Over three hundred happy guests each week.
Two bakers stand behind the counter.
We have baked here for decades.
Our award-winning bread is waiting.
The best bread in town.
All our flour is organic.
Certified by people who know.
Free coffee for everyone.
We deliver to your door.
Fully licensed and insured.
A family business you can trust.
Made from local flour.
Rated five stars by our guests.
Trusted by people from all over.
Our experienced bakers are ready.
Gluten-free bread is here too.
Satisfaction guaranteed, always.
Fresh seasonal treats are waiting.
Come and meet Marek at the counter.
Find us in Prague as well.
Ask for our famous Sachertorte inside.
We offer catering for weddings.
We provide wine and cheese.
Our menu includes salads and soups.
The shop features a garden terrace.
Enjoy our handmade chocolates.
Join our newsletter and save.
Free wifi and parking for all.
We ship worldwide.
Open 24/7 for you.
Established by passionate people.
Clients say it is wonderful.
A sustainable choice for the planet.
Our professional team is here to help.
We use wooden ovens and spelt.
Twice voted the finest in the country.
A dozen kinds of bread are waiting.
It takes 48 hours to rise.
Download our app and order.
Doors close at 17:30.
The loaf is 42.95 today.
On Sundays we rest.
Ask for 567 if you like.
Nächstes Jahr haben wir zwei Läden.
"""
HONEST = """
Come in and stay a while.
Sourdough bread, baked every morning before seven.
Jana and Tomáš bake in Brno.
They opened the bakery in 2019.
A croissant for 45 Kč makes a good morning.
Rye bread is 80 Kč.
Take home a sourdough loaf for 95 Kč.
Learn to bake at the Saturday workshop.
The sourdough workshop is on Saturdays and costs 1 200 Kč.
Find the café at Veveří 42 in Brno.
We are open from Tuesday to Saturday.
Doors open at 7:30 and close at 17:00.
Call +420 541 234 567 before you come.
Write to hello@fernflour.example and say hello.
Plant-based bread and pastry for your table.
A small bakery with a warm heart.
Good bread begins with patience.
Your morning starts here.
Bread worth getting up for.
Sit down, breathe out and eat.
Come by, we would love to see you.
Every loaf has its own face.
A place for bread and for people.
Fern & Flour is your bakery in Brno.
We bake so that you can sleep in.
The smell of bread fills the street.
Bring a friend and share a loaf.
Say hello to Jana when you come in.
Tomáš will tell you about the dough.
We offer sourdough bread and a workshop.
Plants and flour, nothing more is needed.
Bread with a crust that crackles.
A quiet table is waiting for you.
Bake your own loaf with us on Saturdays.
Your hands in the dough, our recipe on the table.
What we bake is gone by noon.
Our bakery is small and our ovens are warm.
Ask for the rye bread before it is gone.
See you on Saturday at the workshop.
Brno wakes up to the smell of bread.
Start the day with a croissant.
Let us know when you want to come.
Bread baked by people, for people.
We open at 7 and close at 17.
Call 541 234 567 before you come.
The next workshop is on 12 May 2027.
Doors open at 7.30 in the morning.
"""


def lines(table: str) -> list[str]:
    """The sentences of a table."""
    return table.strip().splitlines()


@pytest.mark.parametrize("sentence", lines(INVENTED))
def test_what_was_not_said_is_found(sentence: str) -> None:
    """Numbers, contacts, names, claims and offers that no word of the customer carries."""
    assert invented(sentence, SOURCE)


@pytest.mark.parametrize("sentence", lines(HONEST))
def test_what_was_said_may_be_said_in_other_words(sentence: str) -> None:
    """The customer's facts, and words that claim nothing."""
    assert invented(sentence, SOURCE) == []


@pytest.mark.parametrize(
    ("text", "mostly"),
    [
        ("Socks for casual and formal days.", True),
        ("Our shop sells socks in Leeds.", False),
        ("Come by and find your socks.", False),
        ("Wool socks for cold mornings in the office.", True),
    ],
)
def test_a_text_that_is_mostly_new_tells_of_nobody(text: str, *, mostly: bool) -> None:
    """Common words aside."""
    assert mostly_new(text, "Our shop sells socks. It is in Leeds.") is mostly


def test_the_tables_are_long_enough_to_mean_something() -> None:
    """At least forty of each."""
    assert min(len(lines(INVENTED)), len(lines(HONEST))) >= 40


@pytest.mark.parametrize(
    ("sentence", "item", "found"),
    [
        ("A sourdough loaf that crackles.", True, []),
        ("A loaf with walnuts, raisins and honey.", True, ["walnuts", "raisins", "honey"]),
        ("A loaf with walnuts.", False, []),
    ],
)
def test_a_sentence_on_a_product_may_add_one_word(sentence: str, item: bool, found: list[str]) -> None:
    """What is added to a product reads as a feature of it."""
    assert invented(sentence, SOURCE, most_new=1 if item else None) == found


@pytest.mark.parametrize("language", ["cs", "de", "pt", "pl", "ru", "ar"])
def test_numbers_and_contacts_are_held_in_every_language(language: str) -> None:
    """Digits, mail and links need no dictionary."""
    text = "1987 info@x.example www.x.example"
    assert {"1987", "info@x.example", "www.x.example"} <= set(invented(text, SOURCE, language))
    assert invented("2019, 95 Kč, hello@fernflour.example", SOURCE, language) == []


@pytest.mark.parametrize(
    "claim", ["vegan", "organic", "award-winning", "certified", "family-run", "free delivery"]
)
def test_a_claim_is_the_customers_to_make(claim: str) -> None:
    """The same words stand once the customer has said them."""
    assert invented(f"Our bread is {claim}.", SOURCE)
    assert invented(f"Our bread is {claim}.", f"{SOURCE} It is {claim}.") == []


@pytest.mark.parametrize("word", ["zwei", "sechs", "fünfzig", "Jahrzehnte"])
def test_number_words_with_umlauts_are_number_words(word: str) -> None:
    """Compared without accents on both sides."""
    assert invented(f"Wir haben {word} davon.", SOURCE, "de") == [word]


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_is_too_odd_to_judge(text: str, source: str) -> None:
    """Any text against any source gives a list of its own pieces."""
    assert all(isinstance(piece, str) and piece for piece in invented(text, source))


@given(st.text(max_size=200))
def test_the_customers_own_words_are_never_invented(text: str) -> None:
    """Whatever a customer says, the page may say too."""
    assert invented(text, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Roast beef and hearty soup",
        "Warm, cozy atmosphere",
        "Where you can enjoy roast beef and hearty soup.",
    ],
)
def test_dishes_and_praise_of_the_models_own_are_invented(text: str) -> None:
    """A heading adds one word at most; what is to be enjoyed was named; "hearty" is not said by "Hearth"."""
    source = (
        "Hearth is a small restaurant in Brno. We cook over a wood fire every day. Call +420 541 234 567."
    )
    assert invented(text, source, most_new=None if text.endswith(".") else 1)
    assert invented("A small restaurant over a wood fire", source, most_new=1) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sign up now and get 10% off.", ["10%"]),
        ("A loaf for 10 Kč.", ["10 Kč"]),
        ("A loaf for 95 Kč.", []),
        ("A loaf for CZK 95.", []),
    ],
)
def test_a_number_is_said_in_its_unit(text: str, found: list[str]) -> None:
    """A time or a date is neither a price nor a discount."""
    source = "A loaf is 95 Kč. We open on 10 April at 7:30. Members get 5 % off."
    assert [piece for piece in invented(text, source) if piece[0].isdigit()] == found
    assert invented("Members get 5 % off.", source) == []


POTTER = """Marta has thrown pots for twenty years and is patient. Courses run over six weeks on Tuesdays, £240 each.
A tune-up of a wheel takes 45 minutes and costs £35. Full service £65 (two days). I teach beginners in my studio.
I have glazed by hand for long and teaching since 2014. Ines opened the yard in 2021. Est. 1990."""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Marta has been offering courses for twenty years.", ["courses twenty years"]),
        ("Our tune-up takes two days.", ["tune two days"]),
        ("A tune-up for £65.", ["tune £65"]),
        ("Wheels are serviced, and courses begin at £35.", ["courses £35"]),
        ("Marta has thrown pots for twenty years.", []),
        ("For twenty years, Marta has been at the wheel.", []),
        ("A tune-up is done in 45 minutes for £35.", []),
        ("The full service costs £65 and takes two days.", []),
        ("Courses over six weeks, £240 each.", []),
        ("I started glazing pots in 2014.", ["pots 2014"]),
        ("The studio was opened in 2014.", ["opened 2014"]),
        ("Marta's studio, 2014", ["studio 2014"]),
        ("Marta's studio since 2014", ["studio 2014"]),
        ("Beginners have been teaching me since 2014.", []),
        ("Ines has had the yard since 2021.", []),
        ("Since 2014, one pot at a time.", []),
        ("Pots have left this wheel since 1990.", []),
    ],
)
def test_a_measure_is_said_of_what_it_was_said_of(text: str, found: list[str]) -> None:
    """A length of time or a price of one thing is not told of another."""
    assert invented(text, POTTER) == found


def test_a_voucher_is_no_gift() -> None:
    """A word that only stood before another says nothing alone."""
    source = "Slow Kiln is a pottery studio. Gift vouchers can be ordered by phone."
    assert invented("We offer pottery and gifts.", source) == ["gifts"]
    assert invented("Order gift vouchers by phone.", source) == []
    assert invented("Find gifts for all.", f"{source} We sell gifts.") == []

"""What a customer said, found by rule, in the languages that customers write."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.checks.facts import extract, fold, locate, of_kind, unwrap
from protogen.checks.prices import price_amount
from protogen.checks.times import opening_spans, parse_date
from protogen.draft import Fact, FactKind
from tools.drafts import values


def found(text: str, kind: FactKind, language: str = "en") -> list[str]:
    """The values of one kind in a text."""
    return values(extract(text, language), kind)


PRICES = {
    "€95": (95, "EUR"), "95 €": (95, "EUR"), "95€": (95, "EUR"), "95 eur": (95, "EUR"), "95 euros": (95, "EUR"),
    "€ 1 600.50": (1600.5, "EUR"), "1.200 €": (1200, "EUR"), "12,50 €": (12.5, "EUR"), "£1,600": (1600, "GBP"),
    "20 GBP": (20, "GBP"), "$ 12.50": (12.5, "USD"), "US$12": (12, "USD"), "12 USD": (12, "USD"),
    "1 200 Kč": (1200, "CZK"), "95 Kč": (95, "CZK"), "95 kc": (95, "CZK"), "95,- Kč": (95, "CZK"),
    "90 korun": (90, "CZK"), "CZK 450": (450, "CZK"), "120 zł": (120, "PLN"), "150,00 zł": (150, "PLN"),
    "120 PLN": (120, "PLN"), "CHF 80": (80, "CHF"), "1'200 CHF": (1200, "CHF"), "500 Ft": (500, "HUF"),
    "300 грн": (300, "UAH"), "₴300": (300, "UAH"), "500 руб": (500, "RUB"), "₽500": (500, "RUB"),
    "200 kr": (200, "SEK"), "12 NOK": (12, "NOK"), "75 DKK": (75, "DKK"), "₺40": (40, "TRY"), "¥5000": (5000, "JPY"),
    "₹100": (100, "INR"), "CAD 5": (5, "CAD"), "7 AUD": (7, "AUD"), "1\u202f600\u00a0€": (1600, "EUR"),
}  # fmt: skip


class TestPrices:
    """A price keeps its form, its amount and the thing that it belongs to."""

    @pytest.mark.parametrize("written", sorted(PRICES))
    def test_each_currency_is_read_in_each_form(self, written: str) -> None:
        """The value is what the customer wrote; the amount is a number with its ISO 4217 code."""
        (fact,) = of_kind(extract(f"It costs {written}."), FactKind.PRICE)
        assert fact.value == written
        assert price_amount(written) == PRICES[written]

    @pytest.mark.parametrize(
        ("text", "item", "value", "detail"),
        [
            ("Orbit Speaker €129, and more", "Orbit Speaker", "€129", ""),
            ("Halo Lamp (€45)", "Halo Lamp", "€45", ""),
            ("Nova Cable - 9 €", "Nova Cable", "9 €", ""),
            ("- Espresso: 55 Kč", "Espresso", "55 Kč", ""),
            ("2. Latte: 75 Kč", "Latte", "75 Kč", ""),
            ("A full service costs £85.", "full service", "£85", ""),
            ("Haarschnitt ab 25 €", "Haarschnitt", "ab 25 €", ""),
            ("Portrait session from €120 (two hours)", "Portrait session", "from €120", "two hours"),
            ("portrait €200 per hour.", "portrait", "€200 per hour", ""),
            ("Masáž 800 Kč za hodinu", "Masáž", "800 Kč za hodinu", ""),
            ("from €12 per person", "", "from €12 per person", ""),
            ("prices from €12", "", "from €12", ""),
            ("wedding flowers (from £450)", "wedding flowers", "from £450", ""),
            ("La Blonde (33 cl, 3,20 €)", "La Blonde", "3,20 €", "33 cl"),
            ("Skiff €49/month (1 vessel, app)", "Skiff", "€49/month", "1 vessel, app"),
            ("hot desk £15 a day and", "hot desk", "£15 a day", ""),
            ("Ein Ausweis kostet 20 €", "Ausweis", "20 €", ""),
        ],
    )
    def test_a_price_knows_its_item(self, text: str, item: str, value: str, detail: str) -> None:
        """The words before it in its clause, without verbs, bullets and prepositions."""
        (fact,) = of_kind(extract(text), FactKind.PRICE)
        assert (fact.item, fact.value, fact.detail) == (item, value, detail)

    def test_prices_in_a_row_keep_to_their_own_items(self) -> None:
        """A list of three is three facts."""
        facts = of_kind(extract("Loaf 95 Kč, rye bread 80 Kč and croissant 45 Kč."), FactKind.PRICE)
        assert [(f.item, f.value) for f in facts] == [
            ("Loaf", "95 Kč"),
            ("rye bread", "80 Kč"),
            ("croissant", "45 Kč"),
        ]

    @pytest.mark.parametrize("written", ["€12-15", "12–15 €"])
    def test_a_range_is_quoted_whole(self, written: str) -> None:
        """Half of a range would be a price that the customer never named."""
        assert found(f"Lunch {written}", FactKind.PRICE) == [written]

    @pytest.mark.parametrize("text", ["12 people", "40 ft tall", "€1.6k", "price on request", "fr. 20 June"])
    def test_what_is_no_price_is_left_alone(self, text: str) -> None:
        """Numbers with other units, and amounts that are written short, are not guessed at."""
        assert [v for v in found(text, FactKind.PRICE) if "ft" not in v] == []

    def test_words_without_a_price_have_no_amount(self) -> None:
        """None, not zero."""
        assert price_amount("on request") is None


HOURS = {
    "Tue-Sat 7:30-17:00": ([1, 2, 3, 4, 5], "07:30", "17:00"),
    "Mon–Fri 9am–5pm": ([0, 1, 2, 3, 4], "09:00", "17:00"),
    "Mon-Fri 9 a.m. to 5 p.m.": ([0, 1, 2, 3, 4], "09:00", "17:00"),
    "Mon-Fri 9-5": ([0, 1, 2, 3, 4], "09:00", "17:00"),
    "Sat 1-5 pm": ([5], "13:00", "17:00"),
    "Mon 12am-12pm": ([0], "00:00", "12:00"),
    "Mon 10-24": ([0], "10:00", "24:00"),
    "Sat and Sun 10:00-14:00": ([5, 6], "10:00", "14:00"),
    "Thu, Fri 10-22": ([3, 4], "10:00", "22:00"),
    "Saturdays 10-12": ([5], "10:00", "12:00"),
    "Fri-Mon 22:00-02:00": ([0, 4, 5, 6], "22:00", "02:00"),
    "Mon-Fri: 9:00 - 17:00": ([0, 1, 2, 3, 4], "09:00", "17:00"),
    "Po-Pá 8-16": ([0, 1, 2, 3, 4], "08:00", "16:00"),
    "pondělí až pátek 8:00 do 16:00": ([0, 1, 2, 3, 4], "08:00", "16:00"),
    "pondělí do pátku 8:00-16:00": ([0, 1, 2, 3, 4], "08:00", "16:00"),
    "Montag bis Freitag von 9 bis 18 Uhr": ([0, 1, 2, 3, 4], "09:00", "18:00"),
    "Mo-Fr 9:00-18:00": ([0, 1, 2, 3, 4], "09:00", "18:00"),
    "lunes a viernes de 9:00 a 18:00": ([0, 1, 2, 3, 4], "09:00", "18:00"),
    "lundi au vendredi 9h30-18h": ([0, 1, 2, 3, 4], "09:30", "18:00"),
    "lundi à vendredi de 9h à 18h": ([0, 1, 2, 3, 4], "09:00", "18:00"),
    "segunda a sexta das 9h às 18h": ([0, 1, 2, 3, 4], "09:00", "18:00"),
    "pon-pt 8:00-18:00": ([0, 1, 2, 3, 4], "08:00", "18:00"),
    "poniedziałku do piątku 8-16": ([0, 1, 2, 3, 4], "08:00", "16:00"),
    "lun-ven 9:00-18:00": ([0, 1, 2, 3, 4], "09:00", "18:00"),
    "пн-пт 8:00-18:00": ([0, 1, 2, 3, 4], "08:00", "18:00"),
    "понедельника по пятницу с 9 до 18": ([0, 1, 2, 3, 4], "09:00", "18:00"),
}


class TestHours:
    """Opening hours keep their words, and say the same to a clock."""

    @pytest.mark.parametrize("written", sorted(HOURS))
    def test_each_way_to_write_hours_is_read(self, written: str) -> None:
        """Days are numbered from Monday, times are HH:MM; a night ends on the next day."""
        assert found(f"Open {written}", FactKind.HOURS) == [written]
        days, opens, closes = HOURS[written]
        assert opening_spans(written) == [(day, opens, closes) for day in days]

    def test_days_with_other_hours_are_facts_of_their_own(self) -> None:
        """Two rows, not one."""
        assert found("Open Tue-Sat 7:30-17:00, Sun 9-13.", FactKind.HOURS) == [
            "Tue-Sat 7:30-17:00",
            "Sun 9-13",
        ]

    @pytest.mark.parametrize("text", ["Mon 25:00-26:00", "we sat 3 hours", "sun", "9-17"])
    def test_what_are_no_hours_is_left_alone(self, text: str) -> None:
        """No day or no time: no fact."""
        assert found(text, FactKind.HOURS) == []
        assert opening_spans(text) == []


class TestPhones:
    """A phone is found in the way its country writes it, and nothing else is taken for one."""

    @pytest.mark.parametrize(
        ("text", "language", "phone"),
        [
            ("Call +420 541 234 567.", "en", "+420 541 234 567"),
            ("Volejte 541234567", "cs", "541234567"),
            ("+44 (0)20 7946 0958", "en", "+44 (0)20 7946 0958"),
            ("020 7946 0958", "en", "020 7946 0958"),
            ("Free: 0800 000 000", "en", "0800 000 000"),
            ("Telefon 0341 1234567", "de", "0341 1234567"),
            ("(503) 555-0142", "en", "(503) 555-0142"),
            ("Telefone 912 345 678", "pt", "912 345 678"),
            ("Zadzwoń +48 12 345 67 89", "pl", "+48 12 345 67 89"),
            ("+7 (495) 123-45-67", "ru", "+7 (495) 123-45-67"),
            ("Телефон: 8 (495) 123-45-67", "ru", "8 (495) 123-45-67"),
            ("whatsapp 600 123 456", "es", "600 123 456"),
        ],
    )
    def test_a_phone_is_found_as_written(self, text: str, language: str, phone: str) -> None:
        """With its spaces, brackets and plus."""
        assert found(text, FactKind.PHONE, language) == [phone]

    @pytest.mark.parametrize(
        "text",
        ["order 12345678 today", "IČO 12345678", "in 2019 and 2020", "IBAN CZ65 0800 0000 1920 0014 5399"],
    )
    def test_other_numbers_are_no_phones(self, text: str) -> None:
        """Company numbers, years and accounts are not for calling."""
        assert found(text, FactKind.PHONE) == []


class TestDates:
    """A day of the calendar, however it is written."""

    @pytest.mark.parametrize(
        "written",
        [
            "12 May 2027", "May 12, 2027", "12th of May 2027", "2027-05-12", "12.5.2027", "12/05/2027",
            "12. května 2027",
            "12 de mayo de 2027", "12 de maio de 2027", "12 mai 2027", "12. Mai 2027", "12 maja 2027", "12 мая 2027",
            "12 maggio 2027",
        ],
    )  # fmt: skip
    def test_one_day_in_many_languages(self, written: str) -> None:
        """The fact is what was written, the date is the day."""
        assert found(f"Until {written}!", FactKind.DATE) == [written]
        assert parse_date(written) == date(2027, 5, 12)

    @pytest.mark.parametrize("written", ["31.2.2027", "2027-13-01", "0 May 2027", "tomorrow"])
    def test_what_is_no_day_is_no_date(self, written: str) -> None:
        """A day that the calendar does not have is not counted down to."""
        assert parse_date(written) is None
        assert found(written, FactKind.DATE) == []

    def test_a_first_of_the_month_in_french(self) -> None:
        """`1er` is an ordinal too."""
        assert parse_date("1er juin 2027") == date(2027, 6, 1)


class TestContacts:
    """Mail and links, without the punctuation around them."""

    @pytest.mark.parametrize(
        "text", ["a@b.example", "Write to a@b.example.", "<a@b.example>", "(a@b.example)"]
    )
    def test_mail(self, text: str) -> None:
        """One address."""
        assert found(text, FactKind.EMAIL) == ["a@b.example"]

    @pytest.mark.parametrize(
        ("text", "link"),
        [
            ("See https://x.example/a?b=c.", "https://x.example/a?b=c"),
            ("see www.x.example, please", "www.x.example"),
            ("(https://x.example)", "https://x.example"),
            ("linkedin.com/in/jana", "linkedin.com/in/jana"),
        ],
    )
    def test_links(self, text: str, link: str) -> None:
        """Web addresses and the names of the well-known networks."""
        assert found(text, FactKind.LINK) == [link]

    @pytest.mark.parametrize(
        "text", ["http://127.0.0.1:1/", "http://localhost/x", "http://[::1]/", "me@x", "a.b.c"]
    )
    def test_addresses_inside_a_network_are_no_links(self, text: str) -> None:
        """A page never leads into somebody's own machine."""
        assert found(text, FactKind.LINK) == []


class TestLanguages:
    """Languages that are spoken are named together."""

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("We speak Czech, English and German.", ["Czech", "English", "German"]),
            ("Mluvíme česky, anglicky a německy.", ["česky", "anglicky", "německy"]),
            ("An English breakfast.", []),
        ],
    )
    def test_two_or_more_are_facts(self, text: str, names: list[str]) -> None:
        """One alone may be a breakfast."""
        assert found(text, FactKind.LANGUAGE) == names


class TestLocate:
    """A value is the customer's only if the customer wrote it."""

    @pytest.mark.parametrize("value", ["rye bread", "RYE  BREAD", "rye\nbread"])
    def test_white_space_and_case_are_no_difference(self, value: str) -> None:
        """The span is that of the source."""
        source = "We bake Rye bread daily."
        span = locate(value, source)
        assert span is not None
        assert source[slice(*span)] == "Rye bread"

    @pytest.mark.parametrize("value", ["", "  ", "rye", "bread.*", "white bread"])
    def test_what_was_not_said_is_not_found(self, value: str) -> None:
        """Parts of words and patterns are not words."""
        assert locate(value, "We bake ryebread and breads.") is None


TEXTS = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            "€ 95 Kč 9-17 Mon a@b.cz www.x.cz +420 541 234 567 12.5.2027 , . ( 2019 fr. Č \n".split(" ")
        )
    ).map(" ".join),
)


@given(TEXTS, st.sampled_from(["en", "cs", "ar", "xx", ""]))
def test_facts_never_overlap_and_stand_in_the_text(text: str, language: str) -> None:
    """Any text, any language: no error, and every span holds its value."""
    facts = extract(text, language)
    for fact in facts:
        begin, end = fact.span
        assert 0 <= begin < end <= len(text)
        assert fact.value in text[begin:end]
    assert all(a.span[1] <= b.span[0] for a, b in itertools.pairwise(facts) if a.span != b.span)


@given(st.text(max_size=200))
def test_lines_that_were_only_wrapped_lose_no_word(text: str) -> None:
    """Joining keeps every word in order."""
    assert unwrap(text).split() == text.split()


def test_no_value_stands_twice() -> None:
    """Said twice in other letters is said once."""
    twice = (Fact(FactKind.OFFER, "Crème", (0, 5)), Fact(FactKind.OFFER, "creme", (6, 11)))
    assert [fact.value for fact in of_kind(twice, FactKind.OFFER)] == ["Crème"]
    assert fold(" Crème  BRÛLÉE ") == "creme brulee"


@pytest.mark.parametrize("text", ["https://x[y.example", "www.[x", "https://a]b"])
def test_a_link_that_no_browser_could_follow_is_no_fact(text: str) -> None:
    """An address with half a bracket would break the page's check."""
    assert found(text, FactKind.LINK) == []


def test_every_day_is_seven_days() -> None:
    """`daily 9-17`, in any language, opens on each day of the week."""
    for value in ("daily 9-17", "denně 9-17", "täglich 9-17 Uhr", "todos los días 9:00-17:00"):
        assert [day for day, _, _ in opening_spans(value)] == list(range(7)), value

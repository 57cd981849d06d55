"""The template rung: the customer's facts become fields, whatever the customer wrote."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from protogen.draft import SectionPlan
from protogen.pipeline import brief
from protogen.pipeline.actions import tel
from protogen.pipeline.compose import COMPOSERS, compose
from protogen.pipeline.context import Context
from protogen.pipeline.fit import cut, fit
from protogen.pipeline.reading import read
from protogen.site.kit import KINDS, parse
from protogen.site.words import Words
from tools.drafts import BAKERY, draft, submission


def context(request: str) -> Context:
    """The brief of a request by rule, ready to be composed from."""
    made = brief.fall_back(draft(request)).brief
    assert made is not None
    return Context(made, read(submission(request)), made.plan, Words(made.language))


def fields(request: str, kind: str) -> dict[str, Any]:
    """The fields of the section of this kind that a request leads to."""
    around = context(request)
    plan = next(plan for plan in around.plan if plan.kind == kind)
    return compose(plan, around)


class TestFacts:
    """Every fact stands in the section that it belongs to."""

    def test_the_contact_section_has_phone_mail_and_address(self) -> None:
        """Each in its own field, as the customer wrote it."""
        contact = fields(BAKERY, "contact")
        assert contact["phone"] == "+420 541 234 567"
        assert contact["email"] == "hello@fernflour.example"
        assert contact["address"] == "Veveří 42, Brno"

    def test_a_menu_has_each_item_with_its_own_price(self) -> None:
        """No price moves to a neighbour, and a number never parts from its currency."""
        items = {item["name"]: item["price"] for item in fields(BAKERY, "menu")["items"]}
        assert items == {
            "Sourdough loaf": "95\u00a0Kč",
            "Rye bread": "80\u00a0Kč",
            "Croissant": "45\u00a0Kč",
        }

    def test_a_workshop_is_an_event_with_its_day_and_price(self) -> None:
        """What takes place at a time stands among the events, not on the menu."""
        (event,) = fields(BAKERY, "events")["items"]
        assert (event["name"], event["when"]) == ("Sourdough workshop", "Saturdays")
        assert event["price"].replace("\u00a0", " ") == "1 200 Kč"

    def test_hours_can_be_read_by_people_and_by_the_clock(self) -> None:
        """Rows keep the customer's words; spans say the same as days and times."""
        first, second = fields(BAKERY, "hours")["rows"]
        assert (first["days"], first["times"]) == ("Tue–Sat", "7:30–17:00")
        assert [span["day"] for span in first["spans"]] == [1, 2, 3, 4, 5]
        assert second["spans"] == [{"day": 6, "opens": "09:00", "closes": "13:00"}]

    def test_a_form_names_where_its_answer_would_go(self) -> None:
        """The honest answer of a form needs the customer's own address."""
        assert fields(BAKERY, "form")["recipient"] == "hello@fernflour.example"

    def test_a_shop_has_amounts_to_count_with(self) -> None:
        """A cart adds up numbers, so a price is also one."""
        shop = "Our online shop sells socks €9, hats €12.50 and coats €1,600. Customers need a cart and checkout."
        items = fields(shop, "products")["items"]
        assert [(item["amount"], item["currency"]) for item in items] == [
            (9.0, "EUR"),
            (12.5, "EUR"),
            (1600.0, "EUR"),
        ]

    def test_products_of_one_name_in_print_have_ids_of_their_own(self) -> None:
        """A cart tells `C` and `C+` apart, and digits at the start make a good id too."""
        items = fields("Shop with a cart: 3D lamp €5, C++ book €7, C book €9.", "products")["items"]
        ids = [item["id"] for item in items]
        assert len(set(ids)) == len(ids) == 3

    def test_telephone_links_keep_the_plus_and_the_digits_alone(self) -> None:
        """RFC 3966: no brackets, no spaces, no trunk zero in brackets."""
        assert tel("+44 (0)20 7946-0958") == "tel:+442079460958"
        assert tel("0800 123 456") == "tel:0800123456"


@pytest.mark.parametrize("kind", sorted(COMPOSERS))
def test_every_kind_is_composed_from_next_to_nothing(kind: str) -> None:
    """A request of one word still fills each kind's schema, so that any plan can be drawn."""
    about = {"form": "enquiry", "detail": "Socks"}.get(kind, "")
    if kind == "countdown":
        made = compose(SectionPlan(kind), context("The party is on 12 May 2027."))
        assert made["until"] == "2027-05-12"
    else:
        made = compose(SectionPlan(kind, about), context("Socks"))
    parse(kind, made)


class TestFit:
    """A customer's text is cut to the room there is, never a reason to fail."""

    def test_a_long_text_ends_at_a_word(self) -> None:
        """Nothing is cut inside a word, and the cut is seen."""
        assert cut("one two three", 9) == "one two…"
        assert cut("one two", 7) == "one two"

    @given(st.text(min_size=1), st.integers(2, 50))
    def test_a_cut_text_is_never_too_long(self, text: str, longest: int) -> None:
        """One word without spaces is cut as well."""
        assert len(cut(text, longest)) <= longest

    def test_an_entry_that_cannot_stand_is_left_out_alone(self) -> None:
        """The other rows stay as they were."""
        links = [
            {"label": "good", "href": "https://a.example"},
            {"label": "bad", "href": "javascript:alert(1)"},
            {"label": "fine", "href": "https://b.example"},
        ]
        made = fit("contact", {"heading": "x", "links": links})
        assert [link["label"] for link in made["links"]] == ["good", "fine"]
        assert len(links) == 3, "the fields that were given must not be changed"

    def test_a_button_that_leads_nowhere_is_left_out(self) -> None:
        """An optional field of the wrong form goes; its section stays."""
        assert "action" not in fit("cta", {"heading": "x", "action": {"label": "x", "href": "data:,x"}})

    def test_long_lists_are_cut(self) -> None:
        """Sixty offers are the most a list shows."""
        made = fit("services", {"heading": "x", "items": [{"name": f"n{n}"} for n in range(99)]})
        assert len(made["items"]) == 60

    def test_a_required_field_of_the_wrong_form_is_a_fault(self) -> None:
        """What the kind cannot do without is not made up."""
        with pytest.raises(ValidationError):
            fit("countdown", {"until": "tomorrow"})

    @given(st.sampled_from(sorted(KINDS)), st.text(max_size=3000))
    def test_any_text_fits_any_heading(self, kind: str, text: str) -> None:
        """Whatever a customer wrote, the first field of each kind takes it."""
        name = next(
            name for name in KINDS[kind].fields.model_fields if name in ("heading", "headline", "text")
        )
        made = fit(kind, {**KINDS[kind].example, name: text})
        parse(kind, made)


def test_what_is_said_in_brackets_after_a_price_stands_with_the_item_not_with_the_price() -> None:
    """A unit stays behind its price; a longer remark becomes the item's text, so that no price runs off a phone."""
    request = "We offer: dyeing £40 (per hour), mending £110 (two days, everything cleaned and set)."
    items = {item["name"]: item for item in fields(request, "services")["items"]}
    assert items["Dyeing"]["price"] == "£40\u00a0per hour"
    assert items["Mending"]["price"] == "£110"
    assert items["Mending"]["text"] == "Two days, everything cleaned and set."

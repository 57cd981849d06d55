"""Stage 1: rules read what is regular, the model names what is not, and nothing that was not said is a fact."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.draft import Brief, FactKind
from protogen.job import PROJECT_ID, RESERVED_PROJECT_IDS
from protogen.pipeline import brief
from protogen.pipeline.address import find_address
from tools.drafts import BAKERY, draft, values, writer
from tools.model import StubModel, answers, stub

GARDEN = (
    "We plan gardens with our hands. Marek and Eva draw every garden. Nothing else is needed to be happy."
)


def by_rule(request: str) -> Brief:
    """The brief without a model."""
    made = brief.fall_back(draft(request)).brief
    assert made is not None
    return made


def by_model(request: str, **said: object) -> tuple[Brief, StubModel]:
    """The brief with a model that says this."""
    with stub(answers(**said)) as model:
        made = brief.write(draft(request), writer(model.base_url)).brief
    assert made is not None
    return made, model


class TestRules:
    """What needs no model."""

    def test_the_bakery_is_read_whole(self) -> None:
        """Name, language, colours, contacts, place, hours, prices and offers."""
        made = by_rule(BAKERY)
        assert (made.name, made.language) == ("Fern & Flour", "en")
        assert len(made.colours) == 2
        assert values(made.facts, FactKind.PHONE) == ["+420 541 234 567"]
        assert values(made.facts, FactKind.EMAIL) == ["hello@fernflour.example"]
        assert values(made.facts, FactKind.ADDRESS) == ["Veveří 42, Brno"]
        assert values(made.facts, FactKind.HOURS) == ["Tue-Sat 7:30-17:00", "Sun 9-13"]
        assert values(made.facts, FactKind.PRICE) == ["95 Kč", "80 Kč", "45 Kč", "1 200 Kč"]
        assert len(values(made.facts, FactKind.OFFER)) == 4

    def test_a_vague_request_is_asked_back(self) -> None:
        """What a person would have asked."""
        assert by_rule("Please make me a nice website.").questions
        assert by_rule(BAKERY).questions == ()

    @pytest.mark.parametrize(
        ("text", "certificate"),
        [
            ("Gas Safe registered, number 123456.", "Gas Safe registered, number 123456"),
            ("IČO 12345678. Praha.", "IČO 12345678"),
        ],
    )
    def test_a_registration_with_its_number_is_a_certificate(self, text: str, certificate: str) -> None:
        """As it stands."""
        assert values(by_rule(text).facts, FactKind.CERTIFICATE) == [certificate]

    def test_a_certificate_without_a_number_is_none(self) -> None:
        """A word alone proves nothing."""
        assert values(by_rule("We are certified bakers.").facts, FactKind.CERTIFICATE) == []


class TestAddress:
    """A street is found as each country writes it."""

    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("We are at Veveří 42.", "Veveří 42"),
            ("Fern is a bakery in Brno, at Veveří 42.", "Veveří 42, Brno"),
            ("Find us on Baker Street 221b.", "Baker Street 221b"),
            ("Visit 12 High Street, London SW1 2AB.", "12 High Street, London SW1 2AB"),
            ("Adresa: Masarykova 12, 602 00 Brno", "Masarykova 12, 602 00 Brno"),
            ("Najdete nás na Náměstí Svobody 1.", "Náměstí Svobody 1"),
            ("Address: Hlavní 5/7, Praha", "Hlavní 5/7, Praha"),
            ("in der Karl-Heine-Straße 12, 04229 Leipzig", "Karl-Heine-Straße 12, 04229 Leipzig"),
            ("Goethestraße 5", "Goethestraße 5"),
            ("Rua Augusta 24, 1100-148 Lisboa", "Rua Augusta 24, 1100-148 Lisboa"),
            ("au 12 rue de Rivoli, Paris", "12 rue de Rivoli, Paris"),
            ("ul. Długa 5, Kraków", "ul. Długa 5, Kraków"),
            ("Calle Mayor 3, Madrid", "Calle Mayor 3, Madrid"),
            ("in Via Roma 10", "Via Roma 10"),
            ("улица Ленина 5", "улица Ленина 5"),
        ],
    )
    def test_a_street_with_its_number(self, text: str, address: str) -> None:
        """And its town where it is said."""
        assert [fact.value for fact in find_address(text)] == [address]

    @pytest.mark.parametrize(
        "text", ["at 9 Monday", "on 12 May", "on Saturday 12 we bake", "at Home", "on May 5"]
    )
    def test_a_day_is_no_street(self, text: str) -> None:
        """Names of days and months with a number are dates."""
        assert find_address(text) == ()

    @given(st.text(max_size=300))
    def test_any_text_can_be_read(self, text: str) -> None:
        """One address at the most."""
        assert len(find_address(text)) <= 1


class TestModel:
    """What the model names must stand in the customer's own words."""

    def test_people_and_offers_that_were_said_are_facts(self) -> None:
        """With the place where they were said."""
        made, _ = by_model(GARDEN, people=["Marek", "Eva"], offers=["gardens"], trade="garden planning")
        assert values(made.facts, FactKind.PERSON) == ["Marek", "Eva"]
        assert values(made.facts, FactKind.OFFER) == ["gardens"]
        assert made.trade == "garden planning"
        for fact in made.facts:
            assert fact.value in GARDEN[slice(*fact.span)]

    def test_people_and_offers_that_were_not_said_are_dropped(self) -> None:
        """However sure the model is."""
        made, _ = by_model(
            GARDEN, people=["Bob Smith"], offers=["swimming pools"], name="Acme Ltd", trade="pool shop"
        )
        assert values(made.facts, FactKind.PERSON) == []
        assert values(made.facts, FactKind.OFFER) == []
        assert (made.name, made.trade) == ("", "")

    def test_no_fact_of_the_rules_is_lost(self) -> None:
        """The model adds, it never takes away."""
        made, _ = by_model(BAKERY, people=["Nobody"], offers=[], name="Other")
        assert set(by_rule(BAKERY).facts) <= set(made.facts)
        assert made.name == "Fern & Flour"

    def test_only_what_rules_did_not_find_is_asked(self) -> None:
        """Tokens are time: the bakery's name and offers are known."""
        _, model = by_model(BAKERY)
        schema = model.requests[0].schema
        assert schema is not None
        assert not {"name", "offers"} & set(schema["properties"])
        _, model = by_model(GARDEN)
        schema = model.requests[0].schema
        assert schema is not None
        assert {"name", "offers"} <= set(schema["properties"])


class TestProjectId:
    """A DNS label that can be read aloud."""

    @given(st.text(max_size=80), st.integers(0, 2**63))
    def test_any_name_gives_a_label(self, name: str, seed: int) -> None:
        """RFC 1035: letters, digits, hyphens, at most 63; never a reserved one."""
        label = brief.project_id(name, seed)
        assert PROJECT_ID.fullmatch(label)
        assert label not in RESERVED_PROJECT_IDS

    def test_it_is_the_name_and_five_characters(self) -> None:
        """The same seed, the same label; another, another."""
        assert brief.project_id("Fern & Flour", 7).startswith("fern-flour-")
        assert brief.project_id("Fern & Flour", 7) == brief.project_id("Fern & Flour", 7)
        assert brief.project_id("Fern & Flour", 7) != brief.project_id("Fern & Flour", 8)

    def test_one_that_was_fixed_is_kept(self) -> None:
        """Retries and versions stand at one address."""
        fixed = dataclasses.replace(draft(BAKERY), project_id="mine-abcde", url="http://{project_id}.x/")
        made = brief.fall_back(fixed)
        assert (made.project_id, made.url) == ("mine-abcde", "http://mine-abcde.x/")

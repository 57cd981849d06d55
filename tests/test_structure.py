"""Stage 2: each section stands on the highest rung that its checks allow, and its facts stand on every rung."""

from __future__ import annotations

import pytest

from protogen.draft import Draft
from protogen.job import Rung
from protogen.pipeline import structure
from protogen.pipeline.report import degraded
from protogen.pipeline.slots import LONGEST
from protogen.site.render import visible_text
from tools.drafts import BAKERY, finished, pages, writer
from tools.model import Reply, answers, by_question, dies, good, hang, says, stub

FACTS = (
    "Fern & Flour", "Veveří 42, Brno", "+420 541 234 567", "hello@fernflour.example", "Sourdough loaf", "95 Kč",
    "Rye bread", "80 Kč", "Croissant", "45 Kč", "Sourdough workshop", "1 200 Kč", "Tue–Sat", "7:30–17:00",
    "Sun", "9–13",
)  # fmt: skip


def made_by(*script: Reply, first: Rung = Rung.FIELDS, seconds: float = 30) -> Draft:
    """The bakery's site, written by a model that answers so."""
    with stub(*script) as model:
        return finished(BAKERY, writer(model.base_url, first_rung=first, seconds=seconds))


def rungs(made: Draft) -> dict[str, tuple[Rung, str]]:
    """Rung and reason by id of the section."""
    assert made.page is not None
    return {section.id: (section.rung, section.reason) for section in made.page.sections}


@pytest.mark.parametrize("first", list(Rung))
def test_the_customers_facts_stand_on_every_rung(first: Rung) -> None:
    """Name, place, phone, mail, products, prices, workshop and hours, whoever wrote the words around them."""
    text = visible_text(pages(made_by(good, first=first))).replace("\u00a0", " ")
    assert [fact for fact in FACTS if fact not in text] == []


class TestLadder:
    """One rung down at a time, and the section says why."""

    def test_fields_that_pass_are_on_the_page(self) -> None:
        """And counted as written."""
        made = made_by(good)
        assert set(rungs(made).values()) == {(Rung.FIELDS, "")}
        assert made.page is not None
        text = visible_text(pages(made))
        assert all(written in text for section in made.page.sections for written in section.written)

    def test_markup_that_fails_falls_to_fields(self) -> None:
        """The next rung is tried at once."""
        made = made_by(by_question(('section "about" of', says("no"))), first=Rung.MARKUP)
        assert rungs(made)["about"] == (Rung.FIELDS, "markup: no-heading")
        assert rungs(made)["menu"] == (Rung.MARKUP, "")

    def test_fields_that_fail_fall_to_the_template(self) -> None:
        """Both reasons, in order."""
        broken = by_question(("Write the inside|^Section|^Not so|^Headings", says("half", finish="length")))
        made = made_by(broken, first=Rung.MARKUP)
        assert rungs(made)["about"] == (Rung.TEMPLATE, "markup: cut-off; fields: cut-off")
        assert rungs(made)["hero"] == (Rung.TEMPLATE, "markup: interactive; fields: cut-off")

    def test_one_dead_section_costs_no_other(self) -> None:
        """The one whose answer broke off is made from the template."""
        made = made_by(by_question(("^Section hours|^Headings", dies)))
        assert rungs(made).pop("hours") == (Rung.TEMPLATE, "fields: broken-off")
        assert {rung for id, (rung, _) in rungs(made).items() if id != "hours"} == {Rung.FIELDS}

    def test_a_model_that_hangs_in_one_section_leaves_the_rest_to_the_template(self) -> None:
        """There is no time left; they say so."""
        made = made_by(by_question(("^Section events", hang)), seconds=4)
        kinds = rungs(made)
        assert kinds["events"] == (Rung.TEMPLATE, "fields: too-late")
        assert kinds["contact"] == (Rung.TEMPLATE, "fields: no-time")
        assert kinds["hero"] == (Rung.FIELDS, "")

    def test_the_template_as_first_rung_asks_nothing(self) -> None:
        """And needs no excuse."""
        with stub(good) as model:
            made = finished(BAKERY, writer(model.base_url, first_rung=Rung.TEMPLATE))
        assert set(rungs(made).values()) == {(Rung.TEMPLATE, "")}
        assert not model.asked("^Section|Write the inside")

    @pytest.mark.parametrize(("later", "kept"), [(0, 30.0), (2, 30.0), (5, 60.0)])
    def test_a_further_try_leaves_each_section_its_first(self, later: int, kept: float) -> None:
        """What the first answers took says how long that is; a third of the time is left in any case."""
        asking = writer()
        asking.clock = lambda: 0.0
        asking.deadline = 90.0
        assert structure._for_others(asking, structure._Written(later, [10.0, 14.0])) == kept


class TestRefusal:
    """A text that may not stand is asked for once more, alone, and then left out."""

    @pytest.mark.parametrize(
        ("lead", "reason"),
        [
            ("We have won 12 awards.", "not said by the customer"),
            ("Welcome to our website.", "talks about the request"),
            ("Come in and", "cut off"),
            ("Хлеб для всех.", "wrong script"),
            ("Come <b>in</b>.", "markup"),
            ("Come in. " * 60, "too long"),
            ("Good bread.", "says too little"),
            ("Marta and Joris mend what squeaks, rubs or has gone flat.", "words of the example"),
        ],
    )
    def test_the_second_question_says_what_was_wrong(self, lead: str, reason: str) -> None:
        """Only the failing field is asked for, and the answer takes its place."""
        bad = answers(lead=lead)
        with stub(
            by_question(("^Not so", answers(lead="Come in and taste it all.")), ("^Section hero", bad))
        ) as model:
            made = finished(BAKERY, writer(model.base_url))
        assert made.page is not None
        hero = made.page.sections[0]
        assert (hero.rung, hero.fields["lead"]) == (Rung.FIELDS, "Come in and taste it all.")
        again = model.asked("^Not so")
        assert reason in again[0].question
        assert again[0].schema is not None
        assert list(again[0].schema["properties"]) == ["lead"]
        assert any(reason in str(refusal) for refusal in made.removed)

    def test_a_headline_that_the_schema_ended_is_none(self) -> None:
        """It has no full stop to tell by: its length tells."""
        cut = "Sourdough bread, rye bread and croissants every morning in the old town"[: LONGEST["headline"]]
        made = made_by(by_question(("^Section hero", answers(headline=cut))))
        assert made.page is not None
        assert made.page.sections[0].fields["headline"] != cut
        assert any(str(each) == "hero.headline: cut off" for each in made.removed)

    def test_what_fails_twice_is_left_to_the_customer(self) -> None:
        """The customer's own sentence stands where the model's may not."""
        bad = answers(lead="We have won 12 awards.")
        made = made_by(by_question(("^Not so|^Section hero", bad)))
        assert made.page is not None
        hero = made.page.sections[0]
        assert hero.rung is Rung.FIELDS
        assert hero.fields["lead"].startswith("Fern & Flour is a small")
        assert "awards" not in pages(made)

    def test_a_section_with_no_usable_word_is_a_template(self) -> None:
        """The reason says that the model was there."""
        bad = answers(headline="12 awards", lead="We have won 12 awards.")
        made = made_by(by_question(("^Not so|^Section hero", bad)))
        assert rungs(made)["hero"] == (Rung.TEMPLATE, "fields: nothing-usable")

    def test_a_section_without_a_word_is_tried_again(self) -> None:
        """Each time with another seed; the first word that may stand ends it."""
        bad = answers(headline="12 awards", lead="We have won 12 awards.")
        with stub(
            by_question(
                (
                    "^Not so.*We have won 12 awards.*lead",
                    answers(lead="We have won 13 awards.", headline="13 awards"),
                ),
                ("^Not so", answers(lead="Come in and taste it all.", headline="13 awards")),
                ("^Section hero", bad),
            )
        ) as model:
            made = finished(BAKERY, writer(model.base_url))
        assert rungs(made)["hero"] == (Rung.FIELDS, "")
        tried = [
            request
            for request in model.requests
            if "awards" in request.question or "Section hero" in request.question
        ]
        assert len({request.body["seed"] for request in tried}) == len(tried) > 1

    def test_of_a_paragraph_the_good_sentences_stay(self) -> None:
        """What may not stand goes with the sentence that leans on it; nothing is asked again."""
        body = "We have won 12 awards. They make us proud. We bake sourdough bread every morning in Brno."
        with stub(
            by_question(("^Section about", answers(heading="Bread every morning", body=body)))
        ) as model:
            made = finished(BAKERY, writer(model.base_url))
        assert made.page is not None
        about = next(section for section in made.page.sections if section.kind == "about")
        assert about.fields["body"][0] == "We bake sourdough bread every morning in Brno."
        assert "proud" not in pages(made)
        assert not model.asked("^Not so.*who they are")

    def test_no_heading_says_what_a_larger_one_said(self) -> None:
        """A part of the headline above a further section reads as a slip."""
        made = made_by(
            by_question(
                ("^Section hero", answers(headline="Bakery and café in Brno")),
                ("^Section about|^Not so.*who they are", answers(heading="Bakery and café")),
            )
        )
        assert made.page is not None
        assert made.page.sections[0].fields["headline"] == "Bakery and café in Brno"
        assert "about.heading: said before: Bakery and café" in map(str, made.removed)

    def test_nothing_is_said_twice_on_a_page(self) -> None:
        """A model that has one sentence only says it once."""
        same = answers(lead="Come in and taste the warm morning with us today.", heading="", headline="")
        made = made_by(by_question(("^Section|^Not so", same)))
        assert visible_text(pages(made)).count("Come in and taste the warm morning") == 1


def test_sentences_that_the_model_leaves_out_stay() -> None:
    """The model's paragraph about the business stands beside the customer's own facts, not in their place."""
    request = (
        "Holt & Sons mends roofs in Leeds. We fix tiles, gutters and chimneys. Three vans, family business since 2003. "
        "Call 0113 496 0123. People should be able to ask for a quote."
    )
    with stub(good) as model:
        made = finished(request, writer(model.base_url))
    assert made.page is not None
    about = next(section for section in made.page.sections if section.kind == "about")
    assert about.rung is Rung.FIELDS
    assert about.fields["body"][1:] == [
        "Holt & Sons mends roofs in Leeds. We fix tiles, gutters and chimneys."
    ]
    statement = next(section for section in made.page.sections if section.kind == "statement")
    assert statement.fields["text"] == "Three vans, family business since 2003."


def test_sections_are_written_by_worth_and_stand_as_planned() -> None:
    """What a visitor comes for is written first: with little time, the rest is what is left to the kit."""
    with stub(good) as model:
        made = finished(BAKERY, writer(model.base_url))
        asked = [request.question.split()[1].rstrip(",") for request in model.asked("^Section")]
    assert made.page is not None
    assert made.brief is not None
    assert asked[0] == "hero"
    assert asked.index("menu") < asked.index("contact") < asked.index("about") < asked.index("hours")
    assert [section.kind for section in made.page.sections] == [plan.kind for plan in made.brief.plan]


def test_the_story_is_asked_to_name_whom_and_when() -> None:
    """Names and years of the customer's own account are given to the model with the question."""
    request = (
        "Fern & Flour is a bakery in Brno. Two sisters, Jana and Petra, opened it in 2019. We bake bread and cakes. "
        "Customers should order a cake with a form and sign up for workshops."
    )
    with stub(good) as model:
        finished(request, writer(model.base_url))
        about = next(r.question for r in model.asked("^Section about"))
    assert "naming" in about
    assert "2019" in about


def test_products_keep_their_categories_where_no_words_may_stand() -> None:
    """What the model sorted is a choice of its own: the filter is not lost with the sentences."""
    request = (
        "Nimbus is an online shop. Nimbus Buds 59 €, Orbit Speaker 89 €, Halo Lamp 49 €. "
        "Categories: audio, smart home. Customers should search, filter by category, and fill a cart."
    )
    sorted_in = {"Nimbus Buds": "audio", "Orbit Speaker": "audio", "Halo Lamp": "smart home"}
    no_words = answers(heading="We have won 12 awards", lead="We have won 12 awards.")
    with stub(by_question(("^The category", answers(**sorted_in)), ("^Section|^Not so", no_words))) as model:
        made = finished(request, writer(model.base_url))
        said = [message["content"] for asked in model.requests for message in asked.body["messages"]]
    assert "{}" not in said  # an answer without a word is no example for the next section
    assert made.page is not None
    products = next(section for section in made.page.sections if section.kind == "products")
    assert {item["name"]: item["category"] for item in products.fields["items"]} == sorted_in
    assert (products.rung, products.written) == (Rung.FIELDS, ())


def test_a_form_says_what_the_customer_wants_done_with_it() -> None:
    """Heading, button and question are of `order a cake`, not of any order."""
    request = (
        "Fern & Flour is a bakery in Brno, write to hello@fernflour.example. We bake bread and cakes. Customers should "
        "order a cake with a form and sign up for workshops."
    )
    with stub(good) as model:
        made = finished(request, writer(model.base_url))
        questions = " ".join(r.question for r in model.asked("^Section form"))
    assert made.page is not None
    headings = [section.fields["heading"] for section in made.page.sections if section.kind == "form"]
    assert headings == ["Order a cake", "Sign up for workshops"]
    assert "invites the visitor to order a cake" in questions
    hero = made.page.sections[0].fields
    assert [hero["action"]["label"], hero["second"]["label"]] == ["Order a cake", "Sign up for workshops"]


def test_few_sentences_among_many_items_are_left_out() -> None:
    """A list in which one item in three has a sentence reads as if the others were forgotten."""
    one = answers(texts={"Sourdough loaf": "It keeps its crust until the evening."})
    made = made_by(by_question(("^Section menu", one)))
    assert made.page is not None
    menu = next(section for section in made.page.sections if section.kind == "menu")
    assert [item["text"] for item in menu.fields["items"]] == ["", "", ""]


def test_of_nothing_the_model_is_not_asked() -> None:
    """A request that says nothing gets the kit's page, not a trade that the model made up, and is not made again."""
    with stub(good) as model:
        made = finished("Make me a website please.", writer(model.base_url))
    assert {reason for rung, reason in rungs(made).values() if reason} == {"model does not write of nothing"}
    assert not model.asked("^Section|^For the whole site")
    assert made.copy is not None
    assert made.copy.rung is Rung.TEMPLATE
    assert not degraded(made)

"""Stage 5: the words of the whole site, then the site, which is never published broken."""

from __future__ import annotations

import dataclasses

import pytest

from protogen.checks.gate import check_files
from protogen.draft import Draft, Theme
from protogen.job import Rung
from protogen.llm.writer import BadAnswer
from protogen.pipeline import content
from protogen.pipeline.runner import STEPS
from tools.drafts import BAKERY, draft, finished, writer
from tools.model import answers, by_question, good, stub


def before_content(request: str = BAKERY) -> Draft:
    """A draft from templates that lacks only its words and its files."""
    made = draft(request)
    for step in STEPS[:4]:
        made = step.fall_back(made)
    return made


class TestWords:
    """Title, description and tagline."""

    def test_the_models_words_stand_where_they_pass(self) -> None:
        """In the head and at the foot."""
        with stub(answers(description="Come in and taste it all.", tagline="Good bread for you.")) as model:
            made = content.write(before_content(), writer(model.base_url))
        assert made.copy is not None
        assert made.site is not None
        assert (made.copy.description, made.copy.tagline) == (
            "Come in and taste it all.",
            "Good bread for you",
        )
        assert made.copy.rung is Rung.FIELDS
        assert b"Come in and taste it all." in made.site.files["index.html"]

    def test_invented_words_are_left_out_and_the_rest_stands(self) -> None:
        """One bad text costs the other nothing."""
        with stub(answers(description="We have won 12 awards.", tagline="Good bread for you")) as model:
            made = content.write(before_content(), writer(model.base_url))
        assert made.copy is not None
        assert made.copy.tagline == "Good bread for you"
        assert "awards" not in made.copy.description

    def test_a_description_that_the_schema_ended_is_left_out(self) -> None:
        """A full stop behind half a sentence makes no whole one."""
        cut = "Come in and taste the bread that we bake every morning here in Brno, the rye bread and " * 2
        with stub(answers(description=cut[:155], tagline="Good bread for you")) as model:
            made = content.write(before_content(), writer(model.base_url))
        assert made.copy is not None
        assert made.copy.description == content._plain(made).description

    def test_a_tagline_that_the_schema_ended_is_left_out(self) -> None:
        """It has no full stop to tell by: its length tells."""
        cut = "Sourdough bread, rye bread, croissants, workshops and more bread of Brno"[:64]
        with stub(answers(description="Come in and taste it all.", tagline=cut)) as model:
            made = content.write(before_content(), writer(model.base_url))
        assert made.copy is not None
        assert made.copy.tagline == ""
        assert made.copy.description == "Come in and taste it all."

    def test_no_usable_word_is_a_bad_answer(self) -> None:
        """The fallback then takes the customer's own."""
        with stub(answers(description="We have won 12 awards.", tagline="Our website")) as model:
            with pytest.raises(BadAnswer) as caught:
                content.write(before_content(), writer(model.base_url))
            made = finished(BAKERY, writer(model.base_url))
        assert caught.value.code == "nothing-usable"
        assert made.copy is not None
        assert made.copy.description.startswith("Fern & Flour is a small")
        assert made.traces[-1].reason == "nothing-usable"

    def test_the_title_is_the_name_and_the_trade(self) -> None:
        """As far as they are known."""
        with stub(by_question(otherwise=good)) as model:
            made = finished(BAKERY, writer(model.base_url))
        assert made.site is not None
        assert made.site.title == "Fern & Flour – bakery"
        nameless = finished("x").site
        assert nameless is not None
        assert nameless.title


class TestAssembly:
    """The gate sees every candidate; the first that passes is the site."""

    def broken(self, **changes: object) -> Draft:
        """A draft with words and this fault."""
        made = content.fall_back(before_content())
        return dataclasses.replace(made, site=None, **changes)  # type: ignore[arg-type]

    def test_a_style_sheet_that_does_not_parse_is_taken_back(self) -> None:
        """The theme's choices stay, one rung lower."""
        theme = before_content().theme
        assert isinstance(theme, Theme)
        bad = dataclasses.replace(theme, css=".card { padding: var(--x, }) }", rung=Rung.MARKUP)
        made = content.assemble(self.broken(theme=bad))
        assert made.site is not None
        assert check_files(made.site.files) == []
        assert made.theme is not None
        assert (made.theme.css, made.theme.rung) == ("", Rung.FIELDS)

    def test_a_theme_of_the_template_is_not_raised_by_a_fault_elsewhere(self) -> None:
        """Taking markup back never claims a rung."""
        page = before_content().page
        assert page is not None
        first, *rest = page.sections
        bad = dataclasses.replace(first, html='<p style="x">x</p>', rung=Rung.MARKUP)
        made = content.assemble(self.broken(page=dataclasses.replace(page, sections=(bad, *rest))))
        assert made.theme is not None
        assert made.theme.rung is Rung.TEMPLATE
        assert made.page is not None
        assert (made.page.sections[0].rung, made.page.sections[0].reason) == (Rung.TEMPLATE, "gate")

    def test_fields_that_do_not_fit_are_made_anew_from_templates(self) -> None:
        """Words that the kit refuses to render cost their rung, not the site."""
        page = before_content().page
        assert page is not None
        first, *rest = page.sections
        bad = dataclasses.replace(first, fields={"headline": "x" * 5000}, rung=Rung.FIELDS)
        made = content.assemble(self.broken(page=dataclasses.replace(page, sections=(bad, *rest))))
        assert made.site is not None
        assert check_files(made.site.files) == []
        assert made.page is not None
        assert {section.reason for section in made.page.sections} == {"gate"}

    def test_a_kit_that_cannot_pass_publishes_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A broken page is never a site; the error says what is wrong with it."""
        monkeypatch.setattr(content, "check_files", lambda files: ["index.html: it has no title."])
        with pytest.raises(content.RefusedError, match="it has no title"):
            content.assemble(self.broken())

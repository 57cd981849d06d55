"""The markup rung: the model's HTML is held to the kit's vocabulary, and to what the customer said."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.draft import Section
from protogen.job import Rung
from protogen.pipeline.markup import CLASSES, TAGS, fact_strings, sanitise, visible
from tools.drafts import BAKERY, finished, pages, writer
from tools.model import Reply, by_question, good, says, section_html, stub

MENU = ("Sourdough loaf", "95 Kč", "Rye bread", "80 Kč", "Croissant", "45 Kč")


def menu(reply: Reply) -> tuple[Section, str]:
    """The menu section of the bakery when its markup comes from this reply, and all pages."""
    with stub(by_question(('inside of the section "menu"', reply))) as model:
        made = finished(BAKERY, writer(model.base_url, first_rung=Rung.MARKUP))
    assert made.page is not None
    return next(section for section in made.page.sections if section.kind == "menu"), pages(made)


class TestSanitise:
    """Only the kit's tags and classes are left, closed, without attributes that do anything."""

    @pytest.mark.parametrize(
        ("answer", "html"),
        [
            ('<p class="lead">Bread</p>', '<p class="lead">Bread</p>'),
            ("```html\n<p>Bread</p>\n```", "<p>Bread</p>"),
            ('<section id="x" class="y"><p>Bread</p></section>', "<p>Bread</p>"),
            ('<p onclick="alert(1)" style="color: red" id="x">Bread</p>', "<p>Bread</p>"),
            ('<p class="lead evil card">Bread</p>', '<p class="lead card">Bread</p>'),
            ('<p class="evil">Bread</p>', "<p>Bread</p>"),
            ("<p>Bread<script>alert(1)</script></p>", "<p>Bread</p>"),
            ("<style>p { color: red }</style><p>Bread</p>", "<p>Bread</p>"),
            ('<a href="javascript:alert(1)">Bread</a>', "Bread"),
            ('<a href="https://x.example">Bread</a>', "Bread"),
            ('<img src="x" onerror="alert(1)">Bread', "Bread"),
            ('<iframe src="//x.example"></iframe><form><input></form>Bread', "Bread"),
            ("<svg><script>alert(1)</script></svg>Bread", "Bread"),
            ('<div class="card"><p>Bread', '<div class="card"><p>Bread</p></div>'),
            ("</section></main></body>Bread", "Bread"),
            ("<h1>Bread</h1>", "Bread"),
            ("<!-- x --><p>Bread</p>", "<p>Bread</p>"),
        ],
    )
    def test_what_is_left(self, answer: str, html: str) -> None:
        """Words stay, code goes."""
        assert sanitise(answer) == html

    @given(
        st.lists(
            st.sampled_from(
                '< > </ " \' = & ; p div h2 script style class="card x" onclick=1 a b /> <!--'.split(" ")
            )
        )
    )
    def test_any_answer_is_made_safe(self, pieces: list[str]) -> None:
        """However it is broken: known tags, known classes, and nothing more to take off a second time."""
        html = sanitise("".join(pieces))
        assert {tag.lower() for tag in re.findall(r"</?([a-zA-Z0-9]+)", html)} <= TAGS - {"a"}
        for attributes in re.findall(r"<\w+([^>]*)>", html):
            assert re.fullmatch(r'( class="[\w -]+")?', attributes)
            assert set(re.findall(r"[\w-]+", attributes.replace("class", "", 1))) <= CLASSES
        assert sanitise(html) == html

    def test_texts_are_read_in_order(self) -> None:
        """As a visitor sees them."""
        assert visible("<h2>Bread &amp; rolls</h2><p>Come <em>in</em>.</p>") == [
            "Bread & rolls",
            "Come",
            "in",
            ".",
        ]


class TestFacts:
    """The section's facts must be there."""

    def test_names_prices_and_days_are_facts(self) -> None:
        """Of items, people, places and languages."""
        fields = {
            "items": [{"name": "a", "price": "1", "when": "b", "text": "c"}],
            "people": [{"name": "d", "role": "e"}],
        }
        assert fact_strings(fields | {"places": ["f"], "languages": ["g"]}) == ["a", "1", "b", "d", "f", "g"]

    def test_markup_with_all_facts_stands(self) -> None:
        """On the top rung, in its section's frame."""
        section, html = menu(good)
        assert section.rung is Rung.MARKUP
        assert section.reason == ""
        assert section.html in html

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (section_html(MENU[:-1], "Good bread"), "facts-missing"),
            (section_html(MENU, "We have won 12 awards"), "copy"),
            (section_html(MENU, "Our website is new"), "copy"),
            (section_html((*MENU, "Chocolate cake at 99 Kč"), "Good bread"), "copy"),
            ("<p>Bread</p>", "no-heading"),
            ("<h2>a</h2><h2>b</h2>", "no-heading"),
            ("", "no-heading"),
        ],
    )
    def test_markup_that_may_not_stand_drops_to_fields(self, answer: str, code: str) -> None:
        """One rung, with the reason; the facts are on the page all the same."""
        section, html = menu(says(answer))
        assert (section.rung, section.reason, section.html) == (Rung.FIELDS, f"markup: {code}", "")
        for fact in MENU:
            assert fact in html.replace("\u00a0", " ").replace("&nbsp;", " ")
        assert "awards" not in html

    def test_code_in_good_markup_is_taken_out(self) -> None:
        """The section stands, the script does not."""
        answer = section_html(MENU, "Good bread").replace("</h2>", "</h2><script>alert(1)</script>")
        section, html = menu(
            says(answer.replace('<div class="grid">', '<div class="grid" onclick="alert(1)">'))
        )
        assert section.rung is Rung.MARKUP
        assert "alert(1)" not in html

    def test_sections_that_must_work_are_never_markup(self) -> None:
        """A form, a contact, the hero: the kit's own, said so."""
        with stub(good) as model:
            made = finished(BAKERY, writer(model.base_url, first_rung=Rung.MARKUP))
        assert made.page is not None
        for section in made.page.sections:
            if section.kind in ("hero", "form", "contact", "hours"):
                assert (section.rung, section.reason) == (Rung.FIELDS, "markup: interactive")

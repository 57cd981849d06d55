"""Stage 3: the customer's colours are law, and rules of the model's own stay inside the kit's vocabulary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.draft import Draft, Theme
from protogen.job import Rung
from protogen.llm.writer import BadAnswer
from protogen.pipeline import brief, style
from protogen.pipeline.style import allowed_rules
from tools.drafts import BAKERY, draft, finished, writer
from tools.model import Reply, answers, by_question, good, says, status, stub

PLAIN = "We mend bicycles in Brno. We mend what others give up. Come and see us."


def theme(by: Reply, request: str = BAKERY, first: Rung = Rung.FIELDS) -> tuple[Theme, list[str]]:
    """The theme that a model leads to, and what was refused of it."""
    with stub(by) as model:
        writes = writer(model.base_url, first_rung=first)
        made: Draft = style.write(brief.fall_back(draft(request)), writes)
    assert made.theme is not None
    return made.theme, writes.refused


class TestRules:
    """tinycss2 reads what the model wrote; only what the kit allows is kept."""

    def test_allowed_rules_are_kept(self) -> None:
        """In the theme's layer, fences off."""
        css = allowed_rules("```css\n.button { border-radius: 1rem; letter-spacing: .1em }\n```")
        assert (
            css
            == "@layer theme {\n  .button {\n    border-radius: 1rem;\n    letter-spacing: .1em;\n  }\n}\n"
        )

    @pytest.mark.parametrize(
        "css",
        [
            "",
            "I cannot do that.",
            "@import 'https://x.example/a.css';",
            "@import url(//x.example/a.css);",
            "@font-face { font-family: x; src: url(x) }",
            "@media print { .button { padding: 1rem } }",
            ".button { position: fixed }",
            ".button { background: url(https://x.example/a.png) }",
            ".button { padding: url(https://x.example/a.png) }",
            ".button { padding: URL('//x.example') }",
            ".button { color: white; background-color: white }",
            ".button { display: none }",
            ".button { border-radius: '\n }",
            "body { padding: 1rem }",
            ".section { padding: 1rem }",
            ".button, body { padding: 1rem }",
            ".button:hover { padding: 1rem }",
            ".button::after { padding: 1rem; content: 'x' }",
            ".button { padding: " + "1px " * 50 + "}",
        ],
    )
    def test_everything_else_is_refused(self, css: str) -> None:
        """Requests, positions, colours, other selectors, at-rules."""
        with pytest.raises(BadAnswer):
            allowed_rules(css)

    def test_a_good_rule_stands_beside_a_bad_one(self) -> None:
        """What is refused takes nothing along."""
        css = allowed_rules("body { padding: 0 } .card { padding: 1rem; position: fixed; } @import 'x';")
        assert css == "@layer theme {\n  .card {\n    padding: 1rem;\n  }\n}\n"

    def test_no_value_closes_the_layer(self) -> None:
        """Braces cannot get out of a value."""
        for value in ("1rem } body { display: none", "var(--x, })", "{}", "1rem;} }"):
            try:
                css = allowed_rules(f".card {{ padding: {value} }} .button {{ padding: 1rem }}")
            except BadAnswer:
                continue
            assert css.count("{") == css.count("}")
            assert "body" not in css

    @given(st.text(max_size=120))
    def test_any_answer_is_kept_or_refused(self, text: str) -> None:
        """Whatever a model writes: a layer of its own, or BadAnswer."""
        try:
            css = allowed_rules(f".card {{ padding: {text} }}")
        except BadAnswer:
            return
        assert css.startswith("@layer theme {\n")
        assert "url(" not in css.lower()
        assert "@import" not in css.lower()


class TestChoices:
    """The model chooses what the customer left open."""

    def test_the_customers_colours_stand(self) -> None:
        """Whatever accent the model would like."""
        chosen, _ = theme(answers(accent="firebrick", scheme="dark"))
        by_rule = style.fall_back(brief.fall_back(draft(BAKERY))).theme
        assert by_rule is not None
        assert chosen.tokens["--accent"] == by_rule.tokens["--accent"]
        assert chosen.rung is Rung.FIELDS

    def test_an_open_colour_is_the_models(self) -> None:
        """Two answers, two accents."""
        teal, _ = theme(answers(accent="teal", scheme="light"), PLAIN)
        brick, _ = theme(answers(accent="firebrick", scheme="light"), PLAIN)
        assert teal.tokens["--accent"] != brick.tokens["--accent"]

    def test_an_answer_outside_of_the_choice_is_no_choice(self) -> None:
        """The rule's own theme stands."""
        chosen, _ = theme(answers(direction="../x", motif="<svg>", accent="url(x)", scheme="x"), PLAIN)
        by_rule = style.fall_back(brief.fall_back(draft(PLAIN))).theme
        assert by_rule is not None
        assert chosen.tokens == by_rule.tokens

    def test_rules_of_its_own_are_the_top_rung(self) -> None:
        """And stand in the style sheet."""
        chosen, refused = theme(good, first=Rung.MARKUP)
        assert (chosen.rung, refused) == (Rung.MARKUP, [])
        with stub(good) as model:
            made = finished(BAKERY, writer(model.base_url, first_rung=Rung.MARKUP))
        assert made.site is not None
        assert b"border-radius: 0.9rem" in made.site.files["styles.css"]

    @pytest.mark.parametrize(
        ("reply", "reason"),
        [(says("body { color: red }"), "rules markup: no-rule"), (status(500), "rules markup: http-500")],
    )
    def test_refused_rules_cost_one_rung_and_say_why(self, reply: Reply, reason: str) -> None:
        """The choices stay."""
        chosen, refused = theme(by_question(("Write CSS", reply)), first=Rung.MARKUP)
        assert (chosen.rung, chosen.css, refused) == (Rung.FIELDS, "", [reason])

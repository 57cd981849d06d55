"""Stage 4: what the sections need is given; a script of the model's own compiles and reaches nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.checks.js import syntax_error
from protogen.draft import Behaviour
from protogen.job import Rung
from protogen.llm.writer import BadAnswer
from protogen.pipeline import behaviour, brief, structure
from protogen.pipeline.behaviour import OPTIONAL, allowed_code
from protogen.site.kit import modules_for
from tools.drafts import BAKERY, draft, writer
from tools.model import SCRIPT, Reply, answers, by_question, good, says, stub


def made_by(reply: Reply, first: Rung = Rung.FIELDS) -> tuple[Behaviour, tuple[str, ...], list[str]]:
    """The behaviour that a model leads to, what the sections need, and what was refused."""
    before = structure.fall_back(brief.fall_back(draft(BAKERY)))
    assert before.page is not None
    with stub(reply) as model:
        by = writer(model.base_url, first_rung=first)
        made = behaviour.write(before, by).behaviour
    assert made is not None
    return made, modules_for(before.page.sections), by.refused


class TestCode:
    """What a real V8 compiles and no list forbids."""

    @pytest.mark.parametrize("code", [SCRIPT, f"```js\n{SCRIPT}\n```", f"```javascript\n{SCRIPT}\n```\n"])
    def test_a_harmless_script_is_kept_in_a_function_of_its_own(self, code: str) -> None:
        """Strict, and without a name on the page."""
        kept = allowed_code(code)
        assert kept == f"(function () {{\n'use strict';\n{SCRIPT}\n}})();\n"
        assert syntax_error(kept) == ""

    @pytest.mark.parametrize(
        "name",
        """fetch XMLHttpRequest WebSocket EventSource sendBeacon eval Function import require cookie localStorage
        sessionStorage indexedDB location open postMessage innerHTML outerHTML insertAdjacentHTML write setTimeout
        setInterval Worker constructor __proto__ top parent opener""".split(),
    )
    def test_each_way_out_is_refused_by_name(self, name: str) -> None:
        """Network, storage, other windows, markup, timers."""
        with pytest.raises(BadAnswer) as caught:
            allowed_code(f"var x = window.{name};")
        assert caught.value.code == "forbidden"

    @pytest.mark.parametrize(
        "code", ["let let = 1;", "function (", "I cannot do that.", "} while (true) {} {"]
    )
    def test_what_does_not_compile_is_refused(self, code: str) -> None:
        """Prose is no script, and no brace leads out of the function."""
        with pytest.raises(BadAnswer) as caught:
            allowed_code(code)
        assert caught.value.code == "syntax"

    @pytest.mark.parametrize(
        "code",
        [
            "window['fet' + 'ch']('//x.example');",
            "window[name]('//x.example');",
            "self['\\x66etch']('//x.example');",
            "\\u0066etch('//x.example');",
            "})(); alert(1); (function () {",
            "new Image().src = '//x.example';",
            "import('//x.example');",
            "</script><script>alert(1)",
        ],
    )
    def test_names_in_disguise_are_refused(self, code: str) -> None:
        """Names that are put together, escaped, or outside of the function."""
        with pytest.raises(BadAnswer):
            allowed_code(code)

    def test_no_script_is_no_answer(self) -> None:
        """An empty answer does not stand on the top rung."""
        with pytest.raises(BadAnswer):
            allowed_code("```js\n```")

    @given(st.text(max_size=80))
    def test_any_answer_compiles_or_is_refused(self, text: str) -> None:
        """Whatever is kept is a script."""
        try:
            code = allowed_code(text)
        except BadAnswer:
            code = ""
        assert syntax_error(code) == ""


class TestChoices:
    """What the sections need is never the model's to leave out."""

    def test_choices_stand_beside_what_is_needed(self) -> None:
        """In the kit's order, none twice."""
        chosen, needed, _ = made_by(answers(modules=["theme-toggle", "theme-toggle", "eval", "cart"]))
        assert set(chosen.modules) == {*needed, "theme-toggle"}
        assert len(set(chosen.modules)) == len(chosen.modules)
        assert chosen.rung is Rung.FIELDS

    def test_choosing_nothing_leaves_what_is_needed(self) -> None:
        """Forms and menus work all the same."""
        chosen, needed, _ = made_by(answers(modules=[]))
        assert chosen.modules == needed
        assert set(OPTIONAL) - set(needed)

    def test_a_script_of_its_own_is_the_top_rung(self) -> None:
        """Where the model may write one."""
        chosen, _, refused = made_by(good, Rung.MARKUP)
        assert (chosen.rung, refused) == (Rung.MARKUP, [])
        assert SCRIPT in chosen.code

    @pytest.mark.parametrize(("code", "reason"), [("eval('1')", "forbidden"), ("let let;", "syntax")])
    def test_a_refused_script_costs_one_rung_and_says_why(self, code: str, reason: str) -> None:
        """The choices stay."""
        chosen, _, refused = made_by(by_question(("JavaScript", says(code))), Rung.MARKUP)
        assert (chosen.rung, chosen.code, refused) == (Rung.FIELDS, "", [f"script markup: {reason}"])

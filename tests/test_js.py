"""JavaScript is compiled by a real V8 before it ships, and never run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.checks.js import MAX_CHARACTERS, syntax_error


@pytest.mark.parametrize(
    "source", ["", "let a = 1;", "'use strict';\n(() => { return 1; })();", "// ünïcödé 🥐"]
)
def test_a_script_that_compiles_has_no_error(source: str) -> None:
    """The empty answer says so."""
    assert syntax_error(source) == ""


@pytest.mark.parametrize(
    "source", ["let let = 1;", "function (", "a b", "'open", "}", "await x y", "<script>"]
)
def test_a_script_that_does_not_compile_is_told_why(source: str) -> None:
    """In one line, as V8 puts it."""
    error = syntax_error(source)
    assert "SyntaxError" in error
    assert "\n" not in error


def test_nothing_of_a_script_is_run() -> None:
    """A loop without end and a throw compile at once."""
    assert syntax_error("while (true) {} throw new Error('ran');") == ""


def test_a_script_cannot_leave_the_function_that_holds_it() -> None:
    """Closing the wrapper early is a syntax error, not a way out."""
    assert syntax_error("} while (true) {} {") != ""


def test_a_huge_script_is_refused_unread() -> None:
    """More characters than a site may have."""
    assert syntax_error(" " * (MAX_CHARACTERS + 1)) == "longer than a script may be"


@given(st.text(max_size=60))
def test_any_text_can_be_judged(source: str) -> None:
    """Whatever a model wrote, the answer is a short sentence or nothing."""
    assert len(syntax_error(source)) <= 200

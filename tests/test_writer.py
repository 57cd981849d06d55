"""The writer: a model bound to one job's deadline."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.llm.writer import Answer, BadAnswer, Cancelled, NoTime, Speed, Speeds, Unavailable, conforming
from protogen.pipeline.prompt import list_of, one_of, record, text
from tools.drafts import writer
from tools.model import good, hang, says, status, stub, valid

MESSAGES = [{"role": "user", "content": "What is it?"}]
SCHEMA = record(name=text(20), kind=one_of(["a", "b"]), parts=list_of(text(5), 2), inner=record(x=text(5)))


class TestQuestions:
    """A question is asked only if its answer can come in time, and is kept with what came of it."""

    def test_an_answer_is_kept_with_its_question(self) -> None:
        """Stage, part, role and answer."""
        with stub(says("hello")) as model:
            by = writer(model.base_url)
            by.stage = "brief"
            assert by.ask("nlp", "greeting", MESSAGES, 10).text == "hello"
        (exchange,) = by.exchanges
        assert (exchange.stage, exchange.part, exchange.role, exchange.error) == (
            "brief",
            "greeting",
            "nlp",
            "",
        )

    def test_a_failure_is_kept_with_its_code(self) -> None:
        """And comes through."""
        with stub(status(500)) as model:
            by = writer(model.base_url)
            with pytest.raises(Unavailable):
                by.ask("nlp", "greeting", MESSAGES, 10)
        assert [exchange.error for exchange in by.exchanges] == ["http-500"]

    def test_no_time_means_no_request(self) -> None:
        """What cannot be whole in time is not begun."""
        with stub(good) as model:
            by = writer(model.base_url, seconds=1)
            by.speeds = Speeds(Speed(read=60, write=20))
            with pytest.raises(NoTime):
                by.ask("nlp", "essay", MESSAGES, 400)
        assert model.requests == []

    def test_time_that_is_kept_is_given_back(self) -> None:
        """Inside, the deadline is earlier."""
        by = writer(seconds=100)
        with by.keeping(60):
            assert 30 < by.left() < 41
        assert by.left() > 90

    def test_a_stopped_program_asks_nothing(self) -> None:
        """Cancelled before the first byte."""
        with stub(hang) as model, pytest.raises(Cancelled):
            writer(model.base_url, cancelled=lambda: True).ask("nlp", "x", MESSAGES, 10)
        assert model.requests == []

    def test_the_languages_of_a_role_are_its_own(self) -> None:
        """A star writes anything."""
        assert writer(languages=("*",)).writes("cs")
        assert writer(languages=("en", "de")).writes("de")
        assert not writer(languages=("en",)).writes("cs", "nlp")


class TestObjects:
    """What comes back has the types that were asked for, whatever the server lets through."""

    @pytest.mark.parametrize(
        ("answer", "value"),
        [
            ('{"name": "x", "kind": "a"}', {"name": "x", "kind": "a"}),
            ('```json\n{"name": "x"}\n```', {"name": "x"}),
            ('{"name": "x", "more": 1}', {"name": "x"}),
            ('{"name": 5, "kind": "z", "parts": "abc", "inner": []}', {}),
            (
                '{"parts": ["a", 2, "b", "c"], "inner": {"x": "y", "z": 1}}',
                {"parts": ["a"], "inner": {"x": "y"}},
            ),
            ('{"name": null}', {}),
        ],
    )
    def test_only_what_conforms_is_taken(self, answer: str, value: dict[str, object]) -> None:
        """Other keys, other types and other choices are left out; fences are taken off."""
        with stub(says(answer)) as model:
            assert writer(model.base_url).ask_json("nlp", "x", MESSAGES, SCHEMA, 50) == value

    @pytest.mark.parametrize("answer", ["", "no", "[1]", "5", '"text"'])
    def test_what_is_no_object_is_a_bad_answer(self, answer: str) -> None:
        """One word for the trace."""
        with stub(says(answer)) as model, pytest.raises(BadAnswer) as caught:
            writer(model.base_url).ask_json("nlp", "x", MESSAGES, SCHEMA, 50)
        assert caught.value.code == "not-json"

    def test_a_good_answer_conforms_as_it_is(self) -> None:
        """Nothing of it is lost."""
        value = valid(SCHEMA, iter(["one", "two", "three", "four"]))
        assert conforming(value, SCHEMA) == value

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["name", "kind", "parts", "inner", "x"]), inner, max_size=4)
            ),
        )
    )
    def test_any_json_is_made_to_conform(self, value: object) -> None:
        """Once made, it is not changed again."""
        once = conforming(value, SCHEMA)
        assert once is None or conforming(json.loads(json.dumps(once)), SCHEMA) == once


class TestSpeed:
    """The plan of a deadline goes by what was seen."""

    def test_it_leans_towards_what_it_sees(self) -> None:
        """Half of the way at a time, read and write apart."""
        speed = Speed(read=60, write=20)
        speed.learn(Answer("", "m", 640, 40, 100, 20_000, prompt_ms=5_000, write_ms=10_000))
        assert (speed.read, speed.write) == (90, 15)

    def test_without_the_servers_clock_its_own_is_taken(self) -> None:
        """A server that says no times is timed from here."""
        speed = Speed(write=20)
        speed.learn(Answer("", "m", 0, 0, 100, 10_000))
        assert speed.write == 15

    @pytest.mark.parametrize("answer", [Answer("", "m"), Answer("", "m", 20, 0, 5, 1, 1, 1)])
    def test_short_answers_say_nothing(self, answer: Answer) -> None:
        """A few tokens are mostly overhead."""
        speed = Speed()
        speed.learn(answer)
        assert speed == Speed()

    def test_no_speed_is_no_division_by_zero(self) -> None:
        """A server that stood still is planned with as if it crept."""
        assert Speed(0, 0).seconds(10, 10) == 30

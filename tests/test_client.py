"""The client against a real socket that answers well, badly, slowly or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protogen.llm.client import (
    Answer,
    BadAnswer,
    Cancelled,
    Client,
    Endpoint,
    LlmError,
    Question,
    TooLate,
    Unavailable,
    is_loop,
)
from tools.model import Reply, dies, drip, flood, hang, loops, offers, raw, says, status, stub
from tools.servers import free_port

QUESTION = Question([{"role": "user", "content": "Say hello."}], max_tokens=50, seed=7)


def ask(
    reply: Reply, seconds: float = 5.0, question: Question = QUESTION, cancelled: Callable[[], bool] = bool
) -> Answer:
    """One question to a server that gives this reply."""
    with stub(reply) as model, Client() as client:
        return client.chat(Endpoint(model.base_url, "stub"), question, seconds, cancelled)


class TestAnswers:
    """What a well-behaved server sends arrives whole."""

    def test_the_pieces_of_an_answer_are_joined(self) -> None:
        """Text and counts come from the stream; milliseconds from this side's clock."""
        answer = ask(says("Good ", "morning, ", "čeština ✓"))
        assert answer.text == "Good morning, čeština ✓"
        assert (answer.model, answer.prompt_tokens, answer.completion_tokens) == ("stub", 40, 20)
        assert answer.ms >= 0

    def test_a_request_carries_what_the_protocol_wants(self) -> None:
        """Model, messages, limits, seed, schema and key, under /v1/chat/completions."""
        schema = {"type": "object", "properties": {}}
        question = Question(QUESTION.messages, 50, 0.5, 7, schema, ("STOP",))
        with stub(says("{}")) as model, Client() as client:
            for base in (model.base_url, f"{model.base_url}/v1", f"{model.base_url}/v1/"):
                client.chat(Endpoint(base, "m", "secret"), question, 5, bool)
        assert {request.path for request in model.requests} == {"/v1/chat/completions"}
        request = model.requests[0]
        assert request.headers["authorization"] == "Bearer secret"
        wanted = {"model": "m", "max_tokens": 50, "temperature": 0.5, "seed": 7, "stream": True}
        assert wanted.items() <= request.body.items()
        assert request.body["stop"] == ["STOP"]
        assert request.schema == schema

    def test_without_a_key_none_is_sent(self) -> None:
        """An empty key is no key."""
        with stub(says("hello")) as model, Client() as client:
            client.chat(Endpoint(model.base_url), QUESTION, 5, bool)
        assert "authorization" not in model.requests[0].headers

    def test_timings_of_the_server_are_kept(self) -> None:
        """llama.cpp says what it read anew and how fast it wrote; the plan of a deadline goes by it."""
        end = b'data: {"choices": [{"delta": {"content": "hi"}, "finish_reason": "stop"}], "timings": {"cache_n": 30,'
        answer = ask(raw(end + b' "prompt_ms": 12.5, "predicted_ms": 80}}\n\ndata: [DONE]\n\n'))
        assert (answer.cached_tokens, answer.prompt_ms, answer.write_ms) == (30, 12.5, 80.0)

    def test_the_models_on_offer_are_named(self) -> None:
        """In the server's order."""
        with stub(offers("qwen", "llama")) as model, Client() as client:
            assert client.models(Endpoint(model.base_url)) == ["qwen", "llama"]


FAILURES: dict[str, tuple[Reply, type[LlmError], str]] = {
    "not found": (status(404, "no such model"), Unavailable, "http-404"),
    "too many": (status(429), Unavailable, "http-429"),
    "its own fault": (status(500, "x" * 100_000), Unavailable, "http-500"),
    "died mid-answer": (dies, Unavailable, "broken-off"),
    "nothing at all": (raw(b""), Unavailable, "broken-off"),
    "an error event": (
        raw(b'data: {"error": {"message": "out of memory"}}\n\n'),
        Unavailable,
        "server-error",
    ),
    "no JSON": (raw(b"data: {broken\n\n"), Unavailable, "broken-stream"),
    "no object": (raw(b"data: [1, 2]\n\n"), Unavailable, "broken-stream"),
    "choices of another form": (raw(b'data: {"choices": ["x"]}\n\n'), Unavailable, "broken-stream"),
    "choices that are a number": (raw(b'data: {"choices": 5}\n\n'), Unavailable, "broken-stream"),
    "counts that are words": (
        raw(b'data: {"usage": {"prompt_tokens": "many"}}\n\n'),
        Unavailable,
        "broken-stream",
    ),
    "a hundred megabytes": (flood, Unavailable, "too-long"),
    "a loop": (loops, BadAnswer, "loop"),
    "cut by its length": (says("half of", finish="length"), BadAnswer, "cut-off"),
}


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_each_failure_has_its_own_code(name: str) -> None:
    """Whatever a server does, the caller gets one LlmError with one word for the trace."""
    reply, kind, code = FAILURES[name]
    with pytest.raises(kind) as caught:
        ask(reply, seconds=20)
    assert caught.value.code == code


@pytest.mark.parametrize("reply", [hang, drip], ids=["silence", "a byte a second"])
def test_no_answer_is_waited_for_beyond_its_time(reply: Reply) -> None:
    """Neither silence nor a drip holds the caller longer than the seconds it gave."""
    begin = time.monotonic()
    with pytest.raises(TooLate):
        ask(reply, seconds=0.4)
    assert time.monotonic() - begin < 2


def test_a_cancelled_question_ends_at_once() -> None:
    """The program stops without waiting for a model that does not answer."""
    stopping = threading.Event()

    def silent(request: object, wire: object) -> None:
        stopping.set()
        hang(request, wire)  # type: ignore[arg-type]

    begin = time.monotonic()
    with pytest.raises(Cancelled):
        ask(silent, seconds=60, cancelled=stopping.is_set)
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "http://[", "not a url", "http://x:99999"])
def test_an_address_without_a_server_is_unavailable(address: str) -> None:
    """A wrong base_url is told in one sentence, for chats and for the list of models."""
    endpoint = Endpoint(address.format(port=free_port()), "stub")
    with Client() as client:
        with pytest.raises(Unavailable):
            client.chat(endpoint, QUESTION, 5, bool)
        with pytest.raises(Unavailable):
            client.models(endpoint)


def test_closing_early_frees_the_server() -> None:
    """A loop is cut by hanging up: the server sees it within a few writes, not after its hundred thousand."""
    ended = threading.Event()

    def noticed(request: object, wire: object) -> None:
        try:
            loops(request, wire)  # type: ignore[arg-type]
        except OSError:
            ended.set()
            raise

    with stub(noticed) as model, Client() as client:
        with pytest.raises(BadAnswer):
            client.chat(Endpoint(model.base_url), QUESTION, 5, bool)
        assert ended.wait(10)


class TestLoops:
    """A runaway answer is told from one that only resembles itself."""

    @given(st.text(min_size=1, max_size=40))
    def test_any_piece_again_and_again_is_a_loop(self, piece: str) -> None:
        """Two hundred and forty characters of the same piece are no answer."""
        assert is_loop(piece * (240 // len(piece) + 1))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "no no no",
            "Monday 9–17, Tuesday 9–17, Wednesday 9–17.",
            '{"a":"","b":"","c":"","d":""}',
            "Mmmmm!",
        ],
    )
    def test_ordinary_text_is_none(self, text: str) -> None:
        """Opening hours repeat themselves and are right to."""
        assert not is_loop(text)

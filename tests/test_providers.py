"""Several providers, breakers between them and us, and what a bad one costs: rungs, never the deadline."""

from __future__ import annotations

import gzip
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from protogen.config import LlmSettings, Role, Settings
from protogen.config_llm import BreakerSettings, PatienceSettings, ProviderSettings
from protogen.draft import Draft
from protogen.job import Rung
from protogen.llm.providers import Providers
from protogen.llm.writer import LlmError, NoTime, Speed, Speeds, Writer
from tools.drafts import BAKERY, finished
from tools.model import (
    Reply,
    Request,
    StubModel,
    Wire,
    dies,
    drip,
    flood,
    good,
    hang,
    raw,
    says,
    status,
    stub,
)

ANY = Role(model="stub", languages=("*",))
SCHEMA = {"type": "object", "properties": {"heading": {"type": "string"}}}
MESSAGES = [{"role": "user", "content": "Write a heading."}]
SECONDS = 10.0


def page(request: Request, wire: Wire) -> None:
    """A web page, as a wrong address or a portal before the network answers."""
    wire.head(kind="text/html")
    wire.send(b"<!doctype html><title>Sign in</title><p>Welcome")


def packed(request: Request, wire: Wire) -> None:
    """A small body that unpacks to a large one, although no packing was asked for."""
    body = gzip.compress(b"data: " + b" " * 50_000_000)
    head = f"Content-Encoding: gzip\r\nContent-Type: text/event-stream\r\nContent-Length: {len(body)}"
    wire.send(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)


def elsewhere(request: Request, wire: Wire) -> None:
    """To another server, with the customer's words and the key."""
    wire.send(
        b"HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:9/v1/chat/completions\r\nContent-Length: 0\r\n\r\n"
    )


def endless_head(request: Request, wire: Wire) -> None:
    """Headers without end."""
    wire.send(b"HTTP/1.1 200 OK\r\n")
    for n in itertools.count():
        wire.send(f"X-{n}: {'x' * 1000}\r\n".encode())


def slow_words(request: Request, wire: Wire) -> None:
    """Good events, one letter each half second."""
    wire.head()
    for letter in itertools.cycle("never"):
        wire.words(letter)
        if wire.stopping.wait(0.5):
            return


def whole(request: Request, wire: Wire) -> None:
    """A good answer of a server that does not stream."""
    choice = {"message": {"content": json.dumps({"heading": "Fresh bread"})}, "finish_reason": "stop"}
    wire.head(kind="application/json")
    wire.send(json.dumps({"model": "stub", "choices": [choice], "usage": {"prompt_tokens": 4}}).encode())


BAD: dict[str, Reply] = {
    "404": status(404),
    "429": status(429),
    "500": status(500),
    "hangs": hang,
    "drips": drip,
    "slow": slow_words,
    "closes mid-answer": dies,
    "broken JSON": raw(b"data: {broken\n\n"),
    "a web page": page,
    "100 MB": flood,
    "packed": packed,
    "redirects": elsewhere,
    "endless headers": endless_head,
}


@contextmanager
def servers(*replies: Reply) -> Iterator[list[StubModel]]:
    """One stub model for each reply."""
    with ExitStack() as stack:
        yield [stack.enter_context(stub(reply)) for reply in replies]


@contextmanager
def asking(
    *models: StubModel, seconds: float = SECONDS, breaker: BreakerSettings | None = None, role: Role = ANY
) -> Iterator[Writer]:
    """A writer that asks these servers in order, patient for a second."""
    chain = tuple(
        ProviderSettings(provider="openai", base_url=each.base_url, nlp=role, codegen=role) for each in models
    )
    patience = PatienceSettings(first=1.0, pause=1.0)
    llm = LlmSettings(providers=chain, patience=patience, breaker=breaker or BreakerSettings(failures=1000))
    providers = Providers(Settings(llm=llm))
    try:
        speeds = Speeds(Speed(read=100_000, write=10_000))
        yield Writer(providers, time.monotonic() + seconds, seed=1, speeds=speeds)
    finally:
        providers.stop()


def one(writer: Writer) -> dict[str, object]:
    """One question."""
    return writer.ask_json("nlp", "heading", MESSAGES, SCHEMA, 50)


def rungs(made: Draft) -> set[Rung]:
    """The rungs of the draft's sections."""
    assert made.page is not None
    return {section.rung for section in made.page.sections}


@pytest.mark.parametrize("name", sorted(BAD))
class TestABadProvider:
    """Whatever it does, the job is done in its time."""

    def test_alone_it_costs_rungs_and_not_the_deadline(self, name: str) -> None:
        """Everything is made by rule; the trace says why."""
        with servers(BAD[name]) as models, asking(*models) as writer:
            made = finished(BAKERY, writer)
            assert writer.left() > -1
            assert rungs(made) == {Rung.TEMPLATE}
            errors = {exchange.error for exchange in writer.exchanges}
            assert errors
            assert "" not in errors

    def test_the_next_one_takes_over(self, name: str) -> None:
        """The answer is the second's, and the trace names both."""
        with servers(BAD[name], says('{"heading": "Fresh bread"}')) as models, asking(*models) as writer:
            assert one(writer) == {"heading": "Fresh bread"}
            first, second = writer.exchanges
            assert first.error
            assert not second.error
            assert [first.provider, second.provider] == ["openai", "openai-2"]


def test_a_server_that_does_not_stream_is_understood() -> None:
    """Some compatible servers ignore `stream`."""
    with servers(whole) as models, asking(*models) as writer:
        assert one(writer) == {"heading": "Fresh bread"}


def test_nothing_is_sent_where_a_server_points_to() -> None:
    """The customer's words and the key go to the server that the settings name, and to no other."""
    with stub(good) as other:

        def away(request: Request, wire: Wire) -> None:
            location = f"{other.base_url}/v1/chat/completions"
            wire.send(f"HTTP/1.1 307 Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())

        with servers(away) as models, asking(*models) as writer:
            with pytest.raises(LlmError) as caught:
                one(writer)
            assert caught.value.code == "http-307"
        assert not other.requests


def test_what_passes_is_asked_once_more() -> None:
    """A 500 that is followed by an answer costs nothing."""
    with stub(status(500), says('{"heading": "Fresh bread"}')) as model, asking(model) as writer:
        assert one(writer) == {"heading": "Fresh bread"}
    assert len(model.requests) == 2


@pytest.mark.parametrize(("after", "asked"), [("1", 2), ("600", 1)])
def test_a_server_that_says_when_is_believed(after: str, asked: int) -> None:
    """Retry-After is waited for where it is short; where it is long, the next rung is better."""

    def busy(request: Request, wire: Wire) -> None:
        wire.send(
            f"HTTP/1.1 429 Busy\r\nRetry-After: {after}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )

    with stub(busy) as model, asking(model) as writer, pytest.raises(LlmError):
        one(writer)
    assert len(model.requests) == asked


def test_a_slow_one_is_not_waited_for_twice() -> None:
    """Who let the job wait in vain is not asked again by it while there is another."""
    with servers(hang, says('{"heading": "Fresh bread"}')) as models, asking(*models) as writer:
        one(writer)
        one(writer)
        assert [len(model.requests) for model in models] == [1, 2]


def test_a_bad_answer_is_the_models_fault_and_the_next_one_is_asked() -> None:
    """What is no object under the schema is not taken."""
    right = says('{"heading": "Fresh bread"}')
    with servers(says("I cannot do that."), right) as models, asking(*models) as writer:
        assert one(writer) == {"heading": "Fresh bread"}
        assert writer.exchanges[0].error == "not-json"


def test_copy_is_asked_of_those_that_write_the_language() -> None:
    """A model that writes English only plans a Czech page; another writes it."""
    english = Role(model="stub", languages=("en",))
    with servers(good, good) as (first, second):
        chain = (
            ProviderSettings(provider="openai", base_url=first.base_url, nlp=english, codegen=english),
            ProviderSettings(provider="openai", base_url=second.base_url, nlp=ANY, codegen=ANY),
        )
        providers = Providers(Settings(llm=LlmSettings(providers=chain)))
        try:
            speeds = Speeds(Speed(read=100_000, write=10_000))
            writer = Writer(providers, time.monotonic() + SECONDS, seed=1, speeds=speeds)
            writer.ask_json("nlp", "plan", MESSAGES, SCHEMA, 50)
            writer.ask_json("nlp", "copy", MESSAGES, SCHEMA, 50, language="cs")
        finally:
            providers.stop()
        assert [len(first.requests), len(second.requests)] == [1, 1]


class TestBreaker:
    """A provider that fails in a row is left alone, and tried again."""

    def test_it_opens_and_recovers(self) -> None:
        """Open: nothing is asked. After its rest one question tries, and all is well."""
        script = [*[status(404)] * 3, says('{"heading": "Fresh bread"}')]
        heard: list[str] = []
        with (
            stub(*script) as model,
            asking(model, breaker=BreakerSettings(failures=3, seconds=0.5)) as writer,
        ):
            writer.providers.listen(lambda provider, state: heard.append(state))
            for _ in range(5):
                with pytest.raises(LlmError):
                    one(writer)
            assert len(model.requests) == 3
            assert writer.providers.all[0].state == "open"
            time.sleep(0.6)
            assert one(writer) == {"heading": "Fresh bread"}
            assert heard == ["open", "half-open", "closed"]

    def test_answers_of_no_use_do_not_open_it(self) -> None:
        """A model that writes badly is there all the same."""
        with stub(says("no")) as model, asking(model, breaker=BreakerSettings(failures=1)) as writer:
            for _ in range(3):
                with pytest.raises(LlmError):
                    one(writer)
            assert len(model.requests) == 3
            assert writer.providers.all[0].state == "closed"

    def test_no_time_is_nobodys_failure(self) -> None:
        """A question that was never asked counts for nothing."""
        with stub(good) as model, asking(model, seconds=-1, breaker=BreakerSettings(failures=1)) as writer:
            with pytest.raises(NoTime):
                one(writer)
            assert writer.providers.all[0].state == "closed"
        assert not model.requests


def test_roles_have_servers_models_and_keys_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a role leaves empty is its provider's; a key goes only to the server that it is named beside."""
    monkeypatch.setenv("MAIN_KEY", "main-secret")
    with servers(good, good) as (main, own):
        codegen = Role(model="coder", base_url=own.base_url, languages=("*",))
        llm = LlmSettings(
            provider="openai",
            base_url=main.base_url,
            model="general",
            api_key_env="MAIN_KEY",
            codegen=codegen,
        )
        providers = Providers(Settings(llm=llm))
        try:
            speeds = Speeds(Speed(read=100_000, write=10_000))
            writer = Writer(providers, time.monotonic() + SECONDS, seed=1, speeds=speeds)
            writer.ask_json("nlp", "plan", MESSAGES, SCHEMA, 50)
            writer.ask_json("codegen", "markup", MESSAGES, SCHEMA, 50)
        finally:
            providers.stop()
    assert (main.requests[0].body["model"], own.requests[0].body["model"]) == ("general", "coder")
    assert main.requests[0].headers["authorization"] == "Bearer main-secret"
    assert "authorization" not in own.requests[0].headers

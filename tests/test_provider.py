"""Where the model is, as the settings say."""

from __future__ import annotations

import pytest

from protogen.config import LlmSettings, Role, Settings
from protogen.llm.client import Client, Endpoint
from protogen.llm.provider import Embedded, Nowhere, Provider, Remote
from protogen.llm.provider import provider_for as provider_of
from protogen.llm.writer import Unavailable
from tools.model import offers, status, stub


def settings(provider: str = "openai", base_url: str = "", model: str = "") -> Settings:
    """Settings with this model for the part of the coder and the first on offer for the other."""
    llm = {"provider": provider, "base_url": base_url, "codegen": Role(model=model)}
    return Settings(llm=LlmSettings.model_validate(llm))


def provider_for(by: Settings) -> Provider:
    """The one provider of the settings."""
    return provider_of(by, by.llm, Client())


@pytest.mark.parametrize(
    ("name", "kind"), [("embedded", Embedded), ("openai", Remote), ("ollama", Remote), ("none", Nowhere)]
)
def test_each_setting_names_a_provider(name: str, kind: type) -> None:
    """And the provider knows its name."""
    provider = provider_for(settings(name))
    assert type(provider) is kind
    assert provider.name == name


def test_nowhere_has_no_endpoint() -> None:
    """Every part is made by its template."""
    provider = provider_for(settings("none"))
    provider.start()
    with pytest.raises(Unavailable) as caught:
        provider.endpoint("nlp")
    provider.stop()
    assert caught.value.code == "switched-off"


def test_a_model_that_is_named_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without asking the server, and with the key from the environment."""
    monkeypatch.setenv("PROTOGEN_API_KEY", "secret")
    provider = provider_for(settings(base_url="http://127.0.0.1:1", model="m"))
    assert provider.endpoint("codegen") == Endpoint("http://127.0.0.1:1", "m", "secret")


def test_without_a_name_the_first_on_offer_is_taken() -> None:
    """Asked for once."""
    with stub(offers("first", "second")) as model:
        provider = provider_for(settings(base_url=model.base_url))
        assert [provider.endpoint("nlp").model for _ in range(3)] == ["first"] * 3
    assert len(model.requests) == 1
    assert model.requests[0].path == "/v1/models"


@pytest.mark.parametrize(
    ("reply", "code"),
    [(offers(), "no-model"), (status(500), "http-500"), (status(200, "no JSON"), "unreachable")],
)
def test_a_server_without_a_model_is_unavailable(reply: object, code: str) -> None:
    """Said in one sentence, not in a traceback."""
    with stub(reply) as model, pytest.raises(Unavailable) as caught:  # type: ignore[arg-type]
        provider_for(settings(base_url=model.base_url)).endpoint("nlp")
    assert caught.value.code == code


def test_a_compatible_server_needs_an_address() -> None:
    """Only Ollama has one that everybody knows."""
    with pytest.raises(Unavailable) as caught:
        provider_for(settings("openai", model="m")).endpoint("codegen")
    assert caught.value.code == "no-address"
    assert (
        provider_for(settings("ollama", model="m")).endpoint("codegen").base_url == "http://127.0.0.1:11434"
    )


def test_the_embedded_model_answers_only_once_it_was_started() -> None:
    """Nothing is started behind the caller's back."""
    provider = provider_for(settings("embedded"))
    with pytest.raises(Unavailable) as caught:
        provider.endpoint("nlp")
    provider.stop()
    assert caught.value.code == "not-started"

"""Settings of the language models: the providers in their order, what each is good for, and how long it may take."""

from __future__ import annotations

from typing import Any, Literal, TypeGuard
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from protogen.job import Rung

OLLAMA_PORT = 11434
OLLAMA_DEFAULT_HOST = f"http://127.0.0.1:{OLLAMA_PORT}"
MOST_PROVIDERS = 8


class Part(BaseModel):
    """A heading of config.yaml with settings below it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _headings_alone(cls, data: Any) -> Any:
        """A part whose lines are all commented out is null in YAML, and means its defaults."""
        if not isinstance(data, dict):
            return data
        parts = {name for name, info in cls.model_fields.items() if is_part(info.annotation)}
        return {key: value for key, value in data.items() if value is not None or key not in parts}


def is_part(kind: object) -> TypeGuard[type[BaseModel]]:
    """True where a setting is a heading of further ones."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _address(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError(f"must be an address such as {OLLAMA_DEFAULT_HOST}, not {value!r}")
    if parts.username or parts.password or parts.query or parts.fragment:  # it is printed and logged
        raise ValueError("must hold no user, password or query: name the key's variable in api_key_env")
    return value


class _Asked(Part):
    """What a provider and a role of it alike may set."""

    model: str = Field("", description="model name; empty takes the one above it, or the first on offer")
    base_url: str = Field("", description="root of the server's API, with or without /v1")
    api_key_env: str = Field("", description="name of the environment variable that holds the key")
    temperature: float | None = Field(None, ge=0, le=2, description="0 is the most predictable")
    seed: int = Field(0, description="seed given to the model; 0 takes the one above it")

    @field_validator("base_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return _address(value)


class Role(_Asked):
    """A part the model plays: `nlp` (analysis, content) or `codegen` (HTML, CSS, JavaScript).

    What it leaves empty is its provider's. A role with a server of its own has no key but its own: a key goes only
    to the server that it is named beside.
    """

    first_rung: Rung = Field(
        Rung.FIELDS, description="first rung of the ladder to try, per model by measurement"
    )
    languages: tuple[str, ...] = Field(
        ("en",), description="languages (ISO 639-1) in which the model may write copy; * for any"
    )

    def writes(self, language: str) -> bool:
        """True where the model was measured to write copy in this language."""
        return "*" in self.languages or language in self.languages

    def under(self, above: _Asked) -> Role:
        """The role with all that it leaves empty taken from its provider."""
        own = bool(self.base_url)
        return self.model_copy(
            update={
                "model": self.model or ("" if own else above.model),
                "base_url": self.base_url or above.base_url,
                "api_key_env": self.api_key_env or ("" if own else above.api_key_env),
                "temperature": above.temperature if self.temperature is None else self.temperature,
                "seed": self.seed or above.seed,
            }
        )


class ProviderSettings(_Asked):
    """A place where a model is, and what the model is good for."""

    provider: Literal["embedded", "openai", "ollama", "none"] = Field(
        "embedded", description="embedded | openai (any compatible server) | ollama | none (templates only)"
    )
    nlp: Role = Field(Role(), description="analysis and content")
    codegen: Role = Field(Role(), description="HTML, CSS and JavaScript")

    def role(self, name: str) -> Role:
        """The role `nlp` or `codegen`, complete."""
        return (self.nlp if name == "nlp" else self.codegen).under(self)


class BreakerSettings(Part):
    """The circuit breaker that stands before each provider."""

    failures: int = Field(3, ge=1, le=1000, description="failures in a row after which it is left alone")
    seconds: float = Field(30.0, gt=0, le=86_400, description="for so long; then one question tries it again")


class PatienceSettings(Part):
    """When an answer is given up although its time is not over."""

    first: float = Field(
        60.0, gt=0, le=86_400, description="seconds until the first word: a long prompt is read first"
    )
    pause: float = Field(10.0, gt=0, le=86_400, description="seconds without another word")
    rate: float = Field(
        4.0, ge=0, description="characters a second, once it has written for a pause's length"
    )


class LlmSettings(ProviderSettings):
    """The one provider, or a list of several in its place."""

    api_key_env: str = Field(
        "PROTOGEN_API_KEY", description="name of the environment variable that holds the key"
    )
    temperature: float | None = Field(0.3, ge=0, le=2, description="0 is the most predictable")
    seed: int = Field(0, description="seed given to the models; 0 takes one from the job")
    providers: tuple[ProviderSettings, ...] = Field(
        (), max_length=MOST_PROVIDERS, description="several, in the order in which they are asked"
    )
    breaker: BreakerSettings = BreakerSettings()
    patience: PatienceSettings = PatienceSettings()

    @field_validator("providers", mode="before")
    @classmethod
    def _null_is_none(cls, value: Any) -> Any:
        return () if value is None else value

    @field_validator("providers")
    @classmethod
    def _one_embedded(cls, value: tuple[ProviderSettings, ...]) -> tuple[ProviderSettings, ...]:
        if sum(each.provider == "embedded" for each in value) > 1:
            raise ValueError("must name embedded once: one machine runs one model well")
        return value

    @property
    def chain(self) -> tuple[ProviderSettings, ...]:
        """The providers in the order in which they are asked: the list, or the one that stands here."""
        if not self.providers:
            return (self,)
        return tuple(
            each.model_copy(
                update={
                    "temperature": self.temperature if each.temperature is None else each.temperature,
                    "seed": each.seed or self.seed,
                }
            )
            for each in self.providers
        )

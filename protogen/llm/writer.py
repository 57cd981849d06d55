"""The Writer: the model, bound to one job's deadline."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import json_repair

from protogen.config import LlmSettings, Role
from protogen.llm.client import (
    Answer,
    BadAnswer,
    Cancelled,
    Endpoint,
    LlmError,
    Message,
    Question,
    TooLate,
    Unavailable,
    chat,
)

TYPICAL_SHARE = 0.6  # of max_tokens that an answer under a schema really takes
CHARACTERS_PER_TOKEN = 3.6


class NoTime(LlmError):
    """Not asked: what is left of the deadline is too short for an answer."""


class Provider(Protocol):
    """Where a model is. `endpoint` may start it first; raises Unavailable where there is none."""

    def endpoint(self, role: str) -> Endpoint: ...


@dataclass(slots=True)
class Speed:
    """Tokens a second as last seen, read and written: what the plan of a deadline goes by."""

    read: float = 60.0
    write: float = 20.0

    def learn(self, answer: Answer) -> None:
        """Lean towards what `answer` took; very short ones say nothing."""
        read = answer.prompt_tokens - answer.cached_tokens
        if answer.prompt_ms > 0 and read >= 24:
            self.read += 0.5 * (read * 1000 / answer.prompt_ms - self.read)
        if answer.write_ms > 0 and answer.completion_tokens >= 12:
            self.write += 0.5 * (answer.completion_tokens * 1000 / answer.write_ms - self.write)
        elif answer.write_ms <= 0 and answer.ms > 0 and answer.completion_tokens >= 12:
            self.write += 0.5 * (answer.completion_tokens * 1000 / answer.ms - self.write)

    def seconds(self, new_prompt_tokens: float, tokens: float) -> float:
        """How long such an answer will take."""
        return new_prompt_tokens / max(self.read, 1.0) + tokens / max(self.write, 0.5)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and what came of it: kept with the job, and what the trace adds up."""

    stage: str
    part: str
    role: str
    messages: Sequence[Message]
    answer: Answer | None
    error: str = ""


@dataclass(slots=True)
class Writer:
    """Asks the model on behalf of one job; knows its roles, its deadline and what it has used.

    `deadline` is on `clock` (monotonic seconds): no answer is waited for beyond it. `cancelled` is asked
    several times a second while an answer is awaited. `refused` says, for the trace, which optional part of a
    stage was left out and why. `asking` hears of each part that is asked for.
    """

    settings: LlmSettings
    provider: Provider
    deadline: float
    seed: int
    speed: Speed = field(default_factory=Speed)
    cancelled: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    exchanges: list[Exchange] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    stage: str = ""
    asking: Callable[[str], None] = lambda part: None

    def role(self, name: str) -> Role:
        """Settings of the role `nlp` or `codegen`."""
        return self.settings.nlp if name == "nlp" else self.settings.codegen

    def writes(self, language: str, role: str = "codegen") -> bool:
        """True where the model was measured to write copy in this language."""
        languages = self.role(role).languages
        return "*" in languages or language in languages

    def left(self) -> float:
        """Seconds until the deadline; negative when it has passed."""
        return self.deadline - self.clock()

    @contextlib.contextmanager
    def keeping(self, seconds: float) -> Iterator[None]:
        """Inside, the deadline is `seconds` earlier: time kept for what comes after."""
        self.deadline -= seconds
        try:
            yield
        finally:
            self.deadline += seconds

    def fits(self, new_characters: int, max_tokens: int) -> bool:
        """True where an answer of typical length is likely to be whole in time."""
        prompt = new_characters / CHARACTERS_PER_TOKEN
        return self.speed.seconds(prompt, max_tokens * TYPICAL_SHARE) < self.left()

    def ask_json(
        self, role: str, part: str, messages: Sequence[Message], schema: dict[str, Any], max_tokens: int
    ) -> dict[str, Any]:
        """The answer as an object, all in it of the types that `schema` says. Raises LlmError or Cancelled."""
        answer = self.ask(role, part, messages, max_tokens, schema)
        try:
            value = json.loads(answer.text)
        except ValueError:
            value = json_repair.loads(answer.text)  # for servers that hold no answer to a schema
        if not isinstance(value, dict):
            raise BadAnswer("not-json", "The answer is not a JSON object.")
        kept = conforming(value, schema)
        assert isinstance(kept, dict)
        return kept

    def ask(
        self,
        role: str,
        part: str,
        messages: Sequence[Message],
        max_tokens: int,
        schema: dict[str, Any] | None = None,
        stop: tuple[str, ...] = (),
    ) -> Answer:
        """The model's answer to `messages`. Raises NoTime, Unavailable, BadAnswer, TooLate or Cancelled."""
        if self.cancelled():
            raise Cancelled
        if not self.fits(len(messages[-1]["content"]), max_tokens):
            raise NoTime("no-time", f"{self.left():.0f} s are left, too few for {part}.")
        self.asking(part)
        self.asking(part)
        question = Question(messages, max_tokens, self.role(role).temperature, self.seed, schema, stop)
        try:
            answer = chat(self.provider.endpoint(role), question, self.left(), self.cancelled)
        except LlmError as error:
            self.exchanges.append(Exchange(self.stage, part, role, messages, None, error.code))
            raise
        self.speed.learn(answer)
        self.exchanges.append(Exchange(self.stage, part, role, messages, answer))
        return answer


def conforming(value: Any, schema: dict[str, Any]) -> Any:
    """What of `value` has the type that `schema` says, None for nothing: not every server holds a model to it."""
    kind = schema["type"]
    if kind == "object" and isinstance(value, dict):
        parts = {key: conforming(value.get(key), part) for key, part in schema["properties"].items()}
        return {key: part for key, part in parts.items() if part is not None}
    if kind == "array" and isinstance(value, list):
        entries = (conforming(entry, schema["items"]) for entry in value[: schema.get("maxItems")])
        return [entry for entry in entries if entry is not None]
    if kind == "string" and isinstance(value, str):
        return value if value in schema.get("enum", (value,)) else None
    return None


__all__ = [
    "BadAnswer",
    "Cancelled",
    "Exchange",
    "LlmError",
    "NoTime",
    "Provider",
    "Speed",
    "TooLate",
    "Unavailable",
    "Writer",
    "conforming",
]

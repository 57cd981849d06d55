"""The Writer: the model, bound to one job's deadline."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import json_repair

from protogen.job import Rung
from protogen.llm.client import (
    Answer,
    BadAnswer,
    Cancelled,
    LlmError,
    Message,
    Question,
    TooLate,
    Unavailable,
)
from protogen.llm.providers import Guarded, Providers
from protogen.logs import error_kind, get_logger

log = get_logger(__name__)

T = TypeVar("T")
UNASKED = ("breaker-open", "switched-off")  # nothing was asked then
HOTTER = 0.2  # with each try: a cool model says the same again
TYPICAL_SHARE = 0.6  # of max_tokens that an answer under a schema really takes
CHARACTERS_PER_TOKEN = 3.6
FAIR_SHARE = 0.5  # of the time left that a provider gets while another stands behind it
RESERVE = (
    1.5  # times what an answer should take: a healthy provider is never given less for its place in the row
)


class NoTime(LlmError):
    """Not asked: what is left of the deadline is too short for an answer."""


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


class Speeds:
    """The speed of each provider's models, as far as it has been seen; `typical` is what any begins with."""

    def __init__(self, typical: Speed | None = None) -> None:
        self._typical = typical or Speed()
        self._seen: dict[tuple[str, str], Speed] = {}

    def of(self, provider: str, model: str) -> Speed:
        """The speed of a model at a provider; an empty name is its first."""
        return self._seen.setdefault((provider, model), replace(self._typical))


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question to a provider and what came of it: kept with the job, and what the trace adds up."""

    stage: str
    part: str
    role: str
    messages: Sequence[Message]
    answer: Answer | None
    error: str = ""
    provider: str = ""


@dataclass(slots=True)
class Writer:
    """Asks the models on behalf of one job; knows their roles, the deadline and what it has used.

    `deadline` is on `clock` (monotonic seconds): no answer is waited for beyond it. `cancelled` is asked
    several times a second while an answer is awaited. `refused` says, for the trace, which optional part of a
    stage was left out and why. `asking` hears of each part that is asked for. `slow` are the providers that let
    this job wait in vain: they are not asked again while there is another.
    """

    providers: Providers
    deadline: float
    seed: int
    speeds: Speeds = field(default_factory=Speeds)
    cancelled: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    exchanges: list[Exchange] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    slow: set[str] = field(default_factory=set)
    stage: str = ""
    asking: Callable[[str], None] = lambda part: None

    def first_rung(self, role: str, language: str = "") -> Rung:
        """Where a part begins on the ladder: as measured for the model that will be asked first."""
        able = self._able(role, language, Rung.FIELDS)
        if not able:
            return Rung.TEMPLATE
        first = next((each for each in able if each.state != "open"), able[0])
        return first.part.role(role).first_rung

    def writes(self, language: str, role: str = "codegen") -> bool:
        """True where a model was measured to write copy in this language."""
        return any(each.part.role(role).writes(language) for each in self.providers.all)

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

    def ask_json(
        self,
        role: str,
        part: str,
        messages: Sequence[Message],
        schema: dict[str, Any],
        max_tokens: int,
        *,
        language: str = "",
        again: int = 0,
    ) -> dict[str, Any]:
        """The answer as an object, all in it of the types that `schema` says. Raises as `ask` does.

        `again` counts the tries before at the same words: each has a seed of its own, and is a little hotter.
        """

        def conforms(answer: Answer) -> dict[str, Any]:
            return _object(answer.text, schema)

        return self._ask(
            role, part, messages, max_tokens, conforms, schema, self._able(role, language), again
        )

    def ask(
        self,
        role: str,
        part: str,
        messages: Sequence[Message],
        max_tokens: int,
        schema: dict[str, Any] | None = None,
        *,
        language: str = "",
        rung: Rung = Rung.FIELDS,
    ) -> Answer:
        """The answer of the first provider that gives one, of those whose model was measured to be able to.

        `language` is that of the copy that is asked for, `rung` the one on which the answer will stand. Raises
        NoTime, Unavailable, BadAnswer, TooLate or Cancelled.
        """
        able = self._able(role, language, rung)
        return self._ask(role, part, messages, max_tokens, lambda answer: answer, schema, able)

    def _able(self, role: str, language: str, rung: Rung = Rung.FIELDS) -> list[Guarded]:
        """The providers to ask, in order: those whose model does what is wanted, without those that were slow."""
        able = [
            each
            for each in self.providers.all
            if (not language or each.part.role(role).writes(language))
            and (rung is not Rung.MARKUP or each.part.role(role).first_rung is Rung.MARKUP)
        ]
        return [each for each in able if each.name not in self.slow] or able[-1:]

    def _ask(
        self,
        role: str,
        part: str,
        messages: Sequence[Message],
        max_tokens: int,
        read: Callable[[Answer], T],
        schema: dict[str, Any] | None,
        able: Sequence[Guarded],
        again: int = 0,
    ) -> T:
        """What `read` makes of the first answer that it does not refuse."""
        failed: LlmError = Unavailable("not-able", f"No model was measured to write {part}.")
        asked = False
        for each in able:
            if self.cancelled():
                raise Cancelled
            needed = self._seconds(each, role, len(messages[-1]["content"]), max_tokens)
            left = self.left()
            if needed >= left:
                if not asked:
                    failed = NoTime("no-time", f"{left:.0f} s are left, too few for {part}.")
                continue
            if not asked:
                asked = True
                self.asking(part)
            seconds = left if each is able[-1] else min(left, max(left * FAIR_SHARE, needed * RESERVE))
            own = each.part.role(role)
            temperature = (0.3 if own.temperature is None else own.temperature) + HOTTER * again
            question = Question(messages, max_tokens, temperature, (own.seed or self.seed) + again, schema)
            answer: Answer | None = None
            begin = time.monotonic()
            try:
                answer = each.ask(role, question, seconds, self.cancelled)
                self.speeds.of(each.name, own.model).learn(answer)
                value = read(answer)
            except Cancelled as error:
                _log_call(each.name, role, part, begin, answer, error)
                raise
            except LlmError as error:
                failed = error
                if isinstance(error, TooLate) or error.code in ("stalled", "too-slow"):
                    self.slow.add(each.name)
                if error.code not in UNASKED:
                    _log_call(each.name, role, part, begin, answer, error)
                if error.code != "breaker-open":
                    self.exchanges.append(
                        Exchange(self.stage, part, role, messages, answer, error.code, each.name)
                    )
            else:
                _log_call(each.name, role, part, begin, answer)
                self.exchanges.append(Exchange(self.stage, part, role, messages, answer, "", each.name))
                return value
        raise failed

    def _seconds(self, provider: Guarded, role: str, characters: int, max_tokens: int) -> float:
        """How long an answer of typical length is likely to take."""
        speed = self.speeds.of(provider.name, provider.part.role(role).model)
        return speed.seconds(characters / CHARACTERS_PER_TOKEN, max_tokens * TYPICAL_SHARE)


def _log_call(
    provider: str, role: str, part: str, begin: float, answer: Answer | None, error: Exception | None = None
) -> None:
    """A line for a question: who was asked for what, and what came of it. Of the answer only its numbers."""
    status = "ok" if error is None else "cancelled" if isinstance(error, Cancelled) else "failed"
    tell = log.warning if status == "failed" else log.info
    tell(
        "ai-call",
        provider=provider,
        role=role,
        part=part.partition(" ")[0],  # the kind of the section; what stands behind it is the plan's
        status=status,
        ms=answer.ms if answer else round((time.monotonic() - begin) * 1000),
        model=answer.model if answer else None,
        prompt_tokens=answer.prompt_tokens if answer else None,
        completion_tokens=answer.completion_tokens if answer else None,
        error=error_kind(error) if error else None,
    )


def _object(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = json_repair.loads(text)  # for servers that hold no answer to a schema
    if not isinstance(value, dict):
        raise BadAnswer("not-json", "The answer is not a JSON object.")
    kept = conforming(value, schema)
    assert isinstance(kept, dict)
    return kept


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
    "Speed",
    "Speeds",
    "TooLate",
    "Unavailable",
    "Writer",
    "conforming",
]

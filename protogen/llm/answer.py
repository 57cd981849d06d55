"""What a server sends becomes an Answer, or is given up as soon as it cannot become one."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx

from protogen.config_llm import PatienceSettings
from protogen.llm.errors import BadAnswer, Unavailable

TAIL_SECONDS = 0.1  # for the end of the body after the last event, without which the connection is not kept
LOOP_CHARACTERS = 240  # the end of an answer that is watched for repetition
LOOP = re.compile(r"(.{1,48}?)\1{4,}\Z", re.DOTALL)

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said.

    Tokens are as the server counts them; `cached_tokens` of the prompt were not read anew. Times in
    milliseconds: `ms` on this side's clock, `prompt_ms` and `write_ms` by the server where it says.
    """

    text: str
    model: str
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    ms: int = 0
    prompt_ms: float = 0.0
    write_ms: float = 0.0


class Pace:
    """Whether an answer comes at a speed at which one is written; `begin` is when it was asked for.

    A line that is begun must also end within a pause: a server that drips shows itself before its first word.
    """

    def __init__(self, patience: PatienceSettings, begin: float) -> None:
        self._patience = patience
        self._begin = begin
        self._first = 0.0
        self._newest = 0.0
        self._characters = 0
        self._line_began: float | None = None

    def left(self) -> float:
        """Seconds in which something must come."""
        ends = [self._newest + self._patience.pause if self._first else self._begin + self._patience.first]
        if self._line_began is not None:
            ends.append(self._line_began + self._patience.pause)
        return min(ends) - time.monotonic()

    def took(self, chunk: bytes) -> None:
        """Bytes have come."""
        if b"\n" in chunk:
            self._line_began = None
        if not chunk.endswith(b"\n") and self._line_began is None:
            self._line_began = time.monotonic()

    def heard(self, characters: int) -> None:
        """Something of the answer's text has come. Raises Unavailable where that goes too slowly."""
        if not characters:
            return
        self._newest = time.monotonic()
        self._first = self._first or self._newest
        self._characters += characters
        seconds = self._newest - self._first
        if seconds > self._patience.pause and self._characters < seconds * self._patience.rate:
            raise Unavailable("too-slow", f"{self._characters} characters came in {seconds:.0f} s.")


def stalled() -> Unavailable:
    """The error of an answer that does not come or does not go on."""
    return Unavailable("stalled", "The server went silent before the answer was whole.")


async def read_answer(response: httpx.Response, model: str, limit: int, pace: Pace) -> Answer:
    """The answer that a 200 of the server's carries, in at most `limit` bytes. Raises Unavailable or BadAnswer."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unavailable("packed", "The server packed its answer although that was not asked for.")
    chunks = _paced(response.aiter_bytes(), limit, pace)
    whole = response.headers.get("content-type", "").startswith("application/json")
    answer = await _collect(_whole(chunks) if whole else _events(chunks), model, pace)
    try:
        async with asyncio.timeout(TAIL_SECONDS):
            async for _ in chunks:
                pass
    except (TimeoutError, Unavailable, httpx.HTTPError):
        pass  # the answer is whole; its connection is closed instead of kept
    return answer


async def _paced(chunks: AsyncIterator[bytes], limit: int, pace: Pace) -> AsyncIterator[bytes]:
    seen = 0
    while True:
        try:
            async with asyncio.timeout(max(0.0, pace.left())):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise stalled() from None
        seen += len(chunk)
        if seen > limit:
            raise Unavailable("too-long", f"The answer is longer than {limit} bytes.")
        pace.took(chunk)
        yield chunk


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """The server-sent events of an answer (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    buffer = b""
    async for chunk in chunks:
        *lines, buffer = (buffer + chunk).split(b"\n")
        for line in lines:
            if not line.startswith(b"data:"):
                continue
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            yield _object(data)


async def _whole(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """The answer of a server that does not stream, as the event that it would have sent."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
    event = _object(bytes(body))
    try:
        choices = [{**choice, "delta": choice.get("message")} for choice in event.get("choices") or ()]
    except (AttributeError, TypeError):
        raise _broken() from None
    yield {**event, "choices": choices}


def _object(data: bytes) -> Event:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise _broken() from None
    if not isinstance(value, dict):
        raise _broken()
    return value


def _broken() -> Unavailable:
    return Unavailable("broken-stream", "The server sent something that is not of the protocol.")


async def _collect(events: AsyncIterator[Event], model: str, pace: Pace) -> Answer:
    parts: list[str] = []
    finish = ""
    answer = Answer("", model)
    async for event in events:
        if error := event.get("error"):
            raise Unavailable("server-error", f"The model's server says: {str(error)[:200]}")
        try:
            answer = _usage(answer, event)
            for choice in event.get("choices") or ():
                delta = choice.get("delta") or {}
                parts.append(str(delta.get("content") or ""))
                pace.heard(len(parts[-1]) or len(str(delta.get("reasoning_content") or "")))
                finish = str(choice.get("finish_reason") or finish)
        except (AttributeError, TypeError, ValueError, OverflowError):
            raise _broken() from None
        if is_loop("".join(parts[-LOOP_CHARACTERS:])):
            raise BadAnswer("loop", "The answer repeats itself.")
    if finish == "length":
        raise BadAnswer("cut-off", "The answer was longer than allowed and is cut off.")
    if not finish:
        raise Unavailable("broken-off", "The answer broke off before its end.")
    return replace(answer, text="".join(parts))


def _usage(answer: Answer, event: Event) -> Answer:
    usage = event.get("usage") or {}
    timings = event.get("timings") or {}  # llama.cpp
    details = usage.get("prompt_tokens_details") or {}
    return replace(
        answer,
        model=answer.model or str(event.get("model") or ""),
        prompt_tokens=int(usage.get("prompt_tokens") or answer.prompt_tokens),
        completion_tokens=int(usage.get("completion_tokens") or answer.completion_tokens),
        cached_tokens=int(timings.get("cache_n") or details.get("cached_tokens") or answer.cached_tokens),
        prompt_ms=float(timings.get("prompt_ms") or answer.prompt_ms),
        write_ms=float(timings.get("predicted_ms") or answer.write_ms),
    )


def is_loop(text: str) -> bool:
    """True where `text` ends in one short piece again and again."""
    match = LOOP.search(text[-LOOP_CHARACTERS:])
    return match is not None and len(match.group()) >= LOOP_CHARACTERS // 4

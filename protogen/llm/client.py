"""One client for every model: the OpenAI chat protocol over httpx, streamed.

The protocol: https://platform.openai.com/docs/api-reference/chat. Spoken alike by llama.cpp, Ollama, vLLM and
LM Studio. Streaming is not for show: it lets a runaway answer be cut at once, and closing the stream frees
the server.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

import httpx

CONNECT_SECONDS = 3.0
CANCEL_POLL_SECONDS = 0.1
CLOSE_SECONDS = 1.0
BYTES_PER_TOKEN = 64  # an event line is about 200 bytes and holds a token; more than this is not an answer
ENVELOPE_BYTES = 1_000_000
LOOP_CHARACTERS = 240  # the end of an answer that is watched for repetition
LOOP = re.compile(r"(.{1,48}?)\1{4,}\Z", re.DOTALL)

Message = dict[str, str]
T = TypeVar("T")


class LlmError(Exception):
    """The model gave no usable answer; `code` is one word for the trace, the message says what happened."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Unavailable(LlmError):
    """Nobody answers at the address, or the answer broke off: worth another try later, not now."""


class BadAnswer(LlmError):
    """An answer came and is of no use (cut off, a loop, not what was asked for)."""


class TooLate(LlmError):
    """The answer was not whole when its time was up."""


class Cancelled(Exception):
    """The caller no longer wants an answer: the program is stopping."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server and a model on it. `base_url` is the API's root, with or without `/v1`."""

    base_url: str
    model: str = ""
    api_key: str = ""

    @property
    def api(self) -> str:
        """The root under which the protocol's paths stand."""
        root = self.base_url.rstrip("/")
        return root if root.endswith("/v1") else f"{root}/v1"


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


@dataclass(frozen=True, slots=True)
class Question:
    """One request. `schema` is a JSON schema the answer is held to; None asks for plain text."""

    messages: Sequence[Message]
    max_tokens: int
    temperature: float = 0.3
    seed: int = 0
    schema: dict[str, Any] | None = None
    stop: tuple[str, ...] = ()


def chat(endpoint: Endpoint, question: Question, seconds: float, cancelled: Callable[[], bool]) -> Answer:
    """Ask and wait at most `seconds` for the whole answer.

    Raises Unavailable, BadAnswer, TooLate, or Cancelled as soon as `cancelled()` says so.
    """
    return _bounded(_chat(endpoint, question), seconds, cancelled)


def models(endpoint: Endpoint, seconds: float = 5.0) -> list[str]:
    """Names of the models the server offers. Raises Unavailable."""
    return _bounded(_models(endpoint), seconds, lambda: False)


def _bounded(work: Coroutine[Any, Any, T], seconds: float, cancelled: Callable[[], bool]) -> T:
    ended = threading.Event()
    future = asyncio.run_coroutine_threadsafe(_until_ended(work, ended), _loop())
    end = time.monotonic() + seconds
    while not wait({future}, max(0.0, min(CANCEL_POLL_SECONDS, end - time.monotonic()))).done:
        if (stopped := cancelled()) or time.monotonic() >= end:
            future.cancel()
            ended.wait(CLOSE_SECONDS)  # the connection is closed then, and the server free
            if stopped:
                raise Cancelled
            raise TooLate("too-late", f"The model's answer was not whole after {seconds:.0f} s.")
    return future.result()


async def _until_ended(work: Coroutine[Any, Any, T], ended: threading.Event) -> T:
    try:
        return await work
    finally:
        ended.set()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The loop of every request, in a thread of its own: a new one a question, with a new client, takes 20 ms."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="llm-client", daemon=True).start()
    return loop


@cache
def _client(trust_env: bool) -> httpx.AsyncClient:
    """One client for all servers, two where some are reached through a proxy of the environment's."""
    # The whole answer has its own clock in _bounded; a read may rightly wait while the prompt is read.
    timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
    return httpx.AsyncClient(timeout=timeout, trust_env=trust_env, verify=_certificates(trust_env))


def _at(endpoint: Endpoint) -> tuple[httpx.AsyncClient, dict[str, str]]:
    """The client for a server, and the headers of a request to it."""
    headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
    return _client(not _local(endpoint)), headers


@cache
def _certificates(trust_env: bool) -> ssl.SSLContext:
    """Reading the authorities' certificates takes 25 ms, more than all the rest of a request: once is enough."""
    return httpx.create_ssl_context(trust_env=trust_env)


def _local(endpoint: Endpoint) -> bool:
    return httpx.URL(endpoint.base_url).host in ("127.0.0.1", "localhost", "::1")


async def _models(endpoint: Endpoint) -> list[str]:
    try:
        client, headers = _at(endpoint)
        response = await client.get(f"{endpoint.api}/models", headers=headers)
        response.raise_for_status()
        return [str(row["id"]) for row in response.json()["data"]]
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable("unreachable", f"No model answers at {endpoint.base_url} ({error}).") from None


async def _chat(endpoint: Endpoint, question: Question) -> Answer:
    begin = time.monotonic()
    try:
        client, headers = _at(endpoint)
        body = _body(endpoint, question)
        url = f"{endpoint.api}/chat/completions"
        async with client.stream("POST", url, json=body, headers=headers) as response:
            if response.status_code != 200:
                detail = (await _head(response)).strip()
                raise Unavailable(
                    f"http-{response.status_code}",
                    f"{endpoint.base_url} answered {response.status_code}: {detail[:200]}",
                )
            limit = ENVELOPE_BYTES + question.max_tokens * BYTES_PER_TOKEN * 8
            answer = await _collect(_events(response, limit), endpoint.model)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Unavailable("unreachable", f"The model at {endpoint.base_url} went away ({error!r}).") from None
    return replace(answer, ms=round((time.monotonic() - begin) * 1000))


def _body(endpoint: Endpoint, question: Question) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": list(question.messages),
        "max_tokens": question.max_tokens,
        "temperature": question.temperature,
        "seed": question.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
        "cache_prompt": True,  # llama.cpp keeps the prefix it has read; others ignore the key
    }
    if question.stop:
        body["stop"] = list(question.stop)
    if question.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": question.schema},
        }
    return body


async def _head(response: httpx.Response) -> str:
    async for chunk in response.aiter_bytes(1024):
        return chunk.decode("utf-8", "replace")
    return ""


async def _events(response: httpx.Response, limit: int) -> AsyncIterator[dict[str, Any]]:
    """The server-sent events of an answer as JSON; a stream longer than `limit` bytes is no answer."""
    seen = 0
    buffer = b""
    async for chunk in response.aiter_bytes():
        seen += len(chunk)
        if seen > limit:
            raise BadAnswer("too-long", f"The answer is longer than {limit} bytes.")
        *lines, buffer = (buffer + chunk).split(b"\n")
        for line in lines:
            if not line.startswith(b"data:"):
                continue
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            try:
                event = json.loads(data)
            except ValueError:
                raise BadAnswer("broken-stream", "The server sent an event that is not JSON.") from None
            if not isinstance(event, dict):
                raise BadAnswer("broken-stream", "The server sent an event that is not an object.")
            yield event


async def _collect(events: AsyncIterator[dict[str, Any]], model: str) -> Answer:
    parts: list[str] = []
    finish = ""
    answer = Answer("", model)
    async for event in events:
        if "error" in event:
            raise Unavailable("server-error", f"The model's server says: {str(event['error'])[:200]}")
        try:
            answer = _usage(answer, event)
            for choice in event.get("choices") or ():
                parts.append(str((choice.get("delta") or {}).get("content") or ""))
                finish = str(choice.get("finish_reason") or finish)
        except (AttributeError, TypeError, ValueError):
            raise BadAnswer("broken-stream", "The server sent an event of another form.") from None
        if is_loop("".join(parts[-LOOP_CHARACTERS:])):
            raise BadAnswer("loop", "The answer repeats itself.")
    if finish == "length":
        raise BadAnswer("cut-off", "The answer was longer than allowed and is cut off.")
    if not finish:
        raise Unavailable("broken-off", "The answer broke off before its end.")
    return replace(answer, text="".join(parts))


def _usage(answer: Answer, event: dict[str, Any]) -> Answer:
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

"""One client for every model: the OpenAI chat protocol over httpx, streamed.

The protocol: https://platform.openai.com/docs/api-reference/chat. Spoken alike by llama.cpp, Ollama, vLLM and
LM Studio. Streaming is not for show: it lets a runaway answer be cut at once, and closing the stream frees
the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import CancelledError, wait
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import stamina
import stamina.instrumentation

from protogen.config_llm import PatienceSettings
from protogen.llm.answer import Answer, Pace, is_loop, read_answer, stalled
from protogen.llm.errors import BadAnswer, Cancelled, LlmError, TooLate, Unavailable
from protogen.logs import error_kind, get_logger

CONNECT_SECONDS = 3.0
CANCEL_POLL_SECONDS = 0.1
CLOSE_SECONDS = 1.0
ERROR_SECONDS = 1.0  # for the words that go with an HTTP error
BYTES_PER_TOKEN = 512  # an event line is about 200 bytes and holds a token; more than this is not an answer
ENVELOPE_BYTES = 1_000_000
ATTEMPTS = 2  # at a question
RETRY_SHARE = 0.25  # of a question's time; a failure that took longer is not worth a second one
LONGEST_WAIT = 2.0  # seconds that a server may ask us to wait before the second attempt

log = get_logger(__name__)

Message = dict[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server and a model on it. `base_url` is the API's root, with or without `/v1`."""

    base_url: str
    model: str = ""
    api_key: str = field(default="", repr=False)

    @property
    def api(self) -> str:
        """The root under which the protocol's paths stand."""
        root = self.base_url.rstrip("/")
        return root if root.endswith("/v1") else f"{root}/v1"

    def hide(self, text: str) -> str:
        """`text` without the key, which a server may repeat in what it says."""
        return text.replace(self.api_key, "[key]") if self.api_key else text


@dataclass(frozen=True, slots=True)
class Question:
    """One request. `schema` is a JSON schema the answer is held to; None asks for plain text."""

    messages: Sequence[Message]
    max_tokens: int
    temperature: float = 0.3
    seed: int = 0
    schema: dict[str, Any] | None = None
    stop: tuple[str, ...] = ()


class Client:
    """Asks servers over connections that are kept, on an event loop in a thread of its own.

    Any thread may ask. The first question starts the thread; `close` ends it and every connection, after which
    another question starts anew. One that is thrown away unclosed is closed with it.
    """

    def __init__(self, patience: PatienceSettings | None = None) -> None:
        self._patience = patience or PatienceSettings()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: Callable[[], object] = lambda: None
        self._https: dict[bool, httpx.AsyncClient] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def chat(
        self, endpoint: Endpoint, question: Question, seconds: float, cancelled: Callable[[], bool]
    ) -> Answer:
        """Ask and wait at most `seconds` for the whole answer, a second attempt at what may pass included.

        Raises Unavailable, BadAnswer, TooLate, or Cancelled as soon as `cancelled()` says so.
        """
        return self._bounded(self._persistent(endpoint, question, seconds), seconds, cancelled)

    def models(self, endpoint: Endpoint, seconds: float = 5.0) -> list[str]:
        """Names of the models the server offers. Raises Unavailable."""
        try:
            return self._bounded(self._models(endpoint), seconds, lambda: False)
        except TooLate:
            raise Unavailable(
                "unreachable", f"{endpoint.base_url} says nothing for {seconds:.0f} s."
            ) from None

    def close(self) -> None:
        """End the thread and close the connections; a question in hand ends as Cancelled."""
        with self._lock:
            thread, self._thread, self._loop = self._thread, None, None
            self._https = {}
            self._stop()
        if thread:
            thread.join()

    # On the caller's thread

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                arguments = (self._loop, self._https)  # and not self, which could then never be thrown away
                self._thread = threading.Thread(target=_serve, args=arguments, name="llm-client", daemon=True)
                self._thread.start()
                self._stop = weakref.finalize(self, _stop, self._loop)
            return self._loop

    def _bounded(self, work: Coroutine[Any, Any, T], seconds: float, cancelled: Callable[[], bool]) -> T:
        ended = threading.Event()
        future = asyncio.run_coroutine_threadsafe(_until_ended(work, ended), self._running())
        end = time.monotonic() + seconds
        while not wait({future}, max(0.0, min(CANCEL_POLL_SECONDS, end - time.monotonic()))).done:
            if (stopped := cancelled()) or time.monotonic() >= end:
                future.cancel()
                ended.wait(CLOSE_SECONDS)  # the connection is closed then, and the server free
                if stopped:
                    raise Cancelled
                raise TooLate("too-late", f"The model's answer was not whole after {seconds:.0f} s.")
        try:
            return future.result()
        except CancelledError:
            raise Cancelled from None

    # On the loop's

    async def _persistent(self, endpoint: Endpoint, question: Question, seconds: float) -> Answer:
        begin = time.monotonic()
        async for attempt in stamina.retry_context(
            on=_passes,
            attempts=ATTEMPTS,
            timeout=seconds * RETRY_SHARE,
            wait_initial=0.1,
            wait_max=1.0,
            wait_jitter=0.1,
        ):
            with attempt:
                answer = await self._chat(endpoint, question)
        return replace(answer, ms=round((time.monotonic() - begin) * 1000))

    async def _chat(self, endpoint: Endpoint, question: Question) -> Answer:
        pace = Pace(self._patience, time.monotonic())
        limit = ENVELOPE_BYTES + question.max_tokens * BYTES_PER_TOKEN
        body = _body(endpoint, question)
        try:
            async with self._response(endpoint, "POST", "chat/completions", pace, body) as response:
                return await read_answer(response, endpoint.model, limit, pace)
        except (httpx.HTTPError, OSError) as error:
            raise _away(endpoint, "broken-off", error) from None
        except LlmError as error:
            error.args = (endpoint.hide(str(error)),)
            raise

    async def _models(self, endpoint: Endpoint) -> list[str]:
        pace = Pace(self._patience, time.monotonic())
        try:
            async with self._response(endpoint, "GET", "models", pace) as response:
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise ValueError("it is packed")
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > ENVELOPE_BYTES:
                        raise ValueError("its list is too long")
            return [str(row["id"]) for row in json.loads(body)["data"]]
        except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise _away(endpoint, "unreachable", error) from None

    @asynccontextmanager
    async def _response(
        self, endpoint: Endpoint, method: str, path: str, pace: Pace, body: dict[str, Any] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """A response with status 200, its body not read yet. Raises Unavailable."""
        headers = {"Accept-Encoding": "identity"}  # nothing that unpacks to more than was sent
        if endpoint.api_key:
            headers["Authorization"] = f"Bearer {endpoint.api_key}"
        try:
            http = self._http(trust_env=not _local(endpoint))
            request = http.build_request(method, f"{endpoint.api}/{path}", json=body, headers=headers)
            async with asyncio.timeout(max(0.0, pace.left())):
                response = await http.send(request, stream=True)
        except TimeoutError:
            raise stalled() from None
        except httpx.ConnectTimeout as error:
            raise _away(endpoint, "connect-timeout", error) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _away(endpoint, "unreachable", error) from None
        try:
            if response.status_code != 200:
                raise await _refusal(endpoint, response)
            yield response
        finally:
            await response.aclose()

    def _http(self, *, trust_env: bool) -> httpx.AsyncClient:
        """One client for this machine's servers, another for those that a proxy of the environment's may be before."""
        if trust_env not in self._https:
            timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)  # Pace and _bounded have better clocks
            verify = _certificates(trust_env)
            self._https[trust_env] = httpx.AsyncClient(timeout=timeout, trust_env=trust_env, verify=verify)
        return self._https[trust_env]


async def _until_ended(work: Coroutine[Any, Any, T], ended: threading.Event) -> T:
    try:
        return await work
    finally:
        ended.set()


def _serve(loop: asyncio.AbstractEventLoop, https: dict[bool, httpx.AsyncClient]) -> None:
    """The life of a client's thread: everything on its loop is ended by itself."""
    try:
        loop.run_forever()
        loop.run_until_complete(_end(https))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def _end(https: dict[bool, httpx.AsyncClient]) -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for http in https.values():
        await http.aclose()


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.suppress(RuntimeError):  # it has ended
        loop.call_soon_threadsafe(loop.stop)


@cache
def _certificates(trust_env: bool) -> ssl.SSLContext:
    """Reading the authorities' certificates takes 25 ms, more than all the rest of a request: once is enough."""
    return httpx.create_ssl_context(trust_env=trust_env)


def _local(endpoint: Endpoint) -> bool:
    return httpx.URL(endpoint.base_url).host in ("127.0.0.1", "localhost", "::1")


def _body(endpoint: Endpoint, question: Question) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": endpoint.model,
        "messages": list(question.messages),
        "max_tokens": question.max_tokens,
        "temperature": question.temperature,
        "seed": question.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if question.stop:
        body["stop"] = list(question.stop)
    if question.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": question.schema},
        }
    return body


async def _refusal(endpoint: Endpoint, response: httpx.Response) -> Unavailable:
    detail = ""
    with contextlib.suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(ERROR_SECONDS):
            async for chunk in response.aiter_raw(1024):
                detail = chunk.decode("utf-8", "replace").strip()
                break
    code = response.status_code
    said = endpoint.hide(f"{endpoint.base_url} answered {code}: {detail[:200]}")
    return Unavailable(f"http-{code}", said, _seconds(response.headers.get("retry-after", "")))


def _away(endpoint: Endpoint, code: str, error: Exception) -> Unavailable:
    return Unavailable(code, endpoint.hide(f"No model answers at {endpoint.base_url} ({error!r})."))


def _seconds(value: str) -> float | None:
    """Retry-After in seconds (RFC 9110, 10.2.3); its form as a date counts as none."""
    digits = value.strip()
    return float(digits) if digits.isascii() and digits.isdigit() else None


def _passes(error: Exception) -> bool | float:
    """True, or the seconds to wait first, for a failure that may be over in a moment."""
    if not isinstance(error, Unavailable):
        return False
    if error.code == "http-429" and error.after is not None:
        return error.after if error.after <= LONGEST_WAIT else False
    return error.code in ("unreachable", "http-429") or error.code.startswith("http-5")


def _say_again(details: stamina.instrumentation.RetryDetails) -> None:
    log.info("ai-call-again", delay_ms=round(details.wait_for * 1000), error=error_kind(details.caused_by))


stamina.instrumentation.set_on_retry_hooks([_say_again])  # its own line names neither server nor reason


__all__ = [
    "Answer",
    "BadAnswer",
    "Cancelled",
    "Client",
    "Endpoint",
    "LlmError",
    "Message",
    "Question",
    "TooLate",
    "Unavailable",
    "is_loop",
]

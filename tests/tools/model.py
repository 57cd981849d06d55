"""A server that speaks the OpenAI chat protocol over a real socket and answers, or fails, as a test tells it to.

A good answer is any that the request's JSON schema allows; the failures are those that a real model cannot be
asked to make: silence, a drip, a broken stream, a hundred megabytes.
"""

from __future__ import annotations

import itertools
import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

# Sentences of the commonest words, so that any customer could say them; no two are alike.
_OPENINGS = ("Come in", "Look around", "Take time", "Start here", "Join us", "Talk to us", "Find time")
_ENDINGS = (
    "make it yours",
    "enjoy the moment",
    "find your own",
    "keep it warm",
    "share a table",
    "taste it all",
)
_BY_NAME: dict[str, Any] = {
    "trade": "bakery",
    "tone": "warm, calm",
    "audience": "people nearby",
    "name": "",
    "people": [],
    "offers": [],
}

CSS_RULES = ".button { border-radius: 0.9rem; }\n.card { border-width: 2px; }"
SCRIPT = 'document.querySelectorAll(".section").forEach(function (s) { s.classList.add("is-seen"); });'


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: its number from 0, path, headers (lower case) and JSON body."""

    number: int
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def question(self) -> str:
        """The newest message."""
        return str(self.body["messages"][-1]["content"])

    @property
    def schema(self) -> dict[str, Any] | None:
        """The JSON schema of the wanted answer, None for plain text."""
        wanted = self.body.get("response_format")
        return wanted["json_schema"]["schema"] if wanted else None


@dataclass(slots=True)
class Wire:
    """The server's end of one connection; `stopping` ends a reply that would go on for ever."""

    out: BinaryIO
    stopping: threading.Event

    def head(self, status: int = 200, kind: str = "text/event-stream") -> None:
        """Status line and headers; the body ends when the connection does."""
        lines = f"HTTP/1.1 {status} Status\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n"
        self.send(lines.encode())

    def send(self, data: bytes) -> None:
        """Bytes as they are."""
        self.out.write(data)
        self.out.flush()

    def event(self, value: object) -> None:
        """One server-sent event."""
        self.send(b"data: " + json.dumps(value).encode() + b"\n\n")

    def words(self, text: str) -> None:
        """A piece of the answer."""
        self.event({"model": "stub", "choices": [{"delta": {"content": text}}]})

    def end(self, finish: str = "stop") -> None:
        """The end of an answer, and what it took."""
        self.event({"choices": [{"delta": {}, "finish_reason": finish}]})
        self.event({"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": 20}})
        self.send(b"data: [DONE]\n\n")


Reply = Callable[[Request, Wire], None]


@dataclass(slots=True)
class StubModel:
    """A running stub: where it listens, and what it has been asked."""

    base_url: str
    requests: list[Request] = field(default_factory=list)

    def asked(self, pattern: str) -> list[Request]:
        """The requests whose question matches."""
        return [request for request in self.requests if re.search(pattern, request.question)]


@contextmanager
def stub(*script: Reply) -> Iterator[StubModel]:
    """A model that gives each request the next reply of `script`, and the last one from then on."""
    stopping = threading.Event()
    numbers = itertools.count()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = list(iter(lambda: self.rfile.readline().decode("latin-1").strip(), ""))
            if not head:
                return
            headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in head[1:])}
            body = json.loads(self.rfile.read(int(headers.get("content-length", 0))) or b"{}")
            request = Request(next(numbers), head[0].split()[1], headers, body)
            model.requests.append(request)
            try:
                script[min(request.number, len(script) - 1)](request, Wire(self.wfile, stopping))
            except OSError:
                return  # the client has closed the stream: what it is meant to do when it has heard enough

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        model = StubModel(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield model
        finally:
            stopping.set()
            server.shutdown()
            thread.join()


# -- replies ----------------------------------------------------------------------------------------------


def good(request: Request, wire: Wire) -> None:
    """An answer that the schema allows, or the text that the question asks for."""
    if request.path.endswith("/models"):
        return offers("stub")(request, wire)
    if request.schema is not None:
        text = json.dumps(valid(request.schema, _sentences(request.number)))
    else:
        text = plain(request)
    says(text)(request, wire)


def says(*pieces: str, finish: str = "stop") -> Reply:
    """An answer of these pieces."""

    def reply(request: Request, wire: Wire) -> None:
        wire.head()
        for piece in pieces:
            wire.words(piece)
        wire.end(finish)

    return reply


def answers(**values: Any) -> Reply:
    """A good answer with these values in place of its own, wherever the schema has such a key."""

    def reply(request: Request, wire: Wire) -> None:
        if request.schema is None:
            return good(request, wire)
        answer = valid(request.schema, _sentences(request.number))
        answer |= {name: value for name, value in values.items() if name in answer}
        return says(json.dumps(answer))(request, wire)

    return reply


def status(code: int, text: str = "no") -> Reply:
    """An HTTP error."""

    def reply(request: Request, wire: Wire) -> None:
        wire.head(code, "text/plain")
        wire.send(text.encode())

    return reply


def raw(data: bytes) -> Reply:
    """A 200 with this body."""

    def reply(request: Request, wire: Wire) -> None:
        wire.head()
        wire.send(data)

    return reply


def hang(request: Request, wire: Wire) -> None:
    """Nothing, not even a status line, for ever."""
    wire.stopping.wait()


def drip(request: Request, wire: Wire) -> None:
    """One byte of an answer a second."""
    wire.head()
    for letter in itertools.cycle(b'data: {"choices": [{"delta": {"content": "never"}}]}\n\n'):
        wire.send(bytes([letter]))
        if wire.stopping.wait(1.0):
            return


def dies(request: Request, wire: Wire) -> None:
    """Half an answer, then the connection is gone."""
    wire.head()
    wire.words('{"heading": "Half of it')


def flood(request: Request, wire: Wire) -> None:
    """A hundred megabytes."""
    wire.head()
    for _ in range(100):
        wire.send(b"data: " + b"x" * 1_000_000)


def loops(request: Request, wire: Wire) -> None:
    """The same words until somebody hangs up."""
    wire.head()
    for _ in range(100_000):
        wire.words("again and ")


def offers(*names: str) -> Reply:
    """The list of models."""
    listing = json.dumps({"data": [{"id": name} for name in names]}).encode()

    def reply(request: Request, wire: Wire) -> None:
        wire.head(kind="application/json")
        wire.send(listing)

    return reply


def by_question(*cases: tuple[str, Reply], otherwise: Reply = good) -> Reply:
    """The reply of the first pattern that the question matches."""

    def reply(request: Request, wire: Wire) -> None:
        chosen = next((r for pattern, r in cases if re.search(pattern, request.question)), otherwise)
        chosen(request, wire)

    return reply


def valid(schema: dict[str, Any], sentences: Iterator[str], name: str = "") -> Any:
    """A value that `schema` allows; texts are whole sentences, headings have no full stop."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {key: valid(part, sentences, key) for key, part in schema["properties"].items()}
    if schema["type"] == "array":
        return [valid(schema["items"], sentences)] * max(1, schema.get("minItems", 0))
    text = next(sentences)
    heading = name in ("heading", "headline", "tagline")
    return text.rstrip(".") if heading else text[: schema.get("maxLength", len(text))]


def plain(request: Request) -> str:
    """What a good model answers to a question for HTML, CSS or JavaScript."""
    if "Write CSS" in request.question:
        return CSS_RULES
    if "JavaScript" in request.question:
        return f"```js\n{SCRIPT}\n```"
    facts = re.search(r"as they stand: (.*)\.$", request.question, re.M)
    return section_html(facts[1].split("; ") if facts else [], next(_sentences(request.number)))


def section_html(facts: Sequence[str], heading: str) -> str:
    """The inside of a section with these facts, each in a card."""
    cards = "".join(f'<div class="card"><h3>{fact}</h3></div>' for fact in facts if fact != "nothing yet")
    head = f'<div class="section__head"><h2>{heading.rstrip(".")}</h2></div>'
    return f'```html\n{head}\n<div class="grid">{cards}</div>\n```'


def _sentences(number: int) -> Iterator[str]:
    """Sentences that no other request of the first forty begins with."""
    grid = [f"{opening} and {ending}." for opening, ending in itertools.product(_OPENINGS, _ENDINGS)]
    return itertools.cycle(grid[(number * 5) % len(grid) :] + grid)

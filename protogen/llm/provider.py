"""Where a model is, as the settings say: embedded, a compatible server, Ollama, or nowhere."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import Protocol

from protogen.config import Settings
from protogen.config_llm import OLLAMA_DEFAULT_HOST, ProviderSettings
from protogen.llm import weights
from protogen.llm.client import Client, Endpoint, LlmError, Unavailable
from protogen.llm.server import EmbeddedServer, ServerError

RESTART_SECONDS = 15.0
LOOK_SECONDS = 15.0  # between two looks whether somebody's server is there
LOOK_PATIENCE = 3.0
NO_LIST = ("http-404", "http-405", "http-501")  # it answers, and has no list of its models


class Provider(Protocol):
    """A place where a model is, which may own a process."""

    name: str

    def endpoint(self, role: str) -> Endpoint: ...

    def fault(self) -> str: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


def provider_for(settings: Settings, part: ProviderSettings, client: Client) -> Provider:
    """The provider that `part` of the settings names; `client` is what it asks a server for its models with."""
    if part.provider == "embedded":
        return Embedded(settings)
    return Nowhere() if part.provider == "none" else Remote(part, client)


class Embedded:
    """The model in a child process of ours, started again when it dies."""

    name = "embedded"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: EmbeddedServer | None = None
        self._starting: threading.Thread | None = None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises WeightsError or ServerError."""
        path = weights.verify(self._settings.model)
        log_file = self._settings.run_dir / "model.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        self._server = EmbeddedServer(self._settings.model, path, log_file)
        self._server.start()

    def stop(self) -> None:
        """Stop the server; it is gone when this returns."""
        if self._server:
            self._server.stop()

    def fault(self) -> str:
        """What is wrong with the server just now, empty where it runs; nothing is asked of it."""
        return "" if self._server and self._server.alive() else "The embedded model's server does not run."

    def endpoint(self, role: str) -> Endpoint:
        """The running server, started again first where it died; Unavailable where that takes long."""
        server = self._server
        if server is None:
            raise Unavailable("not-started", "The embedded model is not running.")
        if not server.alive() and not self._restart(server):
            raise Unavailable("restarting", "The embedded model stopped and is being started again.")
        try:
            return server.ensure()
        except ServerError as error:
            raise Unavailable("not-running", str(error)) from None

    def _restart(self, server: EmbeddedServer) -> bool:
        """True when it answers again; goes on in the background where that takes too long for a part."""
        if self._starting is None or not self._starting.is_alive():
            self._starting = threading.Thread(
                target=_ensure, args=(server,), name="model-restart", daemon=True
            )
            self._starting.start()
        self._starting.join(RESTART_SECONDS)
        return server.alive()


def _ensure(server: EmbeddedServer) -> None:
    with contextlib.suppress(ServerError):  # its log says why; the next question tries again
        server.ensure()


class Remote:
    """A server of somebody's that speaks the OpenAI protocol."""

    def __init__(self, part: ProviderSettings, client: Client) -> None:
        self._part = part
        self._client = client
        self._models: dict[str, str] = {}
        self._looked: tuple[float, str] = (-LOOK_SECONDS, "")
        self.name = str(part.provider)

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def fault(self) -> str:
        """What is wrong with the roles' servers, empty where they answer. They are asked for their models at times."""
        if time.monotonic() - self._looked[0] >= LOOK_SECONDS:
            self._looked = (time.monotonic(), self._look())
        return self._looked[1]

    def _look(self) -> str:
        try:
            for server in {each.base_url: each for each in map(self.server, ("nlp", "codegen"))}.values():
                self._client.models(server, LOOK_PATIENCE)
        except LlmError as error:
            return "" if error.code in NO_LIST else str(error)
        return ""

    def endpoint(self, role: str) -> Endpoint:
        """The role's server with its model; the first model on offer there where none is named."""
        server = self.server(role)
        if not server.model:
            server = Endpoint(server.base_url, self._first_model(server), server.api_key)
        return server

    def server(self, role: str) -> Endpoint:
        """The role's server as the settings name it; asks it nothing. Raises Unavailable."""
        wanted = self._part.role(role)
        base = wanted.base_url or (OLLAMA_DEFAULT_HOST if self.name == "ollama" else "")
        if not base:
            raise Unavailable(
                "no-address", "llm.base_url is not set: write the server's address into config.yaml."
            )
        return Endpoint(base, wanted.model, _key(wanted.api_key_env))

    def _first_model(self, server: Endpoint) -> str:
        if server.base_url not in self._models:
            offered = self._client.models(server)
            if not offered:
                raise Unavailable(
                    "no-model",
                    f"{server.base_url} offers no model: fetch one there or name one in config.yaml.",
                )
            self._models[server.base_url] = offered[0]
        return self._models[server.base_url]


def _key(variable: str) -> str:
    """The key in an environment variable; one that no header can carry would be printed by what refuses it."""
    key = os.environ.get(variable, "").strip() if variable else ""
    if not (key.isascii() and (key.isprintable() or not key)):
        raise Unavailable("bad-key", f"{variable} holds characters that no key has; set it anew.")
    return key


class Nowhere:
    """No model at all: every part is made by its template."""

    name = "none"

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def fault(self) -> str:
        """None: nobody is meant to be here."""
        return ""

    def endpoint(self, role: str) -> Endpoint:
        """Raises Unavailable."""
        raise Unavailable("switched-off", f"llm.provider is none: nobody plays {role}.")

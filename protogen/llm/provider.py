"""Where the model is, as the settings say: embedded, a compatible server, Ollama, or nowhere."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import Protocol

from protogen.config import OLLAMA_DEFAULT_HOST, LlmSettings, Settings
from protogen.llm import client, weights
from protogen.llm.client import Endpoint, Unavailable
from protogen.llm.server import EmbeddedServer, ServerError

RESTART_SECONDS = 15.0


class ManagedProvider(Protocol):
    """A provider that may own a process."""

    name: str

    def endpoint(self, role: str) -> Endpoint: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


def provider_for(settings: Settings) -> ManagedProvider:
    """The provider that `llm.provider` names."""
    kinds: dict[str, Callable[[Settings], ManagedProvider]] = {
        "embedded": Embedded,
        "openai": Remote,
        "ollama": Remote,
        "none": Nowhere,
    }
    return kinds[settings.llm.provider](settings)


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

    name: str

    def __init__(self, settings: Settings) -> None:
        self._llm: LlmSettings = settings.llm
        self.name = str(settings.llm.provider)
        self._models: list[str] = []

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def endpoint(self, role: str) -> Endpoint:
        """The server with the role's model; the first model it offers where none is named."""
        wanted = (self._llm.nlp if role == "nlp" else self._llm.codegen).model
        base = self._llm.base_url or (OLLAMA_DEFAULT_HOST if self.name == "ollama" else "")
        if not base:
            raise Unavailable(
                "no-address", "llm.base_url is not set: write the server's address into config.yaml."
            )
        endpoint = Endpoint(base, wanted, os.environ.get(self._llm.api_key_env, ""))
        if wanted:
            return endpoint
        self._models = self._models or client.models(endpoint)
        if not self._models:
            raise Unavailable(
                "no-model", f"{base} offers no model: fetch one there or name one in config.yaml."
            )
        return Endpoint(base, self._models[0], endpoint.api_key)


class Nowhere:
    """No model at all: every part is made by its template."""

    name = "none"

    def __init__(self, settings: Settings) -> None:
        del settings

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def endpoint(self, role: str) -> Endpoint:
        """Raises Unavailable."""
        raise Unavailable("switched-off", f"llm.provider is none: nobody plays {role}.")

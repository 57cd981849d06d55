"""What each provider of the settings is like just now: looked at, not remembered."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Literal, NamedTuple

from protogen.config import Settings
from protogen.config_llm import ProviderSettings
from protogen.llm import weights
from protogen.llm.client import Client, LlmError
from protogen.llm.provider import Remote
from protogen.llm.serve import mend

LOOK_SECONDS = 5.0
_LOAD_SECONDS = 60.0


class Seen(NamedTuple):
    """One thing seen of a provider; `mend` says what to do, empty where nothing is."""

    provider: str
    state: Literal["good", "note", "bad"]
    what: str
    mend: str = ""


def look(settings: Settings) -> Iterator[Seen]:
    """What there is to say of each provider, in the order in which they are asked. Answers are not asked for."""
    with Client(settings.llm.patience) as client:
        for part in settings.llm.chain:
            if part.provider == "none":
                yield Seen(
                    "none",
                    "note",
                    "llm.provider is none: every page is made from templates.",
                    "set it to embedded",
                )
            elif part.provider == "embedded":
                yield from _embedded(settings)
            else:
                yield from _remote(part, client)


def _embedded(settings: Settings) -> Iterator[Seen]:
    if importlib.util.find_spec("xllamacpp") is None:
        yield Seen("embedded", "bad", "xllamacpp is not installed.", "pip install 'protogen[embedded]'")
    elif error := _cannot_load():
        yield Seen("embedded", "bad", f"The model's runtime cannot be loaded ({error}).", mend(error))
    status = weights.status(settings.model)
    if status.verified:
        yield Seen("embedded", "good", f"The model is at {status.path} and verified.")
    else:
        yield Seen(
            "embedded",
            "bad",
            f"The model is not there ({status.present} of {status.total} bytes).",
            "protogen model fetch",
        )


def _cannot_load() -> str:
    """Why the runtime cannot be loaded, if so: tried in a process of its own, which it may bring down."""
    command = [sys.executable, "-P", "-c", "import xllamacpp"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LOAD_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    if done.returncode == 0:
        return ""
    return (done.stderr.strip() or f"it ended with code {done.returncode}").splitlines()[-1]


def _remote(part: ProviderSettings, client: Client) -> Iterator[Seen]:
    provider = Remote(part, client)
    offers: dict[str, list[str]] = {}
    for role in ("nlp", "codegen"):
        variable = part.role(role).api_key_env
        try:
            server = provider.server(role)
            if server.base_url not in offers:
                offers[server.base_url] = client.models(server, LOOK_SECONDS)
                yield from _answers(provider.name, server.base_url, offers[server.base_url])
        except LlmError as error:
            mend = "start that server, or correct llm.base_url"
            if error.code in ("bad-key", "http-401", "http-403"):
                there = "that the server takes" if os.environ.get(variable) else "which is not set"
                mend = f"put a key into {variable}, {there}" if variable else "name its key in api_key_env"
            yield Seen(provider.name, "bad", str(error), mend)
            return
        offered = offers[server.base_url]
        # Ollama takes a name without its tag.
        if server.model and offered and not {server.model, f"{server.model}:latest"} & set(offered):
            yield Seen(
                provider.name,
                "bad",
                f"{server.base_url} does not offer {server.model}.",
                f"it offers {', '.join(offered[:6])}",
            )


def _answers(name: str, base_url: str, offered: list[str]) -> Iterator[Seen]:
    if offered:
        yield Seen(name, "good", f"{base_url} answers and offers {len(offered)} models.")
    else:
        mend = "fetch one there, or name another server in config.yaml"
        yield Seen(name, "bad", f"{base_url} offers no model.", mend)

"""The parts of a running system, each with a look at whether it is well."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from protogen.config import Settings
from protogen.files import has_room
from protogen.ledger import Ledger, LedgerError
from protogen.llm.providers import Providers


def checks(
    settings: Settings, ledger: Ledger, providers: Providers, threads: Callable[[], Mapping[str, bool]]
) -> Mapping[str, Callable[[], str]]:
    """By name: '' where a part is well, else a sentence that says what is wrong.

    `threads` are those that there should be, and whether each runs.
    """

    def alive(name: str) -> str:
        return "" if threads().get(name, True) else f"The {name} is not running."

    def readable() -> str:
        try:
            ledger.counts()
        except LedgerError as error:
            return str(error)
        return ""

    def room() -> str:
        if has_room(settings.reserve_bytes, settings.ledger_dir, settings.published_dir):
            return ""
        return f"Less than {settings.reserve_bytes:,} bytes are free."

    def model() -> str:
        rest = [each.name for each in providers.all if each.state == "open"]
        return "No provider of a model answers." if len(rest) == len(providers.all) else ""

    return {
        "ledger": readable,
        "disk": room,
        "model": model,
        "worker": lambda: alive("worker"),
        "inbox": lambda: alive("inbox"),
    }

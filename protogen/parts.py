"""The parts of a running system, each with a look at whether it is well."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

from protogen.config import Settings
from protogen.files import has_room
from protogen.ledger import Ledger, LedgerError
from protogen.ledger.check import probe
from protogen.llm.providers import Providers

WRITE_SECONDS = 5.0
"""Between two times that the ledger is written to on trial."""


def checks(
    settings: Settings, ledger: Ledger, providers: Providers, threads: Callable[[], Mapping[str, str]]
) -> Mapping[str, Callable[[], str]]:
    """By name: '' where a part is well, else a sentence that says what is wrong.

    `threads` are those that there should be, each with what is wrong with it.
    """

    probed: list[tuple[float, str]] = []

    def inbox() -> str:
        if not os.access(settings.inbox_dir, os.R_OK | os.W_OK | os.X_OK):
            return f"The inbox {settings.inbox_dir} cannot be read and written; see protogen doctor."
        return threads().get("inbox", "")

    def works() -> str:
        try:
            ledger.counts()
            if not probed or time.monotonic() - probed[0][0] >= WRITE_SECONDS:
                probe(settings.ledger_dir)
                probed[:] = [(time.monotonic(), "")]
        except LedgerError as error:
            probed.clear()
            return str(error)
        return ""

    def room() -> str:
        folders = (settings.ledger_dir, settings.published_dir, settings.inbox_dir)
        if has_room(settings.reserve_bytes, *(folder for folder in folders if folder.is_dir())):
            return ""
        return f"Less than {settings.reserve_bytes:,} bytes are free."

    return {
        "ledger": works,
        "disk": room,
        "model": providers.fault,
        "worker": lambda: threads().get("worker", ""),
        "inbox": inbox,
    }

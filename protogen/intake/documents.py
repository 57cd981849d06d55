"""Documents that came with a request, as text: what a menu or a price list says joins what the customer wrote.

Each is read in a child process with little memory and time, by what it is and not by what it is called. Nothing in it
is run or fetched. What cannot be read is kept as it came, and noted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from protogen.intake.child import UnreadableError, read_in_child
from protogen.intake.kinds import Kind, decoded
from protogen.intake.text import one_line
from protogen.submission import Attachment

MOST_CHARACTERS = 20_000
"""Of all documents of a request together: a prompt holds less, and facts stand at the front."""
ONE_SECONDS = 15.0
ALL_SECONDS = 25.0


def read_documents(
    files: Iterable[tuple[Attachment, Kind]], cancelled: Callable[[], bool] = lambda: False
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The texts of documents by name, within the time and the length for all of them; and why others have none.

    Raises Cancelled.
    """
    end, room = time.monotonic() + ALL_SECONDS, MOST_CHARACTERS
    texts: dict[str, str] = {}
    notes = []
    for file, kind in files:
        left = min(ONE_SECONDS, end - time.monotonic())
        text, fault = _read(kind, file.data, left, cancelled) if left > 0 else ("", "there was no time left")
        if fault:
            notes.append(f"{one_line(file.name)} is kept, and was not read: {fault}.")
        elif room > 0:
            texts[file.name] = text[:room].strip()
            room -= len(text)
    return texts, tuple(notes)


def _read(kind: Kind, data: bytes, seconds: float, cancelled: Callable[[], bool]) -> tuple[str, str]:
    """(text, '') or ('', why not)."""
    if kind is Kind.TEXT:
        return (decoded(data) or "", "")
    try:
        read = read_in_child("protogen.intake.document_reader", data, seconds, cancelled, kind)
    except UnreadableError as error:
        return "", str(error) or "it is damaged or not what it says"
    text = read.decode("utf-8", "replace")[:MOST_CHARACTERS]
    return (text, "") if text.strip() else ("", "there is no text in it")

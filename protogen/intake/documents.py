"""Documents that came with a request, as text: what a menu or a price list says joins what the customer wrote.

Each is read in a child process with little memory and time, by what it is and not by what it is called. Nothing in it
is run or fetched. What cannot be read is kept as it came, and noted.
"""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from protogen.intake.child import run_child
from protogen.intake.text import one_line
from protogen.submission import Attachment, Submission

Kind = Literal["pdf", "docx", "xlsx", "pptx", "text", ""]

MOST_CHARACTERS = 20_000
"""Of all documents of a request together: a prompt holds less, and facts stand at the front."""
ONE_SECONDS = 15.0
ALL_SECONDS = 25.0
_OFFICE: tuple[tuple[str, Kind], ...] = (
    ("word/document.xml", "docx"),
    ("xl/workbook.xml", "xlsx"),
    ("ppt/presentation.xml", "pptx"),
)
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"<svg", b"BM")
_ODD_SHARE = 0.02
"""Of characters that no text has; more of them is no text."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What was read of one document; `note` says why nothing was."""

    name: str
    text: str
    note: str = ""


def with_documents(submission: Submission) -> Submission:
    """The submission with the text of its documents behind its description, and a note for each that was not read."""
    extracts = list(read_all(submission.files))
    texts = [each.text for each in extracts if each.text]
    notes = [each.note for each in extracts if each.note]
    if not texts and not notes:
        return submission
    description = "\n\n".join(filter(None, (submission.description.rstrip(), *texts)))
    return replace(submission, description=description, notes=(*submission.notes, *notes))


def read_all(files: Iterable[Attachment]) -> Iterable[Extract]:
    """Each file that is a document, in order, within the time and the length for all of them."""
    end, room = time.monotonic() + ALL_SECONDS, MOST_CHARACTERS
    for file in files:
        if file.data.lstrip()[:16].startswith(_PICTURES):
            continue
        kind = kind_of(file.data)
        name = one_line(file.name)
        if not kind:
            yield Extract(
                file.name, "", f"{name} is kept, and was not read: it is no document that we can read."
            )
            continue
        left = min(ONE_SECONDS, end - time.monotonic())
        text, fault = _read(kind, file.data, left) if left > 0 else ("", "there was no time left")
        if fault:
            yield Extract(file.name, "", f"{name} is kept, and was not read: {fault}.")
        elif room > 0:
            yield Extract(file.name, text[:room].strip())
            room -= len(text)


def kind_of(data: bytes) -> Kind:
    """What a document is, by its content; '' for what is none."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    return "text" if _decoded(data) is not None else ""


def _office(data: bytes) -> Kind:
    try:
        names = set(zipfile.ZipFile(io.BytesIO(data)).namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return ""
    return next((kind for name, kind in _OFFICE if name in names), "")


def _decoded(data: bytes) -> str | None:
    """The text that these bytes are, in UTF-8, UTF-16 with its mark, or Windows' Latin; None for no text."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for each in (encoding, "cp1252"):
        try:
            text = data.decode(each)
        except UnicodeDecodeError:
            continue
        odd = sum(not (letter.isprintable() or letter in "\t\r\n\f") for letter in text[:4000])
        return text if text.strip() and odd <= _ODD_SHARE * min(len(text), 4000) else None
    return None


def _read(kind: Kind, data: bytes, seconds: float) -> tuple[str, str]:
    """(text, '') or ('', why not)."""
    if kind == "text":
        return (_decoded(data) or "", "")
    command = [sys.executable, "-m", "protogen.intake.document_reader", kind]
    try:
        done = run_child(command, data, seconds)
    except subprocess.TimeoutExpired:
        return "", "reading it took too long"
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return "", one_line(said[-1])[
            :120
        ] if done.returncode == 2 and said else "it is damaged or not what it says"
    text = done.stdout.decode("utf-8", "replace")[:MOST_CHARACTERS]
    return (text, "") if text.strip() else ("", "there is no text in it")

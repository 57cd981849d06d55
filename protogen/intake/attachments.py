"""What came with a request, read: documents join its words, pictures are made ready, all else is noted."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from slugify import slugify

from protogen.config import VoiceSettings
from protogen.draft import Document
from protogen.hooks import Hook
from protogen.intake.documents import read_documents
from protogen.intake.kinds import DOCUMENTS, Kind, kind_of
from protogen.intake.pictures import read_pictures
from protogen.intake.text import one_line
from protogen.intake.voice import Transcript, hear, with_voice
from protogen.photo import NO_PICTURES, Pictures
from protogen.submission import Attachment, Submission

MAX_DOWNLOAD_BYTES = 2_500_000
"""Of all documents that a site offers: its budget has pictures and fonts to carry too."""
FOLDER = "assets/files"
_TEXT_NAMES = ("", ".txt", ".text", ".md", ".markdown", ".csv", ".tsv")
"""Every text is a text, whatever it is called: what calls itself otherwise is markup, code, or a lie."""


@dataclass(frozen=True, slots=True)
class Request:
    """A submission whose attachments are read: what was said and written in them is in its description."""

    submission: Submission
    pictures: Pictures = NO_PICTURES
    documents: tuple[Document, ...] = ()
    transcripts: tuple[Transcript, ...] = ()


def read_request(
    submission: Submission,
    voice: VoiceSettings,
    hook: Hook,
    transcripts: tuple[Transcript, ...] = (),
    cancelled: Callable[[], bool] = lambda: False,
) -> Request:
    """What a run begins with. `transcripts` of an attempt before spare hearing again. Raises Cancelled."""
    count = len(submission.voice) + len(submission.files)
    if not count:
        return Request(submission)
    begin = time.monotonic()
    hook.attachments_started(submission.job_id, count)
    if submission.voice:
        transcripts = transcripts or hear(submission, voice, cancelled)
        submission = with_voice(submission, transcripts)
    request = read_attachments(submission, cancelled)
    hook.attachments_finished(submission.job_id, round((time.monotonic() - begin) * 1000))
    return replace(request, transcripts=transcripts)


def read_attachments(submission: Submission, cancelled: Callable[[], bool] = lambda: False) -> Request:
    """The submission with the words of its documents and notes on what was not used; its pictures and documents.

    Raises Cancelled.
    """
    kinds = [(file, kind_of(file.data)) for file in submission.files]
    refused = {file.name: note for file, kind in kinds if (note := _refusal(file, kind))}
    kept = [(file, kind) for file, kind in kinds if file.name not in refused]
    documents = [(file, kind) for file, kind in kept if kind in DOCUMENTS]
    texts, unread = read_documents(documents, cancelled)
    read = [(file, kind) for file, kind in documents if texts.get(file.name)]
    pictures, unshown = read_pictures([file for file, kind in kept if kind is Kind.PICTURE], cancelled)
    description = "\n\n".join(filter(None, (submission.description.rstrip(), *texts.values())))
    notes = (*submission.notes, *refused.values(), *unread, *unshown)
    whole = replace(submission, description=description, notes=notes)
    return Request(whole, pictures, tuple(_to_take_along(read)))


def _to_take_along(documents: Iterable[tuple[Attachment, Kind]]) -> Iterator[Document]:
    """The documents as files of the site, as far as it has room for them; none that carries macros."""
    room = MAX_DOWNLOAD_BYTES
    taken: set[str] = set()
    for file, kind in documents:
        stem = PurePath(file.name).stem
        suffix = _suffix(file, kind)
        path = f"{FOLDER}/{slugify(stem, max_length=60) or 'document'}.{suffix}"
        if path in taken or len(file.data) > room or b"vbaProject" in file.data:
            continue
        room -= len(file.data)
        taken.add(path)
        label = " ".join(re.sub(r"[_-]+", " ", one_line(stem)).split())[:60]
        size = f"{suffix.upper()}, {max(1, round(len(file.data) / 1000))} kB"
        yield Document(label[:1].upper() + label[1:], path, size, file.data)


def _suffix(file: Attachment, kind: Kind) -> str:
    """What a document's name ends with in the site: the kinds are called so, texts apart."""
    if kind is not Kind.TEXT:
        return kind
    return "csv" if file.name.lower().endswith(".csv") else "txt"


def _refusal(file: Attachment, kind: Kind) -> str:
    """Why a file is neither read nor shown; empty where it is."""
    name = one_line(file.name)
    if kind is Kind.RECORDING:
        return f"{name} is kept, and was not used: it is a film or a recording that was not sent as one."
    if kind is Kind.UNKNOWN:
        return f"{name} is kept, and was not read: it is no document or picture that we can read."
    suffix = PurePath(file.name).suffix.lower()
    if kind is Kind.TEXT and suffix not in _TEXT_NAMES:
        return f"{name} is kept, and was not read: it is called {one_line(suffix)[:10]}, and is text."
    return ""

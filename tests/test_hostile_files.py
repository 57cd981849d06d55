"""Files that mean harm: none crashes, runs, hangs or reaches out, and each that is not used says why."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from protogen.checks.gate import check_files
from protogen.config import VoiceSettings
from protogen.hooks import Hook
from protogen.intake.attachments import Request, read_request
from protogen.submission import Attachment, Submission
from tools.drafts import finished
from tools.hostile_files import MARK, corpus, recordings

JOB = "11111111-2222-4333-8444-555555555555"
WORDS = "Hearth is a small restaurant in Brno. We cook every day from eleven."


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address, and what has come to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        came: list[bytes] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        came.append(connection.recv(2000))

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", came
        server.shutdown(socket.SHUT_RDWR)


def read(*files: Attachment, voice: tuple[Attachment, ...] = ()) -> Request:
    """A request with these files, read as every run begins."""
    asked = Submission(JOB, description=WORDS, files=files, voice=voice)
    return read_request(asked, VoiceSettings(work_seconds=100), Hook())


NAMES = sorted(corpus("http://127.0.0.1:9"))


def test_the_corpus_is_large() -> None:
    """Pictures, drawings, documents, recordings, programs."""
    assert len(NAMES) + len(recordings()) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_means_harm_does_none(name: str, listener: tuple[str, list[bytes]]) -> None:
    """It is used without its harm, or kept with a reason; nothing is fetched, and the request is whole."""
    address, came = listener
    data, reason = corpus(address)[name]
    request = read(Attachment(name, data))
    assert came == []
    notes = request.submission.notes
    if reason:
        assert re.search(reason, notes[0]), notes
        assert request.submission.description == WORDS
    else:
        assert notes == ()
        assert (
            request.pictures.photos
            or request.pictures.logo
            or "Pumpkin soup" in request.submission.description
        )
    pictures = [*request.pictures.photos, *([request.pictures.logo.photo] if request.pictures.logo else [])]
    assert not any(MARK.encode() in each.data for photo in pictures for each in photo.files)
    assert MARK not in request.submission.description


@pytest.mark.parametrize("name", sorted(recordings()))
def test_what_is_no_recording_is_noted(name: str) -> None:
    """Whatever it is: the rest of the request is made."""
    request = read(voice=(Attachment(name, recordings()[name]),))
    assert name in request.submission.notes[0]
    assert request.submission.description == WORDS


def test_all_of_them_in_one_request(listener: tuple[str, list[bytes]]) -> None:
    """A page comes out that passes the gate, in which nothing of theirs stands."""
    address, came = listener
    files = corpus(address)
    request = read(*(Attachment(name, data) for name, (data, _) in files.items()))
    made = finished(request.submission, pictures=request.pictures)
    assert made.site is not None
    assert check_files(made.site.files) == []
    whole = b"\n".join(made.site.files.values())
    for harm in (MARK.encode(), b"onerror=alert", b"root:x:0", address.encode(), b"4711)"):
        assert harm not in whole.replace(b"&lt;img src=x onerror=alert(4711)&gt;", b"")
    assert came == []
    assert sum(bool(reason) for _, reason in files.values()) <= len(request.submission.notes) + 30

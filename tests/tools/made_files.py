"""Files as people send them, made: documents by the libraries that write such, recordings and pictures byte by byte."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from collections.abc import Iterable, Sequence
from typing import BinaryIO, Protocol

from openpyxl import Workbook
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

SAMPLES_A_SECOND = 16_000


class Savable(Protocol):
    """A document of one of those libraries."""

    def save(self, stream: BinaryIO, /) -> object:
        """Write it."""


def saved(document: Savable) -> bytes:
    """A document as a file."""
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def printed(lines: Iterable[str]) -> bytes:
    """Lines as a page that was printed (PDF)."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for n, line in enumerate(lines):
        canvas.drawString(72, 760 - 22 * n, line)
    canvas.save()
    return out.getvalue()


def sheet(*rows: Sequence[str | float]) -> bytes:
    """Rows as a sheet (XLSX)."""
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    return saved(book)


def recording(samples: bytes) -> bytes:
    """Samples of 16 bits as a recording (WAV)."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, SAMPLES_A_SECOND, 0, "NONE", ""))
        sound.writeframes(samples)
    return out.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk (https://www.w3.org/TR/png/#5Chunk-layout)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_that_says(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes whose header says this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, data) for kind, data in chunks)

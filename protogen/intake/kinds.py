"""What a file is, by its content: neither its name nor what its sender says of it decides."""

from __future__ import annotations

import io
import re
import zipfile
from enum import StrEnum


class Kind(StrEnum):
    """Families of files: what can be read, shown or heard, and what cannot."""

    PICTURE = "picture"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    TEXT = "text"
    RECORDING = "recording"
    UNKNOWN = ""


DOCUMENTS = frozenset({Kind.PDF, Kind.DOCX, Kind.XLSX, Kind.PPTX, Kind.TEXT})
_OFFICE = (
    ("word/document.xml", Kind.DOCX),
    ("xl/workbook.xml", Kind.XLSX),
    ("ppt/presentation.xml", Kind.PPTX),
)
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
# Brands of ISO base media files (ISO/IEC 23008-12, and the AV1 image format), at byte 8.
_PICTURE_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
_RECORDINGS = (b"OggS", b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"fLaC", b"\x1aE\xdf\xa3")
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>|\s)*<(?:\w+:)?svg\b",
    re.S,
)
_ODD_SHARE = 0.02
"""Of characters that no text has; more of them is no text."""
_TEXT_LOOKED_AT = 4000


def kind_of(data: bytes) -> Kind:
    """The family of these bytes."""
    if data.startswith(_PICTURES) or _SVG.match(data[:_TEXT_LOOKED_AT]):
        return Kind.PICTURE
    if data[:4] == b"RIFF":
        return {b"WEBP": Kind.PICTURE, b"WAVE": Kind.RECORDING}.get(data[8:12], Kind.UNKNOWN)
    if data[4:8] == b"ftyp":
        return Kind.PICTURE if data[8:12] in _PICTURE_BRANDS else Kind.RECORDING
    if b"%PDF-" in data[:1024]:
        return Kind.PDF
    if data.startswith(b"PK\x03\x04"):
        return _office(data)
    if data.startswith(_RECORDINGS):
        return Kind.RECORDING
    return Kind.TEXT if decoded(data) is not None else Kind.UNKNOWN


def decoded(data: bytes) -> str | None:
    """The text that these bytes are, in UTF-8, UTF-16 with its mark, or Windows' Latin; None for no text."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for each in (encoding, "cp1252"):
        try:
            text = data.decode(each)
        except UnicodeDecodeError:
            continue
        begin = text[:_TEXT_LOOKED_AT]
        odd = sum(not (letter.isprintable() or letter in "\t\r\n\f") for letter in begin)
        return text if text.strip() and odd <= _ODD_SHARE * len(begin) else None
    return None


def _office(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return Kind.UNKNOWN
    return next((kind for name, kind in _OFFICE if name in names), Kind.UNKNOWN)

"""Text as it comes in from anywhere: decoded, in Unicode NFC, without control characters."""

from __future__ import annotations

import codecs
import os
import re
import unicodedata
from collections.abc import Collection
from pathlib import PurePosixPath

from protogen.files import FileError, check_name
from protogen.intake.rejected import Rejected, Wait

# Everything of category Cc but tab and newline, lone surrogates, BOM, noncharacters.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Unicode Bidirectional Algorithm (UAX 9), table of explicit formatting: they make a name read otherwise.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> str:
    """Bytes of a text file as text, by byte order mark or pattern of NULs (YAML 1.2.2, section 5.2).

    Raises Rejected for what is not Unicode: guessing an old code page would change the customer's words.
    """
    encoding, start = _encoding(data)
    try:
        return data[start:].decode(encoding)
    except UnicodeDecodeError as error:
        raise Rejected(
            f"Byte {start + error.start} is not valid {encoding.upper()}; save the file as UTF-8.",
            Wait.SHORT,
        ) from None


def tidy(text: str) -> str:
    """`text` in NFC with newlines as newlines, without control characters and space at the ends."""
    text = _CONTROLS.sub("", _NEWLINES.sub("\n", text))
    return unicodedata.normalize("NFC", text).strip()


def one_line(text: str) -> str:
    """`text` tidy and on one line, runs of white space as one space."""
    return " ".join(tidy(text).split())


def file_name(name: str) -> str:
    """`name` in NFC if a file may safely have it. Raises Rejected saying why not.

    One component, at most 255 bytes of UTF-8, not hidden, no control character, nothing that turns the
    direction of writing, no backslash.
    """
    shown = repr(name[:60])
    try:
        check_name(unicodedata.normalize("NFC", name))
    except FileError as error:
        raise Rejected(str(error)) from None
    name = unicodedata.normalize("NFC", name)
    if "/" in name:
        raise Rejected(f"The file name {shown} is a path; use a plain name.")
    if name.startswith("."):
        raise Rejected(f"The file {shown} is hidden; give it a name without a leading dot.")
    if _DIRECTION.search(name) or _CONTROLS.search(name):
        raise Rejected(f"The file name {shown} holds invisible control characters; rename it.")
    return name


def fold(name: str) -> str:
    """A name as people compare it: without regard to case, composition and the width of white space."""
    name = unicodedata.normalize("NFD", " ".join(name.split())).casefold()
    return unicodedata.normalize("NFC", name)


def free_name(name: str, taken: Collection[str]) -> str:
    """`name`, or with the lowest number that makes it unlike all of the folded names in `taken`."""
    number = 1
    while fold(numbered(name, number)) in taken:
        number += 1
    return numbered(name, number)


def numbered(name: str, number: int, most: int = 255) -> str:
    """`name` with `-<number>` before its suffix (1 is not written), cut to at most `most` bytes."""
    suffix = PurePosixPath(name).suffix
    suffix = suffix if len(os.fsencode(suffix)) <= 20 else ""
    mark = suffix if number == 1 else f"-{number}{suffix}"
    stem = name[: len(name) - len(suffix)]
    while len(os.fsencode(stem + mark)) > most:
        stem = stem[:-1]
    return stem + mark


def _encoding(data: bytes) -> tuple[str, int]:
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name, len(bom)
    nulls = tuple(byte == 0 for byte in data[:4])
    if nulls == (True, True, True, False):
        return "utf-32-be", 0
    if nulls == (False, True, True, True):
        return "utf-32-le", 0
    if nulls[:2] == (True, False) and nulls[2:] in ((True, False), ()):
        return "utf-16-be", 0
    if nulls[:2] == (False, True) and nulls[2:] in ((False, True), ()):
        return "utf-16-le", 0
    return "utf-8", 0

"""A zip as the contents of a drop. Nothing is unpacked to disk; declared and real sizes are both checked."""

from __future__ import annotations

import contextlib
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from protogen.intake.contents import REQUEST_NAMES, add_name, ignored, kind_of, note, open_file, too_large
from protogen.intake.rejected import Rejected, Wait
from protogen.intake.text import file_name

MAX_DIRECTORY_BYTES = 1_000_000
MAX_RATIO = 200
_RATIO_COUNTS_FROM = 1_000_000
_ENCRYPTED, _UTF8 = 0x1, 0x800
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END = b"PK\x05\x06"
_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error)


class Archive:
    """The files of a zip: what is encrypted, packed too tightly, or leads out of it is refused."""

    def __init__(self, path: Path) -> None:
        """Look into the zip at `path`. Raises Rejected if it is none, or its table of contents is absurd."""
        self.notes: list[str] = []
        self._names: dict[str, int] = {}
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._locked = False
        self._file = open_file(path)
        try:
            _check_directory(self._file)
            self._zip = zipfile.ZipFile(self._file)
        except _ERRORS:
            self._file.close()
            raise _broken() from None
        except Rejected:
            self._file.close()
            raise
        for info in self._zip.infolist():
            self._add(info)
        self._lift()
        if self._locked and not any(name.casefold() in REQUEST_NAMES for name in self._names):
            self.close()
            raise Rejected("The zip is encrypted; send it without a password.")

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()
        self._file.close()

    @property
    def names(self) -> Mapping[str, int]:
        """Relative POSIX names in NFC, and how many bytes each is said to have."""
        return self._names

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of one file; Rejected if they are more than `limit`, or damaged."""
        info = self._infos[name]
        shown = repr(name.rpartition("/")[2])
        if info.file_size > limit:
            raise too_large(shown, limit)
        if info.file_size > max(_RATIO_COUNTS_FROM, MAX_RATIO * info.compress_size):
            raise Rejected(f"{shown} is packed more than {MAX_RATIO} times smaller; send it unpacked.")
        try:
            with self._zip.open(info) as file:
                data = file.read(limit + 1)
        except _ERRORS:
            raise Rejected(f"{shown} is damaged in the zip; pack it again.") from None
        if len(data) > limit:
            raise too_large(shown, limit)
        return data

    def _add(self, info: zipfile.ZipInfo) -> None:
        # The two high bytes are the Unix mode, if the zip was made where there is one.
        mode = info.external_attr >> 16
        path = _name(info).replace("\\", "/")
        parts = path.split("/")
        if path.endswith("/") or any(ignored(part) for part in parts if part not in (".", "..")):
            return
        shown = repr(parts[-1][:60])
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            note(self.notes, f"{shown} is {kind_of(mode)}, not a file; it was not used.")
        elif ".." in parts or path.startswith("/") or ":" in parts[0]:
            note(self.notes, f"{shown} leads out of the zip; it was not used.")
        elif info.flag_bits & _ENCRYPTED:
            self._locked = True
            note(self.notes, f"{shown} is encrypted; it was not used.")
        elif info.compress_type not in _METHODS:
            note(self.notes, f"{shown} is packed in an unusual way; pack it as an ordinary zip.")
        else:
            self._keep([part for part in parts if part != "."], info)

    def _keep(self, parts: list[str], info: zipfile.ZipInfo) -> None:
        try:
            name = "/".join(map(file_name, parts))
        except Rejected as refused:
            note(self.notes, f"{refused.reason} It was not used.")
            return
        if add_name(self._names, self.notes, name, info.file_size):
            self._infos[name] = info

    def _lift(self) -> None:
        """Take the names from the one folder that everything lies in, if it does."""
        tops = {name.partition("/")[0] for name in self._names}
        if len(tops) != 1 or any("/" not in name for name in self._names):
            return
        if not any(name.partition("/")[2].casefold() in REQUEST_NAMES for name in self._names):
            return
        self._names = {name.partition("/")[2]: size for name, size in self._names.items()}
        self._infos = {name.partition("/")[2]: info for name, info in self._infos.items()}


def _check_directory(file: BinaryIO) -> None:
    """Refuse a table of contents that would not fit into memory, before the library reads it.

    The end record and its fields: APPNOTE.TXT 6.3.10, section 4.3.16.
    """
    file.seek(max(0, file.seek(0, os.SEEK_END) - 65_557))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise _broken()
    (directory_bytes,) = struct.unpack_from("<L", tail, at + 12)
    if directory_bytes > MAX_DIRECTORY_BYTES or tail[max(0, at - 20) : at].startswith(b"PK\x06\x07"):
        raise Rejected("The zip holds far too many files; send only those that matter.")


def _name(info: zipfile.ZipInfo) -> str:
    """The name of an entry. macOS writes UTF-8 without saying so; the library then reads code page 437."""
    name = info.orig_filename.partition("\0")[0]
    if not info.flag_bits & _UTF8:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name)


def _broken() -> Rejected:
    return Rejected("The file is not a whole zip; pack it again, or copy it again.", Wait.SHORT)

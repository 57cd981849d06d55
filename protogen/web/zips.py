"""A site, or what a customer sent, as a zip: sent piece by piece, and the same bytes for the same files."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from starlette.responses import StreamingResponse

from protogen.web import policy
from protogen.web.files import Found, open_below

_FIRST = datetime(1980, 1, 1, tzinfo=UTC)
"""A zip knows no earlier time (APPNOTE.TXT, 4.4.6)."""
_MODE = 0o100644 << 16
_LEVEL = 6

Files = Iterable[tuple[str, bytes]]


def zip_response(name: str, files: Files, at: datetime | None = None) -> StreamingResponse:
    """`<name>.zip` as a download: `files` in a folder of that name, dated `at`."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.zip"',
        "Cache-Control": policy.NEVER,
        "X-Robots-Tag": "noindex",
    }
    return StreamingResponse(zip_pieces(name, files, at), headers=headers, media_type="application/zip")


def zip_pieces(folder: str, files: Files, at: datetime | None = None) -> Iterator[bytes]:
    """The bytes of a zip of `files` below `folder`, in their order; no more than one file is in memory."""
    when = max(at or _FIRST, _FIRST).astimezone(UTC).timetuple()[:6]
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(f"{folder}/{name}", when)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _MODE, 3
            archive.writestr(entry, data, compresslevel=_LEVEL)
            yield pipe.take()
    yield pipe.take()


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a published site by name, sorted; what may not be served is left out."""
    for name in names_below(folder):
        opened = open_below(folder, tuple(name.split("/")))
        if isinstance(opened, Found):
            with os.fdopen(opened.fd, "rb") as file:
                yield name, file.read()


def names_below(folder: Path) -> list[str]:
    """The paths of the files of a published site, sorted; none where there is no such folder."""
    found = (
        (Path(root) / name).relative_to(folder).as_posix()
        for root, _, names in os.walk(folder, followlinks=False)
        for name in names
    )
    return sorted(name for name in found if not any(part.startswith(".") for part in name.split("/")))


class _Pipe(io.RawIOBase):
    """What is written until somebody takes it; it cannot be wound back, so a zip is written as a stream."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken

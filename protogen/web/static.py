"""An open file as an HTTP answer: conditional requests, one range, gzip (RFC 9110, sections 8, 13 and 14)."""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from protogen.web import media
from protogen.web.files import Found
from protogen.web.policy import KEEP, REVALIDATE

_CHUNK = 256 * 1024
_GZIP_UP_TO = 4_000_000
_RANGE = re.compile(r"bytes=(?:(?P<first>\d{1,15})-(?P<last>\d{0,15})|-(?P<suffix>\d{1,15}))", re.ASCII)


def file_response(request: Request, found: Found, headers: Mapping[str, str]) -> Response:
    """Answer a GET or HEAD with `found`, whose descriptor the response closes."""
    kind = media.media_type(found.name)
    size = found.status.st_size
    zips = kind in media.COMPRESSED and media.COMPRESS_FROM <= size <= _GZIP_UP_TO
    etag = f'"{int(found.status.st_mtime):x}-{size:x}"'
    modified = datetime.fromtimestamp(int(found.status.st_mtime), UTC)
    answer = dict(headers) | {
        "Content-Type": media.content_type(kind),
        "Cache-Control": REVALIDATE if kind in media.REVALIDATED else KEEP,
        "Last-Modified": format_datetime(modified, usegmt=True),
        "ETag": etag,
    }
    if zips:
        answer["Vary"] = "Accept-Encoding"
    if _not_modified(request.headers, etag, modified):
        return FileResponse(found.fd, 304, answer, 0, 0)
    span = _span(request.headers, etag, modified, size) if request.method == "GET" else None
    if span == (0, 0):
        return FileResponse(found.fd, 416, answer | {"Content-Range": f"bytes */{size}"}, 0, 0)
    if span:
        answer["Content-Range"] = f"bytes {span[0]}-{span[1] - 1}/{size}"
        return FileResponse(found.fd, 206, answer, *span)
    if zips and _accepts_gzip(request.headers):
        answer |= {"Content-Encoding": "gzip", "ETag": f"W/{etag}"}
        return FileResponse(found.fd, 200, answer, 0, size, zipped=True)
    return FileResponse(found.fd, 200, answer | {"Accept-Ranges": "bytes"}, 0, size)


class FileResponse(Response):
    """Bytes [start, end) of a descriptor, read in pieces and closed at the end, whatever the end is."""

    def __init__(
        self, fd: int, status: int, headers: Mapping[str, str], start: int, end: int, zipped: bool = False
    ) -> None:
        super().__init__(status_code=status, headers=headers)
        self.fd, self.start, self.end, self.zipped = fd, start, end, zipped

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; HEAD gets the same headers and no bytes."""
        try:
            body = await to_thread.run_sync(self._gzipped) if self.zipped else b""
            self.headers["Content-Length"] = str(len(body) if self.zipped else self.end - self.start)
            if self.status_code == 304:
                del self.headers["Content-Length"]
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            if scope["method"] != "HEAD":
                await (
                    send({"type": "http.response.body", "body": body}) if self.zipped else self._pieces(send)
                )
            else:
                await send({"type": "http.response.body", "body": b""})
        finally:
            os.close(self.fd)

    async def _pieces(self, send: Send) -> None:
        at = self.start
        while at < self.end:
            piece = await to_thread.run_sync(os.pread, self.fd, min(_CHUNK, self.end - at), at)
            if not piece:
                raise OSError("a file became shorter while it was sent")
            at += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    def _gzipped(self) -> bytes:
        return gzip.compress(os.pread(self.fd, self.end, 0), compresslevel=6, mtime=0)


def _not_modified(headers: Headers, etag: str, modified: datetime) -> bool:
    """If-None-Match decides alone where it is sent (RFC 9110, section 13.2.2)."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    since = _date(headers.get("if-modified-since"))
    return since is not None and modified <= since


def _span(headers: Headers, etag: str, modified: datetime, size: int) -> tuple[int, int] | None:
    """The one range asked for as [start, end); (0, 0) if it cannot be had, None for the whole file."""
    match = _RANGE.fullmatch(headers.get("range", "").strip())
    if match is None or not _range_holds(headers.get("if-range"), etag, modified):
        return None
    if match["suffix"] is not None:
        length = min(int(match["suffix"]), size)
        return (size - length, size) if length else (0, 0)
    first = int(match["first"])
    end = min(int(match["last"]) + 1, size) if match["last"] else size
    if match["last"] and int(match["last"]) < first:
        return None
    return (first, end) if first < size else (0, 0)


def _range_holds(condition: str | None, etag: str, modified: datetime) -> bool:
    return condition is None or condition.strip() == etag or _date(condition) == modified


def _date(value: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(value) if value else None
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date is not None and date.tzinfo is None else date


def _accepts_gzip(headers: Headers) -> bool:
    for coding in headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() in {"gzip", "*"}:
            return not re.fullmatch(r"\s*q=0(?:\.0*)?\s*", weight)
    return False

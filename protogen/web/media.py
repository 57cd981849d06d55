"""Media types by file name: one table for the built-in server and for nginx.

The table is ours because the system's differ from machine to machine, and a wrong type under `nosniff`
is a page without style.
"""

from __future__ import annotations

MEDIA_TYPES = {
    "avif": "image/avif",
    "css": "text/css",
    "csv": "text/csv",
    "gif": "image/gif",
    "htm": "text/html",
    "html": "text/html",
    "ico": "image/x-icon",
    "ics": "text/calendar",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "m4a": "audio/mp4",
    "md": "text/markdown",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "vcf": "text/vcard",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xml": "text/xml",
    "zip": "application/zip",
}
DEFAULT_TYPE = "application/octet-stream"
_TEXT = {kind for kind in MEDIA_TYPES.values() if kind.startswith("text/")}
COMPRESSED = frozenset(_TEXT | {"application/json", "application/manifest+json", "image/svg+xml"})
"""Types that gain from gzip; the same are UTF-8 and say so."""
COMPRESS_FROM = 256
"""Bytes below which gzip gains nothing."""
REVALIDATED = frozenset({"text/html", "text/css", "text/javascript", "application/json"})
"""Types that a new version of a site changes under the same name: a cache must ask each time."""


def media_type(name: str) -> str:
    """The media type of a file name, without charset."""
    return MEDIA_TYPES.get(name.rpartition(".")[2].lower(), DEFAULT_TYPE)


def content_type(kind: str) -> str:
    """The Content-Type header for a media type."""
    return f"{kind}; charset=utf-8" if kind in COMPRESSED else kind

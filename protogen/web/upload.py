"""The body of a request, read as it comes: text into fields, files straight to the disk, every size bounded on the way.

JSON, `multipart/form-data` (RFC 7578) and `application/x-www-form-urlencoded` are taken.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import parse_qsl

from anyio import to_thread
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from protogen.config import IntakeSettings
from protogen.files import is_full
from protogen.intake.aliases import field_of
from protogen.intake.drop import Kind, NewDrop
from protogen.intake.parse import MAX_ATTACHMENTS
from protogen.web.fields import MAX_FIELDS
from protogen.web.refused import Refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

LONGEST_SECONDS = 900.0
_PIECE = 256 * 1024
_BROKEN = "The form ended in the middle; please send it again."
_KINDS = "The request must be JSON or a form (application/json or multipart/form-data)."


@dataclass(slots=True)
class Received:
    """What a request held: its text fields, and a drop that has not entered the inbox, with the files in it."""

    fields: dict[str, Any]
    new: NewDrop


async def receive(request: Request, new: NewDrop, limits: IntakeSettings, idle_seconds: float) -> Received:
    """Read a request's body into `new`. Raises Refused for what is too large, too slow, or cannot be read."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    pieces = _pieces(request, limits.max_drop_bytes, idle_seconds)
    if kind == b"multipart/form-data":
        return Received(await _multipart(pieces, options.get(b"boundary", b""), new, limits), new)
    if kind == b"application/json" or kind.endswith(b"+json"):
        return Received(_json(await _text(pieces, limits.max_yaml_bytes)), new)
    if kind == b"application/x-www-form-urlencoded":
        return Received(_urlencoded(await _text(pieces, limits.max_yaml_bytes)), new)
    raise Refused(415, _KINDS)


async def _pieces(request: Request, most: int, idle_seconds: float) -> AsyncIterator[bytes]:
    """The body in pieces of some size: each must come within `idle_seconds`, all within `LONGEST_SECONDS`."""
    if int(request.headers.get("content-length") or 0) > most:
        raise _too_large("The request", most)
    end = time.monotonic() + LONGEST_SECONDS
    stream = request.stream().__aiter__()
    buffer, size = bytearray(), 0
    while True:
        try:
            piece = await asyncio.wait_for(anext(stream), min(idle_seconds, end - time.monotonic()))
        except StopAsyncIteration:
            break
        except TimeoutError:
            raise Refused(408, "The request came too slowly; please send it again.") from None
        except ClientDisconnect:
            raise Refused(400, "The connection ended before the request was whole.") from None
        size += len(piece)
        if size > most:
            raise _too_large("The request", most)
        buffer += piece
        if len(buffer) >= _PIECE:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer)


async def _text(pieces: AsyncIterator[bytes], most: int) -> str:
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > most:
            raise _too_large("Its text", most)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(400, "The request is not UTF-8.") from None


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise Refused(400, "The JSON is nested too deeply.") from None
    except ValueError as error:
        raise Refused(400, f"The request is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Refused(422, "The request must be a JSON object, {…}.")
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number in JSON")


def _urlencoded(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    try:
        for key, value in parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MAX_FIELDS,
        ):
            _add(fields, key, value)
    except ValueError:
        raise Refused(400, "The form cannot be read; please send it again.") from None
    return fields


async def _multipart(
    pieces: AsyncIterator[bytes], boundary: bytes, new: NewDrop, limits: IntakeSettings
) -> dict[str, Any]:
    form = _Form(new, limits)
    try:
        parser = MultipartParser(boundary, form.callbacks())
        async for piece in pieces:
            await to_thread.run_sync(parser.write, piece)
    except (FormParserError, ValueError):
        raise Refused(400, "The form cannot be read; please send it again.") from None
    except OSError as error:
        raise no_room() if is_full(error) else error from None
    finally:
        form.close()
    if not form.ended:
        raise Refused(400, _BROKEN)
    return form.fields


class _Form:
    """The parts of a multipart body, as its parser reports them."""

    def __init__(self, new: NewDrop, limits: IntakeSettings) -> None:
        self.fields: dict[str, Any] = {}
        self.ended = False
        self._new = new
        self._limits = limits
        self._text_left = limits.max_yaml_bytes
        self._files = 0
        self._parts = 0
        self._begin()

    def callbacks(self) -> MultipartCallbacks:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_headers_finished": self._open,
            "on_part_data": lambda data, start, end: self._data(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def close(self) -> None:
        """Close the file in hand."""
        if self._file:
            self._file.close()

    def _begin(self) -> None:
        self._header_name, self._header_value = bytearray(), bytearray()
        self._disposition = b""
        self._name, self._file_name = "", ""
        self._is_file = False
        self._file: BinaryIO | None = None
        self._file_size = 0
        self._value = bytearray()

    def _header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = bytes(self._header_value)
        self._header_name, self._header_value = bytearray(), bytearray()

    def _open(self) -> None:
        self._parts += 1
        if self._parts > MAX_FIELDS + MAX_ATTACHMENTS:
            raise Refused(422, f"The form has more than {MAX_FIELDS} fields; send fewer.")
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise Refused(400, "A part of the form has no name.")
        self._name = _decoded(options[b"name"])
        self._is_file = b"filename" in options
        if self._is_file:
            self._file_name = _decoded(options[b"filename"])
            if self._file_name:  # an input of files that was left empty has none
                self._open_file()

    def _open_file(self) -> None:
        self._files += 1
        if self._files > MAX_ATTACHMENTS:
            raise Refused(
                422,
                f"There are more than {MAX_ATTACHMENTS} files; send fewer, or a zip of them.",
                field="files",
            )
        self._file = self._new.attach(_kind_of(self._name), self._file_name)

    def _data(self, data: bytes) -> None:
        if not self._is_file:
            self._text_left -= len(data)
            if self._text_left < 0:
                raise _too_large("Its text", self._limits.max_yaml_bytes, "description")
            self._value += data
            return
        self._file_size += len(data)
        if self._file_size > self._limits.max_file_bytes:
            shown = f"The file {self._file_name[:60]!r}"
            raise _too_large(shown, self._limits.max_file_bytes, _kind_of(self._name))
        if self._file is None:
            self._open_file()
        assert self._file is not None
        self._file.write(data)

    def _end(self) -> None:
        if self._is_file:
            self.close()
        else:
            _add(self.fields, self._name, _decoded(bytes(self._value)))

    def _all(self) -> None:
        self.ended = True


def no_room() -> Refused:
    """What is said while the disk is full."""
    return Refused(
        507, "Our disk is full for the moment; please send it again later.", {"Retry-After": "600"}
    )


def _kind_of(name: str) -> Kind:
    return "voice" if field_of(name.partition("[")[0]) == "voice" else "files"


def _add(fields: dict[str, Any], key: str, value: str) -> None:
    """A field that comes more than once is a list."""
    if key not in fields:
        fields[key] = value
    elif isinstance(fields[key], list):
        fields[key].append(value)
    else:
        fields[key] = [fields[key], value]


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(400, "The form is not UTF-8.") from None


def _too_large(what: str, most: int, field: str = "") -> Refused:
    return Refused(413, f"{what} is larger than {most:,} bytes; send less.", field=field)

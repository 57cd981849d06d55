"""The small forms of our own pages: a few fields, read within bounds, and only from who was given the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qsl

import anyio
from starlette.requests import ClientDisconnect, Request

from protogen.web.forms import FIELD
from protogen.web.refused import Refused

if TYPE_CHECKING:
    from protogen.web.desk import Desk

_BYTES = 8192
_FIELDS = 20
_TYPE = "application/x-www-form-urlencoded"


async def sent_fields(desk: Desk, request: Request) -> dict[str, str]:
    """The fields of a form that `forms.issue` made; of two of one name the last.

    Raises Refused: 400 for what is no form, 403 without the right token, 408 for a body that stands still, 413
    for more than 8 KiB, 415 for another type.
    """
    fields = await small_form(request, desk.settings.web.idle_seconds)
    desk.forms.check(request, fields.pop(FIELD, ""))
    return fields


async def small_form(request: Request, seconds: float) -> dict[str, str]:
    """The fields of a form, whoever sent it, within `seconds`. Raises what `sent_fields` raises, but 403."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _TYPE:
        raise Refused(415, "This page takes what its own form sends.")
    try:
        with anyio.fail_after(seconds):
            body = await _body(request)
        fields = dict(
            parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict")
        )
    except TimeoutError:
        raise Refused(408, "The form did not come whole in time; please send it again.") from None
    except ValueError:
        _unreadable()
    return fields


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > _BYTES:
                raise Refused(413, f"This form holds {_BYTES} bytes at most.")
    except ClientDisconnect:
        _unreadable()
    return body


def _unreadable() -> NoReturn:
    raise Refused(400, "The form cannot be read; please reload the page and send it again.")

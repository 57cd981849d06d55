"""What the API's routes share: their locks, and what their documents say of errors and bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.params import Depends as Dependency
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ValidationError

from protogen.ledger import Ledger
from protogen.web.desk import Desk
from protogen.web.problems import MEDIA_TYPE, Problem
from protogen.web.refused import Refused

_STATUSES = {
    "id": (400, 404, 422),
    "operator": (401, 422, 429),
    "change": (401, 403, 429, 507),
    "cancel": (400, 403, 404, 422),
    "submit": (400, 401, 403, 408, 409, 413, 415, 422, 429, 507),
    "prototype": (400, 401, 403, 404, 406, 410, 422),
    "delete": (400, 401, 403, 404, 422, 429),
}
Limit = Annotated[int, Query(ge=1, le=1000, description="at most so many")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="of these the first so many left out")]
_BEARER = HTTPBearer(auto_error=False, description="the operator's token, see docs/operating.md")


def PROBLEMS(kind: str) -> dict[int | str, dict[str, Any]]:  # noqa: N802 (reads as a table in the routes)
    """The errors that a kind of route answers with, for its documents."""
    content = {MEDIA_TYPE: {"schema": Problem.model_json_schema(ref_template="#/components/schemas/{model}")}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content} for status in _STATUSES[kind]
    }


def OPERATOR(desk: Desk) -> Sequence[Dependency]:  # noqa: N802
    """Lets the operator through and nobody else."""

    def demand(request: Request) -> None:
        desk.operator.demand(request)

    return [Depends(_BEARER), Depends(demand)]


def ledger_of(desk: Desk) -> Ledger:
    """The whole ledger; the API is not there without it."""
    assert desk.records is not None
    return desk.records


def check_body(model: type[BaseModel], fields: Mapping[str, object]) -> None:
    """Raises Refused with 422 where the fields of a body are not those of `model`."""
    try:
        model.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(422, f"{where}: {first['msg']}.") from None


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """A JSON body of this form, for the documents of a route that reads it itself, within its bounds."""
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": model.model_json_schema()}},
        }
    }


def submission_body() -> dict[str, Any]:
    """What `submit` takes, for its documents: the fields are read as they come, files straight to the disk."""
    text = {"type": "string"}
    line = {**text, "pattern": r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"}
    fields: dict[str, Any] = {
        "user_id": {**line, "maxLength": 255, "description": "who asks, opaque"},
        "submission_id": {**line, "maxLength": 255, "description": "the idempotency key"},
        "requirements": {
            **text,
            "pattern": "[A-Za-z]",
            "description": "the request, where there is no description",
        },
        "description": {**text, "description": "the request: any language, plain or Markdown"},
        "name": {**line, "description": "the person who asks"},
        "contact_type": {**text, "enum": ["", "email", "phone", "telegram", "whatsapp", "linkedin"]},
        "contact_value": line,
    }
    example = {
        "user_id": "cust-1042",
        "requirements": "We are a small bakery in Brno and need a page with our hours and a menu.",
    }
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    schema = {"type": "object", "properties": fields, "required": ["requirements"]}
    form = {
        "type": "object",
        "properties": {**fields, "files": files, "voice": files},
        "required": ["requirements"],
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schema, "example": example},
                "multipart/form-data": {"schema": form},
            },
        }
    }

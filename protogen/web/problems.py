"""Errors of the API: problem details for programs (RFC 9457), with a `detail` that people can read."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from protogen.web import policy
from protogen.web.refused import Refused

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """Why a request was not granted."""

    type: str = Field(
        "about:blank", description="the kind of problem; what the status says where it is about:blank"
    )
    title: str = Field(description="the status in words", examples=["Not Found"])
    status: int = Field(description="the HTTP status", examples=[404])
    detail: str = Field(
        description="what is wrong and what to do, in one sentence", examples=["Job not found"]
    )
    field: str | None = Field(None, description="the field that it is about, where it is about one")


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, field: str = ""
) -> JSONResponse:
    """The answer for a problem; caches do not keep it."""
    body = Problem(
        type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=detail, field=field or None
    )
    kept = {"Cache-Control": policy.NEVER} | dict(headers or {})
    return JSONResponse(body.model_dump(exclude_none=True), status, kept, MEDIA_TYPE)


def problem_of(refused: Refused) -> JSONResponse:
    """The answer for a refusal."""
    return problem(refused.status, refused.sentence, refused.headers, refused.field)

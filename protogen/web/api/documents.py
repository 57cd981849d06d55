"""The API's documents for people, made from its OpenAPI description: no script, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from protogen.web import pages, policy

_METHODS = ("get", "post", "put", "delete")


class Operation(NamedTuple):
    """One call, as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    operator: bool
    parameters: list[dict[str, Any]]
    bodies: list[tuple[str, str]]
    answers: list[tuple[str, str, str]]


class Documents:
    """`/docs`."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def page(self, request: Request) -> Response:
        """Every call with its parameters, bodies and answers."""
        operations = list(_operations(self._app.openapi()))
        page = pages.render("docs.html.j2", operations=operations, server=str(request.base_url).rstrip("/"))
        return HTMLResponse(page, headers={"Cache-Control": policy.REVALIDATE})


def _operations(described: dict[str, Any]) -> Iterator[Operation]:
    schemas = described.get("components", {}).get("schemas", {})
    for path, methods in described.get("paths", {}).items():
        for method in _METHODS:
            if method in methods:
                yield _operation(method, path, methods[method], schemas)


def _operation(method: str, path: str, told: dict[str, Any], schemas: dict[str, Any]) -> Operation:
    bodies = told.get("requestBody", {}).get("content", {})
    return Operation(
        anchor=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        method=method.upper(),
        path=path,
        summary=told.get("summary", ""),
        text=told.get("description", "").replace("`", ""),
        operator=bool(told.get("security")),
        parameters=told.get("parameters", []),
        bodies=[(kind, _sketch(each.get("schema", {}), schemas)) for kind, each in bodies.items()],
        answers=[
            (status, answer.get("description", ""), _answer(answer, schemas))
            for status, answer in sorted(told.get("responses", {}).items())
        ],
    )


def _answer(answer: dict[str, Any], schemas: dict[str, Any]) -> str:
    for kind, each in answer.get("content", {}).items():
        if kind == "application/json":
            return _sketch(each.get("schema", {}), schemas)
    return ""


def _sketch(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """A schema as an example of it, in JSON."""
    return json.dumps(_example(schema, schemas), indent=2, ensure_ascii=False)


def _example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    if "$ref" in schema:
        return _example(schemas.get(schema["$ref"].rpartition("/")[2], {}), schemas)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], schemas)
    if schema.get("examples"):
        return schema["examples"][0]
    if "properties" in schema:
        return {name: _example(part, schemas) for name, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [_example(schema.get("items", {}), schemas)]
    if schema.get("enum"):
        return " | ".join(each for each in schema["enum"] if each)
    return schema.get("const") or schema.get("default") or schema.get("type", "any")

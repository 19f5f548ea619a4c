"""The OpenAPI 3.1 description, made of the endpoints and their models: nothing in it is written twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from desk.api.calls import Endpoint
from desk.api.errors import ErrorBody
from desk.api.files import File
from desk.api.idempotency import HEADER
from desk.api.streams import EventStream

REF = "#/components/schemas/{model}"
STREAMED = (File, EventStream)
Mode = Literal["validation", "serialization"]
_PARAMETER = re.compile(r"\{(\w+)[^}]*\}")


def description(endpoints: Sequence[Endpoint], *, title: str, version: str) -> dict[str, Any]:
    """The whole document."""
    modes: dict[tuple[type[BaseModel], Mode], None] = {(ErrorBody, "serialization"): None}
    for endpoint in endpoints:
        if endpoint.gives not in STREAMED:
            modes[(endpoint.gives, "serialization")] = None
        if endpoint.body is not None:
            modes[(endpoint.body, "validation")] = None
    names, schemas = models_json_schema(list(modes), ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        operation = _operation(endpoint, names)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {
                scheme: {"type": "http", "scheme": "bearer", "description": f"token of POST /api/{scheme}/v1/login"}
                for scheme in _unique(endpoint.scheme for endpoint in endpoints)
            },
        },
        "tags": [{"name": tag} for tag in _unique(endpoint.tag for endpoint in endpoints)],
    }


def _operation(endpoint: Endpoint, names: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    error = {"application/json": {"schema": names[(ErrorBody, "serialization")]}}
    if endpoint.gives is EventStream:
        answer: dict[str, Any] = {"text/event-stream": {"schema": {"type": "string"}}}
    elif endpoint.gives is File:
        answer = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    else:
        answer = {"application/json": {"schema": names[(endpoint.gives, "serialization")]}}
    operation: dict[str, Any] = {
        "operationId": f"{endpoint.scheme}_{endpoint.handler.__name__}",
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": _parameters(endpoint),
        "responses": {
            str(endpoint.status): {"description": endpoint.gives.__doc__ or "", "content": answer},
            "default": {"description": "An error.", "content": error},
        },
        "security": [] if endpoint.open else [{endpoint.scheme: []}],
    }
    if endpoint.body is not None:
        schema = names[(endpoint.body, "validation")]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if endpoint.takes:
        bytes_of = {"type": "string", "format": "binary", "maxLength": endpoint.takes}
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": {"schema": bytes_of}}}
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(endpoint.path)
    ]
    if endpoint.query is not None:
        schema = endpoint.query.model_json_schema()
        for name, part in schema.get("properties", {}).items():
            inlined = _inlined(part, schema.get("$defs", {}))
            found.append({"name": name, "in": "query", "required": False, "schema": inlined})
    if endpoint.repeatable:
        said = "The same key and body within 24 h gives the same answer; with another body 409."
        found.append(
            {"name": HEADER, "in": "header", "required": False, "description": said, "schema": {"type": "string"}}
        )
    return found


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """A schema with its references replaced by what they stand for."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return {name: _inlined(part, definitions) for name, part in schema.items()}
    if isinstance(schema, list):
        return [_inlined(part, definitions) for part in schema]
    return schema


def _unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))

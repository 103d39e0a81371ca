"""The OpenAPI 3.1 document, made from the same list of endpoints as the routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from command_centre.api.endpoint import COOKIE, CSRF_HEADER, Endpoint
from command_centre.api.problems import MEDIA_TYPE, PROBLEMS, Problem
from command_centre.api.reach import things_in
from command_centre.desk.case_of import REFUSALS

_ALWAYS = ("internal_error",)
_WITH_LOGIN = ("login_required", "forbidden")
_WITH_TOKEN = ("token_required", "token_unknown", "token_of_other_source", "unknown_source")
_WITH_BODY = ("malformed_request", "too_large", "header_required", "database_unavailable")
_REF = "#/components/schemas/{name}"


def document(endpoints: Iterable[Endpoint], version: str) -> dict[str, Any]:
    """The whole document."""
    listed = list(endpoints)
    shapes = [Problem, *_types(listed)]
    schemas, components = msgspec.json.schema_components(shapes, ref_template=_REF)
    refs = dict(zip(shapes, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in listed:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Duizhi command centre",
            "version": version,
            "description": "Errors are RFC 9457 problem documents; translate them by `code`. "
            "The WebSocket protocol is described in command_centre/PROTOCOL.md, publishing "
            "follows RFC 9725 (WHIP) at /whip/{source}.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "login": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _types(endpoints: list[Endpoint]) -> list[type[msgspec.Struct]]:
    found: dict[type[msgspec.Struct], None] = {}
    for endpoint in endpoints:
        for kind in (endpoint.body, endpoint.reply):
            if kind is not None:
                found[kind] = None
    return list(found)


def _operation(endpoint: Endpoint, refs: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "operationId": endpoint.handler.__name__.strip("_"),
        "parameters": _parameters(endpoint),
        "responses": _responses(endpoint, refs),
        "security": _security(endpoint),
    }
    if endpoint.body is not None:
        content = {"application/json": {"schema": refs[endpoint.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _security(endpoint: Endpoint) -> list[dict[str, list[str]]]:
    if endpoint.by_token:
        return [{"token": []}]
    return [{"login": []}] if endpoint.action is not None else []


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    text = {"type": "string"}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in re.findall(r"{(\w+)}", endpoint.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "description": said, "schema": text}
        for name, said in endpoint.query.items()
    ]
    if endpoint.method != "GET" and not endpoint.by_token:
        only = {"type": "string", "const": "1"}
        parameters.append({"name": CSRF_HEADER, "in": "header", "required": True, "schema": only})
    return parameters


def _responses(endpoint: Endpoint, refs: dict[Any, Any]) -> dict[str, Any]:
    schema = refs[endpoint.reply] if endpoint.reply else {"type": "string", "format": "binary"}
    responses: dict[str, Any] = {
        str(endpoint.status): {
            "description": endpoint.summary,
            "content": {endpoint.media_type: {"schema": schema}},
        }
    }
    codes = [*_ALWAYS, *endpoint.codes]
    if endpoint.action is not None:
        codes += [REFUSALS[thing][0] for thing in things_in(endpoint.path)]
    if endpoint.action is not None:
        codes += _WITH_LOGIN
    if endpoint.by_token:
        codes += _WITH_TOKEN
    if endpoint.method != "GET":
        codes += _WITH_BODY
    by_status: dict[str, list[str]] = {}
    for code in codes:
        by_status.setdefault(str(PROBLEMS[code][0]), []).append(code)
    for status, listed in sorted(by_status.items()):
        responses[status] = {
            "description": "code: " + ", ".join(sorted(set(listed))),
            "content": {MEDIA_TYPE: {"schema": refs[Problem]}},
        }
    return responses

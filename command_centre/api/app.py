"""The Starlette application: every endpoint, the two sockets, WHIP, metrics and the web pages."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from command_centre.api import (
    desk_socket,
    device_socket,
    exhibit_socket,
    live_socket,
    package_uploads,
    problems,
    routes_account,
    routes_accounts,
    routes_acts,
    routes_admin,
    routes_alarms,
    routes_audit,
    routes_case,
    routes_case_acts,
    routes_check,
    routes_comparison,
    routes_device,
    routes_device_call,
    routes_documents,
    routes_exhibits,
    routes_export,
    routes_hearing,
    routes_kept,
    routes_late,
    routes_log,
    routes_login,
    routes_map,
    routes_members,
    routes_notice_signing,
    routes_notices,
    routes_oidc,
    routes_people,
    routes_permissions,
    routes_questions,
    routes_receipt,
    routes_record,
    routes_record_review,
    routes_retention,
    routes_review,
    routes_rooms,
    routes_running,
    routes_search,
    routes_seats,
    routes_set_up,
    routes_settings,
    routes_sources,
    routes_templates,
    routes_text,
    routes_voice,
    routes_wording,
    static,
    uploads,
    whip,
)
from command_centre.api.edge import Edge
from command_centre.api.endpoint import Endpoint, json_response
from command_centre.api.metrics import Metrics
from command_centre.api.openapi import document
from command_centre.desk.context import CentreContext
from command_centre.desk.map_tiles import origin
from command_centre.errors import Rejected

_OTHERS: tuple[Endpoint, ...] = (
    *routes_login.ENDPOINTS,
    *routes_account.ENDPOINTS,
    *routes_kept.ENDPOINTS,
    *routes_accounts.ENDPOINTS,
    *routes_oidc.ENDPOINTS,
    *routes_case.ENDPOINTS,
    *routes_case_acts.ENDPOINTS,
    *routes_members.ENDPOINTS,
    *routes_templates.ENDPOINTS,  # before those of a point: one part of a path is a word
    *routes_comparison.ENDPOINTS,
    *routes_documents.ENDPOINTS,
    *routes_alarms.ENDPOINTS,
    *routes_audit.ENDPOINTS,
    *routes_log.ENDPOINTS,
    *routes_check.ENDPOINTS,
    *routes_export.ENDPOINTS,
    *routes_late.ENDPOINTS,
    *routes_text.ENDPOINTS,
    *routes_people.ENDPOINTS,
    *routes_record.ENDPOINTS,
    *routes_record_review.ENDPOINTS,
    *routes_receipt.ENDPOINTS,
    *routes_retention.ENDPOINTS,
    *routes_acts.ENDPOINTS,
    *routes_exhibits.ENDPOINTS,
    *routes_voice.ENDPOINTS,
    *routes_hearing.ENDPOINTS,
    *routes_review.ENDPOINTS,
    *routes_search.ENDPOINTS,
    *routes_admin.ENDPOINTS,
    *routes_running.ENDPOINTS,
    *routes_notices.ENDPOINTS,
    *routes_notice_signing.ENDPOINTS,
    *routes_questions.ENDPOINTS,
    *routes_wording.ENDPOINTS,
    *routes_rooms.ENDPOINTS,
    *routes_seats.ENDPOINTS,
    *routes_sources.ENDPOINTS,
    *routes_settings.ENDPOINTS,
    *routes_set_up.ENDPOINTS,
    *routes_map.ENDPOINTS,
    *routes_device.ENDPOINTS,
    *routes_device_call.ENDPOINTS,
)

ENDPOINTS: tuple[Endpoint, ...] = routes_permissions.with_table(_OTHERS)


@functools.cache
def _document(version: str) -> dict[str, Any]:
    """The OpenAPI document, made when it is first asked for: it takes longer than all else here."""
    return document(ENDPOINTS, version)


def create_app(context: CentreContext) -> Starlette:
    """The application of an open centre."""
    metrics = Metrics(context)

    async def described(_request: Request) -> Response:
        return json_response(await asyncio.to_thread(_document, context.version))

    assets, pages = static.routes(context.web_dist)
    routes: list[BaseRoute] = [
        assets,  # first: a page asks for a dozen, and each would be held against every address
        *(endpoint.route(context) for endpoint in ENDPOINTS),
        Route("/openapi.json", described, methods=["GET"]),
        metrics.route(),
        *whip.routes(context),
        *uploads.routes(context),
        *package_uploads.routes(context),
        desk_socket.route(context),
        live_socket.route(context),
        device_socket.route(context),
        exhibit_socket.route(context),
        pages,
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(Edge, metrics=metrics, pictures_from=origin(context.settings.map.tiles))
        ],
        exception_handlers={
            Rejected: problems.on_rejected,
            HTTPException: problems.on_http_exception,
            Exception: problems.on_exception,
        },
    )

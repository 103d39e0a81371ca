"""The outermost ring: security headers on every response, and a count of requests.

The policy allows nothing inline and nothing from elsewhere. Media Source buffers are ``blob:``
URLs.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from command_centre.api.metrics import Metrics

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self)",
}


class Edge:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, metrics: Metrics, pictures_from: str = "") -> None:
        """``pictures_from``: another server pages load pictures from (the map's tiles)."""
        self._app = app
        self._metrics = metrics
        self._headers = dict(HEADERS)
        if pictures_from:
            own = "img-src 'self' data:"
            self._headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
                own, f"{own} {pictures_from}"
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                self._metrics.requests.labels(scope["method"], str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, with_headers)

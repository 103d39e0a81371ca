"""A small OpenID provider on a real port: discovery, a page to sign in on, codes, tokens, keys.

It is strict where a real one is (client, redirect address, PKCE, each code once) and can be made
to lie in one respect at a time.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hmac
import html
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import uvicorn
from authlib.oauth2.rfc7636 import (  # type: ignore[import-untyped]
    create_s256_code_challenge,
)
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = "duizhi"
SECRET = "a secret of the client: 50 %"


@dataclass
class OidcServer:
    """What the test holds; change a field and the next answer changes."""

    port: int
    now_s: Callable[[], float] = time.time
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "key-1"}))
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1001", "name": "王统一"})
    forged: dict[str, Any] = field(default_factory=dict)  # put over the claims of every token
    algorithm: str = "RS256"
    signing: RSAKey | None = None  # instead of the published key
    issuer_said: str = ""  # in the discovery document
    down: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)  # of the page to sign in on
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: int = 0  # requests of the token endpoint

    @property
    def issuer(self) -> str:
        """As in the settings."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **more: Any) -> dict[str, dict[str, Any]]:
        """What a centre needs to use it."""
        return {
            "oidc": {
                "issuer": self.issuer,
                "client_id": CLIENT,
                "name": "渭州市统一身份认证",
                "name_en": "Weizhou ID",
                **more,
            }
        }

    async def discovery(self, _request: Request) -> Response:
        """/.well-known/openid-configuration."""
        if self.down:
            return Response("broken", 500)
        return JSONResponse(
            {
                "issuer": self.issuer_said or self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/end",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def keys(self, _request: Request) -> Response:
        """The public half."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """The page to sign in on; its button goes back."""
        asked = dict(request.query_params)
        self.asked.append(asked)
        back = html.escape(self.answer(asked))
        return HTMLResponse(f'<h1>Weizhou ID</h1><a id="enter" href="{back}">王统一</a>')

    def answer(self, asked: dict[str, str]) -> str:
        """Where the browser is sent when somebody has signed in."""
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        said = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(said)}"

    async def token(self, request: Request) -> Response:
        """A code for an ID token."""
        form = dict(parse_qsl((await request.body()).decode()))
        asked = self._codes.pop(form.get("code", ""), None)
        right = (
            asked is not None
            and _client_of(request) == (CLIENT, SECRET)
            and form["redirect_uri"] == asked["redirect_uri"]
            and create_s256_code_challenge(form["code_verifier"]) == asked["code_challenge"]
        )
        if not right:
            self.refused += 1
            return JSONResponse({"error": "invalid_grant"}, 400)
        assert asked is not None
        return JSONResponse(
            {
                "access_token": secrets.token_urlsafe(16),
                "token_type": "Bearer",
                "id_token": self._id_token(asked["nonce"]),
            }
        )

    def _id_token(self, nonce: str) -> str:
        now_s = int(self.now_s())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now_s,
            "exp": now_s + 300,
            "nonce": nonce,
            **self.claims,
            **self.forged,
        }
        if self.algorithm == "none":
            parts = [{"alg": "none"}, claims]
            return ".".join([*(_part(one) for one in parts), ""])
        if self.algorithm == "HS256":  # signed by what is public
            said = ".".join(_part(one) for one in ({"alg": "HS256", "kid": "key-1"}, claims))
            mac = hmac.digest(self.key.as_pem(private=False), said.encode(), "sha256")
            return f"{said}.{_base64(mac)}"
        return jwt.encode({"alg": "RS256", "kid": "key-1"}, claims, self.signing or self.key)


def _part(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _client_of(request: Request) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    name, _, secret = base64.b64decode(encoded).decode().partition(":")
    return unquote(name), unquote(secret)


@contextlib.asynccontextmanager
async def oidc_server() -> AsyncIterator[OidcServer]:
    """Running until the context ends."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    made = OidcServer(listener.getsockname()[1])

    async def end(_request: Request) -> Response:
        return RedirectResponse("/gone")

    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", made.discovery),
            Route("/keys", made.keys),
            Route("/authorize", made.authorize),
            Route("/token", made.token, methods=["POST"]),
            Route("/end", end),
        ]
    )
    server = uvicorn.Server(
        uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, ws="none")
    )
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield made
    finally:
        server.should_exit = True
        await task
        listener.close()

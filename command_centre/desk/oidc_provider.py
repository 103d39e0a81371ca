"""The agency's sign-in as a party to talk to: discovery, its keys, codes for tokens, tokens.

OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636, S256). Knows no accounts.

An ID token counts only if, in this order:

1. its algorithm is one of ``ALGORITHMS`` (public keys only: never ``none``, never a shared secret),
   and a key of the provider's own set verifies it;
2. ``iss`` is the issuer of the settings, letter for letter;
3. ``aud`` names us; with several audiences, or where it is there, ``azp`` is us;
4. ``exp``, ``iat`` and ``nbf`` fit the clock, within a minute;
5. ``nonce`` is the one this sign-in began with;
6. ``sub`` is there.

No redirects are followed, no proxies of the environment used, and an answer has a limit.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from command_centre.errors import Rejected
from config.oidc_address import is_safe_url
from config.settings import OidcSettings

logger = logging.getLogger(__name__)

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
SECRET_VARIABLE = "DUIZHI_OIDC_SECRET"
_ANSWER_BYTES_MAX = 1 << 18
_KNOWN_S = 3600.0  # how long discovery and keys are believed
_KEYS_AGAIN_S = 30.0  # a key that is not known is asked for this often at most
_LEEWAY_S = 60
_SUBJECT_MAX = 255


class _Metadata(msgspec.Struct, frozen=True):
    """What is used of a discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: list[str] = []  # empty: client_secret_basic


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str


@dataclass(frozen=True)
class Identity:
    """Who the provider says has signed in."""

    subject: str
    claims: dict[str, Any]

    def text(self, claim: str) -> str:
        """A claim that is a text; empty when it is not there or something else."""
        value = self.claims.get(claim)
        return value if isinstance(value, str) else ""

    def values(self, claim: str) -> frozenset[str]:
        """A claim that is a text or a list of texts."""
        value = self.claims.get(claim)
        found = value if isinstance(value, list) else [value]
        return frozenset(one for one in found if isinstance(one, str))


class Provider:
    """The configured provider. Owned by the event loop; nothing is asked before it is needed."""

    def __init__(self, settings: OidcSettings, now_s: Callable[[], float]) -> None:
        self._settings = settings
        self._now_s = now_s
        self._metadata: _Metadata | None = None
        self._keys: KeySet | None = None
        self._looked_s = float("-inf")
        self._keys_s = float("-inf")
        self._asking = asyncio.Lock()

    async def address(self, state: str, nonce: str, verifier: str, back: str) -> str:
        """Where the browser is sent.

        Raises:
            Rejected: ``oidc_unreachable``.
        """
        metadata = await self._discovered()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": back,
            "scope": self._settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{joint}{urlencode(asked)}"

    async def identity(self, code: str, nonce: str, verifier: str, back: str) -> Identity:
        """Who a code stands for; a code is good once.

        Raises:
            Rejected: ``oidc_refused``, ``oidc_unreachable``.
        """
        metadata = await self._discovered()
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
            "client_id": self._settings.client_id,
        }
        answer = await self._fetch(
            metadata.token_endpoint, asked, metadata.token_endpoint_auth_methods_supported
        )
        try:
            tokens = msgspec.json.decode(answer, type=_Tokens)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise _refused("the answer holds no ID token") from error
        claims = await self._verified(tokens.id_token)
        return self._judged(claims, nonce)

    async def end_address(self, back: str) -> str:
        """The provider's own logout; empty where there is none."""
        try:
            metadata = await self._discovered()
        except Rejected:
            return ""
        if not is_safe_url(metadata.end_session_endpoint):
            return ""
        asked = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        return f"{metadata.end_session_endpoint}?{urlencode(asked)}"

    async def check(self) -> None:
        """Ask for discovery and keys afresh.

        Raises:
            Rejected: ``oidc_unreachable``.
        """
        self._looked_s = float("-inf")
        await self._discovered()
        await self._key_set(afresh=True)

    async def _verified(self, token: str) -> dict[str, Any]:
        for afresh in (False, True):
            keys = await self._key_set(afresh=afresh)
            try:
                return dict(jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims)
            except InvalidKeyIdError as error:
                if afresh:
                    raise _refused("signed by no key of the provider") from error
            except (JoseError, ValueError) as error:
                raise _refused(type(error).__name__) from error
        raise _refused("signed by no key of the provider")

    def _judged(self, claims: dict[str, Any], nonce: str) -> Identity:
        settings = self._settings
        registry = jwt.JWTClaimsRegistry(
            now=int(self._now_s()),
            leeway=_LEEWAY_S,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _refused(type(error).__name__) from error
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if ("azp" in claims or several) and claims.get("azp") != settings.client_id:
            raise _refused("made for another party")
        subject = claims["sub"]
        if not isinstance(subject, str) or not 1 <= len(subject) <= _SUBJECT_MAX:
            raise _refused("no usable subject")
        return Identity(subject, claims)

    async def _discovered(self) -> _Metadata:
        async with self._asking:
            if self._metadata and self._now_s() - self._looked_s < _KNOWN_S:
                return self._metadata
            issuer = self._settings.issuer
            address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                found = msgspec.json.decode(await self._fetch(address), type=_Metadata)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise _unreachable("its discovery document cannot be read") from error
            used = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
            if found.issuer != issuer or not all(is_safe_url(one) for one in used):
                raise _unreachable("its discovery document is another issuer's, or not https")
            self._metadata, self._looked_s = found, self._now_s()
            return found

    async def _key_set(self, *, afresh: bool) -> KeySet:
        metadata = await self._discovered()
        async with self._asking:
            age_s = self._now_s() - self._keys_s
            if self._keys is not None and age_s < (_KEYS_AGAIN_S if afresh else _KNOWN_S):
                return self._keys
            try:
                found = msgspec.json.decode(await self._fetch(metadata.jwks_uri))
                keys = KeySet.import_key_set(found)
            except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
                raise _unreachable("its keys cannot be read") from error
            self._keys, self._keys_s = keys, self._now_s()
            return keys

    async def _fetch(
        self, url: str, form: dict[str, str] | None = None, methods: list[str] | None = None
    ) -> bytes:
        """An answer of the provider; with a form the token endpoint's."""
        import httpx

        settings, auth = self._settings, None
        secret = client_secret(settings) if form is not None else ""
        if form is not None and secret:
            if methods and "client_secret_basic" not in methods:
                form = {**form, "client_secret": secret}
            else:
                auth = httpx.BasicAuth(quote(settings.client_id, safe=""), quote(secret, safe=""))
        try:
            async with (
                asyncio.timeout(settings.timeout_seconds),
                httpx.AsyncClient(
                    verify=settings.ca_file or True,
                    trust_env=False,
                    timeout=settings.timeout_seconds,
                ) as client,
                client.stream(
                    "GET" if form is None else "POST",
                    url,
                    data=form,
                    auth=auth,
                    headers={"Accept": "application/json"},
                ) as answer,
            ):
                body = bytearray()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > _ANSWER_BYTES_MAX:
                        raise _unreachable("its answer is too long")
                status = answer.status_code
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            raise _unreachable(type(error).__name__) from error
        if form is not None and status in (400, 401, 403):
            raise _refused(f"the code was answered with {status}")
        if status != 200:
            raise _unreachable(f"it answered {status}")
        return bytes(body)


def client_secret(settings: OidcSettings) -> str:
    """The client's secret; empty for a public client.

    Raises:
        Rejected: ``oidc_unreachable``: the file cannot be read.
    """
    if not settings.client_secret_file:
        return os.environ.get(SECRET_VARIABLE, "")
    try:
        lines = Path(settings.client_secret_file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreachable("[oidc] client_secret_file cannot be read") from error
    return lines[0].strip() if lines else ""


def _challenge(verifier: str) -> str:
    """RFC 7636, 4.2."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _refused(why: str) -> Rejected:
    logger.warning("the agency's sign-in: refused, %s", why)
    return Rejected("oidc_refused", f"the agency's sign-in did not let them in: {why}")


def _unreachable(why: str) -> Rejected:
    logger.warning("the agency's sign-in: unreachable, %s", why)
    return Rejected("oidc_unreachable", f"the agency's sign-in does not answer: {why}")

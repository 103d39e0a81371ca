"""Passkeys: WebAuthn registration and login, checked by py_webauthn. Knows no database, no HTTP.

Rules. The user is verified by the device (PIN, finger, face), so a passkey is two factors at once.
Credentials are discoverable: nobody types an account. A challenge is good once and for two minutes.
A key belongs to a *name* of the centre (RP id). An IP address has none (WebAuthn Level 2, RP id: a
valid domain string), which pages say before anybody tries.

py_webauthn takes a fifth of a second to load, so it is loaded where a key is made or used.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

import msgspec

from command_centre.errors import Rejected

_TICKET_US = 120_000_000
_TICKETS = 2_000  # full: the oldest is forgotten


@dataclass(frozen=True)
class Place:
    """Where the page was opened."""

    host: str  # without port
    origin: str  # scheme, host and port
    names: frozenset[str]  # by which the centre is known

    @property
    def problem(self) -> str:
        """Why no passkey can be used here; empty: it can."""
        try:
            ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            pass
        else:
            return "address"
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return ""
        if self.host not in self.names:
            return "name"
        return "" if self.origin.startswith("https://") else "https"


@dataclass(frozen=True)
class Made:
    """A credential that was registered."""

    id: str
    public_key: bytes
    uses: int


@dataclass(frozen=True)
class _Ticket:
    challenge: bytes
    account_id: str  # empty: a login
    name: str
    until_us: int
    came: str = ""  # how they came before this factor


class Tickets:
    """Challenges that were given out; owned by the event loop."""

    def __init__(self) -> None:
        self._given: OrderedDict[str, _Ticket] = OrderedDict()

    def give(self, account_id: str, name: str, now_us: int, came: str = "") -> tuple[str, bytes]:
        """A ticket and its challenge; ``came`` is how its owner came so far."""
        ticket, challenge = secrets.token_urlsafe(24), secrets.token_bytes(32)
        self._given[ticket] = _Ticket(challenge, account_id, name, now_us + _TICKET_US, came)
        if len(self._given) > _TICKETS:
            self._given.popitem(last=False)
        return ticket, challenge

    def take(self, ticket: str, account_id: str, now_us: int) -> _Ticket:
        """The ticket, once.

        Raises:
            Rejected: ``ticket_over``: unknown, used, over, or another account's.
        """
        found = self._given.pop(ticket, None)
        if found is None or found.until_us < now_us or found.account_id != account_id:
            raise Rejected("ticket_over", "this took too long; begin again")
        return found


def require_place(place: Place) -> None:
    """Refuse where no passkey can be used."""
    if place.problem:
        raise Rejected("passkey_place", "no passkey can be used here", why=place.problem)


def registration(
    place: Place, challenge: bytes, account_id: str, account: str, name: str, known: list[str]
) -> dict[str, Any]:
    """What the browser is given to make a key."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    require_place(place)
    options = generate_registration_options(
        rp_id=place.host,
        rp_name="Duizhi",
        user_id=account_id.encode(),
        user_name=account,
        user_display_name=name or account,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in known
        ],
    )
    return _plain(options_to_json(options))


def registered(place: Place, challenge: bytes, credential: dict[str, Any]) -> Made:
    """The key a browser made.

    Raises:
        Rejected: ``passkey_refused``.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    require_place(place)
    try:
        found = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise _refused(error) from error
    made = bytes_to_base64url(found.credential_id)
    return Made(made, found.credential_public_key, found.sign_count)


def login_options(place: Place, challenge: bytes) -> dict[str, Any]:
    """What the browser is given to use a key."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    require_place(place)
    options = generate_authentication_options(
        rp_id=place.host,
        challenge=challenge,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options_to_json(options))


def id_of(credential: dict[str, Any]) -> str:
    """The id of the key that was used, as it is stored."""
    name = credential.get("id")
    return name if isinstance(name, str) and len(name) <= 400 else ""


def used(
    place: Place, challenge: bytes, credential: dict[str, Any], public_key: bytes, uses: int
) -> int:
    """Check a login; returns the new signature counter.

    Raises:
        Rejected: ``passkey_refused``.
    """
    from webauthn import verify_authentication_response
    from webauthn.helpers.exceptions import WebAuthnException

    try:
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=public_key,
            credential_current_sign_count=uses,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise _refused(error) from error
    return found.new_sign_count


def _refused(error: Exception) -> Rejected:
    return Rejected("passkey_refused", f"the passkey was not accepted ({type(error).__name__})")


def _plain(text: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(text)
    return found

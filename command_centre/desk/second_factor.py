"""One-time codes (RFC 6238, 6 digits, 30 s, SHA-1 as every app knows) and recovery codes. Pure.

A code is taken one step early or late, and never twice. Recovery codes have 80 random bits, so a
plain digest hides them; each is good once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

import pyotp

from config.words import MICROSECONDS

STEP_S = 30
RECOVERY_CODES = 8
_SECRET_BYTES = 20
_RECOVERY_BYTES = 10


def new_secret() -> str:
    """A secret in base32, as apps take it."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def address_of(secret: str, account: str, unit: str) -> str:
    """The otpauth address an app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=unit)


def step_of(secret: str, code: str, now_us: int, last_step: int) -> int | None:
    """The time step a code belongs to; None: wrong, or not later than one taken before."""
    code = code.strip().replace(" ", "")
    now = now_us // MICROSECONDS // STEP_S
    totp = pyotp.TOTP(secret)
    found = None
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(totp.at(step * STEP_S).encode(), code.encode()) and step > last_step:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Codes as they are shown, once."""
    made = [
        base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
        for _ in range(RECOVERY_CODES)
    ]
    return ["-".join(one[at : at + 4] for at in range(0, 16, 4)) for one in made]


def recovery_sha256(account_id: str, code: str) -> bytes:
    """What is kept of a recovery code, however it was typed."""
    plain = "".join(one for one in code.upper() if one.isalnum())
    return hashlib.sha256(f"{account_id} {plain}".encode()).digest()

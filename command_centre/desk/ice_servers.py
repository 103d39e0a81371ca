"""STUN and TURN servers for publishers, with credentials that expire (RFC 9725, 4.6).

The scheme is the one of coturn's ``use-auth-secret`` (draft-uberti-behave-turn-rest-00): the name
is the time of expiry and who asked, the password its HMAC-SHA1 under the secret shared with the
relay. Nothing is stored, and the relay asks nobody. The secret itself never leaves this process.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import Path

from config.settings import SettingsError, Whip

_URL = re.compile(r"^(stuns?|turns?):[A-Za-z0-9.\-\[\]:]+(\?transport=(udp|tcp))?$")


@dataclass(frozen=True)
class IceServer:
    """One server; ``username`` is empty for STUN."""

    url: str
    username: str = ""
    credential: str = ""

    def link(self) -> str:
        """The value of a Link header, one server each."""
        if not self.username:
            return f'<{self.url}>; rel="ice-server"'
        return (
            f'<{self.url}>; rel="ice-server"; username="{self.username}"; '
            f'credential="{self.credential}"; credential-type="password"'
        )


class IceServers:
    """The servers of the settings."""

    def __init__(self, settings: Whip) -> None:
        """Raises ``SettingsError`` when a URL is not one, or the secret cannot be read."""
        for url in (*settings.stun_urls, *settings.turn_urls):
            if not _URL.match(url):
                raise SettingsError(f"whip: {url!r} is not a stun: or turn: address")
        self._stun = settings.stun_urls
        self._turn = settings.turn_urls
        self._seconds = int(settings.turn_credential_hours * 3600)
        self._secret = _read_secret(settings) if settings.turn_urls else b""

    def of(self, source: str, now_us: int) -> list[IceServer]:
        """The servers for one publisher."""
        servers = [IceServer(url) for url in self._stun]
        if self._turn:
            name = f"{now_us // 1_000_000 + self._seconds}:{source}"
            digest = hmac.digest(self._secret, name.encode(), hashlib.sha1)
            password = base64.b64encode(digest).decode()
            servers += [IceServer(url, name, password) for url in self._turn]
        return servers


def _read_secret(settings: Whip) -> bytes:
    if not settings.turn_secret_file:
        raise SettingsError("whip.turn_urls needs whip.turn_secret_file")
    try:
        secret = Path(settings.turn_secret_file).read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"whip.turn_secret_file: {error.strerror}") from error
    if not secret:
        raise SettingsError("whip.turn_secret_file is empty")
    return secret

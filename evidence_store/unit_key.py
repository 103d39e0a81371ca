"""The unit's key: what opens sealed media when the machine cannot, held by custodians together.

Only its public half is ever stored (``<store>/keys/sealing/unit/<name>.pem``). The private half is
made, cut into shares (shares.py) and dropped in one go; recovery joins enough shares, checks the
result against the public half, and hands it over in memory. A share file::

    duizhi-unit-share/1
    unit <fingerprint of the public key, hex>
    custodian 2 of 3, need 2
    share <the value, hex>
    check <first 16 hex digits of SHA-256 of the four lines above, each with its newline>
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from evidence_store.durable import Disk, make_directories, replace_file
from evidence_store.errors import KeyFileError, SharesWrong
from evidence_store.session_key import UNIT_FOLDER, fingerprint, public_pem
from evidence_store.shares import Share, join, split

_FORMAT = "duizhi-unit-share/1"
_PRIVATE_BYTES = 32
_SHARE = re.compile(
    r"duizhi-unit-share/1\n"
    r"unit (?P<unit>[0-9a-f]{64})\n"
    r"custodian (?P<number>[0-9]{1,3}) of (?P<custodians>[0-9]{1,3}), need (?P<need>[0-9]{1,3})\n"
    r"share (?P<value>[0-9a-f]{1,132})\n"
    r"check (?P<check>[0-9a-f]{16})\n?"
)
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True)
class UnitShare:
    """One custodian's share."""

    unit: str  # fingerprint of the public key
    custodians: int
    need: int
    share: Share

    def text(self) -> str:
        """As it is written for the custodian."""
        head = (
            f"{_FORMAT}\nunit {self.unit}\n"
            f"custodian {self.share.number} of {self.custodians}, need {self.need}\n"
            f"share {self.share.value:x}\n"
        )
        return f"{head}check {_check(head)}\n"


def make_unit_key(custodians: int, need: int) -> tuple[X25519PublicKey, list[UnitShare]]:
    """A new key: its public half and the shares of the private one, which is kept nowhere.

    Raises:
        SharesWrong: the numbers cannot be.
    """
    private = X25519PrivateKey.generate()
    public = private.public_key()
    shares = split(private.private_bytes_raw(), custodians, need)
    unit = fingerprint(public)
    return public, [UnitShare(unit, custodians, need, share) for share in shares]


def parse_share(text: str, name: str) -> UnitShare:
    """A share as a custodian hands it over.

    Raises:
        SharesWrong: it is none, or was copied wrongly.
    """
    match = _SHARE.fullmatch(text.replace("\r\n", "\n").lstrip("\ufeff"))
    if match is None:
        raise SharesWrong(f"{name} is no share of a unit's key ({_FORMAT})")
    share = UnitShare(
        match["unit"],
        int(match["custodians"]),
        int(match["need"]),
        Share(int(match["number"]), int(match["value"], 16)),
    )
    if share.text().rstrip("\n") != text.replace("\r\n", "\n").lstrip("\ufeff").rstrip("\n"):
        raise SharesWrong(f"{name} was copied wrongly: its check digits do not fit")
    return share


def recover_unit_key(shares: Sequence[UnitShare]) -> X25519PrivateKey:
    """The private half, from enough shares of different custodians.

    Raises:
        SharesWrong: too few, of different keys, or one of them is not genuine.
    """
    if not shares:
        raise SharesWrong("no share was given")
    units = {(share.unit, share.need, share.custodians) for share in shares}
    if len(units) != 1:
        raise SharesWrong("these are shares of different keys")
    need = shares[0].need
    if len({share.share.number for share in shares}) < need:
        raise SharesWrong(
            f"{need} shares of different custodians are needed, {len(shares)} were given"
        )
    for some in combinations(shares, need):
        private = _joined(some)
        if private is not None and fingerprint(private.public_key()) == shares[0].unit:
            return private
    raise SharesWrong("these shares do not make the unit's key: one of them is not genuine")


def install_unit_key(store: Path, name: str, public: X25519PublicKey) -> Path:
    """Put the public half among the keys that new sessions are wrapped to.

    Raises:
        KeyFileError: the name is taken or cannot be, or the file cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise KeyFileError(f"not a name of a key: {name!r} (a-z, 0-9, hyphens)")
    path = store / UNIT_FOLDER / f"{name}.pem"
    if path.exists():
        raise KeyFileError(f"there is a unit key of this name already: {path}")
    disk = Disk()
    try:
        make_directories(disk, path.parent)
        replace_file(disk, path, public_pem(public))
    except OSError as error:
        raise KeyFileError(f"cannot write {path}: {error.strerror}") from error
    return path


def _joined(shares: Sequence[UnitShare]) -> X25519PrivateKey | None:
    try:
        secret = join([share.share for share in shares], _PRIVATE_BYTES)
    except SharesWrong:
        return None
    return X25519PrivateKey.from_private_bytes(secret)


def _check(head: str) -> str:
    return hashlib.sha256(head.encode()).hexdigest()[:16]

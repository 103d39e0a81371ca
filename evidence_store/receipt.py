"""The receipt that a person takes home: which sealed session it was, in one line, without a name.

It holds what the final seal of a session signed (key_statement.py), when the session was opened
and closed, and a head of the log that covers the seal. One line, twelve fields with ``~`` between
them (example: evidence_store/README.md)::

    DZ1~<origin>~<session>~<opened>~<closed>~<last>~<entries>~<chain>~<key>~<signature>~<size>~<root>

1. ``DZ1`` is the format. Origin and session are percent-encoded (RFC 3986, ``~`` as well).
2. ``opened`` and ``closed`` are whole seconds since 1970 of ``session.open`` and
   ``session.close``; ``last``, ``entries`` and ``chain`` are those of the final seal.
3. ``chain``, ``key`` (Ed25519, of the session), ``signature`` (of the seal's text) and ``root``
   are base64url without padding (RFC 4648). ``root`` is that of the log's first ``size`` entries.
4. Numbers are decimal, without leading zeros. There is one spelling.
5. In a QR code it may stand behind ``#`` of the address of the page that checks it. A browser
   sends nothing of that to anybody; the page does, when it asks.

The signature proves that the receipt is whole and comes from that session's key. Whether the
recording handed over later is the one it was given for is told by laying it beside a package or a
store: ``check_receipts``. Standard library only (part of the verifier inside a package).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from evidence_store.ed25519 import ed25519_verify
from evidence_store.errors import ReceiptError
from evidence_store.key_statement import Seal
from evidence_store.report import Finding, Notice, Report
from evidence_store.session_ladder import SealedSession

RECEIPT_FORMAT = "DZ1"
RECEIPT_CHARACTERS_MAX = 1200
_RECEIPT_FIELDS = 12
_RECEIPT_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_RECEIPT_SECOND_US = 1_000_000


@dataclass(frozen=True)
class Receipt:
    """What a receipt says."""

    seal: Seal
    opened_s: int
    closed_s: int
    key: bytes
    signature: bytes
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The one line."""
        seal = self.seal
        fields = (
            RECEIPT_FORMAT,
            _percent_encoded(seal.origin),
            _percent_encoded(seal.session),
            *map(str, (self.opened_s, self.closed_s, seal.last_seq, seal.entries)),
            *map(_base64url, (seal.chain, self.key, self.signature)),
            str(self.size),
            _base64url(self.root),
        )
        return "~".join(fields)

    def is_of(self, found: SealedSession) -> bool:
        """Whether it was given for this session, sealed like this."""
        return (
            self.seal == found.seal
            and self.key == found.key
            and self.opened_s == found.opened_us // _RECEIPT_SECOND_US
            and self.closed_s == found.closed_us // _RECEIPT_SECOND_US
            and self.size > found.seal_seq
        )


def parse_receipt(text: str) -> Receipt:
    """The receipt in a line, or behind ``#`` of an address; its signature is verified.

    Raises:
        ReceiptError: it is none, not in its one spelling, or damaged.
    """
    line = "".join(text.split()).rpartition("#")[2]  # printed on several lines
    if len(line) > RECEIPT_CHARACTERS_MAX or not line.isascii():
        raise ReceiptError("not a receipt: it is too long or holds other characters")
    fields = line.split("~")
    if len(fields) != _RECEIPT_FIELDS or fields[0] != RECEIPT_FORMAT:
        raise ReceiptError(f"not a receipt: expected {RECEIPT_FORMAT} and eleven fields behind it")
    numbers = [fields[at] for at in (3, 4, 5, 6, 10)]
    if not all(_RECEIPT_NUMBER.fullmatch(number) for number in numbers):
        raise ReceiptError("a receipt's times and counts are decimal numbers")
    opened, closed, last, entries, size = map(int, numbers)
    seal = Seal(
        unquote(fields[1]), unquote(fields[2]), True, last, entries, _receipt_bytes(fields[7], 32)
    )
    receipt = Receipt(
        seal,
        opened,
        closed,
        _receipt_bytes(fields[8], 32),
        _receipt_bytes(fields[9], 64),
        size,
        _receipt_bytes(fields[11], 32),
    )
    if receipt.text != line:
        raise ReceiptError("a receipt has one spelling, this is another")
    if not ed25519_verify(receipt.key, seal.text.encode(), receipt.signature):
        raise ReceiptError("the receipt is damaged: its signature does not fit what it says")
    return receipt


#: Roots of the first so many entries of a log; sizes that it never had are left out.
RootsAt = Callable[[set[int]], dict[int, bytes]]


def check_receipts(
    receipts: Iterable[Receipt],
    sessions: Mapping[str, SealedSession],
    origins: Mapping[str, RootsAt],
    report: Report,
) -> None:
    """Lay receipts beside what was found: sealed sessions, and the roots of each log by origin.

    A receipt that fits is a notice; one that does not is a finding, and so is one whose session
    is not there.
    """
    for receipt in receipts:
        seal = receipt.seal
        found = sessions.get(seal.session)
        roots_at = origins.get(seal.origin)
        roots = roots_at({receipt.size}) if roots_at else {}
        if found is None:
            detail = "the session of the receipt is not here, or it is not sealed"
            report.findings.append(Finding("missing", detail, seal.session))
        elif not receipt.is_of(found):
            detail = "what was sealed here is not what the receipt was given for"
            report.findings.append(Finding("receipt", detail, seal.session))
        elif roots.get(receipt.size) != receipt.root:
            detail = f"the log of {receipt.size} entries had another root than the receipt states"
            report.findings.append(Finding("receipt", detail, seal.session))
        else:
            detail = (
                f"the receipt is of this session: {seal.entries} entries, chain {seal.chain.hex()}"
            )
            report.notices.append(Notice("receipt", detail, seal.session))


def _percent_encoded(text: str) -> str:
    return quote(text, safe="/").replace("~", "%7E")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _receipt_bytes(text: str, length: int) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ReceiptError("a receipt's digests are base64url") from error
    if len(data) != length:
        raise ReceiptError(f"expected {length} bytes, the receipt has {len(data)}")
    return data

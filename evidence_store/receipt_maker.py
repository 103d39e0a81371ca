"""Makes the receipt of a sealed session from its entries in the log (receipt.py has the format).

Not part of the verifier inside a package. Nothing is signed here: the receipt carries the
signature that the session's own key made when the session was sealed.
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence_store.entry import Entry, parse_entry
from evidence_store.errors import EvidenceError, ReceiptError, StoreDamaged
from evidence_store.key_statement import Seal
from evidence_store.note import parse_note, parse_verifier_key
from evidence_store.reader import LogReader
from evidence_store.receipt import Receipt, parse_receipt


@dataclass(frozen=True)
class Sealed:
    """Where in a log the entries lie that a receipt is made of."""

    opened: int  # session.open
    key: int  # the last key.session
    seal: int  # the last session.seal


def make_receipt(reader: LogReader, at: Sealed) -> Receipt:
    """The receipt, with the head that the log has now; what it says is verified.

    Raises:
        ReceiptError: the session is not sealed yet.
        StoreDamaged: what stands there is not what a session consists of.
    """
    head = reader.checkpoint()
    if at.seal >= head.size:
        raise ReceiptError("the seal is not under a checkpoint yet")
    opened, key, sealed = (_entry(reader, index) for index in (at.opened, at.key, at.seal))
    if sealed.body.get("final") is not True:
        raise ReceiptError("the session is not sealed yet")
    try:
        note = parse_note(str(sealed.body.get("note")).encode())
        # the text of a seal ends: last entry, number of entries, chain
        *_, last, count, chain = note.text[:-1].split("\n")
        seal = Seal(head.origin, sealed.session, True, int(last), int(count), bytes.fromhex(chain))
        public = parse_verifier_key(str(key.body.get("key"))).public_key
        closed = _entry(reader, seal.last_seq)
        receipt = Receipt(
            seal,
            opened.t_us // 1_000_000,
            closed.t_us // 1_000_000,
            public,
            note.signatures[0].signature,
            head.size,
            head.root,
        )
        return parse_receipt(receipt.text)
    except (EvidenceError, ValueError) as error:
        raise StoreDamaged(f"the seal of session {sealed.session}: {error}") from error


def _entry(reader: LogReader, index: int) -> Entry:
    found = reader.entries(index, 1)
    if not found:
        raise StoreDamaged(f"there is no entry {index}")
    return parse_entry(found[0])

"""The USB route: requests to a witness without a network, carried there and back by hand.

``export_requests`` puts a file for each log into a directory, ``sign_requests`` answers them on the
witness's machine, ``import_answers`` stores what it cosigned::

    <sha256 of origin>.request   a request of tlog-witness
    <sha256 of origin>.answer    the status on the first line, then what the witness answered

The witness applies the same rules as over a network. What it has seen is known from the heads that
came back; when it says another size (409), that is remembered and the next export starts there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evidence_store.cosigner import Cosigner, origin_hash
from evidence_store.durable import Disk, make_directories, replace_file
from evidence_store.errors import FormatError, ProofError, WitnessError
from evidence_store.note import VerifierKey, lines_of, parse_note
from evidence_store.reader import LogReader
from evidence_store.voucher_files import keep_head, stored_head, stored_heads
from evidence_store.witness_protocol import (
    REQUEST_BYTES_MAX,
    Answer,
    conflict_size,
    cosigned,
    lean_note,
    merged,
    parse_request,
    request_bytes,
)

_REQUEST, _ANSWER = ".request", ".answer"
_FILES_MAX = 1000
_SIZES = "witness-sizes"


@dataclass(frozen=True)
class Carried:
    """What became of one log's request."""

    origin: str
    size: int
    status: int  # as in HTTP: 200 cosigned, 409 another size is needed, ...
    detail: str = ""


def export_requests(
    store: Path, origins: Mapping[str, str], witness: VerifierKey, out: Path
) -> list[Carried]:
    """Write a request for every log into ``out``.

    Raises:
        EvidenceError: a log cannot be read, or ``out`` cannot be written.
    """
    done: list[Carried] = []
    try:
        make_directories(Disk(), out)
        for log, origin in origins.items():
            reader = LogReader(store / log / "log")
            head = reader.checkpoint()
            if head.size == 0:
                continue
            old = min(_seen(store, log, witness), head.size)
            proof = reader.consistency_proof(old, head.size)
            path = out / (origin_hash(origin) + _REQUEST)
            replace_file(Disk(), path, request_bytes(old, proof, head.note))
            done.append(Carried(origin, head.size, 0, f"from {old}"))
    except OSError as error:
        raise WitnessError(f"cannot write to {out}: {error.strerror}") from error
    return done


def sign_requests(directory: Path, cosigner: Cosigner) -> list[Carried]:
    """Answer every request in a directory.

    Raises:
        WitnessError: the directory cannot be read or written.
    """
    done: list[Carried] = []
    try:
        for path in sorted(directory.glob(f"*{_REQUEST}"))[:_FILES_MAX]:
            body = _read(path)
            answer = cosigner.add_checkpoint(body)
            text = f"{answer.status}\n".encode() + answer.body
            replace_file(Disk(), path.with_suffix(_ANSWER), text)
            done.append(_carried(body, answer))
    except OSError as error:
        raise WitnessError(f"cannot use {directory}: {error.strerror}") from error
    return done


def import_answers(
    store: Path, origins: Mapping[str, str], witness: VerifierKey, directory: Path
) -> list[Carried]:
    """Store what the witness cosigned.

    Raises:
        WitnessError: an answer belongs to no request, or is not this witness's; what was stored
            before stays.
    """
    done: list[Carried] = []
    try:
        for log, origin in origins.items():
            path = directory / (origin_hash(origin) + _REQUEST)
            if not path.with_suffix(_ANSWER).exists():
                continue
            body, answer = _read(path), _parse_answer(_read(path.with_suffix(_ANSWER)))
            _import(store, log, origin, witness, body, answer)
            done.append(_carried(body, answer))
    except (OSError, FormatError) as error:
        raise WitnessError(f"cannot import from {directory}: {error}") from error
    if not done:
        raise WitnessError(f"{directory} holds no answer for a log of this store")
    return done


def _import(
    store: Path, log: str, origin: str, witness: VerifierKey, body: bytes, answer: Answer
) -> None:
    head = parse_request(body).checkpoint
    if answer.status == 409:
        _remember(store, log, witness, conflict_size(answer))
        return
    if answer.status != 200:
        return
    note = cosigned(lean_note(head.note), answer.body, witness)
    # The stick came back from somewhere else: the head must be one of this log, now.
    reader = LogReader(store / log / "log")
    now = reader.checkpoint()
    if head.origin != origin or head.size > now.size:
        raise ProofError("the head that was cosigned is not one of this log")
    if reader.root(head.size) != head.root:
        raise ProofError("the head that was cosigned is not one of this log")
    root = store / log
    keep_head(Disk(), root, head.size, merged(stored_head(root, head.size), note))
    _remember(store, log, witness, head.size)


def _seen(store: Path, log: str, witness: VerifierKey) -> int:
    """The size this witness has seen, as far as is known here."""
    told = _told(store, log).get(witness.text)
    if told is not None:
        return told
    heads = stored_heads(store / log).items()
    return max((size for size, note in heads if lines_of(parse_note(note), witness)), default=0)


def _told(store: Path, log: str) -> dict[str, int]:
    """What witnesses told us by hand; unreadable is as good as nothing."""
    try:
        lines = (store / log / _SIZES).read_text(encoding="utf-8").splitlines()
        return {key: int(size) for key, _, size in (line.rpartition(" ") for line in lines)}
    except (OSError, ValueError):
        return {}


def _remember(store: Path, log: str, witness: VerifierKey, size: int) -> None:
    told = {**_told(store, log), witness.text: size}
    lines = "".join(f"{key} {seen}\n" for key, seen in told.items())
    replace_file(Disk(), store / log / _SIZES, lines.encode())


def _parse_answer(data: bytes) -> Answer:
    status, _, body = data.partition(b"\n")
    if not status.isdigit() or len(status) != 3:
        raise WitnessError("an answer begins with the status")
    return Answer(int(status), body)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(REQUEST_BYTES_MAX + 1)


def _carried(body: bytes, answer: Answer) -> Carried:
    try:
        head = parse_request(body).checkpoint
    except FormatError:
        return Carried("?", 0, answer.status, "not a request")
    detail = "" if answer.status == 200 else answer.body[:200].decode("utf-8", "replace").strip()
    return Carried(head.origin, head.size, answer.status, detail)

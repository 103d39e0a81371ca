"""Witnesses: their rules, their lines against another implementation, and what is kept."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st
from tlog_scales.signing import NoteSignature as OtherSignature
from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint as OtherCheckpoint

from evidence_store.checkpoint import parse_checkpoint, sign_checkpoint
from evidence_store.cosigned_head import read_cosignatures
from evidence_store.cosigner import Cosigner, origin_hash
from evidence_store.durable import Disk
from evidence_store.errors import FormatError, NoteError, PolicyError, StoreBusy, WitnessError
from evidence_store.merkle import EMPTY_ROOT, HashTree, consistency_path, leaf_hash
from evidence_store.note import VerifierKey, parse_note, parse_verifier_key
from evidence_store.policy import parse_policy
from evidence_store.witness_protocol import (
    Answer,
    conflict_size,
    cosigned,
    merged,
    parse_request,
    request_bytes,
)
from tests.evidence_store.witnesses import Key

ORIGIN = "example.org/log"
NOW_S = 1_795_300_000


LOG, STRANGER = Key(1), Key(2)
LEAVES = [leaf_hash(bytes([number])) for number in range(20)]
TREE = HashTree(LEAVES)


def head(size: int, *, key: Key = LOG, root: bytes | None = None) -> bytes:
    root = TREE.subtree(0, size) if root is None else root
    return sign_checkpoint(ORIGIN, size, root, key.public_key_bytes, key.sign).note


def ask(witness: Cosigner, old: int, size: int, **options: object) -> Answer:
    proof = consistency_path(old, size, TREE.subtree) if old <= size else []
    return witness.add_checkpoint(request_bytes(old, proof, head(size, **options)))  # type: ignore[arg-type]


@pytest.fixture
def witness(tmp_path: Path) -> Cosigner:
    return open_witness(tmp_path / "witness")


def open_witness(directory: Path, disk: Disk | None = None) -> Cosigner:
    found = Cosigner(directory, "example.org/w", [Key(3)], lambda: NOW_S, disk)
    found.trust([VerifierKey(ORIGIN, 1, LOG.public_key_bytes)])
    return found


def test_the_example_of_the_specification_has_the_key_id_we_compute() -> None:
    text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert parse_verifier_key(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+530d903a",
        "name+530d903a+!",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fo o+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse_verifier_key(text)


def test_another_implementation_accepts_our_cosignature(witness: Cosigner) -> None:
    answer = ask(witness, 0, 7)
    assert answer.status == 200
    other = OtherCheckpoint(ORIGIN, 7, TREE.subtree(0, 7), [])
    vkey = Vkey.from_string(witness.keys[0].text)
    line = OtherSignature.from_line(answer.body.decode().rstrip("\n"))
    vkey.get_verifier().verify_note(line, other)
    wrong = OtherCheckpoint(ORIGIN, 8, TREE.subtree(0, 7), [])
    with pytest.raises(InvalidSignature):
        vkey.get_verifier().verify_note(line, wrong)


def test_a_cosigned_checkpoint_verifies_and_says_when(witness: Cosigner) -> None:
    note = cosigned(head(7), ask(witness, 0, 7).body, witness.keys[0])
    [found] = read_cosignatures(parse_checkpoint(note), [witness.keys[0]])
    assert (found.cosigner, found.time_s) == (witness.keys[0], NOW_S)


def test_every_flipped_bit_of_a_cosignature_is_refused(witness: Cosigner) -> None:
    line = ask(witness, 0, 7).body.decode().rstrip("\n")
    start, _, encoded = line.rpartition(" ")
    payload = base64.b64decode(encoded)
    for at in range(4, len(payload), 5):  # the key id makes it a stranger's, which is ignored
        changed = bytearray(payload)
        changed[at] ^= 1
        bad = f"{start} {base64.b64encode(changed).decode()}\n".encode()
        with pytest.raises(WitnessError):
            cosigned(head(7), bad, witness.keys[0])


def test_a_witness_follows_a_log_and_resubmission_is_cosigned_again(witness: Cosigner) -> None:
    for old, size in ((0, 5), (5, 5), (5, 13), (13, 20)):
        assert ask(witness, old, size).status == 200
    stored = witness.latest(origin_hash(ORIGIN))
    assert stored is not None
    names = [line.name for line in parse_note(stored).signatures]
    assert names == [ORIGIN, "example.org/w"]
    assert witness.latest("../etc/passwd") is None


def test_what_the_witness_saw_is_the_only_place_to_go_on_from(witness: Cosigner) -> None:
    assert ask(witness, 0, 13).status == 200
    for old in (0, 5, 12):
        answer = ask(witness, old, 20)
        assert (answer.status, answer.body) == (409, b"13\n")
        assert answer.media_type == "text/x.tlog.size"
        assert conflict_size(answer) == 13
    assert ask(witness, 0, 5).status == 409  # a log that was rolled back


def test_what_does_not_extend_the_head_is_not_cosigned(witness: Cosigner) -> None:
    assert ask(witness, 0, 13).status == 200
    other = HashTree([leaf_hash(b"other"), *LEAVES[1:]])
    fork = head(20, root=other.root())
    proof = consistency_path(13, 20, other.subtree)
    assert witness.add_checkpoint(request_bytes(13, proof, fork)).status == 422
    assert witness.add_checkpoint(request_bytes(13, [], head(20))).status == 422
    assert witness.add_checkpoint(request_bytes(13, [], head(13, root=bytes(32)))).status == 422
    assert ask(witness, 13, 20).status == 200  # nothing of it was remembered


def test_a_first_head_needs_no_proof_and_takes_none(witness: Cosigner) -> None:
    assert witness.add_checkpoint(request_bytes(0, [bytes(32)], head(13))).status == 422
    empty = head(0, root=EMPTY_ROOT)
    assert witness.add_checkpoint(request_bytes(0, [], head(0, root=bytes(32)))).status == 422
    assert witness.add_checkpoint(request_bytes(0, [], empty)).status == 200
    assert ask(witness, 0, 13).status == 200


def test_only_known_logs_with_their_own_key_are_cosigned(witness: Cosigner) -> None:
    assert ask(witness, 0, 13, key=STRANGER).status == 403
    both = head(13) + head(13, key=STRANGER).split(b"\n\n")[1]
    assert witness.add_checkpoint(request_bytes(0, [], both)).status == 200
    unknown = sign_checkpoint("example.org/x", 1, LEAVES[0], LOG.public_key_bytes, LOG.sign).note
    assert witness.add_checkpoint(request_bytes(0, [], unknown)).status == 404


def test_a_wrong_signature_of_a_known_key_spoils_the_note(witness: Cosigner) -> None:
    wrong = head(13).replace(b"\n13\n", b"\n12\n")
    assert witness.add_checkpoint(request_bytes(0, [], wrong)).status == 403


def test_an_old_size_above_the_head_is_a_bad_request(witness: Cosigner) -> None:
    assert witness.add_checkpoint(request_bytes(14, [], head(13))).status == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"old 0\n", b"old 00\n\n", b"old -1\n\n", b"new 0\n\n", b"old 0\nAAAA\n\n", b"\n\n\n"],
)
def test_what_is_no_request_is_answered_400(witness: Cosigner, body: bytes) -> None:
    assert witness.add_checkpoint(body + head(13)).status == 400


def test_more_than_63_hashes_are_refused(witness: Cosigner) -> None:
    assert witness.add_checkpoint(request_bytes(0, [bytes(32)] * 64, head(13))).status == 400


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_our_error(data: bytes) -> None:
    try:
        request = parse_request(data)
    except FormatError:
        return
    assert request_bytes(request.old, request.proof, request.checkpoint.note) == data


def test_the_memory_survives_and_has_one_owner(tmp_path: Path) -> None:
    first = open_witness(tmp_path)
    assert ask(first, 0, 13).status == 200
    with pytest.raises(StoreBusy):
        open_witness(tmp_path)
    first.close()
    again = open_witness(tmp_path)
    assert ask(again, 0, 20).status == 409
    assert ask(again, 13, 20).status == 200


def test_a_damaged_memory_is_never_begun_anew(tmp_path: Path) -> None:
    found = open_witness(tmp_path)
    assert ask(found, 0, 13).status == 200
    [path] = tmp_path.glob("*.checkpoint")
    path.write_bytes(b"")
    assert ask(found, 0, 20).status == 500


class FullDisk(Disk):
    """Refuses to flush."""

    def sync(self, descriptor: int) -> None:
        raise OSError(28, "No space left on device")


def test_what_could_not_be_stored_is_not_cosigned(tmp_path: Path) -> None:
    found = open_witness(tmp_path, FullDisk())
    answer = ask(found, 0, 13)
    assert answer.status == 500
    assert b"\xe2\x80\x94" not in answer.body
    assert found.latest(origin_hash(ORIGIN)) is None


def test_lines_of_strangers_in_an_answer_are_ignored(witness: Cosigner) -> None:
    answer = ask(witness, 0, 7)
    stranger = VerifierKey("example.org/other", 4, STRANGER.public_key_bytes)
    assert cosigned(head(7), answer.body, witness.keys[0]).count("—".encode()) == 2
    with pytest.raises(WitnessError):
        cosigned(head(7), answer.body, stranger)
    with pytest.raises(WitnessError):
        cosigned(head(7), b"nonsense", witness.keys[0])


def test_heads_of_one_size_are_merged_and_no_line_is_doubled(witness: Cosigner) -> None:
    one = cosigned(head(7), ask(witness, 0, 7).body, witness.keys[0])
    again = cosigned(head(7), ask(witness, 7, 7).body, witness.keys[0])
    assert merged(one, again) == one
    assert merged(None, one) == one
    assert merged(head(8), one) == one


def policy(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def keys(count: int) -> list[str]:
    return [VerifierKey(f"w{n}", 4, Key(10 + n).public_key_bytes).text for n in range(count)]


def test_the_example_of_the_policy_specification() -> None:
    x1, x2, x3, y1, y2, y3 = keys(6)
    log = VerifierKey(ORIGIN, 1, LOG.public_key_bytes).text
    found = parse_policy(
        policy(
            "# two organisations",
            f"log {log} https://log.example/",
            "",
            f"\twitness X1  {x1}",
            f"witness X2 {x2}",
            f"witness X3 {x3} https://x3.example/ ",
            "group X-witnesses 2 X1 X2 X3",
            f"witness Y1 {y1}",
            f"witness Y2 {y2}",
            f"witness Y3 {y3}",
            "group Y-witnesses any Y1 Y2 Y3",
            "group X-and-Y all X-witnesses Y-witnesses",
            "quorum X-and-Y",
        )
    )
    key = {name.decode(): one for name, one in found.witnesses.items()}
    assert found.urls == {b"X3": "https://x3.example/"}
    assert not found.satisfied([])
    assert not found.satisfied([key["X1"], key["X2"]])
    assert not found.satisfied([key["X1"], key["Y1"], key["Y2"]])
    assert found.satisfied([key["X1"], key["X3"], key["Y2"]])


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["quorum w"],
        ["quorum none", "quorum none"],
        ["witness none {0}", "quorum none"],
        ["witness w {0}", "witness w {1}", "quorum w"],
        ["witness w {0}", "witness v {0}", "quorum w"],
        ["witness w {0}", "group g any none", "quorum w"],
        ["witness w {0}", "group g 2 w", "quorum g"],
        ["witness w {0}", "group g 0 w", "quorum g"],
        ["witness w {0}", "group g any w w", "quorum g"],
        ["witness w {0}", "group g any w", "group h any w", "quorum g"],
        ["group g any w", "witness w {0}", "quorum g"],
        ["group g any g", "quorum g"],
        ["log {0}", "quorum none"],
        ["witness w nonsense", "quorum w"],
        ["weird line", "quorum none"],
        ["quorum none\x01"],
    ],
)
def test_what_is_no_policy_is_refused(lines: list[str]) -> None:
    with pytest.raises(PolicyError):
        parse_policy(policy(*(line.format(*keys(2)) for line in lines)))


def test_no_quorum_asks_for_nobody() -> None:
    found = parse_policy(policy("quorum none"))
    assert found.satisfied([])
    assert not found.asks


@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_our_error(data: bytes) -> None:
    try:
        parse_policy(data)
    except PolicyError:
        return

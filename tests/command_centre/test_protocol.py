"""PROTOCOL.md is true: every example goes through the real codecs and comes back the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_centre.api.problems import PROBLEMS
from command_centre.desk import exhibit_wire, protocol
from command_centre.desk.live import Want, Wanted, frame, parse_frame, parse_want
from command_centre.errors import Rejected

TEXT = (Path(protocol.__file__).parents[1] / "PROTOCOL.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
EXHIBIT = re.findall(r"```json exhibit\n(.*?)```", TEXT, re.DOTALL)
LIVE = re.findall(r"```json live\n(.*?)```", TEXT, re.DOTALL)

CLIENT = {kind.__struct_config__.tag for kind in protocol.ClientMessage.__args__}
SERVER = {kind.__struct_config__.tag for kind in protocol.ServerMessage.__args__}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_parses_and_is_written_the_same(example: str) -> None:
    parse: Any = (
        protocol.decode_client if json.loads(example)["type"] in CLIENT else protocol.decode_server
    )
    assert json.loads(protocol.encode(parse(example.encode()))) == _with_defaults(example)


def _with_defaults(example: str) -> Any:
    """A desk may leave out what has a default; we write it."""
    message = json.loads(example)
    defaults: dict[str, dict[str, Any]] = {
        "hello": {"room": None, "cursor": None, "unattended": False},
        "marker.add": {"at_us": 0, "key": ""},
        "pause.begin": {"session": ""},
        "prompt.send": {
            "point": None,
            "key": None,
            "difference": None,
            "wording_before": None,
            "hints_shown": None,
            "question": None,
            "question_version": 0,
        },
    }
    return {**defaults.get(message["type"], {}), **message}


def test_every_message_has_an_example() -> None:
    shown = {json.loads(example)["type"] for example in EXAMPLES}
    assert shown == CLIENT | SERVER


@pytest.mark.parametrize("example", LIVE)
def test_every_live_header_parses_and_is_written_the_same(example: str) -> None:
    raw = example.encode()
    header, data = parse_frame(len(raw).to_bytes(4, "big") + raw + b"bytes")
    assert data == b"bytes"
    written = frame(header, data)
    length = int.from_bytes(written[:4], "big")
    assert json.loads(written[4 : 4 + length]) == json.loads(example)


def test_every_live_header_has_an_example() -> None:
    assert {json.loads(example)["kind"] for example in LIVE} == {"init", "fragment", "end"}


@pytest.mark.parametrize("example", EXHIBIT)
def test_every_exhibit_message_parses_and_is_written_the_same(example: str) -> None:
    incoming = json.loads(example)["type"] in ("hello", "shown", "failed", "turn", "notice", "play")
    parse: Any = exhibit_wire.decode_incoming if incoming else exhibit_wire.decode_outgoing
    assert json.loads(exhibit_wire.encode(parse(example.encode()))) == json.loads(example)


def test_every_exhibit_message_has_an_example() -> None:
    both = (*exhibit_wire.Incoming.__args__, *exhibit_wire.Outgoing.__args__)
    assert {json.loads(one)["type"] for one in EXHIBIT} == {
        kind.__struct_config__.tag for kind in both
    }


def test_every_code_and_close_code_named_is_a_real_one() -> None:
    named = re.search(r"Codes are those.*?\.\n\n", TEXT, re.DOTALL)
    assert named is not None
    codes = re.findall(r"`(\w+)`", named.group())
    assert set(codes) <= set(PROBLEMS)
    written = {int(code) for code in re.findall(r"^\| (4\d{3}) ", TEXT, re.MULTILINE)}
    ours = {value for name, value in vars(protocol).items() if name.startswith("CLOSE_")}
    assert written == ours


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_refusal(raw: bytes) -> None:
    assert _outcome(raw) in ("message", "malformed_message")
    assert isinstance(protocol.id_of(raw), str | None)


def _outcome(raw: bytes) -> str:
    """``message`` when it is one (and comes back the same), else the code of the refusal."""
    try:
        message = protocol.decode_client(raw)
    except Rejected as error:
        return error.code
    assert protocol.decode_client(protocol.encode(message)) == message
    return "message"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    kind=st.sampled_from(sorted(CLIENT)) | st.text(max_size=5),
    fields=st.dictionaries(
        st.sampled_from(["id", "text", "rooms", "prompt", "reason", "room", "case", "protocol"]),
        _JSON,
    ),
)
def test_any_fields_are_a_message_or_a_refusal(kind: str, fields: dict[str, Any]) -> None:
    raw = msgspec.json.encode({**fields, "type": kind})
    assert _outcome(raw) in ("message", "malformed_message")


def test_what_a_viewer_may_say_is_in_the_document() -> None:
    examples = re.findall(r"```json viewer\n(.*?)```", TEXT, re.DOTALL)
    assert [parse_want(example) for example in examples] == [Want(pictures=Wanted.KEYS)]
    for text in (
        "",
        "{",
        "[]",
        '{"type": "want", "pictures": "some"}',
        '{"type": "dance"}',
        "\ud800",
    ):
        assert parse_want(text) is None

"""Entries: one value has one spelling, and every other byte string is our error."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from evidence_store.canonical import INTEGER_MAX, canonical_bytes, parse_canonical
from evidence_store.draft import BODY_BYTES_MAX, Draft, FileWrite, prepare
from evidence_store.entry import ENTRY_BYTES_MAX, parse_entry
from evidence_store.errors import DraftRejected, EntryError

TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=5)


def _entry(**changes: Any) -> dict[str, Any]:
    value: dict[str, Any] = {
        "body": {"n": 1},
        "boot": "00",
        "kind": "tick",
        "mono_us": 5,
        "prev": -1,
        "room": "",
        "seq": 0,
        "session": "",
        "t_us": 7,
        "v": 1,
    }
    value.update(changes)
    return {name: item for name, item in value.items() if item is not ...}


@given(OBJECTS)
def test_our_spelling_is_that_of_the_library(value: dict[str, Any]) -> None:
    data = rfc8785.dumps(value)
    assert canonical_bytes(value) == data
    assert parse_canonical(data) == value


def test_keys_are_ordered_by_utf16_units() -> None:
    # RFC 8785, 3.2.3: the emoji's surrogate pair sorts before the Hebrew presentation form.
    value = {"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3, "1": 4}
    assert canonical_bytes(value) == '{"1":4,"\u20ac":3,"\U0001f600":2,"\ufb33":1}'.encode()


@given(st.binary(max_size=60))
def test_other_bytes_are_our_error(data: bytes) -> None:
    try:
        value = parse_canonical(data)
    except EntryError:
        return
    assert rfc8785.dumps(value) == data


@given(OBJECTS, st.data())
def test_a_changed_byte_never_leaks_another_error(value: dict[str, Any], data: Any) -> None:
    good = bytearray(canonical_bytes(value))
    where = data.draw(st.integers(0, len(good) - 1))
    good[where] ^= data.draw(st.integers(1, 255))
    try:
        changed = parse_canonical(bytes(good))
    except EntryError:
        return
    assert canonical_bytes(changed) == bytes(good)
    assert changed != value


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1.0}',
        '{"a":1e3}',
        '{"a":-0}',
        '{"a":NaN}',
        '{"a":9007199254740992}',
        '{"a": 1}',
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '{"a":"\\u0041"}',
        '{"a":"\\/"}',
        '{"a":"\\ud800"}',
        "[1]",
        "1",
        "",
        '{"a":1}\n',
        "[" * 50_000,
        '{"a":' + "9" * 5_000 + "}",
    ],
)
def test_close_to_json_but_not_canonical(text: str) -> None:
    with pytest.raises(EntryError):
        parse_canonical(text.encode())


@pytest.mark.parametrize(
    "value", [{"a": 1.5}, {"a": object()}, {1: 2}, {"a": 2**60}, {"a": "\ud800"}]
)
def test_values_without_a_spelling(value: Any) -> None:
    with pytest.raises(EntryError):
        canonical_bytes(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"v": True},
        {"v": ...},
        {"extra": 1},
        {"seq": "0"},
        {"seq": True},
        {"body": []},
        {"kind": ""},
        {"prev": 0},
        {"prev": -2},
        {"room": ...},
    ],
)
def test_an_entry_has_exactly_its_fields(changes: dict[str, Any]) -> None:
    parse_entry(rfc8785.dumps(_entry()))
    with pytest.raises(EntryError):
        parse_entry(rfc8785.dumps(_entry(**changes)))


def test_an_entry_has_a_largest_size() -> None:
    filler = ENTRY_BYTES_MAX - len(rfc8785.dumps(_entry(body={"x": ""})))
    parse_entry(rfc8785.dumps(_entry(body={"x": "a" * filler})))
    with pytest.raises(EntryError):
        parse_entry(rfc8785.dumps(_entry(body={"x": "a" * (filler + 1)})))


@given(OBJECTS)
def test_a_draft_becomes_exactly_the_canonical_entry(body: dict[str, Any]) -> None:
    draft = Draft("prompt.issued", "s1", "room1", body, 99)
    data = prepare(draft, 12).entry_bytes(seq=4, prev=2, boot="0a")
    entry = parse_entry(data)
    assert rfc8785.dumps(entry.value()) == data
    assert (entry.seq, entry.prev, entry.boot, entry.mono_us, entry.t_us) == (4, 2, "0a", 12, 99)
    assert (entry.kind, entry.session, entry.room, entry.body) == (
        "prompt.issued",
        "s1",
        "room1",
        body,
    )


def test_a_file_puts_its_name_and_digest_into_the_body() -> None:
    draft = Draft("media.init", "s1", "r", {"source": "c"}, 1, FileWrite("media/s1/c/i.mp4", b"ab"))
    body = json.loads(prepare(draft, 0).body)
    assert body == {
        "source": "c",
        "path": "media/s1/c/i.mp4",
        "size": 2,
        "sha256": "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "media/../x",
        "media//x",
        "log/checkpoint",
        "media",
        "media/.hidden",
        "media/x y",
    ],
)
def test_files_go_below_media_only(path: str) -> None:
    with pytest.raises(DraftRejected):
        prepare(Draft("media.init", "s", "r", {}, 1, FileWrite(path, b"")), 0)


@pytest.mark.parametrize(
    "draft",
    [
        Draft("Tick", "s", "r", {}, 1),
        Draft("", "s", "r", {}, 1),
        Draft("tick", 's"', "r", {}, 1),
        Draft("tick", "s", "r/", {}, 1),
        Draft("tick", "s" * 65, "r", {}, 1),
        Draft("tick", "s", "r", {}, -1),
        Draft("tick", "s", "r", {}, True),
        Draft("tick", "s", "r", {"x": 0.5}, 1),
        Draft("tick", "s", "r", {"x": float("nan")}, 1),
        Draft("tick", "s", "r", {"x": b"bytes"}, 1),
        Draft("tick", "s", "r", {"x": "\ud800"}, 1),
        Draft("tick", "s", "r", {"x": 2**53}, 1),
        Draft("tick", "s", "r", {"x": "a" * BODY_BYTES_MAX}, 1),
    ],
)
def test_a_draft_that_cannot_become_an_entry_is_rejected_at_once(draft: Draft) -> None:
    with pytest.raises(DraftRejected):
        prepare(draft, 0)

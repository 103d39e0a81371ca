"""Messages between processes: every kind survives the way there and back."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import messages, recorder_messages, transcriber_messages
from config.messages import AudioLevel, MalformedMessage, Message, Protected, decode, encode
from recorder.service import RecorderService

KINDS = [
    kind
    for module in (messages, recorder_messages, transcriber_messages)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, Message) and kind is not Message and kind.__module__ == module.__name__
]

_VALUES: dict[object, object] = {
    str: "房间",
    int: 2**53 - 1,
    float: -3.5,
    bool: True,
    bytes: b"\0\xff",
    bytes | None: None,
}


def _example(kind: type[Message]) -> Message:
    values = {}
    for field in msgspec.structs.fields(kind):
        if field.type in _VALUES:
            values[field.name] = _VALUES[field.type]
        else:
            of = field.type.__args__[0]
            item = getattr(of, "__args__", (of,))[0]  # a list that may be missing has one more
            inner = (
                _example(item)
                if isinstance(item, type) and issubclass(item, Message)
                else (_VALUES[item])
            )
            values[field.name] = [inner]
    return kind(**values)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_there_and_back(kind: type[Message]) -> None:
    example = _example(kind)
    assert decode(encode(example), kind) == example


@given(st.binary(max_size=200))
def test_any_other_bytes_are_our_error(payload: bytes) -> None:
    try:
        message = decode(payload, AudioLevel)
    except MalformedMessage:
        return
    assert isinstance(message, AudioLevel)


def test_a_message_of_another_kind_is_refused() -> None:
    other = encode(AudioLevel(source="s", t_us=1, rms_dbfs=[-1.0], peak_dbfs=[0.0]))
    with pytest.raises(MalformedMessage, match="Protected"):
        decode(other, Protected)


def test_every_kind_is_documented() -> None:
    assert len(KINDS) > 20
    assert all(kind.__doc__ for kind in KINDS)


def test_the_recorders_methods_are_those_that_are_listed() -> None:
    listed = re.search(r"^    recorder +([a-z_,\s]+);", messages.__doc__ or "", re.MULTILINE)
    assert listed
    source = textwrap.dedent(inspect.getsource(RecorderService._all_methods))
    [table] = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Dict)]
    served = [key.value for key in table.keys if isinstance(key, ast.Constant)]
    assert sorted(listed[1].replace(",", " ").split()) == sorted(map(str, served))

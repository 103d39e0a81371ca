"""SDP fragments of PATCH: what is understood, what is dropped, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import MalformedFragment
from recorder.ingest.sdp_fragment import MAX_CANDIDATES, read_fragment, write_fragment

UFRAG, PWD = "EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"
HOST = "candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw"
TCP = "candidate:3471623853 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active"
MDNS = "candidate:1 1 udp 2122260223 6a1f.local 61764 typ host"
RELAY = "candidate:2 1 UDP 41885439 198.51.100.2 50000 typ relay raddr 0.0.0.0 rport 0"


def fragment(*lines: str, mid: str = "0", credentials: bool = True) -> str:
    named = [f"a=ice-ufrag:{UFRAG}", f"a=ice-pwd:{PWD}"] if credentials else []
    every = [*named, "m=audio 9 UDP/TLS/RTP/SAVPF 0", f"a=mid:{mid}", *(f"a={x}" for x in lines)]
    return "\r\n".join(every) + "\r\n"


def test_the_example_of_the_rfc() -> None:
    read = read_fragment(fragment(HOST, TCP, MDNS, RELAY, "end-of-candidates"), ["0", "1"])
    assert read.credentials == (UFRAG, PWD)
    assert read.candidates == (HOST[10:], RELAY[10:])


@pytest.mark.parametrize("mid_at", [1, 2, 3])
def test_the_mid_may_stand_anywhere_in_its_section(mid_at: int) -> None:
    lines = ["m=audio 9 RTP/AVP 0", f"a=ice-ufrag:{UFRAG}", f"a=ice-pwd:{PWD}", f"a={HOST}"]
    lines.insert(mid_at, "a=mid:7")
    assert read_fragment("\n".join(lines), ["7"]).candidates == (HOST[10:],)
    with pytest.raises(MalformedFragment):  # nothing of ours but candidates of somebody else
        read_fragment("\n".join(lines[:1]), ["0"])
    assert read_fragment("\n".join(lines), ["0"]).candidates == ()


def test_sections_nobody_knows_are_dropped() -> None:
    both = fragment(HOST) + fragment(RELAY, mid="9", credentials=False)
    assert read_fragment(both, ["0"]).candidates == (HOST[10:],)


def test_the_same_candidate_twice_is_one() -> None:
    assert len(read_fragment(fragment(HOST, HOST), ["0"]).candidates) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "a=",
        "m=audio 9 RTP/AVP 0\r\na=mid:0\r\n",
        f"a=ice-ufrag:{UFRAG}\r\n",
        f"a=ice-pwd:{PWD}\r\n",
        f"a=ice-ufrag:!!!!\r\na=ice-pwd:{PWD}\r\n",
        f"a=ice-ufrag:{UFRAG}\r\na=ice-pwd:short\r\n",
        fragment(*(HOST.replace("61764", str(port)) for port in range(1, MAX_CANDIDATES + 2))),
    ],
)
def test_malformed_fragments(text: str) -> None:
    with pytest.raises(MalformedFragment):
        read_fragment(text, ["0"])


@pytest.mark.parametrize(
    "candidate",
    [
        HOST.replace("61764", "0"),
        HOST.replace("61764", "99999"),
        HOST.replace("192.0.2.1", "999.0.2.1"),
        HOST.replace("192.0.2.1", "0.0.0.0"),
        HOST.replace(" 1 udp", " 2 udp"),
        HOST.replace("2122260223", "x"),
        HOST.replace("host", "prflx"),
        RELAY.replace("rport 0", "rport x"),
        "candidate:",
    ],
)
def test_candidates_that_cannot_be_used_are_dropped(candidate: str) -> None:
    assert read_fragment(fragment(candidate), ["0"]).candidates == ()


def test_our_own_answer_is_understood() -> None:
    read = read_fragment(write_fragment("0", UFRAG, PWD, [HOST[10:]]), ["0"])
    assert (read.ufrag, read.pwd, read.candidates) == (UFRAG, PWD, (HOST[10:],))


@given(st.text(max_size=200))
def test_any_text_is_a_fragment_or_our_error(text: str) -> None:
    for given_text in (text, fragment(text), fragment(f"candidate:{text}")):
        try:
            read_fragment(given_text, ["0"])
        except MalformedFragment:
            continue

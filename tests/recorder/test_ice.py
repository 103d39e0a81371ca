"""Trickle and ICE restarts on real connections: what the log says is that nothing was lost."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from aioice import Candidate
from aioice.ice import Connection
from aiortc import RTCIceTransport

from config import messages as m
from config import recorder_messages as rm
from config.bus import Refused
from recorder.ingest import webrtc_ice
from recorder.ingest.clip import Clip
from recorder.ingest.sdp_fragment import write_fragment
from recorder.ingest.webrtc_publisher import Publisher
from recorder.ingest.whip_client import Accepted
from tests.recorder.harness import BusSignalling, Lab, running, whip_offer
from tests.recorder.test_end_to_end import check_account
from tests.recorder.test_sdp import AUDIO, VIDEO, sdp

UFRAG, PWD = "newu", "a-new-password".replace("-", "") * 2
RESTART = write_fragment("0", UFRAG, PWD, [])


async def patch(
    lab: Lab, resource: str, if_match: str, fragment: str, source: str = "cam"
) -> rm.WhipPatched:
    request = rm.WhipPatch(source=source, resource=resource, if_match=if_match, fragment=fragment)
    return await lab.ask("whip_patch", request, rm.WhipPatched)


async def refused(
    lab: Lab, resource: str, if_match: str, fragment: str, source: str = "cam"
) -> str:
    with pytest.raises(Refused) as caught:
        await patch(lab, resource, if_match, fragment, source)
    return caught.value.code


def transport_of(publisher: Publisher) -> RTCIceTransport:
    """The publisher's own ICE transport."""
    transport = publisher.peers[0].getSenders()[0].transport.transport
    assert isinstance(transport, RTCIceTransport)
    return transport


async def client_restart(lab: Lab, publisher: Publisher, resource: str) -> str:
    """Restart ICE as a client does: gather anew, PATCH, check, use the new pair. The new ETag."""
    ice = Connection(ice_controlling=True)
    await ice.gather_candidates()
    own = [candidate.to_sdp() for candidate in ice.local_candidates]
    asked = write_fragment("0", ice.local_username, ice.local_password, own)
    patched = await patch(lab, resource, '"*"', asked)
    found = dict(re.findall(r"^a=(ice-ufrag|ice-pwd):(\S+)", patched.fragment, re.M))
    ice.remote_username, ice.remote_password = found["ice-ufrag"], found["ice-pwd"]
    for line in re.findall(r"^a=candidate:(.*?)\r?$", patched.fragment, re.M):
        await ice.add_remote_candidate(Candidate.from_sdp(line))
    async with asyncio.timeout(20):
        await ice.connect()
    await webrtc_ice._swap(transport_of(publisher), ice).close()
    return patched.etag


async def more_protected(lab: Lab) -> None:
    """Two more segments than there were."""
    wanted = len(lab.heard.of("protected")) + 2
    await lab.heard.until(lambda: len(lab.heard.of("protected")) >= wanted, 30)


async def answered(lab: Lab) -> rm.WhipAnswer:
    """A connection that will never come up: nobody makes checks."""
    return await lab.ask("whip_offer", whip_offer(sdp(AUDIO, VIDEO)), rm.WhipAnswer)


async def test_a_restart_keeps_dtls_srtp_and_the_recording(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip) as publisher:
            await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2, 30)
            [recording] = lab.service._recordings()
            connection = recording.connection
            assert connection is not None
            etags = set()
            for _ in range(2):
                etags.add(await client_restart(lab, publisher, connection.resource))
                await more_protected(lab)
            assert len(etags) == 2
            assert recording.connection is connection
        await lab.close()
        assert lab.entries("media.gap") == []
        assert {e["body"]["epoch"] for e in lab.entries("media.segment")} == {1}
        rtp = [e["body"]["rtp"] for e in lab.entries("media.segment")]
        assert sum(track["lost"] for tracks in rtp for track in tracks.values()) == 0
        check_account(lab)


def _sockets() -> int:
    """Open sockets of this process."""
    links = (os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd"))
    return sum("socket:" in link for link in links)


async def test_restarts_leave_nothing_behind(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        before = _sockets()
        async with lab.publishing(clip) as publisher:
            await lab.heard.until(lambda: lab.heard.of("protected"), 30)
            [recording] = lab.service._recordings()
            assert recording.connection is not None
            await patch(
                lab, recording.connection.resource, "*", RESTART
            )  # replaced, not waited for
            await client_restart(lab, publisher, recording.connection.resource)
            await patch(lab, recording.connection.resource, "*", RESTART)  # cut off by the end
        await lab.heard.until(lambda: _sockets() <= before, 30)


async def test_a_restart_that_fails_changes_nothing(
    tmp_path: Path, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webrtc_ice, "RESTART_S", 0.5)
    async with running(tmp_path) as lab:
        await lab.open()
        async with lab.publishing(clip) as publisher:
            await lab.heard.until(lambda: lab.heard.of("protected"), 30)
            [recording] = lab.service._recordings()
            connection = recording.connection
            assert connection is not None
            first = await patch(lab, connection.resource, "*", RESTART)
            assert "a=ice-ufrag:" in first.fragment
            assert await patch(lab, connection.resource, "*", RESTART) == first  # asked again
            second = await patch(
                lab, connection.resource, "*", RESTART.replace(UFRAG, UFRAG * 2)
            )  # replaces the first
            assert second.etag != first.etag
            await asyncio.sleep(1.0)
            await more_protected(lab)
            assert recording.connection is connection
            await client_restart(lab, publisher, connection.resource)  # and one that succeeds
        await lab.close()
        assert lab.entries("media.gap") == []
        check_account(lab)


async def test_preconditions(tmp_path: Path) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        answer = await answered(lab)
        at, tag = answer.resource, f'"{answer.etag}"'
        candidate = "candidate:1 1 udp 1 192.0.2.9 4000 typ host"
        trickle = f"a=mid:0\r\na={candidate}\r\n"
        assert await refused(lab, at, "", trickle) == "precondition_required"
        assert await refused(lab, at, '"old"', trickle) == "precondition_failed"
        assert await refused(lab, at, f"W/{tag}", trickle) == "precondition_failed"
        assert await refused(lab, at, "rubbish", trickle) == "precondition_failed"
        assert await refused(lab, at, "*", trickle) == "malformed_fragment"
        assert await refused(lab, at, tag, "hello") == "malformed_fragment"
        assert await refused(lab, "nothing", tag, trickle) == "connection_unknown"
        assert await refused(lab, at, tag, trickle, source="other") == "connection_unknown"
        assert await patch(lab, at, tag, trickle) == rm.WhipPatched()
        assert await patch(lab, at, f'"old", {tag}', trickle) == rm.WhipPatched()
        again = await patch(lab, at, tag, RESTART)  # new credentials: a restart by any name
        assert again.etag not in ("", answer.etag)
        assert await refused(lab, at, tag, trickle) == "precondition_failed"
        assert await patch(lab, at, f'"{again.etag}"', trickle) == rm.WhipPatched()


async def test_trickled_candidates_reach_ice(tmp_path: Path) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        answer = await answered(lab)
        line = "a=candidate:1 1 udp 1 192.0.2.9 {} typ host\r\n"
        body = "a=mid:0\r\n" + "".join(line.format(port) for port in range(1000, 1060))
        for _ in range(3):
            await patch(lab, answer.resource, f'"{answer.etag}"', body)
            body = body.replace(" 10", " 20").replace(" 20", " 30", 1)
        peer = lab.service._whip.live("cam", answer.resource)
        assert peer._ice is not None
        candidates = peer._ice._transport._connection.remote_candidates
        assert ("192.0.2.9", 1000) in [(c.host, c.port) for c in candidates]
        assert 60 < len(candidates) <= 100


async def test_a_restart_before_the_first_connection(tmp_path: Path) -> None:
    """There is nothing to keep: the same sockets, new credentials, and it connects with them."""
    async with running(tmp_path) as lab:
        await lab.open()
        answer = await answered(lab)
        ice = Connection(ice_controlling=True)
        await ice.gather_candidates()
        asked = write_fragment("0", ice.local_username, ice.local_password, [])
        patched = await patch(lab, answer.resource, "*", asked)
        found = dict(re.findall(r"^a=(ice-ufrag|ice-pwd):(\S+)", patched.fragment, re.M))
        assert found["ice-ufrag"] not in answer.sdp
        ice.remote_username, ice.remote_password = found["ice-ufrag"], found["ice-pwd"]
        for line in re.findall(r"^a=candidate:(.*?)\r?$", answer.sdp, re.M):
            await ice.add_remote_candidate(Candidate.from_sdp(line))
        async with asyncio.timeout(20):
            await ice.connect()
        await ice.close()


async def test_a_source_sent_away_is_cut_off(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        with pytest.raises(Refused, match="connection_unknown"):
            await lab.ask("end_source", rm.EndSource(source="cam"), m.Done)
        async with lab.publishing(clip) as publisher:
            await lab.heard.until(lambda: lab.heard.of("media"), 30)
            connections = publisher.connections
            await lab.ask("end_source", rm.EndSource(source="cam"), m.Done)
            await lab.heard.until(lambda: lab.entries("media.segment"), 30)
            await lab.heard.until(lambda: publisher.connections > connections, 30)
            # what was missing is declared with the next segment; a recording that ends at once
            # after its last frame misses nothing
            await lab.heard.until(lambda: len(lab.entries("media.segment")) > 1, 30)
        await lab.close()
        [gap, *_] = lab.entries("media.gap")
        assert gap["body"]["cause"] == "publisher"


async def test_delete_knows_whose_and_whether(tmp_path: Path) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        answer = await answered(lab)
        for source, resource in (("other", answer.resource), ("cam", "nothing")):
            with pytest.raises(Refused, match="connection_unknown"):
                await lab.ask(
                    "whip_delete", rm.WhipDelete(source=source, resource=resource), m.Done
                )
        gone = rm.WhipDelete(source="cam", resource=answer.resource)
        await lab.ask("whip_delete", gone, m.Done)
        await lab.ask("whip_delete", gone, m.Done)  # asked again: it is gone, as wished
        assert await refused(lab, answer.resource, "*", RESTART) == "connection_unknown"


async def test_a_connection_without_media_is_closed_in_the_end(tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path, watchdog_seconds=0.5, idle_seconds=1.5) as lab:
        await lab.open()
        await answered(lab)
        [recording] = lab.service._recordings()
        assert recording.connection is not None
        await lab.heard.until(lambda: recording.connection is None, 20)
        assert recording.state == "stalled"
        async with lab.publishing(clip):  # and the source may come back
            await lab.heard.until(lambda: lab.heard.of("protected"), 30)


class Changed(BusSignalling):
    """Signalling that changes the offer on its way, as other clients would have written it."""

    change: Callable[[str], str]

    async def offer(self, sdp: str) -> Accepted:
        """See Signalling."""
        return await super().offer(self.change(sdp))


def _without_candidates(sdp: str) -> str:
    return re.sub(r"a=candidate:.*\r\n|a=end-of-candidates\r\n", "", sdp)


_CHANGES: dict[str, Callable[[str], str]] = {
    "active": lambda sdp: sdp.replace("a=setup:actpass", "a=setup:active"),
    "passive": lambda sdp: sdp.replace("a=setup:actpass", "a=setup:passive"),
    "no candidates": _without_candidates,
    "no candidates, and no more": lambda sdp: re.sub(
        r"(a=ice-pwd:.*\r\n)", r"\1a=end-of-candidates\r\n", _without_candidates(sdp)
    ),
    "one fingerprint": lambda sdp: re.sub(r"a=fingerprint:sha-(384|512).*\r\n", "", sdp),
    "names instead of addresses": lambda sdp: re.sub(
        r"(a=candidate:\S+ 1 udp \d+) \S+", r"\1 6a1f.local", sdp
    ),
}


@pytest.mark.parametrize("name", _CHANGES)
async def test_connects_however_the_offer_is_written(name: str, tmp_path: Path, clip: Clip) -> None:
    async with running(tmp_path) as lab:
        await lab.open()
        signalling = Changed(lab, "cam", "s-one")
        signalling.change = _CHANGES[name]
        publisher = Publisher(clip, signalling)
        task = asyncio.create_task(publisher.run())
        try:
            await lab.heard.until(lambda: lab.heard.of("protected"), 30)
        finally:
            publisher.stop()
            await task
        assert publisher.connections == 1

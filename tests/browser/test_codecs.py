"""Every codec Chromium sends is recorded, and its recording plays in Chromium again.

No centre: the page's offer goes straight to a recorder, and the fragments of the live view come
back into a SourceBuffer. So the offers are real ones, and so are encoder, container and decoder.
"""

from __future__ import annotations

import asyncio
import base64
import io
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.async_api import Page

from tests.browser.browser import browser
from tests.recorder.harness import Lab, running
from tests.recorder.test_end_to_end import check_account, file_of, segments_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: A moving picture and a tone, published in one codec each; null when Chromium has not got it.
_PUBLISH = """async ([video, fmtp, audio]) => {
    const canvas = document.createElement('canvas')
    canvas.width = 640; canvas.height = 360
    const pen = canvas.getContext('2d')
    let n = 0
    window.drawing = setInterval(() => {
        pen.fillStyle = `hsl(${n * 7 % 360} 80% 50%)`; pen.fillRect(0, 0, 640, 360)
        pen.fillStyle = '#fff'; pen.fillRect(n * 9 % 600, 100, 40, 40); n += 1
    }, 40)
    const sound = new AudioContext()
    const tone = sound.createOscillator()
    const out = sound.createMediaStreamDestination()
    tone.connect(out); tone.start()
    const peer = window.peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
    const named = (kind, mime, wanted = '') => RTCRtpSender.getCapabilities(kind).codecs.filter(
        (c) => c.mimeType.toLowerCase() === mime && (c.sdpFmtpLine || '').includes(wanted))
    for (const [track, kind, codecs] of [
        [out.stream.getAudioTracks()[0], 'audio', named('audio', audio)],
        [canvas.captureStream(25).getVideoTracks()[0], 'video',
         [...named('video', video, fmtp), ...named('video', 'video/rtx')]],
    ]) {
        if (!codecs.length || codecs[0].mimeType.endsWith('rtx')) return null
        peer.addTransceiver(track, { direction: 'sendonly' }).setCodecPreferences(codecs)
    }
    await peer.setLocalDescription(await peer.createOffer())
    await peer.setRemoteDescription({ type: 'answer', sdp: await whip(peer.localDescription.sdp) })
    return peer.localDescription.sdp
}"""
_STOP = "() => { peer.close(); clearInterval(drawing) }"

#: Plays an init segment and fragments; what the video element shows of them, decoded to the end.
_PLAY = """async ([mime, parts]) => {
    if (!MediaSource.isTypeSupported(mime)) return { supported: false }
    const media = new MediaSource()
    const video = document.createElement('video')
    video.muted = true
    video.src = URL.createObjectURL(media)
    await new Promise((done) => media.addEventListener('sourceopen', done, { once: true }))
    const buffer = media.addSourceBuffer(mime)
    for (const part of parts) {
        buffer.appendBuffer(Uint8Array.from(atob(part), (c) => c.charCodeAt(0)))
        await new Promise((done) => buffer.addEventListener('updateend', done, { once: true }))
    }
    const ranges = buffer.buffered
    const seconds = ranges.length ? ranges.end(ranges.length - 1) - ranges.start(0) : 0
    video.currentTime = ranges.length ? ranges.start(0) : 0
    media.endOfStream()
    video.playbackRate = 3
    await video.play()
    const deadline = performance.now() + 30000
    while (!video.ended && !video.error && performance.now() < deadline) {
        await new Promise((done) => setTimeout(done, 50))
    }
    return {
        supported: true, seconds, ranges: ranges.length, width: video.videoWidth,
        ended: video.ended, error: video.error && video.error.message,
        frames: video.getVideoPlaybackQuality().totalVideoFrames,
    }
}"""


@pytest.fixture
async def lab(tmp_path: Path) -> Any:
    async with running(tmp_path, key_frame_seconds=1.0, fragment_ms=200) as started:
        yield started


@pytest.mark.parametrize(
    ("video", "parameters", "audio", "mime"),
    [
        ("video/vp9", "profile-id=0", "audio/opus", 'video/mp4; codecs="vp09.00.'),
        ("video/av1", "profile=0", "audio/opus", 'video/mp4; codecs="av01.0.'),
        ("video/vp8", "", "audio/pcma", 'video/webm; codecs="vp8,opus"'),
        ("video/h264", "42001f", "audio/pcmu", 'video/mp4; codecs="avc1.42'),
        ("video/h264", "4d001f", "audio/opus", 'video/mp4; codecs="avc1.'),
    ],
)
async def test_what_chromium_sends_is_recorded_and_plays(
    lab: Lab, video: str, parameters: str, audio: str, mime: str
) -> None:
    await lab.open()
    signalling = lab.signalling()

    async def whip(sdp: str) -> str:
        return (await signalling.offer(sdp)).sdp

    async with browser() as context:
        page = await context.new_page()
        await page.expose_function("whip", whip)
        offered = await page.evaluate(_PUBLISH, [video, parameters, audio])
        if offered is None:
            pytest.skip(f"this Chromium has no encoder for {video} {parameters}")
        await lab.heard.until(lambda: len(lab.heard.of("protected")) >= 2, 60)
        await page.evaluate(_STOP)
        await lab.close()
        inits = lab.entries("media.init")
        assert inits[-1]["body"]["mime"].startswith(mime)
        made_from = inits[-1]["body"]["audio"].get("transcoded_from", "")
        assert made_from == (audio[6:].upper() if "pcm" in audio else "")
        await _plays(page, lab, inits[-1]["body"]["epoch"])
    await asyncio.to_thread(_decodes, lab)
    check_account(lab)


async def _plays(page: Page, lab: Lab, epoch: int) -> None:
    """The live fragments of the last epoch, as a viewer gets them."""
    fragments = [f for f in lab.heard.of("media") if f.epoch == epoch]
    parts = [fragments[0].init, *(fragment.data for fragment in fragments)]
    encoded = [base64.b64encode(part).decode() for part in parts]
    shown = await page.evaluate(_PLAY, [fragments[0].mime, encoded])
    end_us = max(fragment.start_us + fragment.duration_us for fragment in fragments)
    recorded_s = (end_us - fragments[0].start_us) / 1e6
    assert shown["supported"], fragments[0].mime
    assert shown["error"] is None
    assert shown["ended"], shown
    assert shown["ranges"] == 1, shown
    assert shown["width"] >= 160
    # what is buffered is what both tracks have, and they need not begin and end together
    assert recorded_s - 1.5 < shown["seconds"] < recorded_s + 0.1, (shown, recorded_s)
    assert shown["frames"] > 20


def _decodes(lab: Lab) -> None:
    for body in segments_of(lab):
        with av.open(io.BytesIO(file_of(lab, body)), "r") as container:
            assert sum(1 for _ in container.decode(video=0)) == body["frames"]

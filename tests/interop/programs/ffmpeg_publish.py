"""FFmpeg's whip muxer, as it is in the PyAV wheel. Arguments: URL TOKEN PROFILE DIRECTORY.

Its GnuTLS would make a P-224 certificate, which OpenSSL refuses; it takes a P-256 one from files.
"""

from __future__ import annotations

import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

_RATE = 25


def certificate(directory: Path, name: str) -> dict[str, str]:
    key, cert = directory / f"{name}-key.pem", directory / f"{name}-cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=whip"),
        ],
        check=True,
        capture_output=True,
    )
    return {"cert_file": str(cert), "key_file": str(key)}


def publish(url: str, token: str, profile: str, directory: str) -> None:
    options = {"authorization": token, **certificate(Path(directory), profile)}
    with av.open(url, "w", format="whip", options=options) as output:
        video = output.add_stream("libx264", rate=_RATE)
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        video.gop_size = 2 * _RATE
        video.profile = profile
        # The fastest preset uses nothing of High, and x264 names the profile it used.
        preset = "veryfast" if profile == "High" else "ultrafast"
        video.options = {"preset": preset, "tune": "zerolatency", "bf": "0"}
        video.codec_context.bit_rate = 1_000_000
        audio = output.add_stream("libopus", rate=48_000, layout="stereo")
        started = time.monotonic()
        samples = 0
        for number in range(60 * _RATE):
            line = ((np.arange(640) + 4 * number) % 256).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(
                np.dstack([np.tile(line, (360, 1))] * 3), format="rgb24"
            )
            frame.pts, frame.time_base = number, Fraction(1, _RATE)
            output.mux(video.encode(frame.reformat(format="yuv420p")))
            while samples < (number + 1) * 48_000 // _RATE:
                at = np.arange(samples, samples + 960)
                tone = (4000 * np.sin(2 * np.pi * 440 * at / 48_000)).astype(np.int16)
                heard = av.AudioFrame.from_ndarray(
                    np.repeat(tone, 2).reshape(1, -1), format="s16", layout="stereo"
                )
                heard.sample_rate, heard.pts = 48_000, samples
                output.mux(audio.encode(heard))
                samples += 960
            time.sleep(max(0.0, started + (number + 1) / _RATE - time.monotonic()))


if __name__ == "__main__":
    publish(*sys.argv[1:])

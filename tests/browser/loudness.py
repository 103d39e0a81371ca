"""How loud it is at the other end of a call: measured in the page that plays it."""

from __future__ import annotations

from typing import Any

from tests.e2e.installation import until

#: Loudest sample of half a second of what an element plays; -1 while there is nothing to play.
LOUDEST = """async (video) => {
    if (!video || video.muted || video.readyState < 2) return -1
    if (!window.ears) window.ears = new Map()
    if (!window.ears.has(video)) {
        const context = new AudioContext()
        const analyser = context.createAnalyser()
        analyser.fftSize = 32768
        context.createMediaElementSource(video).connect(analyser).connect(context.destination)
        window.ears.set(video, analyser)
    }
    const analyser = window.ears.get(video)
    await analyser.context.resume()
    await new Promise((done) => setTimeout(done, 600))
    const samples = new Float32Array(analyser.fftSize)
    analyser.getFloatTimeDomainData(samples)
    return samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0)
}"""
BARS = "(meter) => Number(meter.getAttribute('aria-valuenow'))"
HEARD = 0.02  # of full scale; the voice of the clip reaches 0.3
QUIET = 0.002


async def settles(element: Any, fits: Any, of: str = LOUDEST) -> float:
    """The loudness of an element once it is as wanted."""
    heard: list[float] = []

    async def look() -> bool:
        heard.append(float(await element.evaluate(of)))
        return bool(fits(heard[-1]))

    await until(look, 60)
    return heard[-1]

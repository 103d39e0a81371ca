"""A second hearing of a closed session, from its recorded sound, with a larger model.

Runs in a process of its own (``python -m`` this module): nobody waits for it, it may take as long
as the interview did, and a native fault of a recogniser ends it alone. The parent writes one
``Order`` as a line on standard input; the digest of the loaded model comes back as a line, every
sentence as another, then ``done``. What the live model heard is not touched: the result stands
beside it.

Any engine that fits the port (``recogniser.Engine``) will do here: Vosk, or what ``model_kinds``
knows besides.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from config.messages import AudioPacket
from config.recorder_messages import SegmentRef
from evidence_store.errors import SealedError
from evidence_store.sealed_media import read_media
from transcription.errors import AudioError, ModelError, RecordingUnreadable
from transcription.hearing import Hearing
from transcription.listener import Listener
from transcription.model_kinds import open_engine
from transcription.past_segments import past_recordings
from transcription.recogniser import Engine
from transcription.resample import read_segment
from transcription.second_order import ANY_LANGUAGE, Line, Order
from transcription.track import Speech
from transcription.utterance import Place, Utterance, to_append

#: A partial nobody sees; the longest a track accepts.
_PARTIAL_US = 60_000_000
#: Whoever records, seals or hears live goes first, and is not the one that is killed.
_NICE = 10
_KILLED_FIRST = "1000"


def second_pass(engine: Engine, order: Order) -> Iterator[Utterance]:
    """Every sentence of the session's recordings, recording by recording.

    Raises:
        RecordingUnreadable: there are none; or, after the sentences of all others, segments could
            not be read: a reading without their words must not look like a whole one.
    """
    unread, store = 0, Path(order.store)
    for source, recording in past_recordings(store, order.logs, order.session).items():
        place = Place(source, order.session, recording.room, 0, "")
        listener = Listener(Hearing([engine]), place, recording.channels, {}, _PARTIAL_US)
        for segment in recording.segments:
            if segment.covered:
                yield from _finals(listener.finish())
                continue
            try:
                packets = [one for one in _packets(store, segment) if _is_meant(order, one)]
            except (OSError, SealedError, AudioError):
                unread += 1
                continue
            heard = listener.hear(segment.epoch, packets)
            yield from _finals(heard.speech)
        yield from _finals(listener.finish())
    if unread:
        raise RecordingUnreadable(f"{unread} segments cannot be read")


def _is_meant(order: Order, packet: AudioPacket) -> bool:
    """Whether the session was in the order's language then."""
    language = order.default
    for switch in order.switches:
        if switch.from_us <= packet.start_us:
            language = switch.language
    return order.language in (language, ANY_LANGUAGE)


def _finals(speech: Sequence[Speech]) -> Iterator[Utterance]:
    for item in speech:
        if isinstance(item, Utterance) and not item.doubt:
            yield item


def _packets(store: Path, segment: SegmentRef) -> list[AudioPacket]:
    data = read_media(store, segment.init_path) + read_media(store, segment.path)
    return [
        AudioPacket(
            start_us=segment.start_us + packet.offset_us,
            duration_us=packet.duration_us,
            data=packet.data,
        )
        for packet in read_segment(data)
    ]


def step_back() -> None:
    """Take what the others leave, and be the first to end where memory runs out."""
    os.nice(_NICE)
    with contextlib.suppress(OSError):  # Linux only
        Path("/proc/self/oom_score_adj").write_text(_KILLED_FIRST, encoding="ascii")


def main() -> int:
    """Carry out the order on standard input."""
    step_back()
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    try:
        language = "" if order.language == ANY_LANGUAGE else order.language
        engine = open_engine(Path(order.model), language)
    except ModelError:
        _answer(Line(error="bad_model"))
        return 1
    _answer(Line(model=engine.model.digest))
    try:
        for said in second_pass(engine, order):
            _answer(Line(said=msgspec.Raw(to_append(said, engine.model, 0).body)))
    except RecordingUnreadable as error:
        print(error, file=sys.stderr)
        _answer(Line(error="recording_unreadable"))
        return 1
    _answer(Line(done=engine.model.digest))
    return 0


def _answer(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())

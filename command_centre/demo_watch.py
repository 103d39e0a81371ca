"""What the demo sees of its own run: a read-only desk that remembers times of arrival."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection
from dataclasses import dataclass, field

from command_centre.desk import protocol
from command_centre.desk.protocol import ServerMessage, SourceBody
from command_centre.desk.views import Prompt
from config.words import SourceState


@dataclass(frozen=True)
class Heard:
    """A final utterance and when it reached the desk."""

    room: str
    speaker: str
    text: str
    start_us: int
    end_us: int
    arrived_us: int


@dataclass
class Watch:
    """Fed by ``on_message``; everything else reads."""

    sources: dict[str, SourceBody] = field(default_factory=dict)
    protected: dict[str, int] = field(default_factory=dict)
    #: Per source, (arrival, protected until) while the first seconds become protected.
    first_protected: dict[str, list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    #: Per source, when the recorder first heard of it (its offer).
    began_us: dict[str, int] = field(default_factory=dict)
    bit_rates: dict[str, deque[int]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=600))
    )
    heard: list[Heard] = field(default_factory=list)
    last_words: dict[str, str] = field(default_factory=dict)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    #: When each state of a prompt reached this desk.
    prompt_arrivals: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    gaps: list[protocol.GapEvent] = field(default_factory=list)
    readings: int = 0
    alarms: set[str] = field(default_factory=set)
    system: str = ""

    def on_message(self, message: ServerMessage, arrived_us: int) -> None:
        """Take note of one message."""
        match message:
            case protocol.SourceMessage(status=status):
                self.sources[status.source] = status
                if status.state in (SourceState.CONNECTING, SourceState.RECORDING):
                    self.began_us.setdefault(status.source, status.since_us)
                if status.bits_per_s:
                    self.bit_rates[status.source].append(status.bits_per_s)
            case protocol.ProtectedMessage(source=source, until_us=until_us):
                self.protected[source] = until_us
                if len(self.first_protected[source]) < 10:
                    self.first_protected[source].append((arrived_us, until_us))
            case protocol.UtteranceEvent():
                self._hear(message, arrived_us)
            case protocol.PartialMessage(source=source, text=text):
                if text:
                    self.last_words[source] = text
            case protocol.PromptEvent(prompt=prompt):
                self.prompts[prompt.id] = prompt
                self.prompt_arrivals[prompt.id].setdefault(prompt.state, arrived_us)
            case protocol.GapEvent():
                self.gaps.append(message)
            case protocol.ReadingEvent(alarms=alarms):
                self.readings += 1
                self.alarms.update(alarms)
            case protocol.SystemMessage(code=code):
                self.system = code

    def all_recording(self, sources: Collection[str]) -> bool:
        """Whether media of every one of them arrives."""
        states = [status.state for name in sources if (status := self.sources.get(name))]
        return len(states) == len(sources) and set(states) == {SourceState.RECORDING}

    def _hear(self, event: protocol.UtteranceEvent, arrived_us: int) -> None:
        self.heard.append(
            Heard(event.room, event.speaker, event.text, event.start_us, event.end_us, arrived_us)
        )
        self.last_words[event.source] = event.text

"""What an answer will need of the talk before it, found when the question is heard.

An answer is to be read in 50 ms, and a question costs next to nothing. So the point of the question
before, which leads up to the answer, is weighed while the answer is being given, and what the new
question means is found. Both are kept where the reading of the answer looks for them; nothing here
changes what is found.
"""

from __future__ import annotations

from dataclasses import replace

from transcription.comparison import sense
from transcription.comparison.model import Case, Exchange, Role
from transcription.comparison.parts import Names
from transcription.comparison.pauses import paused_exchange
from transcription.comparison.zh.heard import heard_of
from transcription.comparison.zh.tying import tied

LANGUAGE = "zh"


def prepare(exchange: Exchange, case: Case, names: Names) -> None:
    """``exchange`` ends with the question that was heard now."""
    if exchange.language != LANGUAGE or not case.points:
        return
    asked = [at for at, turn in enumerate(exchange.turns) if turn.role is Role.QUESTION][-2:]
    exchange, _ = paused_exchange(replace(exchange, turns=exchange.turns[asked[0] :]))
    heard = heard_of(exchange, case, names)
    texts = [speech.flat.text for speech, question in heard.turns() if question is not None]
    sense.vectors((texts[-1], " ".join(texts)))
    tied(heard, 0)

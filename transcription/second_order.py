"""What the centre and the process of a second pass say to each other. Shapes only.

The centre writes one ``Order`` as a line of JSON on standard input. A ``Line`` comes back with the
digest of the model that was loaded, then one for every sentence, then ``done``. Apart from
``second_pass`` so that the centre loads no recogniser for it.
"""

from __future__ import annotations

import msgspec

from config.transcriber_messages import LanguageSwitch

#: The language of a model that hears any.
ANY_LANGUAGE = "und"


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to hear again: a session of a store, with a model for one language.

    Only where the session was in this language is it heard; ``und`` is heard everywhere.
    """

    store: str
    logs: list[str]
    session: str
    model: str  # directory
    language: str
    default: str = ""  # language the session is in before the first switch
    switches: list[LanguageSwitch] = []  # in order of time


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the answer; exactly one field is set."""

    model: str = ""  # digest of the model that hears; the first line
    said: msgspec.Raw = msgspec.Raw(b"")  # body of an utterance
    done: str = ""  # digest of the model that heard
    error: str = ""  # a code

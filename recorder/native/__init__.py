"""The receive path's hot steps: in C where it could be compiled at set-up, else in Python.

``Lane``, ``Receiver`` and ``length_prefixed`` are the one or the other; ``compiled`` says which.
``DUIZHI_NATIVE=0`` in the environment chooses Python.
"""

from __future__ import annotations

import logging
import os

from recorder.native import twin

logger = logging.getLogger(__name__)

Lane: type[twin.Lane] = twin.Lane
Receiver: type[twin.Receiver] = twin.Receiver
length_prefixed = twin.length_prefixed
compiled = False

if os.environ.get("DUIZHI_NATIVE", "1") != "0":
    try:
        from recorder.native import _media
    except ImportError as error:
        logger.warning("receiving media in Python, at several times the cost: %s", error)
    else:
        Lane = _media.Lane
        Receiver = _media.Receiver
        length_prefixed = _media.length_prefixed
        compiled = True

__all__ = ["Lane", "Receiver", "compiled", "length_prefixed"]

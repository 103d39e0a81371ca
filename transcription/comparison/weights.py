"""Where the weights of the networks that read exchanges are, without what reads them.

Whoever only names or hashes the files imports this: the readers take a second to load.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent

ZH = _HERE / "zh" / "net.npz"
EN = _HERE / "en" / "net.npz"

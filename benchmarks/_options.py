"""What a benchmark is told on the command line when it takes nothing but counts."""

from __future__ import annotations

import argparse


def counts(about: str | None, **defaults: int) -> list[int]:
    """Whole numbers above nothing, in the order of ``defaults``; ``--help`` tells ``about``.

    Raises:
        SystemExit: with what was expected, when something else was given.
    """
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in defaults.items():
        parser.add_argument(
            name, nargs="?", type=_count, default=default, help=f"{default} if not given"
        )
    given = parser.parse_args()
    return [getattr(given, name) for name in defaults]


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, not {text!r}")
    return int(text)

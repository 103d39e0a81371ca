"""What the options of all commands are made of."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

Command = Callable[[argparse.Namespace], int]
Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def later(module: str, name: str) -> Command:
    """A command whose module is imported when it runs."""

    def run(options: argparse.Namespace) -> int:
        function: Command = getattr(import_module(f"command_centre.{module}"), name)
        return function(options)

    return run


def with_config(parser: argparse.ArgumentParser) -> None:
    """Where the settings of this site are."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings of this site (TOML)")


def as_person(parser: argparse.ArgumentParser) -> None:
    """Who acts, where the act is an entry under a name."""
    parser.add_argument("--account", required=True, help="who acts; the password is asked for")
    parser.add_argument("--password-file", type=Path, help="read the password from this file")
    with_config(parser)


def positive(text: str) -> float:
    """A number of seconds above 0."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("expected a number of seconds above 0")
    return value

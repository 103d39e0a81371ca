"""``duizhi bench NAME``: one measurement beside a named peer, as one line of JSON.

Each benchmark is a module of ``benchmarks`` that can be run by itself; what follows its name on
the command line is its own business (``duizhi bench NAME --help``).
"""

from __future__ import annotations

import argparse
import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

from command_centre.cli import EXIT_OK, CommandError


def names() -> list[str]:
    """The benchmarks there are: modules of ``benchmarks`` with a ``main``."""
    spec = find_spec("benchmarks")
    places = list(spec.submodule_search_locations or []) if spec else []
    files = {file for place in places for file in Path(place).glob("*.py")}
    return sorted(file.stem for file in files if not file.stem.startswith("_"))


def bench(options: argparse.Namespace) -> int:
    """Run one benchmark, or list them."""
    known = names()
    name: str | None = options.name
    if name is None:
        print("\n".join(known))
        return EXIT_OK
    if name not in known:
        raise CommandError(f"no benchmark {name!r}; there are: {', '.join(known)}")
    spec = find_spec("benchmarks")
    root = Path(next(iter(spec.submodule_search_locations or []), ".")).parent if spec else Path()
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))  # some start what the tests start, beside the package
    before = sys.argv
    # --json is what every benchmark prints anyway; it is accepted so that scripts can say it.
    rest = [one for one in options.arguments if one != "--json"]
    sys.argv = [f"duizhi bench {name}", *rest]
    try:
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise CommandError(ended.code) from ended
        return ended.code or EXIT_OK
    finally:
        sys.argv = before
    return EXIT_OK

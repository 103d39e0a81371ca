"""``python -m tests.attacks``: carry out all attacks, or one; ``--write`` makes the table anew."""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.attacks.attack import ATTACKS
from tests.attacks.run import OwnVerifier, attack_once, check_clean
from tests.attacks.scenes import CLEAN, Scenes
from tests.attacks.table import table_text


def main() -> int:
    """0 when every attack got its verdict and no clean thing an alarm."""
    parser = argparse.ArgumentParser(prog="python -m tests.attacks", description=__doc__)
    parser.add_argument("--list", action="store_true", help="name the attacks")
    parser.add_argument("--only", metavar="NAME", help="carry out one")
    parser.add_argument("--write", action="store_true", help="write README.md")
    options = parser.parse_args()
    if options.list:
        for attack in ATTACKS.values():
            print(f"{attack.name:32} {attack.text}")
        return 0
    if options.write:
        Path(__file__).with_name("README.md").write_text(table_text(), encoding="utf-8")
        return 0
    if options.only and options.only not in ATTACKS:
        parser.error(f"no attack is called {options.only}; see --list")
    return _carry_out([options.only] if options.only else [*ATTACKS], clean=not options.only)


def _carry_out(names: list[str], *, clean: bool) -> int:
    failed = 0
    warnings.simplefilter("ignore", UserWarning)  # zip archives with two members of one name
    with tempfile.TemporaryDirectory(prefix="duizhi-attacks-") as top:
        scenes, own = Scenes(Path(top) / "scenes"), OwnVerifier(Path(top))
        for name in names:
            failed += _one(name, partial(attack_once, ATTACKS[name], scenes, own), top)
        for name in CLEAN if clean else ():
            failed += _one(f"clean: {name}", partial(check_clean, name, scenes, own), top)
        own.close()
    print(f"{len(names)} attacks, {failed} without their verdict")
    return 1 if failed else 0


def _one(title: str, act: Callable[[Path], None], top: str) -> int:
    with tempfile.TemporaryDirectory(dir=top) as place:
        try:
            act(Path(place))
        except AssertionError as error:
            print(f"FAILED   {title}: {str(error)[:900]}")
            return 1
    print(f"as told  {title}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

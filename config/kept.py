"""Settings changed on the page that hold from a restart on, kept beside the store.

The centre writes the file (``KEPT_FILE``, JSON, ``section.key`` -> value) from the entries of its
log; every process and every command reads it with the site's file (``load_site``). It goes before
the site's file until a setting is put back. Nothing in it can keep a process from starting: a file
that cannot be read is as none, a value that cannot be is left out, and the process's log says so.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import msgspec

from config.changeable import RESTARTED, BadSetting, checked, value_of, with_kept
from config.settings import Settings, load

logger = logging.getLogger(__name__)

KEPT_FILE = "settings-kept.json"


def load_site(path: Path | None = None) -> Settings:
    """The site's settings with what was changed on the page.

    Raises:
        SettingsError: as ``load``.
    """
    return with_file(load(path))


def with_file(settings: Settings) -> Settings:
    """The settings with what is kept beside their store; ``below`` says what held without it."""
    for name, value in _read(settings.store_path / KEPT_FILE).items():
        if name not in RESTARTED:
            continue
        try:
            below = settings.below | {name: (value_of(settings, name), settings.said.get(name, ""))}
            settings = with_kept(settings, {name: checked(name, value)})
            settings = msgspec.structs.replace(settings, below=below)
        except BadSetting as error:
            logger.warning("a kept setting is left out: %s", error)
    return settings


def without_file(settings: Settings) -> Settings:
    """The settings as they would be without what is kept."""
    base = with_kept(settings, {name: value for name, (value, _) in settings.below.items()})
    said = base.said | {name: where for name, (_, where) in settings.below.items()}
    said = {name: where for name, where in said.items() if where}
    return msgspec.structs.replace(base, said=said, below={})


def to_bytes(kept: dict[str, Any]) -> bytes:
    """The file with these values."""
    return msgspec.json.format(msgspec.json.encode(kept, order="sorted"), indent=1) + b"\n"


def _read(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        logger.error("%s cannot be read, the site's file holds: %s", path, error)
        return {}

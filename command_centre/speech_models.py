"""Which speech models lie on this machine: shipped, in the store, and where the settings say."""

from __future__ import annotations

from pathlib import Path

from config.settings import Settings
from transcription.model_directory import (
    LANGUAGES,
    chosen_models,
    is_missing,
    shipped,
    stored_models,
)


def installed(settings: Settings) -> dict[str, Path]:
    """Directories by what they are called in ``duizhi model use``; each directory once."""
    found = {
        ("shipped" if language == "zh" else f"shipped --language {language}"): shipped(language)
        for language in LANGUAGES
        if not is_missing(shipped(language))
    }
    others = stored_models(settings.store_path)
    for path in [*others, *chosen_models(settings.transcription).values()]:
        if path.resolve() not in found.values() and not is_missing(path):
            found[str(path.resolve())] = path.resolve()
    return found

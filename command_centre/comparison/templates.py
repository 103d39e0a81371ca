"""Templates of points for each kind of violation that come with the programme, from a TOML file.

The one shipped is config/points.toml; ``[comparison] templates`` names another, which replaces it.
A file that cannot be used is an error at the start that names what is wrong; nothing is guessed.
What the agency words itself in the pages (``kept_templates``) stands before the file.
"""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from command_centre.comparison.book import SLOTS, Wording
from command_centre.comparison.views import PointDetail, Template, TemplatePoint
from command_centre.errors import TemplateError

SHIPPED = Path(__file__).parents[2] / "config" / "points.toml"
FORMAT = "duizhi-points/1"
#: Versions the agency words in the pages are called ``own-1``; a file's version is not.
OWN = "own-"
#: What names a kind, and a version: it stands in addresses and in entries.
_NAME = re.compile(r"\w[\w.-]{0,39}")


class Templates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All templates of a file."""

    format: str
    version: str
    template: tuple[Template, ...]
    sha256: str = ""  # of the file

    def find(self, name: str) -> Template | None:
        """A template by its id."""
        return next((one for one in self.template if one.id == name), None)


def wording_of(point: TemplatePoint) -> Wording:
    """The point as it is added to a case."""
    return Wording(
        text=point.text,
        en=point.en,
        detail=PointDetail(
            topic=point.topic,
            event=point.event,
            slots=point.slots,
            verbs=point.verbs,
            items=point.items,
            synonyms=point.spoken,
            question=point.question,
            question_en=point.question_en,
        ),
    )


def read_templates(setting: str) -> Templates:
    """The templates of a file; ``shipped`` is ours.

    Raises:
        TemplateError: the file is missing, or not what was expected.
    """
    path = SHIPPED if setting == "shipped" else Path(setting)
    try:
        return _parsed(path, path.read_bytes())
    except OSError as error:
        raise TemplateError(f"cannot read {path}: {error.strerror}") from error


@functools.lru_cache(maxsize=4)
def _parsed(path: Path, raw: bytes) -> Templates:
    try:
        values: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
        read = msgspec.convert(values, Templates)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise TemplateError(f"{path}: {error}") from error
    _check(path, read)
    return msgspec.structs.replace(read, sha256=hashlib.sha256(raw).hexdigest())


def _check(path: Path, read: Templates) -> None:
    if read.format != FORMAT:
        raise TemplateError(f'{path}: expected format = "{FORMAT}", found {read.format!r}')
    if not _NAME.fullmatch(read.version) or read.version.startswith(OWN):
        raise TemplateError(
            f'{path}: version: expected 1 to 40 letters, digits, ".", "-" and "_", not beginning '
            f'with "{OWN}"; found {read.version!r}'
        )
    for template in read.template:
        if not _NAME.fullmatch(template.id):
            raise TemplateError(
                f'{path}: id: expected 1 to 40 letters, digits, ".", "-" and "_"; '
                f"found {template.id!r}"
            )
    if len({one.id for one in read.template}) != len(read.template):
        raise TemplateError(f"{path}: two templates have the same id")
    for template in read.template:
        for number, point in enumerate(template.points, 1):
            unknown = set(point.slots) - SLOTS
            if unknown or not point.slots:
                said = ", ".join(sorted(unknown)) or "none"
                known = ", ".join(sorted(SLOTS))
                raise TemplateError(
                    f"{path}: {template.id}/{number}: slots are some of {known}, found {said}"
                )
            if not point.text.strip() or not point.question.strip():
                raise TemplateError(f"{path}: {template.id}/{number}: text and question are needed")

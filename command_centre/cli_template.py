"""``duizhi record template list | export | check | use``: Word templates of records.

An agency exports the shipped template, changes it in Word, checks it and puts it to use. What is
put to use is copied into the store and is an entry of the centre's log; a template that cannot be
filled is refused and the one in use stays.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from command_centre.cli import EXIT_NO, EXIT_OK, CommandError, site_settings
from command_centre.log_note import note_act
from command_centre.record.errors import TemplateUnusable
from command_centre.record.word_document import (
    TEMPLATE_BYTES_MAX,
    WordTemplate,
    fill,
    open_template,
    read_template,
)
from command_centre.record.word_values import FORM_NAMES, sample
from evidence_store.errors import EvidenceError


def listed(options: argparse.Namespace) -> int:
    """Which template is used for each form."""
    folder = site_settings(options).store_path / "templates"
    for form in FORM_NAMES:
        try:
            one = read_template(form, folder)
        except TemplateUnusable as error:
            print(f"{form}: {error}")
            continue
        whose = "the agency's own" if one.own else "shipped"
        print(f"{form}: {whose}, version {one.version or '-'}, sha256 {one.sha256}")
    return EXIT_OK


def export(options: argparse.Namespace) -> int:
    """Write the template in use to a file."""
    found = _reading(
        lambda: read_template(options.form, site_settings(options).store_path / "templates")
    )
    out: Path = options.out or Path(f"{options.form}.docx")
    try:
        with out.open("xb") as file:
            file.write(found.data)
    except OSError as error:
        raise CommandError(f"cannot write {out}: {error.strerror}") from error
    print(f"{out}: version {found.version or '-'}, sha256 {found.sha256}")
    return EXIT_OK


def check(options: argparse.Namespace) -> int:
    """Say whether a template can be filled; nothing is changed."""
    try:
        found = _tried(options.form, options.file)
    except TemplateUnusable as error:
        print(f"{options.file}: {error}")
        return EXIT_NO
    print(f"{options.file}: good, version {found.version or '-'}, sha256 {found.sha256}")
    return EXIT_OK


def use(options: argparse.Namespace) -> int:
    """Put a template to use from now on, or the shipped one again."""
    settings = site_settings(options)
    folder = settings.store_path / "templates"
    own = folder / f"{options.form}.docx"
    if not settings.store_path.is_dir():
        raise CommandError(f"there is no store at {settings.store_path}")
    if options.shipped == (options.file is not None):
        raise CommandError("name a file, or say --shipped")
    if options.shipped:
        found = _reading(lambda: read_template(options.form, folder / "none"))
    else:
        found = _reading(lambda: _tried(options.form, options.file))
    body = {
        "form": options.form,
        "version": found.version,
        "sha256": found.sha256,
        "size": len(found.data),
        "shipped": bool(options.shipped),
    }
    try:
        # the entry first: a template that is in use stands in the log
        asyncio.run(note_act(settings, "template.used", body))
        if options.shipped:
            own.unlink(missing_ok=True)
        else:
            folder.mkdir(exist_ok=True)
            part = own.with_suffix(".part")
            part.write_bytes(found.data)
            os.replace(part, own)
    except (EvidenceError, OSError) as error:
        raise CommandError(f"the template is not in use: {error}") from error
    print(
        f"{options.form}: version {found.version or '-'}, sha256 {found.sha256}, in use from now on"
    )
    return EXIT_OK


def _tried(form: str, path: Path) -> WordTemplate:
    try:
        if path.stat().st_size > TEMPLATE_BYTES_MAX:
            raise TemplateUnusable(f"a template has at most {TEMPLATE_BYTES_MAX >> 20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    found = open_template(form, data, own=True)
    for times in (True, False):
        fill(found, {**sample(form), "times": times})
    return found


def _reading(read: Callable[[], WordTemplate]) -> WordTemplate:
    try:
        return read()
    except TemplateUnusable as error:
        raise CommandError(str(error)) from error

"""Templates of record forms as an administrator keeps them: checked, put to use, put back.

What was ever put to use here stays beside it by its digest, so that one can go back; the log says
who did it and when (``template.used``). A template that cannot be filled is never put to use, and
the one in use stays. ``duizhi record template`` does the same at the machine.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from command_centre.db import schema
from command_centre.db.database import Database
from command_centre.desk.acts import Acts
from command_centre.desk.centre_log import CaseLog
from command_centre.desk.permissions import Caller
from command_centre.desk.views import View
from command_centre.errors import Rejected
from command_centre.record.errors import TemplateUnusable
from command_centre.record.word_document import (
    fields_of,
    fill,
    open_template,
    read_template,
)
from command_centre.record.word_values import FORM_NAMES, sample

VERSIONS_MAX = 30  # kept of a form; older ones go
_NONE = Path("/nonexistent")


class FormVersion(View, frozen=True):
    """A template that was put to use."""

    sha256: str
    version: str
    shipped: bool
    t_us: int
    by_name: str  # empty: at the machine
    there: bool  # its file is kept: one can go back to it


class FormRow(View, frozen=True):
    """The template in use for one form of record."""

    form: str  # questioning | inspection
    own: bool  # the agency's, not the one shipped
    version: str
    sha256: str
    problem: str  # why it cannot be used; empty: it can
    versions: list[FormVersion]  # the newest first


class FormList(View, frozen=True):
    """Every form."""

    forms: list[FormRow]


class FormCheck(View, frozen=True):
    """What is found in a template before it is put to use."""

    good: bool
    version: str = ""
    sha256: str = ""
    problem: str = ""  # for whoever made it; empty: it can be filled
    unknown: list[str] = msgspec.field(default_factory=list)  # fields it names that there are not
    missing: list[str] = msgspec.field(
        default_factory=list
    )  # fields of the shipped one that it leaves out
    fields: list[str] = msgspec.field(default_factory=list)  # every field there is


class RecordForms:
    """One per centre; used on the event loop."""

    def __init__(self, database: Database, log: CaseLog, acts: Acts, store: Path) -> None:
        self._database = database
        self._log = log
        self._acts = acts
        self._folder = store / "templates"
        self._turn = asyncio.Lock()

    async def all(self) -> FormList:
        """Every form with what was in use before."""
        await self._acts.catch_up()
        used = await self._database.read(_used)
        return FormList(forms=await asyncio.to_thread(self._rows, used))

    async def check(self, form: str, data: bytes) -> FormCheck:
        """What would be if this were put to use; nothing is changed."""
        _known(form)
        return await asyncio.to_thread(_checked, form, data)

    async def use(self, caller: Caller, form: str, data: bytes) -> FormList:
        """Put a template to use from now on.

        Raises:
            Rejected: ``unknown_form``, ``template_unusable``, ``log_unavailable``, ``disk_full``.
        """
        found = await self.check(form, data)
        if not found.good:
            raise Rejected("template_unusable", found.problem)
        async with self._turn:
            await asyncio.to_thread(self._keep_present, form)
            await self._kept(form, found.sha256, data)
            await self._say(caller, form, found.version, found.sha256, len(data), shipped=False)
            await self._written(self._own(form), data)
        return await self.all()

    async def back(self, caller: Caller, form: str, sha256: str) -> FormList:
        """Use an earlier template again; an empty digest: the one that is shipped.

        Raises:
            Rejected: ``unknown_form``, ``unknown_template``, ``template_unusable``, ``disk_full``,
                ``log_unavailable``.
        """
        _known(form)
        if sha256:
            try:
                data = await asyncio.to_thread(self._file(form, sha256).read_bytes)
            except OSError as error:
                raise Rejected("unknown_template", "this template is not kept here") from error
            return await self.use(caller, form, data)
        async with self._turn:
            await asyncio.to_thread(self._keep_present, form)
            found = await asyncio.to_thread(read_template, form, _NONE)
            size = len(found.data)
            await self._say(caller, form, found.version, found.sha256, size, shipped=True)
            await asyncio.to_thread(self._own(form).unlink, missing_ok=True)
        return await self.all()

    async def file(self, form: str) -> bytes:
        """The template in use."""
        _known(form)
        try:
            return (await asyncio.to_thread(read_template, form, self._folder)).data
        except TemplateUnusable as error:
            raise Rejected("template_unusable", str(error)) from error

    async def _say(
        self, caller: Caller, form: str, version: str, sha256: str, size: int, *, shipped: bool
    ) -> None:
        # the entry first: a template that is in use stands in the log
        body = {"form": form, "version": version, "sha256": sha256, "size": size}
        who = {"shipped": shipped, "by": caller.account_id, "by_name": caller.name}
        await self._log.append("template.used", body | who)

    def _own(self, form: str) -> Path:
        return self._folder / f"{form}.docx"

    def _file(self, form: str, sha256: str) -> Path:
        name = sha256 if len(sha256) == 64 and sha256.isalnum() else "none"
        return self._folder / "kept" / f"{form}-{name}.docx"

    def _keep_present(self, form: str) -> None:
        """One that was put to use at the machine is kept before another takes its place."""
        try:
            present = read_template(form, self._folder)
        except TemplateUnusable:
            return
        if present.own and not self._file(form, present.sha256).exists():
            _write(self._file(form, present.sha256), present.data)

    async def _kept(self, form: str, sha256: str, data: bytes) -> None:
        await self._written(self._file(form, sha256), data)
        await asyncio.to_thread(self._thin_out, form)

    def _thin_out(self, form: str) -> None:
        files = sorted(
            (self._folder / "kept").glob(f"{form}-*.docx"), key=lambda one: one.stat().st_mtime
        )
        for one in files[:-VERSIONS_MAX]:
            one.unlink(missing_ok=True)

    async def _written(self, path: Path, data: bytes) -> None:
        try:
            await asyncio.to_thread(_write, path, data)
        except OSError as error:
            raise Rejected("disk_full", "the template cannot be written") from error

    def _rows(self, used: dict[str, list[FormVersion]]) -> list[FormRow]:
        rows = []
        for form in FORM_NAMES:
            versions = [
                msgspec.structs.replace(
                    one, there=one.shipped or self._file(form, one.sha256).exists()
                )
                for one in used.get(form, [])
            ]
            try:
                found = read_template(form, self._folder)
                seen = {"own": found.own, "version": found.version, "sha256": found.sha256}
                rows.append(FormRow(form=form, problem="", versions=versions, **seen))  # type: ignore[arg-type]
            except TemplateUnusable as error:
                unusable = FormRow(
                    form=form,
                    own=True,
                    version="",
                    sha256="",
                    problem=str(error),
                    versions=versions,
                )
                rows.append(unusable)
        return rows


def _known(form: str) -> None:
    if form not in FORM_NAMES:
        raise Rejected("unknown_form", f"a form is one of {', '.join(FORM_NAMES)}")


def _checked(form: str, data: bytes) -> FormCheck:
    offered = sample(form)
    fields = sorted(offered)
    try:
        found = open_template(form, data, own=True)
        named = fields_of(found)
        unknown = sorted(named - offered.keys())
        if not unknown:
            for times in (True, False):
                fill(found, {**offered, "times": times})
    except TemplateUnusable as error:
        return FormCheck(good=False, problem=str(error), fields=fields)
    shipped = fields_of(read_template(form, _NONE))
    return FormCheck(
        good=not unknown,
        version=found.version,
        sha256=found.sha256,
        problem=f"there is no field {unknown[0]}" if unknown else "",
        unknown=unknown,
        missing=sorted((shipped & offered.keys()) - named),
        fields=fields,
    )


def _used(connection: Connection) -> dict[str, list[FormVersion]]:
    table = schema.act
    found: dict[str, list[FormVersion]] = {}
    for row in connection.execute(
        select(table).where(table.c.kind == "template.used").order_by(table.c.log_index.desc())
    ):
        said = msgspec.json.decode(row.summary)
        found.setdefault(str(said.get("form", "")), []).append(
            FormVersion(
                sha256=str(said.get("sha256", "")),
                version=str(said.get("version", "")),
                shipped=bool(said.get("shipped")),
                t_us=row.t_us,
                by_name=str(said.get("by_name", "")),
                there=False,
            )
        )
    return found


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)

"""Files late media: what the examination prepared becomes files and entries, all or nothing.

The recorder decides nothing here but whether it may: the manifest's entries go through the one
writer as one job, so that files lie before their entries as everywhere, and a crash leaves either
the whole late file or none of it. A session may be open or sealed; its live account is not touched.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from config.recorder_messages import FileLate, Receipt
from evidence_store.errors import EvidenceError
from evidence_store.writer import FileLink
from recorder.errors import BadRequest, LateOverlap
from recorder.journal import Journal, as_recorder_error
from recorder.session import Session

_KINDS = ("late.file", "late.init", "late.segment", "late.filed")
_INDEX = "late.index"
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
#: Late media may touch what was received live by this much (evidence_store.accounting.JOINT_US).
_JOINT_US = 100_000
_REMEMBERED = 1000


class _Line(msgspec.Struct, frozen=True):
    """One entry of a manifest."""

    kind: str
    body: dict[str, Any]
    file: dict[str, Any] | None = None


class LateFiler:
    """One per recorder; used on the event loop."""

    def __init__(self, journal: Journal, root: Path) -> None:
        self._journal = journal
        self._root = root
        self._turn = asyncio.Lock()
        self._filed: OrderedDict[str, Receipt] = OrderedDict()

    async def file(self, request: FileLate, session: Session | None) -> Receipt:
        """File it; durable on return.

        Raises:
            RecorderError: ``bad_request``, ``late_overlap``, or the store did not take it.
        """
        async with self._turn:
            known = self._filed.get(request.upload)
            if known is not None:
                return known
            lines = await asyncio.to_thread(self._read, request)
            if session is not None:
                _check_against(session, request.source, lines)
            receipt = await self._submit(request, lines)
            self._filed[request.upload] = receipt
            while len(self._filed) > _REMEMBERED:
                self._filed.popitem(last=False)
            return receipt

    async def _submit(self, request: FileLate, lines: list[_Line]) -> Receipt:
        drafts = []
        for line in lines:
            of_log = line.kind == _INDEX
            session, room = ("", "") if of_log else (request.session, request.room)
            draft = self._journal.draft(line.kind, session, room, line.body)
            file = self._link(line)
            drafts.append(replace(draft, file=file))
        try:
            appended = await self._journal.submit(drafts)
        except EvidenceError as error:
            raise as_recorder_error(error) from error
        filed = appended[-2]  # late.filed, before late.index
        return Receipt(index=filed.index, leaf_hash=filed.leaf_hash, t_us=filed.t_us)

    def _read(self, request: FileLate) -> list[_Line]:
        store = self._root.parent.resolve()
        folder = (store / request.folder).resolve()
        if not _SLUG.fullmatch(request.upload) or not folder.is_relative_to(store / "uploads"):
            raise BadRequest("expected a folder of an upload in the store")
        try:
            raw = (folder / "manifest.json").read_bytes()
            lines = msgspec.json.decode(raw, type=list[_Line])
        except (OSError, msgspec.MsgspecError) as error:
            raise BadRequest(f"the manifest cannot be read: {error}") from error
        kinds = [line.kind for line in lines]
        if kinds[:1] != ["late.file"] or kinds[-2:] != ["late.filed", _INDEX]:
            raise BadRequest("a manifest goes from late.file to late.filed and late.index")
        if any(kind not in _KINDS for kind in kinds[:-1]):
            raise BadRequest("a manifest holds late.* entries only")
        base = f"media/{request.session}/{request.source}/late-{request.upload}/"
        for line in lines:
            self._check_line(line, request, base, folder)
        return lines

    def _check_line(self, line: _Line, request: FileLate, base: str, folder: Path) -> None:
        said = (line.body.get("file"), line.body.get("source"))
        if said != (request.upload, request.source):
            raise BadRequest("an entry of the manifest is about another file")
        if line.file is None:
            return
        source = Path(str(line.file.get("source", ""))).resolve()
        mine = source.is_relative_to(folder) or source == folder.parent / "data"
        if not mine or not str(line.file.get("path", "")).startswith(base):
            raise BadRequest("a file of the manifest lies elsewhere than its upload")

    def _link(self, line: _Line) -> FileLink | None:
        if line.file is None:
            return None
        try:
            return FileLink(
                str(line.file["path"]),
                Path(str(line.file["source"])),
                str(line.file["sha256"]),
                int(line.file["size"]),
                str(line.file.get("sealed_sha256", "")),
                int(line.file.get("sealed_size", 0)),
            )
        except (KeyError, ValueError) as error:
            raise BadRequest(f"a file of the manifest is not described: {error}") from error


def _check_against(session: Session, source: str, lines: list[_Line]) -> None:
    """Live media may have been stored since the examination looked."""
    recording = session.recordings.get(source)
    if recording is None:
        return
    for line in lines:
        if line.kind != "late.segment":
            continue
        start_us = int(line.body["start_us"])
        end_us = start_us + int(line.body["duration_us"])
        for live_us, until_us in recording.refs.spans(start_us):
            if live_us >= end_us:
                break
            shared = min(end_us, until_us) - max(start_us, live_us)
            if shared > _JOINT_US:
                raise LateOverlap("this time was received live meanwhile; examine the file again")

"""``duizhi redact``: a redacted copy straight from the store, beside a running centre or without.

The same copy as the audit desk makes, by the same process of its own. It counts as made when its
entry ``derived.made`` is in the centre's log; if it cannot be logged, the copy is removed.
"""

from __future__ import annotations

import asyncio
import getpass
import shutil
from pathlib import Path
from typing import Any

import msgspec

from command_centre.db.database import Database
from command_centre.desk.context import database_path
from command_centre.desk.derive import (
    DERIVE_CHILD,
    Derivation,
    derive_order,
    derived_body,
    find_sources,
    require_plan,
)
from command_centre.desk.job_target import find_target, required
from command_centre.errors import Rejected
from command_centre.ids import short_id
from command_centre.log_note import note_act
from config.settings import Settings
from evidence_store.errors import EvidenceError, PackageError
from evidence_store.store_format import check_store
from recorder.redaction import Redacted, RedactionLine, RedactionPlan

_PLAN_BYTES_MAX = 16 << 20


def read_plan(path: Path) -> RedactionPlan:
    """The plan in a file.

    Raises:
        PackageError: it cannot be read, or is not in the form of a plan.
        Rejected: ``bad_plan``; it cannot be carried out.
    """
    try:
        if path.stat().st_size > _PLAN_BYTES_MAX:
            raise PackageError(f"the plan {path} is longer than a plan can be")
        plan = msgspec.json.decode(path.read_bytes(), type=RedactionPlan)
    except OSError as error:
        raise PackageError(f"cannot read the plan {path}: {error.strerror}") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise PackageError(f"the plan {path}: {error}; see duizhi redact --help") from error
    require_plan(plan)
    return plan


async def redact_offline(
    settings: Settings,
    *,
    session: str,
    source: str,
    plan: RedactionPlan,
    reason: str,
    out: Path | None = None,
) -> dict[str, Any]:
    """Make and log a redacted copy; returns what was made.

    Raises:
        EvidenceError: the store, the copy or the log cannot be used.
        Rejected: there is no such session, nothing was recorded then, or it cannot be made.
    """
    store = settings.store_path
    check_store(store)
    reason = required(reason, "bad_reason", "a redacted copy needs a reason, for the log")
    await asyncio.to_thread(_require_new, out)
    with Database(database_path(store)) as database:
        target = await database.read(lambda one: find_target(one, session=session, case=None))
        sources = await database.read(lambda one: find_sources(one, session, source, plan))
    by = f"command line, {getpass.getuser()}"
    wanted = Derivation(
        id=short_id("dv"),
        case=target.case,
        session=session,
        source=source,
        plan=plan,
        sources=sources,
        reason=reason,
        by=by,
        by_name=by,
    )
    order = await asyncio.to_thread(derive_order, store, wanted, settings.redaction.face_model)
    copy = Path(order.out)
    logged = False
    try:
        made = await _carry_out(msgspec.json.encode(order))
        body = derived_body(wanted, settings.recorder.log_origin, made)
        index = await note_act(settings, "derived.made", body)
        logged = True
    finally:
        if not logged:
            await asyncio.to_thread(copy.unlink, missing_ok=True)
    if out is not None:
        try:
            await asyncio.to_thread(shutil.copyfile, copy, out)
        except OSError as error:
            raise PackageError(
                f"the copy is made and logged as {wanted.id}, but {out} cannot be written: "
                f"{error.strerror}"
            ) from error
    return {
        "derived": wanted.id,
        "file": str(out or copy),
        "sha256": made.sha256,
        "size": made.size,
        "pictures": made.pictures,
        "hidden_pictures": made.hidden_pictures,
        "log_index": index,
    }


def _require_new(out: Path | None) -> None:
    if out is not None and (out.exists() or not out.parent.is_dir()):
        raise PackageError(f"{out} exists already, or its folder does not; name a new file")


async def _carry_out(order: bytes) -> Redacted:
    """Run the child to its end; it is killed when this is cancelled."""
    process = await asyncio.create_subprocess_exec(
        *DERIVE_CHILD, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        said, _ = await process.communicate(order + b"\n")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    for text in said.splitlines():
        try:
            line = msgspec.json.decode(text, type=RedactionLine)
        except msgspec.MsgspecError as error:
            raise EvidenceError(f"the answer of the redaction cannot be read: {error}") from error
        if line.error is not None:
            raise Rejected(line.error["code"], line.error["detail"])
        if line.result is not None:
            return line.result
    raise EvidenceError(f"the redaction ended with status {process.returncode}")

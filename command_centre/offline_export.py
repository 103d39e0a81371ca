"""``duizhi export``: a package straight from the store, beside a running centre or without one.

The same package as the audit desk makes. Its export is an entry of the centre's log before the
package counts as made; if it cannot be logged, the package is removed.
"""

from __future__ import annotations

import asyncio
import getpass
import shutil
from pathlib import Path
from typing import Any

from command_centre.db.database import Database
from command_centre.desk.context import database_path
from command_centre.desk.disclosed import Disclosed, disclosure_body
from command_centre.desk.evidence_child import carry_out_export
from command_centre.desk.job_target import Target, find_target, required
from command_centre.desk.orders import Order
from command_centre.ids import short_id
from command_centre.log_note import note_act
from config.settings import Settings
from evidence_store.c2pa_copy import sign_copies
from evidence_store.errors import EvidenceError, PackageError
from evidence_store.store_format import check_store


async def export_offline(
    settings: Settings,
    *,
    out: Path,
    session: str | None,
    case: str | None,
    reason: str,
    disclosed: Disclosed | None = None,
    sealed: bool = False,
    c2pa: tuple[Path, Path] | None = None,
) -> dict[str, Any]:
    """Make, verify and log a package; returns what it holds.

    What a disclosure copy withholds is decided by an entry of the log before anything is made.

    Raises:
        EvidenceError: the store, the package or the log cannot be used.
        Rejected: there is no such session or case, or ``disclosed`` cannot be decided.
    """
    store = settings.store_path
    check_store(store)
    reason = required(reason, "bad_reason", "an export needs a reason, for the log")
    package = await asyncio.to_thread(_new_directory, out)
    with Database(database_path(store)) as database:
        target = await database.read(
            lambda connection: find_target(connection, session=session, case=case)
        )
    by = f"command line, {getpass.getuser()}"
    disclosure = ""
    if disclosed is not None:
        disclosure = short_id("dc")
        body = disclosure_body(disclosure, target.case, target.sessions, disclosed, reason)
        await note_act(settings, "disclose.made", {**body, "by": by, "by_name": by})
    order = Order(
        kind="export",
        store=str(store),
        sessions=target.sessions,
        out=str(package),
        case=target.about,
        reason=reason,
        by=by,
        disclosure=disclosure,
        sealed=sealed,
    )
    result = await asyncio.to_thread(carry_out_export, order, lambda _line: None)
    index = await _note_export(settings, target, order, result)
    copies: list[Path] = []
    if c2pa is not None:
        beside = package.with_name(f"{package.name}-c2pa")
        copies = await asyncio.to_thread(sign_copies, package, beside, *c2pa)
    return {
        "package": str(out),
        "verdict": result["verdict"],
        "files": result["files"],
        "bytes": result["size"],
        "log_index": index,
        **({"disclosure": disclosure} if disclosure else {}),
        "c2pa": [str(copy) for copy in copies],
    }


async def _note_export(
    settings: Settings, target: Target, order: Order, result: dict[str, Any]
) -> int:
    """Write the export down; a package that cannot be written down is removed."""
    entry = {
        **({"disclosure": order.disclosure} if order.disclosure else {}),
        "export": short_id("ex"),
        target.kind: target.id,
        "reason": order.reason,
        "by": order.by,
        "size": result["tree_size"],
        "root": result["root"],
        "sha256": result["sha256"],
        "verdict": result["verdict"],
    }
    try:
        return await note_act(settings, "export", entry)
    except EvidenceError:
        await asyncio.to_thread(shutil.rmtree, order.out, ignore_errors=True)
        raise


def _new_directory(out: Path) -> Path:
    if out.exists():
        raise PackageError(f"{out} exists already; name a new directory")
    return out.resolve()

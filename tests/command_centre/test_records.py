"""A record of questioning: made, read back, signed or refused, and proved with its log."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

from command_centre.record.pades import signature_states
from evidence_store.export import export_package
from evidence_store.verify import verify_path
from tests.command_centre.late_media import house
from tests.command_centre.record_room import RecordRoom
from tests.evidence_store.builder import CASE


async def test_a_record_is_made_shown_signed_and_proved(tmp_path: Path) -> None:
    store = tmp_path / "store"
    async with house(store) as live:
        room = await RecordRoom.open(live)
        document = await room.make(gender="男", id_number="610100198501010017")
        assert document["state"] == "made"
        page = await room.get(f"/api/documents/{document['id']}/pages/1")
        assert page.status_code == 200
        assert page.content.startswith(b"\x89PNG")
        early = await room.post(f"/api/documents/{document['id']}/finish")
        assert early.json()["code"] == "record_incomplete"
        await room.show(document)
        await room.sign(document, "p", "o1", "o2")
        view = await room.done(f"/api/documents/{document['id']}/finish")
        assert view["state"] == "signed"
        assert view["signatures"] == len(document["places"])
        made = (await room.get(f"/api/documents/{document['id']}/file")).content
        signed = (await room.get(f"/api/documents/{document['id']}/file?signed=1")).content
        assert signed.startswith(made)
        await live.centre.sessions.close(room.session, "test", "done")
    states = await asyncio.to_thread(signature_states, signed)
    assert len(states) == view["signatures"]
    assert all(one.good for one in states)
    pdf = tmp_path / "signed.pdf"
    pdf.write_bytes(signed)
    told = await asyncio.to_thread(
        subprocess.run, ["pdfsig", str(pdf)], capture_output=True, text=True, timeout=60
    )
    assert told.stdout.count("Signature is Valid") == len(states)
    report = await asyncio.to_thread(verify_path, store)
    assert report.exit_code == 0, report.findings
    package = tmp_path / "package"
    await asyncio.to_thread(
        lambda: export_package(
            store, package, sessions=[room.session], case=CASE, reason="移送", by="auditor"
        )
    )
    report = await asyncio.to_thread(verify_path, package)
    assert report.exit_code == 0, report.findings
    files = sorted(path.name for path in (package / "data" / "documents").rglob("*.pdf"))
    assert files == [f"{document['id']}-signed.pdf", f"{document['id']}.pdf"]
    ran = await asyncio.to_thread(
        subprocess.run,
        ["python3", "-I", "-S", "verify.py", "--json"],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert json.loads(ran.stdout)["exit_code"] == 0, ran.stdout + ran.stderr

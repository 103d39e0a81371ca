"""``duizhi record make | check``: records of questioning from the command line.

``make`` asks the running centre, as a person with an account; ``check`` needs nothing but the file
and a package or a store.
"""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path
from typing import Any

import httpx

from command_centre.cli import EXIT_NO, EXIT_OK, CommandError, site_settings
from command_centre.record.check import RecordCheck, check_record
from config.settings import Settings

_TIMEOUT_S = 30.0
_HEADERS = {"X-Duizhi": "1"}


def make(options: argparse.Namespace) -> int:
    """Make a document of the text of a session, and write the PDF to a file."""
    settings = site_settings(options)
    password = _password(options)
    with httpx.Client(
        base_url=_address(settings), headers=_HEADERS, timeout=_TIMEOUT_S, trust_env=False
    ) as client:
        _ask(client, "POST", "/api/login", {"account": options.account, "password": password})
        record = _ask(client, "GET", f"/api/sessions/{options.session}/record")
        if record["version"] == 0 or record["fresh"]:
            text = {
                "base": record["version"],
                "header": record["header"],
                "lines": record["lines"] + record["fresh"],
            }
            record = _ask(client, "POST", f"/api/sessions/{options.session}/record/text", text)
        document = _ask(
            client,
            "POST",
            f"/api/sessions/{options.session}/record/document",
            {"version": record["version"], "steps_seen": True},
        )
        pdf = client.get(f"/api/documents/{document['id']}/file").content
    out: Path = options.out or Path(f"record-{document['id']}.pdf")
    try:
        with out.open("xb") as file:
            file.write(pdf)
    except OSError as error:
        raise CommandError(f"cannot write {out}: {error.strerror}") from error
    print(f"{out}: {document['pages']} pages, sha256 {document['sha256']}")
    return EXIT_OK


def check(options: argparse.Namespace) -> int:
    """Say whether a PDF and a log prove each other; without a file, every document of a session."""
    evidence = options.package or site_settings(options).store_path
    files = [options.file] if options.file else _documents(evidence, options.session)
    good = True
    try:
        roots = options.stamp_ca.read_bytes() if options.stamp_ca else b""
    except OSError as error:
        raise CommandError(f"cannot read {options.stamp_ca}: {error.strerror}") from error
    for path in files:
        try:
            pdf = path.read_bytes()
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}") from error
        found = check_record(pdf, evidence, stamp_roots=roots)
        good = good and found.good
        for line in _words(path, found):
            print(line)
    return EXIT_OK if good else EXIT_NO


def _words(path: Path, found: RecordCheck) -> list[str]:
    verdict = "相互印证 they prove each other" if found.good else "不能印证 they do not"
    lines = [f"{path.name}: {verdict}", f"  sha256 {found.sha256}"]
    if found.head:
        lines.append(f"  states log {found.head.origin}, size {found.head.size}")
        lines.append(f"         root {found.head.root}")
    if found.index is not None:
        lines.append(f"  named by entry {found.index} ({found.named_by})")
    for one in found.signatures:
        state = "good" if one.good else "NOT GOOD"
        stamp = f", stamped {one.stamp}" if one.stamp else ""
        lines.append(f"  signature {one.field}: {one.name}, {one.time}{stamp}: {state}")
    if found.verdict:
        lines.append(f"  evidence: {found.verdict}")
    return lines + [f"  ! {reason}" for reason in found.failed]


def _documents(evidence: Path, session: str | None) -> list[Path]:
    if not session or "/" in session or session.startswith("."):
        raise CommandError("name a PDF, or a session with --session")
    folders = [evidence / "data" / "documents", *sorted(evidence.glob("recorder-*/documents"))]
    found = [path for folder in folders for path in sorted((folder / session).glob("*.pdf"))]
    if not found:
        raise CommandError(f"there is no document of session {session} in {evidence}")
    return found


def _address(settings: Settings) -> str:
    host = settings.centre.http_bind
    return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{settings.centre.http_port}"


def _password(options: argparse.Namespace) -> str:
    if options.password_file is None:
        return getpass.getpass(f"password of {options.account}: ")
    try:
        text: str = options.password_file.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot read {options.password_file}: {error.strerror}") from error
    return text.rstrip("\n")


def _ask(client: httpx.Client, method: str, path: str, body: Any = None) -> dict[str, Any]:
    try:
        answer = client.request(method, path, json=body)
    except httpx.HTTPError as error:
        raise CommandError(f"the centre does not answer at {client.base_url}: {error}") from error
    value: dict[str, Any] = answer.json()
    if answer.status_code >= 400:
        raise CommandError(f"{value.get('title')}: {value.get('detail')}")
    return value

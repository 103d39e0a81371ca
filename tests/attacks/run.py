"""Carries attacks out, and asks the three verifiers: ``duizhi verify``, the package's own
verify.py (Python without site packages) and the function behind the centre's audit desk."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from command_centre import cli
from command_centre.desk import evidence_child
from command_centre.desk.orders import Order
from evidence_store.bundle import verifier_source
from evidence_store.errors import PackageError
from evidence_store.export import zip_package
from evidence_store.report import Report
from evidence_store.verify import verify_path
from tests.attacks import forms as _forms  # noqa: F401  (registers every attack)
from tests.attacks.attack import STORE_FORM, Attack, Named, StoreAttacker, altered
from tests.attacks.package_forger import REKEYED, PackageForger
from tests.attacks.scenes import CLEAN, FIRST, HIDDEN, OTHER_DAY, SECOND_ROOM, Scenes

KEY_TOLD = altered("key_mismatch")
SESSIONS = (FIRST, OTHER_DAY, HIDDEN, SECOND_ROOM)


def attack_once(attack: Attack, scenes: Scenes, own: OwnVerifier, place: Path) -> None:
    """All forms of an attack, each on a fresh copy."""
    careful = list(attack.expected)[-1]  # the most careful form is shown to every verifier
    for form, named in attack.expected.items():
        target = scenes.copy(attack.scene, place / f"{form}{_suffix(scenes, attack)}")
        scene = scenes.get(attack.scene)
        if form == STORE_FORM:
            attack.act(StoreAttacker(target, scene.path))
        elif target.is_file():
            attack.act(target)
        else:
            forger = PackageForger(target, scene, form)
            attack.act(forger)
            forger.finish()
        report = verify_path(target)
        named.check(report)
        if form == REKEYED and attack.key_tells:
            KEY_TOLD.check(verify_path(target, keys=true_keys(scene.store)))
        if attack.told is not None and attack.told_by is not None:
            attack.told.check(verify_path(target, **attack.told_by(scene)))
        if form == careful:
            if target.is_dir() and form != STORE_FORM and attack.zip_alike:
                _check_zip(target, named)
            check_alike(target, report, own)


def check_clean(name: str, scenes: Scenes, own: OwnVerifier, place: Path) -> None:
    """A clean thing raises no alarm, also with the true keys, and all verifiers agree."""
    target = scenes.copy(name, place / f"clean{'.zip' if name == 'zip' else ''}")
    report = verify_path(target, keys=true_keys(scenes.get(name).store))
    assert (report.verdict, report.findings) == (CLEAN[name], [])
    check_alike(target, verify_path(target), own)


def check_alike(target: Path, report: Report, own: OwnVerifier) -> None:
    """The three verifiers give one verdict and name the same."""
    said = _said(report.to_dict())
    assert _said(duizhi_verify(target)) == said
    assert _said(centre_verify(target)) == said
    if not (target / "FORMAT").exists():
        assert _said(own.verify(target)) == said


def duizhi_verify(target: Path) -> dict[str, Any]:
    """What ``duizhi verify`` says."""
    heard = io.StringIO()
    with contextlib.redirect_stdout(heard):
        status = cli.main(["verify", "--json", str(target)])
    report: dict[str, Any] = json.loads(heard.getvalue())
    assert status == report["exit_code"]
    return report


class OwnVerifier:
    """verify.py as a package carries it, in a Python without any library (``-I -S``).

    It is loaded once and asked many times: loading takes longer than verifying what is small.
    """

    _LOOP = """
import contextlib, io, runpy, sys
main = runpy.run_path(sys.argv[1])["pack_main"]
for line in sys.stdin:
    heard = io.StringIO()
    with contextlib.redirect_stdout(heard):
        status = main(["--json", line[:-1]])
    print(status, heard.getvalue().strip(), flush=True)
"""

    def __init__(self, place: Path) -> None:
        script = place / "verify.py"
        script.write_text(verifier_source(), encoding="utf-8")
        command = [sys.executable, "-I", "-S", "-c", self._LOOP, str(script)]
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def verify(self, target: Path) -> dict[str, Any]:
        """Its report on a package."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(f"{target}\n")
        self._child.stdin.flush()
        status, _, text = self._child.stdout.readline().partition(" ")
        report: dict[str, Any] = json.loads(text)
        assert int(status) == report["exit_code"]
        return report

    def close(self) -> None:
        """End it."""
        with self._child as child:
            assert child.stdin is not None
            child.stdin.close()


def centre_verify(target: Path) -> dict[str, Any]:
    """What the audit desk's child says: of a store's sessions, or of a package it made."""
    if not (target / "FORMAT").exists():
        tell = evidence_child._progress(0, 1000, lambda _: None)
        return verify_path(target, progress=tell).to_dict()
    order = Order(kind="verify", store=str(target), sessions=[*SESSIONS], segments=0)
    with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        report: dict[str, Any] = evidence_child._WORK["verify"](order)
    return report


def true_keys(store: Path) -> list[bytes]:
    """The keys of the recorders' logs, as an owner would have written them down."""
    names = sorted(store.glob("keys/recorder-[0-9].pub.pem"))
    return [name.read_bytes() for name in names]


def _suffix(scenes: Scenes, attack: Attack) -> str:
    return scenes.get(attack.scene).path.suffix


def _check_zip(target: Path, named: Named) -> None:
    archive = target.with_suffix(".zip")
    try:
        zip_package(target, archive)
    except PackageError:
        return
    named.check(verify_path(archive))


def _said(report: dict[str, Any]) -> Any:
    findings = [
        (
            one["code"],
            one["session"],
            one["source"],
            one["path"].rpartition("/")[2],
            one["start_us"],
        )
        for one in report["findings"]
    ]
    return report["verdict"], sorted(findings, key=str)

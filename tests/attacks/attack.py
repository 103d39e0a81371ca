"""What an attack is: a change, the forms it comes in, and what must be found in each.

``Named`` says what a finding must name. ``accepted`` says that nothing can be found without
knowledge from elsewhere, and why; such an attack must then be found when that knowledge is given
(``--key``), or the reason says who else finds it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evidence_store.report import Finding, Report
from tests.attacks.package_forger import PLAIN, REKEYED, SEALED, THOROUGH, PackageForger
from tests.evidence_store.builder import SECOND, START_US

#: Verdicts.
COMPLETE, WITH_GAPS = "complete", "complete_with_gaps"
ALTERED, MISSING, UNREADABLE = "altered", "missing", "unreadable"

#: What a form of an attack is done to: a package, or a store that has no forms.
STORE_FORM = "store"


@dataclass(frozen=True)
class Named:
    """The verdict, and one finding that must be there."""

    verdict: str
    code: str
    path: str = ""
    session: str = ""
    source: str = ""
    at: tuple[float, float] | None = None  # seconds of the story
    reason: str = ""  # of an attack that is accepted: why nothing can be found

    def fits(self, finding: Finding) -> bool:
        """Whether this finding names it."""
        at_us = (finding.start_us, finding.end_us)
        return (
            finding.code == self.code
            and (not self.path or finding.path == self.path)
            and (not self.session or finding.session == self.session)
            and (not self.source or finding.source == self.source)
            and (self.at is None or at_us == tuple(START_US + int(s * SECOND) for s in self.at))
        )

    def check(self, report: Report) -> None:
        """Fail when the report does not say this."""
        said = [(one.code, one.path, one.detail) for one in report.findings]
        assert report.verdict == self.verdict, f"{report.verdict}, not {self.verdict}: {said}"
        if not self.code:
            assert not said
        elif self.code in ("session_open", "recovered"):
            assert self.code in [notice.code for notice in report.notices]
        else:
            assert any(self.fits(one) for one in report.findings), f"not named: {self}; {said}"

    def text(self) -> str:
        """For the table: what is named."""
        if self.reason:
            return f"accepted: {self.reason}"
        parts = [f"`{self.code}`", *(f"`{part}`" for part in (self.path, self.source) if part)]
        if self.at:
            parts.append(f"{self.at[0]:g}–{self.at[1]:g} s")
        return " ".join(parts)


def altered(code: str = "altered", path: str = "", **more: Any) -> Named:
    """The verdict ``altered``."""
    return Named(ALTERED, code, path, **more)


def missing(code: str = "missing", path: str = "", **more: Any) -> Named:
    """The verdict ``missing``."""
    return Named(MISSING, code, path, **more)


def unreadable() -> Named:
    """The verdict ``unreadable``."""
    return Named(UNREADABLE, "unreadable")


def accepted(reason: str, verdict: str = WITH_GAPS, notice: str = "") -> Named:
    """Nothing can be found, and why."""
    return Named(verdict, notice, reason=reason)


@dataclass(frozen=True)
class Attack:
    """One attack and what must come of each of its forms."""

    name: str
    group: str
    scene: str
    text: str
    act: Callable[[Any], None]
    expected: dict[str, Named]
    zip_alike: bool = True  # the same is found in a zip archive of the attacked package
    key_tells: bool = True  # a rekeyed form is found when the true key is given
    note: str = ""
    told: Named | None = None  # what is found with knowledge from elsewhere
    told_by: Callable[[Any], dict[str, Any]] | None = None  # that knowledge, for ``verify_path``


ATTACKS: dict[str, Attack] = {}

#: What a thorough attacker is left with: he cannot sign.
UNSIGNED = altered("signature_wrong", "data/log/checkpoint")
OWN_KEY = "consistent with a key of the attacker's own; found with `--key`"


def package_attack(
    name: str,
    group: str,
    text: str,
    *,
    plain: Named | None = None,
    sealed: Named | None = None,
    thorough: Named | None = None,
    rekeyed: Named | None = None,
    scene: str = "package",
    **more: Any,
) -> Callable[[Callable[[PackageForger], None]], Callable[[PackageForger], None]]:
    """Register an attack on a package; forms without an expectation are not made."""
    forms = {PLAIN: plain, SEALED: sealed, THOROUGH: thorough, REKEYED: rekeyed}
    expected = {form: named for form, named in forms.items() if named is not None}

    def register(act: Callable[[PackageForger], None]) -> Callable[[PackageForger], None]:
        assert name not in ATTACKS
        ATTACKS[name] = Attack(name, group, scene, text, act, expected, **more)
        return act

    return register


@dataclass
class StoreAttacker:
    """What an attack on a store gets."""

    store: Path
    clean: Path
    extra: dict[str, Any] = field(default_factory=dict)


def store_attack(
    name: str, group: str, text: str, expected: Named, *, scene: str = "store", **more: Any
) -> Callable[[Callable[[StoreAttacker], None]], Callable[[StoreAttacker], None]]:
    """Register an attack on a store."""

    def register(act: Callable[[StoreAttacker], None]) -> Callable[[StoreAttacker], None]:
        assert name not in ATTACKS
        forms = {STORE_FORM: expected}
        ATTACKS[name] = Attack(name, group, scene, text, act, forms, **more)
        return act

    return register

"""Who attests that the person questioned would not sign: a witness, or two officers.

The officers note the reason and sign; a witness may be asked to sign as well (facts/trade.md, 1.1).
Either is enough here: one seated witness who has signed, or two officers. Nobody attests as a
witness who asked or was questioned, and nobody counts twice. Of an inspection the law
asks only that the officers note it (安全生产法 art. 68). Pure: what was signed comes in.

Not decided here: whether a witness is a fit one, and what a court makes of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from command_centre.record.content import INSPECTION, RecordContent
from command_centre.record.named import name_key

OFFICERS_MIN = 2


@dataclass(frozen=True)
class Attestation:
    """Names of those who have signed and so attest a refusal."""

    witnesses: tuple[str, ...] = ()
    officers: tuple[str, ...] = ()
    missing: bool = False  # filed without: nobody could sign for it any more

    def enough(self, content: RecordContent) -> bool:
        """Whether a refusal of the person questioned may stand in the record."""
        return self.state(content) != "wanted"

    def state(self, content: RecordContent) -> str:
        """``wanted``, ``witness`` or ``officers``; empty: nothing is to be attested."""
        if content.form == INSPECTION:
            return ""
        if self.witnesses:
            return "witness"
        return "officers" if len(self.officers) >= OFFICERS_MIN else "wanted"

    @property
    def text(self) -> str:
        """As the note beside a refusal says it; empty: there is nothing to be said."""
        if self.witnesses:
            return f"见证人{'、'.join(self.witnesses)}在场签名。"
        if len(self.officers) >= OFFICERS_MIN:
            return f"执法人员{'、'.join(self.officers)}在场签名。"
        return "未经见证。" if self.missing else ""

    def filed(self, content: RecordContent) -> Attestation:
        """As it is filed once nobody can sign any more: what is missing is said."""
        return replace(self, missing=self.state(content) == "wanted")


def attestation(content: RecordContent, signed: Collection[str]) -> Attestation:
    """Of those who have signed, who attests a refusal; ``signed`` are keys of signers."""
    here = [one for one in content.signers if one.key in signed]
    party = {name_key(one.name) for one in content.signers if not one.attends}
    witnesses = [one.name for one in here if one.role == "attesting_witness"]
    officers = [one.name for one in here if not (one.questioned or one.attends)]
    return Attestation(
        _once(name for name in witnesses if name_key(name) not in party), _once(officers)
    )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    """Everybody once, as written first."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name_key(name), name)
    return tuple(found.values())

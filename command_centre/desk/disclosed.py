"""What a disclosure copy withholds, as people ask for it, and as the log decides it."""

from __future__ import annotations

from typing import Any

import msgspec

from command_centre.errors import Rejected
from evidence_store.disclosure import parse_rule
from evidence_store.errors import PackageError

_TEXT_MAX = 200


class Disclosed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule (evidence_store/disclosure.py), who authorised it, and for whom the copy is."""

    withhold: dict[str, Any]
    authorised_by: str
    to: str


def disclosure_body(
    disclosure: str, case: str, sessions: list[str], disclosed: Disclosed, reason: str
) -> dict[str, Any]:
    """The entry ``disclose.made``, without who asked for it.

    Raises:
        Rejected: ``bad_disclosure``, with what was expected.
    """
    try:
        parse_rule(disclosed.withhold)
    except PackageError as error:
        raise Rejected("bad_disclosure", str(error)) from error
    said = {"authorised_by": disclosed.authorised_by.strip(), "to": disclosed.to.strip()}
    for name, text in said.items():
        if not 1 <= len(text) <= _TEXT_MAX:
            raise Rejected("bad_disclosure", f"{name} is missing, or longer than {_TEXT_MAX}")
    return {
        "disclosure": disclosure,
        "case": case,
        "sessions": sessions,
        "withhold": disclosed.withhold,
        "reason": reason,
        **said,
    }

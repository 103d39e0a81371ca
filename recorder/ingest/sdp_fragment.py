"""The bodies of WHIP's PATCH (RFC 9725, 4.3): trickled candidates and ICE restarts (RFC 8840).

Pure. A fragment speaks of the one transport a connection has; sections whose ``mid`` the offer
did not have are dropped in silence, as the RFC asks. Candidates that cannot be used (TCP, mDNS
names) are dropped too: the publisher's own checks reveal its address (RFC 8445, 7.3.1.3).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from recorder.errors import MalformedFragment
from recorder.ingest.sdp import ICE_PWD, ICE_UFRAG, usable_candidate

MAX_CANDIDATES = 64  # of one fragment; more are an error, not more work
_LINE = re.compile(r"^[a-z]=.")


@dataclass(slots=True, frozen=True)
class IceFragment:
    """What a publisher sent: its credentials, when it named them, and usable candidates."""

    ufrag: str
    pwd: str
    candidates: tuple[str, ...]  # without "candidate:"

    @property
    def credentials(self) -> tuple[str, str]:
        """User fragment and password; both empty when the fragment has none."""
        return self.ufrag, self.pwd


def read_fragment(text: str, mids: Collection[str]) -> IceFragment:
    """Parse a fragment for a connection whose offer had these ``mids``.

    Raises:
        MalformedFragment: not an SDP fragment, or without anything to do.
    """
    lines = [line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    if not lines or not all(_LINE.match(line) for line in lines):
        raise MalformedFragment("expected lines of the form x=value (RFC 8840)")
    found: dict[str, str] = {}
    candidates: list[str] = []
    useful = False
    known = True  # the section being read is one of ours; what stands before any section is
    for line in _mid_first(lines):
        if line.startswith("m="):
            known = True
        elif line.startswith("a=mid:"):
            known = line[6:] in mids
        elif line.startswith(("a=ice-ufrag:", "a=ice-pwd:")):
            name, _, value = line[2:].partition(":")
            if known:
                found.setdefault(name, value)
        elif line.startswith(("a=candidate:", "a=end-of-candidates")):
            useful = True
            if known and usable_candidate(line[2:]):
                candidates.append(line[12:])
    ufrag, pwd = found.get("ice-ufrag", ""), found.get("ice-pwd", "")
    if bool(ufrag) != bool(pwd):
        raise MalformedFragment("expected a=ice-ufrag and a=ice-pwd together")
    if ufrag and not (ICE_UFRAG.match(ufrag) and ICE_PWD.match(pwd)):
        raise MalformedFragment("a=ice-ufrag or a=ice-pwd has a value that RFC 8839 does not allow")
    if not ufrag and not useful:
        raise MalformedFragment("expected candidates, or a=ice-ufrag and a=ice-pwd")
    unique = tuple(dict.fromkeys(candidates))
    if len(unique) > MAX_CANDIDATES:
        raise MalformedFragment(f"at most {MAX_CANDIDATES} candidates in one fragment")
    return IceFragment(ufrag, pwd, unique)


def write_fragment(mid: str, ufrag: str, pwd: str, candidates: Sequence[str]) -> str:
    """The recorder's answer to an ICE restart: new credentials and all its candidates."""
    lines = [
        "a=ice-options:ice2",
        f"a=group:BUNDLE {mid}",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",  # RFC 8840, 9.2: a stand-in, only the mid counts
        f"a=mid:{mid}",
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{pwd}",
        *(f"a=candidate:{candidate}" for candidate in candidates),
        "a=end-of-candidates",
    ]
    return "\r\n".join(lines) + "\r\n"


def _mid_first(lines: list[str]) -> list[str]:
    """Each section with its ``a=mid`` right after its ``m=``: clients write it anywhere."""
    ordered: list[str] = []
    section = 0
    for line in lines:
        if line.startswith("m="):
            section = len(ordered) + 1
            ordered.append(line)
        elif line.startswith("a=mid:") and section:
            ordered.insert(section, line)
        else:
            ordered.append(line)
    return ordered

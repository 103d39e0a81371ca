"""What protects each second of a session: who saw the log's head, when, and who stamped it.

Standard library only (part of the verifier inside a package). A head is a size of the tree at
which its root was computed here from the leaf hashes, so that no consistency proof is needed. An
entry whose index is below a head's size is in it. When witness W saw a head without the entry at
T, and one with it at T', the entry came into the log between T and T' by W's clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from evidence_store.note import VerifierKey
from evidence_store.policy import Policy
from evidence_store.report import Attested, ProtectedSpan, SessionProtection
from evidence_store.session_marks import Marks

_US_IN_S = 1_000_000


@dataclass
class Head:
    """A size of the tree whose root is proved, and who vouches for it."""

    size: int
    cosigned: dict[VerifierKey, int] = field(default_factory=dict)  # with the time, in seconds
    stamped: dict[str, tuple[int, str]] = field(default_factory=dict)  # by: microseconds, serial


def quorum_size(heads: Sequence[Head], policy: Policy | None) -> int:
    """The largest size that the policy's quorum has cosigned; 0 when there is none.

    Cosignatures may be on different heads: whoever cosigned a larger one has seen this one too.
    """
    if policy is None or not policy.asks:
        return 0
    reached: set[VerifierKey] = set()
    for head in sorted(heads, key=lambda one: one.size, reverse=True):
        reached |= set(head.cosigned)
        if policy.satisfied(reached):
            return head.size
    return 0


def protect_session(
    session: str,
    origin: str,
    marks: Marks,
    heads: Sequence[Head],
    witnessed: int,
    names: dict[VerifierKey, str],
) -> SessionProtection:
    """The spans of one session; ``witnessed`` is the size that the quorum has cosigned."""
    heads = sorted(heads, key=lambda one: one.size)
    begin, end = marks.begin_us, marks.end_us
    cuts = _cuts(marks, [head.size for head in heads], begin, end)
    first = _first_indices(marks, cuts)
    spans: list[ProtectedSpan] = []
    start = begin
    for number, cut in enumerate([*cuts, end]):
        if cut <= start:
            continue
        inside = heads[number:]  # those that have all entries of the span
        before = [head for head in heads if head.size <= first[number]]
        size = heads[number].size if number < len(heads) else 0
        spans.append(
            ProtectedSpan(
                start_us=start,
                end_us=cut,
                size=size,
                witnessed=0 < size <= witnessed,
                cosigned=_cosigned(inside, before, names),
                stamped=_stamped(inside),
            )
        )
        start = cut
    return SessionProtection(session, origin, spans)


def unwitnessed(marks: Marks, witnessed: int) -> bool:
    """Whether the quorum has not seen all of a session.

    The tail of a session that is still open may wait for the next round, so it does not count.
    """
    if marks.closed_us is None:
        return witnessed <= marks.indices[0]
    return witnessed <= marks.indices[-1]


def _cuts(marks: Marks, sizes: Sequence[int], begin: int, end: int) -> list[int]:
    """For each size: until when everything of the session is in a tree of that size."""
    cuts: list[int] = []
    at, earliest = len(marks.indices), end
    for size in reversed(sizes):
        while at and marks.indices[at - 1] >= size:
            at -= 1
            earliest = min(earliest, marks.moments_us[at])
        cuts.append(max(begin, earliest))
    return cuts[::-1]


def _first_indices(marks: Marks, cuts: Sequence[int]) -> list[int]:
    """The lowest index in each span between two cuts.

    Of media, where the session has any: a tick of a second is logged before the second's media, and
    the times are said of the media.
    """
    only_media = 1 in marks.media
    first: list[int | None] = [None] * (len(cuts) + 1)
    for index, moment, media in zip(marks.indices, marks.moments_us, marks.media, strict=True):
        if only_media and not media:
            continue
        span = bisect_right(cuts, moment)
        known = first[span]
        if known is None or index < known:
            first[span] = index
    return [marks.indices[0] if index is None else index for index in first]


def _cosigned(
    inside: Sequence[Head], before: Sequence[Head], names: dict[VerifierKey, str]
) -> list[Attested]:
    found: list[Attested] = []
    for key, name in names.items():
        seen = [head.cosigned[key] for head in inside if head.cosigned.get(key)]
        if not seen:
            continue
        unseen = [head.cosigned[key] for head in before if head.cosigned.get(key)]
        not_before = max(unseen) * _US_IN_S if unseen else None
        found.append(Attested(name, not_before, (min(seen) + 1) * _US_IN_S))
    return found


def _stamped(inside: Sequence[Head]) -> list[Attested]:
    names: Collection[str] = sorted({name for head in inside for name in head.stamped})
    first = {
        name: min(head.stamped[name] for head in inside if name in head.stamped) for name in names
    }
    return [Attested(name, None, t_us, serial) for name, (t_us, serial) in first.items()]

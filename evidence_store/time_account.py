"""Time that entries must explain beyond the cover of segments: pauses, single tracks, ticks.

Standard library only (part of the verifier inside a package). The rules checked:

1. A pause has an order. ``media.pause`` names a ``pause.begin`` of its session that withholds its
   tracks, and lies between that and its ``pause.end``; a picture may resume a little later, at its
   next key frame. One of a whole recording needs an order for the tracks that began before it
   ended: what a source sends only later was not there to withhold. A closed session leaves no
   order in force.
2. An order was kept: no segment records a track while it is withheld.
3. For each track ``elapsed = recorded + gaps + pauses``, to the microsecond, as
   ``recording.close`` states it; the gaps and pauses are those of the entries, and what the
   segments state to have recorded agrees.
4. A tick for every second from opening to closing, pauses included, or a tick that says how many
   are missing. Seconds that are missing without a word are a finding.

Recordings of an older recorder, whose entries state no tracks, are left to accounting.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from evidence_store.books import Books, Hole, Recording, Session, _integer, _text
from evidence_store.report import Finding, Notice

#: A pause may begin this much before its order (the last frame) and a frame may end this late.
ORDER_SLACK_US = 200_000
#: A picture resumes at a key frame: so long after an order ended its pause may go on.
RESUME_SLACK_US = 3_200_000
#: What is recorded after the last segment of a track, before a hole or the end, no segment states.
UNSTATED_US = 1_100_000
#: Sound of the last segment that reaches into a hole behind it (an Opus packet: RFC 6716, 2.1.4, at
#: most 120 ms) is stated there and not counted, the hole is: nothing follows that would say so.
REACH_US = 120_000


@dataclass(frozen=True)
class Order:
    """What a pause withholds; ``end_us`` is None while it is in force."""

    begin_us: int
    end_us: int | None
    tracks: frozenset[str]


def settle_time(books: Books) -> tuple[list[Finding], list[Notice]]:
    """Check every session."""
    findings: list[Finding] = []
    notices: list[Notice] = []
    for session in books.sessions.values():
        orders = _orders(session)
        findings += _check_orders(session, orders)
        findings += _check_ticks(session)
        for recording in session.recordings.values():
            findings += _check_pauses(recording, orders)
            findings += _check_kept(recording, orders)
            findings += _check_tracks(recording)
        if session.ticks.missed:
            detail = f"{session.ticks.missed} seconds without a tick, declared by the recorder"
            notices.append(Notice("ticks_missed", detail, session.id))
    return findings, notices


def _orders(session: Session) -> dict[str, Order]:
    orders: dict[str, Order] = {}
    for entry in session.orders:
        name, body = _text(entry.body, "pause"), entry.body
        if entry.kind == "pause.begin" and name not in orders:
            listed = body.get("tracks")
            tracks = listed if isinstance(listed, list) else []
            named = frozenset(str(track) for track in tracks)
            orders[name] = Order(_integer(body, "start_us"), None, named)
        elif entry.kind == "pause.end" and name in orders and orders[name].end_us is None:
            begun = orders[name]
            orders[name] = Order(begun.begin_us, _integer(body, "end_us"), begun.tracks)
    return orders


def _check_orders(session: Session, orders: dict[str, Order]) -> Iterator[Finding]:
    if session.closed_us is None:
        return
    for order in orders.values():
        if order.end_us is None:
            yield Finding(
                "pause_order",
                "the session was closed, but this pause never ended",
                session.id,
                start_us=order.begin_us,
                end_us=session.closed_us,
            )


def _check_pauses(recording: Recording, orders: dict[str, Order]) -> Iterator[Finding]:
    for hole in recording.holes:
        if not hole.is_pause:
            continue
        wrong = _wrong_with(recording, hole, orders.get(hole.order))
        if wrong:
            yield _finding("pause_order", wrong, recording, hole.start_us, hole.end_us)


def _wrong_with(recording: Recording, hole: Hole, order: Order | None) -> str:
    if order is None:
        return "media was withheld, and no order says so"
    withheld = {hole.track} if hole.track != "all" else _begun(recording, hole.end_us)
    if not withheld <= order.tracks:
        return "media was withheld that the order does not name"
    if hole.start_us < order.begin_us - ORDER_SLACK_US:
        return "media was withheld before the order"
    if order.end_us is not None and hole.end_us > order.end_us + RESUME_SLACK_US:
        return "media was withheld after the order had ended"
    return ""


def _begun(recording: Recording, until_us: int) -> set[str]:
    """The tracks that the segments say had begun by then."""
    return {track for track, (start_us, _) in _stated(recording).items() if start_us < until_us}


def _check_kept(recording: Recording, orders: dict[str, Order]) -> Iterator[Finding]:
    for segment in recording.segments:
        for order in orders.values():
            until_us = segment.end_us if order.end_us is None else order.end_us
            if segment.start_us < order.begin_us - ORDER_SLACK_US or segment.end_us > until_us:
                continue
            for track in order.tracks:
                stated = segment.tracks.get(track, {})
                into_us = _integer(stated, "until_us") - order.begin_us
                if _integer(stated, "recorded_us") > 0 and into_us > ORDER_SLACK_US:
                    detail = f"{track} was recorded although it was to be withheld"
                    yield _finding(
                        "pause_broken", detail, recording, segment.start_us, segment.end_us
                    )


def _check_tracks(recording: Recording) -> Iterator[Finding]:
    if not recording.close:
        return
    accounts = recording.close.get("tracks")
    stated = _stated(recording)
    if not isinstance(accounts, dict):
        if stated:
            yield _finding("track_account", "no account of the tracks was closed", recording)
        return
    for track in sorted(set(stated) - set(accounts)):
        yield _finding("track_account", f"the account lacks the {track} track", recording)
    for track, account in accounts.items():
        wrong = _wrong_account(recording, str(track), account, stated.get(str(track)))
        if wrong:
            detail = f"{track}: {', '.join(wrong)}"
            yield _finding("track_account", detail, recording)


def _wrong_account(
    recording: Recording, track: str, account: Any, stated: tuple[int, int] | None
) -> list[str]:
    if not isinstance(account, dict):
        return ["it is no account"]
    start_us, end_us = _integer(account, "start_us"), _integer(account, "end_us")
    recorded_us = _integer(account, "recorded_us")
    sums = {
        "gap_us": _length(recording, track, start_us, pause=False),
        "pause_us": _length(recording, track, start_us, pause=True),
    }
    wrong = [name for name, value in sums.items() if _integer(account, name) != value]
    if end_us - start_us != recorded_us + sum(_integer(account, name) for name in sums):
        wrong.append("elapsed = recorded + gaps + pauses")
    if end_us != recording.end_us or not recording.start_us <= start_us <= end_us:
        wrong.append("its bounds")
    if stated is not None:
        first_us, total_us = stated
        holes = sum(1 for hole in recording.holes if hole.track in ("all", track))
        slack_us = UNSTATED_US * (holes + 1)
        if first_us != start_us or not -REACH_US <= recorded_us - total_us <= slack_us:
            wrong.append("what its segments state")
    return wrong


def _length(recording: Recording, track: str, start_us: int, *, pause: bool) -> int:
    return sum(
        max(0, hole.end_us - max(hole.start_us, start_us))
        for hole in recording.holes
        if hole.track in ("all", track) and hole.is_pause is pause
    )


def _stated(recording: Recording) -> dict[str, tuple[int, int]]:
    """Where each track begins and how much of it was recorded, by the segments alone."""
    found: dict[str, tuple[int, int]] = {}
    for segment in recording.segments:
        for track, stated in segment.tracks.items():
            first_us, total_us = found.get(track, (_integer(stated, "start_us"), 0))
            found[track] = (first_us, total_us + _integer(stated, "recorded_us"))
    return found


def _check_ticks(session: Session) -> Iterable[Finding]:
    run = session.ticks
    for start_us, end_us in run.unwatched:
        seconds = (end_us - start_us) / 1_000_000
        yield Finding(
            "ticks",
            f"{seconds:.1f} s without a tick, and none says why",
            session.id,
            start_us=start_us,
            end_us=end_us,
        )
    for t_us in run.doubled:
        yield Finding(
            "ticks", "a tick that repeats or precedes another", session.id,
            start_us=t_us, end_us=t_us,
        )  # fmt: skip
    if session.opened_us is None or session.closed_us is None or not run.count:
        return
    elapsed = (session.closed_us - session.opened_us) / 1_000_000
    if run.count > elapsed + 3:
        yield Finding(
            "ticks",
            f"{run.count} ticks in {elapsed:.1f} s",
            session.id,
            start_us=session.opened_us,
            end_us=session.closed_us,
        )


def _finding(
    code: str,
    detail: str,
    recording: Recording,
    start_us: int | None = None,
    end_us: int | None = None,
) -> Finding:
    return Finding(
        code,
        detail,
        recording.session,
        recording.source,
        start_us=recording.start_us if start_us is None else start_us,
        end_us=recording.end_us if end_us is None else end_us,
    )

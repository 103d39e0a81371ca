"""Attacks on what the entries say, on their spelling, and on their order."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from typing import Any

import rfc8785

from tests.attacks.attack import OWN_KEY, UNSIGNED, Named, accepted, altered, missing
from tests.attacks.attack import package_attack as _attack
from tests.attacks.package_forger import PackageForger
from tests.attacks.scenes import CAMERA, DAY_US, FIRST, OTHER_DAY
from tests.evidence_store.builder import SECOND

GROUP = "entries"
ENTRIES, PAYLOADS = "data/log/entries.jsonl", "data/log/payloads.jsonl"
FORGED = accepted(OWN_KEY)
OF_FIRST = altered(path=ENTRIES, session=FIRST)
DAMAGED = altered(path=ENTRIES)


def _all(named: Named, thorough: Named = UNSIGNED, rekeyed: Named = FORGED) -> Any:
    return {"plain": named, "sealed": named, "thorough": thorough, "rekeyed": rekeyed}


def _spelling(named: Named = DAMAGED) -> Any:
    """Spelling is refused whoever signs it."""
    return _all(named, named, named)


def _words(forger: PackageForger) -> int:
    return forger.find("utterance")


@_attack(
    "edit-words", GROUP, "an utterance says another name", **_all(altered(path=PAYLOADS, at=(2, 2)))
)
def edit_words(forger: PackageForger) -> None:
    place = _words(forger)
    text = str(forger.said(place)["text"]).replace("李某", "张某")
    forger.amend(place, text=text)


@_attack(
    "drop-words",
    GROUP,
    "an utterance is taken out, with its line in the transcript",
    plain=altered("missing", ENTRIES, session=FIRST),
    sealed=missing(path=ENTRIES, session=FIRST),
    thorough=UNSIGNED,
    rekeyed=FORGED,
)
def drop_words(forger: PackageForger) -> None:
    forger.drop(_words(forger))
    if not forger.thorough:
        forger.remake_derived(["data/log"])


@_attack(
    "swap-speakers", GROUP, "what the interviewee said is ascribed to the interviewer",
    **_all(OF_FIRST),
)  # fmt: skip
def swap_speakers(forger: PackageForger) -> None:
    forger.amend(_words(forger), speaker="interviewer")


@_attack("edit-people", GROUP, "the opening names another person",
         **_all(altered(path=PAYLOADS, session=FIRST)))  # fmt: skip
def edit_people(forger: PackageForger) -> None:
    people = [{"name": "赵某", "role": "interviewee", "certificate": ""}]
    forger.amend(forger.find("session.open", session=FIRST), people=people)


@_attack("edit-reason-of-pause", GROUP, "a pause has another reason", **_all(OF_FIRST))
def edit_reason_of_pause(forger: PackageForger) -> None:
    forger.amend(forger.find("pause.begin"), reason="rest")


@_attack("change-kind", GROUP, "an entry gets a kind nobody interprets", **_all(OF_FIRST))
def change_kind(forger: PackageForger) -> None:
    forger.respell(forger.find("utterance"), lambda line: line.replace(b'"utterance"', b'"remark"'))


@_attack(
    "add-entry",
    GROUP,
    "an entry is made up behind the last one",
    plain=DAMAGED,
    sealed=DAMAGED,
    thorough=altered(path=ENTRIES),
    rekeyed=altered(path=ENTRIES),
)
def add_entry(forger: PackageForger) -> None:
    lines = forger.lines()
    entry = json.loads(lines[-1])
    entry |= {"seq": entry["seq"] + 1000, "prev": entry["seq"], "kind": "remark", "body": {}}
    forger.set_lines([*lines, rfc8785.dumps(entry)])


@_attack(
    "put-entry-over-another-session",
    GROUP,
    "an entry is made up where the log has one of a session that is not shown",
    plain=DAMAGED,
    sealed=DAMAGED,
    thorough=UNSIGNED,
    rekeyed=accepted(OWN_KEY),
)
def put_entry_over_another_session(forger: PackageForger) -> None:
    lines = forger.lines()
    entry = json.loads(lines[-1])
    shown = {json.loads(line)["seq"] for line in lines}
    free = next(n for n in range(entry["seq"], entry["seq"] + 2000) if n not in shown)
    entry |= {"seq": free, "prev": entry["seq"], "kind": "remark", "body": {}}
    forger.set_lines([*lines, rfc8785.dumps(entry)])


@_attack("duplicate-entry", GROUP, "an entry is there twice", **_spelling())
def duplicate_entry(forger: PackageForger) -> None:
    lines = forger.lines()
    place = _words(forger)
    forger.set_lines([*lines[: place + 1], *lines[place:]])


@_attack("reorder-entries", GROUP, "two entries change places", **_spelling())
def reorder_entries(forger: PackageForger) -> None:
    lines = forger.lines()
    place = _words(forger)
    lines[place], lines[place + 1] = lines[place + 1], lines[place]
    forger.set_lines(lines)


@_attack(
    "interchange-two-bodies",
    GROUP,
    "two utterances change places, each in the other's entry (ONVIF: interchange two SEIs)",
    **_all(OF_FIRST),
)
def interchange_two_bodies(forger: PackageForger) -> None:
    one, two = forger.find("utterance", 0), forger.find("utterance", 1)
    first, second = forger.said(one), forger.said(two)
    forger.amend(one, **second)
    forger.amend(two, **first)


@_attack(
    "truncate-entries-head",
    GROUP,
    "the first entries of a session are taken out",
    **_all(
        missing(path=ENTRIES, session=FIRST),
        rekeyed=altered("missing", session=FIRST),
    ) | {"plain": altered("missing", ENTRIES, session=FIRST),
         "sealed": altered("missing", ENTRIES, session=FIRST)},
)  # fmt: skip
def truncate_entries_head(forger: PackageForger) -> None:
    start = forger.find("session.open", session=FIRST)
    forger.drop(*range(start, start + 3))


@_attack(
    "leave-out-the-tail",
    GROUP,
    "the last entries of a session, its closing among them, and the media they name",
    sealed=accepted(
        "looks like a session still open (notice `session_open`); a later package, a witness or"
        " the signed record shows that it was closed",
        notice="session_open",
    ),
)
def leave_out_the_tail(forger: PackageForger) -> None:
    """The leaf hashes stay: to a stranger they may be another session's."""
    entries = forger.entries()
    start = forger.find("media.segment", 4, source=CAMERA)
    cut = [n for n, e in enumerate(entries) if n >= start and e["session"] == FIRST]
    for place in cut:
        path = entries[place]["body"].get("path")
        if path:
            forger.file(f"data/{path}").unlink()
        forger.file(f"data/log/proofs/{entries[place]['seq']}.tlog-proof").unlink(missing_ok=True)
    lines = [line for place, line in enumerate(forger.lines()) if place not in cut]
    forger.set_lines(lines)
    forger.drop_payloads()
    forger.remake_derived(["data/log"])


@_attack("respell-with-space", GROUP, "an entry is spelled with a space", **_spelling())
def respell_with_space(forger: PackageForger) -> None:
    forger.respell(_words(forger), lambda line: line.replace(b'{"body":', b'{ "body":', 1))


@_attack("respell-key-order", GROUP, "an entry has its keys in another order", **_spelling())
def respell_key_order(forger: PackageForger) -> None:
    def change(line: bytes) -> bytes:
        turned = dict(reversed(json.loads(line).items()))
        return json.dumps(turned, ensure_ascii=False, separators=(",", ":")).encode()

    forger.respell(_words(forger), change)


@_attack("respell-escapes", GROUP, "an entry has its Chinese as \\u escapes", **_spelling())
def respell_escapes(forger: PackageForger) -> None:
    place = forger.find("recording.open", source=CAMERA)
    forger.respell(place, lambda line: json.dumps(json.loads(line), separators=(",", ":")).encode())


@_attack("respell-number", GROUP, "a time is spelled 1.7953e15", **_spelling())
def respell_number(forger: PackageForger) -> None:
    forger.respell(_words(forger), lambda line: line.replace(b'"v":1}', b'"v":1.0}'))


@_attack(
    "duplicate-key",
    GROUP,
    "an entry has a key twice: some readers take the first, some the last",
    **_spelling(),
)
def duplicate_key(forger: PackageForger) -> None:
    forger.respell(
        _words(forger),
        lambda line: line.replace(b'"speaker":', b'"speaker":"interviewer","speaker":', 1),
    )


@_attack("byte-order-mark", GROUP, "a byte order mark before an entry", **_spelling())
def byte_order_mark(forger: PackageForger) -> None:
    forger.respell(_words(forger), lambda line: b"\xef\xbb\xbf" + line)


@_attack("carriage-returns", GROUP, "entries end in CR LF", **_spelling())
def carriage_returns(forger: PackageForger) -> None:
    forger.set_lines([line + b"\r" for line in forger.lines()])


@_attack("empty-line", GROUP, "an empty line among the entries", **_spelling())
def empty_line(forger: PackageForger) -> None:
    lines = forger.lines()
    forger.set_lines([*lines[:5], b"", *lines[5:]])


@_attack(
    "other-unicode-form",
    GROUP,
    "a letter is spelled with a combining accent: it looks the same",
    **_all(OF_FIRST),
)
def other_unicode_form(forger: PackageForger) -> None:
    place = forger.find("recording.open", source=CAMERA)
    forger.amend(place, name=unicodedata.normalize("NFD", "摄像机 é"))


@_attack("look-alike-text", GROUP, "a word is written with a look-alike letter", **_all(OF_FIRST))
def look_alike_text(forger: PackageForger) -> None:
    forger.respell(
        forger.find("session.open", session=FIRST),
        lambda line: line.replace(b"manager", "mаnager".encode()),
    )


@_attack("lone-surrogate", GROUP, "text that is no Unicode", **_spelling())
def lone_surrogate(forger: PackageForger) -> None:
    forger.respell(
        _words(forger), lambda line: line.replace(b'"speaker":"', b'"speaker":"\\ud800', 1)
    )


@_attack("not-utf-8", GROUP, "bytes that are no UTF-8", **_spelling())
def not_utf_8(forger: PackageForger) -> None:
    forger.respell(_words(forger), lambda line: line.replace(b'"speaker":"', b'"speaker":"\xff', 1))


@_attack("nul-bytes", GROUP, "zero bytes in an entry", **_spelling())
def nul_bytes(forger: PackageForger) -> None:
    forger.respell(_words(forger), lambda line: line + b"\0\0")


@_attack("huge-entry", GROUP, "an entry of a megabyte", **_spelling())
def huge_entry(forger: PackageForger) -> None:
    forger.amend(forger.find("recording.open", source=CAMERA), name="长" * 400_000)


@_attack("deep-entry", GROUP, "an entry of 20,000 nested lists", **_spelling())
def deep_entry(forger: PackageForger) -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    place = forger.find("recording.open", source=CAMERA)
    forger.respell(place, lambda line: line.replace(b'"channels":[', b'"channels":[' + deep + b","))


@_attack("huge-number", GROUP, "a number of 10,000 digits", **_spelling())
def huge_number(forger: PackageForger) -> None:
    forger.respell(
        forger.find("recording.open", source=CAMERA),
        lambda line: line.replace(b'"channels":[', b'"channels":[' + b"9" * 10_000 + b","),
    )


@_attack("true-as-number", GROUP, "true where a number stands", **_spelling())
def true_as_number(forger: PackageForger) -> None:
    forger.respell(_words(forger), lambda line: line.replace(b'"v":1}', b'"v":true}'))


@_attack("unknown-field", GROUP, "a field that no entry has", **_spelling())
def unknown_field(forger: PackageForger) -> None:
    forger.respell(_words(forger), lambda line: line.replace(b'"v":1}', b'"v":1,"w":1}'))


@_attack(
    "huge-sequence-number", GROUP, "an entry claims a place far behind the log's end", **_spelling()
)
def huge_sequence_number(forger: PackageForger) -> None:
    def change(line: bytes) -> bytes:
        return rfc8785.dumps({**json.loads(line), "seq": 2**53 - 1})

    forger.respell(len(forger.lines()) - 1, change)


@_attack("cut-last-line", GROUP, "the last entry lost its end", plain=DAMAGED, sealed=DAMAGED)
def cut_last_line(forger: PackageForger) -> None:
    forger.edit(ENTRIES, lambda data: data[:-9])


@_attack(
    "no-line-ends", GROUP, "entries without line ends, longer than memory should hold",
    plain=DAMAGED, sealed=DAMAGED,
)  # fmt: skip
def no_line_ends(forger: PackageForger) -> None:
    forger.edit(ENTRIES, lambda data: data + b"x" * 3_000_000)


@_attack(
    "remove-entries", GROUP, "the entries are taken out", plain=altered("missing", ENTRIES),
    sealed=altered("missing", ENTRIES),
)  # fmt: skip
def remove_entries(forger: PackageForger) -> None:
    forger.file(ENTRIES).unlink()


# --- private payloads --------------------------------------------------------------------------


def _payload(change: str) -> Callable[[PackageForger], None]:
    def act(forger: PackageForger) -> None:
        payloads = forger.payloads()
        one = next(item for item in payloads if "text" in item["payload"])
        if change == "salt":
            one["salt"] = bytes(16).hex()
        elif change == "remove":
            payloads.remove(one)
        elif change == "twice":
            payloads.append(one)
        elif change == "shadow":
            one["payload"]["speaker"] = "interviewer"
        elif change == "other":
            one["seq"] = 0
        elif change == "swap":
            last = payloads[-1]
            one["salt"], last["salt"] = last["salt"], one["salt"]
            one["payload"], last["payload"] = last["payload"], one["payload"]
        forger.set_payloads(payloads)

    return act


_NO_FIT = altered(path=PAYLOADS, session=FIRST)
_NO_ENTRY = altered("unlisted", PAYLOADS)
_attack("alter-salt", "private", "a salt is another",
        plain=_NO_FIT, sealed=_NO_FIT)(_payload("salt"))  # fmt: skip
_attack("shadow-public-field", "private", "a private part says a public field again, otherwise",
        plain=_NO_FIT, sealed=_NO_FIT)(_payload("shadow"))  # fmt: skip
_attack("swap-payloads", "private", "two private parts change places",
        plain=_NO_FIT, sealed=_NO_FIT)(_payload("swap"))  # fmt: skip
_attack("payload-twice", "private", "an entry has two private parts",
        plain=_NO_ENTRY, sealed=_NO_ENTRY)(_payload("twice"))  # fmt: skip
_attack("payload-of-no-entry", "private", "a private part stands at an entry that has none",
        plain=_NO_ENTRY, sealed=_NO_ENTRY)(_payload("other"))  # fmt: skip


@_attack(
    "withhold-payload",
    "private",
    "a private part is left out, with its words in the transcript",
    sealed=accepted("not a fault: the report lists what is withheld, and it can be revealed later"),
)
def withhold_payload(forger: PackageForger) -> None:
    _payload("remove")(forger)
    forger.remake_derived(["data/log"])


@_attack("damage-payload", "private", "a private part is no canonical JSON",
         plain=altered(path=PAYLOADS), sealed=altered(path=PAYLOADS))  # fmt: skip
def damage_payload(forger: PackageForger) -> None:
    forger.edit(PAYLOADS, lambda data: data.replace(b'{"payload":', b'{ "payload":', 1))


# --- time ------------------------------------------------------------------------------------


@_attack(
    "step-clock-forth",
    "time",
    "from one segment on everything is an hour later",
    **_all(altered(path=ENTRIES, session=FIRST), rekeyed=missing("undeclared_gap")),
)
def step_clock_forth(forger: PackageForger) -> None:
    _shift(forger, 3600 * SECOND)


@_attack(
    "step-clock-back",
    "time",
    "from one segment on everything is a second earlier",
    **_all(altered(path=ENTRIES, session=FIRST), rekeyed=altered("accounting")),
)
def step_clock_back(forger: PackageForger) -> None:
    _shift(forger, -SECOND)


def _shift(forger: PackageForger, by_us: int) -> None:
    for place, entry in enumerate(forger.entries()):
        body = entry["body"]
        if entry["kind"] == "media.segment" and entry["session"] == FIRST and body["number"] > 1:
            forger.amend(place, start_us=body["start_us"] + by_us)


@_attack(
    "backdate-session",
    "time",
    "every time of a session is a day earlier",
    **_all(altered(path=ENTRIES, session=FIRST), rekeyed=FORGED),
)
def backdate_session(forger: PackageForger) -> None:
    def earlier(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: part - DAY_US
                if name in ("start_us", "end_us", "origin_us", "t_us", "until_us")
                and type(part) is int
                else earlier(part)
                for name, part in value.items()
            }
        return [earlier(part) for part in value] if isinstance(value, list) else value

    lines = forger.lines()
    for place, line in enumerate(lines):
        entry = json.loads(line)
        if entry["session"] == FIRST:
            lines[place] = rfc8785.dumps(earlier(entry))
    forger.set_lines(lines)


@_attack(
    "stretch-segment",
    "time",
    "a segment claims to last seven seconds more, over the gap",
    **_all(altered(path=ENTRIES, session=FIRST, source=CAMERA), rekeyed=altered("accounting")),
)
def stretch_segment(forger: PackageForger) -> None:
    forger.amend(forger.find("media.segment", 2, source=CAMERA), duration_us=9 * SECOND)


@_attack(
    "remove-gap-declaration",
    "time",
    "the entry that declares a gap is taken out",
    **_all(
        missing("undeclared_gap", session=FIRST, source=CAMERA, at=(4, 7)),
        rekeyed=altered("undeclared_gap", session=FIRST, source=CAMERA, at=(4, 7)),
    )
    | {
        "plain": altered("undeclared_gap", session=FIRST, source=CAMERA, at=(4, 7)),
        "sealed": altered("undeclared_gap", session=FIRST, source=CAMERA, at=(4, 7)),
    },
)
def remove_gap_declaration(forger: PackageForger) -> None:
    forger.drop(forger.find("media.gap", source=CAMERA))


@_attack(
    "gap-called-pause",
    "time",
    "lost time is called a pause that somebody ordered",
    **_all(OF_FIRST, rekeyed=altered("pause_order", session=FIRST, source=CAMERA, at=(4, 7))),
)
def gap_called_pause(forger: PackageForger) -> None:
    forger.respell(
        forger.find("media.gap", source=CAMERA),
        lambda line: line.replace(b'"media.gap"', b'"media.pause"'),
    )


@_attack(
    "remove-pause-order",
    "time",
    "nobody ordered the pause any more",
    **_all(
        altered("pause_order", session=FIRST, source=CAMERA, at=(9, 13)),
        rekeyed=altered("pause_order", session=FIRST, source=CAMERA, at=(9, 13)),
    ),
)
def remove_pause_order(forger: PackageForger) -> None:
    forger.drop(forger.find("pause.begin"))


@_attack(
    "remove-ticks",
    "time",
    "the ticks of eight seconds are taken out",
    **_all(
        missing(path=ENTRIES, session=FIRST),
        rekeyed=missing("ticks", session=FIRST, at=(3, 12)),
    )
    | {"plain": missing("ticks", session=FIRST, at=(3, 12))},
)
def remove_ticks(forger: PackageForger) -> None:
    forger.drop(*(forger.find("tick", n, session=FIRST) for n in range(3, 11)))


@_attack(
    "remove-all-ticks",
    "time",
    "every tick of a session is taken out",
    **_all(
        missing(path=ENTRIES, session=FIRST), rekeyed=missing("ticks", session=FIRST, at=(0, 17))
    ),
)
def remove_all_ticks(forger: PackageForger) -> None:
    ticks = [
        place
        for place, entry in enumerate(forger.entries())
        if entry["kind"] == "tick" and entry["session"] == FIRST
    ]
    forger.drop(*ticks)


@_attack(
    "other-days-session",
    "time",
    "a session of another day is shown under this session's name",
    **_all(DAMAGED, rekeyed=altered(path="data/log")),
)
def other_days_session(forger: PackageForger) -> None:
    lines = [line.replace(OTHER_DAY.encode(), FIRST.encode()) for line in forger.lines()]
    forger.set_lines(lines)

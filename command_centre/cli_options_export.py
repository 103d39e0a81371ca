"""Options and help of ``duizhi export`` and ``duizhi redact``."""

from __future__ import annotations

import argparse
from pathlib import Path

_RULES = """\
RULE is PART[:NAME=VALUE,...], or a JSON file with a whole rule (evidence_store/disclosure.py):
  media[:session=,source=,start=,end=]           whole segments that touch the time
  payloads[:session=,source=,kind=,start=,end=]  words and other private payloads
  documents[:session=]                           records of questioning: they quote the words
  entries:origin=,seq=                           the private payload of one entry
What is left out means any. Times: 2026-05-14T09:30:00+08:00, or microseconds since 1970.
The rule, who authorised it, for whom and why become an entry of the centre's log before anything
is made; whoever verifies the copy holds it to that rule.
"""
_PLAN = """\
PLAN.json, times in microseconds since 1970, boxes in thousandths of the picture:
  {"start_us": 1778722200000000, "end_us": 1778722260000000,
   "regions":  [{"start_us": 1778722200000000, "end_us": 1778722230000000, "reason": "未成年人",
                 "boxes": [{"at_us": 1778722200000000, "x": 100, "y": 100, "w": 300, "h": 300}],
                 "faces": false}],
   "silences": [{"start_us": 1778722210000000, "end_us": 1778722212000000, "reason": "姓名"}]}
A region moves straight from box to box. "faces" finds faces by itself and needs a model
(setting redaction.face_model). The copy goes along in every package of its session, marked as a
derived work; it is not the recording and proves nothing by itself.
"""


def export_options(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> argparse.ArgumentParser:
    """``duizhi export``."""
    export = commands.add_parser(
        "export",
        help="make a package that others can verify",
        epilog=_RULES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = export.add_mutually_exclusive_group(required=True)
    what.add_argument("--session", metavar="ID")
    what.add_argument("--case", metavar="ID")
    export.add_argument("--out", type=Path, required=True, metavar="DIR")
    export.add_argument(
        "--reason", help='why; goes into the log (default: "command line"; a must with --withhold)'
    )
    export.add_argument(
        "--sealed",
        action="store_true",
        help="leave media encrypted: others can check every byte, and see nothing",
    )
    export.add_argument(
        "--c2pa",
        nargs=2,
        type=Path,
        metavar=("CERT", "KEY"),
        help="also write playable copies with a C2PA manifest into OUT-c2pa (needs c2pa-python)",
    )
    copy = export.add_argument_group("disclosure copy")
    copy.add_argument(
        "--withhold",
        nargs="+",
        action="extend",
        default=[],
        metavar="RULE",
        help="leave this out, and say so in a way that can be checked",
    )
    copy.add_argument("--authorised-by", metavar="NAME", help="who decided what is withheld")
    copy.add_argument("--to", metavar="NAME", help="for whom the copy is")
    return export


def redact_options(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> argparse.ArgumentParser:
    """``duizhi redact``."""
    redact = commands.add_parser(
        "redact",
        help="make a redacted copy: places blurred, words silenced",
        epilog=_PLAN,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    redact.add_argument("plan", type=Path, metavar="PLAN.json", help="what is hidden, and why")
    redact.add_argument("--session", required=True, metavar="ID")
    redact.add_argument("--source", required=True, metavar="ID")
    redact.add_argument("--reason", required=True, help="why; goes into the log")
    redact.add_argument("--out", type=Path, metavar="FILE", help="also write the copy here (MP4)")
    return redact

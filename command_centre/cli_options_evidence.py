"""Options of the commands for packages, stores, retention and records."""

from __future__ import annotations

import argparse
from pathlib import Path

from command_centre.cli_parts import Actions, as_person, later, with_config


def verify_options(commands: Actions) -> None:
    """``duizhi verify``."""
    verify = commands.add_parser("verify", help="verify a package, proofs or a store")
    verify.add_argument("path", type=Path, metavar="PACK_OR_STORE")
    verify.add_argument("--json", action="store_true", help="the whole report as JSON")
    verify.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        help="public key (PEM) a recorder's log must be signed with; once for each recorder",
    )
    verify.add_argument(
        "--policy", type=Path, metavar="FILE", help="logs and witnesses that count (tlog-policy)"
    )
    verify.add_argument(
        "--require-witness",
        action="store_true",
        help="exit 3 when the policy's witnesses have not cosigned all of it",
    )
    verify.add_argument(
        "--stamp-ca", type=Path, metavar="PEM", help="roots of time stamping authorities"
    )
    verify.add_argument(
        "--receipt",
        action="append",
        default=[],
        metavar="LINE",
        help="the line of a person's receipt (what its QR code says); once for each",
    )
    verify.set_defaults(command=later("cli_store", "verify"))


def fsck_options(commands: Actions) -> None:
    """``duizhi fsck``."""
    fsck = commands.add_parser("fsck", help="check every file of a store against its log")
    fsck.add_argument("path", type=Path, metavar="STORE")
    fsck.add_argument("--json", action="store_true", help="the whole report as JSON")
    fsck.set_defaults(command=later("cli_store", "fsck"))


def store_options(commands: Actions) -> None:
    """``duizhi store``."""
    store = commands.add_parser(
        "store", help="the storage directories of an installation"
    ).add_subparsers(required=True, metavar="ACTION")
    resync = store.add_parser(
        "resync", help="make a mirror (or the store) whole again from the other, also while it runs"
    )
    resync.add_argument("source", type=Path, help="the directory that holds everything")
    resync.add_argument("target", type=Path, help="the directory that was left behind, or is new")
    resync.set_defaults(command=later("cli_mirror", "resync"))


def unit_key_options(commands: Actions) -> None:
    """``duizhi unit-key``."""
    unit = commands.add_parser(
        "unit-key", help="the key that opens sealed media without this machine"
    ).add_subparsers(required=True, metavar="ACTION")
    make = unit.add_parser("make", help="make one: public half into the store, shares into files")
    make.add_argument("--custodians", type=int, required=True, metavar="N")
    make.add_argument("--need", type=int, default=2, help="how many open together (default: 2)")
    make.add_argument("--name", default="unit", help="its name (default: unit)")
    make.add_argument("--out", type=Path, default=Path(), help="folder of the shares")
    with_config(make)
    make.set_defaults(command=later("cli_unit_key", "make"))
    keys = unit.add_parser("list", help="the unit keys that new sessions are wrapped to")
    with_config(keys)
    keys.set_defaults(command=later("cli_unit_key", "list_keys"))
    recover = unit.add_parser("recover", help="let this machine open sealed sessions again")
    recover.add_argument("--share", type=Path, action="append", required=True, metavar="FILE")
    recover.add_argument("--session", metavar="ID", help="one session only (default: all)")
    recover.add_argument("--reason", required=True, help="why; goes into the log")
    with_config(recover)
    recover.set_defaults(command=later("cli_unit_key", "recover"))


def retention_options(commands: Actions) -> None:
    """``duizhi retention``."""
    retention = commands.add_parser(
        "retention", help="how long recordings are kept, and legal holds"
    ).add_subparsers(required=True, metavar="ACTION")
    listed = retention.add_parser("list", help="sessions: kept until when, held, proposed to end")
    listed.add_argument("--case", metavar="ID")
    with_config(listed)
    listed.set_defaults(command=later("cli_retention", "list_cases"))
    hold = retention.add_parser("hold", help="place a legal hold: nothing of it is destroyed")
    what = hold.add_mutually_exclusive_group(required=True)
    what.add_argument("--case", metavar="ID")
    what.add_argument("--session", metavar="ID")
    hold.add_argument("--reason", required=True)
    as_person(hold)
    hold.set_defaults(command=later("cli_retention", "hold"))
    lift = retention.add_parser("lift", help="lift a legal hold")
    lift.add_argument("hold", metavar="HOLD")
    lift.add_argument("--reason", required=True)
    as_person(lift)
    lift.set_defaults(command=later("cli_retention", "lift"))
    destroy = retention.add_parser(
        "destroy", help="confirm that a session's retention ends; two people must"
    )
    destroy.add_argument("session", metavar="SESSION")
    as_person(destroy)
    destroy.set_defaults(command=later("cli_retention", "destroy"))


def record_options(commands: Actions) -> None:
    """``duizhi record``."""
    record = commands.add_parser("record", help="records of questioning").add_subparsers(
        required=True, metavar="ACTION"
    )
    make = record.add_parser("make", help="make a PDF of the text of a session, into its log")
    make.add_argument("--session", required=True, metavar="ID")
    make.add_argument("--out", type=Path, metavar="FILE", help="default: record-<document>.pdf")
    as_person(make)
    make.set_defaults(command=later("cli_record", "make"))
    check = record.add_parser("check", help="do a PDF and a log prove each other?")
    check.add_argument("file", type=Path, nargs="?", metavar="FILE.pdf")
    check.add_argument("--session", metavar="ID", help="instead: every document of a session")
    check.add_argument(
        "--package", type=Path, metavar="PACK_OR_STORE", help="default: this site's store"
    )
    check.add_argument(
        "--stamp-ca", type=Path, metavar="PEM", help="roots of time stamping authorities"
    )
    with_config(check)
    check.set_defaults(command=later("cli_record", "check"))
    _record_template(record.add_parser("template", help="Word templates of records"))


def _record_template(parser: argparse.ArgumentParser) -> None:
    template = parser.add_subparsers(required=True, metavar="ACTION")
    forms = ("questioning", "inspection")

    def action(name: str, function: str, text: str) -> argparse.ArgumentParser:
        made = template.add_parser(name, help=text)
        if name != "list":
            made.add_argument("form", choices=forms)
        made.set_defaults(command=later("cli_template", function))
        return made

    with_config(action("list", "listed", "which template is used for each form"))
    export = action("export", "export", "write the template in use to a file")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: FORM.docx")
    with_config(export)
    action("check", "check", "can it be filled?").add_argument("file", type=Path, metavar="FILE")
    use = action("use", "use", "use it from now on; an entry of the centre's log")
    use.add_argument("file", type=Path, nargs="?", metavar="FILE.docx")
    use.add_argument("--shipped", action="store_true", help="the one that comes with Duizhi again")
    with_config(use)

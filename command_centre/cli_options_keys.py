"""Options of the commands for the keys of the logs, and for witnesses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from command_centre.cli_parts import Actions, later, positive, with_config


def key_options(commands: Actions) -> None:
    """``duizhi key``."""
    key = commands.add_parser("key", help="the keys that sign the logs").add_subparsers(
        required=True, metavar="ACTION"
    )

    def action(name: str, text: str, *, log: bool = False, root: str = "") -> Any:
        parser = key.add_parser(name, help=text)
        if log:
            parser.add_argument("log", help="recorder-1, ..., centre")
            parser.add_argument("--reason", required=True, help="why; goes into the log")
        if root:
            parser.add_argument(
                "--root", type=Path, metavar="FILE", required=root == "required", help="its file"
            )
        parser.add_argument("--passphrase-file", type=Path, help="first line: the pass phrase")
        with_config(parser)
        parser.set_defaults(command=later("cli_key", name.replace("list", "list_keys")))
        return parser

    make = action("root", "make the unit's root, to be kept away from the recorders")
    make.add_argument("--name", required=True, help="such as unit.example/root")
    make.add_argument("--out", type=Path, required=True, metavar="FILE")
    certify = action("certify", "certify the keys of the logs with the root", root="required")
    certify.add_argument("--log", help="one log only")
    certify.add_argument("--days", type=positive, default=0, help="for how long (default: ever)")
    action("list", "the keys of every log")
    action("check", "verify keys, certificates and session seals of every log")
    action("rotate", "give a log new keys; its recorder is stopped", log=True, root="optional")
    bad = action("compromised", "declare a key that is no longer trusted", log=True)
    bad.add_argument("--key", required=True, metavar="SHA256", help="its fingerprint")
    bad.add_argument(
        "--trusted-size", type=int, required=True, help="entries up to which others vouch for it"
    )
    action("sm2", "add an SM2 line (with SM3) to every log, for sites under 国密 rules")
    action("encrypt", "encrypt the private keys of the store with this machine's pass phrase")


def witness_options(commands: Actions) -> None:
    """``duizhi witness``."""
    witness = commands.add_parser("witness", help="cosign the logs of others").add_subparsers(
        required=True, metavar="ACTION"
    )
    for name, text in (
        ("serve", "cosign over HTTP (C2SP tlog-witness)"),
        ("key", "print the witness's verifier keys"),
        ("trust", "know further logs by their verifier keys"),
        ("sign", "cosign what lies on a stick"),
        ("logs", "print the verifier keys of this installation's logs"),
        ("export", "put the heads of the logs on a stick, for a witness without a network"),
        ("import", "take from a stick what the witness cosigned"),
    ):
        parser = witness.add_parser(name, help=text)
        function = {"export": "export_to", "import": "import_from"}.get(name, name)
        parser.set_defaults(command=later("cli_witness", function))
        if name in ("serve", "key", "trust", "sign"):
            parser.add_argument("--dir", type=Path, required=True, help="the witness's directory")
        if name in ("serve", "key"):
            parser.add_argument("--name", default="", help="of a new witness: host/name")
        if name in ("logs", "export", "import"):
            with_config(parser)
        if name in ("export", "import"):
            parser.add_argument("--witness", metavar="NAME", help="which, when there are several")
        if name == "serve":
            parser.add_argument("--listen", default="127.0.0.1:8440", metavar="HOST:PORT")
        if name == "trust":
            parser.add_argument("key", nargs="+", metavar="VKEY")
        if name == "export":
            parser.add_argument("--to", type=Path, required=True, metavar="DIR")
        if name in ("sign", "import"):
            parser.add_argument("stick", type=Path, metavar="DIR")

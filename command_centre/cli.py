"""The ``duizhi`` command: stable names that scripts rely on.

Exit status: 0 done and all held; 1 the answer is no (altered, missing, a row did not hold);
2 the command or its input cannot be used.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from command_centre.cli_export_options import export_options, redact_options
from command_centre.supervisor import Supervisor, SupervisorError
from config.settings import Settings, SettingsError, load
from config.words import SourceKind

Command = Callable[[argparse.Namespace], int]

EXIT_OK = 0
EXIT_NO = 1
EXIT_UNUSABLE = 2
EXIT_NOT_WITNESSED = 3  # of verify --require-witness

#: Looked for in the working directory when --config is not given.
DEFAULT_CONFIG = Path("duizhi.toml")


class CommandError(Exception):
    """The command cannot be carried out; the message says what to change."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    command: Command = options.command
    try:
        return command(options)
    except (CommandError, SettingsError, SupervisorError) as error:
        print(f"duizhi: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # | head
        return EXIT_OK


def site_config(options: argparse.Namespace) -> Path | None:
    """The site's settings file: --config, or duizhi.toml where it is, or none."""
    given: Path | None = options.config
    if given is not None:
        return given
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


def site_settings(options: argparse.Namespace) -> Settings:
    """The settings in force for this command."""
    return load(site_config(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="duizhi",
        description="Records interviews of one case in many rooms at once, lays the testimonies "
        "side by side, and proves that nothing was altered, dropped or hidden.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run it")
    _with_config(serve)
    serve.set_defaults(command=_serve)

    demo = commands.add_parser(
        "demo", help="serve, with the demo case and simulated rooms over real WebRTC"
    )
    demo.add_argument("--seconds", type=_positive, help="end by itself after this long")
    demo.add_argument("--headless", action="store_true", help="nobody watches: check and report")
    demo.add_argument("--export", type=Path, metavar="DIR", help="where the package goes")
    demo.add_argument(
        "--from",
        dest="start",
        type=float,
        metavar="SECONDS",
        help="second of the story to start at",
    )
    demo.add_argument("--store", type=Path, help="store directory (default: demo-store, made anew)")
    demo.add_argument("--port", type=int, help="HTTPS port; plain HTTP is the next one")
    demo.add_argument("--recorders", type=int, default=1, help="recorder processes (default: 1)")
    demo.set_defaults(command=_demo)

    export = export_options(commands)
    _with_config(export)
    export.set_defaults(command=_store("export"))

    redact = redact_options(commands)
    _with_config(redact)
    redact.set_defaults(command=_store("redact"))

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
    verify.set_defaults(command=_store("verify"))

    _store_actions(commands)
    fsck = commands.add_parser("fsck", help="check every file of a store against its log")
    fsck.add_argument("path", type=Path, metavar="STORE")
    fsck.add_argument("--json", action="store_true", help="the whole report as JSON")
    fsck.set_defaults(command=_store("fsck"))

    compare = commands.add_parser("compare", help="run the comparison on labelled pairs")
    compare.add_argument("pairs", type=Path, metavar="PAIRS.jsonl", help="one pair a line")
    compare.add_argument(
        "--cases", type=Path, required=True, metavar="DIR", help="where the case files are"
    )
    compare.add_argument(
        "--noise", type=float, default=0.0, metavar="RATE",
        help="put so many recognition errors into Chinese turns first (0.10: 10 %% of characters)",
    )  # fmt: skip
    compare.add_argument("--seed", type=int, default=1, metavar="N", help="of the errors")
    compare.add_argument("--json", action="store_true", help="the figures as JSON, one line")
    compare.set_defaults(command=_with("command_centre.cli_compare", "compare"))
    search = commands.add_parser("search", help="the index of all words")
    acts = search.add_subparsers(required=True, metavar="ACTION")
    for name, said in (("rebuild", "make it again"), ("status", "how far it is")):
        action = acts.add_parser(name, help=said)
        _with_config(action)
        action.set_defaults(command=_with("command_centre.cli_search", name))

    bench = commands.add_parser("bench", help="measure beside a peer; one line of JSON")
    bench.add_argument("name", nargs="?", metavar="NAME", help="which; without it, a list")
    bench.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to the benchmark")
    bench.set_defaults(command=_bench)

    _witness(commands)
    _administration(commands)
    return parser


def _witness(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
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
        parser.set_defaults(command=_with("command_centre.cli_witness", function))
        if name in ("serve", "key", "trust", "sign"):
            parser.add_argument("--dir", type=Path, required=True, help="the witness's directory")
        if name in ("serve", "key"):
            parser.add_argument("--name", default="", help="of a new witness: host/name")
        if name in ("logs", "export", "import"):
            _with_config(parser)
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


def _administration(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    user = commands.add_parser("user", help="accounts").add_subparsers(
        required=True, metavar="ACTION"
    )
    add = user.add_parser("add", help="make an account; asks for the password")
    add.add_argument("account")
    add.add_argument("--name", required=True, help="the person's name")
    add.add_argument(
        "--role", required=True, choices=["manager", "interviewer", "auditor", "administrator"]
    )
    add.add_argument("--password-file", type=Path, help="read the password from this file")
    add.add_argument(
        "--all-cases", action="store_true", help="see every case, not only those it is a member of"
    )
    _with_config(add)
    add.set_defaults(command=_admin("add_user"))
    users = user.add_parser("list", help="all accounts")
    _with_config(users)
    users.set_defaults(command=_admin("list_users"))
    reach = user.add_parser("reach", help="let an account see every case, or its own")
    reach.add_argument("account")
    reach.add_argument("cases", choices=["all", "own"])
    _with_config(reach)
    reach.set_defaults(command=_admin("set_reach"))
    password = user.add_parser("password", help="set a new password")
    password.add_argument("account")
    password.add_argument("--password-file", type=Path, help="read the password from this file")
    _with_config(password)
    password.set_defaults(command=_admin("set_password"))

    device = commands.add_parser("device", help="sources").add_subparsers(
        required=True, metavar="ACTION"
    )
    sources = device.add_parser("list", help="all sources")
    _with_config(sources)
    sources.set_defaults(command=_admin("list_devices"))
    token = device.add_parser("token", help="make a new token for a source; the old one ends")
    token.add_argument("source")
    _with_config(token)
    token.set_defaults(command=_admin("make_token"))

    _devices(device)
    _unit_key(commands)
    _retention(commands)
    _record(commands)
    _keys(commands)

    case = commands.add_parser("case", help="cases").add_subparsers(required=True, metavar="ACTION")
    load_case = case.add_parser("load", help="make a case from a case file (JSON)")
    load_case.add_argument("file", type=Path)
    _with_config(load_case)
    load_case.set_defaults(command=_admin("load_case"))
    member = case.add_parser("member", help="let an account work on a case, or no longer")
    member.add_argument("case")
    member.add_argument("account")
    member.add_argument(
        "--role", choices=["manager", "interviewer", "auditor"], help="by default the account's"
    )
    member.add_argument("--remove", action="store_true", help="it works on the case no more")
    _with_config(member)
    member.set_defaults(command=_admin("set_member"))

    model = commands.add_parser("model", help="speech models").add_subparsers(
        required=True, metavar="ACTION"
    )
    models = model.add_parser("list", help="installed models, and which one each language uses")
    _with_config(models)
    models.set_defaults(command=_of_model("list_models"))
    check = model.add_parser("check", help="can this Vosk model directory be used?")
    check.add_argument("path", type=Path)
    check.set_defaults(command=_of_model("check"))
    use = model.add_parser("use", help="use a Vosk model directory from the next start on")
    use.add_argument("path", help='a directory, "shipped", or "none" (English only)')
    use.add_argument("--language", choices=("zh", "en"), help="by default what the model says")
    _with_config(use)
    use.set_defaults(command=_of_model("use"))


def _devices(device: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    add = device.add_parser("add", help="make a source in a room")
    add.add_argument("source", help="its id: lower-case letters, digits, hyphens")
    add.add_argument("--room", required=True)
    add.add_argument("--kind", required=True, choices=sorted(set(SourceKind) - {SourceKind.CALL}))
    add.add_argument("--name", required=True, help="the name shown")
    add.add_argument("--name-en", default="", help="the name shown in English")
    add.add_argument(
        "--speakers",
        default="unknown",
        help="who is on its sound channels: interviewer, interviewee, unknown, or none; "
        "one or two, separated by a comma",
    )
    _with_config(add)
    add.set_defaults(command=_device("add_source"))
    pull = device.add_parser("pull", help="fetch a source from a camera over RTSP")
    pull.add_argument("source")
    what = pull.add_mutually_exclusive_group(required=True)
    what.add_argument("--from", dest="address", metavar="RTSP_ADDRESS", help="rtsp://host/path")
    what.add_argument("--off", action="store_true", help="fetch it no more")
    pull.add_argument("--user", default="", help="name to log in with; asks for the password")
    pull.add_argument("--password-file", type=Path, help="read the password from this file")
    _with_config(pull)
    pull.set_defaults(command=_device("pull_source"))
    check = device.add_parser("check", help="can this source's camera be reached and recorded?")
    check.add_argument("source")
    _with_config(check)
    check.set_defaults(command=_device("check_source"))


def _store_actions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    store = commands.add_parser(
        "store", help="the storage directories of an installation"
    ).add_subparsers(required=True, metavar="ACTION")
    resync = store.add_parser(
        "resync", help="make a mirror (or the store) whole again from the other, also while it runs"
    )
    resync.add_argument("source", type=Path, help="the directory that holds everything")
    resync.add_argument("target", type=Path, help="the directory that was left behind, or is new")
    resync.set_defaults(command=_later("cli_mirror", "resync"))


def _unit_key(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    unit = commands.add_parser(
        "unit-key", help="the key that opens sealed media without this machine"
    ).add_subparsers(required=True, metavar="ACTION")
    make = unit.add_parser("make", help="make one: public half into the store, shares into files")
    make.add_argument("--custodians", type=int, required=True, metavar="N")
    make.add_argument("--need", type=int, default=2, help="how many open together (default: 2)")
    make.add_argument("--name", default="unit", help="its name (default: unit)")
    make.add_argument("--out", type=Path, default=Path(), help="folder of the shares")
    _with_config(make)
    make.set_defaults(command=_later("cli_unit_key", "make"))
    keys = unit.add_parser("list", help="the unit keys that new sessions are wrapped to")
    _with_config(keys)
    keys.set_defaults(command=_later("cli_unit_key", "list_keys"))
    recover = unit.add_parser("recover", help="let this machine open sealed sessions again")
    recover.add_argument("--share", type=Path, action="append", required=True, metavar="FILE")
    recover.add_argument("--session", metavar="ID", help="one session only (default: all)")
    recover.add_argument("--reason", required=True, help="why; goes into the log")
    _with_config(recover)
    recover.set_defaults(command=_later("cli_unit_key", "recover"))


def _retention(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    retention = commands.add_parser(
        "retention", help="how long recordings are kept, and legal holds"
    ).add_subparsers(required=True, metavar="ACTION")
    listed = retention.add_parser("list", help="sessions: kept until when, held, proposed to end")
    listed.add_argument("--case", metavar="ID")
    _with_config(listed)
    listed.set_defaults(command=_later("cli_retention", "list_cases"))
    hold = retention.add_parser("hold", help="place a legal hold: nothing of it is destroyed")
    what = hold.add_mutually_exclusive_group(required=True)
    what.add_argument("--case", metavar="ID")
    what.add_argument("--session", metavar="ID")
    hold.add_argument("--reason", required=True)
    _as_person(hold)
    hold.set_defaults(command=_later("cli_retention", "hold"))
    lift = retention.add_parser("lift", help="lift a legal hold")
    lift.add_argument("hold", metavar="HOLD")
    lift.add_argument("--reason", required=True)
    _as_person(lift)
    lift.set_defaults(command=_later("cli_retention", "lift"))
    destroy = retention.add_parser(
        "destroy", help="confirm that a session's retention ends; two people must"
    )
    destroy.add_argument("session", metavar="SESSION")
    _as_person(destroy)
    destroy.set_defaults(command=_later("cli_retention", "destroy"))


def _record(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    record = commands.add_parser("record", help="records of questioning").add_subparsers(
        required=True, metavar="ACTION"
    )
    make = record.add_parser("make", help="make a PDF of the text of a session, into its log")
    make.add_argument("--session", required=True, metavar="ID")
    make.add_argument("--out", type=Path, metavar="FILE", help="default: record-<document>.pdf")
    _as_person(make)
    make.set_defaults(command=_later("cli_record", "make"))
    check = record.add_parser("check", help="do a PDF and a log prove each other?")
    check.add_argument("file", type=Path, nargs="?", metavar="FILE.pdf")
    check.add_argument("--session", metavar="ID", help="instead: every document of a session")
    check.add_argument(
        "--package", type=Path, metavar="PACK_OR_STORE", help="default: this site's store"
    )
    check.add_argument(
        "--stamp-ca", type=Path, metavar="PEM", help="roots of time stamping authorities"
    )
    _with_config(check)
    check.set_defaults(command=_later("cli_record", "check"))
    _record_template(record.add_parser("template", help="Word templates of records"))


def _record_template(parser: argparse.ArgumentParser) -> None:
    template = parser.add_subparsers(required=True, metavar="ACTION")
    forms = ("questioning", "inspection")

    def action(name: str, function: str, text: str) -> argparse.ArgumentParser:
        made = template.add_parser(name, help=text)
        if name != "list":
            made.add_argument("form", choices=forms)
        made.set_defaults(command=_later("cli_template", function))
        return made

    _with_config(action("list", "listed", "which template is used for each form"))
    export = action("export", "export", "write the template in use to a file")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: FORM.docx")
    _with_config(export)
    action("check", "check", "can it be filled?").add_argument("file", type=Path, metavar="FILE")
    use = action("use", "use", "use it from now on; an entry of the centre's log")
    use.add_argument("file", type=Path, nargs="?", metavar="FILE.docx")
    use.add_argument("--shipped", action="store_true", help="the one that comes with Duizhi again")
    _with_config(use)


def _as_person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account", required=True, help="who acts; the password is asked for")
    parser.add_argument("--password-file", type=Path, help="read the password from this file")
    _with_config(parser)


def _keys(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
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
        _with_config(parser)
        parser.set_defaults(command=_later("cli_key", name.replace("list", "list_keys")))
        return parser

    make = action("root", "make the unit's root, to be kept away from the recorders")
    make.add_argument("--name", required=True, help="such as unit.example/root")
    make.add_argument("--out", type=Path, required=True, metavar="FILE")
    certify = action("certify", "certify the keys of the logs with the root", root="required")
    certify.add_argument("--log", help="one log only")
    certify.add_argument("--days", type=_positive, default=0, help="for how long (default: ever)")
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


def _later(module: str, name: str) -> Command:
    """A command whose module is imported when it runs."""

    def run(options: argparse.Namespace) -> int:
        function: Command = getattr(import_module(f"command_centre.{module}"), name)
        return function(options)

    return run


def _device(name: str) -> Command:
    def run(options: argparse.Namespace) -> int:
        function: Command = getattr(import_module("command_centre.cli_device"), name)
        return function(options)

    return run


def _with_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings of this site (TOML)")


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("expected a number of seconds above 0")
    return value


def _store(name: str) -> Command:
    return _with("command_centre.cli_store", name)


def _with(module: str, name: str) -> Command:
    def run(options: argparse.Namespace) -> int:
        function: Command = getattr(import_module(module), name)
        return function(options)

    return run


def _bench(options: argparse.Namespace) -> int:
    from command_centre.cli_bench import bench

    return bench(options)


def _admin(name: str) -> Command:
    def run(options: argparse.Namespace) -> int:
        function: Command = getattr(import_module("command_centre.cli_admin"), name)
        return function(options)

    return run


def _of_model(name: str) -> Command:
    def run(options: argparse.Namespace) -> int:
        function: Command = getattr(import_module("command_centre.cli_model"), name)
        return function(options)

    return run


def _demo(options: argparse.Namespace) -> int:
    from command_centre.demo import DemoOptions, run_demo

    return asyncio.run(
        run_demo(
            DemoOptions(
                seconds=options.seconds,
                headless=options.headless,
                export=options.export,
                start=options.start,
                store=options.store,
                port=options.port,
                recorders=options.recorders,
            )
        )
    )


def _serve(options: argparse.Namespace) -> int:
    settings = site_settings(options)
    return asyncio.run(_serve_until_told(settings, site_config(options)))


async def _serve_until_told(settings: Settings, config_file: Path | None) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    async with Supervisor(config_file) as supervisor:
        await supervisor.wait_ready()
        centre = settings.centre
        print(f"http://{_shown(centre.http_bind)}:{centre.http_port}/   on this machine")
        print(f"https://{settings.site.host_name}:{centre.https_port}/   in the network")
        print(f"authority to trust on other machines: {settings.store_path / 'ca' / 'ca.pem'}")
        refused = asyncio.ensure_future(supervisor.wait_refused())
        told = asyncio.ensure_future(stop.wait())
        await asyncio.wait({refused, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if refused.done():
            raise CommandError(refused.result())
        refused.cancel()
    return EXIT_OK


def _shown(bind: str) -> str:
    return "localhost" if bind in ("127.0.0.1", "::1", "0.0.0.0") else bind


if __name__ == "__main__":
    sys.exit(main())

"""Options of the commands for accounts, sources, cases, speech models and the search index."""

from __future__ import annotations

from pathlib import Path

from command_centre.cli_parts import Actions, later, with_config
from config.words import SourceKind


def user_options(commands: Actions) -> None:
    """``duizhi user``."""
    user = commands.add_parser("user", help="accounts").add_subparsers(
        required=True, metavar="ACTION"
    )
    add = user.add_parser("add", help="make an account; asks for the password")
    add.add_argument("account")
    add.add_argument("--name", required=True, help="the person's name")
    add.add_argument(
        "--role", required=True, choices=["manager", "interviewer", "auditor", "administrator"]
    )
    add.add_argument(
        "--certificate", default="", help="number of the person's enforcement certificate"
    )
    add.add_argument("--password-file", type=Path, help="read the password from this file")
    add.add_argument(
        "--all-cases", action="store_true", help="see every case, not only those it is a member of"
    )
    with_config(add)
    add.set_defaults(command=later("cli_admin", "add_user"))
    users = user.add_parser("list", help="all accounts")
    with_config(users)
    users.set_defaults(command=later("cli_admin", "list_users"))
    reach = user.add_parser("reach", help="let an account see every case, or its own")
    reach.add_argument("account")
    reach.add_argument("cases", choices=["all", "own"])
    with_config(reach)
    reach.set_defaults(command=later("cli_admin", "set_reach"))
    password = user.add_parser("password", help="set a new password")
    password.add_argument("account")
    password.add_argument("--password-file", type=Path, help="read the password from this file")
    with_config(password)
    password.set_defaults(command=later("cli_admin", "set_password"))


def device_options(commands: Actions) -> None:
    """``duizhi device``."""
    device = commands.add_parser("device", help="sources").add_subparsers(
        required=True, metavar="ACTION"
    )
    sources = device.add_parser("list", help="all sources")
    with_config(sources)
    sources.set_defaults(command=later("cli_admin", "list_devices"))
    token = device.add_parser("token", help="make a new token for a source; the old one ends")
    token.add_argument("source")
    with_config(token)
    token.set_defaults(command=later("cli_admin", "make_token"))
    _sources(device)


def _sources(device: Actions) -> None:
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
    with_config(add)
    add.set_defaults(command=later("cli_device", "add_source"))
    pull = device.add_parser("pull", help="fetch a source from a camera over RTSP")
    pull.add_argument("source")
    what = pull.add_mutually_exclusive_group(required=True)
    what.add_argument("--from", dest="address", metavar="RTSP_ADDRESS", help="rtsp://host/path")
    what.add_argument("--off", action="store_true", help="fetch it no more")
    pull.add_argument("--user", default="", help="name to log in with; asks for the password")
    pull.add_argument("--password-file", type=Path, help="read the password from this file")
    with_config(pull)
    pull.set_defaults(command=later("cli_device", "pull_source"))
    check = device.add_parser("check", help="can this source's camera be reached and recorded?")
    check.add_argument("source")
    with_config(check)
    check.set_defaults(command=later("cli_device", "check_source"))


def case_options(commands: Actions) -> None:
    """``duizhi case``."""
    case = commands.add_parser("case", help="cases").add_subparsers(required=True, metavar="ACTION")
    load_case = case.add_parser("load", help="make a case from a case file (JSON)")
    load_case.add_argument("file", type=Path)
    with_config(load_case)
    load_case.set_defaults(command=later("cli_admin", "load_case"))
    member = case.add_parser("member", help="let an account work on a case, or no longer")
    member.add_argument("case")
    member.add_argument("account")
    member.add_argument(
        "--role", choices=["manager", "interviewer", "auditor"], help="by default the account's"
    )
    member.add_argument("--remove", action="store_true", help="it works on the case no more")
    with_config(member)
    member.set_defaults(command=later("cli_admin", "set_member"))


def model_options(commands: Actions) -> None:
    """``duizhi model``."""
    model = commands.add_parser("model", help="speech models").add_subparsers(
        required=True, metavar="ACTION"
    )
    models = model.add_parser("list", help="installed models, and which one each language uses")
    with_config(models)
    models.set_defaults(command=later("cli_model", "list_models"))
    check = model.add_parser("check", help="can this Vosk model directory be used?")
    check.add_argument("path", type=Path)
    check.set_defaults(command=later("cli_model", "check"))
    use = model.add_parser("use", help="use a Vosk model directory from the next start on")
    use.add_argument("path", help='a directory, "shipped", or "none" (English only)')
    use.add_argument("--language", choices=("zh", "en"), help="by default what the model says")
    with_config(use)
    use.set_defaults(command=later("cli_model", "use"))


def compare_options(commands: Actions) -> None:
    """``duizhi compare``."""
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
    compare.set_defaults(command=later("cli_compare", "compare"))


def search_options(commands: Actions) -> None:
    """``duizhi search``."""
    search = commands.add_parser("search", help="the index of all words")
    acts = search.add_subparsers(required=True, metavar="ACTION")
    for name, said in (("rebuild", "make it again"), ("status", "how far it is")):
        action = acts.add_parser(name, help=said)
        with_config(action)
        action.set_defaults(command=later("cli_search", name))

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
from collections.abc import Sequence
from pathlib import Path

from command_centre.cli_options_evidence import (
    fsck_options,
    record_options,
    retention_options,
    store_options,
    unit_key_options,
    verify_options,
)
from command_centre.cli_options_export import export_options, redact_options
from command_centre.cli_options_keys import key_options, witness_options
from command_centre.cli_options_site import (
    case_options,
    compare_options,
    device_options,
    model_options,
    search_options,
    user_options,
)
from command_centre.cli_parts import Actions, Command, later, positive, with_config
from command_centre.supervisor import Supervisor, SupervisorError
from config.kept import load_site
from config.settings import Settings, SettingsError

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
    return load_site(site_config(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="duizhi",
        description="Records interviews of one case in many rooms at once, lays the testimonies "
        "side by side, and proves that nothing was altered, dropped or hidden.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run it")
    with_config(serve)
    serve.set_defaults(command=_serve)
    _demo_options(commands)

    export = export_options(commands)
    with_config(export)
    export.set_defaults(command=later("cli_store", "export"))

    redact = redact_options(commands)
    with_config(redact)
    redact.set_defaults(command=later("cli_store", "redact"))

    for options in (
        *(verify_options, store_options, fsck_options, compare_options, search_options),
        *(_bench_options, witness_options, user_options, device_options, unit_key_options),
        *(retention_options, record_options, key_options, case_options, model_options),
    ):
        options(commands)
    return parser


def _demo_options(commands: Actions) -> None:
    demo = commands.add_parser(
        "demo", help="serve, with the demo case and simulated rooms over real WebRTC"
    )
    demo.add_argument("--seconds", type=positive, help="end by itself after this long")
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
    demo.add_argument(
        "--no-past",
        action="store_true",
        help="nothing was recorded before",
    )
    demo.set_defaults(command=_demo)


def _bench_options(commands: Actions) -> None:
    bench = commands.add_parser("bench", help="measure beside a peer; one line of JSON")
    bench.add_argument("name", nargs="?", metavar="NAME", help="which; without it, a list")
    bench.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on to the benchmark")
    bench.set_defaults(command=_bench)


def _bench(options: argparse.Namespace) -> int:
    from command_centre.cli_bench import bench

    return bench(options)


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
                past=not options.no_past,
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

"""``duizhi device add``, ``pull`` and ``check``: sources, and cameras that are fetched over RTSP.

A camera's password is asked for or read from a file, never given on the command line, where other
people of the machine could read it, and never printed.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
from dataclasses import replace

import msgspec

from command_centre.cli import EXIT_NO, EXIT_OK, CommandError, site_settings
from command_centre.cli_admin import note, opened_database
from command_centre.db import administration
from config.clock import SystemClock
from config.words import PullFault, Speaker
from recorder.ingest.rtsp_pull import PullFailed, RtspPull
from recorder.ingest.rtsp_wire import Address, BadAddress, read_address

FAULTS = {
    PullFault.UNREACHABLE: "nobody answers at this address: is the camera on, and in this network?",
    PullFault.WRONG_PASSWORD: "the camera refuses the login: check name and password",
    PullFault.NOT_FOUND: "the camera answers, but has no stream at this path",
    PullFault.UNSUPPORTED: "the camera offers nothing that can be recorded: set it to H.264",
    PullFault.REFUSED: "the camera answers with an error of its own",
    PullFault.MALFORMED: "what answers at this address does not speak RTSP",
}


def add_source(options: argparse.Namespace) -> int:
    """Make a source in a room."""
    settings = site_settings(options)
    values = {
        "id": options.source,
        "room_id": options.room,
        "name": options.name,
        "name_en": options.name_en,
        "kind": options.kind,
        "channels": msgspec.json.encode(_speakers(options.speakers)).decode(),
    }
    with opened_database(settings) as database:
        administration.add_source(database, values)
    note(
        settings,
        "source.create",
        {"source": options.source, "room": options.room, "kind": options.kind},
    )
    print(f"source {options.source} is ready; give it a token with: duizhi device token")
    return EXIT_OK


def pull_source(options: argparse.Namespace) -> int:
    """Fetch a source from a camera, or stop doing so. In force at once."""
    settings = site_settings(options)
    if options.off:
        with opened_database(settings) as database:
            administration.end_pull(database, options.source, SystemClock().now_us())
        note(settings, "source.pull", {"source": options.source, "pulled": "no"})
        print(f"{options.source} is pulled no more")
        return EXIT_OK
    address = _address(options)
    with opened_database(settings) as database:
        administration.set_pull(database, options.source, address, SystemClock().now_us())
    note(settings, "source.pull", {"source": options.source, "pulled": "yes"})
    print(f"{options.source} is pulled from {address.url} while a session is open in its room")
    return EXIT_OK


def check_source(options: argparse.Namespace) -> int:
    """Connect to a source's camera, say what it offers, and let go."""
    with opened_database(site_settings(options)) as database:
        address = database.read_now(lambda reading: administration.pull_of(reading, options.source))
    if address is None:
        raise CommandError(f"{options.source} is not pulled; see: duizhi device list")
    try:
        offered = asyncio.run(_offered(address))
    except PullFailed as failed:
        print(f"{options.source}: {FAULTS[failed.fault]} ({failed})")
        return EXIT_NO
    print(f"{options.source}: {offered}")
    return EXIT_OK


async def _offered(address: Address) -> str:
    pull = await RtspPull.open(address)
    try:
        recorded = ", ".join(media.codec for media in pull.media)
        left_out = ", ".join(pull.left_out)
        return f"{recorded} can be recorded" + (f"; without {left_out}" if left_out else "")
    finally:
        await pull.close()


def _address(options: argparse.Namespace) -> Address:
    try:
        address = read_address(options.address)
    except BadAddress as error:
        raise CommandError(str(error)) from error
    if address.password:
        raise CommandError(
            "give the name with --user; the password is asked for, or read from a file"
        )
    user = options.user or address.user
    if not user:
        return address
    if options.password_file is not None:
        try:
            password = options.password_file.read_text(encoding="utf-8").rstrip("\n")
        except OSError as error:
            raise CommandError(f"cannot read {options.password_file}: {error.strerror}") from error
    else:
        password = getpass.getpass("password of the camera: ")
    return replace(address, user=user, password=password)


def _speakers(text: str) -> list[str]:
    if text == "none":
        return []
    speakers = [part.strip() for part in text.split(",")]
    known = {speaker.value for speaker in Speaker}
    if not 1 <= len(speakers) <= 2 or not known.issuperset(speakers):
        raise CommandError(
            f"--speakers: expected one or two of {', '.join(sorted(known))}, or none"
        )
    return speakers

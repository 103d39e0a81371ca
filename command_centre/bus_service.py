"""What a running centre answers over the bus: acts of the command line, and who may push media."""

from __future__ import annotations

from command_centre.desk.context import CentreContext
from command_centre.desk.publishers import Publishers
from command_centre.errors import Rejected
from command_centre.log_note import note_service
from config.bus import Handler, Refused
from config.messages import MalformedMessage, decode, encode
from config.recorder_messages import AdmitPublisher


def centre_service(context: CentreContext) -> Handler:
    """The handler of the service ``centre``."""
    note = note_service(context.log)
    publishers = Publishers(context.database, context.board, context.sessions, context.clock)

    async def handle(method: str, payload: bytes) -> bytes:
        if method != "admit_publisher":
            return await note(method, payload)
        try:
            return encode(await publishers.admit(decode(payload, AdmitPublisher)))
        except MalformedMessage as error:
            raise Refused("bad_request", str(error)) from error
        except Rejected as error:
            raise Refused(error.code, error.detail) from error

    return handle

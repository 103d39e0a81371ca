"""The commands of voice lines on ``/ws``; see PROTOCOL.md."""

from __future__ import annotations

from command_centre.desk import protocol
from command_centre.desk.cases import rooms_of
from command_centre.desk.context import CentreContext
from command_centre.desk.permissions import Caller
from command_centre.desk.views import VoiceLine
from command_centre.desk.voice_lines import require_line
from command_centre.errors import Rejected

VoiceCommand = (
    protocol.VoiceCall
    | protocol.VoiceAnswer
    | protocol.VoiceTake
    | protocol.VoiceTalk
    | protocol.VoiceHangUp
)


async def carry_out(
    context: CentreContext, caller: Caller, case: str, command: VoiceCommand
) -> protocol.Ok:
    """One step of a line of a room of this case; answers with the line as it stands then."""
    line = await _step(context, caller, case, command)
    return protocol.Ok(id=command.id, lines=[line])


async def _step(
    context: CentreContext, caller: Caller, case: str, command: VoiceCommand
) -> VoiceLine:
    voice, room = context.voice, command.room
    if room not in await context.database.read(lambda connection: rooms_of(connection, case)):
        raise Rejected("unknown_room", "there is no such room in this case")
    if isinstance(command, protocol.VoiceCall):
        return await voice.call(caller, case=case, room=room, to=command.to, key=command.key)
    await context.database.read(
        lambda connection: require_line(connection, case, room, command.line)
    )
    if isinstance(command, protocol.VoiceAnswer):
        return await voice.answer(room, command.line, accept=command.accept, by=caller)
    if isinstance(command, protocol.VoiceTake):
        return await voice.take(caller, room, command.line, accept=command.accept)
    if isinstance(command, protocol.VoiceTalk):
        return await voice.talk(caller, room, command.line, on=command.on)
    return await voice.end(caller, room, command.line, no_microphone=command.no_microphone)

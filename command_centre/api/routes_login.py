"""Login, the centre's time, and how it is doing."""

from __future__ import annotations

from starlette.responses import Response

from command_centre.api.endpoint import COOKIE, Call, Endpoint, json_response
from command_centre.api.reach import Reach
from command_centre.api.shapes import (
    Empty,
    InterviewView,
    LoggedOut,
    LoginRequest,
    MachineClockView,
    ModelView,
    PartState,
    Readiness,
    RecorderView,
    SystemView,
    Time,
    TranscriberView,
)
from command_centre.db.accounts import Arrival
from command_centre.db.database import CURSOR, read_counter
from command_centre.desk.context import CentreContext
from command_centre.desk.permissions import Action, Caller
from command_centre.desk.views import Me
from command_centre.errors import Rejected

_MAX_PASSWORD = 1024


def me(context: CentreContext, caller: Caller) -> Me:
    """The caller as desks see themselves."""
    site = context.settings.site
    return Me(
        id=caller.account_id,
        account=caller.account,
        name=caller.name,
        role=caller.role,
        must_enrol=caller.must_enrol,
        roles={case: role for case, role in caller.cases.items() if role != caller.role},
        rooms=sorted(caller.rooms),
        unit_name=site.unit_name,
        unit_name_en=site.unit_name_en,
    )


async def _log_in(call: Call) -> Response:
    asked = call.body(LoginRequest)
    if len(asked.password) > _MAX_PASSWORD:
        raise Rejected("malformed_request", "the password is too long")
    client = call.request.client
    agent = "".join(one for one in call.request.headers.get("user-agent", "") if one.isprintable())
    arrival = Arrival(client.host if client else "", agent[:200])
    cookie, caller = await call.context.logins.log_in(asked.account, asked.password, arrival)
    return logged_in(call, cookie, caller)


def logged_in(call: Call, cookie: str, caller: Caller) -> Response:
    """The answer to a login: who it is, and the cookie."""
    response = json_response(me(call.context, caller))
    set_login_cookie(call, response, cookie)
    return response


def set_login_cookie(call: Call, response: Response, cookie: str) -> None:
    """Keep a login in the browser."""
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(call.context.settings.centre.login_hours * 3600),
        httponly=True,
        samesite="strict",
        secure=call.request.url.scheme == "https",
    )


async def _log_out(call: Call) -> Response:
    await call.context.logins.log_out(call.caller)
    url = call.request.url
    back = f"{url.scheme}://{url.netloc}/login"
    response = json_response(LoggedOut(next=await call.context.outside_logins.end_address(back)))
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response


async def _me(call: Call) -> Me:
    return me(call.context, call.caller)


async def _time(call: Call) -> Time:
    site, outside = call.context.settings.site, call.context.outside_logins
    return Time(
        now_us=call.context.clock.now_us(),
        unit_name=site.unit_name,
        unit_name_en=site.unit_name_en,
        version=call.context.version,
        outside=outside.settings.name if outside.on else "",
        outside_en=outside.settings.name_en if outside.on else "",
    )


async def _system(call: Call) -> SystemView:
    watch = call.context.watch
    recorder, transcriber = watch.recorder, watch.transcriber
    clock = await call.context.health.clock()
    rule = call.context.settings.interview
    return SystemView(
        model=ModelView(
            name=transcriber.model, demo=transcriber.model_demo, digest=transcriber.model_digest
        )
        if transcriber
        else None,
        recorder=RecorderView(
            reachable=recorder is not None,
            disk_hours_left=recorder.disk_hours_left if recorder else None,
            degraded=recorder.degraded if recorder else "",
            space=recorder.space if recorder else "ok",
            disks_failed=recorder.disks_failed if recorder else 0,
        ),
        transcriber=TranscriberView(
            reachable=transcriber is not None,
            behind_us=transcriber.behind_us if transcriber else None,
        ),
        version=call.context.version,
        vouchers=call.context.vouchers.states.all(),
        interview=InterviewView(
            longest_minutes=rule.longest_minutes,
            warn_minutes=rule.warn_minutes,
            hour_limits=rule.hour_limits,
            hour_warn_minutes=rule.hour_warn_minutes,
            night_from_hour=rule.night_from_hour,
            night_until_hour=rule.night_until_hour,
            sign_notice=rule.sign_notice,
        ),
        clock=MachineClockView(known=clock.known, warn=clock.warn, error_us=clock.error_us),
    )


async def _alive(_call: Call) -> PartState:
    return PartState(ok=True)


async def _ready(call: Call) -> Response:
    context = call.context
    await context.watch.look()
    await context.database.read(lambda connection: read_counter(connection, CURSOR))
    recorder, transcriber = context.watch.recorder, context.watch.transcriber
    behind = max(0, context.follower.size - context.follower.next_index)
    lost = context.log.lost
    parts = {
        "database": PartState(ok=True),
        "log": PartState(
            ok=not lost, detail=f"{lost} entries could not be written" if lost else ""
        ),
        "recorder": PartState(
            ok=recorder is not None and not recorder.degraded,
            detail=recorder.degraded if recorder else "unreachable",
        ),
        "transcriber": PartState(
            ok=transcriber is not None, detail="" if transcriber else "unreachable"
        ),
        "projection": PartState(ok=behind < 1000, detail=f"{behind} entries behind"),
    }
    ready = all(part.ok for part in parts.values())
    return json_response(Readiness(ready=ready, parts=parts), 200 if ready else 503)


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/login",
        "Log in",
        _log_in,
        body=LoginRequest,
        reply=Me,
        codes=("wrong_password", "account_locked", "code_required", "passkey_required"),
    ),
    Endpoint(
        "POST",
        "/api/logout",
        "Log out",
        _log_out,
        action=Action.READ_SELF,
        reach=Reach.NO_CASE,
        reply=LoggedOut,
        body=Empty,
    ),
    Endpoint(
        "GET",
        "/api/me",
        "Who is logged in",
        _me,
        action=Action.READ_SELF,
        reach=Reach.NO_CASE,
        reply=Me,
    ),
    Endpoint("GET", "/api/time", "The centre's time", _time, reply=Time),
    Endpoint(
        "GET",
        "/api/system",
        "How the processes are",
        _system,
        action=Action.READ_SYSTEM,
        reach=Reach.NO_CASE,
        reply=SystemView,
    ),
    Endpoint("GET", "/healthz", "The process is alive", _alive, reply=PartState),
    Endpoint("GET", "/readyz", "The parts it needs can be used", _ready, reply=Readiness),
)

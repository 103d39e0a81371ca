"""Cases as a whole: opening, changing, closing them; their tasks."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.desk.case_acts import (
    CaseMade,
    CaseRequest,
    StateRequest,
    TaskRequest,
    TaskStep,
)
from command_centre.desk.case_overview import CaseOverview, ColleagueList
from command_centre.desk.permissions import Action


async def _open_case(call: Call) -> CaseMade:
    made = await call.context.case_acts.create(call.caller, call.body(CaseRequest))
    await call.context.members.founded(call.caller, made.case)
    return made


async def _change_facts(call: Call) -> CaseMade:
    asked = call.body(CaseRequest)
    made = await call.context.case_acts.change(call.caller, call.path("case"), asked)
    await call.context.members.led(call.caller, made.case)
    return made


async def _case_state(call: Call) -> CaseMade:
    asked = call.body(StateRequest)
    return await call.context.case_acts.set_state(call.caller, call.path("case"), asked)


async def _case_overview(call: Call) -> CaseOverview:
    return await call.context.case_acts.overview(call.path("case"))


async def _add_task(call: Call) -> CaseOverview:
    asked = call.body(TaskRequest)
    return await call.context.case_acts.add_task(call.caller, call.path("case"), asked)


async def _change_task(call: Call) -> CaseOverview:
    asked, case, task = call.body(TaskRequest), call.path("case"), call.path("task")
    return await call.context.case_acts.change_task(call.caller, case, task, asked)


async def _step_task(call: Call) -> CaseOverview:
    step, case, task = call.body(TaskStep).step, call.path("case"), call.path("task")
    return await call.context.case_acts.step_task(call.caller, case, task, step)


async def _colleagues(call: Call) -> ColleagueList:
    return await call.context.case_acts.colleagues()


_FACTS = ("bad_case", "case_exists", "unknown_account", "log_unavailable")
_TASK = ("unknown_case", "bad_text", "bad_task", "unknown_account", "log_unavailable")

ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/cases",
        "Open a case",
        _open_case,
        action=Action.MANAGE_CASE,
        reach=Reach.NO_CASE,
        body=CaseRequest,
        reply=CaseMade,
        codes=_FACTS,
    ),
    Endpoint(
        "GET",
        "/api/colleagues",
        "Who may lead a case or be given a task",
        _colleagues,
        action=Action.KEEP_TASKS,
        reach=Reach.NO_CASE,
        reply=ColleagueList,
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/facts",
        "Change the facts of a case",
        _change_facts,
        action=Action.MANAGE_CASE,
        open_case=True,
        body=CaseRequest,
        reply=CaseMade,
        codes=("unknown_case", *_FACTS),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/state",
        "Close, archive or reopen a case",
        _case_state,
        action=Action.MANAGE_CASE,
        body=StateRequest,
        reply=CaseMade,
        codes=("unknown_case", "bad_case", "bad_reason", "sessions_open", "log_unavailable"),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/overview",
        "How a case stands: state, lead, rights of its people, tasks",
        _case_overview,
        action=Action.READ_CASE,
        reply=CaseOverview,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/tasks",
        "Add a task",
        _add_task,
        action=Action.KEEP_TASKS,
        open_case=True,
        body=TaskRequest,
        reply=CaseOverview,
        codes=_TASK,
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/tasks/{task}",
        "Change a task",
        _change_task,
        action=Action.KEEP_TASKS,
        open_case=True,
        body=TaskRequest,
        reply=CaseOverview,
        codes=("unknown_task", *_TASK),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/tasks/{task}/step",
        "A task is done, undone or dropped",
        _step_task,
        action=Action.KEEP_TASKS,
        body=TaskStep,
        reply=CaseOverview,
        codes=("unknown_task", "bad_task", "log_unavailable"),
    ),
)

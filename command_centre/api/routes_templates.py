"""Templates of points: taken by case managers, worded and withdrawn by administrators."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty
from command_centre.comparison.kept_templates import OfferedTemplate
from command_centre.comparison.template_check import TemplateText
from command_centre.comparison.template_versions import (
    HISTORY_PAGE,
    KeptTemplate,
    TemplateHistory,
)
from command_centre.comparison.templates import wording_of
from command_centre.comparison.views import Point, TemplatePoint
from command_centre.desk.permissions import Action
from command_centre.desk.views import View
from command_centre.errors import Rejected

_TAKEN_MAX = 50
_HISTORY_MAX = 100
#: As much as a template can say (``template_check``), each character of four bytes.
_BODY_BYTES = 1 << 18


class TemplateList(View, frozen=True):
    """Points for each kind of violation, in the version in use."""

    templates: list[OfferedTemplate]


class KeptTemplateList(View, frozen=True):
    """Every kind of violation with the version in use."""

    templates: list[KeptTemplate]


class TakeRequest(View, frozen=True):
    """Points of a template, numbered from 1; ``version``: the one that was looked at."""

    template: str
    points: list[int]
    version: str = ""


class PointList(View, frozen=True):
    """Points that were added."""

    points: list[Point]


class TemplateRequest(View, frozen=True):
    """The next version; ``despite``: codes of the hints at its wording that were shown and kept.

    ``seen``: the version in use when it was written; empty: a kind that was withdrawn, or is new.
    """

    name: str
    points: list[TemplatePoint]
    name_en: str = ""
    seen: str = ""
    despite: tuple[str, ...] = ()

    def text(self) -> TemplateText:
        """What it says."""
        return TemplateText(name=self.name, name_en=self.name_en, points=tuple(self.points))


class TemplateUseRequest(View, frozen=True):
    """The version to be offered from now on; ``seen``: the one in use until then, or empty."""

    version: str
    seen: str = ""
    despite: tuple[str, ...] = ()


async def _point_templates(call: Call) -> TemplateList:
    return TemplateList(templates=await call.context.templates.offered())


async def _take_template(call: Call) -> PointList:
    asked = call.body(TakeRequest)
    template = await call.context.templates.find(asked.template, asked.version)
    wanted = list(dict.fromkeys(asked.points))
    if not 1 <= len(wanted) <= _TAKEN_MAX or not all(
        1 <= number <= len(template.points) for number in wanted
    ):
        raise Rejected("bad_template", f"name points from 1 to {len(template.points)}")
    added = []
    for number in wanted:
        origin = f"{template.id}/{number}@{template.version}"
        wording = wording_of(template.points[number - 1])
        added.append(
            await call.context.book.add_point(
                call.caller, call.path("case"), wording, template=origin
            )
        )
    return PointList(points=added)


async def _kept_templates(call: Call) -> KeptTemplateList:
    return KeptTemplateList(templates=await call.context.templates.kept())


async def _history(call: Call) -> TemplateHistory:
    limit = min(max(call.integer("limit", HISTORY_PAGE) or HISTORY_PAGE, 1), _HISTORY_MAX)
    return await call.context.templates.history(
        call.path("template"), before=call.integer("before"), limit=limit
    )


async def _add_template(call: Call) -> KeptTemplate:
    said = call.body(TemplateRequest)
    return await call.context.templates.add(call.caller, said.text(), despite=said.despite)


async def _set_template(call: Call) -> KeptTemplate:
    said, kind = call.body(TemplateRequest), call.path("template")
    return await call.context.templates.set(
        call.caller, kind, said.text(), seen=said.seen, despite=said.despite
    )


async def _use_template(call: Call) -> KeptTemplate:
    said, kind = call.body(TemplateUseRequest), call.path("template")
    return await call.context.templates.use(
        call.caller, kind, said.version, seen=said.seen, despite=said.despite
    )


async def _withdraw_template(call: Call) -> KeptTemplate:
    return await call.context.templates.withdraw(call.caller, call.path("template"))


_SET = (
    *("bad_template_text", "leading_wording", "template_exists", "too_many_templates"),
    "log_unavailable",
)

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/point-templates",
        "Points for each kind of violation, in the version in use",
        _point_templates,
        action=Action.READ_CASE,
        reach=Reach.NO_CASE,
        reply=TemplateList,
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/points/template",
        "Take over points of a template",
        _take_template,
        action=Action.ADD_POINT,
        open_case=True,
        body=TakeRequest,
        reply=PointList,
        codes=(
            *("unknown_case", "unknown_template", "template_changed", "bad_template"),
            *("too_many_points", "log_unavailable"),
        ),
    ),
    Endpoint(
        "GET",
        "/api/point-templates/kept",
        "Every kind of violation with the version in use, withdrawn ones too",
        _kept_templates,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=KeptTemplateList,
    ),
    Endpoint(
        "GET",
        "/api/point-templates/{template}/versions",
        "Versions of a kind in full, the newest first, the shipped one last",
        _history,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=TemplateHistory,
        query={
            "before": "of the agency's own: those with a number below this one",
            "limit": f"at most this many, {HISTORY_PAGE} when not given, {_HISTORY_MAX} at most",
        },
        codes=("unknown_template",),
    ),
    Endpoint(
        "POST",
        "/api/point-templates",
        "Add a kind of violation with its points",
        _add_template,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=TemplateRequest,
        body_bytes=_BODY_BYTES,
        reply=KeptTemplate,
        status=201,
        codes=_SET,
    ),
    Endpoint(
        "POST",
        "/api/point-templates/{template}",
        "The next version of a kind's points, offered from now on",
        _set_template,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=TemplateRequest,
        body_bytes=_BODY_BYTES,
        reply=KeptTemplate,
        codes=("unknown_template", "template_changed", *_SET),
    ),
    Endpoint(
        "POST",
        "/api/point-templates/{template}/use",
        "Offer a version from now on, and a withdrawn kind again",
        _use_template,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=TemplateUseRequest,
        reply=KeptTemplate,
        codes=(
            *("unknown_template", "template_changed", "leading_wording", "template_exists"),
            "log_unavailable",
        ),
    ),
    Endpoint(
        "POST",
        "/api/point-templates/{template}/withdraw",
        "Offer a kind no more; its versions stay",
        _withdraw_template,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=KeptTemplate,
        codes=("unknown_template", "log_unavailable"),
    ),
)

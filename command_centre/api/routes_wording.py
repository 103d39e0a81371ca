"""What is pointed out as leading or pressing: words of the agency's own, rules switched off."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty
from command_centre.comparison.kept_wording import KeptRule, RuleText
from command_centre.desk.permissions import Action
from command_centre.desk.views import View


class RuleList(View, frozen=True):
    """Every rule, the agency's own first."""

    rules: list[KeptRule]


class RuleRequest(View, frozen=True):
    """Plain words to be pointed out, and how to put it instead."""

    category: str
    words: str
    neutral: str
    neutral_en: str = ""


async def _rules(call: Call) -> RuleList:
    return RuleList(rules=await call.context.wording.kept())


async def _add_rule(call: Call) -> KeptRule:
    said = call.body(RuleRequest)
    text = RuleText(
        category=said.category,
        words=said.words,
        neutral=said.neutral,
        neutral_en=said.neutral_en,
    )
    return await call.context.wording.add(call.caller, text)


async def _rule_off(call: Call) -> KeptRule:
    return await call.context.wording.switch(call.caller, call.path("rule"), off=True)


async def _rule_on(call: Call) -> KeptRule:
    return await call.context.wording.switch(call.caller, call.path("rule"), off=False)


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/wording-rules",
        "What is pointed out as leading or pressing, and what no more",
        _rules,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=RuleList,
    ),
    Endpoint(
        "POST",
        "/api/wording-rules",
        "Point out further words from now on",
        _add_rule,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=RuleRequest,
        reply=KeptRule,
        status=201,
        codes=(
            *("bad_wording_rule", "wording_rule_exists", "too_many_wording_rules"),
            "log_unavailable",
        ),
    ),
    Endpoint(
        "POST",
        "/api/wording-rules/{rule}/off",
        "Point a rule out no more",
        _rule_off,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=KeptRule,
        codes=("unknown_wording_rule", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/wording-rules/{rule}/on",
        "Point a rule out again",
        _rule_on,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=KeptRule,
        codes=("unknown_wording_rule", "log_unavailable"),
    ),
)

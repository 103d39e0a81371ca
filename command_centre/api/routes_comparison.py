"""Points, names of the case, wording hints, and reviews of differences."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.shapes import Empty
from command_centre.comparison import store
from command_centre.comparison.book import MAX_POINT_CHARACTERS, Wording, checked
from command_centre.comparison.from_sentence import Draft, draft_from_sentence
from command_centre.comparison.lexicon import CaseLexicon, clashes
from command_centre.comparison.neutral import NeutralPrompt, neutral_prompt
from command_centre.comparison.point_wording import hints_in
from command_centre.comparison.read import read_lexicon
from command_centre.comparison.views import Difference, Hint, Point, PointDetail
from command_centre.comparison.wording_check import agreed, check
from command_centre.desk.cases import require_case
from command_centre.desk.permissions import Action
from command_centre.desk.views import View
from command_centre.errors import Rejected


class PointRequest(View, frozen=True):
    """A point to add, or how one is worded now; what is not given is empty."""

    text: str
    en: str = ""
    detail: PointDetail = PointDetail()
    utterance: str = ""  # sentence it was made from
    despite: tuple[str, ...] = ()  # codes of hints at its wording that were shown and kept


class PointChange(View, frozen=True):
    """How a point is worded now; what is not given stays."""

    text: str
    en: str | None = None
    detail: PointDetail | None = None
    despite: tuple[str, ...] = ()


class RetireRequest(View, frozen=True):
    """Why a point is asked no more."""

    reason: str = ""


class LexiconView(View, frozen=True):
    """What people and things are called, and names that mean several."""

    lexicon: CaseLexicon
    clashes: list[tuple[str, tuple[str, ...]]]


class WordingRequest(View, frozen=True):
    """A text to look at, and the point it is about."""

    text: str
    point: str | None = None


class Hints(View, frozen=True):
    """Wording that may lead or threaten; empty when there is none."""

    hints: list[Hint]


class ReviewRequest(View, frozen=True):
    """What a difference is."""

    state: str
    note: str = ""


class DifferenceList(View, frozen=True):
    """Every difference of a case, the first found first."""

    differences: list[Difference]


async def _add_point(call: Call) -> Point:
    asked = call.body(PointRequest)
    wording = Wording(text=asked.text, en=asked.en, detail=asked.detail)
    kept = await _agreed(call, wording, asked.despite)
    return await call.context.book.add_point(
        call.caller, call.path("case"), wording, utterance=asked.utterance, kept=kept
    )


async def _change_point(call: Call) -> Point:
    asked, case, point = call.body(PointChange), call.path("case"), call.path("point")
    current = await call.context.book.require_point(case, point)
    wording = Wording(
        text=asked.text,
        en=current.en if asked.en is None else asked.en,
        detail=current.detail if asked.detail is None else asked.detail,
    )
    before = Wording(text=current.text, en=current.en, detail=current.detail)
    kept = await _agreed(call, wording, asked.despite, before)
    return await call.context.book.change_point(call.caller, case, point, wording, kept=kept)


async def _agreed(
    call: Call, wording: Wording, despite: tuple[str, ...], before: Wording | None = None
) -> list[str]:
    """What is kept although it was pointed out; nothing is where the agency wants no hints."""
    wording = checked(wording)
    if not call.context.settings.comparison.wording_hints:
        return []
    rules = await call.context.wording.rules()
    return agreed(hints_in(wording, rules, before), despite=despite)


async def _retire_point(call: Call) -> Point:
    reason = call.body(RetireRequest).reason
    return await call.context.book.retire_point(
        call.caller, call.path("case"), call.path("point"), reason
    )


async def _resume_point(call: Call) -> Point:
    case, point = call.path("case"), call.path("point")
    return await call.context.book.resume_point(call.caller, case, point)


async def _point_draft(call: Call) -> Draft:
    case, utterance = call.path("case"), call.query("utterance") or ""
    rules = await call.context.wording.rules()
    return await call.context.database.read(
        lambda connection: draft_from_sentence(connection, case, utterance, rules)
    )


async def _lexicon(call: Call) -> LexiconView:
    case = call.path("case")
    await call.context.database.read(lambda connection: require_case(connection, case))
    lexicon = await call.context.database.read(lambda connection: read_lexicon(connection, case))
    return LexiconView(lexicon=lexicon, clashes=clashes(lexicon))


async def _set_lexicon(call: Call) -> LexiconView:
    lexicon = call.body(CaseLexicon)
    found = await call.context.book.set_lexicon(call.caller, call.path("case"), lexicon)
    return LexiconView(lexicon=lexicon, clashes=found)


async def _check_wording(call: Call) -> Hints:
    asked, context = call.body(WordingRequest), call.context
    if not context.settings.comparison.wording_hints:
        return Hints(hints=[])
    if len(asked.text) > MAX_POINT_CHARACTERS:
        raise Rejected("bad_text", f"a text has at most {MAX_POINT_CHARACTERS} characters")
    detail = PointDetail()
    if asked.point is not None:
        detail = (await context.book.require_point(call.path("case"), asked.point)).detail
    rules = await context.wording.rules()
    return Hints(hints=check(asked.text, detail.question, detail.question_en, rules=rules))


async def _review_difference(call: Call) -> Difference:
    asked = call.body(ReviewRequest)
    return await call.context.book.review(
        call.caller,
        call.path("case"),
        call.path("difference"),
        asked.state,
        note=asked.note,
    )


async def _neutral_prompt(call: Call) -> NeutralPrompt:
    case, name = call.path("case"), call.path("difference")
    difference = await call.context.book.require_difference(case, name)
    return await call.context.database.read(
        lambda connection: neutral_prompt(connection, case, difference)
    )


async def _differences(call: Call) -> DifferenceList:
    case = call.path("case")
    await call.context.database.read(lambda connection: require_case(connection, case))
    return DifferenceList(
        differences=await call.context.database.read(
            lambda connection: store.read_differences(connection, case)
        )
    )


_POINT = ("unknown_case", "unknown_point", "bad_text", "log_unavailable")
_WORDED = (*_POINT, "leading_wording")

ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/cases/{case}/points",
        "Add a point to verify, from a sentence too",
        _add_point,
        action=Action.ADD_POINT,
        open_case=True,
        body=PointRequest,
        reply=Point,
        codes=(*_WORDED, "unknown_utterance", "too_many_points"),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/points/draft",
        "A point prefilled from a sentence",
        _point_draft,
        action=Action.ADD_POINT,
        reply=Draft,
        query={"utterance": "the sentence"},
        codes=("unknown_utterance",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/points/{point}",
        "Word a point otherwise",
        _change_point,
        action=Action.ADD_POINT,
        open_case=True,
        body=PointChange,
        reply=Point,
        codes=_WORDED,
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/points/{point}/retire",
        "Ask a point no more; what was said on it stays",
        _retire_point,
        action=Action.ADD_POINT,
        open_case=True,
        body=RetireRequest,
        reply=Point,
        codes=_POINT,
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/points/{point}/resume",
        "Ask a point again that was retired",
        _resume_point,
        action=Action.ADD_POINT,
        open_case=True,
        body=Empty,
        reply=Point,
        codes=_POINT,
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/lexicon",
        "What people, places and things of the case are called",
        _lexicon,
        action=Action.READ_CASE,
        reply=LexiconView,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/lexicon",
        "Set what they are called",
        _set_lexicon,
        action=Action.ADD_POINT,
        open_case=True,
        body=CaseLexicon,
        reply=LexiconView,
        codes=("unknown_case", "bad_lexicon", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/wording",
        "Look for leading or threatening wording; never blocks",
        _check_wording,
        action=Action.SEND_PROMPT,
        body=WordingRequest,
        reply=Hints,
        codes=("bad_text", "unknown_point"),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/differences",
        "Differences found, with their reviews",
        _differences,
        action=Action.COMPARE,
        reply=DifferenceList,
        codes=("unknown_case",),
    ),
    Endpoint(
        "POST",
        "/api/cases/{case}/differences/{difference}/reviews",
        "Say what a difference is; earlier reviews stay",
        _review_difference,
        action=Action.REVIEW,
        body=ReviewRequest,
        reply=Difference,
        codes=("unknown_difference", "bad_review", "bad_text", "log_unavailable"),
    ),
    Endpoint(
        "GET",
        "/api/cases/{case}/differences/{difference}/prompt",
        "A neutral question for the rooms concerned; quotes nobody",
        _neutral_prompt,
        action=Action.SEND_PROMPT,
        reply=NeutralPrompt,
        codes=("unknown_difference",),
    ),
)  # fmt: skip

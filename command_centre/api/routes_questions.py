"""Questions that are picked for prompts: read by everybody, kept by administrators."""

from __future__ import annotations

from command_centre.api.endpoint import Call, Endpoint
from command_centre.api.reach import Reach
from command_centre.api.shapes import Empty
from command_centre.comparison.questions import (
    KeptQuestion,
    QuestionText,
    QuestionView,
)
from command_centre.comparison.views import Hint
from command_centre.desk.permissions import Action
from command_centre.desk.views import View


class QuestionList(View, frozen=True):
    """What may be picked now."""

    questions: list[QuestionView]


class KeptQuestions(View, frozen=True):
    """Every question with its versions."""

    questions: list[KeptQuestion]


class QuestionRequest(View, frozen=True):
    """A question; ``despite``: codes of the hints at its wording that were shown and kept."""

    text_zh: str
    text_en: str = ""
    topic: str = ""
    topic_en: str = ""
    despite: tuple[str, ...] = ()


class RestoreRequest(View, frozen=True):
    """``despite``: codes of the hints at its wording that were shown and kept."""

    despite: tuple[str, ...] = ()


class WordingText(View, frozen=True):
    """A wording to look at."""

    text: str


class WordingHints(View, frozen=True):
    """What may lead or press in it."""

    hints: list[Hint]


async def _offered_questions(call: Call) -> QuestionList:
    return QuestionList(questions=await call.context.questions.offered())


async def _kept_questions(call: Call) -> KeptQuestions:
    return KeptQuestions(questions=await call.context.questions.kept())


async def _set_question(call: Call, question: str) -> KeptQuestion:
    said = call.body(QuestionRequest)
    text = QuestionText(
        text_zh=said.text_zh, text_en=said.text_en, topic=said.topic, topic_en=said.topic_en
    )
    return await call.context.questions.set(call.caller, question, text, despite=said.despite)


async def _add_question(call: Call) -> KeptQuestion:
    return await _set_question(call, "")


async def _change_question(call: Call) -> KeptQuestion:
    return await _set_question(call, call.path("question"))


async def _withdraw_question(call: Call) -> KeptQuestion:
    return await call.context.questions.withdraw(call.caller, call.path("question"))


async def _restore_question(call: Call) -> KeptQuestion:
    said = call.body(RestoreRequest)
    return await call.context.questions.restore(
        call.caller, call.path("question"), despite=said.despite
    )


async def _question_hints(call: Call) -> WordingHints:
    return WordingHints(hints=await call.context.questions.hints_for(call.body(WordingText).text))


_SET = ("bad_text", "leading_wording", "too_many_questions", "log_unavailable")

ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/question-templates",
        "Neutral questions that may be picked for a prompt",
        _offered_questions,
        action=Action.READ_TEMPLATES,
        reach=Reach.NO_CASE,
        reply=QuestionList,
    ),
    Endpoint(
        "GET",
        "/api/question-templates/kept",
        "Every question with its versions, withdrawn ones too",
        _kept_questions,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        reply=KeptQuestions,
    ),
    Endpoint(
        "POST",
        "/api/question-templates",
        "Add a question",
        _add_question,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=QuestionRequest,
        reply=KeptQuestion,
        status=201,
        codes=_SET,
    ),
    Endpoint(
        "POST",
        "/api/question-templates/wording",
        "Look for leading or threatening wording",
        _question_hints,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=WordingText,
        reply=WordingHints,
    ),
    Endpoint(
        "POST",
        "/api/question-templates/{question}",
        "The next version of a question; the earlier ones stay",
        _change_question,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=QuestionRequest,
        reply=KeptQuestion,
        codes=("unknown_question", *_SET),
    ),
    Endpoint(
        "POST",
        "/api/question-templates/{question}/withdraw",
        "Offer a question no more",
        _withdraw_question,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=Empty,
        reply=KeptQuestion,
        codes=("unknown_question", "log_unavailable"),
    ),
    Endpoint(
        "POST",
        "/api/question-templates/{question}/restore",
        "Offer a withdrawn question again",
        _restore_question,
        action=Action.ADMINISTER,
        reach=Reach.NO_CASE,
        body=RestoreRequest,
        reply=KeptQuestion,
        codes=("unknown_question", *_SET),
    ),
)

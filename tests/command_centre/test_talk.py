"""Which answers carry a prompt's point: the talk of one room, without an engine."""

from __future__ import annotations

from command_centre.comparison.orders import Asked, Said
from command_centre.comparison.talk import OTHER_QUESTIONS, RoomTalk, shares_wording
from config.words import Speaker

TEXT = "核实危险作业由谁安排"


class Talk:
    """A room in seconds; ``known`` says which point a question is clearly about."""

    def __init__(self, known: dict[str, str] | None = None) -> None:
        self._known = known or {}
        self._talk = RoomTalk(lambda said: self._known.get(said.text, ""))

    def asked(self, at_s: float, point: str = "p1", text: str = TEXT) -> None:
        self._talk.asked(
            Asked(
                case="c",
                session="s",
                room="r",
                prompt="pr",
                point=point,
                text=text,
                t_us=round(at_s * 1_000_000),
            )
        )

    def hear(self, at_s: float, text: str, speaker: Speaker) -> str:
        start_us = round(at_s * 1_000_000)
        turn = self._talk.hear(
            Said(
                case="c",
                utterance=f"u{at_s}",
                session="s",
                room="r",
                person="张某",
                speaker=speaker,
                text=text,
                start_us=start_us,
                end_us=start_us + 2_000_000,
                day="2026-05-18",
            )
        )
        self.asks, self.certain = turn.asks, turn.certain
        return turn.point

    def q(self, at_s: float, text: str) -> str:
        return self.hear(at_s, text, Speaker.INTERVIEWER)

    def a(self, at_s: float, text: str) -> str:
        return self.hear(at_s, text, Speaker.INTERVIEWEE)


def test_answers_carry_the_point_until_the_next_question() -> None:
    talk = Talk()
    talk.asked(10)
    assert talk.q(12, "是谁让你去的") == "p1"
    assert [talk.a(16, "是李某"), talk.a(20, "早上说的")] == ["p1", "p1"]
    assert talk.q(24, "几点去的") == ""
    assert talk.a(27, "九点") == ""


def test_a_question_about_another_point_leaves_the_prompt_waiting() -> None:
    talk = Talk({"办没办票": "p4"})
    talk.asked(10)
    assert talk.q(12, "办没办票") == ""
    assert talk.a(15, "没办") == ""
    assert talk.q(18, "请你就危险作业由谁安排这个问题讲清楚") == "p1"
    assert talk.a(22, "李某安排的") == "p1"


def test_wording_decides_even_where_the_question_seems_to_be_about_another() -> None:
    question = "危险作业由谁安排，票办没办"
    talk = Talk({question: "p4"})
    talk.asked(10)
    assert talk.q(12, question) == "p1"


def test_a_prompt_does_not_wait_for_ever() -> None:
    talk = Talk({f"别的{n}": "p4" for n in range(20)})
    talk.asked(10)
    for number in range(OTHER_QUESTIONS):
        assert talk.q(12 + 4 * number, f"别的{number}") == ""
    assert talk.q(60, "是谁让你去的") == ""
    late = Talk()
    late.asked(10)
    assert late.q(400, "是谁让你去的") == ""


def test_asked_pressed_just_after_asking() -> None:
    talk = Talk()
    talk.q(8, "请讲一下危险作业由谁安排")
    talk.asked(11)
    assert talk.a(13, "是李某") == "p1"
    other = Talk()
    other.q(8, "几点开始的")
    other.asked(11)
    assert other.a(10.5, "九点") == ""


def test_an_answer_without_a_question_counts_unless_it_only_goes_on() -> None:
    talk = Talk()
    talk.q(2, "办没办票")
    talk.a(6, "没有办")  # until 8
    talk.asked(8.5)
    assert talk.a(9, "谁也没让我签过字") == ""
    fresh = Talk()
    fresh.asked(8)
    assert fresh.a(15, "是李某安排的") == "p1"


def test_a_mixed_microphone_is_uncertain_and_still_carries_the_point() -> None:
    talk = Talk()
    talk.asked(10)
    assert talk.hear(12, "这次作业是谁安排的", Speaker.UNKNOWN) == "p1"
    assert (talk.asks, talk.certain) == (True, False)
    assert talk.hear(15, "李某安排的", Speaker.UNKNOWN) == "p1"
    assert (talk.asks, talk.certain) == (False, False)


def test_wording_is_shared_in_both_languages() -> None:
    assert shares_wording("请你就危险作业由谁安排这个问题再讲一遍", TEXT)
    assert not shares_wording("有限空间作业的审批你见过没有", TEXT)
    assert shares_wording(
        "so who arranged the dangerous work", "Verify who arranged dangerous work"
    )
    assert not shares_wording("what time was it", "Verify who arranged dangerous work")
    assert not shares_wording("", TEXT)
    assert not shares_wording("随便问问", "")

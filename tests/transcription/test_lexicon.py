"""Names of a case found in text, also by sound, and never where they were not said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transcription.comparison.lexicon import Lexicon, Mention
from transcription.comparison.model import Case, Point, Term

CASE = Case(
    "quarry",
    None,
    people=(
        Term("庞春生", ("庞队长", "队长"), ("Pang Chunsheng", "the crew chief")),
        Term("姬小红", ("姬会计",), ("Ji Xiaohong",)),
        Term("庞大海", ("大海",), ("Pang Dahai",)),
        Term("郝运来", ("郝师傅", "师傅"), ("Hao Yunlai",)),
        Term("季国庆", ("师傅",), ()),
    ),
    places=(Term("二号采面", ("采面",), ("face two",)), Term("炸药库", (), ("the magazine",))),
    equipment=(Term("凿岩机", ("风钻",), ("rock drill",)),),
    points=(Point("P1", "核实谁装的药", verbs=("装药",), items=("雷管",)),),
)
LEXICON = Lexicon(CASE)


def found(text: str) -> list[tuple[str, str]]:
    return [(text[slice(*m.span)], m.id) for m in LEXICON.mentions(text)]


def one(text: str) -> Mention:
    (mention,) = LEXICON.mentions(text)
    return mention


def test_longest_first_without_overlaps() -> None:
    assert found("庞队长在二号采面") == [("庞队长", "庞春生"), ("二号采面", "二号采面")]


def test_given_names_and_familiar_forms_are_derived() -> None:
    assert found("老郝叫运来过去") == [("老郝", "郝运来"), ("运来", "郝运来")]


def test_a_form_two_people_share_is_ambiguous() -> None:
    assert one("老庞在").kind == "ambiguous"
    assert one("是师傅安排").candidates == ("季国庆", "郝运来")


def test_words_of_a_point_and_english_names() -> None:
    assert [(m.kind, m.id) for m in LEXICON.mentions("装药用的雷管")] == [
        ("verb", "P1"),
        ("item", "P1"),
    ]
    assert found("pang dahai took the rock drill to face two") == [
        ("pang dahai", "庞大海"),
        ("rock drill", "凿岩机"),
        ("face two", "二号采面"),
    ]
    assert found("the facetwo thing") == []


def test_by_sound_where_no_word_of_the_language_was_said() -> None:
    mention = one("是胖队掌叫去的")
    assert (mention.id, mention.by_sound, mention.repaired_to) == ("庞春生", True, "庞队长")
    assert one("拿早岩机打的眼").id == "凿岩机"


def test_clean_talk_is_left_alone() -> None:
    for text in (
        "今天大家都在海边吃饭",
        "师父领进门修行在个人",
        "我哪知道是几点的事情",
        "这个事好运气来了",
    ):
        assert not [m for m in LEXICON.mentions(text) if m.by_sound]


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    last = 0
    for mention in LEXICON.mentions(text):
        assert last <= mention.span[0] < mention.span[1] <= len(text)
        last = mention.span[1]


def test_an_empty_case_finds_nothing() -> None:
    assert Lexicon(Case("empty", None)).mentions("李伟在三号车间") == []


@given(st.lists(st.text(max_size=6), max_size=8))
def test_hostile_names_make_no_pattern(names: list[str]) -> None:
    case = Case("odd", None, people=tuple(Term(name, (".*", "(", "[a")) for name in names))
    assert all(m.span[0] < m.span[1] for m in Lexicon(case).mentions("李伟.*在( [a 车间"))

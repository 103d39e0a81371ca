"""What the comparison finds in labelled pairs, as figures.

Definitions (all of them; the README repeats none):

- A pair *is found in conflict* when the engine's relation is ``conflict``: a typed rule found
  values incompatible and both were said flatly. Amber and grey do not count, in precision,
  recall or slot F1, neither for nor against.
- *slot*: the slots of such differences against the gold slots of the pair, counted pair by pair,
  whatever the values. ``values_matched`` is the share of the slots found rightly whose two values
  are also the annotator's, compared as texts without blanks, days or the order of names.
- *relation accuracy*: the share of pairs with the gold relation.
- *cross-topic false alarms*: sides of different points, of different people in different rooms,
  same case and language; an alarm is a conflict found on either side's point. At most
  ``CROSS_MAX`` per case and language, drawn by a fixed seed.
- *cross-topic shown*: of the same sides, those for which a difference of any tier is made, red,
  amber or grey.
- *any-tier recall*: the share of gold conflicts (pair and slot) for which some difference of the
  point, of any tier, shows a quote of each side, word for word from one of that side's answers.
  ``any_tier_same_slot`` asks that the difference is of the gold slot as well. Grey "look at both"
  (``surface.*``: both answered, not decided) counts here, so ``shown_without_conflict`` stands
  beside it: of the pairs that agree, are one-sided or unrelated, the share with something of each
  tier (the loudest one counts).
- Intervals of 95 %: Wilson's for proportions, bootstrap over pairs for F1.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

from transcription.comparison.accounts import account_of
from transcription.comparison.compare import Account, Outcome, Relation, compare
from transcription.comparison.figures import Count, bootstrap, share, wilson
from transcription.comparison.model import (
    Case,
    Exchange,
    Point,
    Role,
    Side,
    Slot,
    Tier,
)
from transcription.comparison.pairs import LabelledPair
from transcription.comparison.parts import Names

#: Cross-topic pairs of one case and language.
CROSS_MAX = 500


@dataclass(frozen=True)
class Judged:
    """A pair and what was found in it."""

    pair: LabelledPair
    outcome: Outcome
    slots: frozenset[Slot]

    @property
    def gold_slots(self) -> frozenset[Slot]:
        return frozenset(c.slot for c in self.pair.conflicts)

    @property
    def conflict(self) -> Count:
        found = self.outcome.relation is Relation.CONFLICT
        gold = self.pair.relation is Relation.CONFLICT
        return Count(found and gold, found and not gold, gold and not found)

    @property
    def slot(self) -> Count:
        gold = self.gold_slots
        return Count(len(self.slots & gold), len(self.slots - gold), len(gold - self.slots))


@dataclass
class Evaluation:
    """Runs the comparison over pairs; keeps lexicons and accounts."""

    _lexicons: dict[str, Names] = field(default_factory=dict)
    _accounts: dict[tuple[Exchange, Point], Account] = field(default_factory=dict)

    def judge(self, pair: LabelledPair) -> Judged:
        """One pair through the comparison."""
        outcome = self._compare(pair.a, pair.b, pair.case, pair.point)
        return Judged(pair, outcome, _conflicting(outcome))

    def cross(self, case: Case, a: LabelledSide, b: LabelledSide) -> tuple[bool, bool]:
        """Of two sides about different points: found in conflict; anything shown at all."""
        found = [self._compare(a.exchange, b.exchange, case, point) for point in (a.point, b.point)]
        alarm = any(one.relation is Relation.CONFLICT for one in found)
        return alarm, any(one.differences for one in found)

    def _compare(self, a: Exchange, b: Exchange, case: Case, point: Point) -> Outcome:
        return compare(self._account(a, case, point), self._account(b, case, point), case, point)

    def _account(self, exchange: Exchange, case: Case, point: Point) -> Account:
        lexicon = self._lexicons.get(case.id)
        if lexicon is None:
            lexicon = self._lexicons[case.id] = Names(case)
        key = (exchange, point)
        if key not in self._accounts:
            self._accounts[key] = account_of(exchange, case, lexicon, point)
        return self._accounts[key]


@dataclass(frozen=True)
class LabelledSide:
    """One side of a pair with the point it was about."""

    point: Point
    exchange: Exchange
    tags: frozenset[str] = frozenset()


def evaluate(pairs: Sequence[LabelledPair]) -> dict[str, object]:
    """The figures of a set, as ``duizhi compare --json`` prints them."""
    evaluation = Evaluation()
    judged = [evaluation.judge(pair) for pair in pairs]
    across = _cross(evaluation, pairs)
    report = summary(judged) | _across(across)
    report["by_tag"] = {
        tag: figures | _across([one for one in across if tag in one.tags])
        for tag, figures in _groups(judged, lambda j: j.pair.tags).items()
    }
    report["by_language"] = {
        language: figures | _across([one for one in across if one.language == language])
        for language, figures in _groups(judged, lambda j: (j.pair.language,)).items()
    }
    report["intervals"] = "95 %: Wilson for proportions, bootstrap over pairs for F1"
    return report


def summary(judged: Sequence[Judged]) -> dict[str, object]:
    """The figures of some pairs."""
    conflict = sum((j.conflict for j in judged), Count())
    slot = sum((j.slot for j in judged), Count())
    right = sum(j.outcome.relation is j.pair.relation for j in judged)
    shown = [seen for j in judged for seen in _visible(j)]
    values = [same for j in judged for same in _values(j)]
    visible, same_slot = sum(any_ for any_, _ in shown), sum(same for _, same in shown)
    return {
        "pairs": len(judged),
        "conflict": _figures(conflict),
        "slot": {
            **_figures(slot),
            "f1": slot.f1,
            "f1_interval": bootstrap(judged, lambda some: sum((j.slot for j in some), Count()).f1),
            "values_matched": share(sum(values), len(values)),
        },
        "relation_accuracy": share(right, len(judged)),
        "relation_accuracy_interval": wilson(right, len(judged)),
        "any_tier_recall": share(visible, len(shown)),
        "any_tier_recall_interval": wilson(visible, len(shown)),
        "any_tier_same_slot": share(same_slot, len(shown)),
        "shown_without_conflict": _shown_without_conflict(judged),
    }


def _figures(count: Count) -> dict[str, object]:
    return {
        "precision": count.precision,
        "precision_interval": wilson(count.tp, count.tp + count.fp),
        "recall": count.recall,
        "recall_interval": wilson(count.tp, count.tp + count.fn),
        "tp": count.tp,
        "fp": count.fp,
        "fn": count.fn,
    }


def _groups(
    judged: Sequence[Judged], keys: Callable[[Judged], Iterable[str]]
) -> dict[str, dict[str, object]]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        for key in dict.fromkeys(keys(one)):
            groups[key].append(one)
    return {key: summary(groups[key]) for key in sorted(groups)}


# --- what is shown ---------------------------------------------------------------------------


def _conflicting(outcome: Outcome) -> frozenset[Slot]:
    if outcome.relation is not Relation.CONFLICT:
        return frozenset()
    return frozenset(d.slot for d in outcome.conflicts if d.slot is not None)


def _visible(judged: Judged) -> list[tuple[bool, bool]]:
    """For each gold slot: some difference with both quotes; one of that slot."""
    pair = judged.pair
    shown = [d for d in judged.outcome.differences if _quoted(d.a, pair.a) and _quoted(d.b, pair.b)]
    return [(bool(shown), any(d.slot is c.slot for d in shown)) for c in pair.conflicts]


def _shown_without_conflict(judged: Sequence[Judged]) -> dict[str, float | None]:
    quiet = [j for j in judged if j.pair.relation not in (Relation.CONFLICT, Relation.UNCLEAR)]
    loudest = [
        min((d.tier for d in j.outcome.differences), key=list(Tier).index, default=None)
        for j in quiet
    ]
    return {tier: share(loudest.count(tier), len(quiet)) for tier in Tier}


def _quoted(side: Side, exchange: Exchange) -> bool:
    answers = {t.id: t.text for t in exchange.turns if t.role is Role.ANSWER}
    start, end = side.span
    return bool(side.text) and answers.get(side.turn, "")[start:end] == side.text


def _values(judged: Judged) -> list[bool]:
    gold = {c.slot: (_plain(c.a), _plain(c.b)) for c in judged.pair.conflicts}
    return [
        (_plain(d.a.value), _plain(d.b.value)) == gold[d.slot]
        for d in judged.outcome.conflicts
        if d.slot in judged.slots and d.slot in gold
    ]


def _plain(value: str) -> str:
    words = value.replace("、", "/").replace(",", "/").split()
    text = "".join(w for w in words if not (len(w) == 5 and w[2] == "-" and w[:2].isdigit()))
    return "/".join(sorted(text.removesuffix("人").split("/")))


# --- across topics ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Across:
    """Two sides about different points: whether a conflict was found, whether anything is shown."""

    language: str
    tags: frozenset[str]
    alarm: bool
    shown: bool


def _across(some: Sequence[_Across]) -> dict[str, object]:
    """False alarms across topics; of a tag those with a side of a pair that has it."""
    alarms, of = sum(one.alarm for one in some), len(some)
    return {
        "cross_topic_false_alarms": share(alarms, of),
        "cross_topic": {"alarms": alarms, "pairs": of, "interval": wilson(alarms, of)},
        "cross_topic_shown": share(sum(one.shown for one in some), of),
    }


def _cross(evaluation: Evaluation, pairs: Sequence[LabelledPair]) -> list[_Across]:
    groups: dict[tuple[str, str], list[LabelledSide]] = defaultdict(list)
    cases: dict[str, Case] = {}
    for pair in pairs:
        cases[pair.case.id] = pair.case
        for exchange in (pair.a, pair.b):
            side = LabelledSide(pair.point, exchange, frozenset(pair.tags))
            groups[pair.case.id, pair.language].append(side)
    found: list[_Across] = []
    for (case, language), sides in sorted(groups.items()):
        chosen = [
            (a, b)
            for (i, a), (j, b) in product(enumerate(sides), repeat=2)
            if i < j and _apart(a, b)
        ]
        if len(chosen) > CROSS_MAX:
            chosen = random.Random(f"{case} {language}").sample(chosen, CROSS_MAX)
        found += [
            _Across(language, a.tags | b.tags, *evaluation.cross(cases[case], a, b))
            for a, b in chosen
        ]
    return found


def _apart(a: LabelledSide, b: LabelledSide) -> bool:
    return (
        a.point.id != b.point.id
        and a.exchange.speaker != b.exchange.speaker
        and a.exchange.room != b.exchange.room
    )

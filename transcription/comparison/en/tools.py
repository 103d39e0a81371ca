"""Tools an English answer names, of the case or not: with the lance, a crowbar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from transcription.comparison.en.answer import Answer
from transcription.comparison.en.counts import Candidate
from transcription.comparison.en.matters import stem
from transcription.comparison.lexicon import EQUIPMENT, PERSON
from transcription.comparison.model import Slot, Thing

if TYPE_CHECKING:
    from transcription.comparison.en.reading import Reading

DENIED = re.compile(
    r"(?:\bnot|n't|never used|no|without)(?: \w+){0,2}(?: (?:the|a|an|in|at|on|with|any))*$"
)
_TOOL_NOUNS = (
    r"ladder|ropes?|shovels?|spades?|sledge ?hammers?|sledge|hammers?|crowbars?|buckets?|hose|pump|"
    r"crane|hoist|winch|drill|hacksaw|chainsaw|saw|torch|lance|grinder|hands?|truck|trolley|cart|"
    r"barrow|forklift|jack|chains?|bar|pole|pick|wrench|spanner|axe|knife|blade|lorry|loader|"
    r"digger|"
    r"excavator|lift|scaffold|basket|belt|bolt cutters?|cutters?|pliers|chisel|shears|snips|"
    r"screwdriver|mallet|rake|broom|brush|hook|slings?|cable|plank|lever|breaker|jackhammer|"
    r"vacuum|blower|air gun|gun|rod|stick|fork|pitchfork|tongs|roller|mixer|welder"
)
_TOOL_NOUN = rf"(?:{_TOOL_NOUNS})s?"
_AND_TOOL = re.compile(
    rf"\b(?:and|or) (?:a |an |the |some |our |my |his )?(?P<tool>(?:[a-z-]+ )?{_TOOL_NOUN})\b"
)
#: Tools by their words.
TOOL_WORDS = re.compile(
    r"\b(?:with|using|used|by|use|took|borrowed|had|got) (?:the |a |an |some |our |his |those |"
    r"these |"
    rf"that |this |my |their |them )?(?P<tool>(?:[a-z-]+ )?(?:{_TOOL_NOUN}))\b"
)
#: A whole clause that names a thing: a crowbar, it was the big stillson, with bolt cutters.
_BARE_TOOL = re.compile(
    r"^(?P<led>(?:(?:it was|that was|was|with|using|by|just|only|well|used|got|borrowed|took|had|"
    r"# used|# use|# took|# had|# borrowed|# got|# were using|# was using) )*)"
    r"(?P<article>a|an|the|my|his|her|our|their|some|one of (?:the|those|them)|those|these)? ?"
    r"(?P<tool>(?:(?:big|small|long|old|little|heavy|red|new|same|steel|iron|wooden|electric) )*"
    r"(?P<noun>[a-z-]+(?: [a-z-]+)?))$"
)
_NOT_A_TOOL = re.compile(r"\b(?:wrong with|happened (?:to|with)|matter with|deal with|do with)\b")
_NO_TOOL = re.compile(
    r"\b(?:no|yes|yeah|not|idea|something|anything|nothing|thing|things|what|that|it|same|usual|"
    r"know|"
    r"sir|boss|all|think|remember|never|tool|tools|equipment|machine|clue|one|ones|sort|kind|job|"
    r"way|"
    r"day|time|question|mate|hurry|course|sure|always|used|using|it's|maybe|okay|fine|well|"
    r"please)\b"
)
_LED = re.compile(r"\b(?:with|using|used|use|by)(?: (?:the|a|an|my|his|our|that|this))? $")


def _of_matter(reading: Reading, name: str) -> bool:
    """The rope, asked what the rope was cut with."""
    words = re.findall(r"[a-z]+", name)
    return bool(words) and stem(words[-1]) in reading.matter.stems


def _bare_tools(answer: Answer) -> list[Candidate]:
    """A crowbar; the big Stillson: a clause that is nothing but the name of a thing."""
    found: list[Candidate] = []
    for piece in answer.pieces:
        tokens = answer.tokens[piece.first : piece.last]
        said = " ".join("#" if t.kind == PERSON else t.text for t in tokens)
        match = _BARE_TOOL.match(said)
        if match is None or _NO_TOOL.search(match["tool"]) or len(tokens) > 8:
            continue
        led = re.search(r"\b(?:with|using|used|use|borrowed)\b", match["led"] or "")
        if not (match["article"] or led or re.search(rf"(?:{_TOOL_NOUN})$", match["noun"])):
            continue
        words = match["noun"].split()
        name = " ".join(words)
        first = tokens[len(tokens) - len(words)]
        found.append((Thing(frozenset({name})), (first.span[0], tokens[-1].span[1]), False))
    return found


def tool_candidates(reading: Reading, answer: Answer) -> list[Candidate]:
    """The case's tools, other tools by their words, and for a question what a clause names."""
    lower = answer.turn.text.lower()
    known = [
        c
        for c in named(answer, EQUIPMENT)
        if _LED.search(lower[: c[1][0]]) or not _of_matter(reading, lower[slice(*c[1])])
    ]
    if any(not DENIED.search(lower[: span[0]].rstrip()[-24:]) for _, span, _ in known):
        return known
    other = things(answer.turn.text, TOOL_WORDS, "tool")
    asked = reading.on > 0 and Slot.WITH_WHAT in reading.question.slots
    if not other and asked and not _NOT_A_TOOL.search(reading.question.text):
        other = _bare_tools(answer)[:1]
    if other:
        other += things(answer.turn.text, _AND_TOOL, "tool")
    spans = [span for _, span, _ in known]
    return known + [c for c in other if all(c[1][1] <= a or b <= c[1][0] for a, b in spans)]


def named(answer: Answer, kind: str) -> list[Candidate]:
    """The things of the case of one kind."""
    return [(Thing(t.ids), t.span, t.by_sound) for t in answer.tokens if t.kind == kind]


def things(text: str, rule: re.Pattern[str], group: str) -> list[Candidate]:
    """What a pattern finds in the text, by its words."""
    return [
        (Thing(frozenset({m[group]})), m.span(group), False) for m in rule.finditer(text.lower())
    ]

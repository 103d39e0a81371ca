"""Shapes of a clause that say by themselves what a mention is, whatever the classifier thinks."""

from __future__ import annotations

import re
from itertools import pairwise

from transcription.comparison.en import marks
from transcription.comparison.en.answer import Answer
from transcription.comparison.en.words import Token
from transcription.comparison.lexicon import PERSON

_NOT = frozenset(("not", "wasn't", "isn't", "weren't"))
#: By me, it was him, Yan and me: what may stand before a doer's me or him.
_COMPLEMENT = frozenset(
    ("by", "was", "'s", "is", "be", "been", "and", "not", "wasn't", "both", "with")
)
_BETWEEN = frozenset(
    ("'d", "'ve", "had", "have", "has", "just", "then", "also", "even", "both", "all", "himself")
    + ("myself", "actually", "only", "already", "went", "and", "then", "did", "got", "to", "up")
)
_ORDERING = re.compile(
    r"^(?:'d |had |just |then |went and )*(?:(?:was|came|got|were) on the (?:radio|phone|speaker|"
    r"tannoy|line|intercom)|wanted (?:it|that|this)|gave (?:that|the|this|us the|me the|"
    r"him the) (?:order|"
    r"word|go|job|instruction|nod)|ordered|sent (?:me|us|him|them|#)|gave orders?|made the "
    r"(?:decision|call)|decided|arranged it|told (?:me|us|him|them|#) to|(?:rang|came|phoned|"
    r"called|radioed)(?: \w+)? (?:and|to) (?:said|say|told|tell|order)|"
    r"(?:had|got|made|waved|wanted|forced|pressed|talked|signalled|instructed|pushed|picked|chose|"
    r"lowered) (?:#|me|us|"
    r"him|"
    r"them)|(?:was |were |kept |started )?(?:shout|yell|scream|bark)\w* (?:at|to|over to) #|"
    r"'s (?:orders?|instructions?|idea|decision|call|say[- ]so|doing))(?!\w)"
)
_ORDERED_BY = re.compile(
    r"(?<!not )(?<!n't )\b(?:sent|told|ordered|asked|put|instructed|picked|made|given)"
    r"(?: \w+){0,4} by$"
)
_TO_NOBODY = re.compile(
    r"^(?:'d |had |have |'ve )?(?:sent?|send|told|tell|ordered|order|asked?|assigned|gave|put|"
    r"picked|instructed|called|made|got|give) (?:nobody|no orders?|no such|no instruction|no one|"
    r"none)\b"
)
_ELSEWHERE = re.compile(
    r"^(?:was|were|'d been|had been|'m|am|is) (?:still |already |just |also |all day )?"
    r"(?:(?:out|away|off|over|back|down|up|in|at|on) (?:in |at |on |to |by )?(?:the |his |my |a )?"
    r"(?!N\b|V\b|charge|watch|duty|guard|standby|it\b|that\b|by\b)|"
    r"home|asleep|nowhere|gone|busy|elsewhere|miles)|"
    r"^(?:had|'d) (?:gone|left|knocked off|popped|wandered)"
)


#: I saw it, I heard him, I was busy: a witness, no doer.
_WITNESS = re.compile(
    r"^(?:'ve |'d |'ll |had |have |only |just |also |even |actually |can |could |did |do |clearly |"
    r"distinctly )*(?:saw|seen|see|heard|hear|know|knew|think|thought|understand|understood|"
    r"believe|"
    r"believed|remember|recall|reckon|guess|gather|suppose|noticed?|watched|was told|were told|"
    r"'m told|am told|mean|swear|imagine|assume|expect|witnessed|looked|"
    r"(?:was|were|'m|am) (?:unconscious|busy|asleep|away|sick|new|afraid|scared|ill|injured|hurt|"
    r"stuck|out cold|knocked|not (?:there|here|present)|nowhere|with|having|coming|waiting))\b"
)
_NEGATED = (
    r"^(?:,? ?(?:certainly|definitely|honestly|personally|myself|absolutely|really|simply) )*"
    r"(?:did(?: not|n't)|never|do(?: not|n't)|would(?: not|n't)|would never|'d (?:never|not)|"
    r"had(?: not|n't)|have(?: not|n't| never)|'ve (?:never|not)|could(?: not|n't)|can(?:not|'t)|"
    r"ain't|"
    r"was(?: not|n't) (?:going|about) to|"
    r"was(?: not|n't) (?:the one|one) (?:who|that|to)|had nothing to do)\b"
    r"(?: (?:have|ever|once|actually|even|just|personally|myself|been|be|go|and|want to|would))*"
)
_NOT_ORDERED = re.compile(
    _NEGATED
    + r"(?: (?:send|sent|tell|told|order\w*|ask\w*|let|have|had|get|got|make|made|give|gave|"
    r"given|put|allow\w*|instruct\w*|assign\w*|say|said|call\w*|want\w*|arrange\w*|pick\w*|"
    r"do any|do that|with)\b|$)"
)
_NOT_DONE = re.compile(
    _NEGATED + r"(?: (?:V|N|do|did|done|touch\w*|lay|laid|put (?:my|his|her) (?:name|hand)|go near|"
    r"went near|with)\b| (?:press|pull|sign|open|shut|close|lock|call|ring|rang)\w*|$)"
)
#: Told him to wait, told to stay out by me: the contrary of the order asked about.
_FORBIDDING = re.compile(
    r"^(?:'d |had |just |only |even |always |then )*(?:told|asked|ordered|warned|said to|"
    r"shouted at|"
    r"begged) # (?:twice |again |clearly )?(?:not to|never to|to (?:stay|keep|wait|leave|get|hold|"
    r"come|stand|stop)(?: (?:out|off|away|back|clear|down|on|up|well|it|that|well|put|there|till|"
    r"until|"
    r"for))?\b(?! V))"
)
_FORBIDDEN_BY = re.compile(
    r"(?:told|asked|ordered|warned) (?:twice |again )?(?:not to|never to|to (?:stay|keep|wait|"
    r"leave|"
    r"hold|stand|stop))\b.*\bby$"
)
_FORBIDDEN = re.compile(
    r"\b(?:told|asked|ordered|warned) (?:twice |again )?(?:not to|never to|to (?:stay|keep|wait|"
    r"leave|"
    r"hold|stand|stop))\b"
)
_NO_BOSS = re.compile(
    r"^(?:'m |am |was |'s |is )?not (?:his|her|their|the|your|in|a) (?:boss|one who|foreman|"
    r"manager|charge|"
    r"supervisor|leader|mother|keeper)\b"
)
_ON_GUARD = re.compile(
    r"^(?:was|were|'d been|had been) (?:(?:still |right |just )?(?:up |out |down |over |in |"
    r"on )?there\b|"
    r"(?:standing|stood|sat|sitting|posted|stationed)\b|on (?:it|watch|duty|guard|lookout|"
    r"standby)\b)"
)
NEGATION = re.compile(
    r"\b(?:not|never|no|nor|neither|nobody|nothing|none|hardly|without|cannot|least|wasnt|didnt)\b|"
    r"n't\b"
)
_PASSIVE = re.compile(
    r"^(?:was|were|got|been|had been|'d been)(?: not|n't| never)? (?:ordered|told|sent|asked|"
    r"instructed|made|picked|called)\b"
)
_OWNS = re.compile(
    r"^'s (?!orders?\b|instructions?|idea|decision|call|say|doing|work\b|job\b|hand)"
)
_CLEFT = re.compile(r"\b(?:it's|it was|it is|that was|that's)(?: always| only| actually)?$")
_OTHER_WORK = re.compile(
    r"^(?:'d |had |just |only |merely )*(?:told|asked|had|got|sent|wanted) # (?:only )?to "
    r"(?P<verb>[a-z]+)\b(?P<rest>.*)$"
)
_ANY_WORK = frozenset(
    [
        "V",
        "N",
        "do",
        "go",
        "get",
        "come",
        "take",
        "help",
        "start",
        "carry",
        "be",
        "make",
        "have",
        "give",
        "finish",
        "see",
    ]
)
_ASK_ELSEWHERE = re.compile(
    r"\b(?:ask|talk to|speak to|speak with|talk with|question for|have a word with|try)(?: to)?$"
)
_CAUSED = re.compile(
    r"^(?:'d |had |just |then )*(?:had|got|made|told|asked|ordered|let|left|sent|getting|having) #"
    r"(?: to| and| go and| go)* (?:V|N|do|did|done|press|phone|call|ring|sort|have a go|try|"
    r"take over|drive|run|work|operate)\b"
)
_MADE_TO = re.compile(r"\b(?:had|got|made|told|asked|ordered|let|left|sent|have|get)$")
_DOING = re.compile(
    r"^(?:to |and |go and |go )*(?:V|N|do|did|phone|call|ring|have a go|try|take over|drive|run|"
    r"work|operate)\b"
)
_DONE = re.compile(
    r"^(?:'d |had |went and |has |also )*(?:did|done|does)(?: (?:it|that|so|the (?:job|deed|"
    r"business)))?"
    r"(?:$| (?:in|at|with|from|all|when|while|on|for|from|straight|himself|herself|myself)\b)|"
    r"^(?:'d |had )?beat (?:#|me|him|us|them|everyone|everybody) to\b"
)


def _before(answer: Answer, token: Token) -> str:
    piece = answer.piece_at(token.span)
    at = answer.tokens.index(token)
    first = piece.first if piece is not None else 0
    return " ".join(
        "#" if t.kind == PERSON and not t.nobody else answer.word(t)
        for t in answer.tokens[first:at]
    )


def _rest(answer: Answer, token: Token) -> str:
    return " ".join(_after(answer, token))


def witness(answer: Answer, token: Token) -> bool:
    """I saw it, I understand: the speaker tells of somebody else."""
    piece = answer.piece_at(token.span)
    at = answer.pieces.index(piece) + 1 if piece is not None else len(answer.pieces)
    if at < len(answer.pieces):
        follows = answer.pieces[at]
        words = [answer.word(t) for t in answer.tokens[follows.first : follows.last]]
        if words[:1] == ["and"] and words[1:2] and words[1] in ("V", "N"):
            return False  # I heard shouting and dialled
    return token.text in ("i", "we", "i'm", "i've", "i'd", "we'd") and bool(
        _WITNESS.search(_rest(answer, token))
    )


def not_ordered(answer: Answer, token: Token) -> bool:
    """I'd never have let him, he didn't send anybody."""
    return not token.nobody and bool(_NOT_ORDERED.search(_rest(answer, token)))


def not_done(answer: Answer, token: Token) -> bool:
    """I never touched it, he didn't."""
    return not token.nobody and bool(_NOT_DONE.search(_rest(answer, token)))


def forbade(answer: Answer, token: Token) -> bool:
    """Told him to stay out; told to stay out. By me."""
    piece = answer.piece_at(token.span)
    at = answer.pieces.index(piece) if piece is not None else 0
    if at and _before(answer, token) == "by" and _FORBIDDEN.search(answer.pieces[at - 1].text):
        return True
    return bool(
        _FORBIDDING.search(_rest(answer, token)) or _FORBIDDEN_BY.search(_before(answer, token))
    )


def ordered_else(answer: Answer, token: Token) -> bool:
    """Asked him to look at it: an order for something that is not the matter."""
    found = _OTHER_WORK.search(_rest(answer, token))
    return bool(found and found["verb"] not in _ANY_WORK and " V" not in f" {found['rest']}")


def no_boss(answer: Answer, token: Token) -> bool:
    """I'm not his boss, I don't lift on my own: says nothing of who ordered."""
    rest = _rest(answer, token)
    return bool(_NO_BOSS.search(rest) or re.search(_NEGATED + r" V\b", rest))


def lacks_negation(answer: Answer, token: Token) -> bool:
    """Nothing in the clause, or right before it, denies anything."""
    piece = answer.piece_at(token.span)
    if piece is None:
        return True
    at = answer.pieces.index(piece)
    near = [p.text for p in answer.pieces[max(0, at - 1) : at + 1]]
    return not any(NEGATION.search(text) for text in near)


def passive(answer: Answer, token: Token) -> bool:
    """He wasn't ordered: the one spoken of gave no order."""
    return not token.nobody and bool(_PASSIVE.search(_rest(answer, token)))


def owner(answer: Answer, token: Token) -> bool:
    """With Gong's slip, together with Gong: named beside the deed."""
    if token.nobody:
        return False
    return bool(_OWNS.search(_rest(answer, token)) or _before(answer, token).endswith("with"))


def cleft(answer: Answer, token: Token) -> bool:
    """It's always Gong that draws them."""
    return not token.nobody and bool(
        _CLEFT.search(_before(answer, token))
        and re.search(r"^(?:that|who|which)\b", _rest(answer, token))
    )


def scattered(answer: Answer, people: list[Token]) -> bool:
    """Two people found who are not named together: which of them is not sure."""
    if len({one for t in people for one in t.ids}) < 2:
        return False
    ends = sorted(people, key=lambda t: t.span)
    for one, other in pairwise(ends):
        between = answer.turn.text[one.span[1] : other.span[0]].lower().strip()
        if one.ids != other.ids and not re.fullmatch(
            r"(?:,|and|&|, and|plus|with|or|as well as|and also|and then|together with|and the|"
            r"and old|and young|and my|,? ?and mr)?",
            between,
        ):
            return True
    return False


def on_guard(answer: Answer, token: Token) -> bool:
    """Shen was up there, asked who watched."""
    return not token.nobody and bool(_ON_GUARD.search(_rest(answer, token)))


def to_be_asked(answer: Answer, token: Token) -> bool:
    """You want to talk to Ke."""
    return bool(_ASK_ELSEWHERE.search(_before(answer, token)))


def caused(answer: Answer, token: Token) -> bool:
    """I had Qiao do it: not the one who did it."""
    return not token.nobody and bool(_CAUSED.search(_rest(answer, token)))


def made_to(answer: Answer, token: Token) -> bool:
    """The Qiao of I had Qiao do it."""
    return bool(
        not token.nobody
        and _MADE_TO.search(_before(answer, token))
        and _DOING.search(_rest(answer, token))
    )


def done(answer: Answer, token: Token) -> bool:
    """The director did, Zhu beat me to it."""
    return not token.nobody and bool(_DONE.search(_rest(answer, token)))


def _after(answer: Answer, token: Token) -> list[str]:
    piece = answer.piece_at(token.span)
    at = answer.tokens.index(token) + 1
    end = piece.last if piece is not None else len(answer.tokens)
    return [
        "#" if t.kind == PERSON and not t.nobody else answer.word(t) for t in answer.tokens[at:end]
    ]


def denied_before(answer: Answer, token: Token) -> bool:
    """Not me, it wasn't Yan."""
    at = answer.tokens.index(token)
    return at > 0 and answer.tokens[at - 1].text in _NOT and not token.nobody


def told_nobody(answer: Answer, token: Token) -> bool:
    """I sent nobody: the one who says so did not order."""
    return not token.nobody and bool(_TO_NOBODY.search(" ".join(_after(answer, token))))


def is_object(answer: Answer, token: Token) -> bool:
    """The nobody of I sent nobody."""
    at = answer.tokens.index(token)
    before = [t for t in answer.tokens[:at] if t.kind == PERSON]
    return token.nobody and bool(before) and told_nobody(answer, before[-1])


def ordering(answer: Answer, token: Token) -> bool:
    """The foreman gave that order."""
    return not token.nobody and bool(_ORDERING.search(" ".join(_after(answer, token))))


def acting(answer: Answer, token: Token) -> bool:
    """Yan shut the valve: the subject right before the point's verb."""
    for word in _after(answer, token):
        if word == "V":
            return True
        if word not in _BETWEEN:
            return False
    return False


def elsewhere(answer: Answer, token: Token) -> bool:
    """Yan was out in the yard; not on watch, nor at the matter itself."""
    return not token.nobody and bool(_ELSEWHERE.search(" ".join(_after(answer, token))))


def in_habit(answer: Answer, token: Token) -> bool:
    """What is usual, in the clause of the mention."""
    piece = answer.piece_at(token.span)
    return piece is not None and bool(marks.USUAL.search(piece.text))


def acted_on(answer: Answer, token: Token) -> bool:
    """He pushed me aside: me, him after a verb are no doers."""
    if token.text not in ("me", "him", "us", "them"):
        return False
    piece = answer.piece_at(token.span)
    at = answer.tokens.index(token)
    before = answer.tokens[at - 1].text if at else ""
    first = piece is None or answer.tokens[piece.first] is token
    return not first and before not in _COMPLEMENT


def ordered_by(answer: Answer, token: Token) -> bool:
    """Sent up there by Yan."""
    piece = answer.piece_at(token.span)
    at = answer.tokens.index(token)
    first = piece.first if piece is not None else 0
    before = " ".join(t.text for t in answer.tokens[first:at])
    return not token.nobody and bool(_ORDERED_BY.search(before))

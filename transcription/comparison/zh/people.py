"""Who is meant: names, addresses, posts and pronouns of a turn as one character each.

``Speech`` is a turn prepared for reading: the flattened text with every mention of people replaced
by one private-use character, so that the patterns of ``orders`` and ``deeds`` can say "a person"
in one place. The way back to the speaker's own characters is kept.

Not done here: which role a person has in an event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from transcription.comparison.model import Case, Role, Term
from transcription.comparison.reference import Reference
from transcription.comparison.zh import names
from transcription.comparison.zh.asked_by_sound import mend_question
from transcription.comparison.zh.flat import Flat, flatten
from transcription.comparison.zh.mishearings import mend
from transcription.sounds import surname

ONE = "[\ue000-\ue7ff]"  # one person
MANY = "[\ue800-\ue8ff]"  # we, they, a list
ANY = "[\ue000-\ue9ff]"
WHO = "\uea00"  # 谁, 哪个, 什么人
_AND = "和跟与同、及,"
#: People joined by 和, 跟, 、 ... (a comma only where a 和 or 还有 follows later).
LIST = re.compile(
    rf"{ANY}(?:(?:[和跟与同、及]|还有|以及|加上|连同|带着?|,还有|,)(?:另外|其他|别的)?{ANY})*"
    r"(?:(?:[和跟与同、及]|还有|以及|,还有)(?:另外|其他|别的|另|其余)(?:的)?(?:几|两|三|四|五|"
    r"一|六)?(?:个|名|位)?(?:工人|工友|人|同事|小工|师傅)?)?"
)
_OTHERS = re.compile(r"另外|其他|别的|其余|另[几两三四五一六]")


class Mention(Protocol):
    """What the lexicon of the case finds (``lexicon.Mention``)."""

    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def span(self) -> tuple[int, int]: ...
    @property
    def by_sound(self) -> bool: ...


class Mentions(Protocol):
    """The lexicon of the case."""

    def mentions(self, text: str) -> Iterable[Mention]: ...


@dataclass
class Speech:
    """A turn with its people as single characters. ``at(i)`` is a place in the flattened text."""

    flat: Flat
    text: str
    places: list[tuple[int, int]]
    who: dict[str, Reference]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The range of the turn's own text behind ``text[start:end]``."""
        if start >= end or not self.places:
            return (0, 0)
        last = min(end, len(self.places)) - 1
        return self.flat.span(self.places[start][0], self.places[last][1])

    def refer(self, characters: str) -> Reference:
        """Everybody meant by the mentions in ``characters``."""
        out = Reference()
        for character in characters:
            if character in self.who:
                out = out | self.who[character]
        if _OTHERS.search(characters):
            out = Reference(out.ids, -1, out.repaired, out.vague)
        return out


@dataclass
class Listener:
    """Follows who was spoken of, turn by turn, and prepares turns. One per exchange."""

    case: Case
    lexicon: Mentions
    speaker: str
    words: tuple[str, ...] = ()  # of the point, to be known by their sound
    last: str = ""  # the person spoken of last, never the speaker
    before_last: str = ""  # and the one before, when another
    _last_end: int = -1  # where in the turn ``last`` was named
    _last_told: bool = False  # as the one called: 喊的是二虎, 让他去
    group: frozenset[str] = frozenset()
    _out: list[str] = field(default_factory=list)  # of the turn, as far as it is prepared
    _who: dict[str, Reference] = field(default_factory=dict)
    _codes: dict[tuple[str, Reference], str] = field(default_factory=dict)

    def prepare(self, text: str, role: Role) -> Speech:
        """The turn as ``Speech``; pronouns by what was said before in it and before it."""
        flat = flatten(text)
        heard = mend_question(flat.text) if role is Role.QUESTION else flat.text
        flat = replace(flat, text=mend(heard, self.words))
        found = self._find(flat.text)
        out = self._out = []
        places: list[tuple[int, int]] = []
        who = self._who = {}
        self._last_end = -1
        at, named_until = 0, -1
        while at < len(flat.text):
            hit = found.get(at)
            if hit is not None and at == named_until and flat.text.startswith("本人", at):
                hit = None  # 马师傅本人: he himself, not who speaks
            if hit is None:
                out.append(flat.text[at])
                places.append((at, at + 1))
                at += 1
                continue
            end, what = hit
            kin = _KIN.match(flat.text[end:]) if isinstance(what, Reference) else None
            if kin:
                end, what = end + kin.end(), Reference(others=-1, vague=True)
            after = end + 2 if flat.text[end : end + 2] in ("那个", "这个", "那位") else end
            named = isinstance(found.get(after, (0, ""))[1], Reference)
            if what in ("we", "they") and named:
                at = after  # 我们班长: the foreman
                continue
            code = self._code(what, flat.text, at, role, end)
            if code is None:
                for place in range(at, end):
                    out.append(flat.text[place])
                    places.append((place, place + 1))
            else:
                character, reference = code
                if isinstance(what, Reference) and not what.vague:
                    at = _joined_to_name(out, places, who, flat.text, at)
                out.append(character)
                places.append((at, end))
                if reference is not None:
                    who[character] = reference
                    named_until = end
            at = end
        return Speech(flat, "".join(out), places, who)

    # --- finding -------------------------------------------------------------------------------

    def _find(self, text: str) -> dict[int, tuple[int, str | Reference]]:
        """Start -> (end, a reference or a word to resolve); longest first, no overlaps."""
        found: list[tuple[int, int, int, str | Reference]] = []
        masks: list[tuple[int, int]] = []
        for mention in self.lexicon.mentions(text):
            start, end = mention.span
            if mention.kind == "ambiguous":
                found.append((start, end, 0, Reference(others=-1, vague=True)))
                continue
            if str(mention.kind).startswith(("person", "people", "who")):
                found.append(
                    (start, end, 0, Reference(frozenset({mention.id}), 0, mention.by_sound))
                )
            elif not mention.by_sound and end - start > 1:
                masks.append((start, end))
        for start, end, family, post in names.address(text):
            found.append((start, end, 1, self._by_family(family, post, text[start:end])))
        for m in names.SURNAMED.finditer(text):
            found.append((m.start(), m.end(), 1, self._by_family(m["family"], "", m.group())))
        for start, end, words in names.given_addresses(text):
            if (known := self._by_given(words)) is not None:
                found.append((start, end, 1, known))
        found += [
            (m.start(), m.end(), 2, self._by_post(m.group())) for m in names.POSTS.finditer(text)
        ]
        found += [(m.start(), m.end(), 3, "vague") for m in names.VAGUE.finditer(text)]
        found += [(m.start(), m.end(), 3, "we") for m in names.GROUP.finditer(text)]
        found += [(m.start(), m.end(), 3, "they") for m in names.GROUP_THEY.finditer(text)]
        found += [(m.start(), m.end(), 4, m.lastgroup or "") for m in _PRONOUN.finditer(text)]
        for person in self.case.people:
            given = person.id[1:]
            if len(given) == 2 and given not in names.COMMON and len(person.id) == 3:
                reference = self._by_given(given)
                for m in re.finditer(re.escape(given), text):
                    if reference is not None:
                        found.append((m.start(), m.end(), 1, reference))
        found.sort(key=lambda f: (-(f[1] - f[0]), f[2], f[0]))
        taken = [False] * len(text)
        for start, end in masks:  # a place or a machine named with a post or family name in it
            if not any(f[2] == 0 and f[0] <= start and end <= f[1] for f in found):
                for place in range(start, end):
                    taken[place] = True
        out: dict[int, tuple[int, str | Reference]] = {}
        for start, end, _, what in found:
            if end > start and not any(taken[start:end]):
                out[start] = (end, what)
                for place in range(start, end):
                    taken[place] = True
        return out

    def _by_family(self, family: str, post: str, words: str) -> Reference:
        """老张, 陈师傅: the one person of that family name; two are nobody in particular."""
        same = [p for p in self.case.people if p.id.startswith(family)]
        if not same and (heard := self._by_sound(family)) is not None:
            return heard
        if len(same) > 1 and post:
            titled = [p for p in same if any(a.endswith(post) for a in p.aliases)]
            same = titled if len(titled) == 1 else same
        if len(same) == 1:
            return Reference(frozenset({same[0].id}))
        if same:
            return Reference(others=-1, vague=True)
        return Reference(frozenset({words}))

    def _by_sound(self, family: str) -> Reference | None:
        """秦老板 where there is nobody of that name, and one person who sounds so: 覃."""
        same = [p for p in self.case.people if surname(p.id[0]) == surname(family)]
        return Reference(frozenset({same[0].id}), repaired=True) if len(same) == 1 else None

    def _by_given(self, given: str) -> Reference | None:
        """阿勇, 强哥, 志强: by the given name, when only one person bears it."""
        bearing = [p for p in self.case.people if len(p.id) > 1 and given in p.id[1:]]
        return Reference(frozenset({bearing[0].id})) if len(bearing) == 1 else None

    def _by_post(self, post: str) -> str | Reference:
        """班长: the one person somebody calls 王班长; nobody in particular otherwise."""
        named = [p for p in self.case.people if _bears(p, post)]
        others = [p for p in named if p.id != self.speaker]
        if len(named) == 1:
            return Reference(frozenset({named[0].id}))
        if len(others) == 1:
            return Reference(frozenset({others[0].id}))
        return "vague"

    # --- resolving -----------------------------------------------------------------------------

    def _code(
        self, what: str | Reference, text: str, at: int, role: Role, end: int
    ) -> tuple[str, Reference | None] | None:
        if isinstance(what, Reference):
            self._note(what, at, text, end)
            return self._letter("some" if what.vague else "one", what)
        return self._pronoun(what, text, at, role)

    def _pronoun(
        self, what: str, text: str, at: int, role: Role
    ) -> tuple[str, Reference | None] | None:
        me = Reference(frozenset({self.speaker}))
        if what == "who":
            return (WHO, None)
        if what == "vague":
            return self._letter("some", Reference(others=-1, vague=True))
        if what == "i":
            if role is not Role.ANSWER or _FOR_ME.search(text[:at]):
                return None
            return self._letter("one", me)
        if what == "we":
            if role is Role.QUESTION and "你" not in text[at : at + 2]:
                return None
            return self._letter("many", Reference(frozenset({self.speaker}), -1))
        if what in ("you", "you_all") and role is Role.ANSWER:
            addressed = self._addressed()
            if addressed is not None:
                return self._letter("one" if what == "you" else "many", addressed)
        if what == "you_all":
            if role is Role.ANSWER and not _QUOTING.search(text[:at]):
                return None
            return self._letter("many", Reference(frozenset({self.speaker}), -1))
        if what == "you":
            if role is Role.ANSWER and (
                not _QUOTING.search(text[max(0, at - 12) : at]) or _TO_ASKER.match(text[at:])
            ):
                return None
            return self._letter("one", me)
        if what == "they":
            ids = self._who[self._out[-1]].ids if self._out and self._out[-1] in self._who else None
            return self._letter("many", Reference(ids or self.group, -1))  # 阮工长他们
        if what == "he":
            person = self._third(text, at)
            if person:
                return self._letter("one", Reference(frozenset({person})))
            return self._letter("some", Reference(others=-1, vague=True))
        return None

    def _addressed(self) -> Reference | None:
        """Who 你 is in words that are quoted: 说老郝你进去, 我跟他讲你下池."""
        said = "".join(self._out[-40:])
        called = _CALLED.search(said)
        if called and len(self._who[called["to"]].ids) == 1:
            if self._who[called["to"]].ids == {self.last} and self.before_last:
                self.last, self.before_last = self.before_last, self.last  # 他: who spoke
            return self._who[called["to"]]
        if told := _TOLD_SO.search(said):
            return self._who[told["to"]]
        mine = _MY_WORDS.search(said)
        if mine and self._who[mine["by"]].ids == {self.speaker}:
            if self.last:
                return Reference(frozenset({self.last}))
            return Reference(others=-1, vague=True)
        return None

    def _third(self, text: str, at: int) -> str:
        """Who 他 is: the one spoken of last; but in 老李让他去 not 老李."""
        if self._last_end >= 0:
            between = text[self._last_end : at]
            if (
                len(between) <= 14
                and _GOVERNS.search(between)
                and not re.search(r"[,.?我俺]", between)
            ):
                return self.last if self._last_told else self.before_last
        return self.last

    def _note(self, reference: Reference, at: int, text: str = "", end: int = 0) -> None:
        if self.last and _SPOKEN_TO.search(text[:at]) and _SAYS_TO.match(text[end:]):
            return  # 对阿乐讲的, 他说: he is who spoke
        if len(reference.ids) == 1 and self.speaker not in reference.ids:
            person = next(iter(reference.ids))
            if person != self.last:
                self.last, self.before_last = person, self.last
            self._last_end = at + 1
            self._last_told = bool(_CHOSEN.search(text[:at]))

    def _letter(self, kind: str, reference: Reference) -> tuple[str, Reference]:
        key = (kind, reference)
        if key not in self._codes:
            base, limit = {"one": (0xE000, 0x7F0), "many": (0xE800, 0xF0), "some": (0xE900, 0xF0)}[
                kind
            ]
            used = sum(1 for k, _ in self._codes if k == kind)
            self._codes[key] = chr(base + min(used, limit))
        return self._codes[key], reference


def _joined_to_name(
    out: list[str], places: list[tuple[int, int]], who: dict[str, Reference], text: str, at: int
) -> int:
    """他老刘, 我师傅老苗: one person, who is named. Where the mention begins."""
    while out and places[-1][1] == at and out[-1] in who:
        said = text[places[-1][0] : at]
        title = who[out[-1]].vague and said not in ("有人", "别人")
        mine = said in ("我", "俺") and text[at : at + 2] in ("师傅", "师父")
        if not (title or mine or said in ("他", "她", "人家")):
            break
        at = places.pop()[0]
        out.pop()
    return at


_PRONOUN = re.compile(
    r"(?P<you_all>你们(?:几个|俩|两个|三个)?|你(?:俩|[两几三四五]个)|您们)|(?P<you>你本人|您本人|"
    r"你自己(?=[让叫安派])|"
    r"你|您)|(?P<they>他们|她们)|"
    r"(?P<he>他本人|她本人|他(?!们|俩|乡)|她(?!们|俩)|人家(?!甲方|家))|(?P<i>我本人|"
    r"本人(?!亲)|(?:(?<!自)|(?<=出自))我(?!们|方|国|省|市|县|局|队伍)|俺(?!们))|"
    r"(?P<who>谁|哪个人|哪位|什么人|哪一?个(?:领导|人|师傅)|哪些人|啥人|(?<!任)何人|哪几个人?|"
    r"哪个领导|哪个(?=$|[?啊呀嘛呢])|"
    r"哪个(?=[让叫派喊指停关断做干弄负管救拉搬拆签批讲说定守监带先操拿把给来"
    r"按推合启拨送测验检查修换接焊切割吊挖清扫锁挂装拧撬抽教组主点催逼撵要拍发]"
    r"|安排|开[的始了]|报[的警了]|打[的了电]|看[的着到守见]|在[场看守管指]|通知|[进上下出]去|"
    r"动[的了手火]|"
    r"[去的](?=[^,.?]{0,4}[?啊呀]|主意|意思)))"
)
_KIN = re.compile(
    r"(?:的)?(?:媳妇|老婆|爱人|家属|家里人|家里|徒弟|儿子|女儿|老公|妻子|父亲|母亲|弟弟|哥哥|"
    r"手下|手底下|老家|屋里(?:头|人)|的人(?=来|去|报|打))|的(?:师[父傅]|助手|搭档|亲戚|老乡|工友)"
)
_GOVERNS = re.compile(
    r"(?:叫|让|喊|派|安排|指派|吩咐|命令|要求|通知|打发|招呼|给|对|跟|把|替|帮|带|领|逼|找|"
    r"看见|看到|说|告诉|骂|训|救|拉|扶|背|抬|送)[了过着]?$"
)
#: 你给我下去: nothing is given.
_FOR_ME = re.compile(r"(?:(?:^|[,:.说讲喊吼你们俩个快都先紧])给|[^,.]{1,6}把[^,.]{1,8}给)$")
_SPOKEN_TO = re.compile(r"(?:对|跟|冲|朝|向)(?:着)?$")
_SAYS_TO = re.compile(r"(?:讲|说|喊|吼|吩咐|交代|交待|打招呼)")
_CHOSEN = re.compile(r"(?:[喊叫派点呼找催请]|安排|指定|指派|通知|吩咐)的(?:就|也|还)?是$")
_SPEAKS = r"(?:说|讲|喊|吼|嚷|骂|叫|呼|交代|交待|吩咐|发话|一指|摆手)(?:了|的|过|着|开了?)?"
#: 小满你上去, after words of saying or at the beginning of what is called.
_CALLED = re.compile(
    rf"(?:{_SPEAKS}[^.\ue000-\uf8ff]{{0,12}}|[,:.\"]|^)(?P<to>{ONE})[,啊呀嘞哎]{{0,2}}(?:今天|"
    rf"现在|今儿|等下)?$"
)
#: 跟他讲你, 冲海哥说的,你
_TOLD_SO = re.compile(
    rf"(?:跟|对|冲|朝|向|给|同|和)(?:着)?(?P<to>{ONE})(?:一个人|"
    rf"本人)?[^,.\ue000-\uf8ff没不]{{0,6}}?"
    rf"{_SPEAKS}[^.\ue000-\uf8ff]{{0,12}}$"
)
#: 我说你去, 我喊的: 你进去
_MY_WORDS = re.compile(rf"(?P<by>{ONE})(?:就|也|当时|还|这才)*{_SPEAKS}[^.\ue000-\uf8ff]{{0,3}}$")
_TO_ASKER = re.compile(r"[你您](?:说|讲|看|想|问|评|瞧|要是问|听|们|知道|自己看|别|可别|不信)")
_QUOTING = re.compile(r"说|讲|喊|吼|骂|叫|告诉|通知|交代|吩咐|让")


def _bears(person: Term, post: str) -> bool:
    return any(a == post or (a.endswith(post) and len(a) - len(post) <= 2) for a in person.aliases)

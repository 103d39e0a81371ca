"""Text to pinyin for espeak-ng's ``cmn-latn-pinyin`` voice, one token a word.

Words and their readings stand in data/lexicon.tsv, so that speaking a text needs nothing but this
file. Only writing that file anew (``python -m transcription.model_build.pinyin``) or speaking a
character it lacks needs the build-time package pypinyin.

Umlaut-u is written ``v`` and the neutral tone is 5, as espeak-ng expects. Readings that the
dictionary of pypinyin gets wrong for our sentences are in ``OVERRIDES``.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

from transcription.model_build.corpus import Corpus

DATA = Path(__file__).with_name("data")
LEXICON = DATA / "lexicon.tsv"

#: Readings by word; they win over the dictionary.
OVERRIDES = {
    "谁": "shei2", "了": "le5", "的": "de5", "吗": "ma5", "吧": "ba5", "呢": "ne5", "啊": "a5",
    "嘛": "ma5", "嗯": "en4", "得": "de5", "地": "di4", "还": "hai2", "都": "dou1", "某": "mou3",
    "个": "ge4", "几个": "ji3ge4", "没有": "mei2you3", "没": "mei2", "一": "yi1", "不": "bu4",
    "和": "he2", "给": "gei3", "要": "yao4", "说": "shuo1", "看": "kan4", "干": "gan4",
    "着": "zhe5", "过": "guo4", "为什么": "wei4shen2me5", "什么": "shen2me5", "怎么": "zen3me5",
    "时候": "shi2hou5", "记得": "ji4de5", "知道": "zhi1dao4", "钥匙": "yao4shi5",
    "师傅": "shi1fu4", "清楚": "qing1chu5", "明白": "ming2bai5", "关系": "guan1xi4",
    "名字": "ming2zi4", "卸油": "xie4you2", "当天": "dang1tian1", "看着": "kan1zhe5",
    "守着": "shou3zhe5", "听着": "ting1zhe5", "开着": "kai1zhe5", "停着": "ting2zhe5",
    "活儿": "huo2er5", "干活": "gan4huo2", "数": "shu3", "数值": "shu4zhi2", "俩": "lia3",
    "副": "fu4", "兼": "jian1", "测": "ce4", "号": "hao4", "弄": "nong4", "划": "hua4",
    "站不住": "zhan4bu2zhu4", "起不来": "qi3bu4lai2", "晕": "yun1", "头晕": "tou2yun1",
    "晕倒": "yun1dao3", "长": "chang2", "处": "chu4", "行": "xing2", "系": "ji4", "卷": "juan3",
    "塔": "ta3", "量": "liang2", "特种": "te4zhong3", "当事人": "dang1shi4ren2", "中": "zhong1",
    "被询问人": "bei4xun2wen4ren2", "那儿": "na4er5", "这儿": "zhe4er5", "哪儿": "na3er5",
    "乙炔": "yi3que1", "乙炔瓶": "yi3que1ping2", "不用": "bu2yong4", "当晚": "dang1wan3",
    "认识": "ren4shi5", "休息": "xiu1xi5", "东西": "dong1xi5", "事情": "shi4qing5",
    "应急局": "ying4ji2ju2", "应急": "ying4ji2", "应急预案": "ying4ji2yu4an4",
    "没法": "mei2fa3", "没事": "mei2shi4", "没关系": "mei2guan1xi4", "没敢": "mei2gan3",
    "更正": "geng1zheng4", "调试": "tiao2shi4", "调查": "diao4cha2", "调度": "diao4du4",
    "接地线": "jie1di4xian4", "重伤": "zhong4shang1", "重大": "zhong4da4", "会": "hui4",
}  # fmt: skip

_PAUSES = {"，": ",", "、": ",", "；": ",", "：": ",", "。": ".", "？": "?", "！": "!"}
_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))


class PinyinError(Exception):
    """A text that cannot be spoken; the message names the character."""


@cache
def lexicon() -> dict[str, str]:
    """Word to pinyin, as shipped."""
    lines = LEXICON.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


@cache
def _trade() -> frozenset[str]:
    return frozenset(Corpus.load(DATA).trade)


def segment(text: str) -> list[str]:
    """The words of a text; characters that no word holds stand alone.

    The words of the trade are tried first, so that a text of the story keeps its own words; with
    all words of the lexicon only where those do not suffice.
    """
    of_trade = _fewest(text, _trade())
    if all(word in _trade() or word in _PAUSES for word in of_trade):
        return of_trade
    return _fewest(text, lexicon())


def _fewest(text: str, words: Collection[str]) -> list[str]:
    longest = max(map(len, words))
    best: list[tuple[int, int, int]] = [(0, 0, 0)]  # (cost, -sum of squared lengths, start)
    for end in range(1, len(text) + 1):
        options = []
        for start in range(max(0, end - longest), end):
            if end - start == 1 or text[start:end] in words:
                cost, squares, _ = best[start]
                known = text[start:end] in words or text[start:end] in _PAUSES
                options.append((cost + (1 if known else 3), squares - (end - start) ** 2, start))
        best.append(min(options))
    out: list[str] = []
    end = len(text)
    while end:
        start = best[end][2]
        out.append(text[start:end])
        end = start
    return out[::-1]


def to_pinyin(text: str) -> str:
    """Pinyin for espeak-ng's ``cmn-latn-pinyin`` voice; punctuation becomes pauses.

    Raises:
        PinyinError: a character has no known reading.
    """
    tokens: list[str] = []
    plain = "".join(_DIGITS.get(character, character) for character in text)
    for word in segment("".join(plain.split())):
        if word in _PAUSES:
            if tokens:
                tokens[-1] += _PAUSES[word]
        else:
            tokens.append(lexicon().get(word) or reading(word))
    return " ".join(tokens)


def reading(word: str) -> str:
    """One word's pinyin from the overrides or pypinyin.

    Raises:
        PinyinError: pypinyin is not installed, or does not know the word.
    """
    if word in OVERRIDES:
        return OVERRIDES[word]
    try:
        from pypinyin import Style, pinyin
    except ImportError as error:
        raise PinyinError(
            f"{word!r} is not in {LEXICON.name}; add it, or install pypinyin"
        ) from error
    syllables = [
        options[0] for options in pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
    ]
    spoken = "".join(syllables).replace("ü", "v")
    if len(syllables) != len(word) or not spoken.isascii() or not spoken[-1:].isdigit():
        raise PinyinError(f"no reading known for {word!r}")
    return spoken


def write_lexicon() -> int:
    """Write data/lexicon.tsv from every word of the corpus; returns how many."""
    words = Corpus.load(DATA).vocabulary
    lines = [f"{word}\t{reading(word)}\n" for word in words]
    LEXICON.write_text("".join(lines), encoding="utf-8")
    lexicon.cache_clear()
    return len(lines)


if __name__ == "__main__":
    print(f"{write_lexicon()} words")

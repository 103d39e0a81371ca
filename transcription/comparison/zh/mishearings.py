"""Words of the trade written by a recogniser as other words of the same sound: 安全冒, 带面照.

Replaced character by character in the flattened text only, so that every span stays; the speaker's
text is never touched. Names of the case are the lexicon's business. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache

import rjieba

from transcription import terms
from transcription.comparison.zh.topics import words

_TRADE = words(
    "作业票 动火票 工作票 检修票 停电票 操作票 审批 审批单 审批手续 手续"
    " 许可证 票证 派工单 培训 安全培训 交底 安全交底 技术交底 安全教育"
    " 三级教育 安全带 安全帽 安全绳 绝缘手套 手套 面罩 防毒面具 面具 口罩"
    " 护目镜 呼吸器 空气呼吸器 防护用品 防护服 绝缘鞋 劳保用品 劳保鞋 反光衣"
    " 救生衣 监护 监护人 看护 看着 盯着 旁站 安全员 报警 报的警 急救电话"
    " 救护车 打电话 求救 上报 汇报 检测 检测仪 气体 氧含量 浓度 断电 停电"
    " 拉闸 断路器 电源 上锁 挂牌 验电 接地线 通风 鼓风机 风机 安排 指派"
    " 吩咐 命令 要求 通知 交代 布置 打发 喊我 叫我 叫他 让我 派我 派他"
    " 派的 自己 自作主张 擅自 自行 主动 操作证 上岗证 焊工证 电工证 特种作业"
    " 灭火器 警示牌 护栏 盖板 方案 预案 隐患 整改 不清楚 不知道 没看见"
    " 没注意 记不清 开始 作业 干活 施工"
    " 凌晨 上午 下午 中午 早上 晚上 傍晚 半夜 晌午 昨天 前天 当天 昨晚 左右"
    " 开工 收工 动手 一共 总共"
    " 可能 好像 说不定 听说 没准 不一定 大概 记不得"
)
_INDEX = terms.TermIndex.of(term for term in _TRADE if len(term) <= 3)
#: 林晨一点: two characters before a clock time that sound as a part of the day.
_DAY_PARTS = words("凌晨 上午 下午 中午 早上 早晨 晚上 傍晚 半夜 晌午")
_BEFORE_CLOCK = re.compile(r"[一-鿿]{2}(?=[零一二两三四五六七八九十\d]{1,3}点)")
_PART_INDEX = terms.TermIndex.of(_DAY_PARTS)
#: 三店半: a clock time with its 点 written as another character of that sound.
_CLOCK_WORD = re.compile(
    r"(?<=[一二两三四五六七八九十])[店电典垫惦碘颠](?=半|多|整|钟|左右|来钟|一刻|[二三四五]?十|"
    r"过|就开始|"
    r"才开始|开始|[,.?]|$)"
)
#: 带 for 戴, 较 and 教 for 叫, where only the other makes sense.
_SINGLE = (
    (
        re.compile(
            r"带(?=[着了没好上过的]*(?:绝缘|安全[帽]|防[护毒尘酸]|手套|面[罩具]|帽|口罩|护目|"
            r"眼镜|呼吸))"
        ),
        "戴",
    ),
    (re.compile(r"[一二两三四五六七八九十几][格各歌葛戈铬搁咯阁革](?=人)"), "个"),
    (
        re.compile(
            r"[媒枚梅眉霉玫镁酶寐莓](?=[有戴带办签见看去用拿让叫听搞做弄干说讲安派开系关停穿])"
        ),
        "没",
    ),
    # 绳都煤油, 煤油系: no kerosene
    (
        re.compile(
            r"(?:(?<=[都也还真])|(?<![一-鿿]))煤(?=油(?:[系戴带办签见看人去让叫没开做干啊呀,.]|$))"
        ),
        "没",
    ),
    (re.compile(r"(?<=没)油(?=[系戴带办签见看人去让叫没开做干啊呀,.]|$)"), "有"),
    # totals and lists: 加起来伞个, 四铬, 骇有一个
    (
        re.compile(
            r"(?<![一-鿿])[伞散叁](?=[个各格歌割铬])|(?<=[来共有就给])[伞散叁](?=[个各格歌割铬])"
        ),
        "三",
    ),
    (
        re.compile(
            r"(?<![一-鿿])[思斯撕丝司](?=[个各格歌割铬])|"
            r"(?<=[来共有就给])[思斯撕丝司](?=[个各格歌割铬])"
        ),
        "四",
    ),
    (re.compile(r"(?<![一-鿿])[一二两三四五六七八九十][格各歌葛戈铬割咯阁革](?=[,.]|$)"), "个"),
    (re.compile(r"[骇嗨亥害](?=有[一两三四五几个他我俩另小老])"), "还"),
    (re.compile(r"(?<=还)[酉友幼佑油](?=[一两三四五几个他我俩另小老])"), "有"),
    # 听人朔: hearsay
    (re.compile(r"(?<!闪)[朔烁铄](?![州风])"), "说"),
    (
        re.compile(
            r"(?<=戴|带|办|签|有|做|干|去|用|看|说)[媒枚梅眉霉玫镁酶寐莓](?=戴|带|办|签|有|做|干|"
            r"去|用|看|说)"
        ),
        "没",
    ),
    (re.compile(r"[腻拟匿尼泥逆](?=[在是几什拿用人叫让说]|们)"), "你"),
    # 我做得呀, 他先走肋: small words at the end of a phrase
    (
        re.compile(
            r"(?<=[一-鿿])(?<![觉记晓懂值不没使显了舍免省获取认由要冇懒非懂难识])[得德锝]"
            r"(?=[呀啊呢嘛]?(?:[,.?]|$))"
        ),
        "的",
    ),
    (re.compile(r"(?<=[一-鿿])[肋勒叻](?=[,.?]|$)"), "了"),
    (re.compile(r"背(?=叫|派|喊|安排|指派|打发|指使|命令)"), "被"),
    (re.compile(r"[较教](?=[你我他她\ue000-\uf8ff][去下上来进干做弄])"), "叫"),
    (re.compile(r"(?<=是[你我他她])教(?=[\u4e00-\u9fff]{1,4}[去下上进])"), "叫"),
)


def mend(text: str, words: tuple[str, ...] = ()) -> str:
    """``text`` with the trade's words, and those of the point, as they were meant."""
    text = _mended(text)
    return _mended_for(text, words) if words else text


@lru_cache(maxsize=1024)
def _mended_for(text: str, words: tuple[str, ...]) -> str:
    return _replace(text, _index_of(words))


@lru_cache(maxsize=1024)
def _mended(text: str) -> str:
    text = _CLOCK_WORD.sub("点", _replace(text, _INDEX))
    text = _BEFORE_CLOCK.sub(_day_part, text)
    for rule, character in _SINGLE:
        text = rule.sub(lambda m, c=character: m.group()[:-1] + c, text)  # type: ignore[misc]
    return text


def _day_part(match: re.Match[str]) -> str:
    heard = [
        s for s in terms.find_terms(match.group(), _PART_INDEX) if s.distance <= 1 and not s.rivals
    ]
    return heard[0].term if heard and heard[0].end - heard[0].start == 2 else match.group()


def _replace(text: str, index: terms.TermIndex) -> str:
    spans = [
        s
        for s in terms.find_terms(text, index)
        if s.rule in (terms.SAME_SOUND, terms.NEAR_SOUND)
        and not s.rivals
        and len(s.original) == len(s.term)
        and s.distance <= (0 if len(s.term) == 2 else 1)
    ]
    if spans:
        bounds = _words(text)
        for span in spans:
            if _mistaken(span, bounds):
                text = text[: span.start] + span.term + text[span.end :]
    return text


@lru_cache(maxsize=256)
def _index_of(words: tuple[str, ...]) -> terms.TermIndex:
    return terms.TermIndex.of(words)


def _words(text: str) -> list[tuple[int, int]]:
    spans, at = [], 0
    for word in rjieba.cut(text, False):
        spans.append((at, at + len(word)))
        at += len(word)
    return spans


def _mistaken(span: terms.Span, words: list[tuple[int, int]]) -> bool:
    """No ordinary word stands there, whole or across the edges."""
    inside = [(a, b) for a, b in words if a < span.end and span.start < b and b - a > 1]
    crossing = any(a < span.start or b > span.end for a, b in inside)
    if crossing:
        return False
    whole = any(b - a == span.end - span.start for a, b in inside)
    return not whole

"""Quantities in Chinese text (flattened): counts, measures, money, percent.

Not found: clock times, dates, names made with numbers (三号车间, 一班) and numbers to dial.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import inf

from transcription.comparison.model import Number
from transcription.comparison.values.numerals_zh import RUN, cardinal, digits

#: Unit words, longest first in the pattern -> canonical unit and factor.
UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(
        (
            "号人",
            "个大活人",
            "个人",
            "名人",
            "口人",
            "人",
            "名",
            "位",
            "口子",
            "家头",
            "个工人",
            "名工人",
            "个小工",
            "名员工",
        ),
        ("人", 1),
    ),
    **dict.fromkeys(("分钟", "分钟头", "分多钟"), ("分钟", 1)),
    **dict.fromkeys(("小时", "个小时", "钟头", "个钟头", "个钟", "个多小时"), ("分钟", 60)),
    "刻钟": ("分钟", 15),
    **dict.fromkeys(("秒", "秒钟"), ("分钟", 1 / 60)),
    **dict.fromkeys(("天", "日"), ("天", 1)),
    **dict.fromkeys(("个星期", "星期", "周", "个礼拜", "礼拜"), ("天", 7)),
    **dict.fromkeys(("个月",), ("月", 1)),
    "年": ("年", 1),
    **dict.fromkeys(("米", "公尺"), ("米", 1)),
    **dict.fromkeys(("厘米", "公分"), ("米", 0.01)),
    "毫米": ("米", 0.001),
    **dict.fromkeys(("公里", "千米"), ("米", 1000)),
    **dict.fromkeys(("吨",), ("公斤", 1000)),
    **dict.fromkeys(("公斤", "千克"), ("公斤", 1)),
    "斤": ("公斤", 0.5),
    **dict.fromkeys(("块钱", "元", "块", "元钱"), ("元", 1)),
    **dict.fromkeys(("万元", "万块", "万块钱"), ("元", 10000)),
    **dict.fromkeys(("度", "摄氏度"), ("度", 1)),
    **dict.fromkeys(("个点",), ("%", 1)),
    **dict.fromkeys(("次", "回", "遍", "趟"), ("次", 1)),
    **dict.fromkeys(("升",), ("升", 1)),
    **dict.fromkeys(("层", "楼"), ("层", 1)),
    "个": ("", 1),
    **{word: (word, 1) for word in "只台张根辆把条支件套车桶袋瓶罐片本份盏部组双"},
    **{word: (word, 1) for word in "箱捆枚颗卷筐盒包发"},
}
_PEOPLE_AFTER = re.compile(
    r"^(?:的)?(?:人(?!员工资)|工人|工友|临时工|小工|民工|弟兄|兄弟|伙计|师傅|徒弟|同事|电工|"
    r"焊工|农民工|"
    r"大老爷们|小伙子|小年轻|小青年|年轻人|老乡|司机|员工|力工|普工|架子工|女工|汉子)"
)
_UNIT = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
#: 不少于, 没有超过: a bound denied is the other bound. 有没有超过 asks and denies nothing.
_DENIED = r"(?:不[得会能应可宜]?|(?<!有)没有|没|未)"
#: 小于 is also what somebody of the name 于 is called: a bound before figures only.
_BEFORE = (
    rf"(?:{_DENIED}(?:少于|低于|小于|多于|高于|大于|超过)|"
    r"不到|不足|没到|没有?(?=\d|[一二两三四五六七八九十])|顶多|最多|至多|撑死|"
    r"充其量|至少|起码|最少|少说也?有?|不下于?|超过|多于|少于|低于|高于|[大小]于(?=\d)|将近|接近|快|"
    r"大概其?|"
    r"大约摸?|约摸?|差不多|估计|也就|百分之|好|上|小|有|一共|总共|就|得有|负|共){0,3}"
)
_NUMBER = re.compile(
    rf"(?P<before>{_BEFORE})"
    rf"(?:(?P<run>{RUN})(?:[~\-至到、或,](?P<to>{RUN})(?![号月点]))?"
    r"|(?P<half>半)(?=个|天|小时|米|吨|斤|年|分)|(?P<people>俩|仨)|(?P<crowd>好些|许多|不少(?=人)))"
    r"(?P<more>多|来|余|把)?(?P<dozen>打(?![电开听招110]))?(?P<and_half>个半(?=小时|钟头|月|天))?"
    rf"(?P<unit>%|％|{_UNIT})?(?P<tail>半(?!天)|"
    rf"(?<=[米块吨度])[一二三四五六七八九](?![个人名])|多)?(?:钟|(?<=小)时)?"
    r"(?P<after>左右|上下|以上|以下|以内|之内|不到|往上|出头|开外|的样子|样子|都不到)?"
)
#: What a number may not be part of.
_NOT_AFTER = re.compile(r"(?:第|星期|礼拜|周|初|[零〇一二三四五六七八九十\d.:]|同|统|万|这|某|有)$")
_NAME_AFTER = re.compile(
    r"^(?:号(?!人)|月(?!份?多)|点(?!几|半?米)|时(?!间)|班(?!人)|队|车间|组(?=长)|期|栋|"
    r"楼(?!高)|级|线|起|定|般|样|"
    r"些|直|下|边|旁|面|向|会儿|阵|块儿|头|切|律|致|共|道|手|伙|溜|股脑|旦|方面|来二去|把手|路|处|"
    r"概|遍又|刀切|句|声|眼|番|口气|脚|巴掌|个手|只手|个鬼|个人影|个屁|氧化|甲苯|角|通|合|轮|乙|"
    r"五一十|分(?!钟|之)|把火|码)"
)
#: 一发现, 两包工头: no unit but the beginning of a word.
_WORD_AFTER = {"发": "现生动觉出给起火电烧飙言放热展射", "包": "工括围", "卷": "扬", "盒": "饭"}
_LESS = re.compile(r"不到|不足|没到|少于|低于|小于")
_NOT_LESS = re.compile(rf"{_DENIED}(?:少于|低于|小于)")
_AT_MOST = re.compile(rf"{_DENIED}(?:多于|高于|大于|超过)|顶多|最多|至多|撑死|充其量")
_AT_LEAST = re.compile(rf"{_NOT_LESS.pattern}|至少|起码|最少|少说|不下")
_MORE = re.compile(r"超过|多于|高于|大于")
_ABOUT = re.compile(r"大概|大约|约|差不多|估计")
_NEARLY = re.compile(r"将近|接近|快")


def find(text: str) -> list[tuple[Number, tuple[int, int]]]:
    """Quantities with their spans in ``text``, in order."""
    return list(_found(text))


@lru_cache(maxsize=64)
def _found(text: str) -> tuple[tuple[Number, tuple[int, int]], ...]:
    """Kept: an answer is read for several points."""
    found: list[tuple[Number, tuple[int, int]]] = []
    at = 0
    while match := _NUMBER.search(text, at):
        at = max(match.end(), match.start() + 1)
        value = _read(text, match)
        if value is not None:
            start = match.start("run") if match["run"] else match.end("before")
            if match["before"] and not re.fullmatch(r"(?:有|就|上|小|共)*", match["before"]):
                start = match.start()
            found.append((value, (start, match.end())))
        elif match["before"]:
            at = max(match.end("before"), match.start() + 1)
    return tuple(found)


def _read(text: str, match: re.Match[str]) -> Number | None:
    start = match.end("before")
    before, unit_word = match["before"], match["unit"] or ""
    if match["crowd"]:
        return None
    if match["people"]:
        count = 2.0 if match["people"] == "俩" else 3.0
        if text[max(0, start - 1) : start] in ("你", "娘", "爷", "姐", "哥") and not unit_word:
            return None
        return Number(count, count, "人" if unit_word in ("", "人") else UNITS[unit_word][0])
    if match["half"]:
        unit, factor = UNITS.get(unit_word, ("", 1.0))
        return Number(0.5 * factor, 0.5 * factor, unit)
    span = _range(match)
    if span is None or not _is_quantity(text, match, before, unit_word):
        return None
    low, high = _widened(span, match, before)
    unit, factor = ("%", 1.0) if unit_word in "%％" and unit_word else UNITS.get(unit_word, ("", 1))
    if "百分之" in before:
        unit, factor = "%", 1.0
    if unit == "" and _PEOPLE_AFTER.match(text[match.end() :]):
        unit = "人"
    return Number(round(low * factor, 6), high if high == inf else round(high * factor, 6), unit)


def _range(match: re.Match[str]) -> tuple[float, float] | None:
    run = match["run"]
    if "好" in match["before"] and run == "几":
        return 3.0, 9.0
    first = cardinal(run)
    if first is None:
        return None
    if match["to"]:
        second = cardinal(match["to"])
        if second is None or second[1] < first[0]:
            return first
        return first[0], second[1]
    return first


def _is_quantity(text: str, match: re.Match[str], before: str, unit_word: str) -> bool:
    run = match["run"]
    start, end = match.end("before"), match.end()
    if not before and _NOT_AFTER.search(text[:start]) and text[start - 1 : start] not in "有这":
        return False
    if text[max(0, start - 1) : start] == "第" or digits(run):
        return False
    bare_decimal = "点" in run and not unit_word and "百分之" not in before
    one_place = re.fullmatch(r"[^点]+点[零一二三四五六七八九]", run)
    if bare_decimal and (not one_place or text[end : end + 1] in ("分", "十")):
        return False
    if _NAME_AFTER.match(text[match.end("run") :]) and not match["more"]:
        return False
    if match["more"] and text[match.end("more") : match.end("more") + 1] in ("点", "号"):
        return False
    if (
        not match["dozen"]
        and unit_word in ("", "块", "把", "本", "组", "车", "片", "条", "回", "周")
        and not match["to"]
    ) and (run in ("一", "万", "千", "百") or (unit_word == "" and run == "几")):
        return False
    if unit_word == "楼" or (unit_word == "年" and len(run) == 4):
        return False
    if unit_word == "日" or (unit_word == "天" and text[end : end + 1] == "气"):
        return False
    if (
        unit_word == "个"
        and run == "一"
        and re.match(r"^(?:劲|是|月|星期|礼拜|样|字|儿)", text[end:])
    ):
        return False
    if text[end : end + 1] and text[end : end + 1] in _WORD_AFTER.get(unit_word, ""):
        return False
    if unit_word or match["dozen"]:
        return True
    # A bare number: an answer of its own, or a figure read off an instrument.
    after = text[end : end + 1]
    return after in ("", ",", ".", "?", "吧", "啊", "呀", "嘛", "呗", "了") and (
        start == 0 or text[start - 1] in ",.?:是有就共读示到为约量值" or bool(before)
    )


def _widened(span: tuple[float, float], match: re.Match[str], before: str) -> tuple[float, float]:
    """The range with its approximations and bounds."""
    low, high = span
    if match["dozen"]:
        low, high = low * 12, high * 12
    if match["tail"] == "半" or match["and_half"]:
        low, high = low + 0.5, high + 0.5
    elif match["tail"] and match["tail"] != "多":
        tenth = (cardinal(match["tail"]) or (0.0, 0.0))[0] / 10
        low, high = low + tenth, high + tenth
    many = (match["unit"] or "").startswith(("个多", "分多"))
    if match["more"] in ("多", "余") or many or (match["tail"] == "多" and low == high):
        step = 10 ** (len(str(int(low))) - 1) if low >= 10 and match["more"] else 1
        if low % step:
            step = 1
        high = low + step
        low += 0 if step == 1 else 1
        high -= 0 if step == 1 else 1
    elif match["more"] in ("来", "把"):
        low, high = low * 0.9, low * 1.4
    after = match["after"] or ""
    if _ABOUT.search(before) or after in ("左右", "上下", "的样子", "样子"):
        slack = max(1.0 if low >= 4 else 0.0, 0.15 * high)
        low, high = low - slack, high + slack
    elif _NEARLY.search(before):
        low -= max(1.0, 0.2 * low)
    if _LESS.search(_NOT_LESS.sub("", before)) or after in ("不到", "都不到"):
        whole = 1.0 if match["unit"] not in ("米", "吨", "小时", "%") else 0.01
        low, high = (low * 0.5 if low >= 10 else 0.0), low - whole
    elif _AT_MOST.search(before) or after in ("以下", "以内", "之内"):
        low = 0.0
    elif _AT_LEAST.search(before) or after in ("以上", "往上", "开外"):
        high = inf
    elif _MORE.search(before):
        low, high = high, inf
    elif after == "出头":
        high = high * 1.2
    elif before.endswith("上") and low >= 100:
        high = low * 3
    return low, high

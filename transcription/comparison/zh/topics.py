"""Words that mean the same act or thing in work-safety talk: what a point asks, in other words.

A family joins the verbs and the items people use for one matter. When a point or a question uses
one of them, the others count as the same matter in the answer. Families are of the trade in
general, never of one case; what only one case calls so belongs into its file.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache

import rjieba

from transcription.comparison.model import Point


def words(text: str) -> tuple[str, ...]:
    """The words of a text with spaces between them."""
    return tuple(text.split())


@dataclass(frozen=True)
class Matter:
    """What is asked: verbs and items, longest first.

    ``others`` are items of its kind that are not asked for.
    """

    verbs: tuple[str, ...]
    items: tuple[str, ...]
    others: tuple[str, ...] = ()


#: Per family: verbs, items.
_FAMILIES: tuple[tuple[str, str], ...] = (
    (
        "监护 监火 看火 看着 盯着 守着 看护 照看 盯 看守 值守 望风 看 守 旁站 监督 跟班 带班 在场",
        "监护人 监火人 看火人 监护 监火 安全员 专人 人",
    ),
    (
        "戴 佩戴 系 穿 挂 扣 套 背 带 用 配 发 绑",
        "安全带 安全帽 安全绳 呼吸器 空呼 面具 防毒面具 面罩 口罩 手套 防护服 绝缘鞋 护目镜"
        " 防护用品 防护 劳保 劳保用品 装备 帽子 带子 绳子 耳塞 反光衣 救生衣",
    ),
    (
        "办 办理 开 批 签 审批 报批 批准 审 走 申请 填 拿",
        "票 作业票 动火票 动火证 作业证 审批 审批单 审批表 手续 许可 许可证 票证 单子 申请 申请单"
        " 批文 方案 程序 流程 工作票 操作票 证",
    ),
    (
        "培训 教 讲 学 学习 上课 带 组织 参加 教育 考试 考核",
        "培训 课 安全教育 三级教育 教育 学习 考试 交底 安全培训",
    ),
    (
        "交底 讲 说 交代 交待 强调 叮嘱 告诉 嘱咐 签",
        "交底 安全交底 技术交底 注意事项 班前会 安全措施 交底单",
    ),
    (
        "测 检测 化验 分析 量 取样 测量 测试 试 监测 吊 采样",
        "气体 氧气 氧含量 浓度 瓦斯 可燃气 检测 仪器 检测仪 测氧仪 四合一 测爆 硫化氢 一氧化碳"
        " 数值 数据",
    ),
    (
        "断电 拉闸 停电 断 拉 停 关 切断 切 关掉 停掉 停机 关机 拔",
        "电 电源 闸 开关 总闸 空开 刀闸 电闸 机器 设备",
    ),
    ("挂牌 上锁 挂 锁 上", "牌 牌子 警示牌 锁 挂牌 上锁 钥匙 标识 警示"),
    ("通风 吹 抽 排风 换气 送风 排 吹扫 置换", "风 风机 通风 排风 排风扇 鼓风机 空气"),
    (
        "报 报告 上报 汇报 报警 通知 打电话 反映 说 告诉 联系 打 呼",
        "报告 情况 事故 电话 119 120 110 警 上级 领导 应急局",
    ),
    (
        "维修 检修 修 保养 维护 检查 检验 年检 点检 查 验收 检定 校验 巡检 润滑",
        "维修 检修 保养 维护 检查 记录 检验 毛病 隐患 验收",
    ),
    (
        "装 安装 设 设置 搭 加 加装 焊 围 拉 铺 盖",
        "护栏 栏杆 防护罩 罩子 防护栏 围栏 盖板 安全网 网 警戒线 防护 联锁 限位 挡板 隔离带",
    ),
    ("清 清理 清扫 打扫 扫 清除 吸 冲洗 擦", "粉尘 灰 积灰 粉 卫生 现场 油污 垃圾 木屑 料"),
    (
        "考 持 持证 取 取得 办 拿 有",
        "证 操作证 上岗证 焊工证 电工证 资格证 证件 驾驶证 资质 叉车证 合格证 本",
    ),
    ("喝 喝酒 饮酒", "酒 白酒 啤酒"),
    ("演练 演习 练", "演练 演习 预案 应急演练"),
    ("报警 响 亮 叫 闪", "报警器 警报 警铃 报警 声音 警报器"),
    ("说 讲 提 提醒 反映 劝 拦 警告 阻止 制止", "提醒 警告 意见"),
    ("指挥 打手势 引导 信号", "指挥 信号工 手势 信号 司索"),
    ("登记 记 写 记录 填 签 签到 签字", "记录 台账 登记 本子 登记本 签字 签到表"),
)

#: Things one wears: another one of them is another matter (手套戴了, 面罩没戴) ...
_WORN = frozenset(_FAMILIES[1][1].split())
#: ... unless the point is about all of them.
_ALL_WORN = frozenset(["防护用品", "防护", "劳保", "劳保用品", "装备"])

#: Words that never tell one matter from another.
_PLAIN = frozenset(
    words(
        "核实 有没有 有无 是否 没有 有 是 进行 情况 现场 作业 当时 时候 之前 "
        "以前 前 后 以后 之后 当天 那天 事故 时 人员 人 谁 什么 怎么 几 "
        "多少 几个 工人 工作 干活 活 问题 做 搞 弄 干 到 去 来 说 讲 知道 "
        "安全 出事 你 我 他 你们 他们 我们 吗 呢 吧 了 过 的 请 问 对 就 "
        "在 把 给 和 跟 按照 规定 要求 使用 采取 措施 没 没有 无 不 未 别 "
        "能 会 可以 让 叫 得 应该 必须 需要 是不是 算 像 觉得 以为 记得 "
        "看见 看到 听说 施工 操作 事情 事 这 那 这个 那个 位置 地点 时间 "
        "开始 结束"
    )
)


@lru_cache(maxsize=512)
def matter_of(point: Point, question: str = "") -> Matter:
    """What a point asks about, with everything that means the same.

    A question adds its own words only when it is about the same matter.
    """
    verbs, items = _named(point.text.removeprefix("核实"))
    verbs |= set(point.verbs)
    items |= set(point.items) | set(point.synonyms)
    if question:
        plain = matter_of(point)
        if any(word in question for word in (*plain.items, *plain.verbs)):
            more_verbs, more_items = _named(question)
            verbs |= more_verbs
            items |= more_items
    named = verbs | items
    for family_verbs, family_items in _FAMILY_SETS:
        # An item decides; a short verb alone (开, 看, 带) belongs to too many families.
        if named & family_items or {word for word in named & family_verbs if len(word) > 1}:
            verbs = verbs | family_verbs
            items = items | family_items
    items -= verbs
    others: frozenset[str] = frozenset()
    worn = named & _WORN
    if worn and not named & _ALL_WORN:
        same = {word for word in _WORN if any(set(word[-2:]) & set(one[-2:]) for one in worn)}
        others = _WORN - same - _ALL_WORN - frozenset(verbs)
        items -= others
    return Matter(
        _longest_first(verbs - _PLAIN), _longest_first(items - _PLAIN), _longest_first(others)
    )


def content(text: str) -> frozenset[str]:
    """The verbs and nouns of a text that can tell one matter from another."""
    verbs, items = _named(text)
    return frozenset(verbs | items)


def _named(text: str) -> tuple[set[str], set[str]]:
    """Verbs and nouns of a text that can tell one matter from another."""
    verbs: set[str] = set()
    items: set[str] = set()
    for word, tag in rjieba.tag(text.replace("有没有", " ").replace("是否", " ")):
        if word in _PLAIN or not word.strip() or len(word) > 8:
            continue
        if tag.startswith("v"):
            verbs.add(word)
        elif tag.startswith(("n", "l", "j", "eng")) and tag not in ("nr", "nrt"):
            items.add(word)
    return verbs, items


def _longest_first(found: Set[str]) -> tuple[str, ...]:
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


_FAMILY_SETS: tuple[tuple[frozenset[str], frozenset[str]], ...] = tuple(
    (frozenset(verbs.split()), frozenset(items.split())) for verbs, items in _FAMILIES
)

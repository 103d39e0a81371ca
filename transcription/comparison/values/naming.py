"""Whether two names mean one thing: the same, sounding the same, or with the same head noun."""

from __future__ import annotations

from functools import lru_cache

from transcription.sounds import fold, tokens

#: What names a side or a spot of a place and not another place.
_SPOTS = (
    "里面",
    "里头",
    "上面",
    "上头",
    "下面",
    "下头",
    "底下",
    "旁边",
    "边上",
    "跟前",
    "门口",
    "附近",
    "那边",
    "那儿",
    "这边",
    "这儿",
    "那里",
    "那块",
    "里",
    "上",
    "下",
    "边",
    "内",
    "中",
    "处",
    "口",
)


@lru_cache(maxsize=4096)
def same_name(a: str, b: str) -> bool:
    """True for 梯子 and 木梯子, 配电室 and 配电是 (heard wrong), 池子边上 and 池子.

    A case id is never equal to another id by this: ids of one case differ, and the two sides carry
    ids where the case knows the thing. Two numbers (三号槽, 五号槽) are two things.
    """
    a, b = _bare(a), _bare(b)
    if not a or not b:
        return False
    if a == b or _sounds(a) == _sounds(b):
        return True
    if _figures(a) != _figures(b):
        return False
    short, long = sorted((a, b), key=len)
    return (
        len(short) >= 2
        and (
            long.endswith(short)
            or _sounds(long)[-len(short) :] == _sounds(short)
            or (len(short) >= 3 and long.startswith(short))  # 压缩空气, 压缩空气枪
            # 钢千桶: 钢钎 by its sound, with a word too many
            or (not long.startswith(short) and _sounds(long)[: len(short)] == _sounds(short))
        )
    )


def _bare(name: str) -> str:
    name = name.strip().casefold()
    for article in ("the ", "a ", "an "):
        name = name.removeprefix(article)
    changed = True
    while changed:
        changed = False
        for spot in _SPOTS:
            if name.endswith(spot) and len(name) - len(spot) >= 2:
                name, changed = name.removesuffix(spot), True
    return name


def _sounds(name: str) -> tuple[str, ...]:
    return tuple(t.sound if t.latin else fold(t.sound) for t in tokens(name))


def _figures(name: str) -> str:
    return "".join(c for c in name if c in "0123456789一二三四五六七八九十东西南北左右前后甲乙丙")

"""What stands before and after a place that says whose it is: put there, stood there, mine."""

from __future__ import annotations

import re

MINE = re.compile(r"^[^,.]{0,2}我(?:自己|人|当时|那会儿|那时候?|就|是|正|一直|也|还)*在$")
UNSEEN = re.compile(r"看不[到见]|没看[到见]|没瞧见|见不着|没在那|不在那|没注意")
AT_LARGE = re.compile(r"[弄搞干整做]的?[啊呀呢]?[?.]*$")
_PUT = re.compile(
    r"(?:放|搁|码|堆|摆|丢|扔|停|支|架|藏|存|靠|挂|埋|卸|倒|装|运|送|搬|拉|收|退)(?:在|到|回|进)(?:了)?$"
)
STOOD = re.compile(
    r"^(?:嗯|啊|哦|对|[我他她俺]|[一-鿿]{1,3}(?=在|就|站))?(?:自己|人|当时|那会儿|那时候?|就|是|正|一直|"
    r"也|还|都)*(?:在|站在?|蹲在?|坐在?|待在?|呆在?|守在?|躲在?)$"
)
_SEEN = re.compile(r"^[^,.]{0,3}[看瞧望听瞅]")


def put(before: str, after: str) -> bool:
    """码在打包房: something was put there; not 放在坝子上看, from where it was seen."""
    return bool(_PUT.search(before)) and not _SEEN.match(after)

"""Questions of procedure: papers, rights, recusal, identity, reading the record. No testimony.

An answer to one of them says nothing on any point, however much its words look like it (听清楚了).
"""

from __future__ import annotations

import re

#: A supplement shorter than this is a no.
SUPPLEMENT_MIN = 14

_FORMAL = re.compile(
    r"执法证|证件.{0,10}(?:看|过目|出示)|(?:看|过目).{0,6}证件|回避|听清(?:楚)?了?[吗没]|听明白|"
    r"(?:权利|义务).{0,30}(?:清楚|明白|知道)|核对(?:一下)?笔录|逐页签名|按指印|签字确认|"
    r"(?:姓名|名字).{0,8}(?:单位|职务|岗位|年龄|住址)|介绍一下你的姓名|身份证号|联系电话|"
    r"自我介绍|基本情况|辨认|向你出示|"
    r"\b(?:identity|badge|warrant card|recus\w+|your rights|read the record|sign each page)\b|"
    r"state your name|full name and (?:job|post|position)",
    re.IGNORECASE,
)
_SUPPLEMENT = re.compile(
    r"(?:还有|有没有|有无|有).{0,4}(?:要|需要)?补充|补充的吗|anything (?:else )?to add",
    re.IGNORECASE,
)


def procedural(question: str, answer: str) -> bool:
    """The question is one of procedure, or asks for a supplement and gets none."""
    if _FORMAL.search(question):
        return True
    return bool(_SUPPLEMENT.search(question)) and len(answer) < SUPPLEMENT_MIN

"""Whether it was so, said without a yes, a no or the plain act: mockery, oaths, the other state.

办个铲铲, 围什么围, 要是系了能摔成那样, 谁要说断了电叫他自己去试, 大敞四开的, 寸步没离开. Each way
counts only where its verb is the one asked about, or where the state is one of the point's matter.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from transcription.comparison.model import Point
from transcription.comparison.zh.concepts import concepts_of

#: Whether a stretch holds the act that is asked about.
Tied = Callable[[str], bool]

_NOUGHT = (
    r"铲铲|锤子(?=$|[,.的啊哦咯呀])|棒槌|屁|毛线|毛(?!巾|病|刷|衣|重)|鬼|[卵逑屌鸟](?!窝|巢)|"
    r"球(?!阀|磨|团|形)|"
    r"鸡毛|辣子(?=$|[,.])|空气(?=$|[,.])|寂寞|大头鬼|大头|头(?=$|[,.啊])|脚后跟|香蕉|勾子|溜溜"
)
_WHAT = r"(?:个)?(?:什么|啥|哪门子|么事|么斯|嘛)(?:个)?"
_LEAD = r"^(?:还|那|哼|嘿|哈|哪|他|她|我|我们|他们|咱|这|当时|你说)*"
#: 办个铲铲, 系他个头; not 用个锤子: there it is a tool.
_CURSED = re.compile(
    _LEAD + r"(?P<v>(?![用拿使带找借买踢放喝吃抽捡是])[一-鿿]{1,2}?)(?:了|过|得|成)?"
    rf"(?:他|你|它)?(?:妈的?|娘的?)?个?(?:{_NOUGHT})"
)
#: 围什么围, 应啥个应.
_WHAT_OF = re.compile(_LEAD + rf"(?P<v>[一-鿿]{{1,2}})(?:了|过)?{_WHAT}(?P=v)")
#: 戴了才怪, 鬼才戴; 不戴才怪.
_ODD = re.compile(
    _LEAD
    + r"(?P<x>(?:会|能|肯)?[一-鿿]{1,4}?)(?:了|过|的)?[,]?(?:才|就|那才|那就)(?:是)?(?:怪|见鬼|"
    r"有鬼|奇)了?|(?:鬼|傻子|憨包|神经病)才(?:会|去|肯)?(?P<y>[一-鿿]{1,3})"
)
#: 哪个守, 谁测啊: nobody.
_WHO_WOULD = re.compile(
    r"^(?:那|又|还|当时)?(?:谁|哪个|啥人|哪有人|哪来的人)(?:会|还|来|去|给[你我他她]们?)*"
    r"(?P<v>[一-鿿]{1,2}?)(?:过|着)?[啊呀呢嘞咯哟哦]*[?]?$"
)
#: 动都没动过, 看都没看.
_NOT_EVEN = re.compile(r"(?P<v>[^见听说])[都也]没(?:有)?(?P=v)")
#: 没往脸上扣过一回, 没吹过一口.
_NOT_ONCE = re.compile(
    r"没(?:有)?(?P<v>[^,.见看听闻知]{1,7}?)过?(?:了)?[一半](?:口|回|次|遍|下|天|个|张|句|分钟|秒|"
    r"块|根|条|套|节|"
    r"堂|眼|丝|滴)"
)
#: 谁说没有, 谁跟你说办了, 谁要说断了电: the contrary holds.
_WHO_SAYS = re.compile(
    r"(?:谁|哪个)(?:要是|要|敢|还|又|再|跟你们?|给你们?|告诉你们?)*(?:说|讲)(?!了算|的|过|什么|啥)"
    r"(?P<x>[^,.]{1,14})"
)
_IF = r"(?:要是|真要|要真|但凡|如果|假如|倘若|假若|若是|要)"
_THEN = (
    r"(?:还能|还会|还至于|还敢|还用得着|哪能|哪会|哪至于|何至于|怎么会|怎么能|咋会|咋能|至于|能|"
    r"会|敢|"
    r"用得着|犯得着)"
)
#: 要是系了, 人能摔成那样; 到位了我今儿能坐这儿.
_HAD_IT_BEEN = re.compile(
    rf"{_IF}(?P<x>[^,.?]{{1,9}}?),?(?:我|他|她|人|手|咱|这|哪|今|现在|那)?[^,.?]{{0,5}}?"
    rf"(?:{_THEN}[^,.?]{{1,14}}(?:[吗么嘛]|\?|成[这那]样|这样|那样|坐这|坐在这|到今天|走到这)|"
    r"(?:就|也|哪|早就?)(?:不会|不至于|不可能|没事|没这事|好了)|"
    r"(?:还能|还会|哪能|哪会|何至于|哪至于|怎么会|怎么能|咋会|咋能))"
)
#: 没测敢下吗, 系了还能掉下来, 不断电我敢伸手.
_ELSE = re.compile(
    r"^(?:他|她|我|咱|那)?(?P<x>[没不]?[^,.?才]{1,4}?(?:了|过|着|上|好|电|票|气)?),?(?:我|他|她|"
    r"人|咱|谁)?"
    r"(?:(?:能|会|敢)[^,.?没不]{1,12}(?:[吗么嘛]|\?)|敢[^,.?没不]{1,8}$|(?:还能|还会|还至于|哪能|"
    r"哪敢|"
    r"怎么敢|怎么会|咋敢|谁敢)[^,.?]{1,12})"
)
#: 不戴那个还有命说话: it was done.
_NOT_WITHOUT = re.compile(
    r"(?P<x>[没不](?!是|过|说|知)[^,.?]{1,4}?),?(?:我|他|她|人|咱|谁)?(?:还有命|还能活|还活得|"
    r"还站得|哪还有命|命都没)"
)
_STAKE = (
    r"(?:我|俺|老子)?(?:把?(?:头|脑袋|脑壳|手)[^,.]{0,3}(?:割|砍|剁|拧|给你|下来)|是(?:你|"
    r"他)?(?:孙子|儿子|王八|"
    r"小狗|乌龟|龟孙)|(?:跟|随)你姓|名字倒着?写|不得好死|天打|遭雷|不是人|出门[^,.]{0,3}撞|"
    r"吃了它|当场吃)"
)
#: 他要是系了我把头割给你; 没系我是孙子.
_SWORN = re.compile(
    rf"(?:他|她|我)?(?:{_IF})?(?P<x>[没不]?[^,.?没不]{{1,6}}?)(?:了|过|的话)?,?{_STAKE}"
)

#: 批没批我哪知道: no denial.
_EITHER_WAY = re.compile(r"(?P<a>[一-鿿])[没不](?P=a)")

_PLACE = (
    r"(?:头顶|脑门|脑壳|额头|脖子?|下巴|腰|肩|胳膊|胳肢窝|腋下|手|背|屁股|裤|兜|口袋|荷包|衣|包|"
    r"车|柜|墙|架|钩|栏|椅|凳|地|桌|箱|旁|边)"
)
#: Kept somewhere, not worn: 掀到脑门上, 在腰上吊着, 夹在胳肢窝里.
_MISWORN = (
    rf"[掀推撩扒捋拉翻扯][^,.]{{0,2}}(?:到|在|上|起)[^,.]{{0,3}}(?:{_PLACE}|去了)|"
    rf"(?:吊|挂|别|搭|垫|夹|塞|揣|拎|提|拿|搁|扔|甩|丢|撂|晾|压)(?:在|到|进|"
    rf"的)[^,.]{{0,4}}{_PLACE}|"
    rf"在[^,.]{{0,4}}{_PLACE}[^,.]{{0,4}}(?:吊|挂|晃|搭|晾|躺|搁|夹|揣|别)着|"
    r"(?:一直|都|就)?(?:揣|拎|提|夹)着(?!干)|光着?脸|光着?头|光着?手|没放下来"
)
_OFF_NEVER = r"(?:没有?|未|不|都没)(?:曾)?(?:摘|取|脱|解|松|卸)(?:下|开|掉)?过?"
#: Per concept: how it is said that it was not so, and that it was.
_STATES: dict[str, tuple[str, str]] = {
    "worn": (_MISWORN, rf"{_OFF_NEVER}|扣得|系得|勒得|捂得(?:严|紧|死)"),
    "valve": (
        r"敞|大开|全开|[^打]开着|^开着|一直开|开到底|[往朝][^,.]{1,3}(?:淌|冒|流|漏|灌)|呼呼往|"
        r"没拧",
        r"关死|拧死|拧到底|拧紧|关到底|关严|打上盲板",
    ),
    "power": (
        r"(?:还|一直|照样|照旧|嗡嗡|呼呼|哗哗)(?:在|地|的)?(?:转|响)|转着[呢哩嘞]?|[带通]着电|"
        r"有电(?:的|呢|着)|"
        r"电[^,.]{0,2}通着|照转",
        r"闸[^,.]{0,4}(?:扯|扳|拽|拍|拉|推|打)(?:了|下|掉|开|脱)",
    ),
    "guardrail": (
        r"(?<![没未不])(?:早|都|已经|给|被|全)?(?:拆|卸|取|摘)(?:了|掉|下来|下去|走|的)|敞着|"
        r"露着|裸着|光秃秃|下掉了",
        r"(?:没有?|未|不曾)(?:拆|卸|取|摘)|(?:装|扣|罩|拧|焊)得|装着|罩着|扣着",
    ),
    "vent": (
        r"趴窝|摆设|没接|没通电|没插|没卸|没搬|没拆封|锈死|转不动|不转",
        r"(?:没有?|未|不)(?:停|歇|断|间断)(?:过|机)?(?!电)|(?:转|吹|响|排)(?:了|着|到|足)",
    ),
    "watch": (
        r"空荡荡|空空|鬼影|人影[^,.]{0,3}没|没[^,.]{0,3}人影|人毛|连个[^,.]{0,3}人[^,.]{0,2}没|"
        r"半个人",
        r"(?:没有?|未|不)(?:曾)?(?:离开?|走开|挪|动窝|眨|动过地方|擅离)|寸步|一步(?:都|也)?(?:没|"
        r"不)",
    ),
    "sound": (
        r"哑|没吭|不吭|没动静|没声|静悄悄|没叫|没反应|屁都没|鸦雀",
        r"(?:滴滴|嘀嘀|哇哇|呜呜|嘟嘟|呜哇|吱哇)|(?<![没不])[叫响](?:了|得|个不停|起来)",
    ),
    "test": (
        r"仪[器]?[^,.]{0,6}(?:没(?:开|拿|带|动|电|拆)|锁着|坏|忘)|忘(?:了)?(?:带|拿)仪",
        r"(?:测|验|量)(?:出来|得)[^,.]{0,6}(?:合格|正常|达标)",
    ),
    "cordon": (
        r"光溜溜|敞着|随便(?:走|进)|随便人|想[进走]就[进走]",
        r"围(?:得|了一圈|起来了)|绕了[一几]圈",
    ),
}
#: Points of these concepts that ask for the contrary act: nothing to turn.
_CONTRARY = {
    "valve": r"打开|开启|谁开|有没有开",
    "power": r"送电|通电|启动|合闸|开机",
    "guardrail": r"^(?!.*[装设]).*拆",
}


def turned(said: str, after: str, tied: Tied, point: Point) -> bool | None:
    """What a clause says without a plain yes or no; ``after`` is the clause that follows it."""
    whole = f"{said},{after}" if after else said
    said, whole = _EITHER_WAY.sub("", said), _EITHER_WAY.sub("", whole)
    for read in (_mocked, _denied_whole, _would_have):
        holds = read(said, whole, tied)
        if holds is not None:
            return holds
    return _state(said, point)


def _mocked(said: str, _: str, tied: Tied) -> bool | None:
    for rule in (_CURSED, _WHAT_OF, _WHO_WOULD):
        m = rule.match(said)
        if m and tied(m["v"]):
            return False
    if m := _ODD.search(said):
        act = m["x"] or m["y"]
        if tied(act):
            return act.startswith(("不", "没"))
    return None


def _denied_whole(said: str, _: str, tied: Tied) -> bool | None:
    if m := _WHO_SAYS.search(said):
        about = m["x"]
        denial = bool(re.search(r"[没不无]", about))
        if tied(about) or re.match(r"没有?$|没有", about):
            return denial
    m = _NOT_ONCE.search(said)
    return False if m and tied(m["v"]) else None


def _would_have(said: str, whole: str, tied: Tied) -> bool | None:
    for rule in (_SWORN, _HAD_IT_BEEN, _ELSE, _NOT_WITHOUT):
        m = rule.search(whole)
        if m and m.start() < len(said) and tied(m["x"]):
            return bool(re.search(r"[没不]", m["x"]))
    return None


def not_even(said: str) -> bool:
    """动都没动过: nothing of it was done."""
    return bool(_NOT_EVEN.search(said))


#: 头一天还好好扣着: before it.
_BEFORE_THAT = re.compile(r"(?:头一?天|前一天|原先|原来|之前|以前|本来|早先)(?:都|还|也)?[^,.]*$")


def _state(said: str, point: Point) -> bool | None:
    said = _BEFORE_THAT.sub("", said)
    for name in sorted(concepts_of(point) & _STATES.keys()):
        contrary = _CONTRARY.get(name)
        if contrary and re.search(contrary, point.text):
            continue
        against, for_it = _STATES[name]
        if re.search(for_it, said):
            return True
        if re.search(against, said):
            return False
    return None

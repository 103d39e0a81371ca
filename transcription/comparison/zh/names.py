"""Names and forms of address in spoken Chinese: 老张, 陈师傅, 王队, 李某, and words for posts.

``address`` finds them in text; who is meant is settled in ``people``. Words that look like an
address and are none (小时, 老板, 施工, 平常班长) are held back here.
"""

from __future__ import annotations

import re

from transcription.comparison.zh.topics import words

#: Family names. Left out: those that are far more often another word in speech (时 向 全 成 安 都).
SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕张孔曹严华金魏陶姜戚谢邹喻苏潘葛范彭郎鲁韦马"
    "苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤"
    "滕殷罗毕郝邬乐于傅皮卞齐康伍余卜顾孟黄穆萧肖尹姚邵汪祁毛狄臧戴宋庞熊纪舒屈项祝董梁杜阮蓝"
    "闵季贾路娄江童颜郭梅盛林钟徐邱丘骆高夏"
    "蔡田樊胡凌霍虞万柯管卢莫房解应丁宣邓郁洪包诸左石崔吉龚程邢裴陆荣翁荀甄曲封芮靳焦牧谷车侯"
    "宓蓬甘厉祖武符刘景詹龙叶幸司黎薄白蒲"
    "邰卓蔺屠蒙池乔阴翟谭劳申冉牛边尚农温庄晏柴瞿阎闫慕连艾鱼容古易廖终耿满匡文寇广阙东欧聂敖"
    "冷辛饶曾沙鞠关查游权付代佟覃冼涂仇岳覃"
)
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|慕容|皇甫|令狐|公孙|东方|夏侯|尉迟"

#: Words for a post that may follow a family name.
_POSTS = (
    "总监|总工程师|总工|总|董事长|董|书记|副?厂长|副?经理|副?主任|主管|大?队长|副队长|副?班长|"
    "组长|工长|工段长|段长|副?科长|副?部长|副?处长|副?局长|副?所长|副?站长|"
    "店长|副?场长|副?矿长|副?校长|院长|村长|镇长|区长|师傅|师父|老师傅|工程师|老板娘|老板|"
    "老大|老师|医生|大夫|护士长|护士|会计|出纳|监理|安全员|技术员|施工员|"
    "质检员|资料员|材料员|库管|保管|调度员|调度|司机|电工|焊工|工头|头儿|队|班|工|头|哥|姐|叔|"
    "姨|嫂|爷|伯|婶|某某|某|主席|秘书|助理|片长|园长|船长|大副|机长|"
    "教练|警官|组|主厨|师长|厨|先生|女士|小姐|大姐|大哥|大爷|大叔|大妈|阿姨|老弟|仔|帮主|领班|"
    "店主|股东|社长|行长|课长|课|线长|拉长|车间主任|仓管|"
    "库管员|保管员|带班|值班长|值长|炉长|机长|台长|井长|区队长"
)
#: What must not stand before a family name for it to be one.
_NOT_BEFORE = {
    line.split()[0]: line.split()[1]
    for line in """
常 平经正通照非日反时
于 由对关在等至属处鉴位出基终
何 任如为几奈
方 对双甲乙地各警校一后前官厂丙东西南北
任 主责前担现信上兼
高 登最提升增身过
马 立人罗骑
周 上下本这那每一两三几四
金 资奖现基押五合
许 也允或兴准
关 有机开相海闸没
单 简清菜名订
林 森
路 道线电公马铁这那管出一
温 高低体气
车 叉吊货汽开火电罐矿行塔卡轿客班
江 长
石 岩
解 了理
管 水钢不主保仓尽油铁气
东 股房
应 反不供相
查 检调巡
白 明
万 一二两三四五六七八九十几
边 旁这那里外上下左右前后
权 授
包 承分面
房 厂库机泵锅
戴 没有不未佩
余 其
程 工流过
司 公上
池 水油
史 历
""".strip().splitlines()
}
#: Never a form of address, whatever the family names.
_NO_ADDRESS = re.compile(
    r"小时|小心|小工|小组|小车|小区|小路|小于|小水|小方|小金|小白|小花|小文|小农|小石|小包|"
    r"小房|小应|小边|小满|小曲|小皮|小解|小管|小雷管|小左|小龙门|"
    r"老板|老婆|老家|老实|老人|老师|老是|老公|老乡|老旧|老东|老白|老房|老管|老路|老车|老毛病|"
    r"老古|老高了|老远|老早|老长|老汉|老头|老娘|老百姓|老大|老手|老员工|老工|老设备|老规|"
    r"施工|包工|金工|农工|水工|车工|高工(?=艺)|车队|连队|连班|满工|管工|边工|查工|路工|沙工|"
    r"劳工|车组|路组|项总|白班|连班|广工|房东|车间主任|应急|"
    r"车头|石头|马头|龙头|边头|高头|方头|毛头|管头|牛头|江头|路头|包头|封头|连头|解工|温工|"
    r"万工|文工|代班|代工|戴工|边哥|高班|甘班|查班|连总|代总|万一|左手|右手"
)
_TITLED = re.compile(rf"(?P<family>{_DOUBLE}|[{SURNAMES}])大?(?P<post>{_POSTS})")
_FAMILIAR = re.compile(
    rf"(?P<how>[老小大阿])(?P<family>{_DOUBLE}|[{SURNAMES}])(?P<post>师傅|师父|工|总|哥|姐|叔|儿)?"
)
#: What may follow 老张 / 小王: never a character that makes another word of it.
_WORD_AFTER = re.compile(r"^(?:[路车][边上里口]|东西|方便|时候|区|组长|孩|伙|心|便|学|型|说|费)")

#: Posts without a name. The case's aliases come first; these fall back on them by their ending.
POSTS = re.compile(
    r"(?:副)?(?:总经理|项目经理|车间主任|生产主任|生产经理|安全经理|安全主管|安全科长|"
    r"安全部长|生产科长|生产部长|设备科长|维修班长|带班班长|值班长|值班长|班组长|"
    r"董事长|厂长|矿长|经理|主任|主管|大队长|队长|班长|组长|工长|段长|科长|部长|处长|所长|"
    r"站长|店长|场长|船长|大副|总监|总工|书记|老板娘|老板|老总|包工头|工头|领班|"
    r"安全员|技术员|施工员|质检员|资料员|材料员|库管员|保管员|仓管员|仓管|库管|调度员|调度|"
    r"值班员|值班人员|值班的|门卫|保安队长|保安|看门的|司机|驾驶员|监护人员|监理|"
    r"带班的|带班|技术负责人|现场负责人|负责人|会计|医生|厨师长|厨师|护士|主厨|法人|信号工|"
    r"指挥员|线长|拉长|车队长|电工班长|师父|师傅)(?!证|室|岗|间|部|职|资格|培训|监护)"
)
#: Posts that are a crowd or an office: somebody, not said who.
VAGUE = re.compile(
    r"领导们?|上头(?=[让叫派安要通说发给催定的压交布下指吩])|"
    r"上面(?=[让叫派安要通说发给催定的有])|上级|"
    r"头头|管事的|当官的|管理人员|公司里?(?=[让叫派安要统组没也给有的就])|"
    r"厂里(?=[让叫派安要统组没也给有的就])|"
    r"单位里?(?=[让叫派安要统组没也给有的就])|项目部(?=[让叫派安要统组没也给有的就])|"
    r"队里(?=[让叫派安要统组没也给有的就])|班里(?=[让叫派安要统组没也给有的就])|"
    r"车间里?(?=[让叫派安要统组没也给])|"
    r"甲方|业主|总包|分包|劳务公司|有人|有个人|别人|旁人|人家甲方|某个人|工友|同事|老乡|徒弟|"
    r"其他人|其他工人|其他同事|外面的人|路过的人|路人|群众|邻居|村民|消防队?的?(?=来|救)"
)
GROUP = re.compile(
    r"(?:我们|咱们|俺们|咱)(?:几|两|俩|三|四|五|六|七|八|九|十)?(?:个)?(?:人|工人|伙计|弟兄|"
    r"兄弟)?(?:全都|大家|大伙|所有人)?|俺们|大家伙儿?|大伙儿?|大家|所有人|全体|全班人?|每个人|"
    r"人人|个个"
)
GROUP_THEY = re.compile(
    r"(?:他们|她们|他俩|她俩|这帮人|那帮人|那几个人?|这几个人?|那些人|这些人|工人们|几个工人|"
    r"那伙人|(?:几|两|三|四|五|六|七|八)个(?:小工|临时工|工人|民工|工友|伙计))(?:俩|(?:几|两|"
    r"三|四|五|六|七|八|九|十)个)?(?:工人|人(?!员))?"
)


#: 一个姓孙的工长
SURNAMED = re.compile(
    rf"(?:一个|那个|有个)?姓(?P<family>[{SURNAMES}])的(?:{_POSTS}|人|工人|同志|男的|女的)?"
)
_GIVEN = re.compile(
    r"阿(?P<a>[\u4e00-\u9fff])|(?<![老大])小(?P<b>[\u4e00-\u9fff])(?!时|心|组|车|工|区)|"
    r"(?P<c>[\u4e00-\u9fff])(?:哥|姐|叔|仔|伯|婶|姨|妹|嫂|子(?![弹弟]))"
)
#: Given names that are everyday words: not taken for a person without the family name.
COMMON = frozenset(
    words(
        "建设 胜利 光明 国庆 平安 和平 解放 永远 向前 前进 文化 团结 海洋"
        " 高峰 安全 保全 长安 东方 天明 黎明 明天 自强 大海 小心 成功 志愿"
        " 国家 中华 春天 工作 作业 设备 现场 班长 队长 师傅 进来 上来 来福"
        " 有才 有福 学习 学文 开明 金山 铁山 石头 大山 青山 长江 泰山"
    )
)


def given_addresses(text: str) -> list[tuple[int, int, str]]:
    """阿勇, 强哥, 小燕: start, end and the character that is of a given name."""
    out = []
    for m in _GIVEN.finditer(text):
        given = m.group("a") or m.group("b") or m.group("c") or ""
        if given not in "大小老二三四五一好车房样管孩个":
            out.append((m.start(), m.end(), given))
    return out


def address(text: str) -> list[tuple[int, int, str, str]]:
    """Forms of address in ``text``: start, end, family name, post (老 and 小 have none)."""
    found: list[tuple[int, int, str, str]] = []
    barred = [m.span() for m in _NO_ADDRESS.finditer(text)]
    for rule in (_FAMILIAR, _TITLED):
        for m in rule.finditer(text):
            start, end = m.span()
            if any(a < end and start < b and a <= start for a, b in barred):
                continue
            family = m.group("family")
            before = text[start - 1] if start else ""
            if rule is _TITLED and before and before in _NOT_BEFORE.get(family, ""):
                continue
            if rule is _FAMILIAR and _WORD_AFTER.match(text[end:]):
                continue
            if rule is _FAMILIAR and before and before in "从太最较缩很多":
                continue
            found.append((start, end, family, m.group("post") or ""))
    return found

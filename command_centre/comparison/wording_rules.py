"""What leading, threatening or otherwise improper wording looks like, and how to ask instead.

Content, not logic: ``wording_check`` applies it. Source: facts of the trade, section 9 (categories and
cues). T threat, I inducement, D deception, Z feeding an answer, L leading, B loaded or several
questions in one, P pressure, H words that have no place in an interview.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CATEGORIES = ("T", "I", "D", "Z", "L", "B", "P", "H")
#: Where the point's own neutral question is a better way to ask than a general one.
ASKS = frozenset("DZLB")


@dataclass(frozen=True)
class Rule:
    """A way of putting things, by what it looks like."""

    id: str
    category: str
    pattern: re.Pattern[str]
    neutral: str
    neutral_en: str


def _rule(name: str, pattern: str, neutral: str, neutral_en: str) -> Rule:
    category, _, _ = name.partition(".")
    return Rule(name, category, re.compile(pattern, re.IGNORECASE), neutral, neutral_en)


_TRUTH = ("请你如实回答刚才的问题。", "Please answer the question truthfully.")
_OPEN = ("请你说说当时的情况。", "Please tell us what happened.")
_OWN = ("关于这件事，你本人知道哪些情况？", "What do you yourself know about this?")
_LAW = (
    "是否处罚由机关依法决定，我们不能承诺。请你如实说明。",
    "Whether there is a penalty is decided by law; we cannot promise. Please state the facts.",
)
_CALM = ("记不清的可以说记不清。请继续说明。", "You may say that you do not remember. Please go on.")
_PLAIN = ("请你如实说明有关情况。", "Please state the facts truthfully.")
_ONE = ("请一次问一件事。", "Please ask one thing at a time.")
_WHETHER = (
    "当时的情况是怎样的？（先问有没有，再问谁、何时）",
    "What happened? (first whether, then who and when)",
)

_SOMEBODY = r"(?:别人|其他人|他们|大家|同事|工友|[\u4e00-\u9fff]某(?:某)?|[\u4e00-\u9fff]{1,3}(?:班长|主任|总|师傅))"
_DEED = r"(?:违章|违规|关掉|关闭|关的|关了|拔掉|拔的|删掉|删除|逃|跑掉|跑了|隐瞒|瞒报|撒谎|破坏|篡改|销毁|伪造|不报)"
_NUMBER = r"[0-9０-９一二两三四五六七八九十百]"

RULES: tuple[Rule, ...] = (
    _rule("T.leave", r"别想(?:走|回)|不(?:许|准|让)你?走|走不了", *_TRUTH),
    _rule("T.police", r"(?:再不|不配合|不说|把你|让你).{0,12}(?:移送|送|交).{0,4}(?:公安|派出所|警察)", *_TRUTH),
    _rule("T.family", r"(?:家里人|家人|老婆|孩子|父母).{0,8}(?:跟着|受影响|受牵连|倒霉)", "我们只了解你本人知道的情况。", "We only ask what you yourself know."),
    _rule("T.plant", r"信不信|(?:让|叫)你们?.{0,4}(?:停产|关门|倒闭)|罚(?:到|死)|倒闭", "检查中发现的问题会依法处理。请说明当时的情况。", "What was found is dealt with by law. Please state what happened."),
    _rule("T.resist", r"对抗调查|抗拒(?:调查|从严)|后果自负", "你可以核对、更正；不签字的，我们会注明原因。", "You may check and correct it; if you do not sign, the reason is noted."),
    _rule("T.anger", r"别逼我|发火|不客气|收拾你|给你好看|有你好受", "我把问题再问一遍。", "Let me ask the question again."),
    _rule("T.prison", r"坐牢|判刑|蹲监狱|进监狱|抓你|拘留你", "是否承担责任由有权机关依法认定。请回答你看到了什么。", "Responsibility is decided by the competent body. Please say what you saw."),
    _rule("T.otherwise", r"(?:再不|不|要是不)(?:说|讲|交代|配合|承认|认|签字?)(?:实话|清楚)?.{0,4}(?:就|别怪|可就)", *_TRUTH),
    _rule("I.promise", r"保证(?:不|没)|保你|不(?:罚|处罚|追究)你|没你(?:的|什么)事|放你(?:走|一马)", *_LAW),
    _rule("I.lighter", r"按轻的|从轻(?:算|处理)你|(?:承认|说|认)了就.{0,6}(?:轻|没事|算了|好办)|给你(?:算)?轻", "主动消除危害后果等情节法律有规定，你可以如实说明。", "The law says what counts in favour; please state the facts."),
    _rule("I.reward", r"算你(?:立功|自首|表现)|立功|给你.{0,4}(?:奖金|好处)", "举报奖励有专门办法，与本次询问无关。", "Rewards have their own rules and no part in this interview."),
    _rule("I.over", r"就(?:算)?过去了|早说早|说(?:完|了)(?:就)?(?:能|可以)?(?:回家|走|放)", "询问时间会记入笔录。请继续。", "The time is noted in the record. Please go on."),
    _rule("D.confessed", r"(?:都|已经|全)(?:全|都|已经)*(?:招|交代|承认|认)了", "（不提他人陈述）这件事当时是怎样的？", "(without mentioning others) What happened?"),
    _rule("D.evidence", r"(?:监控|录像|证据).{0,6}(?:都)?(?:拿到|掌握|有)了.{0,6}(?:还不|不认|别)|(?:我们)?(?:都|早就|已经)(?:知道|掌握|查清)了.{0,8}(?:还不|不认|别|你就)", "现在出示证据，请你看清后说明。", "Evidence is now shown; please look at it and explain."),
    _rule("D.unrecorded", r"不(?:记录|录音|录像|记下来)|随便聊|私下(?:说|聊)", "本次询问全程录音录像并制作笔录。", "This interview is recorded and written down throughout."),
    _rule("D.formality", r"走(?:个|一下)?(?:形式|过场)|只是(?:个)?(?:形式|手续)", "笔录是证据，请逐页核对无误后再签。", "The record is evidence; check each page before you sign."),
    _rule("D.others", _SOMEBODY + r"(?:都)?(?:说|讲|指认|交代|承认)了?(?:是|就是)?你", *_OWN),
    _rule("Z.name", r"是(?!谁|怎么|如何|哪|什么|不是|否)[^，。？?]{1,6}(?:派|让|叫|安排|指派|指使|要求)(?:你|他|她|的)", "你是怎么去到作业地点的？由谁安排？", "How did you come to be there, and who arranged it?"),
    _rule("Z.dictate", r"你就(?:写|说|签|按)|就(?:这么|这样)(?:写|说)", "请用你自己的话说。", "Please use your own words."),
    _rule("Z.number", r"(?:应该是|是不是|就是)[^，。？?]{0,3}" + _NUMBER, "当时是多少？", "How many, or how much, was it?"),
    _rule("Z.think", r"(?:应该是|就是)[^。？?]{1,14}(?:再想想|对吧|是吧|是不是)", *_OPEN),
    _rule("Z.picture", r"(?:照片|图|录像).{0,8}就是(?:他|她|[\u4e00-\u9fff]某)", "请从这些照片中辨认，有没有你说的人？", "Please say whether the person you mean is among these pictures."),
    _rule("Z.others", _SOMEBODY + r"都?说.{1,14}(?:你|吧|是吗)", *_OWN),
    _rule("Z.agree", r"(?:跟|和|与).{1,5}(?:一致|对上|一样)(?:就行|就好|就可以|才行)", "你记得的是怎样的？怎么记得的？", "What do you remember, and how?"),
    _rule("L.sure", r"肯定(?!要|会|时)|一定是|明明|显然|难道|毫无疑问", *_OPEN),
    _rule("L.tag", r"(?:对吧|是吧|对不对|是这样吗|不是吗|没错吧|是不是)[？?。！!\s]*$", *_OPEN),
    _rule("L.was", r"是不是(?:早就|已经|又|根本|故意|因为|害怕|怕|不敢|没|不|让|想)", *_OPEN),
    _rule("L.not", r"(?:没|不)[^，。？?]{1,14}吧[？?\s]*$", *_OPEN),
    _rule("L.feeling", r"你(?:当时)?(?:很|是|心里)?(?:害怕|心虚|紧张|慌).{0,8}(?:所以|才)", "当时你是怎么想的、怎么做的？", "What did you think and do at the time?"),
    _rule("B.why", r"为(?:什么|啥|何)[^，。？?]{0,8}" + _DEED, *_WHETHER),
    _rule("B.again", r"又一次|再次违|老是|总是违", "当时的作业是怎么做的？", "How was the work done?"),
    _rule("B.when", r"(?:几点|什么时候|怎么|用什么|为何)[^，。？?]{0,4}" + _DEED, *_WHETHER),
    _rule("B.arranged", r"(?:商量|串|对)好.{0,6}(?:口径|说法|词)|统一口径", "事后你和谁谈过这件事？谈了什么？", "With whom did you speak about it afterwards, and about what?"),
    _rule("P.insult", r"这么笨|真笨|蠢|傻(?!眼)|废物|记不住|没一句真话|满口|嘴硬|装(?:什么|糊涂|傻|蒜)", *_CALM),
    _rule("P.liar", r"撒谎|说谎|谎话|骗(?:人|我们)", "这一点与记录不一致，请你说明。", "This differs from the record; please explain."),
    _rule("P.group", r"外地来|乡下人|打工的还|大男人|大老爷们|哭什么", "需要的话休息几分钟再继续。", "Take a few minutes if you need them."),
    _rule("H.confess", r"老实(?:交代|点)|坦白|招供|从实招|供出|交代(?:你的)?问题", *_PLAIN),
    _rule("H.words", r"审讯|提审|嫌疑人|犯罪分子|口供|坐好", "询问现在开始，请坐。", "The interview begins now; please sit down."),
    # --- English
    _rule("T.en", r"\b(?:or else|you(?:'ll| will) (?:go to (?:jail|prison)|lose your job|regret)|not leaving until|call the police on you)\b", *_TRUTH),
    _rule("I.en", r"\b(?:i promise|we(?:'ll| will) go easy|if you (?:admit|confess)|you can go home (?:if|once|when)|off the hook)\b", *_LAW),
    _rule("D.en", r"\b(?:off the record|just a formality|(?:has|have|already) (?:confessed|told us everything)|we already (?:know|have the))\b", *_OWN),
    _rule("Z.en", r"\b(?:just (?:say|write|sign)|everyone (?:else )?says|they all say|the same as the others)\b", *_OWN),
    _rule("L.en", r"\b(?:is(?:n't| not) (?:it|that)|did(?:n't| not) you|were(?:n't| not) you|surely|obviously|you must have|correct|right)\s*\?|\b(?:surely|obviously|you must have)\b", *_OPEN),
    _rule("B.en", r"\bwhy did you[^?.]{0,20}\b(?:again|hide|lie|switch off|turn off|disable|run away|conceal)\b", *_WHETHER),
    _rule("P.en", r"\b(?:stupid|liar|lying|idiot|stop crying|how can you not remember)\b", *_CALM),
    _rule("H.en", r"\b(?:interrogation|suspect|confess|come clean)\b", *_PLAIN),
)  # fmt: skip

#: Question words; three in one sentence ask too much at once.
QUESTION_WORDS = re.compile(
    r"有没有|是不是|为什么|什么时候|什么|多少|怎么|如何|哪|谁|几(?=[点个人次时])|吗|([\u4e00-\u9fff])[没不]\1"
)
QUESTION_WORDS_EN = re.compile(r"\b(?:who|whom|what|when|where|why|how|which)\b", re.IGNORECASE)
SEVERAL = Rule("B.several", "B", QUESTION_WORDS, *_ONE)
SEVERAL_FROM = 3

#: Nothing of these is a hint: reading aloud, and the statutory notice of duties and consequences.
READING = re.compile(r"宣读|现在(?:念|读)|笔录(?:里|上)?记载")
NOTICE = re.compile(
    r"有如实回答[^，。；]*|提供虚假情况[^，。；]*|(?:应当|要|须)?承担(?:相应)?法律责任|依法(?:给予|追究)[^，。；]*"
)
#: The person's own words, in quotation marks or after 你刚才说, are quoted and not suggested.
QUOTED = re.compile(
    r"[“\"「『‘][^”\"」』’]*[”\"」』’]|你(?:刚才|前面|之前|刚刚|上次)(?:说|讲|提到)(?:的|过)?[^，。；？?]*"
)

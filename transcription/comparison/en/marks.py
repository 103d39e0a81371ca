"""Words by which spoken English marks how something is meant. Patterns over lower-case words."""

from __future__ import annotations

import re

HEDGE = re.compile(
    r"\b(?:i think|i believe|i guess|i suppose|i reckon|i imagine|i assume|i gather|"
    r"i understand|maybe|perhaps|probably|possibly|"
    r"might|may (?:have|be|well)|could(?:'ve| have) been|likely|presumably|apparently|"
    r"supposedly|seems?|seemed|as far as i know|"
    r"if i remember|if memory|from memory|"
    r"i(?:'d| 'd)? heard(?! it(?: \w+)? (?:at|just|around|about|go)\b| (?:\w+ ){1,3}?(?:shout|say|"
    r"tell|yell|call|scream|order|give|bark|"
    r"bellow)"
    r"(?:ing)?\b)|was told that|people say|they say|"
    r"someone said|rumou?r|not (?:a hundred|100|entirely|totally|quite|too) "
    r"(?:percent )?(?:sure|certain)|not sure|can't be sure|couldn't swear|wouldn't swear|"
    r"don't quote me|don't write that|i want to say|more or less certain|"
    r"must have been (?!at|about|around)|or something|what i (?:was told|heard|gather)|"
    r"to (?:my knowledge|the best of my)|i(?:'d| would) say|i dare ?say|i expect|i fancy|"
    r"as i understand|could be wrong|i may be wrong|i(?:'d| would) have thought|"
    r"as far as i'm aware|"
    r"if you ask me|so i(?:'m| am) told|i'm told|so i hear|by all accounts|must be (?!fair|honest)|"
    r"must've been|could only have been|(?:has|had) to (?:be|have been)|from what i (?:hear|"
    r"gather|saw))\b"
)
UNKNOWN = re.compile(
    r"\b(?:(?:don't|do not|didn't|did not|wouldn't|cannot|can't|couldn't|"
    r"could not) (?:really |rightly |honestly |exactly )?"
    r"(?:know|remember|recall|say|tell you|tell|see|notice|hear|look|count|check|follow|swear|"
    r"pay (?:any )?attention)|no idea|not a clue|no clue|"
    r"haven't a clue|haven't the foggiest|i forget|forgotten|can't remember|wasn't there|"
    r"wasn't looking|wasn't present|never saw|never noticed|"
    r"(?:have to|better|want to|should|could) ask|ask (?:him|her|them|the)|not my (?:job|"
    r"department|business|place|area)|who knows|hard to say|"
    r"couldn't say|beats me|not that i (?:know|saw)|how (?:would|should) i know|"
    r"i'd have to (?:check|look)|would have to (?:check|look)|"
    r"nothing to do with me|no comment|rather not say|not my line|don't deal with|unable to say)\b"
)
#: Somebody said there was one, I have not seen it; I came when it was over.
NOT_SEEN = re.compile(
    r"\b(?:told me|said|says|heard|they say|supposed|so i'm told)\b.*\b(?:have not|haven't|did not|"
    r"didn't|never|not|can't|cannot) (?:seen?|saw|confirm|laid eyes|clapped eyes|check|checked)\b|"
    r"\b(?:only )?(?:got|came|turned up|arrived|get) (?:there|in|on|up|back|down) (?:when|after) "
    r"(?:it|everything|that|all) (?:was|had)\b"
)
#: Said after the answer, it makes the whole of it a guess.
DOUBT_AFTER = re.compile(
    r"\b(?:have to check|(?:wasn't|was not) (?:watching|looking|counting|there|paying)|"
    r"(?:couldn't|wouldn't|can't|cannot|could not|would not) (?:swear|be sure|be certain|say for)|"
    r"don't (?:quote|hold) me|not (?:sure|certain|positive)|(?:might|may|could) be wrong|"
    r"don't take my word|only guessing|just guessing|that's a guess|at a guess)\b"
)
OWN_ACCORD = re.compile(
    r"\b(?:(?:on|off|of) (?:his|her|their|my|our|your|the lad's) own(?: accord| initiative|"
    r" bat| back| decision| idea)?|"
    r"(?:his|her|their|my|our) own (?:idea|decision|choice|doing|initiative|accord)|"
    r"took (?:it|that|this|the job) (?:on|upon) (?:himself|herself|themselves|myself|"
    r"ourselves|themself)|took (?:himself|herself|themselves) off|"
    r"without (?:being (?:told|asked|sent)|anyone (?:telling|asking|knowing)|"
    r"anybody (?:telling|asking)|permission|orders?|authori[sz]ation|asking|instructions?|"
    r"any instruction|telling)|"
    r"(?:went|did it|go|gone|going|started|decided|acted|up there|in there|down there|off|it|"
    r"out) (?:all )?(?:by|for) (?:himself|herself|themselves|myself|ourselves)|"
    r"(?:decided|volunteered|chose) (?:it )?(?:himself|herself|themselves|myself|ourselves|"
    r"to)|(?:just|simply) (?:went|upped|got up|started|took|walked|climbed|jumped|did it)|"
    r"went ahead (?:anyway|regardless|himself|by)|off (?:his|their|my) own bat|"
    r"helped (?:himself|themselves)|"
    r"(?:wasn't|weren't|was not|were not) (?:told|sent|asked|ordered|instructed) (?:to|"
    r"by anyone|by anybody)?|of his own free will|thought (?:he|i|we|they)'d)\b"
)
USUAL = re.compile(
    r"\b(?:normally|usually|generally|as a rule|every (?:day|shift|morning|time|week)|"
    r"all day(?: long)?|all the time|day in|most days|on a normal day|in general|typically)\b"
)
PLANNED = re.compile(
    r"\b(?:supposed to|meant to|should have|should've|should of|ought to have|planned|was due|"
    r"were due|due to|scheduled|"
    r"the plan (?:was|said)|permit said|permit says)\b"
)
YES = re.compile(
    r"^(?!(?:i|he|she|we|they) (?:was|were) (?:in|at|off|over|up|out|away|having|asleep|by|"
    r"with|on)\b)"
    r"(?:(?:i|we|he|she|they|it|there|you) (?:did|was|were|had|do|does|is|are)(?: indeed)?$|"
    r"yes|yeah|yep|aye|sure|of course|course|certainly|right|that's (?:right|correct|true|so|it)|"
    r"that is (?:right|correct|true|so)|true|exactly|indeed|too right|spot on|affirmative|uh huh|"
    r"naturally|obviously|you bet|needless to say|goes without saying|without (?:a )?doubt|"
    r"all of (?:them|us)|every (?:one|man|last one)|both of (?:them|us)|everybody did|everyone did|"
    r"mm hm|that (?:i|we|he|she|they) did|i'm afraid so|correct|i did|"
    r"we did|i was|he did|he was|she did|they did|they were|it was|there was|i do|absolutely|"
    r"definitely)\b(?! ?(?:not|n't|no)\b)"
)
NO = re.compile(
    r"^(?:i|we|he|she|they|it|there) (?:most |quite )?(?:certainly|definitely|absolutely|really) "
    r"(?:did|was|were|had|do) ?(?:not|n't)|"
    r"^(?:(?:i|we|he|she|they|it|there|you) (?:did|was|were|had|do|does|is|are|have|"
    r"has)(?: not|n't)\b|no|nope|nah|never|not at all|certainly not|of course not|i did not|"
    r"(?:it |that |he |she |they )?(?:can't|cannot|couldn't) have(?: been| done)?|"
    r"i didn't|i never|we didn't|not me|i wasn't|absolutely not|definitely not|no way|far from it|"
    r"not likely|nothing of the (?:kind|sort)|hardly|rubbish|nonsense|(?:i'm )?afraid not|"
    r"that's (?:not (?:true|right|so)|a lie|wrong|rubbish|nonsense)|that is (?:simply |just |"
    r"plainly )?"
    r"(?:not (?:true|right|so)|untrue|false|a lie)|i said nothing|not on your life|negative|"
    r"not in a million years|out of the question|i (?:'d|would) never|i ?'d never|"
    r"i most certainly did not)\b"
)
NEGATIVE_QUESTION = re.compile(
    r"^(?:so )?(?:(?:there was|you had|he had|they had) (?:no|never)|(?:you|he|they|it|"
    r"she) (?:didn't|wasn't|weren't|never|hadn't|did not|was not)|(?:no|nobody|no one)\b)"
)

#: Words before the answer proper: to be candid, there was none.
LEAD_IN = re.compile(
    r"^(?:(?:to be (?:candid|frank|honest|fair|straight|clear|precise)|in all honesty|frankly|"
    r"honestly|all right|alright|ok|okay|well|look|listen|er|um|oh|now|if you must know|"
    r"i(?:'ll| will) be (?:honest|straight|frank)(?: with you)?|i have to admit|i admit)\b[ ,]*)+"
)
#: A yes turned round: did I heck, like hell he was, was he hell.
SCORN = re.compile(
    r"^(?:(?:did|was|were|had|have) (?:i|we|he|she|they|it|there) (?:heck|hell|"
    r"(?:buggery|bollocks|thunder)|'?eck)|(?:like|the) (?:hell|heck) (?:i|we|he|she|they|it|there|"
    r"you)\b|my (?:foot|eye)|some hope|no chance)\b"
)
NONE = re.compile(
    r"^(?:there (?:was|were) (?:none|no such|nothing)|(?:we|i|he|they) had none|"
    r"none|not (?:by|from) (?:anyone|anybody))\b"
)
#: A thing to wear that was somewhere else.
UNWORN = re.compile(
    r"^(?:it|they|mine|his|hers|that) (?:was|were)(?: still| just| all day)? (?:hanging|hung|lying|"
    r"sat|sitting|left|locked|packed)\b"
)
STILL_ON = re.compile(r"\bstill (?:turning|running|live|going|spinning|moving|on)\b")
FUSES = re.compile(
    r"^i (?:pulled|took out|drew|threw|knocked off|locked) (?:out |off )?the "
    r"(?:fuses?|breakers?|isolator|main switch|plug)\b"
)
#: Without the thing: a yes to it says that there was none.
WITHOUT = re.compile(
    r"^(?:and |so |but )?(?:you|he|she|they|it|was it|the \w+|your \w+)\b.*\bwithout\b"
)
#: I did, to "so you didn't?": it was so.
SAID_BACK = re.compile(
    r"^(?:but |oh )?(?:i|we|he|she|they|it|there) (?:did|was|were|had|do|have|has)\b"
)
#: He most certainly did not: of what was done without, it was done with.
DENIED_FLATLY = re.compile(
    r"^(?:i|we|he|she|they|it) (?:most |quite )?(?:certainly |definitely |absolutely )?(?:did|was|"
    r"were|"
    r"had|do)(?: not|n't)\b|^that(?:'s| is) (?:simply |just )?(?:not true|a lie|wrong|false|"
    r"untrue)|"
    r"^(?:certainly|absolutely|definitely) not\b|^nothing of the\b"
)
GENERAL = re.compile(r"\b(?:is|are|am|gets?|does|do)\b(?! not)")

#: Topics of a point: what questions and answers about them are about.
TOPICS: dict[str, re.Pattern[str]] = {
    "permit": re.compile(
        r"\b(?:permits?|tickets?|paperwork|authori[sz]ation|sign(?:ed)? off|lock ?-?out|"
        r"permission slip|work order|approval|forms?|clearance|certificate)\b"
    ),
    "training": re.compile(
        r"\b(?:train(?:ed|ing)?|brief(?:ed|ing)?|induction|course|taught|teach|toolbox|"
        r"lessons?|instruction session|safety talk|shown how|talk(?:ed)? (?:you|us|"
        r"them) through)\b"
    ),
    "ppe": re.compile(
        r"\b(?:harness(?:es)?|tied on|clipped on|hooked on|strapped|kitted|full (?:gear|kit)|"
        r"helmets?|hard ?-?hats?|hats?|masks?|respirators?|shields?|gloves?|"
        r"goggles|visors?|clipped|wear(?:ing)?|wore|worn|vests?|aprons?|boots|protective|ppe|"
        r"lifelines?|roped|on (?:a )?(?:rope|line)s?|life ?jackets?|breathing (?:gear|apparatus|"
        r"set)|lanyards?|belts? on|"
        r"glasses)\b"
    ),
    "gas_test": re.compile(
        r"\b(?:gas(?:es)?|oxygen|detectors?|air (?:test|quality|checked)|readings?|sniff|"
        r"atmosphere|test(?:ed|ing)?|meter)\b"
    ),
    "power_off": re.compile(
        r"\b(?:power|isolat\w*|breakers?|switched off|locked|switch|electricity|live|mains|"
        r"de-?energi\w*|tagged|turned off|shut down)\b"
    ),
    "supervise": re.compile(
        r"\b(?:supervis\w*|watch\w*|stand(?:ing)? ?by|standby|stood (?:by|watch|guard)|"
        r"lookout|keeping an eye|keep an eye|minding|overs(?:ee|aw|eeing)\w*|attendant|"
        r"guard\w*|looking after|monitor\w*|banksman)\b"
    ),
    "report": re.compile(
        r"\b(?:ambulance|alarm|emergency|calls?\b|call(?:ed)? (?:for )?(?:help|it in|120|119|"
        r"110|the)|"
        r"rang|ring|phone[d]?|dial\w*|report(?:ed)?|raised|for help|119|120|110|"
        r"made the call)\b"
    ),
    "ventilate": re.compile(
        r"\b(?:ventilat\w*|fans?|blowers?|air(?:ed)? (?:it )?out|extract\w*)\b"
    ),
}
IDLE = re.compile(
    r"\b(?:how long (?:have|had) you|how old|kids?|children|wife|husband|family|wages?|paid|"
    r"salary|where (?:are you|do you) (?:from|live)|live|lived|born|"
    r"what do you do|lunch|eat|ate|dinner|weather|customers?|clients?|(?:your|his|her) (?:job|"
    r"position|role|"
    r"title|age|name|phone number)|"
    r"married|school|hobby|town|contract|insurance|hospital bill|licen[cs]e|qualification|"
    r"certificate for)\b"
)

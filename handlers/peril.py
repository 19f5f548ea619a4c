"""Danger from people and to people: somebody comes at once and 110 or 120 is named; what is over gets a calm line.

Pure. Words that only speak of such things (建议加装监控, 猫打架, 上次, 谁负责) are left alone.
"""

from __future__ import annotations

import re

LIFE, SELF, DROWNING, CRIME, HURT, SILENT = PEOPLE = ("life", "self", "drowning", "crime", "hurt", "silent")

_NOW: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        LIFE,
        "有人轻生",
        re.compile(
            "(?:有人|[他她]|孩子|小孩|老[婆公人]|室友|邻居|[女儿]儿?子?|朋友|同学|男的|女的|姑娘|小伙)[^,，。]{0,8}"
            "(?:跳楼|轻生|自杀|割腕|上吊|寻短见|服毒)(?!机|价|甩)"
            "|(?:吃|吞|喝)(?:了|下)[^,，。]{0,6}(?:安眠药|农药|老鼠药)"
            "|(?:站|坐|爬)(?:在|到|上)[^,，。]{0,6}(?:楼顶|天台|窗台|窗外|栏杆)[^。]{0,8}(?:[要想]跳|往下跳|不下来)"
        ),
    ),
    (
        SELF,
        "有人轻生",
        re.compile(
            "(?<![得再])(?:我|^|[,，。])(?:真的?|实在|已经|就是|也|都|是)*(?:不想活|活不下去|想自杀|要自杀|想轻生|想去死|想跳楼|割腕)"
        ),
    ),
    (
        DROWNING,
        "有人落水",
        re.compile(
            "溺水|跳(?:河|湖|江)(?!滩)|(?:有人|人|孩子|小孩|老人|娃|[他她])[^,，。手机钥匙包表镜]{0,4}(?:落水|掉(?:进|到|下|在)?[^,，。]{0,6}(?:河|湖|池|水里|江))"
        ),
    ),
    (
        CRIME,
        "有人行凶或闯入",
        re.compile(
            "撬(?:着|我|咱|他|她|隔壁|邻居|对门|家|开)*的?(?:大?门|锁|窗|车库|保险)|(?<![猫狗鸟鼠虫蛇])(?:闯|翻|爬|溜|冲|摸)(?:进|入)[^,，。]{0,6}(?:家|屋|房|院|阳台|窗)"
            "|入室|(?:持|拿|举|提|挥|掏)(?:着|出|了)?(?:一?把)?(?:菜|水果|砍)?刀|砍人|动(?:了)?刀|捅(?:人|伤|了)|抢劫|(?<!孩子)抢(?:了)?我的?(?:包|手机|钱)|打起来"
            "|(?:小偷|贼|歹徒)(?:正|现在|还)?在|(?:抓|有|进来?)(?:了)?(?:个|一个)?(?:小偷|贼)(?:了|啊|[!！]|$)"
            "|(?:陌生人?|不认识的?人?|醉汉|男的?|有人)[^。]{0,10}(?:敲|砸|踹|撞|堵|拍|拧)(?:着|在)?(?:我|我家|家|咱家)*的?(?:大|房|家)*门"
            "|(?:跟踪|尾随)(?:着)?我"
            "|(?:拿|举|提|挥)(?:着|出)?(?:一?把)?(?:匕首|斧头?)|打(?:架|人|起来)[^。]{0,6}(?:拿|抄)[^,，。]{0,3}[刀棍斧]"
            "|(?:有人|男的?|几个人|[他她])[^,，。]{0,6}(?:拿|抄|提)(?:着|起)[^,，。]{0,3}[棍斧]"
        ),
    ),
    (
        HURT,
        "有人受伤或昏倒",
        re.compile(
            "晕(?:倒|过去)|昏(?:倒|迷|过去)|不省人事|叫不醒|没有?(?:呼吸|意识|知觉)|心脏病(?:发|犯)|心梗|中风|抽搐|口吐白沫|血流不止|大出血"
            "|流(?:了)?(?:好多|很多|一地)血|(?:摔|撞|砸|烫|烧|打|轧|压)(?:倒|伤|断|了|到)*[^。]{0,10}(?:起不来|动不了|骨折|站不起来|不动了)"
            "|突然(?:倒地|倒下|说不出话)|(?:倒|躺)在[^,，。]{0,6}(?:叫不|没反应|不动)"
            "|(?:人|孩子|小孩|老人|娃)[^,，。]{0,4}掉(?:进|到|下|在)?[^,，。]{0,6}(?:井|池|水|坑|楼)"
        ),
    ),
    (
        SILENT,
        "家里人联系不上",
        re.compile(
            "(?:老人|老妈|老爸|妈|爸|爹|娘|母亲|父亲|奶奶|爷爷|外婆|外公|姥姥|姥爷|独居|一个人在?家|一个人住)(?:(?!你们|物业|前台|师傅|客服|管家)[^。]){0,24}"
            "(?:没人(?:接|应|开)|不接(?:电话|手机)?|联系不上|敲门?(?:也)?(?:没反应|不应|不开|没人)|没(?:有)?(?:反应|回应|动静)|打不通)"
        ),
    ),
)
_DONE: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "bite",
        re.compile(
            "(?:[狗犬猫蛇鼠蜂]|宠物)[^。]{0,8}(?:咬|抓|挠|蜇)(?:伤|破|出血|流血|了|到)*(?:我|人|孩子|小孩|老人|娃|手|腿|脚|脸|一口|$|[,，。!！])"
            "|被[^,，。]{0,6}[狗犬猫蛇鼠蜂][^,，。]{0,3}(?:咬|抓|挠|蜇)|[狗犬猫蛇][^,，。]{0,4}把[^,，。]{1,6}(?:咬|抓)(?:伤|了|破)"
        ),
    ),
    (
        "theft",
        re.compile(
            "(?:被|遭|让)(?:人|小偷|贼)?(?:给)?(?:偷|盗|撬|抢)(?![电水拍看窥听懒倒])|进(?:了|过)?(?:小偷|贼)|遭贼|遭窃|失窃|偷走了?|偷了我"
        ),
    ),
    ("violence", re.compile("打(?:架|人|伤|了我|我|骂)|动手打|被[^,，。]{0,4}打(?:了|伤|$)|家暴|殴打|威胁要?|恐吓")),
    (
        "wound",
        re.compile("流血|出血|骨折|(?:摔|撞|砸|夹|划|烫|割|扎|绊|烧|电)(?:倒|破|断)?(?:了)?伤|摔(?:倒|了一?跤)|缝针"),
    ),
)
_SAID_IN_ANGER = re.compile("再不|再这样|不然|否则|要不|吵|热|蚊|涨价|物业费|停[水电]|漏")
"""Beside it, who does not want to live any more is angry at something else."""
_TALKED_OF = re.compile("听说|新闻|电视|电影|小说|游戏|演习|演练|预防|防止|如果|万一|谁负责|责任|赔|讲座|建议")
_LONG_AGO = re.compile("昨|前天|前几|前些|上(?:次|周|个?月|回)|去年|以前|之前|经常|总是|老是|每天|天天")
_SPOKEN_OF = re.compile(
    "建议|希望|加装|预防|防盗|防止|以防|避免|小心|注意|听说|新闻|电视|小说|游戏|演习|如果|万一|要是|会不会|怕(?:被|有|进)|吗[?？]?$|算不算|谁负责|责任|赔"
    "|差点|险些|车[^,，。]{0,6}(?:划|刮|擦|蹭)|^我?晕倒?[,，!！]|瓶盖|没有?(?:被偷|受伤)|不会|[猫鸟狗]打架|打架的|打折|打人工|快递|外卖|包裹|买的|没.{0,2}流血"
)
_OVER = re.compile(
    "昨|前天|前几|前些|上(?:次|周|个?月|回)|去年|以前|之前|今早|早上|夜里|经常|总是|老是|每天|天天|好几?次|多次|过了?$|发现"
)
_SILENCED = {
    LIFE: (_TALKED_OF, _LONG_AGO),
    SELF: (_TALKED_OF, _SAID_IN_ANGER),
    DROWNING: (_TALKED_OF, _LONG_AGO),
    CRIME: (_SPOKEN_OF, _OVER),
}
"""Words beside which a danger is only spoken of. Few for a life: who sees no hope (希望) any more is heard."""
LONGEST = 120


def now(text: str) -> str | None:
    """The danger that goes on while they write, one of ``PEOPLE``; None for none."""
    found = _going_on(text)
    return found[0] if found else None


def reason(text: str) -> str | None:
    """What staff read as the reason of the urgency; None where nothing is."""
    found = _going_on(text)
    return found[1] if found else None


def _going_on(text: str) -> tuple[str, str] | None:
    if len(text) > LONGEST:
        return None
    for name, why, pattern in _NOW:
        if pattern.search(text) and not any(words.search(text) for words in _SILENCED.get(name, (_SPOKEN_OF,))):
            return name, why
    return None


def advice(text: str) -> str | None:
    """Which calm line goes with the receipt of something that has happened: the name of a text, or None."""
    if _SPOKEN_OF.search(text):
        return None
    return next((f"advice.{name}" for name, pattern in _DONE if pattern.search(text)), None)

"""Short answers in a dialogue: a number, yes or no, fixed or not, how satisfied, skip, who and where.

Each reader says None (or False) when the text is not that kind of answer, so that the dialogue can look further.
"""

from __future__ import annotations

import re

from nlp.numerals import HAN, number
from nlp.plain import flatten
from nlp.rooms import find_room, read_room
from nlp.wishes import read_wish

__all__ = [
    "read_choice",
    "read_fixed",
    "read_name",
    "read_phone",
    "read_room",
    "read_satisfaction",
    "read_skip",
    "read_wish",
    "read_yes_no",
]

_EDGE = " \n,.。!?~、;:'\"()[]吧呢啊呀哦了的"
_CHOICE = re.compile(
    rf"(?:我?(?:选择?|要|就|回复?|按|是|点)\s*)?(?:第\s*)?(?P<n>\d{{1,2}}|[{HAN}]{{1,3}})\s*"
    r"(?:\ufe0f?\u20e3|[号.、)]|个|项|条|种|样|家|户|套|选项)*\s*(?:房子|房间|地址|那个|这个|吧|好|谢谢)?"
)
_LAST = re.compile(r"(?:选|要|就)?\s*最后(?:那|这)?一?[个项条]?")

_YES_WORD = (
    "是|是的|是啊|是呀|是滴|对|对的|对啊|对呀|对头|没错|不错|嗯|嗯嗯|恩|恩恩|嗯呢|唔|好|好的|好啊|好呀|好嘞|好哒|好滴|好吧|行|行的|行啊|行吧|"
    "可以|可以的|可|成|中|要|要的|需要|确认|确定|同意|愿意|没问题|没有问题|没意见|当然|必须|必须的|方便|有|有的|能|能的|会|会的|在|在的|"
    "ok|okay|okk|yes|y|yep|1|收到|明白|就这样|就这么办|麻烦了|拜托了|取消吧|那好|也行|都行|都可以|得|得嘞|妥|妥了|安排|赶紧的|来吧"
)
_NO_WORD = (
    "不|不是|不是的|不对|不行|不可以|不可|不要|不用|不用了|不必|不需要|不同意|不愿意|不了|不确定|没|没有|没有的|没有啊|否|别|别了|免了|算了|错|错了|"
    "no|n|nope|不方便|不能|不会|不在|没空|没时间|先不|先不用|暂时不|暂不|还是不|不取消|不改|拒绝|才不|并不|不成|不好|不太好|不太方便|不太行"
)
_YES = frozenset(_YES_WORD.split("|"))
_NO = frozenset(_NO_WORD.split("|"))
_NO_START = re.compile(
    "(?:还是|先|暂时|算了|我|那|就|真的)*(?:不(?!错|好意思|客气|过|然|管|知道|清楚|懂|介意|麻烦)|没(?!问题|关系|错|意见|事)|别|甭|无需|否|算了|no)"
)
_YES_START = re.compile(
    "(?:那|就|嗯+|我|哦+|噢)*,?(?:是的|对[的啊,]|好[的啊呀吧嘞,]|可以|行[的啊,]|没问题|没有问题|没错|没意见|同意|确认|确定|需要|要(?!不|是)|嗯|当然|ok|yes|方便|不介意)"
)

_FIXED_NOT = re.compile(
    "没有?(?:有)?(?:完全|彻底)?(?:好|修|弄好|解决|处理|人来|来|恢复|搞定|动静|用|效果|变化|通|亮)|未(?:修|解决|处理|好)"
    "|不(?:行|亮|通|灵|好使|好用|能用|管用|制冷|热|出水|转|响)|还(?:是|在|有|会|没|老|那样|那么)?[^,。]{0,3}(?:漏|滴|渗|坏|堵|响|吵|臭|闪|卡|老样子|一样|没|不)"
    "|又(?:坏|漏|堵|不|滴|渗|响|停|开始|来|犯)|依旧|依然|仍然|仍旧|照样|老样子|更(?:严重|厉害)|白修|越修越|修坏|(?:才|只)修(?:了)?一半|没见人|人都没|没修|修不好|修不了|复发|反复"
)
_FIXED = re.compile(
    "(?:修|弄|搞|处理|换|疏通|通|解决|整|做|办|装|补|贴|收拾|清理)(?:是|倒是|都|也|基本|差不多|终于|总算)*(?:修|弄)?(?:好|完|上|通|妥|定|完毕|了)"
    "|好了|好啦|好咯|好的差不多|可以了|可以用|能用了?|正常|恢复|解决|搞定|ok|没问题|没有问题|没毛病|不漏|不滴|不渗|不堵|不响|不吵|不臭|通了|亮了|有水了|有电了|来电了|来水了|没再|不再|修得|修的(?:不错|很|挺|可以)"
)
_FIXED_YES = frozenset("1 是 是的 好 好的 对 嗯 嗯嗯 恩 已好 已修 修了 行 可以 完成 完成了 都好 ok yes 有 满意 很好 挺好 挺好的 非常好".split())
_FIXED_NO = frozenset("2 不是 不 没 没有 没呢 否 未 还没 还没有 没啊 没好 no 坏的 没有呢 不行".split())

_SATISFACTION = {
    4: re.compile("(?:很|非常|特别|十分|超)?不(?:太|怎么|是很|够|咋)?满意|太?差(?!不多)|糟|烂|垃圾|恶劣|失望|气死|敷衍|糊弄|不怎么样|不咋(?:地|样)|不行|不好|差评|无语|受够|投诉|没法说"),
    3: re.compile("基本满意|还行|还可以|还好|一般|凑合|将就|马马虎虎|过得去|差不多|勉强|就那样|及格|中规中矩|普普通通|(?:有点|太|就是|来得?|来的|有些|速度)[^,。]{0,4}(?:慢|晚|久|迟|拖|贵|吵|脏)"),
    2: re.compile("比较满意|较满意|挺满意|蛮满意|比较好|挺好|蛮好|不错|可以|挺不错|还不错|挺快|蛮快"),
    1: re.compile("满意|很好|非常好|特别好|太好|真好|好评|赞|棒|优秀|专业|点赞|完美|给力|五星|5星|谢谢|感谢|辛苦|好的很|好得很|没得说|挑不出"),
}
_NAG = re.compile("(?:就是|只是|不过|但是?|可是|可惜|美中不足)[^。]{0,12}(?:慢|晚|久|迟|拖|贵|脏|差|吵|态度|没打扫|等了)")
_GRADE = {"a": 1, "b": 2, "c": 3, "d": 4, "好": 1, "很好": 1, "一般般": 3, "差": 4, "0": 4}

_SKIP = frozenset(
    "跳过 不知道 没有 没 无 不用 不用了 不需要 不清楚 不晓得 不了 没有了 没了 暂无 随便 都行 都可以 随时 skip pass 略 略过 不填 不说 不想说 不方便说 "
    "不记得 忘了 忘记了 说不清 说不上来 不好说 先不说 下一个 下一步 过 算了 不必 不必了 免了 没别的 没别的了 没什么 就这些 就这样 无所谓 没有补充 不用补充 不留 不详".split()
)
_SKIP_START = re.compile("(?:我|这个|就|先|暂时)?(?:也|都|真|还)?(?:不太?(?:知道|清楚|晓得|记得|确定)|跳过|说不(?:清|准|好)|没(?:啥|什么)(?:要)?(?:说|补充)|没有?照片|不方便拍)")

_PHONE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[- ](\d{7,8})(?!\d)")

_NOT_NAME = re.compile(
    "业主|租客|租户|房东|家属|本人|姓名|名字|电话|手机|号码?|房[号间]|地址|住|栋|幢|单元|号楼|室|楼|我|你|是|的|好|绑定|认证|登记|注册|谢|请|吗|没|不|有"
    "|小区|物业|修|漏|水|灯|坏|要|在|这|那|什么|怎么|快递|投诉|联系|叫"
)
_NAMED = re.compile("(?:我(?:的名字)?(?:叫|是)|名字(?:是|叫)?|姓名(?:是)?|业主(?:是|叫)?|本人|户主(?:是)?|叫)\\s*[: ]?\\s*([\u4e00-\u9fff·]{2,4})(?![\u4e00-\u9fff])")
_SURNAME = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛范彭郎鲁韦马苗凤方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕罗毕郝安常乐于"
    "傅皮卞齐康伍余元顾孟黄和穆萧尹姚邵汪祁毛狄米明臧计伏成戴宋庞熊纪舒屈项祝董梁杜阮蓝闵席季贾路娄江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍万柯管卢莫房缪"
    "解应宗丁宣邓单洪包左石崔吉龚程邢裴陆荣翁荀甄曲封储靳段富焦巴牧车侯全班秋仲宫宁仇栾甘厉武符刘景詹龙叶幸司黎薄白蒲从鄂索赖卓屠蒙池乔胥苍闻党翟谭贡姬"
    "申冉桑桂牛寿边燕尚农温庄晏柴瞿阎连茹习艾容向古易廖庾耿关涂曾游权盖岳肖隋褚桓欧司诸皇尉慕令百东南西公上夏"
)


def _bare(text: str) -> str:
    """The text without what surrounds an answer: punctuation and closing particles, in small letters."""
    return flatten(text).lower().strip(_EDGE)


def read_choice(text: str, n: int) -> int | None:
    """Which of ``n`` numbered choices is meant (1, ①, "1.", 一, 第一个, 选1, 最后一个); None when it is none of them."""
    bare = flatten(text).strip(" \n,.。!?~、;:'\"()[]")
    if not bare or len(bare) > 14:
        return None
    found = _CHOICE.fullmatch(bare)
    if found:
        value = number(found["n"])
        return value if value is not None and 1 <= value <= n else None
    return n if n > 0 and _LAST.fullmatch(bare) else None


def read_yes_no(text: str) -> bool | None:
    """True for yes, False for no, None when it is neither (or both)."""
    bare = _bare(text)
    if not bare or len(bare) > 40:
        return None
    if bare in _NO:
        return False
    if bare in _YES:
        return True
    head = re.split(r"[,。!?\s]", bare, maxsplit=1)[0].strip(_EDGE)
    if head in _NO:
        return False
    if head in _YES:
        return not _NO_START.match(bare[len(head) :].lstrip(_EDGE)) or None
    if _YES_START.match(bare):
        return True
    return False if _NO_START.match(bare) else None


def read_fixed(text: str) -> bool | None:
    """The answer to "is it fixed?": True, False, or None when the text does not say.

    "修是修好了,就是来得太慢" is fixed: how it went is another question (``read_satisfaction``).
    """
    bare = _bare(text)
    if not bare or len(bare) > 200:
        return None
    if bare in _FIXED_NO:
        return False
    if bare in _FIXED_YES:
        return True
    choice = read_choice(bare, 2)
    if choice:
        return choice == 1
    if _FIXED_NOT.search(bare) and not re.search("没问题|没有问题|不漏了|没再|不再", bare):
        return False
    if _FIXED.search(flatten(text).lower()):
        return True
    return read_yes_no(bare) if len(bare) <= 8 else None


def read_satisfaction(text: str) -> int | None:
    """The step on the scale 1 满意, 2 比较满意, 3 基本满意, 4 不满意; None when the text does not say.

    Praise with a "but" counts one step lower (挺好的就是来晚了: 3); a complaint about slowness alone is 3, not 4: the
    work itself was not blamed. Whoever wants to say 4 says so.
    """
    bare = _bare(text)
    if not bare or len(bare) > 300:
        return None
    if bare in _GRADE:
        return _GRADE[bare]
    choice = read_choice(text, 4)
    if choice:
        return choice
    stars = re.fullmatch(r"([0-5一二三四五两])(?:颗)?[星分]", bare)
    if stars:
        return {5: 1, 4: 2, 3: 3}.get(number(stars[1]) or 0, 4)
    clear = re.sub("没什么不满意|没有?不满意|没得说|无可挑剔", "满意", bare)
    step = next((step for step, pattern in _SATISFACTION.items() if pattern.search(clear)), None)
    if step == 3 and not re.search("基本|还行|还可以|还好|一般|凑合", clear) and _SATISFACTION[1].search(clear):
        return 3
    if step in (1, 2) and _NAG.search(clear):
        return 3
    return step


def read_skip(text: str) -> bool:
    """Whether the owner leaves the question open: 跳过, 不知道, 没有, 不用."""
    bare = flatten(text).lower().strip(" \n,.。!?~、;:'\"()[]吧呢啊呀哦")
    return bare in _SKIP or (len(bare) <= 16 and bool(_SKIP_START.match(bare)))


def find_phone(flat: str) -> str | None:
    """The first phone number of a flattened text, in digits (a landline as 0571-88886666)."""
    found = _PHONE.search(flat)
    if found:
        return "".join(found.groups())
    found = _LANDLINE.search(flat)
    return "-".join(found.groups()) if found else None


def read_phone(text: str) -> str | None:
    """The phone number written in ``text``: a mobile as 11 digits, a landline as 0571-88886666."""
    return find_phone(flatten(text))


def read_name(text: str) -> str | None:
    """The person's name in an answer like "张伟 3-2-1502 13812345678"; None when none stands out."""
    flat = flatten(text)
    named = _NAMED.search(flat)
    if named and not _NOT_NAME.search(named[1]):
        return named[1]
    rest = _PHONE.sub(" ", _LANDLINE.sub(" ", flat))
    if find_room(flat):
        rest = re.sub(rf"[\dA-Za-z{HAN}]+\s*(?:号楼|栋|幢|座|单元|楼|层|室|号|户|[-#/])(?:[\d{HAN}]+[室号户]?)?", " ", rest)
    pieces = re.findall("[\u4e00-\u9fff·]+|[A-Za-z]+(?: [A-Za-z]+)*", rest)
    for piece in pieces:
        if 2 <= len(piece) <= 4 and piece[0] in _SURNAME and not _NOT_NAME.search(piece[1:]):
            return str(piece)
    for piece in pieces:
        if "·" in piece.strip("·") and len(piece) <= 20:
            return str(piece)
    return None

"""How different people begin and end what they write: a matter sounds like the person who writes it."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Voice:
    """One way of writing."""

    name: str
    openings: tuple[str, ...]
    endings: tuple[str, ...]
    thanks: tuple[str, ...]
    fixed: tuple[str, ...]
    """How they say that it is mended."""
    not_fixed: tuple[str, ...]


VOICES: tuple[Voice, ...] = (
    Voice(
        "plain",
        ("", "", "你好,", "麻烦看下,"),
        ("", "", ",麻烦了", ",谢谢"),
        ("谢谢", "好的谢谢", "辛苦了"),
        ("好了", "修好了", "已经好了,谢谢"),
        ("没好", "还是老样子"),
    ),
    Voice(
        "elder",
        ("同志你好,", "小周你好,我是楼里的老住户,", "您好啊,", "管家您好,"),
        (",麻烦师傅跑一趟", ",我一直在家的", ",我们老两口弄不来", ",谢谢你们了"),
        ("谢谢你们,辛苦了", "太感谢了,小伙子很好", "好的好的,谢谢"),
        ("好了好了,师傅手艺好", "修好了,谢谢师傅", "好了,师傅还帮我看了别的"),
        ("师傅走了以后又不行了", "还是不好用啊"),
    ),
    Voice(
        "short",
        ("", "", ""),
        ("", "", "。", ",急"),
        ("ok", "收到", "👌"),
        ("1", "好了", "ok了"),
        ("2", "没好", "没用"),
    ),
    Voice(
        "busy",
        ("在吗,", "麻烦问下,", "师傅,", ""),
        (",晚上七点以后家里才有人", ",白天上班,周末可以", ",来之前打个电话", ",我今天在家办公"),
        ("好的,辛苦", "收到,感谢", "👍"),
        ("弄好了,效率可以", "好了", "搞定了,谢谢"),
        ("还没好,怎么回事", "没修好"),
    ),
    Voice(
        "cross",
        ("怎么回事,", "我说,", "又来了,", "你们看看,"),
        (",到底有没有人管", ",赶紧的", ",交了物业费的", ",这都几次了"),
        ("行吧", "知道了", "希望别再有下次"),
        ("总算好了", "好是好了", "1"),
        ("没好!", "根本没修好", "白跑一趟,还是那样"),
    ),
    Voice(
        "warm",
        ("管家好呀,", "哈喽,", "您好~", "管家在嘛,"),
        (",辛苦啦", ",不着急,有空来看下就行", ",谢谢呀🙏", ",拜托啦"),
        ("谢谢管家呀", "太快了吧,谢谢🙏", "好嘞,辛苦啦"),
        ("好啦,超快", "修好啦,谢谢师傅🙏", "好了好了,给师傅点赞"),
        ("好像还是有点问题呢", "不好意思,还是没好"),
    ),
)


def voice_of(chance: random.Random) -> Voice:
    """Somebody's voice; the quiet ones are many, the cross ones few."""
    return chance.choices(VOICES, weights=(30, 18, 20, 16, 7, 12))[0]


def in_voice(voice: Voice, words: str, chance: random.Random) -> str:
    """The same matter as this person writes it."""
    return f"{chance.choice(voice.openings)}{words}{chance.choice(voice.endings)}"

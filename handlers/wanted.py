"""What a message asks for, one by one: the matters that become tickets or answers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from handlers.context import Context
from nlp import Intent, Label, Matter, Slots, Understanding, understand
from store.tickets import Category

KEPT_CHARACTERS = 2000
"""Of a longer message the ticket holds the beginning; the whole is in the conversation."""

CATEGORY: dict[Label, Category] = {
    Label.REPAIR: Category.REPAIR,
    Label.COMPLAINT: Category.COMPLAINT,
    Label.INQUIRY: Category.INQUIRY,
    Label.PARCEL: Category.PARCEL,
    Label.OTHER: Category.SUGGESTION,
}

_PUBLIC = re.compile(
    "电梯|楼道|走廊|过道|楼梯|大堂|大厅|门厅|单元门|大门|门禁|道闸|闸机|车库|车棚|地库|地下室|停车场|路灯|小区|公共|花园|花坛|绿化|草"
    "|健身|游乐|广场|围墙|消防|垃圾|井盖|天台|楼顶|外墙|监控|对讲|快递柜|信箱|负[一二三]层|架空层|泳池|会所|门岗|充电桩|整栋|全楼|一栋楼"
)
_NEEDS_PLACE = re.compile(
    "灯|开关|插座|插头|水龙头|龙头|水管|管子|管道|下水|地漏|窗|纱窗|墙|瓷砖|地砖|地板|天花板|吊顶|空调|暖气|地暖|漏水|渗水|漏了|滴水|堵|门把|门锁|房门"
)
_ESTATE_WIDE = re.compile(
    "小区|路灯|车库|地库|停车场|花园|广场|健身|游乐|围墙|道闸|闸机|门岗|岗亭|会所|泳池|充电桩|垃圾站|(?<!单元)大门"
)
_NAMES_PLACE = re.compile(
    "马桶|坐便|蹲坑|花洒|浴|淋|油烟机|灶|厨|卫|厕|洗手|洗脸|洗菜|水槽|洗碗|洗衣|热水器|入户|防盗门|进户|门铃|阳台|卧|客厅|书房|餐厅|玄关"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One matter of a message, ready to become a ticket or to be answered."""

    text: str
    intent: Intent
    label: Label
    slots: Slots
    confidence: float = 0.0
    urgent: bool = False
    urgent_reason: str = ""
    sentiment: float = 0.0
    words: tuple[dict[str, Any], ...] = field(default=())
    lexicon_version: str = ""

    @property
    def category(self) -> Category:
        """The kind of ticket that it would be."""
        return CATEGORY[self.label]

    @property
    def public(self) -> bool:
        """Whether it is about what all share: nobody need be at home."""
        return bool(_PUBLIC.search(self.text))

    @property
    def estate_wide(self) -> bool:
        """Whether it belongs to no building at all."""
        return self.slots.room is None and bool(_ESTATE_WIDE.search(self.text))

    @property
    def needs_place(self) -> bool:
        """Whether a technician would have to search the home for it."""
        named = self.slots.place not in (None, "家里", "屋里") or self.public or _NAMES_PLACE.search(self.text)
        return not named and bool(_NEEDS_PLACE.search(self.text))

    def record(self) -> dict[str, Any]:
        """Why it was understood so, kept with the ticket."""
        return {
            "label": self.label.value,
            "intent": self.intent.value,
            "confidence": self.confidence,
            "urgent_reason": self.urgent_reason,
            "sentiment": self.sentiment,
            "words": list(self.words),
            "lexicon_version": self.lexicon_version,
        }


def whole(meaning: Understanding, text: str = "") -> Wanted:
    """The message as one matter."""
    return Wanted(
        text=(text or meaning.text)[:KEPT_CHARACTERS],
        intent=meaning.intent,
        label=meaning.label,
        slots=meaning.slots,
        confidence=meaning.confidence,
        urgent=meaning.urgent,
        urgent_reason=meaning.urgent_reason,
        sentiment=meaning.sentiment,
        words=tuple(word.to_dict() for word in meaning.words),
        lexicon_version=meaning.lexicon_version,
    )


def several(ctx: Context) -> list[Wanted]:
    """What the message wants, in its order; usually one."""
    meaning = ctx.message.understanding
    if len(meaning.matters) < 2:
        return [whole(meaning, ctx.message.text)]
    return [_part(ctx, matter, meaning) for matter in meaning.matters[:4]]


def of_texts(ctx: Context, texts: list[str]) -> list[Wanted]:
    """Matters that were kept as words while something had to be asked first."""
    return [whole(understand(text, now=ctx.now), text) for text in texts]


def _part(ctx: Context, matter: Matter, meaning: Understanding) -> Wanted:
    # Urgency is known of the whole only; of its parts it is asked when the whole is urgent.
    own = understand(matter.text, now=ctx.now) if meaning.urgent else None
    slots = matter.slots
    if slots.room is None and meaning.slots.room is not None:
        slots = Slots.from_dict(slots.to_dict() | {"room": meaning.slots.room.to_dict()})
    return Wanted(
        text=matter.text[:KEPT_CHARACTERS],
        intent=matter.intent,
        label=matter.label,
        slots=slots,
        confidence=matter.confidence,
        urgent=bool(own and own.urgent),
        urgent_reason=own.urgent_reason if own else "",
        sentiment=meaning.sentiment,
        words=tuple(word.to_dict() for word in matter.words),
        lexicon_version=meaning.lexicon_version,
    )

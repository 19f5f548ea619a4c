"""Owners who go on writing: new matters, photos, questions, and answers to whatever the bot asks them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from bot.demo.estate.matters import pick
from bot.demo.estate.matters_of_life import QUESTIONS
from bot.demo.estate.voices import Voice, in_voice, voice_of
from bot.emulator.client import EmulatorClient, Phone
from store.tickets import Category

KINDS = {"repair": 40, "complaint": 14, "question": 26, "suggestion": 8, "word": 12}
WORDS = ("谢谢", "在吗", "辛苦了", "我的报修怎么样了", "我的快递到了吗", "好的", "催一下")
_WHERE = re.compile("家里哪个位置|是哪里|哪个房间")
_FIXED = re.compile("(修好了吗|解决了吗|好了吗)")
_CONTENT = re.compile("这次服务您觉得")
_MORE = re.compile("还有什么想告诉我们")
_TIME = re.compile("什么时候上门方便|改到什么时候")
_TICKET = re.compile(r"[RCIPS]\d{8}-\d{4,}")
PLACES = ("厨房", "客厅", "卫生间", "主卧", "阳台")
TIMES = ("明天上午", "今天下午都行", "都可以", "周六")


@dataclass(slots=True)
class Owner:
    """One of them, with a phone and a way of writing."""

    name: str
    voice: Voice
    phone: Phone
    seen: int = 0


def answer_to(text: str, voice: Voice, chance: random.Random) -> str:
    """What this person writes when the account said that; empty: nothing is asked."""
    if _CONTENT.search(text):
        return chance.choices(("1", "2", "满意", "3", "来得有点慢"), weights=(40, 20, 25, 8, 7))[0]
    if _FIXED.search(text):
        return chance.choice(voice.fixed if chance.random() < 0.88 else voice.not_fixed)
    if _MORE.search(text):
        return chance.choice(("没有", *voice.thanks))
    if _WHERE.search(text):
        return chance.choice(PLACES)
    if _TIME.search(text):
        return chance.choice(TIMES)
    return ""


class Owners:
    """All of them; each turn one does something."""

    def __init__(self, wechat: EmulatorClient, chance: random.Random) -> None:
        self._wechat = wechat
        self._chance = chance
        self._owners: list[Owner] = []

    async def gather(self, names: list[str]) -> None:
        """Take up their phones. Who does not follow the account, begins to."""
        for name in names:
            phone = await self._wechat.user(name, follow="quietly")
            self._owners.append(Owner(name, voice_of(random.Random(name)), phone, await phone.mark()))

    async def answer(self) -> str:
        """Somebody who was asked something answers; says who and what, or nothing when nobody was."""
        order = list(self._owners)
        self._chance.shuffle(order)
        for owner in order:
            shown = await owner.phone.screen(after=owner.seen)
            for entry in reversed([one for one in shown if one.channel != "sent"]):
                words = answer_to(entry.text, owner.voice, self._chance)
                if words:
                    owner.seen = shown[-1].id
                    await owner.phone.says(words)
                    return f"{owner.name}: {words}"
            if shown:
                owner.seen = shown[-1].id
        return ""

    async def write(self) -> str:
        """Somebody begins with something new; says who and what."""
        owner = self._chance.choice(self._owners)
        kind = self._chance.choices(list(KINDS), weights=list(KINDS.values()))[0]
        text = self._words(kind, owner.voice)
        push = await owner.phone.says(text)
        photo = kind == "repair" and self._chance.random() < 0.25 and bool(_TICKET.search(push.reply or ""))
        if photo:
            await owner.phone.sends_image()
        return f"{owner.name}: {text}{' [图片]' if photo else ''}"

    def _words(self, kind: str, voice: Voice) -> str:
        if kind == "question":
            return self._chance.choice(QUESTIONS)
        if kind == "word":
            return self._chance.choice(WORDS)
        category = Category(kind)
        return in_voice(voice, self._chance.choice(pick(category, self._chance).words), self._chance)

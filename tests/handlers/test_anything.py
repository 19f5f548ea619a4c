"""Whatever is said, in whatever order: an answer or silence, never an error, never more than WeChat takes."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import pytest

from handlers.dispatch import ROUTER
from nlp import Intent
from tests.handlers.talk import Talk

WORDS = """灯坏了|客厅|1|②|明天上午|改到昨天|取消|不取消|催一下|怎么还没来啊|没好|好了|满意|谢谢|跳过|人工|
不用人工了|王芳|13800000000|3栋2单元1502|王芳 3栋2单元1502 13800000009|水管爆了，水漫出来了|
楼上太吵了|投诉，门禁坏了半个月没人修|厨房灯坏了，另外我的快递到了吗|周末能装修吗|我要报修|我要投诉|
建议|表扬张师傅|钥匙丢了|快递丢了|R20260310-0001|取消 R20260310-0002|😀|？|]]>|<b>x</b>|{number}|[[|
%s|\\1|哈哈|什么时候来|补充一下|是靠墙那边的|改时间|绑定|不想说|没有|第二个|最后一个|你是机器人吗|
算了|不要了|99999999999999999999|〇|一千|\u200b\u200b|\ud83d|很长的话""".replace("\n", "").split("|")
KINDS = ("image", "voice", "video", "location", "link", "sticker", "event")


@pytest.mark.parametrize("who", ["wang", "both", "stranger"])
@pytest.mark.parametrize("seed", range(3))
async def test_no_order_of_words_breaks_the_talk(talk_as: Callable[..., Awaitable[Talk]], who: str, seed: int) -> None:
    chance = random.Random(f"{who}{seed}")
    talk = await talk_as(who)
    for _ in range(70):
        if chance.random() < 0.15:
            kind = chance.choice(KINDS)
            event = chance.choice(["subscribe", "SCAN", "CLICK", "VIEW"]) if kind == "event" else ""
            said = await talk.say("", kind=kind, media_id="m", event=event, event_key=chance.choice(["help", "repair"]))
        else:
            text = chance.choice(WORDS)
            text = text * 3000 if text == "很长的话" else text.encode("utf-16", "replace").decode("utf-16", "replace")
            said = await talk.say(text)
        assert len(said.encode()) <= 2047 and len(said.splitlines()) <= 8
        talk.clock.move(minutes=chance.choice([0, 1, 1, 40]))
        if chance.random() < 0.2:
            await talk.bind_also(mode="bot")


def test_every_intent_has_its_handler() -> None:
    assert set(ROUTER.intents) == set(Intent)

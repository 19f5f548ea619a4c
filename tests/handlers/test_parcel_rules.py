"""How parcels are handled here is answered from the articles; what is wished for one's own goes its way."""

from __future__ import annotations

import pytest

from tests.handlers.talk import Talk


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("快递能放多久", "免费放 7 天"),
        ("我的快递能放多久", "免费放 7 天"),
        ("快递放前台能放几天啊", "免费放 7 天"),
        ("快递超时会退回吗", "超过 7 天退给快递公司"),
        ("快递柜超时怎么收费", "快递柜怎么用"),
        ("你们代收快递吗", "免费放 7 天"),
        ("前台能寄快递吗", "前台可以代寄"),
        ("快递能送到家门口吗", "送上楼"),
    ],
)
async def test_questions_about_the_rules_are_answered_from_the_articles(wang: Talk, words: str, answer: str) -> None:
    said = await wang.say(words)

    assert answer in said and not await wang.tickets()


async def test_a_stranger_need_not_say_who_they_are_for_it(stranger: Talk) -> None:
    assert "免费放 7 天" in await stranger.say("快递放前台能放几天啊")


@pytest.mark.parametrize("words", ["帮我把快递放门口", "我出差了，快递先帮我放着", "能帮我把快递送到家门口吗"])
async def test_what_is_wished_is_a_ticket(wang: Talk, words: str) -> None:
    assert (await wang.say(words)) and (await wang.ticket()).number.startswith("P")


@pytest.mark.parametrize("words", ["我的快递到了吗", "尾号4821的快递到了吗", "快递到了吗，能放多久"])
async def test_whether_it_has_come_is_looked_up(wang: Talk, words: str) -> None:
    assert "登记" in await wang.say(words) or "没收到" in await wang.say(words)

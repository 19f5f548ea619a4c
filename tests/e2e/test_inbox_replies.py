"""A colleague writes in the inbox and the owner reads it on the phone: undo, pictures, planned words, waking up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image

from bot.emulator.client import Phone
from desk.inbox_settings import InboxSettings
from tests.clock import FixedClock
from tests.house import FRONTDESK, House, StaffSession, open_house, trade_settings


@pytest.fixture
async def house(
    tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str, clock: FixedClock
) -> AsyncIterator[House]:
    settings = trade_settings().model_copy(update={"inbox": InboxSettings()})
    async with open_house(
        tmp_path, mongodb_uri=mongodb_uri, redis_url=redis_url, database=database_name, clock=clock, settings=settings
    ) as house:
        yield house


async def upload(house: House, staff: StaffSession, chat: str) -> str:
    picture = BytesIO()
    Image.new("RGB", (60, 40), "green").save(picture, "JPEG")
    url = f"{house.url}/api/inbox/v1/{chat}/media"
    headers = {**staff._headers, "Content-Type": "image/jpeg"}
    async with house.http.post(url, data=picture.getvalue(), headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        return str((await answer.json())["id"])


async def read(phone: Phone, since: int) -> list[tuple[str, str]]:
    return [(entry.type, entry.text) for entry in await phone.screen(after=since) if entry.channel == "customer"]


async def test_what_a_colleague_writes_reaches_the_phone_when_it_should(house: House) -> None:
    wang = await house.owner("wang")
    zhou = await house.sign_in(FRONTDESK)
    chat = f"conversations/{quote(house.conversation_id(wang), safe='')}"
    await wang.says("厨房水龙头漏水了")
    await house.work()
    mark = await wang.mark()

    # Words and a picture wait for their five seconds; one reply is taken back within them.
    seen = (await zhou.call("GET", chat))["newest"]
    picture = await upload(house, zhou, chat)
    await zhou.call("POST", f"{chat}/messages", {"text": "看下这个阀门", "media": [picture], "seen": seen})
    wrong = await zhou.call("POST", f"{chat}/messages", {"text": "发错了"})
    await house.work()
    assert await read(wang, mark) == []
    await zhou.call("DELETE", f"deliveries/{quote(wrong['delivery_id'], safe='')}")
    await house.later(seconds=6)
    assert await read(wang, mark) == [("text", "周敏：看下这个阀门"), ("image", "[图片]")]
    await zhou.call("DELETE", f"deliveries/{quote(wrong['delivery_id'], safe='')}")

    lines: list[dict[str, Any]] = (await zhou.call("GET", f"{chat}/messages"))["items"]
    said = {line["text"]: line["delivery"]["said"] for line in lines if line["delivery"]}
    assert said["周敏：看下这个阀门"] == "已发出(客服消息)" and said["周敏：发错了"] == "已撤回"
    [owner] = [line for line in lines if line["said_by"] == "owner" and line["text"]]
    assert owner["understanding"]["label"] == "repair" and owner["understanding"]["words"]

    # Planned words leave at their time; what was put off is back when the owner writes.
    at = house.clock.now() + timedelta(minutes=30)
    await zhou.call("POST", f"{chat}/messages", {"text": "师傅到了吗", "send_at": at.isoformat()})
    until = (house.clock.now() + timedelta(hours=5)).isoformat()
    head = await zhou.call("POST", f"{chat}/snooze", {"until": until})
    assert head["snoozed_until"] and (await zhou.call("GET", "conversations"))["items"] == []
    mark = await wang.mark()
    await house.later(minutes=31)
    assert await read(wang, mark) == [("text", "周敏：师傅到了吗")]
    head = await zhou.call("GET", chat)
    assert (head["last_line"], head["last_from"], head["scheduled"]) == ("师傅到了吗", "staff", [])
    await wang.says("到了,谢谢")
    [row] = (await zhou.call("GET", "conversations"))["items"]
    assert row["snoozed_until"] is None and (row["last_line"], row["last_from"]) == ("到了,谢谢", "owner")
    assert row["ticket"]["category"] == "repair" and row["next_due"]

    # Found by what was said, at once.
    hits = (await zhou.call("GET", f"search?q={quote('水龙头')}"))["items"]
    assert [hit["line"]["text"] for hit in hits] == ["厨房水龙头漏水了"]


async def test_a_message_that_wechat_pushes_again_is_counted(house: House) -> None:
    wang = await house.owner("wang")
    zhou = await house.sign_in(FRONTDESK)
    push = await wang.says("电梯坏了")
    again = await house.wechat.deliver(push)
    assert again.status == 200
    await house.parts.tasks.idle()
    lines = (await zhou.call("GET", f"conversations/{quote(house.conversation_id(wang), safe='')}/messages"))["items"]
    [line] = [line for line in lines if line["text"] == "电梯坏了"]
    assert line["repeats"] == 1 and line["repeats_said"] == "微信推送 2 次,只处理一次"

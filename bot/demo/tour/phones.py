"""The sample owners' phones show what the desk has on record: a demo's history can be read on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bot.emulator.client import EmulatorClient
from bot.emulator.users import openid_for
from desk.desk import Desk
from store.messages import Direction, Message

BACK = timedelta(days=60)
MOST = 400
STAND_INS = {"image": "[图片]", "voice": "[语音]", "video": "[视频]", "shortvideo": "[视频]"}


async def fill_phones(desk: Desk, wechat: EmulatorClient, app_id: str, names: list[str]) -> None:
    """Put the stored conversations on those phones that show nothing yet."""
    now = desk.clock.now()
    for name in names:
        phone = await wechat.user(name, follow=False)
        if await phone.screen():
            continue
        key = f"{app_id}:{openid_for(app_id, name)}"
        lines = await desk.stores.messages.timeline(key, before=now, since=now - BACK, limit=MOST)
        items = [entry for line in reversed(lines) for entry in _entries(line)]
        if items:
            await phone.remembers(items)


def _entries(line: Message) -> Iterator[dict[str, Any]]:
    at = line.at.isoformat()
    if line.direction is Direction.OUTBOUND and line.text:
        yield {"at": at, "channel": "customer", "text": line.text}
    elif line.direction is Direction.INBOUND and line.kind in ("text", *STAND_INS):
        if line.kind == "text":
            yield {"at": at, "channel": "sent", "text": line.text}
        else:
            title = line.text if line.kind == "voice" else ""
            yield {"at": at, "channel": "sent", "type": line.kind, "text": STAND_INS[line.kind], "title": title}
        if line.answer is not None and line.answer.text:
            yield {"at": at, "channel": "passive", "text": line.answer.text}

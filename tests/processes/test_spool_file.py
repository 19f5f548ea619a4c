"""The spool's file: when the disk is full, and when another process keeps one too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.inbound import to_message, understood
from bot.spool import Spool, SpoolError
from bot.wechat.push import Push
from store.messages import Handling
from tests.house import House
from tests.test_pipeline import CONVERSATION, push


async def test_a_spool_line_that_fits_only_in_part_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path, "one")
    await spool.append(push("一", 1), CONVERSATION)

    class Full:
        """A file on a disk with ten bytes left."""

        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, line: bytes) -> int:
            return int(self._file.write(line[:10]))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    whole = spool._file
    monkeypatch.setattr(spool, "_file", Full(whole))
    with pytest.raises(SpoolError):
        await spool.append(push("二", 2), CONVERSATION)
    monkeypatch.setattr(spool, "_file", whole)
    await spool.append(push("三", 3), CONVERSATION)
    assert [kept.text for kept in await spool.waiting()] == ["一", "三"]
    assert spool.holds(CONVERSATION) and len(spool) == 2
    for number in (1, 3):
        await spool.drained(push("", number).key, CONVERSATION)
    assert not spool.holds(CONVERSATION) and list(tmp_path.iterdir()) == []


async def test_what_another_process_keeps_of_an_owner_comes_before_what_they_write_next(
    house: House, tmp_path: Path
) -> None:
    """Also when it stands in the database already (a write that was done after its time-out) and is not handled."""
    wang = await house.owner("wang")
    folder = house.settings.data_dir / "spool"
    other = Spool(folder, "other")
    conversation = house.conversation_id(wang)
    first = await wang.says("客厅的灯不亮了", hold=True)
    now = int(house.clock.now().timestamp())
    kept = Push.of(
        house.settings.wechat_app_id,
        {
            "ToUserName": "gh_emulator0001",
            "FromUserName": wang.openid,
            "CreateTime": str(now - 60),
            "MsgType": "text",
            "Content": "客厅的灯不亮了",
            "MsgId": str(first.msg_id),
        },
    )
    await other.append(kept, conversation)
    spool = house.parts.spool
    for there in (False, True):
        if there:
            line = to_message(kept, understood(kept.text, now=house.clock.now()), at=house.clock.now())
            await house.stores.messages.keep(line)
        said = await wang.says(f"谢谢 {there}")
        assert "收到" in (said.reply or "") and spool.holds(conversation) and len(spool) == 1 + there, said
        await house.parts.sweeper.drain_spool()
        assert len(spool) == 1 + there, "it waits for the earlier one"
    await house.parts.pipeline.finish_left_behind(await house.stores.messages.get(kept.key))
    assert (await house.stores.messages.get(kept.key)).state is Handling.DONE
    await house.parts.sweeper.drain_spool()
    assert not len(spool) and not spool.is_alone()
    thanks = await wang.says("谢谢啦")
    assert thanks.reply and "收到了" not in thanks.reply[:3] and not len(spool), "what is handled holds up nobody"
    await other.drained(kept.key, conversation)
    assert spool.is_alone() and list(folder.iterdir()) == []

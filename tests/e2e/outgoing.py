"""What the tests of pushes share: tickets to tell about, rows to look at, what a phone showed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.app import Background
from bot.emulator.client import Displayed, Phone
from desk.deliveries import Kind
from store.deliveries import Delivery, DeliveryState
from store.tickets import Ticket
from tests.house import FRONTDESK, TECHNICIAN, House, StaffSession

NEW_REPLY = {"who": "周敏", "title": "您有一条新回复", "time": "2026年03月10日 10:00"}
NEWS = {
    "number": "R20260310-0001",
    "title": "灯不亮",
    "state": "处理中",
    "time": "2026年03月10日 10:00",
    "remark": "ok",
}


async def opened(house: House, owner: Phone, text: str = "客厅的灯不亮了") -> Ticket:
    """An ordinary ticket of this owner."""
    known = await house.stores.conversations.find(house.conversation_id(owner)) is not None
    before = {ticket.id for ticket in await house.tickets_of(owner)} if known else set()
    await owner.says(text)
    [ticket] = [ticket for ticket in await house.tickets_of(owner) if ticket.id not in before]
    return ticket


async def technician(house: House) -> StaffSession:
    """Somebody who accepts and repairs."""
    return await house.sign_in(TECHNICIAN)


async def reply(house: House, owner: Phone, text: str) -> str:
    """A colleague answers in the chat; gives the delivery's id."""
    zhou = await house.sign_in(FRONTDESK)
    sent = await zhou.call("POST", f"conversations/{house.conversation_id(owner)}/messages", {"text": text})
    return str(sent["delivery_id"])


async def put(house: House, owner: Phone, text: str, kind: Kind = Kind.STAFF_REPLY, **more: Any) -> str:
    """A row of this kind straight into the outbox; its text is its key."""
    conversation = await house.stores.conversations.get(house.conversation_id(owner))
    template = more.pop("template", NEW_REPLY if kind is Kind.STAFF_REPLY else {} if kind is Kind.ANSWER else NEWS)
    return await house.desk.outbox.put(
        f"test:{text}", conversation, kind, text, person_id=conversation.person_id, template=template, **more
    )


async def row(house: House, id: str) -> Delivery:
    """The row as it is now."""
    return await house.stores.deliveries.get(id if ":" in id else f"test:{id}")


async def states(house: House, *ids: str) -> list[DeliveryState]:
    """How far these rows are."""
    return [(await row(house, id)).state for id in ids]


async def pushed(owner: Phone, after: int = 0) -> list[Displayed]:
    """What the account sent by itself, in order: customer messages and templates."""
    return [entry for entry in await owner.screen(after=after) if entry.channel in ("customer", "template")]


async def texts(owner: Phone, after: int = 0) -> list[str]:
    """The customer messages that the phone showed, in order."""
    return [entry.text for entry in await pushed(owner, after) if entry.channel == "customer"]


async def attention(house: House) -> dict[str, dict[str, Any]]:
    """What a colleague has to look at, by delivery."""
    zhou = await house.sign_in(FRONTDESK)
    return {item["id"]: item for item in (await zhou.call("GET", "deliveries/attention"))["items"]}


async def closed_window(house: House, owner: Phone) -> None:
    """Two days and an hour of silence: no customer message can be sent. It is ten in the morning again."""
    await owner.says("谢谢")
    house.clock.move(hours=48)


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 5) -> None:
    """Come back when it holds; fail when it does not within this time."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


def another_worker(house: House, name: str = "other", **settings: Any) -> Background:
    """A second worker over the same database."""
    changed = house.settings.model_copy(update=settings)
    return Background(replace(house.runtime, process=name, settings=changed))


async def once(worker: Background) -> None:
    """One look at everything by this worker."""
    await worker.sender.poll_once()
    await worker.tasks.idle()

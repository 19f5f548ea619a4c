"""Somebody we do not know wanted something, was asked for their home, and never wrote again: it gets its ticket."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.actors import SYSTEM
from desk.deliveries import Kind
from desk.desk import Desk
from handlers import binding
from handlers.context import Context, Inbound
from handlers.opening import joined, receipts, shown
from nlp import understand
from store.conversations import Conversation, Dialogue, OpenTicket
from store.timers import Timer

TIMER = "unbound"
LEASE = timedelta(seconds=12)
LOOK_AGAIN = timedelta(seconds=5)
ROOM_MAY_COME = timedelta(days=1)
"""So long a room that is written belongs to the ticket that lacks it."""


async def silent(desk: Desk, timer: Timer) -> datetime | None:
    """Open what was kept, tell them, and let staff see that there is no room. Repeating it adds nothing."""
    conversation = await desk.stores.conversations.get(str(timer.data["conversation"]))
    again = _not_yet(desk, conversation)
    if again is not None or _asked(conversation) is None:
        return again
    # The same lease as for a message: what they write at this very moment is handled before or after this.
    holder = f"{TIMER}:{timer.id}:{timer.version}"
    wall = desk.clock.wall()
    if not await desk.stores.conversations.claim(conversation.id, holder=holder, wall=wall, length=LEASE):
        return desk.clock.now() + LOOK_AGAIN
    conversation = await desk.stores.conversations.get(conversation.id)
    if conversation.lease.holder != holder:  # it ran out meanwhile: the fence is somebody else's
        return desk.clock.now() + LOOK_AGAIN
    fence = conversation.fence
    again, asked = _not_yet(desk, conversation), _asked(conversation)
    if again is not None or asked is None:
        await desk.stores.conversations.release(conversation.id, fence=fence)
        return again
    changes, tickets = await _opened(desk, conversation, asked, timer)
    conversations = desk.stores.conversations
    if not await conversations.finish(conversation.id, fence=fence, changes=changes, tickets=tickets, release=True):
        # They wrote meanwhile: whoever claims it next looks for that first.
        await conversations.finish(conversation.id, fence=fence, changes=changes, tickets=tickets, release=False)
        await conversations.release(conversation.id, fence=fence)
    return None


async def _opened(
    desk: Desk, conversation: Conversation, asked: Dialogue, timer: Timer
) -> tuple[dict[str, object], tuple[OpenTicket, ...]]:
    now = desk.clock.now()
    words = str(asked.data["matters"][-1])
    message = Inbound(
        key=str(timer.data["key"]), kind="text", text=words, understanding=understand(words, now=now), at=now
    )
    ctx = Context(desk, desk.rules.of(conversation.estate_id), conversation, message, now)
    opened = await binding.open_kept(ctx, asked.data)
    if not opened:
        return {"dialogue": None}, ()
    for one in opened:
        if not one.ticket.room_id and not one.ticket.room_name:
            await desk.tickets.note(one.ticket, "没有房号：业主没回，上门前先联系", SYSTEM, key=timer.id)
    text = joined(receipts(ctx, opened, hint=False), ctx.say("bind.silent"))
    await desk.outbox.put(
        f"{timer.id}:told", conversation, Kind.ANSWER, text, person_id=conversation.person_id,
        ticket_id=opened[0].ticket.id,
    )  # fmt: skip
    data = {"ids": [one.ticket.id for one in opened], "number": opened[0].ticket.number, "thing": "", "left": []}
    dialogue = Dialogue(kind="missing", step="room", data=data, expires_at=now + ROOM_MAY_COME)
    return {"dialogue": dialogue.model_dump()}, shown(opened)


def _asked(conversation: Conversation) -> Dialogue | None:
    """The question for the home that stands, with something kept behind it. Also when it has expired: nobody asked."""
    dialogue = conversation.dialogue
    if dialogue is None or dialogue.kind != binding.KIND or not dialogue.data.get("matters"):
        return None
    return dialogue


def _not_yet(desk: Desk, conversation: Conversation) -> datetime | None:
    """When to look again: they wrote less than ten minutes ago."""
    settings = desk.rules.of(conversation.estate_id).settings.first_contact
    until = (conversation.last_inbound_at or desk.clock.now()) + settings.ticket_after
    return until if desk.clock.now() < until and _asked(conversation) is not None else None

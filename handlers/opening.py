"""Opens tickets for what was wanted, says so in one receipt, and asks at most one question with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from desk.effects import brief
from desk.tickets import NewTicket
from desk.wording import CIRCLED, say_until, title_of
from handlers import planned
from handlers.context import Context, Reply
from handlers.homes import Where, matches, where, written
from handlers.incidents import going_on, known, link
from handlers.peril import PEOPLE
from handlers.safety import danger, safety_text
from handlers.waiting import queue_line
from handlers.wanted import Wanted
from nlp import Room, Understanding, understand
from store.ids import derived
from store.tickets import Category, Ticket

SEVERITY_BELOW = -0.8
"""A complaint in this tone disturbs seriously: proposed as important, decided by the supervisor."""


_SINCE_WHEN = ("今天", "今早", "今天早上", "今天上午")
_COME_THEN = re.compile("今[天早][^,，。]{0,6}?(?:来|上门|派|修[一下理好]|处理|解决|弄[一下好]|之?内|能|可以)")


@dataclass(frozen=True, slots=True)
class Opened:
    """A matter, its ticket and where it is."""

    wanted: Wanted
    ticket: Ticket
    where: Where


async def open_one(
    ctx: Context,
    wanted: Wanted,
    *,
    index: int = 0,
    category: Category | None = None,
    media: Sequence[str] = (),
    links: Sequence[dict[str, str]] = (),
) -> Opened:
    """A ticket for one matter; the same message and index give the same ticket."""
    category = category or wanted.category
    spot = wanted.slots.spot
    place = await where(ctx, wanted.slots.room)
    mine = spot is not None and any(matches(home, spot) for home in ctx.conversation.homes)
    if wanted.slots.room is None and spot is not None and not mine:
        # 3幢 without a door is no home of the register: it stands there in the writer's words.
        place = Where(None, _spoken(spot), place.estate_id)
    if wanted.estate_wide and spot is None and category is Category.REPAIR:
        place = Where(estate_id=place.estate_id)  # the street lamp is not in the writer's home
    wish = wanted.slots.time
    if wish is not None and wish.text in _SINCE_WHEN and not _COME_THEN.search(wanted.text):
        wish = None  # 今天灯又坏了: since when, no wish
    severity = None
    if category is Category.COMPLAINT:
        severity = "important" if wanted.sentiment <= SEVERITY_BELOW else "minor"
    incident = going_on(ctx, wanted, category, estate_id=place.estate_id, room_id=place.room_id, place=place.name)
    outage = None
    if incident is None:
        outage = planned.standing(ctx, wanted, category, estate_id=place.estate_id, room_id=place.room_id)
    ticket = await ctx.desk.tickets.open(
        NewTicket(
            category=category,
            description=wanted.text,
            title=title_of(wanted.text, about=(wanted.slots.object, wanted.slots.fault)),
            subject=wanted.slots.object or wanted.slots.place,
            urgent=wanted.urgent and category is Category.REPAIR and outage is None,  # announced: nobody is rung up
            urgent_reason=wanted.urgent_reason or None,
            severity=severity,
            estate_id=place.estate_id,
            room_id=place.room_id,
            room_name=place.name,
            place=wanted.slots.place,
            wished_time=wish.text if wish else None,
            phone=wanted.slots.phone,
            media=tuple(dict.fromkeys((*media, *ctx.message.recording))),
            classified=wanted.record(),
            links=(*links, *link(incident), *planned.link(outage)),
        ),
        by=ctx.owner,
        owner_id=ctx.conversation.person_id,
        owner_name=ctx.conversation.name,
        conversation=ctx.conversation,
        key=ctx.message.key,
        index=index,
    )
    return Opened(wanted, ticket, place)


def _spoken(spot: Room) -> str:
    """An address without a door, as people say it: 3栋2单元15楼东户."""
    return written(spot) + (f"{spot.floor}楼" if spot.floor else "") + spot.side


async def open_all(ctx: Context, wanted: Sequence[Wanted], *, base: int = 0, media: Sequence[str] = ()) -> list[Opened]:
    """A ticket for each; several of one message are linked to each other."""
    ids = [derived(ctx.message.key, "ticket", base + i) for i in range(len(wanted))]
    opened = []
    for i, one in enumerate(wanted):
        links = [{"kind": "together", "id": id} for id in ids if id != ids[i]]
        opened.append(await open_one(ctx, one, index=base + i, media=media if i == 0 else (), links=links))
    return opened


# ---- what is said ----


def receipt(ctx: Context, opened: Opened, *, repair: str = "", hint: bool = True) -> str:
    """The receipt of one ticket: number, what was understood, who does what by when."""
    ticket = opened.ticket
    known_already = known(ctx, ticket.links, ticket.number) or planned.known(ctx, ticket.links, ticket.number)
    if known_already is not None:
        return known_already
    said = variables(ctx, ticket)
    if ticket.category is Category.REPAIR:
        if ticket.urgent:
            safety = safety_text(ctx.rules.texts, _urgent(opened.wanted))
            people = danger(opened.wanted.text) in PEOPLE
            return ctx.say("repair.receipt_urgent_people" if people else "repair.receipt_urgent", safety=safety, **said)
        text = ctx.say("repair.receipt", **said)
        return f"{text}\n{ctx.say('repair.photo_hint')}" if hint and not ticket.media else text
    if ticket.category is Category.COMPLAINT:
        return ctx.say("complaint.receipt", repair_number=repair, **said)
    if ticket.category is Category.INQUIRY:
        return ctx.say("inquiry.handed", **said)
    if ticket.category is Category.PARCEL:
        return ctx.say("parcel.missing_ticket", **said)
    return ctx.say("suggestion.receipt", **said)


def _urgent(wanted: Wanted) -> Understanding:
    """The words of an emergency as such: by themselves they may weigh less than they did in their message."""
    meaning = understand(wanted.text)
    return replace(meaning, urgent=True, urgent_reason=wanted.urgent_reason or meaning.urgent_reason)


def receipts(ctx: Context, opened: Sequence[Opened], *, hint: bool = True) -> str:
    """One receipt for all of them."""
    if len(opened) == 1:
        return receipt(ctx, opened[0], hint=hint)
    lines = [ctx.say("receipt.line", mark=CIRCLED[i], **variables(ctx, one.ticket)) for i, one in enumerate(opened)]
    urgent = next((one for one in opened if one.ticket.urgent), None)
    safety = safety_text(ctx.rules.texts, _urgent(urgent.wanted)) if urgent else None
    text = ctx.say("receipt.several", count=len(opened), lines="\n".join(lines))
    return f"{ctx.say('receipt.urgent', safety=safety)}\n{text}" if urgent else text


def variables(ctx: Context, ticket: Ticket) -> dict[str, Any]:
    """What the receipts may speak of."""
    due, zone = ticket.due, ctx.rules.zone
    within = say_until(due.first_answer_by, ctx.now, zone) if due.first_answer_by else ""
    return {
        "number": ticket.number,
        "title": ticket.title,
        "room": ticket.room_name,
        "place": ticket.place if ticket.place and ticket.place not in ticket.title else "",
        "wish": ticket.wished_time or "",
        "accept": say_until(due.accept_by, ctx.now, zone) if due.accept_by else within,
        "within": within,
        # With a time that the owner wished for, ours would only confuse.
        "on_site": "" if ticket.wished_time else ctx.time(due.on_site_by),
        "by": ctx.time(due.answer_by or due.done_by),
        "queue": queue_line(ctx, ticket),
    }


def shown(opened: Sequence[Opened]) -> tuple[Any, ...]:
    """The briefs for the conversation."""
    return tuple(brief(one.ticket) for one in opened)


def joined(*lines: str) -> str:
    """Parts of one answer, empty ones left out."""
    return "\n".join(line for line in lines if line)


def before(reply: Reply, line: str) -> Reply:
    """The reply with a line in front of it."""
    return Reply(joined(line, reply.text or ""), reply.dialogue, reply.changes, reply.tickets)


def after(reply: Reply, line: str) -> Reply:
    """The reply with a line behind it."""
    return Reply(joined(reply.text or "", line), reply.dialogue, reply.changes, reply.tickets)

"""What the log says about somebody's parcels."""

from __future__ import annotations

from collections.abc import Sequence

from desk.parcel_news import pickup_until
from handlers.context import Context
from store.parcels import Parcel

MOST_SHOWN = 3


async def mine(ctx: Context) -> list[Parcel]:
    """What waits for the writer's homes, as bindings are now. One store operation when nothing does."""
    rooms = [home.room_id for home in ctx.conversation.homes]
    return await ctx.desk.parcels.waiting_for(ctx.conversation.person_id, rooms)


async def waiting(ctx: Context) -> str:
    """Where their parcels lie and the codes; empty when none is logged."""
    return told(ctx, await mine(ctx))


def told(ctx: Context, parcels: Sequence[Parcel]) -> str:
    """These parcels: shelf, code, until when; several as one list."""
    if not parcels:
        return ""
    until = ctx.time(pickup_until(ctx.rules, ctx.now))
    if len(parcels) == 1:
        one = parcels[0]
        return ctx.say("parcel.found", shelf=one.shelf, code=one.code, carrier=one.carrier, until=until)
    more = len(parcels) - MOST_SHOWN
    return ctx.say(
        "parcel.many",
        count=len(parcels),
        parcels=lines(ctx, parcels),
        more=more if more > 0 else "",
        until=until,
    )


def lines(ctx: Context, parcels: Sequence[Parcel]) -> str:
    """A line for each of the first few."""
    said = [ctx.say("parcel.line", shelf=one.shelf, code=one.code, carrier=one.carrier) for one in parcels[:MOST_SHOWN]]
    return "\n".join(said)


def shown_number(number: str, carrier: str = "") -> str:
    """A tracking number as it is spoken of: 顺丰 尾号 4821."""
    return f"{carrier} 尾号 {number[-4:]}".strip()

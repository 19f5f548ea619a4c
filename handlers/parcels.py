"""What the log says about somebody's parcels."""

from __future__ import annotations

from handlers.context import Context

MOST_SHOWN = 3


async def waiting(ctx: Context) -> str:
    """Where their parcels lie and the codes; empty when none is logged. One store operation."""
    rooms = [home.room_id for home in ctx.conversation.homes]
    parcels = await ctx.desk.stores.parcels.waiting_for(rooms) if rooms else []
    if not parcels:
        return ""
    if len(parcels) == 1:
        one = parcels[0]
        return ctx.say("parcel.found", shelf=one.shelf or "前台", code=one.code, carrier=one.carrier)
    lines = [
        f"{one.shelf or '前台'} 架，取件码 {one.code}" + (f"（{one.carrier}）" if one.carrier else "")
        for one in parcels[:MOST_SHOWN]
    ]
    return ctx.say("parcel.many", count=len(parcels), parcels="\n".join(lines))

"""Parcels: looked up in the log; missing ones and wishes become a ticket."""

from __future__ import annotations

from handlers import binding
from handlers.context import Context, Reply
from handlers.opening import open_one, receipt, shown, variables
from handlers.parcels import waiting
from handlers.router import Router
from handlers.wanted import several, whole
from nlp import Intent
from store.tickets import Category

router = Router("parcel")


@router.on(Intent.PARCEL_LOOKUP)
async def lookup(ctx: Context) -> Reply:
    """Where it lies, and the code; only for the homes that are theirs."""
    wanted = several(ctx)
    if len(wanted) > 1:
        from handlers.intake import take

        return await take(ctx, wanted)
    if not ctx.bound:
        return await binding.ask_for(ctx, [ctx.message.text], question=True)
    return Reply(await waiting(ctx) or ctx.say("parcel.none"))


@router.on(Intent.PARCEL_MISSING)
async def missing(ctx: Context) -> Reply:
    """A ticket: somebody goes and looks."""
    opened = await open_one(ctx, whole(ctx.message.understanding, ctx.message.text), category=Category.PARCEL)
    return Reply(receipt(ctx, opened), tickets=shown([opened]))


@router.on(Intent.PARCEL_WISH)
async def wish(ctx: Context) -> Reply:
    """A ticket with the wish."""
    opened = await open_one(ctx, whole(ctx.message.understanding, ctx.message.text), category=Category.PARCEL)
    return Reply(ctx.say("parcel.wish", **variables(ctx, opened.ticket)), tickets=shown([opened]))

"""Repairs: a ticket at once; an emergency breaks through whatever was being talked about."""

from __future__ import annotations

from handlers import crisis, reopening
from handlers.asked import nowhere_but
from handlers.complaint import with_repair
from handlers.context import Context, Reply
from handlers.intake import TICKETS, add, forced, repeated, take
from handlers.missing import with_question
from handlers.nudge import chase, is_chase
from handlers.opening import open_all
from handlers.router import Router
from handlers.wanted import several
from handlers.which import open_tickets
from nlp import Intent, Label

router = Router("repair")


@router.on(Intent.REPAIR)
async def repair(ctx: Context) -> Reply:
    """A ticket for each matter of the message; "还没人来修" is a chase, "又漏了" a reopening."""
    again = await reopening.unasked(ctx)
    if again is not None:
        return again
    if is_chase(ctx):
        return await chase(ctx, angry=False)
    if not open_tickets(ctx) and (there := nowhere_but(ctx)) is not None:
        return there
    wanted = several(ctx)
    if ctx.bound and len(wanted) == 1 and "投诉" in wanted[0].text:
        # Who says so complains, even where the fault fills most of the words.
        return await with_repair(ctx, forced(wanted[0], Label.COMPLAINT))
    return await take(ctx, wanted)


async def emergency(ctx: Context) -> Reply:
    """Ticket and advice at once, whoever writes and whatever was being asked."""
    wanted = several(ctx)
    urgent = [one for one in wanted if one.urgent] or wanted[:1]
    others = [one for one in wanted if one not in urgent and one.label in TICKETS]
    going_on = crisis.under_way(ctx)
    if going_on is not None and len(urgent) == 1 and not others and crisis.empty(urgent[0]):
        return await crisis.more(ctx, going_on)
    known = repeated(ctx, urgent[0])
    if known is not None and len(urgent) == 1 and not others:
        return await add(ctx, urgent[0], known, ())
    return with_question(ctx, await open_all(ctx, urgent + others))

"""Questions: answered at once, else taken to a colleague with a ticket, so that they are not asked twice."""

from __future__ import annotations

import re

from handlers.context import Context, Reply
from handlers.knowledge import answer_to
from handlers.opening import joined, open_one, receipt, shown
from handlers.progress import progress
from handlers.router import Router
from handlers.wanted import Wanted, several, whole
from handlers.which import open_tickets
from nlp import Intent
from store.tickets import Category

router = Router("inquiry")

_WHEN = re.compile(
    "(?:请问)?(?:师傅|你们|人|维修|物业)*(?:什么时候|几点|几时|多久|啥时候)"
    "(?:能|会|可以)?(?:来|到|修|上门|过来|弄好|好)"
)
_NOTHING_YET = re.compile(
    "(?:你好|您好)?[,，]?我?(?:想|要|想要)?(?:请问|问|咨询|打听|了解)"
    "(?:一?下|个事儿?|点事儿?|个问题|问题)*[?？,，。~ ]*"
)


@router.on(Intent.INQUIRY)
async def inquiry(ctx: Context) -> Reply:
    """The answer of the knowledge base, or a colleague."""
    wanted = several(ctx)
    if len(wanted) > 1:
        from handlers.intake import take

        return await take(ctx, wanted)
    if _NOTHING_YET.fullmatch(ctx.message.text.strip()):
        return ctx.ask("what", Category.INQUIRY.value, ctx.say("inquiry.ask_what"))
    if _WHEN.match(ctx.message.text.strip()) and open_tickets(ctx):
        return await progress(ctx)
    said = answer_to(ctx, ctx.message.text)
    return Reply(said) if said else await to_a_colleague(ctx, whole(ctx.message.understanding, ctx.message.text))


async def to_a_colleague(ctx: Context, one: Wanted, *, lead: str = "") -> Reply:
    """A ticket I with the question."""
    opened = await open_one(ctx, one, category=Category.INQUIRY)
    return Reply(joined(lead, receipt(ctx, opened, hint=False)), tickets=shown([opened]))

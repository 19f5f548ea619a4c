"""The owner chases (催单): on the ticket, and an honest word on what stands. Nothing is promised beyond what is due."""

from __future__ import annotations

import re

from desk.wording import CIRCLED
from handlers.acting import action, on_ticket
from handlers.context import Context, Reply
from handlers.router import Router
from handlers.which import is_late, narrowed, open_tickets
from nlp import Intent, Label
from store.conversations import OpenTicket
from store.tickets import OPEN

router = Router("nudge")

MOST = 3
_ALL = re.compile("[两三四几]个都|[两三四几]件(?:事)?都|都(?:还)?没(?:人)?[来修管弄办]|都催|全都?没|一个都没")
CHASE = re.compile(
    "(?:怎么|咋|为什么|为啥|都.{0,8}|还|到现在)[^,，。]{0,6}(?:没|不|未)[^,，。]{0,4}(?:人|来|到|修|处理|回复|动静|消息|联系|管)"
    "|催|等了.{0,8}(?:天|小时|钟|久)|(?:什么时候|几时|多久|啥时候)[^,，。]{0,4}(?:来|到|修|好)|快点|抓紧|赶紧来|(?:到底)?来不来|到底.{0,4}(?:来|修|管|办)"
)


def is_chase(ctx: Context) -> bool:
    """Whether a repair or complaint only asks after one that is open: it names nothing else that is broken."""
    meaning = ctx.message.understanding
    if len(meaning.matters) > 1 or not CHASE.search(ctx.message.text):
        return False
    tickets = open_tickets(ctx)
    thing = meaning.slots.object
    return any(thing in ticket.title for ticket in tickets) if thing else bool(tickets)


@router.on(Intent.NUDGE)
async def nudge(ctx: Context) -> Reply:
    """Count it on the ticket and say what stands."""
    return await chase(ctx, angry=ctx.message.understanding.label is Label.COMPLAINT)


async def chase(ctx: Context, *, angry: bool) -> Reply:
    """A chase, calm or angry. One that fits several tickets goes to the oldest that is late, without asking back."""
    tickets = narrowed(ctx, open_tickets(ctx))
    if len(tickets) > 1 and _ALL.search(ctx.message.text):
        for ticket in tickets[:MOST]:
            await to_supervisor(ctx, ticket)
        lines = [_line(ctx, mark, ticket) for mark, ticket in zip(CIRCLED, tickets[:MOST], strict=False)]
        return Reply(ctx.say("nudge.all", count=len(lines), lines="\n".join(lines)))
    if angry and tickets:
        late = [ticket for ticket in reversed(tickets) if is_late(ctx, ticket)]
        return await to_supervisor(ctx, late[0] if late else tickets[-1])
    return await on_ticket(ctx, "nudge", none="nudge.none")


def _line(ctx: Context, mark: str, ticket: OpenTicket) -> str:
    by = f"最晚{ctx.time(ticket.due)}" if ticket.due and ticket.due > ctx.now else ""
    return ctx.say("progress.line", mark=mark, title=ticket.title, state=ctx.say(f"state.{ticket.state}"), by=by)


@action("nudge")
async def one(ctx: Context, ticket: OpenTicket) -> Reply:
    """Chase one ticket; the second time, and when it is late, the supervisor hears of it."""
    if ticket.state not in OPEN:
        from handlers.progress import one as standing

        return await standing(ctx, ticket)
    counted = dict(ctx.conversation.facts.get("nudged") or {})
    times = int(counted.get(ticket.id, 0)) + 1
    open_ids = {known.id for known in open_tickets(ctx)}
    facts = dict(ctx.conversation.facts) | {
        "nudged": {id: count for id, count in counted.items() if id in open_ids} | {ticket.id: times}
    }
    if times > 1 or is_late(ctx, ticket):
        reply = await to_supervisor(ctx, ticket)
        return Reply(reply.text, changes={"facts": facts})
    await ctx.desk.tickets.nudge(ticket.id, ctx.message.text[:500], by=ctx.owner, key=ctx.message.key)
    said = ctx.say(
        "nudge.done", number=ticket.number, title=ticket.title, who=ticket.executor_name, by=ctx.time(ticket.due)
    )
    return Reply(said, changes={"facts": facts})


async def to_supervisor(ctx: Context, ticket: OpenTicket) -> Reply:
    """The nudge, and the supervisor now watches the ticket."""
    await ctx.desk.tickets.nudge(ticket.id, ctx.message.text[:500], by=ctx.owner, key=ctx.message.key)
    estate_id = ctx.conversation.estate_id
    await ctx.desk.telling.supervisors(ticket.id, "业主催单，请主管跟进", key=ctx.message.key, estate_id=estate_id)
    await ctx.desk.severity.reconsider(ticket.id, key=ctx.message.key)
    late = is_late(ctx, ticket)
    name = "nudge.late" if late else "nudge.done_again"
    said = ctx.say(name, number=ticket.number, title=ticket.title, who=ticket.executor_name, by=ctx.time(ticket.due))
    return Reply(said)

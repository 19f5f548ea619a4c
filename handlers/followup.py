"""Short words that go on with a ticket, whatever they weigh by themselves: 关不紧 after 水龙头, 还没来, 明早吧."""

from __future__ import annotations

import re
from datetime import timedelta

from handlers import reschedule
from handlers.cancel import MISTAKEN, sure
from handlers.context import Context, Reply
from handlers.correction import corrected
from handlers.details import SAME_BREATH, fresh, words
from handlers.missing import ABOUT_THEM, GO_ON
from handlers.nudge import CHASE, chase, to_supervisor
from handlers.progress import progress
from handlers.reopening import fits, says_not_fixed
from handlers.safety import danger
from handlers.which import from_before, number_in, open_tickets
from nlp import Intent, Label, Wish, understand
from nlp.answers import read_satisfaction, read_wish
from store.conversations import OpenTicket
from store.tickets import Category

LONGEST = 40
WORDY = 3
BURST = timedelta(minutes=10)
"""So soon after a bare report the next words complete it."""
UNSURE = 0.8
_COMES = re.compile(
    "(?:师傅|人|你们)*(?:今天|今晚|明天|现在|什么时候|啥时候|几点)*(?:能不能|能|会|可以)?[来到]了?(?:没有?|[吗么])?[?？。啊呀]*"
    "|(?:师傅|人|他|你们)*(?:走|现在)?到哪(?:儿|里)?了?[啊呢呀?？。]*|(?:师傅|人)*(?:出发|上路)了?(?:没有?|[吗么])[?？。]*"
)
_HOW = re.compile(
    "(?:这事|那个?|你们|现在|到底)*(?:(?:怎么|咋)(?:处理|解决|弄|办)的?|[什啥]么?情况|[怎咋]么?样)(?:了|呢|啊)?[?？。]*"
    "|有?没?有(?:个)?(?:结果|消息|进展|眉目|下文|动静)(?:了)?[吗没么呢]?[?？。]*"
)
_PARCELS = re.compile("快递|包裹|件|外卖|取件")
_PARCEL = re.compile("快递|包裹|外卖|取件|代[取收领]|邮|单号|架|柜|驿站|[取拿]")
_HANDS = re.compile(
    "带|记得|提前|打(?:个|我|他|她)?(?:的)?(?:电话|手机)|电话(?:联系|通知)|等我|敲门|门铃|门口|密码|钥匙|梯子|老人|小孩|孩子|[别不]要?来|有人在"
)
_BY_ITSELF = re.compile(
    "就|那|[说写打搞弄]错了?|不对|应该|是|算了|还是|吧|改成?|改到|换成?|换到|约|定|要不|的|了|都?(?:可以|行|方便|在家|有空)|好|嗯|我|们|你们?|师傅|人|过?来|上门|修"
    "|[吗么呢啊嘛呀哈行]|[\\s,，.。!！?？~、]"
)
_FACTS = re.compile(
    "投诉|保安|保洁|阿姨|前台|[打骂偷扔撞赔咬吵臭]|收(?:了|费|钱)|停车|占|噪音|味|[狗猫]|垃圾(?!物业)|楼[上下]|邻居|隔壁|装修|施工|电梯"
)
"""A complaint that tells one of these is a matter of its own."""
_OOPS = re.compile("^(?:哦|啊|呃|哎|唉|额|噢)*(?:不对?|不是|错了|等等|等一?下)?[,，、 ]+")
_PUT_OFF = re.compile("改[成到在为]?[^,，。]{0,4}(?:昨[天日]|前[天日]|上周|上个?月)")
_LATE = re.compile("(?:说|约|讲)好|答应|怎么回事|放鸽子|人呢|失约|爽约")
_CHAT = re.compile("你|您|机器|天气|吃饭|哈|呵|嘻|[?？吗么吧]|再见|拜|晚安|辛苦|不错|厉害|聊|[好很真]?棒|唱|笑|名字")
_WRONG = re.compile(
    "(?:哦|啊|哎|等等|不对)?[,，]?我?[说写打搞弄]错了?[,，]?(?:应该)?是|不是[^,，。]{1,8}[,，]?(?:而)?是|不对[,，]?(?:应该)?是"
)
_HAN = re.compile("[\u4e00-\u9fff]")
_ANY_TIME = re.compile("随便(?:什么时候|哪天|几点|啥时候)|(?:什么时候|哪天|几点|啥时候)都(?:行|可以|好)")
_ELSE = (Intent.CANCEL, Intent.PERSON, Intent.BIND, Intent.HELP, Intent.LOST_FOUND, Intent.PARCEL_MISSING)
_LOOSE = (Intent.SMALLTALK, Intent.UNKNOWN, Intent.YES, Intent.NO, Intent.REVISIT_ANSWER, Intent.ADD_DETAIL)
_EMPTY_CHASE = (*_LOOSE, Intent.PARCEL_LOOKUP, Intent.PARCEL_WISH, Intent.INQUIRY, Intent.SUGGESTION)


async def meant(ctx: Context) -> Reply | None:
    """The reply when the words go on with an open ticket; None when they begin something or ask something else."""
    message, meaning = ctx.message, ctx.message.understanding
    text, tickets = message.text.strip(), from_before(ctx, open_tickets(ctx))
    if len(tickets) < len(open_tickets(ctx)):
        return None  # this very message opened one, before it was interrupted
    if not tickets or not text or len(text) > LONGEST or len(meaning.matters) > 1 or number_in(text):
        return None
    if meaning.urgent or meaning.intent in _ELSE:
        return None
    put_right = await _put_right(ctx, text)
    if put_right is not None:
        return put_right
    if MISTAKEN.search(text) and (recent := fresh(ctx)) is not None:
        return sure(ctx, recent)
    if GO_ON.fullmatch(text):
        return Reply(ctx.say("greeting.go_on"), dialogue=ctx.conversation.dialogue)
    new_room = await corrected(ctx)
    if new_room is not None:
        return new_room
    named = meaning.slots.object and not any(meaning.slots.object in ticket.title for ticket in tickets)
    if not named and not _PARCELS.search(text):
        asked = await _asks_after(ctx, text)
        if asked is not None:
            return asked
    if _PUT_OFF.match(text) and (ticket := _visited(ctx)) is not None:
        return await reschedule.one(ctx, ticket)
    wish = time_alone(ctx)
    if wish is not None and (ticket := _visited(ctx)) is not None:
        return await reschedule.to(ctx, ticket.id, wish)
    return await _joins(ctx, text)


async def _put_right(ctx: Context, text: str) -> Reply | None:
    """说错了，是卧室的灯; 不是楼上是隔壁: a word on the ticket of a moment ago. A time or a home goes its own way."""
    slots, recent = ctx.message.understanding.slots, fresh(ctx)
    if recent is None or not _WRONG.match(text) or len(text) > 25 or slots.fault or time_alone(ctx) is not None:
        return None
    new_room = await corrected(ctx)
    if new_room is not None:
        return new_room
    if slots.place and recent.category == Category.REPAIR.value:
        return await _other_place(ctx, recent, slots.place)
    return await _added(ctx, recent)


async def _other_place(ctx: Context, ticket: OpenTicket, place: str) -> Reply:
    """The ticket, and its title, name the place that was meant."""
    was = understand(ticket.title, now=ctx.now).slots.place
    title = ticket.title.replace(was, place, 1) if was and was in ticket.title else ticket.title
    await ctx.desk.tickets.complete(ticket.id, by=ctx.owner, key=ctx.message.key, place=place, title=title)
    shown = ticket.model_copy(update={"title": title})
    await ctx.desk.stores.conversations.show_ticket(ctx.conversation.id, shown, open=True)
    await words(ctx, ticket)
    said = ctx.say("detail.place", place=place, number=ticket.number, who=ticket.executor_name)
    return Reply(said, dialogue=ctx.conversation.dialogue)


async def _asks_after(ctx: Context, text: str) -> Reply | None:
    """还没来, 师傅到了没, 怎么处理的: a chase or a question after what is open."""
    meaning, dialogue = ctx.message.understanding, ctx.conversation.dialogue
    if meaning.intent not in _EMPTY_CHASE or (dialogue is not None and dialogue.kind == "parcel"):
        return None
    if _COMES.fullmatch(text) or _HOW.fullmatch(text):
        return await progress(ctx)
    if len(text) <= 20 and (CHASE.search(text) or _LATE.search(text)):
        return await chase(ctx, angry=False)
    return None


def time_alone(ctx: Context) -> Wish | None:
    """The time when the words name one and nothing else: 后天下午, 算了还是明早吧, 随便什么时候."""
    text = _OOPS.sub("", ctx.message.text.strip())
    if ctx.message.understanding.slots.fault or ctx.message.understanding.intent is Intent.CHOICE or len(text) > 20:
        return None
    any_time = _ANY_TIME.search(text)
    wish = Wish(any_time.group()) if any_time else read_wish(text, ctx.now)
    if wish is None or len(wish.text) < 2 or wish.text not in text:
        return None
    return wish if len(_BY_ITSELF.sub("", text.replace(wish.text, "", 1))) <= 1 else None


def _visited(ctx: Context) -> OpenTicket | None:
    """The repair whose visit a bare time can mean: the newest of the last half hour, or the only one."""
    repairs = [ticket for ticket in open_tickets(ctx) if ticket.category == Category.REPAIR.value and not ticket.urgent]
    recent = fresh(ctx)
    if recent is not None and recent in repairs:
        return recent
    return repairs[0] if len(repairs) == 1 else None


async def _joins(ctx: Context, text: str) -> Reply | None:
    """Words for the ticket of a moment ago, and the question about it goes on standing."""
    meaning, recent = ctx.message.understanding, fresh(ctx)
    if recent is not None and ABOUT_THEM.fullmatch(text) and not meaning.slots.fault:
        return await _added(ctx, recent)
    if meaning.label is Label.PARCEL:
        for_them = recent is not None and _HANDS.search(text) and not _PARCEL.search(text)
        return await _added(ctx, recent) if recent is not None and for_them else None
    if meaning.label is Label.REPAIR:
        ticket = _same_repair(ctx, recent)
        return await _added(ctx, ticket) if ticket is not None else None
    if recent is None:
        return None
    if meaning.intent is Intent.COMPLAINT:
        slots = meaning.slots
        if slots.object or slots.fault or slots.people or len(text) > 15 or CHASE.search(text) or _FACTS.search(text):
            return None
        if meaning.confidence < UNSURE and _HANDS.search(text):
            return await _added(ctx, recent)
        blamed = [ticket for ticket in open_tickets(ctx) if ticket.category == Category.COMPLAINT.value]
        recent = next((ticket for ticket in blamed if _of_late(ctx, ticket)), recent)
        if slots.place:
            about = recent.category == Category.COMPLAINT.value and len(text) <= 10
            return await _added(ctx, recent) if about else None
        # Anger without a new fact is about what was just said; the supervisor hears of it, no second ticket.
        await to_supervisor(ctx, recent)
        by = ctx.time(recent.due) if recent.due and recent.due > ctx.now else ""
        return Reply(ctx.say("complaint.angry", number=recent.number, by=by), dialogue=ctx.conversation.dialogue)
    if meaning.intent not in _LOOSE or ctx.conversation.revisits or not any(map(str.isalnum, text)):
        return None
    doubtful = meaning.confidence < UNSURE and meaning.intent in (Intent.SMALLTALK, Intent.YES, Intent.NO)
    doubtful = doubtful or (meaning.intent is Intent.SMALLTALK and not _CHAT.search(text))
    asked_for = meaning.intent is Intent.REVISIT_ANSWER and not says_not_fixed(text)
    asked_for = asked_for and read_satisfaction(text) not in (1, 2)
    if len(text) >= WORDY and (doubtful or asked_for or (_HANDS.search(text) and meaning.intent is Intent.SMALLTALK)):
        return await _added(ctx, recent)
    return None


def _same_repair(ctx: Context, recent: OpenTicket | None) -> OpenTicket | None:
    """The open repair that a fault or a place without a thing is about; None when it is one of its own."""
    text, slots = ctx.message.text, ctx.message.understanding.slots
    if not _HAN.search(text) or slots.object or slots.room or slots.spot or danger(text) == "lift" or "投诉" in text:
        return None
    if says_not_fixed(text):
        same = [t for t in open_tickets(ctx) if t.category == Category.REPAIR.value and fits(ctx, t.title)]
        same = [t for t in same if danger(text) in (None, danger(t.title))]
        return same[0] if len(same) == 1 else None
    if recent is None or recent.category != Category.REPAIR.value or recent.at is None or ctx.now - recent.at > BURST:
        return None
    before = understand(recent.title, now=ctx.now).slots
    if slots.place and before.place and slots.place != before.place:
        return None
    if before.fault is None:
        return recent
    return recent if danger(text) in (None, danger(recent.title)) and not slots.place else None


def _of_late(ctx: Context, ticket: OpenTicket) -> bool:
    return ticket.at is not None and ctx.now - ticket.at <= SAME_BREATH


async def _added(ctx: Context, ticket: OpenTicket) -> Reply:
    reply = await words(ctx, ticket)
    return Reply(reply.text, dialogue=ctx.conversation.dialogue)

"""What needs no ticket, or hardly one: greetings, thanks, talk, praise, suggestions, things lost and found."""

from __future__ import annotations

import re

from handlers import temper
from handlers.cancel import sure
from handlers.context import Context, Reply
from handlers.details import SAME_BREATH, fresh, words
from handlers.intake import forced, take
from handlers.opening import Opened, open_one, shown, variables
from handlers.router import Router
from handlers.wanted import Wanted, of_texts, whole
from handlers.which import open_tickets, resolved_tickets
from nlp import Intent, Label
from store.tickets import Category

router = Router("courtesy")

_BYE = re.compile("(?:好[的了]?[,，]?)?(?:再见|拜拜|拜|晚安|回头见|先这样|就这样|回聊|bye|88)[了吧啊啦~。!！]*", re.I)
_HAS_A_MATTER = re.compile(
    "(?:你好|您好)?[,，\\s]*(?:我)?(?:有[个件点]?(?:小)?(?:事|情况|问题)|(?:跟|和|给)你们?(?:说|反映)(?:一?个|件)?(?:事|情况)?|(?:说|反映|问)[个件]事)(?:情|儿)?"
    "(?:要|想)?(?:说|问|反映|麻烦|请教)?(?:一?下)?(?:你们?|您)?[啊哈哦呢了。~]*"
)
_HELPS = re.compile(
    "(?:再|顺便|顺带|另外|还[要得想])[^,，]{0,4}(?:帮|看|修|换|弄|装|检查)|帮(?:我|忙)?[^,，]{0,4}(?:看|修|换|弄|装)"
)
_LOST = re.compile("丢|捡|落在|忘在|掉了|不见|找不到|遗失|失物")
_WELL_AGAIN = re.compile("不(?P<fault>漏|堵|响|闪|滴|渗|臭|吵|跳)了")
SHORTEST_SUGGESTION = 5
_NAMED = re.compile("([\u4e00-\u9fff](?:师傅|队长|主管|经理|工)|小[\u4e00-\u9fff](?=师傅|人|很|真|特|服|态|$|[,，]))")


@router.on(Intent.GREETING)
async def greeting(ctx: Context) -> Reply:
    """A greeting back; who announces a matter is listened to."""
    if _HAS_A_MATTER.fullmatch(ctx.message.text.strip()):
        return Reply(ctx.say("greeting.go_on"))
    return Reply(ctx.say("greeting.reply", name=ctx.conversation.name))


@router.on(Intent.THANKS)
async def thanks(ctx: Context) -> Reply:
    """You are welcome; a revisit that waits goes on waiting. What is asked for behind the thanks is taken."""
    well = _WELL_AGAIN.search(ctx.message.text)
    about = [ticket for ticket in open_tickets(ctx) if well and well["fault"] in ticket.title]
    if len(about) == 1:
        return sure(ctx, about[0])
    more = _asked_for(ctx)
    if more is not None:
        return await take(ctx, [more])
    return Reply(ctx.say("thanks.reply"))


def _asked_for(ctx: Context) -> Wanted | None:
    """The last clause when it wants a hand with something: 谢谢，马桶修好了，再帮我看看花洒."""
    _, _, last = re.sub("[,，。;；!！\n]+", ",", ctx.message.text.strip(" ,，。!！~")).rpartition(",")
    if not _HELPS.search(last):
        return None
    (one,) = of_texts(ctx, [last])
    return forced(one, Label.REPAIR) if one.slots.object and one.label in (Label.REPAIR, Label.OTHER) else None


@router.on(Intent.SMALLTALK)
async def smalltalk(ctx: Context) -> Reply:
    """A friendly line."""
    if temper.only_abuse(ctx.message.text):
        return temper.calm(ctx)
    if _BYE.fullmatch(ctx.message.text.strip()):
        return Reply(ctx.say("thanks.ok"))
    return Reply(ctx.say("smalltalk.reply"))


@router.on(Intent.PRAISE)
async def praise(ctx: Context) -> Reply:
    """Kept as a suggestion ticket, so that it reaches whom it is about. A name alone is a call, no praise."""
    if _NAMED.fullmatch(ctx.message.text.strip(" ,，。.!！~")):
        return Reply(ctx.say("greeting.go_on"), dialogue=ctx.conversation.dialogue)
    opened = await _opened(ctx)
    known = [*resolved_tickets(ctx), *open_tickets(ctx)]
    who = next((ticket.executor_name for ticket in known if ticket.executor_name), "负责的同事")
    named = _NAMED.search(ctx.message.text)
    said = ctx.say("praise.reply", who=named.group(1) if named else who, number=opened.ticket.number)
    return Reply(said, tickets=shown([opened]))


@router.on(Intent.SUGGESTION)
async def suggestion(ctx: Context) -> Reply:
    """A ticket that is answered within a business day."""
    if len(ctx.message.text.strip()) < SHORTEST_SUGGESTION:
        return ctx.ask("what", Category.SUGGESTION.value, ctx.say("suggestion.ask_what"))
    opened = await _opened(ctx)
    said = ctx.say("suggestion.receipt", **variables(ctx, opened.ticket))
    return Reply(said, tickets=shown([opened]))


@router.on(Intent.LOST_FOUND)
async def lost_found(ctx: Context) -> Reply:
    """A ticket, so that the front desk and security look out; what is added a moment later joins it."""
    recent = fresh(ctx, SAME_BREATH)
    if recent is not None and recent.category == Category.INQUIRY.value and not _LOST.search(ctx.message.text):
        return await words(ctx, recent)
    opened = await _opened(ctx, Category.INQUIRY)
    said = ctx.say("lost_found.receipt", **variables(ctx, opened.ticket))
    return Reply(said, tickets=shown([opened]))


async def _opened(ctx: Context, category: Category = Category.SUGGESTION) -> Opened:
    return await open_one(ctx, whole(ctx.message.understanding, ctx.message.text), category=category)

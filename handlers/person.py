"""A person is wanted: from then on everything goes to them, until they, or the owner, hand back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from desk.deadlines import due
from desk.wording import say_until
from handlers.context import Context, Reply
from handlers.router import Router
from nlp import Intent
from store.conversations import Mode

router = Router("person")

_BACK = re.compile(
    "(?:不用|不要|不需要|别|取消|结束|退出|算了)[^,，。]{0,3}(?:人工|客服|转人工)"
    "|(?:转|回|切|换|交)[^,，。]{0,3}(?:机器人|管家|自动)|机器人(?:回来|来吧|接着)|人工(?:结束|不用了|算了)"
)
_SETTLED = re.compile(
    "(?:好了?|行了?|算了)?[,，]?(?:没事了?|不用了|不需要了|不问了|(?:已经|问题|自己)*(?:解决|弄好|搞定|知道|清楚)了)(?:谢谢|多谢)?[啊吧哈。!！,，谢~]*"
)
_WHO = re.compile("你(?:到底)?是(?:不是)?.{0,4}(?:机器人|真人|人工|自动|ai|AI).{0,4}[吗么?？]|你是(?:谁|什么)")


def settled(ctx: Context) -> bool:
    """Whether the owner, whom nobody has answered yet, needs nobody any more."""
    return ctx.conversation.staff_id is None and bool(_SETTLED.fullmatch(ctx.message.text.strip()))


def wants_back(text: str) -> bool:
    """Whether the owner has had enough of waiting for a person."""
    return bool(_BACK.search(text)) and len(text) <= 30


def asks_who(ctx: Context) -> bool:
    """Whether they want to know whom they write with, however the words were weighed."""
    text, intent = ctx.message.text.strip(), ctx.message.understanding.intent
    asks = intent in (Intent.PERSON, Intent.SMALLTALK, Intent.HELP, Intent.UNKNOWN, Intent.GREETING, Intent.INQUIRY)
    return asks and len(text) <= 15 and bool(_WHO.search(text))


@router.on(Intent.PERSON)
async def person(ctx: Context) -> Reply:
    """Hand over, or back when that is what the words say."""
    if wants_back(ctx.message.text):
        return Reply(ctx.say("person.still_here"))
    if _WHO.search(ctx.message.text):
        return Reply(ctx.say("smalltalk.robot"))
    return hand_over(ctx)


def hand_over(ctx: Context, *, lead: str = "") -> Reply:
    """From now on a person answers; by when is said, at night when the desk opens."""
    calendar, zone = ctx.rules.calendar, ctx.rules.zone
    wait = ctx.desk.waiting.of_person(ctx.conversation, ctx.now)
    if not calendar.is_open(ctx.now):
        text = ctx.say("person.night", open=ctx.time(calendar.next_open(ctx.now)))
    elif wait.ahead or wait.minutes is not None:
        name = "person.handed" if wait.ahead else "person.handed_first"
        text = ctx.say(name, staff="", position=wait.ahead, minutes=wait.minutes or "")
    else:
        accept = ctx.rules.settings.deadlines.inquiry.accept
        within = say_until(due(accept, ctx.now, calendar), ctx.now, zone) if accept else ""
        text = ctx.say("person.handed_soon", within=within)
    changes: Mapping[str, Any] = {
        "mode": Mode.PERSON.value,
        "waiting_since": ctx.conversation.waiting_since or ctx.now,
        "facts": {**ctx.conversation.facts, "queue": {"ahead": wait.ahead}},
    }
    return Reply(f"{lead}\n{text}" if lead else text, changes=changes)


def back_to_bot(ctx: Context) -> Reply:
    """The bot answers again."""
    return Reply(ctx.say("person.back"), changes={"mode": Mode.BOT.value, "staff_id": None, "waiting_since": None})

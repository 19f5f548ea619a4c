"""What a ticket still lacks: asked once, one thing at a time, and it can be skipped. The ticket is open meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from desk.wording import shorten
from handlers.choices import chosen, listed
from handlers.context import Context, Reply
from handlers.correction import corrected
from handlers.homes import matches, where
from handlers.opening import Opened, joined, receipts, shown
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.visiting import untimely
from nlp import Intent, Label
from nlp.answers import read_room, read_satisfaction, read_skip, read_wish
from store.tickets import Category

router = Router("missing")

LONGEST_ANSWER = 30
_ENDING = re.compile("(?<=.)[的嘞哩呢啊吧哦呀哈嘛咧~,，。.!！]+$")
STEPS = ("home", "room", "place", "time")

_TIMES = re.compile("[天周月日号点早晚午时末班空闲家]|小时|星期|随")
GO_ON = re.compile("(?:对了|还有(?:一?[个件]事)?|另外|然后|那个|等一?下|稍等|等等)[,，。.…~啊呢哈]*")
"""They are still writing."""
ABOUT_THEM = re.compile(
    "(?:楼[上下]|隔壁|对门|邻居|他|她|人家|户主|房东)(?:们|家)?(?:的)?(?:户主|业主|房东|租客)?(?:就?是|住在?|姓|叫|没人|不在家?|有人|不开门|搬走|电话)[^,，。吗?？]{0,14}"
)
"""A word about whom it concerns: 楼上是1602, 楼上户主姓陈, 他家没人. It answers no question."""
_HEARD = re.compile("谢|辛苦|收到|知道了|了解|明白|晓得")
"""Said to what was pushed meanwhile, not to the question."""
_BUSY = re.compile("不在家?|没空|没时间|不方便|出差|加班|不行|不能")
_SOME_DAY = re.compile("[周日号月点早晚午明后今末]")
_ANY_TIME = re.compile("随便|随时|任何|哪天都|什么时候都|都[行可好]")
_ANSWERS = (
    Intent.UNKNOWN,
    Intent.CHOICE,
    Intent.YES,
    Intent.NO,
    Intent.ADD_DETAIL,
    Intent.RESCHEDULE,
    Intent.REVISIT_ANSWER,
    Intent.SMALLTALK,
    Intent.BIND,
)


def lacking(opened: Sequence[Opened], *, known: bool) -> list[str]:
    """Which questions are worth asking, the most important first."""
    first = opened[0]
    if first.ticket.category is not Category.REPAIR:
        return []
    steps = []
    if first.where.open and not first.wanted.public:
        steps.append("home")
    elif not known and not first.where.name and first.ticket.urgent and not first.wanted.estate_wide:
        steps.append("room")
    if first.ticket.urgent or len(opened) > 1:
        return steps
    if first.wanted.needs_place:
        steps.append("place")
    if not first.wanted.public and not first.ticket.wished_time:
        steps.append("time")
    return steps


def with_question(
    ctx: Context, opened: Sequence[Opened], *, lead: str = "", changes: Mapping[str, Any] | None = None
) -> Reply:
    """The receipt, and the first thing that is missing."""
    known = bool(ctx.conversation.homes)
    steps = lacking(opened, known=known)
    # The time is asked for only when nothing else was: the receipt already is long.
    text = joined(lead, receipts(ctx, opened, hint=not steps and not lead))
    tickets = shown(opened)
    if not steps:
        return Reply(text, changes=dict(changes or {}), tickets=tickets)
    data = {
        "ids": [one.ticket.id for one in opened],
        "number": opened[0].ticket.number,
        "thing": opened[0].wanted.slots.object or "",
        "left": steps[1:],
    }
    question = ask(ctx, steps[0], data)
    return ctx.ask("missing", steps[0], joined(text, question), data=data, changes=changes, tickets=tickets)


def ask(ctx: Context, step: str, data: Mapping[str, Any]) -> str:
    """The words of one question."""
    if step == "home":
        return ctx.say("choice.ask_which_room", choices=listed([home.name for home in ctx.conversation.homes]))
    if step == "room":
        return ctx.say("repair.ask_where_urgent")
    if step == "place":
        return ctx.say("repair.ask_place", thing=data.get("thing", ""))
    return ctx.say("repair.ask_time")


@router.dialogue("missing")
async def answered(ctx: Context) -> Reply | Unhandled:
    """The answer completes the ticket; then the next question, if one is left."""
    dialogue = ctx.conversation.dialogue
    assert dialogue is not None  # the router calls this only with one
    if not is_answer(ctx, dialogue.step):
        return UNHANDLED
    if dialogue.step in ("place", "time") and (other_room := await corrected(ctx)) is not None:
        return other_room
    data = dict(dialogue.data)
    asks_time = dialogue.step in ("place", "time") and not data.get("again")
    if asks_time and untimely(ctx, read_wish(ctx.message.text, ctx.now)):
        return ctx.ask("missing", "time", ctx.say("reschedule.night"), data=data | {"again": True})
    other_time = await _not_then(ctx, data) if dialogue.step == "time" else None
    if other_time is not None:
        return other_time
    skips = read_skip(ctx.message.text) and not (dialogue.step == "time" and _any_time(ctx.message.text))
    known, said = ({}, "") if skips else await read(ctx, dialogue.step)
    if dialogue.step == "home" and not known and not read_skip(ctx.message.text):
        if data.get("again"):
            return UNHANDLED
        names = listed([home.name for home in ctx.conversation.homes])
        return ctx.ask("missing", "home", ctx.say("choice.again", choices=names), data=data | {"again": True})
    if said and not known:
        for id in data.get("ids") or ():
            await ctx.desk.tickets.add_words(str(id), said, (), by=ctx.owner, key=ctx.message.key)
    if known:
        for id in data.get("ids") or ():
            await ctx.desk.tickets.complete(str(id), by=ctx.owner, key=ctx.message.key, **known)
    left = list(data.get("left") or ())
    if dialogue.step == "time" and "place" in known:
        left = ["time", *left]  # the place came late; the time is still open
    if "wished_time" in known:
        left = [step for step in left if step != "time"]
    if not known and dialogue.step == "place" and read_skip(ctx.message.text):
        left = []  # whoever skips one question is not asked the next
    number = str(data.get("number", ""))
    skipped = "repair.skipped_room" if dialogue.step == "room" else "repair.skipped"
    noted = ctx.say("repair.noted", said=said, number=number) if said else ctx.say(skipped, number=number)
    if dialogue.step == "time" and "wished_time" in known and _any_time(ctx.message.text):
        noted = ctx.say("repair.any_time", number=number)
    if dialogue.step == "room" and not ctx.bound and (bound := await _also_bound(ctx, noted)) is not None:
        return bound
    if not left:
        return Reply(noted)
    step = str(left[0])
    question = ask(ctx, step, data)
    return ctx.ask("missing", step, joined(noted, question), data=data | {"left": left[1:]})


async def _also_bound(ctx: Context, noted: str) -> Reply | None:
    """Who answers "where" with name, room and phone is known from now on; None when that was not written."""
    from handlers import binding

    if not binding.is_attempt(ctx) or binding.blocked(ctx):
        return None
    reply = await binding.bind(ctx)
    return Reply(joined(noted, reply.text or ""), reply.dialogue, reply.changes, reply.tickets)


async def _not_then(ctx: Context, data: Mapping[str, Any]) -> Reply | None:
    """No time, or one that does not suit (明天我不在家): kept, and asked for once more. None for an answer."""
    text = ctx.message.text
    if read_skip(text) or read_wish(text, ctx.now) or _place_only(ctx):
        return None
    meaning = ctx.message.understanding
    wants_another = meaning.intent is Intent.RESCHEDULE or _BUSY.search(text)
    if not wants_another and not (meaning.intent is Intent.CHOICE and not _TIMES.search(text)):
        return None
    if data.get("again"):
        return None
    for id in data.get("ids") or () if _BUSY.search(text) else ():
        await ctx.desk.tickets.add_words(str(id), text, (), by=ctx.owner, key=ctx.message.key)
    question = ctx.say("reschedule.ask" if wants_another else "reschedule.again")
    return ctx.ask("missing", "time", question, data=dict(data) | {"again": True})


def _any_time(text: str) -> bool:
    return bool(_ANY_TIME.search(text)) and not _SOME_DAY.search(text)


def _a_time(ctx: Context) -> bool:
    return read_wish(ctx.message.text, ctx.now) is not None or bool(_ANY_TIME.search(ctx.message.text))


def _place_only(ctx: Context) -> bool:
    """Whether the words name a place and nothing else: 卧室的."""
    slots = ctx.message.understanding.slots
    if _ANY_TIME.search(ctx.message.text):
        return False  # 在屋里，随时来
    return bool(slots.place) and not slots.fault and not slots.object and len(ctx.message.text.strip()) <= 8


def is_answer(ctx: Context, step: str) -> bool:
    """Whether these words can be the answer, rather than something new."""
    message, meaning = ctx.message, ctx.message.understanding
    if message.kind not in ("text", "voice") or not message.text.strip():
        return False
    if read_skip(message.text):
        return True
    if len(message.text) > LONGEST_ANSWER:
        return False
    if GO_ON.fullmatch(message.text.strip()):
        return False
    if step in ("place", "time") and ABOUT_THEM.fullmatch(message.text.strip()):
        return False
    if meaning.intent is Intent.REVISIT_ANSWER and ctx.conversation.revisits:
        return False  # "满意" is for the revisit that waits
    rates = meaning.intent is Intent.REVISIT_ANSWER and read_satisfaction(message.text) is not None
    if step == "time" and rates and read_wish(message.text, ctx.now) is None:
        return False
    if step == "time" and meaning.intent is Intent.SMALLTALK and not _TIMES.search(message.text):
        return False
    if step == "time" and (meaning.intent is Intent.THANKS or (_HEARD.search(message.text) and not _a_time(ctx))):
        return False
    if step == "time" and _place_only(ctx):
        return True
    if meaning.intent in _ANSWERS or (step == "time" and _ANY_TIME.search(message.text)):
        return True
    if meaning.label is Label.REPAIR and not meaning.urgent and meaning.slots.place:
        # "厨房的灯" answers where; "厨房灯也坏了" is something new.
        return step == "place" and meaning.slots.fault is None and len(message.text) <= 12
    return step in ("home", "room") and meaning.slots.room is not None


async def read(ctx: Context, step: str) -> tuple[dict[str, str | None], str]:
    """What the answer fills in, and how it is repeated to the owner."""
    text = shorten(ctx.message.text, LONGEST_ANSWER)
    if step == "place" or (step == "time" and _place_only(ctx)):
        text = _ENDING.sub("", text) or text
        if not ctx.message.understanding.slots.place and ctx.message.understanding.intent in (Intent.YES, Intent.NO):
            return {}, ""  # "ok" names no place
        place = ctx.message.understanding.slots.place or text
        wish = read_wish(ctx.message.text, ctx.now)
        if wish and not ctx.message.understanding.slots.place:
            return {"wished_time": wish.text}, wish.text  # they say when before they are asked
        return {"place": text if place in text else place}, text
    if step == "time":
        wish = read_wish(ctx.message.text, ctx.now)
        if wish is None and ctx.message.understanding.intent is Intent.YES and not _ANY_TIME.search(text):
            return {}, ""  # "好的" names no time: as if it were skipped
        said = wish.text if wish else text
        # What names no time at all is no wish: it is kept as words.
        return {"wished_time": said} if wish or _TIMES.search(text) else {}, said
    room = ctx.message.understanding.slots.room or read_room(ctx.message.text)
    if step == "home":
        homes = ctx.conversation.homes
        number = chosen(ctx.message.text, [home.name for home in homes])
        if number is None and room is not None:
            fits = [i for i, home in enumerate(homes) if matches(home, room)]
            number = fits[0] if len(fits) == 1 else None
        if number is not None:
            return {"room_id": homes[number].room_id, "room_name": homes[number].name}, homes[number].name
        if room is None or not room.building:
            return {}, ""
    if room is not None:
        spot = await where(ctx, room)
        return {"room_id": spot.room_id, "room_name": spot.name}, spot.name
    return {"room_name": text}, text

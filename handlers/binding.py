"""Binding a home: name, room and phone against the register. What the writer wanted is kept and goes on afterwards.

The unbound are never locked out: emergencies and questions are answered before this is asked (dispatch.py), and who
would rather not say gets the ticket all the same, without a room.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from desk.deadlines import due
from desk.residents import BindResult, Bound
from desk.wording import say_until, title_of
from handlers import details
from handlers.context import Context, Reply
from handlers.missing import with_question
from handlers.opening import Opened, joined, open_all, receipts, shown
from handlers.parcels import waiting
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.wanted import of_texts
from nlp import Intent, Label, Room
from nlp.answers import read_name, read_phone, read_room, read_skip, read_yes_no
from store.conversations import Home, Mode

router = Router("binding")

KIND = "binding"
MOST_KEPT = 10
ROLES = {"owner": "业主", "tenant": "租户", "family": "家属"}

_REFUSES = re.compile("不(?:想|愿|方便|告诉|提供|绑|认证|填|给)|别(?:问|要)|隐私|先派人|先修|凭什么|为什么要|干嘛要")
_WHY = re.compile(
    "(?:为什么|为啥|干嘛|干吗|干啥)(?:还)?(?:要|得)|要(?:我的)?(?:手机|电话|姓名|名字|房号)[^,，。]{0,4}(?:干|做)(?:什么|啥|嘛|吗)|泄露|安全吗|隐私"
)
_NEW_PHONE = re.compile(
    "换(?:了)?(?:个)?(?:手机|电话)?号|(?:手机|电话)?号码?(?:换|改|变)了?|新(?:的)?(?:手机|电话)?号|(?:改|更新)[^,，]{0,4}(?:手机|电话)"
)
_NUMBER = re.compile(r"(?<![\d-])\d{3,4}(?![\d-])")
_NAME = re.compile("[\u3400-\u9fff·]{2,6}|[A-Za-z][A-Za-z .]{1,30}")


# ---- asking ----


async def ask_for(
    ctx: Context, texts: Sequence[str] = (), *, media: Sequence[str] = (), question: bool = False
) -> Reply:
    """Ask who it is; what was wanted is kept until then. Who has said all of it already is bound at once."""
    data = dict(ctx.conversation.dialogue.data) if _asking(ctx) and ctx.conversation.dialogue else {}
    kept = [*data.get("matters", ()), *texts][:MOST_KEPT]
    data |= {"matters": kept, "media": [*data.get("media", ()), *media]} | _given(ctx, data)
    lead = ctx.say("bind.kept", title=title_of(texts[-1])) if texts and not question else ""
    if blocked(ctx):
        opened = await open_kept(ctx, data)
        text = joined(ctx.say("bind.too_many"), receipts(ctx, opened, hint=False) if opened else "")
        return Reply(text, tickets=shown(opened))
    if all(data.get(name) for name in ("name", "room", "phone")):
        return await attempt(ctx, data)
    if kept and texts and not question:
        # Who never writes again gets the ticket all the same (handlers/unbound.py).
        after = ctx.now + ctx.rules.settings.first_contact.ticket_after
        about = {"conversation": ctx.conversation.id, "key": ctx.message.key}
        await ctx.desk.timers.plan(f"unbound:{ctx.message.key}", "unbound", after, None, about)
    return ctx.ask(KIND, "details", joined(lead, _question(ctx, data)), data=data)


def _question(ctx: Context, data: Mapping[str, Any]) -> str:
    missing = [name for name in ("name", "room", "phone") if not data.get(name)]
    if len(missing) in (0, 3):
        return ctx.say("bind.ask")
    if len(missing) == 2:
        return ctx.say("bind.ask_missing_two", what="和".join(ctx.say(f"bind.word_{name}") for name in missing))
    return ctx.say(f"bind.ask_missing_{missing[0]}")


def _asking(ctx: Context) -> bool:
    dialogue = ctx.conversation.dialogue
    return dialogue is not None and dialogue.kind == KIND


def _given(ctx: Context, data: Mapping[str, Any]) -> dict[str, Any]:
    """Name, room and phone that the message holds."""
    text, slots = ctx.message.text, ctx.message.understanding.slots
    found: dict[str, Any] = {}
    room = slots.room or read_room(text)
    if room is None and _asking(ctx) and (written := _NUMBER.search(text)):
        room = Room("", "", written.group())
    if room is not None:
        found["room"] = room.to_dict()
    if phone := slots.phone or read_phone(text):
        found["phone"] = phone
    # A name is looked for only where one is expected: "3栋2单元1502水管爆了" holds none.
    plain = ctx.message.understanding.intent in (Intent.UNKNOWN, Intent.BIND)
    if plain or "phone" in found or (_asking(ctx) and room is not None):
        name = read_name(text.replace("单元", " "))
        if name and data.get("name") and room is not None:
            name = None
        bare = text.strip(" ,，。.")
        if name is None and plain and data.get("room") and data.get("phone") and _NAME.fullmatch(bare):
            name = bare
        if name:
            found["name"] = name
    return found


def is_attempt(ctx: Context) -> bool:
    """Whether somebody sends their particulars without having been asked just now."""
    slots = ctx.message.understanding.slots
    plain = ctx.message.understanding.intent in (Intent.UNKNOWN, Intent.BIND)
    return plain and slots.room is not None and (slots.phone or read_phone(ctx.message.text)) is not None


def is_name(ctx: Context) -> bool:
    """Whether somebody whom we do not know writes their name and nothing else (王芳), as the welcome asks."""
    text = ctx.message.text.strip(" ,，。.")
    return ctx.message.understanding.intent is Intent.UNKNOWN and 2 <= len(text) <= 3 and read_name(text) == text


# ---- answers ----


@router.on(Intent.BIND)
async def bind(ctx: Context) -> Reply:
    """Somebody wants to bind, or sends their particulars unasked."""
    data = _given(ctx, {})
    if {"name", "room", "phone"} <= data.keys() and not blocked(ctx):
        return await attempt(ctx, data | {"matters": []})
    if ctx.bound and not data and (recent := details.fresh(ctx)) is not None and ctx.message.understanding.slots.spot:
        return await details.words(ctx, recent)  # 在3栋楼下: where it is, not who they are
    if ctx.bound and "phone" in data and "name" not in data and _NEW_PHONE.search(ctx.message.text):
        from handlers.inquiry import to_a_colleague

        return await to_a_colleague(ctx, of_texts(ctx, [ctx.message.text])[0])
    if ctx.bound and not data:
        rooms = "、".join(home.name for home in ctx.conversation.homes)
        return Reply(ctx.say("bind.already", room=rooms))
    return await ask_for(ctx)


@router.dialogue(KIND)
async def answered(ctx: Context) -> Reply | Unhandled:
    """Particulars, a part of them, or a refusal."""
    dialogue = ctx.conversation.dialogue
    if dialogue is None or ctx.message.kind not in ("text", "voice"):
        return UNHANDLED
    data, text = dict(dialogue.data), ctx.message.text
    meaning = ctx.message.understanding
    given = _given(ctx, data)
    if not given:
        if _WHY.search(text) and not data.get("why"):
            return ctx.ask(KIND, "details", ctx.say("bind.why"), data=data | {"why": True})
        if read_skip(text) or _REFUSES.search(text) or (meaning.intent is Intent.NO and read_yes_no(text) is False):
            return await without_home(ctx, data)
        return UNHANDLED
    if meaning.label is not Label.OTHER and not data.get("matters"):
        data["matters"] = [text]
    elif meaning.label in (Label.REPAIR, Label.COMPLAINT) and "name" not in given:
        return UNHANDLED  # a new matter that names its room; it is kept, with the room, by ask_for
    data |= given
    if not all(data.get(name) for name in ("name", "room", "phone")):
        return ctx.ask(KIND, "details", _question(ctx, data), data=data)
    return await attempt(ctx, data)


async def attempt(ctx: Context, data: dict[str, Any]) -> Reply:
    """Check the particulars against the register."""
    room = Room.from_dict(data["room"])
    rooms = await ctx.desk.stores.rooms.numbered(room.building, room.unit, room.number)
    result = await ctx.desk.residents.bind(
        ctx.conversation.app_id, ctx.conversation.openid, name=data["name"], rooms=rooms, phone=data["phone"]
    )
    if result.outcome in (Bound.DONE, Bound.ALREADY):
        return await bound(ctx, result, data)
    tries = tries_today(ctx) + 1
    facts = dict(ctx.conversation.facts) | {"bind_tries": {"day": _today(ctx), "count": tries}}
    if tries >= ctx.rules.settings.first_contact.binding_tries:
        return await to_a_person(ctx, data, facts)
    kept = {"matters": data.get("matters", []), "media": data.get("media", [])}
    return ctx.ask(KIND, "details", ctx.say("bind.no_match"), data=kept, changes={"facts": facts})


async def bound(ctx: Context, result: BindResult, data: Mapping[str, Any]) -> Reply:
    """They are known now: say so and go on with what they wanted."""
    known = as_bound(ctx, result)
    was = {home.room_id for home in ctx.conversation.homes}
    mine = [home for home in result.homes if home.room_id not in was] or list(result.homes)
    rooms = "、".join(home.name for home in mine)
    role = ROLES.get(mine[0].role, "") if len(mine) == 1 else ""
    lead = ctx.say("bind.done", name=result.name, room=rooms, role=role)
    changes = result.changes()
    wanted = of_texts(ctx, list(data.get("matters", ())))
    tickets = [one for one in wanted if one.label is not Label.PARCEL]
    if len(tickets) < len(wanted):
        lead = joined(lead, await waiting(known) or ctx.say("parcel.none"))
    if not tickets:
        return Reply(lead, changes=changes)
    opened = await open_all(known, tickets, media=data.get("media", ()))
    return with_question(known, opened, lead=lead, changes=changes)


def as_bound(ctx: Context, result: BindResult) -> Context:
    """The context as it is after binding."""
    homes = tuple(Home.model_validate(home.model_dump()) for home in result.homes)
    update = {"resident_id": result.resident_id, "name": result.name, "homes": homes, "estate_id": result.estate_id}
    conversation = ctx.conversation.model_copy(update=update)
    return replace(ctx, conversation=conversation, rules=ctx.desk.rules.of(result.estate_id))


# ---- when it does not work out ----


async def without_home(ctx: Context, data: Mapping[str, Any]) -> Reply:
    """They would rather not say: the tickets are opened without a room."""
    opened = await open_kept(ctx, data)
    if not opened:
        return Reply(ctx.say("bind.later"))
    text = receipts(ctx, opened, hint=False)
    if data.get("room") or any(one.where.name for one in opened):
        return Reply(text, tickets=shown(opened))
    kept = {"ids": [one.ticket.id for one in opened], "number": opened[0].ticket.number, "thing": "", "left": []}
    return ctx.ask("missing", "room", joined(text, ctx.say("bind.silent")), data=kept, tickets=shown(opened))


async def to_a_person(ctx: Context, data: Mapping[str, Any], facts: Mapping[str, Any]) -> Reply:
    """Too many wrong tries: the front desk looks at it, and the matter has its ticket all the same."""
    opened = await open_kept(ctx, data)
    accept = ctx.rules.settings.deadlines.inquiry.first_answer
    within = say_until(due(accept, ctx.now, ctx.rules.calendar), ctx.now, ctx.rules.zone) if accept else ""
    text = joined(ctx.say("bind.waiting", within=within), receipts(ctx, opened, hint=False) if opened else "")
    changes = {"facts": dict(facts), "mode": Mode.PERSON.value, "waiting_since": ctx.now}
    return Reply(text, changes=changes, tickets=shown(opened))


async def rescue(ctx: Context, texts: Sequence[str], media: Sequence[str] = ()) -> list[Opened]:
    """Open what was kept when its dialogue is left: nothing that was asked for may vanish."""
    wanted = [one for one in of_texts(ctx, list(texts)) if one.label is not Label.PARCEL]
    return await open_all(ctx, wanted, base=50, media=media) if wanted else []


async def open_kept(ctx: Context, data: Mapping[str, Any]) -> list[Opened]:
    """Tickets for what was kept while we asked who it is."""
    room = data.get("room")
    wanted = [one for one in of_texts(ctx, list(data.get("matters", ()))) if one.label is not Label.PARCEL]
    if room:
        # The room that they gave helps whoever goes there, although nobody proved it.
        said = Room.from_dict(room)
        wanted = [replace(one, slots=replace(one.slots, room=one.slots.room or said)) for one in wanted]
    return await open_all(ctx, wanted, media=data.get("media", ())) if wanted else []


def tries_today(ctx: Context) -> int:
    """How often the particulars were wrong today."""
    tries = ctx.conversation.facts.get("bind_tries") or {}
    return int(tries.get("count", 0)) if tries.get("day") == _today(ctx) else 0


def blocked(ctx: Context) -> bool:
    """Whether today's tries are used up."""
    return tries_today(ctx) >= ctx.rules.settings.first_contact.binding_tries


def _today(ctx: Context) -> str:
    return ctx.now.astimezone(ctx.rules.zone).date().isoformat()


__all__ = ["KIND", "ask_for", "attempt", "bind", "blocked", "is_attempt", "open_kept", "rescue", "router"]

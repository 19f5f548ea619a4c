"""Parcels: looked up in the log; missing or broken ones and wishes become a ticket; somebody else may collect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from desk.tracking import Tracking, find_tail, find_tracking
from handlers import binding, details, inquiry
from handlers.choices import chosen
from handlers.context import Context, Reply
from handlers.deputy import Deputy, read_deputy, revokes
from handlers.opening import joined, open_one, receipt, shown, variables
from handlers.parcels import lines, mine, shown_number, told, waiting
from handlers.progress import progress
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.wanted import several, whole
from handlers.which import number_in
from nlp import Intent, Label
from nlp.answers import read_skip
from store.parcels import Parcel, ParcelState
from store.tickets import Category

router = Router("parcel")

KIND = "parcel"
WATCH = ("盯着", "不用")
_BROKEN = re.compile(
    "(?:快递|包裹|箱子?|盒子?|件|东西|外包装)[^,，。]{0,8}(?:破|坏|压扁|压变形|碎|烂|湿|漏|少了|摔)"
    "|(?:破|坏|压扁|碎|烂|湿)了?的?[^,，。]{0,3}(?:快递|包裹)"
)
_GONE = re.compile("没(?:有)?收到|没(?:有)?拿到|没见到?|找不到|不是|丢|签收|不见|没取")
_WHERE = re.compile(
    "(?:我的?|那个|那件|这件|东西|快递|包裹|它)*(?:是?放|在|搁)在?(?:哪|哪里|哪儿|什么地方|几号架|哪个架子?)(?:里|儿|上)?[了呢啊呀]?"
    "|(?:去|到|在|上)?(?:哪|哪里|哪儿)(?:去)?(?:取|拿|领)[呢啊呀]?|(?:我的?|那个)?(?:取件)?码(?:是)?(?:多少|几|什么|呢)[啊呀呢]?"
    "|几点前(?:能|可以)?(?:取|拿)|(?:今天)?(?:几点|什么时候)(?:还)?能(?:取|拿)"
)
_BARE = re.compile(
    r"(?:[\s0-9A-Za-z\-:：,，。.?？]|单号|快递|顺丰|京东|圆通|中通|韵达|申通|极兔|邮政|百世|我的?|这个|到了吗|到没)*"
)
_RULE = re.compile(
    "多久|多长时间|几天|多少天|多少钱|收费|收钱|要钱|免费|超时|逾期|代收|退回|退走|会退|退掉|退吗|寄|赔|上门吗|上楼吗|门口[吗么?？]|规定"
)
_ASKS = re.compile("[吗么呢?？]|怎么|多久|多长|几|多少|什么|哪|能不能|能否|可不可以|可否|行不行|会不会|要不要")
_OWN = re.compile("帮我|给我|替我|帮忙|麻烦|我家|我有|我那|我这|到了|到没|到货")
_ABOUT_PARCELS = (
    Intent.UNKNOWN,
    Intent.PARCEL_LOOKUP,
    Intent.INQUIRY,
    Intent.CHOICE,
    Intent.PROGRESS,
    Intent.SMALLTALK,
    Intent.ADD_DETAIL,
    Intent.REVISIT_ANSWER,
    Intent.BIND,
)


# ---- recognised by their form, whatever the words weigh ----


def is_number(text: str) -> bool:
    """Whether the text is a tracking number and nothing else to speak of."""
    return find_tracking(text) is not None and _BARE.fullmatch(text) is not None


async def meant(ctx: Context) -> Reply | None:
    """The answer when the words are about parcels by their form: a number, who collects, where it lies. Else None."""
    text, intent = ctx.message.text.strip(), ctx.message.understanding.intent
    if ctx.message.understanding.urgent:
        return None
    number = find_tracking(text)
    deputy = read_deputy(text)
    if deputy is not None or revokes(text):
        return await _who_collects(ctx, deputy, number)
    if number is not None and intent in _ABOUT_PARCELS:
        return await numbered(ctx, number)
    if ctx.bound and _WHERE.fullmatch(text.rstrip("?？。.!！ ")):
        said = await waiting(ctx)
        return Reply(said) if said else None
    return None


# ---- intents ----


@router.on(Intent.PARCEL_LOOKUP)
async def lookup(ctx: Context) -> Reply:
    """Where it lies, and the code; only for the homes that are theirs."""
    if number_in(ctx.message.text) and find_tracking(ctx.message.text) is None:
        return await progress(ctx)  # a ticket's number, not a parcel's
    wanted = several(ctx)
    if len(wanted) > 1:
        from handlers.intake import take

        return await take(ctx, wanted)
    if _BROKEN.search(ctx.message.text):
        return await broken(ctx)
    rule = await _rule(ctx)
    if rule is not None:
        return rule
    if not ctx.bound:
        return await binding.ask_for(ctx, [ctx.message.text], question=True)
    number = find_tracking(ctx.message.text)
    if number is not None:
        return await numbered(ctx, number)
    parcels = await mine(ctx)
    tail = find_tail(ctx.message.text)
    if tail is not None:
        parcels = [one for one in parcels if one.tracking.endswith(tail)]
    if parcels:
        return Reply(told(ctx, parcels))
    said = joined(ctx.say("parcel.none", tracking=f"尾号 {tail}" if tail else ""), ctx.say("parcel.none_next"))
    return ctx.ask(KIND, "none", said, data={"number": ""})


async def numbered(ctx: Context, number: Tracking) -> Reply:
    """What the log says about one number. Of another home's parcel it says what it says of one that nobody logged."""
    if not ctx.bound:
        return await binding.ask_for(ctx, [f"我的快递 {number.number} 到了吗"], question=True)
    parcel = await ctx.desk.parcels.numbered_for(ctx.conversation.person_id, number.number)
    recent = details.fresh(ctx) if parcel is None else None
    if recent is not None and recent.category == Category.PARCEL.value:
        return await details.words(ctx, recent)  # the number of what we are looking for already
    if parcel is None:
        said = ctx.say("parcel.none_number", tracking=shown_number(number.number, number.carrier))
        return ctx.ask(KIND, "watch", said, data={"number": number.number})
    if parcel.state is ParcelState.WAITING:
        return Reply(told(ctx, [parcel]))
    if parcel.state is ParcelState.RETURNED:
        return Reply(ctx.say("parcel.sent_back", when=ctx.time(parcel.ended_at)))
    if parcel.state in (ParcelState.LOST, ParcelState.DAMAGED):
        return Reply(ctx.say("parcel.in_search", number=parcel.ticket_number))
    said = ctx.say("parcel.taken", when=ctx.time(parcel.ended_at), who=parcel.collected_by)
    return ctx.ask(KIND, "taken", said, data={"number": number.number})


@router.on(Intent.PARCEL_MISSING)
async def missing(ctx: Context) -> Reply:
    """It is in the log after all, or a ticket: somebody goes and looks."""
    if _BROKEN.search(ctx.message.text) and "丢" not in ctx.message.text:
        return await broken(ctx)
    here = await _here(ctx)
    if here:
        said = joined(told(ctx, here), ctx.say("parcel.here_after_all"))
        return ctx.ask(KIND, "here", said, data={"text": ctx.message.text[:500]})
    return await search_for(ctx)


@router.on(Intent.PARCEL_WISH)
async def wish(ctx: Context) -> Reply:
    """Somebody else collects it: on record. Anything else that is wished: a ticket."""
    deputy = read_deputy(ctx.message.text)
    if deputy is not None:
        return await _who_collects(ctx, deputy, find_tracking(ctx.message.text))
    if _BROKEN.search(ctx.message.text):
        return await broken(ctx)
    rule = await _rule(ctx)
    if rule is not None:
        return rule
    opened = await open_one(ctx, whole(ctx.message.understanding, ctx.message.text), category=Category.PARCEL)
    return Reply(ctx.say("parcel.wish", **variables(ctx, opened.ticket)), tickets=shown([opened]))


async def _rule(ctx: Context) -> Reply | None:
    """The article for a question about how parcels are handled here; None when one of their own is meant."""
    text = ctx.message.text
    if not (_RULE.search(text) and _ASKS.search(text)) or _OWN.search(text):
        return None
    if find_tracking(text) is not None or find_tail(text) is not None:
        return None
    return await inquiry.if_known(ctx)


async def search_for(ctx: Context, *, number: str = "", text: str = "", media: Sequence[str] = ()) -> Reply:
    """A ticket: somebody goes and looks for it."""
    words = text or ctx.message.text
    number = number or getattr(find_tracking(words), "number", "")
    if number and number not in words:
        words = f"{words}（单号 {number}）"
    one = whole(ctx.message.understanding, words)
    opened = await open_one(ctx, one, category=Category.PARCEL, media=media)
    return Reply(receipt(ctx, opened), tickets=shown([opened]))


async def broken(ctx: Context, media: Sequence[str] = ()) -> Reply:
    """A damaged parcel is a complaint."""
    one = replace(whole(ctx.message.understanding, ctx.message.text), label=Label.COMPLAINT)
    opened = await open_one(ctx, one, category=Category.COMPLAINT, media=media)
    return Reply(receipt(ctx, opened), tickets=shown([opened]))


async def with_pictures(ctx: Context, media: Sequence[str]) -> Reply | None:
    """A parcel matter told with a photo; None when the words only ask for parcels."""
    if _BROKEN.search(ctx.message.text):
        return await broken(ctx, media)
    missed = ctx.message.understanding.intent is Intent.PARCEL_MISSING
    return await search_for(ctx, media=media) if missed else None


async def _here(ctx: Context) -> list[Parcel]:
    if not ctx.bound:
        return []
    number = find_tracking(ctx.message.text)
    parcels = await mine(ctx)
    if number is not None:
        return [one for one in parcels if one.tracking == number.number]
    return parcels


# ---- answers ----


@router.dialogue(KIND)
async def answered(ctx: Context) -> Reply | Unhandled:
    """Watch for it or not; not received; not ours."""
    dialogue, text = ctx.conversation.dialogue, ctx.message.text.strip()
    if dialogue is None or ctx.message.kind not in ("text", "voice") or not text:
        return UNHANDLED
    if find_tracking(text) is not None or len(text) > 30:
        return UNHANDLED
    meaning, number = ctx.message.understanding, str(dialogue.data.get("number") or "")
    if _GONE.search(text) and meaning.label in (Label.PARCEL, Label.OTHER):
        said = str(dialogue.data.get("text") or "")
        return await search_for(ctx, number=number, text=said or f"快递{text}")
    if dialogue.step == "watch":
        pick = chosen(text, WATCH)
        if pick == 1 or (pick is None and (meaning.intent is Intent.NO or read_skip(text))):
            return Reply(ctx.say("parcel.not_watching"))
        if pick == 0 or meaning.intent is Intent.YES or re.search("盯|告诉我|通知我|到了说", text):
            home = ctx.conversation.homes[0]
            await ctx.desk.parcels.watch(ctx.conversation.person_id, home.estate_id, home.room_id, number)
            said = ctx.say("parcel.watching", tracking=shown_number(number))
            return ctx.ask(KIND, "watching", said, data={"number": number})
    return UNHANDLED


# ---- who collects ----


async def _who_collects(ctx: Context, deputy: Deputy | None, number: Tracking | None) -> Reply:
    """Put on record who else may collect what waits for this home."""
    name = deputy.name if deputy else ""
    if not ctx.bound:
        return await binding.ask_for(ctx, [f"快递{ctx.message.text}"[:500]], question=True)
    parcels = await mine(ctx)
    if number is not None:
        parcels = [one for one in parcels if one.tracking == number.number]
    if deputy is None:
        await ctx.desk.parcels.disallow(parcels, None)
        return Reply(ctx.say("parcel.disallowed"))
    if not parcels:
        return Reply(ctx.say("parcel.allowed_none", who=name))
    await ctx.desk.parcels.allow(parcels, name, ctx.owner)
    return Reply(ctx.say("parcel.allowed", who=name, parcels=lines(ctx, parcels)))

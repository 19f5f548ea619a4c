"""Photos, films, recordings and places: they join the ticket that they are about, or the bot asks what they are about.

What was sent is wanted at once and fetched later (``desk/media.py``); here only its id goes round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from desk.media import KINDS
from desk.wording import shorten
from handlers import details, parcel
from handlers.choices import chosen, listed
from handlers.context import Context, Reply
from handlers.intake import forced, take
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.wanted import Wanted, several, whole
from handlers.which import open_tickets
from nlp import Intent, Label
from nlp.answers import read_skip
from store.conversations import Dialogue, OpenTicket

router = Router("photos")

MOST = 9
"""Photos that wait for one story."""
SHOWN = 3
SHORTEST = 2
NAMES = {"image": "照片", "video": "视频", "shortvideo": "视频", "location": "位置", "link": "链接", "file": "文件"}
UNITS = {"image": "张", "video": "段", "shortvideo": "段", "link": "个", "location": "个", "file": "个"}
NEW = "新的事"
_PLAIN = (Intent.UNKNOWN, Intent.ADD_DETAIL, Intent.SMALLTALK, Intent.REVISIT_ANSWER, Intent.YES, Intent.SUGGESTION)


async def remember(ctx: Context) -> None:
    """Have the bytes of this message fetched, whoever answers it. One store operation, for media only."""
    message = ctx.message
    if message.media_id and message.kind in KINDS:
        await ctx.desk.media.want(
            message.key, message.kind, message.media_id, ctx.conversation, text=message.text if message.text else ""
        )


@router.on_kind("image", "video", "shortvideo", "link", "file")
async def photo(ctx: Context) -> Reply:
    """Join the ticket that it must be about, else ask."""
    return await _placed(ctx, ctx.message.text if ctx.message.kind == "link" else "")


@router.on_kind("location")
async def location(ctx: Context) -> Reply:
    """The place stays with the conversation, and with the ticket by its label."""
    message = ctx.message
    reply = await _placed(ctx, f"位置：{said_place(message.place_label or message.text, *_degrees(ctx))}")
    place = {"label": message.place_label, "latitude": message.latitude, "longitude": message.longitude, "at": ctx.now}
    facts = dict(reply.changes.get("facts", ctx.conversation.facts)) | {"place": place}
    return replace(reply, changes={**reply.changes, "facts": facts})


def said_place(label: str, latitude: float | None, longitude: float | None) -> str:
    """A place in words, with its degrees when they are known."""
    degrees = "" if latitude is None or longitude is None else f"{latitude:.5f}，{longitude:.5f}"
    if not label:
        return degrees or "没有说明"
    return f"{label}（{degrees}）" if degrees else label


def _degrees(ctx: Context) -> tuple[float | None, float | None]:
    return ctx.message.latitude, ctx.message.longitude


@router.on_kind("voice")
async def voice(ctx: Context) -> Reply:
    """Voice that the platform did not recognise: a colleague listens, and typing is quicker."""
    ticket = details.asked_by_staff(ctx) or details.fresh(ctx, details.JOINS)
    if ticket is not None and ctx.message.media:
        await ctx.desk.tickets.add_words(ticket.id, "", ctx.message.media, by=ctx.owner, key=ctx.message.key)
    changes = {
        "waiting_since": ctx.conversation.waiting_since or ctx.now,
        "unread": ctx.conversation.unread + 1,
    }
    return Reply(ctx.say("unknown.voice"), changes=changes)


# ---- where it belongs ----


async def _placed(ctx: Context, text: str) -> Reply:
    media, thing = ctx.message.media, NAMES[ctx.message.kind]
    waiting = details.asked_by_staff(ctx)
    if waiting is not None:
        return await details.answer_question(ctx, waiting, text, media)
    dialogue = ctx.conversation.dialogue
    if dialogue is not None and dialogue.data.get("matters"):
        # What was said a moment ago still waits for a home or a yes: the photo waits with it.
        return Reply(ctx.say("detail.thing_kept", thing=thing), dialogue=_with(dialogue, media, text))
    if dialogue is not None and dialogue.kind == "photo":
        said = ctx.say("detail.thing_more", thing=thing, unit=UNITS[ctx.message.kind])
        return Reply(said, dialogue=_with(dialogue, media, text))
    tickets = open_tickets(ctx)
    recent = [one for one in tickets if one.at is not None and ctx.now - one.at <= details.SAME_BREATH]
    if dialogue is not None and dialogue.kind == "missing":
        recent = [one for one in tickets if one.id in dialogue.data.get("ids", ())][:1] or recent
    if len(recent) == 1:
        return await _join(ctx, recent[0], media, text)
    kept = {"media": list(media), "text": text, "thing": thing}
    if dialogue is not None and dialogue.kind == "what":
        return _ask_what(ctx, kept | {"category": dialogue.step})
    return _ask_which(ctx, tickets[:SHOWN], kept) if tickets else _ask_what(ctx, kept)


async def _join(ctx: Context, ticket: OpenTicket, media: Sequence[str], text: str) -> Reply:
    await ctx.desk.tickets.add_words(ticket.id, text, tuple(media), by=ctx.owner, key=ctx.message.key)
    thing = _thing(ctx)
    return Reply(ctx.say("detail.thing_added", number=ticket.number, who=ticket.executor_name, thing=thing))


def _thing(ctx: Context) -> str:
    dialogue = ctx.conversation.dialogue
    kept = str(dialogue.data.get("thing") or "") if dialogue is not None and dialogue.kind == "photo" else ""
    return kept or NAMES.get(ctx.message.kind, "照片")


def _with(dialogue: Dialogue, media: Sequence[str], text: str) -> Dialogue:
    """The question that stands, with one more photo waiting for its answer."""
    data = dict(dialogue.data)
    data["media"] = [*data.get("media", ()), *media][:MOST]
    if text:
        data["text"] = text
    return dialogue.model_copy(update={"data": data})


def _ask_what(ctx: Context, kept: dict[str, Any], *, name: str = "detail.thing_no_ticket") -> Reply:
    return ctx.ask("photo", "what", ctx.say(name, thing=str(kept.get("thing") or "照片")), data=kept)


def _ask_which(ctx: Context, tickets: Sequence[OpenTicket], kept: dict[str, Any]) -> Reply:
    names = [shorten(ticket.title or ticket.number, 16) for ticket in tickets]
    data = kept | {
        "ids": [ticket.id for ticket in tickets],
        "names": names,
        "numbers": [ticket.number for ticket in tickets],
    }
    said = ctx.say("detail.thing_which", thing=kept["thing"], choices=listed([*names, NEW]))
    return ctx.ask("photo", "which", said, data=data)


# ---- what it is about ----


@router.dialogue("photo")
async def answered(ctx: Context) -> Reply | Unhandled:
    """A ticket to join, or the story of a new one."""
    dialogue, text = ctx.conversation.dialogue, ctx.message.text.strip()
    meaning = ctx.message.understanding
    if dialogue is None or ctx.message.kind not in ("text", "voice") or not text:
        return UNHANDLED
    data = dict(dialogue.data)
    media = (*(str(id) for id in data.get("media", ())), *ctx.message.recording)
    place = str(data.get("text") or "")
    if dialogue.step == "which":
        names, ids = [str(name) for name in data.get("names", ())], [str(id) for id in data.get("ids", ())]
        number = chosen(text, [*names, NEW], [str(number) for number in data.get("numbers", ())])
        if number is not None and number == len(names):
            kept = {"media": list(media), "text": place, "thing": data.get("thing", "")}
            return _ask_what(ctx, kept, name="detail.thing_new")
        picked = next((t for t in open_tickets(ctx) if number is not None and t.id == ids[number]), None)
        if picked is not None:
            return await _join(ctx, picked, media, place)
    if len(text) < SHORTEST:
        return UNHANDLED
    if read_skip(text) or meaning.intent is Intent.NO:
        return Reply(ctx.say("detail.thing_left"))
    return await _told(ctx, data, media, place)


async def _told(ctx: Context, data: dict[str, Any], media: Sequence[str], place: str) -> Reply | Unhandled:
    """The words say what it is."""
    meaning, text = ctx.message.understanding, ctx.message.text.strip()
    if meaning.label in (Label.REPAIR, Label.COMPLAINT):
        return await take(ctx, [_at(one, place) for one in several(ctx)], media=media)
    if meaning.label is Label.PARCEL:
        return await parcel.with_pictures(ctx, media) or UNHANDLED
    if meaning.intent not in _PLAIN or not any(map(str.isalnum, text)):
        return UNHANDLED
    tickets = open_tickets(ctx)
    if data.get("ids") and len(tickets) == 1:
        # More words about the only thing that is being done.
        await ctx.desk.tickets.add_words(tickets[0].id, text[:2000], tuple(media), by=ctx.owner, key=ctx.message.key)
        said = ctx.say("detail.added", number=tickets[0].number, who=tickets[0].executor_name)
        return Reply(said)
    label = Label.COMPLAINT if data.get("category") == "complaint" else Label.REPAIR
    return await take(ctx, [_at(forced(whole(meaning, text), label), place)], media=media)


def _at(one: Wanted, place: str) -> Wanted:
    return replace(one, text=f"{one.text}（{place}）") if place else one

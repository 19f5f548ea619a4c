"""Answers to "what is it about?": after "我要报修", and when the bot was not sure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from desk.wording import numbered, title_of
from handlers import inquiry
from handlers.choices import chosen
from handlers.context import Context, Reply
from handlers.intake import forced, take
from handlers.opening import open_one, shown, variables
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.wanted import Wanted, of_texts, whole
from nlp import Intent, Label
from nlp.answers import read_skip
from store.tickets import Category

router = Router("asked")

UNSURE = ("报修", "投诉", "咨询")
_LABELS = (Label.REPAIR, Label.COMPLAINT, Label.INQUIRY)
_PLAIN = (Intent.UNKNOWN, Intent.ADD_DETAIL, Intent.SMALLTALK, Intent.REVISIT_ANSWER, Intent.YES, Intent.SUGGESTION)
SHORTEST = 2
LONGEST_PLACE, LONGEST_REST = 8, 14


def unsure(ctx: Context) -> Reply:
    """Ask what kind of matter it is. The words are kept and become a ticket whatever the answer."""
    question = ctx.say("unknown.unsure", choices=numbered(UNSURE))
    return ctx.ask("unsure", "kind", question, data={"matters": [ctx.message.text[:2000]]})


def half(ctx: Context) -> Reply | None:
    """What is wrong there, when only a place was named (厨房; 3栋电梯); None for words that say more, or less."""
    text, slots = ctx.message.text.strip(" ,，。.~"), ctx.message.understanding.slots
    if slots.fault or not (slots.place or slots.spot) or len(text) > LONGEST_PLACE or slots.room is not None:
        return None
    question = ctx.say("repair.ask_what_there", place=text)
    return ctx.ask("what", Category.REPAIR.value, question, data={"said": text})


def nowhere_but(ctx: Context) -> Reply | None:
    """The same for what is taken for a repair, when nothing but the place and its thing is named."""
    text, slots = ctx.message.text, ctx.message.understanding.slots
    if slots.object and slots.spot is None:
        return None
    return half(ctx) if title_of(text) == f"{slots.place or ''}{slots.object or ''}" else None


@router.dialogue("unsure")
async def sure(ctx: Context) -> Reply | Unhandled:
    """What the owner says that it is."""
    dialogue = ctx.conversation.dialogue
    if dialogue is None or ctx.message.kind not in ("text", "voice"):
        return UNHANDLED
    kept = of_texts(ctx, [str(text) for text in dialogue.data.get("matters", ())])
    number = chosen(ctx.message.text, UNSURE)
    if number is None and ctx.message.understanding.intent is Intent.YES:
        number = next((i for i, label in enumerate(_LABELS) if kept and kept[0].label is label), None)
    if number is None or not kept:
        return UNHANDLED
    return await _as(ctx, forced(kept[0], _LABELS[number]))


@router.dialogue("what")
async def what(ctx: Context) -> Reply | Unhandled:
    """They said that they want to report something; whatever is no clear other wish is it."""
    dialogue, text = ctx.conversation.dialogue, ctx.message.text.strip()
    meaning = ctx.message.understanding
    if dialogue is None or ctx.message.kind not in ("text", "voice") or len(meaning.matters) > 1:
        return UNHANDLED
    if meaning.intent is Intent.REVISIT_ANSWER and ctx.conversation.revisits:
        return UNHANDLED  # "挺好的" is for the revisit that waits
    if read_skip(text):
        return Reply(ctx.say("detail.thing_left"))
    place = str(dialogue.data.get("said") or "")
    goes_on = len(text) <= LONGEST_REST and (meaning.slots.place is None or meaning.slots.place in place)
    if (
        place
        and goes_on
        and (meaning.label is Label.REPAIR or meaning.intent in _PLAIN)
        and any(map(str.isalnum, text))
    ):
        (one,) = of_texts(ctx, [text if place in text else f"{place}{text}"])
        return await take(ctx, [one if one.label in (Label.REPAIR, Label.COMPLAINT) else forced(one, Label.REPAIR)])
    wished = dialogue.step == "suggestion" and not meaning.urgent and not meaning.slots.fault
    if (meaning.intent not in _PLAIN and not wished) or len(text) < SHORTEST or not any(map(str.isalnum, text)):
        return UNHANDLED
    label = {"repair": Label.REPAIR, "complaint": Label.COMPLAINT, "inquiry": Label.INQUIRY}.get(dialogue.step)
    one = whole(meaning, ctx.message.text)
    return await _as(ctx, replace(one, label=Label.OTHER) if label is None else forced(one, label))


async def _as(ctx: Context, one: Wanted) -> Reply:
    if one.label is Label.INQUIRY:
        return await inquiry.reply_to(ctx, one.text)
    if one.label is Label.OTHER:
        opened = await open_one(ctx, one, category=Category.SUGGESTION)
        values: dict[str, Any] = variables(ctx, opened.ticket)
        return Reply(ctx.say("suggestion.receipt", **values), tickets=shown([opened]))
    return await take(ctx, [one])

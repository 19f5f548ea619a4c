"""Help in one line: at most four choices, by number or by word; the account's menu leads to the same places."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from handlers import binding, parcel, progress
from handlers.choices import chosen
from handlers.context import Context, Reply
from handlers.person import hand_over
from handlers.router import UNHANDLED, Router, Unhandled
from nlp import Intent

router = Router("help")

HELP = ("repair", "complaint", "progress", "person")
UNKNOWN = ("repair", "progress", "inquiry", "person")
WORDS = {
    "repair": "报修",
    "complaint": "投诉建议",
    "progress": "查进度",
    "inquiry": "问事情",
    "person": "找人工",
}
MENU_KEYS = ("repair", "complaint", "progress", "person", "inquiry", "suggestion", "parcel", "bind", "help")
"""The keys of the account's menu buttons that answer here."""


@router.on(Intent.HELP)
async def help_(ctx: Context) -> Reply:
    """What can be done, in one line."""
    return menu(ctx)


def menu(ctx: Context) -> Reply:
    """The choices, waiting for an answer."""
    return ctx.ask("menu", "choice", ctx.say("help.menu"), data={"choices": list(HELP)})


def not_understood(ctx: Context) -> Reply:
    """The choices again, in other words; the second time in a row a person takes over."""
    dialogue = ctx.conversation.dialogue
    tried = int(dialogue.data.get("tried", 0)) if dialogue is not None and dialogue.kind == "menu" else 0
    if tried:
        return hand_over(ctx, lead=ctx.say("unknown.second"))
    return ctx.ask("menu", "choice", ctx.say("unknown.reply"), data={"choices": list(UNKNOWN), "tried": 1})


@router.dialogue("menu")
async def picked(ctx: Context) -> Reply | Unhandled:
    """The choice, by number or word."""
    dialogue = ctx.conversation.dialogue
    if dialogue is None or ctx.message.kind not in ("text", "voice"):
        return UNHANDLED
    choices = [str(name) for name in dialogue.data.get("choices", ())]
    number = chosen(ctx.message.text, [WORDS.get(name, name) for name in choices])
    return UNHANDLED if number is None else await go(ctx, choices[number])


async def go(ctx: Context, name: str) -> Reply:
    """To one of the places of the menu."""
    if name in ("repair", "complaint", "suggestion", "inquiry"):
        return ctx.ask("what", name, ctx.say(f"{name}.ask_what"))
    places: dict[str, Callable[[Context], Awaitable[Reply]]] = {
        "progress": progress.progress,
        "parcel": parcel.lookup,
        "bind": binding.bind,
    }
    if name in places:
        return await places[name](ctx)
    return hand_over(ctx) if name == "person" else menu(ctx)

"""Finding the ticket that an action is for: the only one, the one that the words name, or a question which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from desk.wording import shorten
from handlers.choices import listed
from handlers.context import Context, Reply
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.which import ask_which, by_number, narrowed, number_in, open_tickets, picked
from nlp import Intent, understand
from store.conversations import OpenTicket
from store.tickets import Category

router = Router("acting")

Action = Callable[[Context, OpenTicket], Awaitable[Reply]]
_ACTIONS: dict[str, Action] = {}
REPAIRS = (Category.REPAIR.value,)


def action(name: str) -> Callable[[Action], Action]:
    """Make a function the one that "which ticket?" goes on with."""

    def wire(function: Action) -> Action:
        if name in _ACTIONS:
            raise ValueError(f"the action {name} is wired twice")
        _ACTIONS[name] = function
        return function

    return wire


async def on_ticket(ctx: Context, name: str, *, none: str, which: str = "choice.ask_which_ticket") -> Reply:
    """Do the action to the ticket that is meant. ``none``: what is said when there is none."""
    number = number_in(ctx.message.text)
    if number:
        known = await by_number(ctx, number)
        if known is None:
            return Reply(ctx.say("choice.no_such_number", number=number))
        return await _ACTIONS[name](ctx, known)
    tickets = narrowed(ctx, open_tickets(ctx))
    if not tickets:
        return Reply(ctx.say(none))
    if len(tickets) == 1:
        return await _ACTIONS[name](ctx, tickets[0])
    return ask_which(ctx, name, tickets, which)


@router.dialogue("which")
async def answered(ctx: Context) -> Reply | Unhandled:
    """The answer to "which ticket?", then the action with the words that it was asked for."""
    dialogue = ctx.conversation.dialogue
    if dialogue is None or ctx.message.kind not in ("text", "voice"):
        return UNHANDLED
    act = _ACTIONS.get(str(dialogue.data.get("action")))
    ticket = picked(ctx, dialogue.data)
    if act is None:
        return UNHANDLED
    if ticket is None:
        if dialogue.data.get("again") or ctx.message.understanding.intent not in (Intent.UNKNOWN, Intent.CHOICE):
            return UNHANDLED
        names = [shorten(str(name), 16) for name in dialogue.data.get("names", ())]
        question = ctx.say("choice.again", choices=listed(names))
        return ctx.ask("which", "ticket", question, data=dict(dialogue.data) | {"again": True})
    text = str(dialogue.data.get("text", ""))
    first = replace(ctx.message, text=text, understanding=understand(text, now=ctx.now))
    return await act(replace(ctx, message=first), ticket)

"""What is nothing else: no words at all, or words that are not understood."""

from __future__ import annotations

import re

from handlers import binding, courtesy, details, help, inquiry, reopening, revisit
from handlers.acting import on_ticket
from handlers.asked import half
from handlers.cancel import MISTAKEN
from handlers.context import Context, Reply
from handlers.intake import TROUBLE
from handlers.nudge import chase
from handlers.progress import progress
from handlers.reopening import says_not_fixed
from handlers.router import Router
from handlers.signs import UPSET, read_sign
from handlers.which import number_in, open_tickets
from nlp import Intent
from nlp.answers import read_satisfaction

router = Router("fallback")

WORDY = 4
_PRAISES = re.compile("(?:要|想|得|给|请)?(?:表扬|点个?赞|夸[奖一]|送.{0,2}锦旗)")
_HEARD = re.compile(
    "(?:好的?|嗯+|哦+|噢+|行)?[,，\\s]*(?:我|那我)?(?:知道|收到|了解|明白|晓得|懂|看到|清楚)了?[啊哦吧呢的哈~。!！]*(?:[,，\\s]*谢.*)?"
)
_GIVES_UP = re.compile("不(?:修|等|换|弄|要修|想修|用修|用来)了")
_WHY = re.compile("为什么|为啥|凭什么|凭啥|怎么会")
_THANKS = re.compile("(?:好的?|行|嗯+)?[,，]?(?:谢谢|多谢|感谢|辛苦|麻烦)(?:了|啦|你们?|您|大家|师傅|物业)*[~!！。]*$")


@router.on(Intent.UNKNOWN, Intent.CHOICE, Intent.YES, Intent.NO, Intent.REVISIT_ANSWER)
async def unknown(ctx: Context) -> Reply:
    """Find what the words may belong to, else say what can be done."""
    text = ctx.message.text.strip()
    if number_in(text):
        return await progress(ctx)
    if binding.is_attempt(ctx):
        return await binding.bind(ctx)
    sign = read_sign(text)
    spoken = bool(ctx.conversation.open_tickets or ctx.conversation.ended)
    if sign == UPSET:
        return await progress(ctx) if open_tickets(ctx) else Reply(ctx.say("greeting.upset"))
    if sign is not None and spoken and not ctx.conversation.revisits:
        return Reply(ctx.say("thanks.ok"), dialogue=ctx.conversation.dialogue)
    if not any(character.isalnum() for character in text):
        back = revisit.ask_back(ctx)
        if back is None and open_tickets(ctx) and ("?" in text or "？" in text):
            return await progress(ctx)
        return back or help.menu(ctx)
    meaning = ctx.message.understanding
    if MISTAKEN.search(text) and not open_tickets(ctx):
        return Reply(ctx.say("thanks.no_matter"), dialogue=ctx.conversation.dialogue)
    if says_not_fixed(text):
        return await still_broken(ctx)
    if meaning.intent is not Intent.UNKNOWN:
        again = None if ctx.message.first_time else await revisit.handled_again(ctx)
        if again is not None:
            return again
        back = revisit.ask_back(ctx, once=False) if meaning.intent is Intent.CHOICE else None
        if back is not None:
            return back  # a number that was none of the choices
        # "好的" after an answer needs none; "1" without a question does.
        if _WHY.match(text):
            return await inquiry.reply_to(ctx, text)
        if _GIVES_UP.search(text) and open_tickets(ctx):
            return await on_ticket(ctx, "give_up", none="cancel.none", which="cancel.which")
        if meaning.intent in (Intent.YES, Intent.NO):
            return Reply(ctx.say("thanks.ok"))
    else:
        asked = revisit.ask_back(ctx)
        if asked is not None:
            return asked
    if _HEARD.fullmatch(text):
        return Reply(ctx.say("thanks.ok"), dialogue=ctx.conversation.dialogue)
    if not ctx.bound and binding.is_name(ctx):
        return await binding.bind(ctx)
    if not open_tickets(ctx) and (there := half(ctx)) is not None:
        return there
    if _PRAISES.search(text) and len(text) >= 5:
        return await courtesy.praise(ctx)
    if meaning.intent is Intent.REVISIT_ANSWER and read_satisfaction(text) in (1, 2):
        return Reply(ctx.say("thanks.glad"), dialogue=ctx.conversation.dialogue)
    if TROUBLE.search(text):
        return ctx.ask("what", "repair", ctx.say("repair.ask_what"))
    if _THANKS.match(text):
        return await courtesy.thanks(ctx)
    ticket = details.fresh(ctx, details.SAME_BREATH)
    if ticket is not None and meaning.slots.place and meaning.slots.fault is None and len(text) <= WORDY:
        return await details.place(ctx, ticket, meaning.slots.place)
    if ticket is not None and len(text) >= WORDY and meaning.intent is Intent.UNKNOWN:
        return await details.words(ctx, ticket)
    known = await inquiry.if_known(ctx) if len(text) >= WORDY and meaning.intent is Intent.UNKNOWN else None
    return known or help.not_understood(ctx)


async def still_broken(ctx: Context) -> Reply:
    """Not fixed, and nothing waits for that answer: what was done is reopened, what is open is chased."""
    again = await reopening.unasked(ctx)
    if again is not None:
        return again
    if open_tickets(ctx):
        return await chase(ctx, angry=False)
    return ctx.ask("what", "repair", ctx.say("repair.ask_what"))


async def wordless(ctx: Context) -> Reply:
    """A kind of message that carries nothing to understand (a sticker, a card)."""
    return help.menu(ctx)

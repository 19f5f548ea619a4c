"""Answers to the revisit (回访): is it fixed, are you satisfied, anything else; by number, by tap or in free words.

The outcome is stored as soon as the first two are known; nothing depends on the third. Anything else that is said
meanwhile is handled as what it is, and the revisit goes on waiting.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace

from desk.errors import Illegal
from desk.revisit import UNHAPPY
from handlers import claims
from handlers.beside import (
    asks_beside,
    claim,
    grievance,
    not_mine,
    not_seen,
    only_a_rest,
    part_left,
    with_another,
)
from handlers.context import Context, Reply
from handlers.intake import TICKETS, forced, take
from handlers.knowledge import answer_to
from handlers.opening import before
from handlers.reopening import fits, left_of, reopen, said, says_not_fixed, without
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.wanted import Wanted, of_texts
from handlers.which import last_tickets, made_here
from nlp import Intent, Label
from nlp.answers import read_choice, read_satisfaction, read_skip
from nlp.slots.verdict import Verdict, read_verdict
from store.conversations import PendingRevisit
from store.errors import NotFound
from store.tickets import State, Ticket

router = Router("revisit")

WHY = "why"
RICH = 5
"""From so many characters on an answer holds more than yes or no, and its words are kept."""

_ALWAYS = (Intent.REVISIT_ANSWER, Intent.YES, Intent.NO, Intent.CHOICE, Intent.UNKNOWN, Intent.SMALLTALK, Intent.PRAISE)
_MAYBE = (Intent.REPAIR, Intent.COMPLAINT, Intent.NUDGE, Intent.THANKS)
MIXED = 3
"""基本满意: good news with a fault in it."""
_CHAT = re.compile("天气|吃饭|吃了吗|早上好|晚上好|新年|节日?快乐")
_BOTH = re.compile("\\s*[1①一](?:[\\s,，、.。和]+|(?=[1-4]))([1-4①②③④一二三四])\\s*[。.]?")
_JUDGES = re.compile(
    "星|好评|满分|[0-9]分|巴适|安逸|满意|很好|挺好|不错|专业|[快慢差贵久晚脏]|态度|[棒赞]|一般|还行|还可以|失望|凑合|利索|耐心|负责"
)
OTHERS = re.compile("楼上|楼下|邻居|隔壁|小区|电梯|广场|装修|施工|[狗猫]|车|垃圾|保安|保洁|快递")
_WORKER = re.compile("师傅|工人|小哥|阿姨|大姐|大哥|服务|态度|上门|进门|活儿?干")
_ALL = re.compile("都|全部|两[个件样]")
_WHICH = re.compile(
    "(?:你说的?)?(?:是)?(?:哪个|哪件|哪里|什么|啥)(?:的)?[^,，。]{0,4}[?？]+|(?:什么|啥|哪个)(?:事|单)?[?？]*"
)
_NEVER_CAME = re.compile("没(?:有)?(?:见)?(?:人|师傅)来|没来(?:过|修)|没见(?:着|到)?人")
_ID = re.compile(r"revisit:(fixed|sat):([RCIPS]\d{8}-\d{4,}):(yes|no|[1-4])")


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says: fixed or not, how satisfied; None: it does not say."""

    fixed: bool | None = None
    satisfaction: int | None = None


def pending(ctx: Context) -> list[PendingRevisit]:
    """What waits for an answer, the one asked last first."""
    live = [one for one in ctx.conversation.revisits if one.expires_at > ctx.now]
    return sorted(live, key=lambda one: one.asked_at, reverse=True)


async def answered(ctx: Context) -> Reply | None:
    """The reply when the words answer a revisit that waits; None when they are something else."""
    verdict = read_verdict(ctx.message.text) if ctx.conversation.revisits else Verdict()
    for one in pending(ctx):
        verdict = with_another(ctx, one, verdict)
        if only_a_rest(ctx, verdict) or part_left(ctx, one):
            return await act(ctx, one, Said(fixed=False))
        if verdict.new_problem and verdict.fixed:
            return await and_something_new(ctx, one, verdict)
        if _WHICH.fullmatch(ctx.message.text.strip()) and (back := ask_back(ctx)) is not None:
            return back
        if one.step == "fixed" and not_seen(ctx, verdict):
            return Reply(ctx.say("revisit.later"))
        if one.step == "fixed" and not_mine(ctx):
            return Reply(ctx.say("revisit.not_mine", title=one.title, number=one.number))
        if one.step == "fixed" and (question := asks_beside(ctx)):
            fixed = await act(ctx, one, Said(True))
            said_so = await answer_to(ctx, question) or ctx.say("inquiry.none")
            return before(fixed, said_so)
        if verdict.refused and ctx.now - one.asked_at <= ctx.rules.settings.revisit.answer_within:
            words, key = ctx.message.text[:500], ctx.message.key
            await ctx.desk.tickets.add_words(one.ticket_id, words, (), by=ctx.owner, key=key)
            return Reply(ctx.say("revisit.bye"), changes=without(ctx, one.ticket_id))
        reading = read(ctx, one, verdict)
        if reading is not None:
            return await act(ctx, one, reading)
        if one.step == "fixed" and claim(ctx.message.text) and _blame(ctx):
            return await claims.noted(ctx, one, claim(ctx.message.text), ask_back(ctx))
        if one.step == "satisfaction" and verdict.fixed and len(ctx.message.text) <= RICH and (back := ask_back(ctx)):
            return back
        if ctx.message.understanding.intent is Intent.COMPLAINT and _about(ctx, one):
            # Blame without a word on whether it works: kept, and that is asked back.
            asked = ask_back(ctx)
            if asked is not None:
                words, key = ctx.message.text[:500], ctx.message.key
                await ctx.desk.tickets.add_words(one.ticket_id, words, (), by=ctx.owner, key=key)
                return asked
    return None


async def and_something_new(ctx: Context, one: PendingRevisit, verdict: Verdict) -> Reply | None:
    """The first is done, the second gets its ticket, one reply for both: 之前那个好了,现在厨房灯又坏了."""
    wanted = of_texts(ctx, [verdict.new_problem])
    if wanted[0].label is Label.OTHER:
        return None
    if wanted[0].label not in TICKETS and wanted[0].slots.object:
        wanted = [forced(wanted[0], Label.REPAIR)]
    old = await act(ctx, one.model_copy(update={"step": "satisfaction"}), Said(True, verdict.satisfaction))
    lead = (old.text or "").partition("\n")[0]
    again = await _done_before(ctx, one, wanted[0])
    if again is not None:  # 水龙头满意，灯还是闪: the lamp has its ticket
        return before(replace(again, changes={**old.changes, **again.changes}), lead)
    new = await take(ctx, wanted, lead=lead)
    return replace(new, changes={**old.changes, **new.changes})


async def _done_before(ctx: Context, one: PendingRevisit, new: Wanted) -> Reply | None:
    """Reopens the other work that sounds new and is not; None when nothing of the last weeks fits it."""
    if not new.slots.object or not says_not_fixed(new.text):
        return None
    for ticket in await last_tickets(ctx):
        other = ticket.id != one.ticket_id and ticket.state in (State.RESOLVED, State.CLOSED)
        if other and new.slots.object in ticket.title and (new.slots.place or "") in ticket.title:
            return await reopen(ctx, ticket.id)
    return None


def read(ctx: Context, one: PendingRevisit, verdict: Verdict | None = None) -> Said | None:
    """What the words say to this question."""
    text, meaning = ctx.message.text, ctx.message.understanding
    verdict = verdict or read_verdict(text)
    if _CHAT.search(text):
        return None
    both = _BOTH.fullmatch(text) if one.step == "fixed" else None
    if both:
        return Said(True, read_choice(both[1], 4))
    faulted = verdict.fixed and verdict.satisfaction in (None, MIXED) and grievance(ctx)
    charged = (verdict.fixed or one.step == "satisfaction") and claim(text)
    if (faulted or charged) and len(meaning.matters) < 2:
        return Said(True, verdict.satisfaction or MIXED)
    if meaning.intent not in _ALWAYS + _MAYBE or len(meaning.matters) > 1 or not text.strip():
        return None
    worker = one.step == "satisfaction" and not meaning.slots.fault and _WORKER.search(text)
    if meaning.intent in (Intent.REPAIR, Intent.COMPLAINT, Intent.NUDGE) and not worker and not _about(ctx, one):
        return None
    number = read_choice(text, 4)
    if number is not None and number > 2 and one.step == "fixed":
        return None  # there were two choices only
    if number is not None and ctx.now - one.asked_at > ctx.rules.settings.revisit.answer_within:
        return None
    if one.step == "satisfaction":
        if says_not_fixed(text):
            return Said(fixed=False, satisfaction=None)
        if meaning.intent is Intent.THANKS and not _JUDGES.search(text):
            return None
        satisfaction = verdict.satisfaction if verdict.satisfaction is not None else read_satisfaction(text)
        free = worker or meaning.intent in (Intent.UNKNOWN, Intent.PRAISE)
        if satisfaction is None and (not free or len(text) < RICH):
            return None
        return Said(fixed=True, satisfaction=satisfaction)
    # "满意" to "is it fixed?" says so; "来得太慢" alone does not.
    fixed = False if says_not_fixed(text) or _NEVER_CAME.search(text) else verdict.fixed
    satisfaction = verdict.satisfaction if number is None and _JUDGES.search(text) else None
    if fixed is None and satisfaction != UNHAPPY:
        return None
    return Said(fixed=fixed if fixed is not None else True, satisfaction=satisfaction)


def _about(ctx: Context, one: PendingRevisit) -> bool:
    text, slots = ctx.message.text, ctx.message.understanding.slots
    if slots.object and slots.object in one.title:
        return True
    if slots.object or not fits(ctx, one.title):
        return False
    if says_not_fixed(text) or _NEVER_CAME.search(text):
        return True
    judged = bool(_JUDGES.search(text)) and not OTHERS.search(text)
    return judged and ctx.message.understanding.intent is Intent.COMPLAINT


async def act(ctx: Context, one: PendingRevisit, reading: Said) -> Reply:
    """Go on to the next question, or store the outcome and say what it leads to."""
    charged = claim(ctx.message.text) if reading.fixed and reading.satisfaction != UNHAPPY else ""
    if charged and reading.satisfaction is None:
        reading = Said(True, MIXED)
    if reading.fixed and reading.satisfaction is None and one.step == "fixed":
        if len(ctx.message.text) >= RICH:
            words, key = ctx.message.text[:500], ctx.message.key
            await ctx.desk.tickets.add_words(one.ticket_id, words, (), by=ctx.owner, key=key)
        asked = one.model_copy(update={"step": "satisfaction", "asked_at": ctx.now, "question": ""})
        others = [known for known in ctx.conversation.revisits if known.ticket_id != one.ticket_id]
        if _ALL.search(ctx.message.text):
            # 都好了: what is said of the satisfaction is for all of them, too.
            same = {"step": "satisfaction", "asked_at": ctx.now, "question": ""}
            others = [known.model_copy(update=same) for known in others]
        changes = {"revisits": [known.model_dump() for known in (*others, asked)]}
        return Reply(ctx.say("revisit.ask_satisfaction"), changes=changes)
    for known in _asked_with(ctx, one) if reading.fixed and reading.satisfaction is not None else ():
        await _also(ctx, known, reading)
    try:
        outcome = await ctx.desk.revisits.answer(
            one.ticket_id,
            fixed=reading.fixed is not False,
            satisfaction=reading.satisfaction,
            words=ctx.message.text[:500],
            by=ctx.owner,
            key=ctx.message.key,
        )
    except Illegal:
        return Reply(ctx.say("revisit.too_old", number=one.number), changes=without(ctx, one.ticket_id))
    ticket, mixed = outcome.ticket, reading.satisfaction == MIXED and len(ctx.message.text) >= RICH
    if charged:
        ticket = await claims.open_for(ctx, ticket, charged)
    elif mixed and reading.fixed:
        await claims.tell(ctx, ticket)
    return _told(ctx, ticket, changes=left_of(ctx, outcome.ticket))


def _asked_with(ctx: Context, one: PendingRevisit) -> list[PendingRevisit]:
    """The others of which "都好了" was said in the same breath."""
    asked = [known for known in pending(ctx) if known.ticket_id != one.ticket_id and known.step == one.step]
    return [known for known in asked if one.step == "satisfaction" and known.asked_at == one.asked_at]


async def _also(ctx: Context, one: PendingRevisit, reading: Said) -> None:
    with suppress(Illegal):  # closed too long ago: nothing to store any more
        await ctx.desk.revisits.answer(
            one.ticket_id,
            fixed=True,
            satisfaction=reading.satisfaction,
            words=ctx.message.text[:500],
            by=ctx.owner,
            key=ctx.message.key,
        )


def _told(ctx: Context, ticket: Ticket, *, changes: dict[str, object]) -> Reply:
    """What the answers led to. The last question is asked when they were short."""
    revisit = ticket.revisit
    if revisit.fixed is False:
        more = f"\n{ctx.say('revisit.claim_too')}" if claim(revisit.words, fixed=False) else ""
        return Reply(said(ctx, ticket) + more, changes=changes)
    if revisit.satisfaction == UNHAPPY:
        text = said(ctx, ticket, "revisit.thanks_bad")
        return ctx.ask("revisit_more", WHY, text, data={"id": ticket.id}, changes=changes)
    days = ctx.rules.settings.reopen_within.days
    if ticket.problem is not None and ticket.problem.round == revisit.round and claim(revisit.words):
        text = f"{claims.said(ctx, ticket, claim(revisit.words))}\n{ctx.say('revisit.claim_more')}"
        return ctx.ask("revisit_more", WHY, text, data={"id": ticket.id}, changes=changes)
    if revisit.satisfaction == MIXED and len(revisit.words) >= RICH:
        text = ctx.say("revisit.thanks_mixed", number=ticket.number, days=days, remark=revisit.words[:30], who="主管")
        return Reply(text, changes=changes)
    text = ctx.say("revisit.thanks_good", number=ticket.number, days=days)
    if len(revisit.words) > RICH:
        return Reply(text, changes=changes)
    question = f"{text}\n{ctx.say('revisit.ask_more')}"
    return ctx.ask("revisit_more", "more", question, data={"id": ticket.id}, changes=changes)


def _blame(ctx: Context) -> bool:
    """Whether the words can be what the owner is unhappy about, rather than a matter of its own."""
    meaning, text = ctx.message.understanding, ctx.message.text
    if meaning.intent is Intent.COMPLAINT:
        return not OTHERS.search(text) and "投诉" not in text
    return meaning.intent in (Intent.UNKNOWN, Intent.REVISIT_ANSWER, Intent.ADD_DETAIL, Intent.SMALLTALK)


def invited(ctx: Context) -> bool:
    """Whether a complaint answers "哪里不满意，直接写下来": then it is no emergency either."""
    dialogue = ctx.conversation.dialogue
    return dialogue is not None and dialogue.kind == "revisit_more" and dialogue.step == WHY and _blame(ctx)


@router.dialogue("revisit_more")
async def more(ctx: Context) -> Reply | Unhandled:
    """The last question: whatever they say is kept; nothing depends on it."""
    dialogue, text, meaning = ctx.conversation.dialogue, ctx.message.text, ctx.message.understanding
    if dialogue is None or ctx.message.kind not in ("text", "voice") or not text.strip():
        return UNHANDLED
    if dialogue.step == WHY and _blame(ctx):
        # They were invited to write what went wrong: no second ticket for it.
        words, id = text[:500], str(dialogue.data.get("id"))
        await ctx.desk.tickets.add_words(id, words, (), by=ctx.owner, key=ctx.message.key)
        return ctx.ask("revisit_more", WHY, ctx.say("revisit.more_noted"), data=dialogue.data)
    if says_not_fixed(text) or len(meaning.matters) > 1:
        return UNHANDLED
    if read_skip(text) or meaning.intent in (Intent.NO, Intent.THANKS, Intent.YES, Intent.CHOICE):
        return Reply(ctx.say("revisit.bye"))
    plain = meaning.intent in (*_ALWAYS, Intent.SUGGESTION)
    grumble = meaning.intent is Intent.COMPLAINT and not meaning.slots.object and not OTHERS.search(text)
    if not plain and not grumble:
        return UNHANDLED
    ticket_id = str(dialogue.data.get("id"))
    if read_satisfaction(text) == UNHAPPY:
        one = PendingRevisit(ticket_id=ticket_id, number="", step="satisfaction", asked_at=ctx.now, expires_at=ctx.now)
        return await act(ctx, one, Said(fixed=True, satisfaction=UNHAPPY))
    await ctx.desk.tickets.add_words(ticket_id, text[:500], (), by=ctx.owner, key=ctx.message.key)
    return Reply(ctx.say("revisit.more_noted"))


@router.dialogue("revisit_unclear")
async def unclear(ctx: Context) -> Reply | Unhandled:
    """The question behind "怕弄错您的意思" is the pending revisit itself."""
    return UNHANDLED


def ask_back(ctx: Context, *, once: bool = True) -> Reply | None:
    """Words that may be an answer but do not say which: asked back, mostly once."""
    dialogue = ctx.conversation.dialogue
    waits = [one for one in pending(ctx) if ctx.now - one.asked_at <= ctx.rules.settings.revisit.answer_within]
    if not waits:
        return None
    asked = dialogue is not None and dialogue.kind == "revisit_unclear" and dialogue.step == waits[0].step
    if once and asked:
        return None
    if waits[0].step == "satisfaction":
        return ctx.ask("revisit_unclear", "satisfaction", ctx.say("revisit.ask_satisfaction"))
    return ctx.ask("revisit_unclear", "fixed", ctx.say("revisit.unclear", title=waits[0].title))


def newer_than_dialogue(ctx: Context) -> bool:
    """Whether the revisit was asked after the question that still stands: a bare number then answers the revisit."""
    dialogue, waits = ctx.conversation.dialogue, pending(ctx)
    if dialogue is None or not waits:
        return False
    return waits[0].asked_at > dialogue.expires_at - ctx.rules.settings.dialogue_expires_after


# ---- taps, and messages that are handled again ----


async def tapped(ctx: Context) -> Reply | None:
    """A tapped choice of a revisit question; None for a tap that is not ours."""
    found = _ID.fullmatch(ctx.message.menu_id)
    if found is None:
        return None
    what, number, value = found.groups()
    reading = Said(fixed=value == "yes") if what == "fixed" else Said(True, int(value)) if value.isdigit() else Said()
    waits = next((one for one in pending(ctx) if one.number == number), None)
    if waits is not None:
        return await act(ctx, waits, reading)
    try:
        ticket = await ctx.desk.residents.ticket_for(ctx.conversation.person_id, number)
    except NotFound:
        return Reply(ctx.say("choice.no_such_number", number=number))
    if made_here(ctx, ticket, "rated"):
        return _told(ctx, ticket, changes={})
    if ticket.state is State.RESOLVED or (ticket.state is State.CLOSED and not reading.fixed):
        one = PendingRevisit(
            ticket_id=ticket.id, number=number, title=ticket.title, asked_at=ctx.now, expires_at=ctx.now
        )
        return await act(ctx, one, reading)
    return Reply(ctx.say("revisit.done_before", number=number))


async def handled_again(ctx: Context) -> Reply | None:
    """This message answered a revisit before it was interrupted: the same reply. One store operation."""
    for ticket in await last_tickets(ctx):
        if made_here(ctx, ticket, "rated"):
            return _told(ctx, ticket, changes={})
    return None

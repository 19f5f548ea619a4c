"""``respond``: one message in, one reply out. Decides who answers, in a fixed order.

Events; taps; a person who has the conversation; emergencies, and what is said while one is under way; the question that
stands; the revisit that waits; a question of a colleague; a verdict nobody asked for yet; what goes on with an open
ticket; the intent; help. What was asked for and not done yet survives every one of these turns.
"""

from __future__ import annotations

from dataclasses import replace

from handlers import (
    acting,
    asides,
    asked,
    binding,
    cancel,
    charges,
    complaint,
    courtesy,
    crisis,
    details,
    early,
    english,
    fallback,
    first_contact,
    followup,
    hearing,
    help,
    inquiry,
    missing,
    nudge,
    outage,
    parcel,
    person,
    photos,
    progress,
    reopening,
    repair,
    reschedule,
    revisit,
    riding,
)
from handlers.context import Context, Reply
from handlers.hearing import SPEECH
from handlers.opening import after, joined, shown
from handlers.router import Router, Unhandled
from nlp import Intent, Label
from store.conversations import Dialogue, Home, Mode

ROUTER = Router("all")
ROUTER.include(
    *(
        room.router
        for room in (
            acting, asked, binding, cancel, complaint, courtesy, details, fallback, first_contact, help, inquiry,
            missing, nudge, outage, parcel, person, photos, progress, repair, reschedule, revisit,
        )
    )
)  # fmt: skip

MOST_LINES = 5
"""So long a reply still is read on a phone at a glance."""
CHATTERS = (
    Intent.GREETING,
    Intent.THANKS,
    Intent.SMALLTALK,
    Intent.PROGRESS,
    Intent.INQUIRY,
    Intent.PARCEL_LOOKUP,
    Intent.PRAISE,
    Intent.YES,
    Intent.NO,
    Intent.CHOICE,
)
"""After these the question that stands goes on standing."""


async def respond(ctx: Context) -> Reply:
    """What is said to this message, and what the conversation remembers."""
    await photos.remember(ctx)
    stored = ctx.conversation.dialogue
    live = stored if stored is not None and _holds(ctx, stored) else None
    if live is not stored:
        ctx = replace(ctx, conversation=ctx.conversation.model_copy(update={"dialogue": live}))
    ctx, said_beside = asides.parted(hearing.heard(ctx))
    reply, answered = await _answer(ctx)
    reply = await asides.with_asides(ctx, reply, said_beside, ROUTER.intents)
    reply = _in_few_lines(ctx, reply, mixed=bool(said_beside))
    if not answered and live is not None and reply.dialogue is None and _stays(ctx, live, reply):
        reply = replace(reply, dialogue=live)
    reply = await riding.riding(ctx, english.told(ctx, hearing.advised(ctx, reply)))
    if answered or stored is None:
        return reply
    return await _rescued(ctx, stored, reply)


def _in_few_lines(ctx: Context, reply: Reply, *, mixed: bool) -> Reply:
    """An answer and a receipt in one reply: the answer's lines run on, so that all of it stays within five."""
    lines = (reply.text or "").split("\n")
    extra = len(lines) - MOST_LINES
    several = mixed or len(ctx.message.understanding.matters) > 1 or len(reply.tickets) > 1
    if extra <= 0 or not several:
        return reply
    return replace(reply, text="\n".join(("".join(lines[: extra + 1]), *lines[extra + 1 :])))


def _holds(ctx: Context, dialogue: Dialogue) -> bool:
    """Known, of this version, not expired; anything else is dropped without a word."""
    known = ROUTER.dialogues.get(dialogue.kind)
    return known is not None and known[1] == dialogue.version and dialogue.expires_at > ctx.now


def _stays(ctx: Context, live: Dialogue, reply: Reply) -> bool:
    """Whether the question that stands survives a reply that has none of its own."""
    if "mode" in reply.changes or "homes" in reply.changes:
        return False
    if reply.text is None or ctx.message.kind not in SPEECH or live.data.get("matters"):
        return True
    return not reply.tickets and ctx.message.understanding.intent in CHATTERS


async def _rescued(ctx: Context, left: Dialogue, reply: Reply) -> Reply:
    """Open what a dialogue that is left still kept: nothing that was asked for may vanish."""
    kept = [str(text) for text in left.data.get("matters", ())]
    going_on = reply.dialogue.data.get("matters", ()) if reply.dialogue is not None else ()
    lost = [text for text in kept if text not in going_on]
    if not lost:
        return reply
    if "homes" in reply.changes:
        if ctx.conversation.dialogue is not None:
            return reply  # binding has just opened them
        ctx = _as_changed(ctx, reply)
    opened = await binding.rescue(ctx, lost, tuple(left.data.get("media", ())))
    lines = [ctx.say("receipt.also", number=one.ticket.number, title=one.ticket.title) for one in opened]
    if reply.text is None:
        return replace(reply, tickets=(*reply.tickets, *shown(opened)))
    return replace(after(reply, joined(*lines)), tickets=(*reply.tickets, *shown(opened)))


def _as_changed(ctx: Context, reply: Reply) -> Context:
    """The context with the person that this reply has made of the writer."""
    changes = {name: reply.changes[name] for name in ("resident_id", "name", "estate_id")}
    changes["homes"] = tuple(Home.model_validate(home) for home in reply.changes["homes"])
    return replace(ctx, conversation=ctx.conversation.model_copy(update=changes))


async def _answer(ctx: Context) -> tuple[Reply, bool]:
    """The reply, and whether the standing dialogue gave it."""
    message, meaning = ctx.message, ctx.message.understanding
    if message.kind == "event":
        handler = ROUTER.events.get(message.event.lower())
        return (await handler(ctx) if handler else Reply(None)), False
    if message.menu_id:
        tap = await revisit.tapped(ctx) or await charges.answered(ctx)
        if tap is not None:
            return tap, False
    speech = message.kind in SPEECH and bool(message.text.strip())
    sure = meaning.confidence >= ctx.rules.settings.understanding.urgent_ask_below
    urgent = speech and meaning.urgent and sure and meaning.label in (Label.REPAIR, Label.COMPLAINT)
    if ctx.conversation.mode is Mode.PERSON:
        if urgent:
            return await repair.emergency(ctx), False
        back = speech and (person.wants_back(message.text) or person.settled(ctx))
        return (person.back_to_bot(ctx) if back else Reply(None)), False
    if urgent and not revisit.invited(ctx) and not reopening.only_again(ctx):
        return await repair.emergency(ctx), False
    return await _in_talk(ctx, speech)


async def _in_talk(ctx: Context, speech: bool) -> tuple[Reply, bool]:
    """Dialogue, revisit, a colleague's question, intent."""
    dialogue, meaning = ctx.conversation.dialogue, ctx.message.understanding
    frightened = await crisis.heard(ctx) if speech else None
    if frightened is not None:
        return frightened, False
    if speech and charges.newer_than_dialogue(ctx):
        price = await charges.answered(ctx)
        if price is not None:
            return price, False
    if speech and meaning.intent is Intent.CHOICE and revisit.newer_than_dialogue(ctx):
        asked_later = await revisit.answered(ctx)
        if asked_later is not None:
            return asked_later, False
    if speech and (dialogue is None or dialogue.kind not in ("which", "photo")) and parcel.is_number(ctx.message.text):
        return await parcel.meant(ctx) or await _by_intent(ctx), False
    waiting = details.asked_by_staff(ctx) if speech else None
    ours = dialogue is not None and dialogue.kind == "missing" and waiting is not None
    if waiting is not None and ours and waiting.id in _ids(dialogue) and details.answers_staff(ctx):
        # Ours was asked when the ticket was opened, the colleague's later.
        return await details.answer_question(ctx, waiting, ctx.message.text), False
    if dialogue is not None:
        said = await ROUTER.dialogues[dialogue.kind][0](ctx)
        if not isinstance(said, Unhandled):
            return said, True
    if not speech:
        handler = ROUTER.kinds.get(ctx.message.kind, fallback.wordless)
        return await handler(ctx), False
    answer = await charges.answered(ctx) or await revisit.answered(ctx)
    if answer is not None:
        return answer, False
    if waiting is not None and details.answers_staff(ctx):
        return await details.answer_question(ctx, waiting, ctx.message.text), False
    unasked = await early.early(ctx) or await crisis.meanwhile(ctx) or await followup.meant(ctx)
    if unasked is not None:
        return unasked, False
    return await _by_intent(ctx), False


def _ids(dialogue: Dialogue | None) -> list[str]:
    return [str(id) for id in dialogue.data.get("ids") or ()] if dialogue is not None else []


async def _by_intent(ctx: Context) -> Reply:
    """What the message means decides; when that is a guess about a ticket, the owner is asked."""
    meaning = ctx.message.understanding
    if person.asks_who(ctx):
        return Reply(ctx.say("smalltalk.robot"))
    parcels = await parcel.meant(ctx)
    if parcels is not None:
        return parcels
    unsure = meaning.confidence < ctx.rules.settings.understanding.ask_below
    if unsure and meaning.intent in (Intent.REPAIR, Intent.COMPLAINT) and not meaning.slots.fault:
        recent = details.fresh(ctx, details.SAME_BREATH)
        if recent is not None:
            # "是靠墙那边的": more likely a word on the ticket of a minute ago than something new.
            return await details.words(ctx, recent)
        if not meaning.slots.object:
            return asked.unsure(ctx)
    return await ROUTER.intents.get(meaning.intent, fallback.unknown)(ctx)

"""Somebody writes English: the desk answers in Chinese, with one line that they can read."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.context import Context, Reply
from handlers.opening import after
from handlers.safety import danger
from nlp import Intent, Label, Understanding

_HAN = re.compile("[\u3400-\u9fff]")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_WORDS = re.compile(r"[A-Za-z']{2,}")
_FAULT = re.compile(
    r"\b(?:broken?|leak\w*|drip\w*|clogg?ed|blocked|stuck|burn(?:t|ing)"
    r"|no (?:hot )?(?:water|power|electricity|heating|gas)"
    r"|(?:not|n't|doesnt|isnt|stopped) (?:\w+ )?work\w*|out of order|fix|repair|flicker\w*|smell\w*|cracked)\b",
    re.I,
)
_ASKS = re.compile(r"^\W*(?:how|what|when|where|who|why|which|is|are|do|does|can i|could i|may i)\b", re.I)
_SMALL = (Intent.GREETING, Intent.THANKS, Intent.YES, Intent.NO, Intent.CHOICE)
_UNSURE = (Intent.UNKNOWN, Intent.SMALLTALK, Intent.ADD_DETAIL, Intent.REVISIT_ANSWER)
ADVICE = ("gas", "fire", "lift", "power", "water", "crime", "hurt")


def is_english(text: str) -> bool:
    """Whether the message is in letters, with words enough to say something."""
    return not _HAN.search(text) and len(_WORDS.findall(_LINK.sub(" ", text))) >= 3


def fault(text: str, meaning: Understanding) -> bool:
    """Whether English that was not understood reports something broken."""
    return meaning.intent in _UNSURE and is_english(text) and bool(_FAULT.search(text)) and not _ASKS.search(text)


def as_repair(meaning: Understanding) -> Understanding:
    """The same as the report that it is."""
    return replace(meaning, label=Label.REPAIR, intent=Intent.REPAIR, confidence=0.9)


def told(ctx: Context, reply: Reply) -> Reply:
    """The reply with one English line behind it; what needs none stays as it is."""
    text, meaning = ctx.message.text, ctx.message.understanding
    if reply.text is None or ctx.message.kind != "text" or not is_english(text) or meaning.intent in _SMALL:
        return reply
    if reply.dialogue is not None and reply.dialogue.kind == "binding":
        return after(reply, ctx.say("english.bind"))
    if not reply.tickets:
        return after(reply, ctx.say("english.noted"))
    number = reply.tickets[0].number
    if not reply.tickets[0].urgent:
        return after(reply, ctx.say("english.received", number=number))
    what = danger(text) or danger(meaning.urgent_reason)
    advice = ctx.say(f"english.{what}") if what in ADVICE else ""
    return after(reply, ctx.say("english.received_urgent", number=number, advice=advice))

"""What is heard before anybody answers: plain characters, dangers that are named outright, and alarms that are none."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers import details, english, peril, safety
from handlers.context import Context, Reply
from handlers.opening import before
from nlp import Intent, Label, understand
from nlp.plain import flatten
from nlp.understanding import UNNAMED
from store.conversations import Mode

SPEECH = ("text", "voice")
_HAN = re.compile("[\u4e00-\u9fff]+")
_ONE_POINT = ("插座", "插头", "开关", "灯")
_WHOLE_HOME = re.compile("全|都|整|所有|家里|屋里|各|每|楼|栋")
_HYPERBOLE = re.compile(
    "救命[啊呀]*[,，\\s]*(?:谁懂[啊呀]*|家人们?|太|也太|真的)|(?:要|快|能|都)?(?:被)?(?:热|冻|冷|笑|吵|烦|累|臭|丑|贵|无聊|尴尬)死(?:我|人|个人)*了?|谁懂[啊呀]*"
)
"""How people talk: nobody dies of it."""
_NUMBERS = frozenset("一二三四五六七八九十")
_LOOSE = (Intent.UNKNOWN, Intent.SMALLTALK, Intent.LOST_FOUND, Intent.REVISIT_ANSWER)


def heard(ctx: Context) -> Context:
    """The message as the rules read it."""
    if ctx.message.kind not in SPEECH:
        return ctx
    text = plain(ctx.message.text)
    if text != ctx.message.text:
        ctx = replace(ctx, message=replace(ctx.message, text=text))
    if english.fault(text, ctx.message.understanding):
        meaning = english.as_repair(ctx.message.understanding)
        ctx = replace(ctx, message=replace(ctx.message, understanding=meaning))
    return _grave(_calmed(_alarmed(_numbered(ctx))))


def plain(text: str) -> str:
    """Traditional characters as simplified ones; all else as it was written."""
    return text if text.isascii() else _HAN.sub(lambda found: flatten(found.group()), text)


def _alarmed(ctx: Context) -> Context:
    """Words that name a danger outright are an emergency, whatever the classifier made of them."""
    meaning = ctx.message.understanding
    named = meaning.urgent and meaning.urgent_reason != UNNAMED
    if named or len(meaning.matters) > 1:
        return ctx
    reason = safety.unmistakable(ctx.message.text)
    if reason is None:
        return ctx
    meaning = replace(
        meaning,
        label=Label.REPAIR,
        intent=Intent.REPAIR,
        confidence=1.0,
        urgent=True,
        urgent_reason=reason,
        matters=(),
    )
    return replace(ctx, message=replace(ctx.message, understanding=meaning))


def _numbered(ctx: Context) -> Context:
    """A number written as one character (一) chooses; it reports nothing."""
    meaning = ctx.message.understanding
    if ctx.message.text.strip() not in _NUMBERS or meaning.intent is Intent.CHOICE:
        return ctx
    meaning = replace(meaning, label=Label.OTHER, intent=Intent.CHOICE, confidence=1.0, urgent=False, matters=())
    return replace(ctx, message=replace(ctx.message, understanding=meaning))


def _calmed(ctx: Context) -> Context:
    """One socket without power (卧室插座没电了) is no outage unless something burns or sparks; nor is 热死了."""
    meaning, text = ctx.message.understanding, ctx.message.text
    if not meaning.urgent:
        return ctx
    meant = _HYPERBOLE.sub("", text)
    if meant != text and safety.danger(text) is None and len(meaning.matters) < 2 and not understand(meant).urgent:
        return _calm(ctx)
    one = meaning.slots.object in _ONE_POINT and safety.cut(text) == "电" and not _WHOLE_HOME.search(text)
    if not one or safety.danger(text) is not None or len(meaning.matters) > 1:
        return ctx
    return _calm(ctx)


def _calm(ctx: Context) -> Context:
    meaning = replace(ctx.message.understanding, urgent=False, urgent_reason="")
    return replace(ctx, message=replace(ctx.message, understanding=meaning))


def _grave(ctx: Context) -> Context:
    """A theft or a bite is no small talk: it gets its ticket."""
    meaning = ctx.message.understanding
    if meaning.label is not Label.OTHER or meaning.intent not in _LOOSE or len(meaning.matters) > 1:
        return ctx
    if ctx.conversation.revisits or peril.advice(ctx.message.text) is None:
        return ctx
    if details.fresh(ctx, details.SAME_BREATH) is not None:
        return ctx  # 脚被划破了 after 玻璃碎了: more on that
    meaning = replace(meaning, label=Label.COMPLAINT, intent=Intent.COMPLAINT, confidence=1.0)
    return replace(ctx, message=replace(ctx.message, understanding=meaning))


def advised(ctx: Context, reply: Reply) -> Reply:
    """The reply with what to do first, where somebody was hurt or robbed. A danger that goes on has said its own."""
    quiet = reply.text is None or ctx.message.kind not in SPEECH or ctx.conversation.mode is Mode.PERSON
    if quiet or (ctx.message.understanding.urgent and safety.danger(ctx.message.text) is not None):
        return reply
    name = peril.advice(ctx.message.text)
    return before(reply, ctx.say(name)) if name is not None else reply

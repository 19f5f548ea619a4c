"""Answers to questions, as the chat gives them."""

from __future__ import annotations

from desk.knowledge import Knowledge
from handlers.context import Context

_KNOWLEDGE = Knowledge.load()


def answer_to(ctx: Context, question: str) -> str:
    """The answer with its source; empty when nothing fits."""
    found = _KNOWLEDGE.find(question)
    if found is None:
        return ""
    phone = ctx.rules.estate.phone
    if "{phone}" in found.answer and not phone:
        return ""
    return ctx.say("inquiry.answer", answer=found.answer.replace("{phone}", phone), source=found.source)

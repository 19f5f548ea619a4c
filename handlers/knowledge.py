"""Answers to questions, as the chat gives them: short, with the name of the article."""

from __future__ import annotations

from desk.knowledge import Finding, Outcome
from handlers.context import Context
from store.articles import Article


async def look_up(ctx: Context, question: str) -> Finding:
    """What the knowledge base has for it; a question without an answer is counted."""
    estate_id = estate_of(ctx)
    found = await ctx.desk.knowledge.find(question, estate_id)
    if found.outcome is Outcome.NOTHING:
        near = found.hits[0].article.id if found.hits else None
        await ctx.desk.gaps.note(question, estate_id, "unanswered", key=ctx.message.key, article_id=near)
    return found


async def answer_to(ctx: Context, question: str) -> str:
    """The answer with its source; empty when nothing fits."""
    found = await look_up(ctx, question)
    return "" if found.outcome is Outcome.NOTHING else quote(ctx, found.best)


def quote(ctx: Context, article: Article) -> str:
    """The article in short and its name, and what to do when that was not the point."""
    body = ctx.desk.knowledge.shown(article, estate_of(ctx))
    return ctx.say("inquiry.answer", answer=body, source=f"《{article.title}》")


def estate_of(ctx: Context) -> str:
    """Whose articles hold for the writer."""
    known = ctx.conversation.estate_id or next((home.estate_id for home in ctx.conversation.homes), "")
    return known or ctx.desk.rules.only_estate

"""Search: people first, then lines, newest first, each with the lines around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.paging import PageQuery, Position
from desk.api.reach import read_reaching
from desk.search import Person, has_all, words_of
from inbox.access import at_the_desk
from inbox.line_views import Around, Line, media_ids
from inbox.views import View
from store.conversations import Conversation
from store.search import Finding

routes: Routes[Actor] = Routes("inbox: search")


class SearchQuery(PageQuery):
    """What to look for."""

    q: str = Field(min_length=1, max_length=50, description="words, room, phone tail, ticket number, name")


class Talk(View):
    """Where it was found."""

    id: str
    name: str
    room: str


class Hit(View):
    """A line with its neighbours, or a person."""

    conversation: Talk
    why: str
    """text | name | room | phone | ticket"""
    line: Line | None
    before: Line | None
    after: Line | None
    words: list[str]
    """To mark in the text."""


class HitPage(View):
    """A page of hits."""

    items: list[Hit]
    next: str | None
    words: list[str]


@routes.get("/search")
async def search(call: Call[Actor], query: SearchQuery) -> HitPage:
    """Lines and people in the caller's estates."""
    actor = at_the_desk(call)
    people, findings, after = await _found(call, query.q, query)
    ids = [*(one.conversation_id for one in people), *(one.conversation_id for one in findings)]
    chats = {row.id: row for row in await call.desk.listing.of_ids(list(dict.fromkeys(ids)), actor)}
    words = words_of(query.q)
    hits = [
        Hit(conversation=_talk(chats[one.conversation_id]), why=one.why, line=None, before=None, after=None, words=[])
        for one in people
        if one.conversation_id in chats
    ]
    lines = {line.id: line for line in await call.desk.stores.messages.of_ids([one.id for one in findings])}
    found = [lines[one.id] for one in findings if one.id in lines and one.conversation_id in chats]
    beside = dict(
        zip([line.id for line in found], await asyncio.gather(*map(call.desk.search.beside, found)), strict=True)
    )
    everything = found + [one for pair in beside.values() for one in pair if one is not None]
    names = await call.desk.listing.names()
    media = await call.desk.media.states_of([id for line in everything for id in media_ids(line)])
    for line in found:
        chat = chats[line.conversation_id]
        rules = call.desk.rules.of(chat.estate_id)
        around = Around(rules=rules, now=call.desk.clock.now(), media=media, names=names)
        before, behind = (Line.of(one, around) if one else None for one in beside[line.id])
        hits.append(
            Hit(
                conversation=_talk(chat),
                why="text",
                line=Line.of(line, around),
                before=before,
                after=behind,
                words=words,
            )
        )
    return HitPage(items=hits, next=after, words=words)


async def found_conversations(
    call: Call[Actor], text: str, query: PageQuery, keep: Callable[[Conversation], bool]
) -> tuple[list[Conversation], str | None]:
    """Conversations with a hit, each once, and the cursor of what follows."""
    people, findings, after = await _found(call, text, query)
    ids = [*(one.conversation_id for one in people), *(one.conversation_id for one in findings)]
    rows = await call.desk.listing.of_ids(list(dict.fromkeys(ids)), at_the_desk(call))
    return [row for row in rows if keep(row)], after


async def _found(call: Call[Actor], text: str, query: PageQuery) -> tuple[list[Person], list[Finding], str | None]:
    actor, desk = at_the_desk(call), call.desk
    await desk.search.catch_up()
    people = await desk.search.people(text, actor) if query.cursor is None else []
    words = words_of(text)
    if not words or any(one.why == "ticket" for one in people):
        return people, [], None
    page = await read_reaching(
        lambda before, since, limit: desk.search.lines(words, before=before, since=since, limit=limit),
        lambda one: Position(one.at, one.id),
        name=f"inbox.search:{' '.join(words)}",
        cursors=call.cursors,
        query=query,
        now=desk.clock.now(),
        reach=desk.listing.reach,
        keep=lambda one: has_all(one, words) and (not one.estate_id or actor.in_scope(one.estate_id)),
    )
    return people, page.rows, page.next


def _talk(row: Conversation) -> Talk:
    return Talk(id=row.id, name=row.name, room=row.homes[0].name if row.homes else "")

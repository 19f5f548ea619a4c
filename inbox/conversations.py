"""Conversations for staff: the lists, one conversation, its timeline, and deeds on many at once."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Literal

from pydantic import AwareDatetime, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from desk.api.reach import read_reaching
from desk.delivered import budget_of
from desk.errors import DeskError, Incomplete
from desk.listing import Narrow
from desk.listing import View as Which
from desk.wording import mask_phone
from inbox.access import at_the_desk
from inbox.conversation_views import (
    BudgetView,
    ConversationHead,
    ConversationPage,
    ConversationRow,
    Counts,
    DialogueView,
    PastTicket,
    PersonView,
    RoomOfPerson,
    ScheduledView,
)
from inbox.finding import found_conversations
from inbox.line_views import Around, Line, LinePage, media_ids
from inbox.presence import others_at
from inbox.views import View
from store.conversations import Conversation
from store.errors import NotFound
from store.ids import derived
from store.messages import Message
from store.tickets import Category

routes: Routes[Actor] = Routes("inbox: conversations")

MOST_AT_ONCE = 100
MOST_PAST = 10


class ListQuery(PageQuery):
    """Which conversations."""

    view: Which = Which.ALL
    category: Category | None = None
    building: str | None = Field(default=None, max_length=40, description="3, or hy/3")
    estate: str | None = Field(default=None, max_length=40)
    tag: str | None = Field(default=None, max_length=20)
    assignee: str | None = Field(default=None, max_length=64, description="user name")
    q: str | None = Field(default=None, max_length=50, description="words, room, phone tail, number, name")

    @property
    def narrow(self) -> Narrow:
        """As the desk reads it."""
        category = self.category.value if self.category else None
        return Narrow(self.view, category, self.building, self.estate, self.tag, self.assignee)


class TimelineQuery(PageQuery):
    """Which lines."""

    around: str | None = Field(
        default=None, max_length=200, description="id of a line: the page ends a little after it"
    )


class BulkIn(Input):
    """One deed on many conversations."""

    ids: list[str] = Field(min_length=1, max_length=MOST_AT_ONCE)
    action: Literal["assign", "tag", "snooze", "wake", "resolve", "read"]
    to: str | None = Field(default=None, max_length=64, description="assign: user name; left out: nobody")
    add: list[str] = Field(default=[], max_length=10)
    remove: list[str] = Field(default=[], max_length=10)
    until: AwareDatetime | None = Field(default=None, description="snooze")


class BulkResult(View):
    """What became of one of them."""

    id: str
    ok: bool
    code: str
    message: str


class BulkDone(View):
    """What became of each."""

    results: list[BulkResult]


class Tags(View):
    """Tags in use, the most used first."""

    items: list[str]


# ---- lists ----


@routes.get("/conversations")
async def conversations(call: Call[Actor], query: ListQuery) -> ConversationPage:
    """Conversations of the caller's estates, as a view orders them."""
    actor, now = at_the_desk(call), call.desk.clock.now()
    listing, narrow = call.desk.listing, query.narrow
    if query.q:
        rows, after = await found_conversations(call, query.q, query, listing.keep(narrow, actor))
    else:
        page = await read_reaching(
            listing.fetch(narrow, actor),
            lambda row: Position(listing.at(narrow, row), row.id),
            name=narrow.name,
            cursors=call.cursors,
            query=query,
            now=now,
            reach=listing.reach,
            keep=listing.keep(narrow, actor),
            oldest_first=narrow.oldest_first,
            end=listing.end(narrow),
        )
        rows, after = page.rows, page.next
        if narrow.thin:
            rows = await listing.of_ids([row.id for row in rows], actor)
    names = await names_of(call)
    return ConversationPage(items=[ConversationRow.of(row, names, now) for row in rows], next=after, at=now)


@routes.get("/conversations/counts")
async def counts(call: Call[Actor]) -> Counts:
    """How many there are in the short views."""
    return Counts(**await call.desk.listing.counts(at_the_desk(call)), at=call.desk.clock.now())


@routes.get("/conversations/tags")
async def tags(call: Call[Actor]) -> Tags:
    """Tags in use in the caller's estates."""
    return Tags(items=await call.desk.listing.tags(at_the_desk(call)))


@routes.post("/conversations/bulk")
async def bulk(call: Call[Actor], body: BulkIn) -> BulkDone:
    """Do one thing to many; one that fails does not stop the others."""
    actor = at_the_desk(call)
    if body.action == "snooze" and body.until is None:
        raise Incomplete("要选到什么时候", until="missing")
    results = []
    for id in dict.fromkeys(body.ids):
        try:
            await _do(call, await call.desk.conversations.get(id, actor), body, actor)
        except DeskError as refused:
            results.append(BulkResult(id=id, ok=False, code=refused.code, message=refused.message))
        except NotFound:
            results.append(BulkResult(id=id, ok=False, code="not_found", message="没有找到"))
        else:
            results.append(BulkResult(id=id, ok=True, code="", message=""))
    return BulkDone(results=results)


async def _do(call: Call[Actor], found: Conversation, body: BulkIn, actor: Actor) -> None:
    holding, key = call.desk.holding, derived(call.key, found.id)
    match body.action:
        case "assign":
            await holding.assign(found, body.to, actor, key=key)
        case "tag":
            await holding.tag(found, add=body.add, remove=body.remove)
        case "snooze" if body.until is not None:
            await holding.snooze(found, body.until, actor, key=key)
        case "wake":
            await holding.wake(found, actor, key=key)
        case "resolve":
            await holding.resolve(found, actor, key=key)
        case _:
            await holding.read(found)


# ---- one ----


@routes.get("/conversations/{id}")
async def conversation(call: Call[Actor]) -> ConversationHead:
    """One conversation with all that stands around its lines."""
    return await head(call)


@routes.get("/conversations/{id}/messages")
async def messages(call: Call[Actor], query: TimelineQuery) -> LinePage:
    """The timeline, newest first: what came in and how it was understood, what went out and how far it is."""
    found = await named(call)
    now = call.desk.clock.now()
    if query.around and not query.cursor:
        line = await call.desk.stores.messages.get(query.around)
        if line.conversation_id != found.id:
            raise NotFound(query.around)
        later = await call.desk.stores.messages.after(found.id, line.at, limit=query.limit // 2 + 1)
        now = later[-1].at
        query = query.model_copy(update={"around": None})

    page = await call.page(
        partial(call.desk.conversations.timeline, found),
        lambda line: Position(line.at, line.id),
        query,
        name=f"inbox.messages:{found.id}",
        now=now,
    )
    return LinePage(items=await lines_of(call, page.rows, found), next=page.next)


async def named(call: Call[Actor]) -> Conversation:
    """The conversation of the address, if the caller may see it."""
    return await call.desk.conversations.get(call.path("id"), at_the_desk(call))


async def head(call: Call[Actor]) -> ConversationHead:
    """The conversation of the address, as it is now."""
    found = await named(call)
    desk, now = call.desk, call.desk.clock.now()
    person, past, planned, newest, names, here = await asyncio.gather(
        _person(call, found),
        desk.listing.past_tickets(found, at_the_desk(call), MOST_PAST),
        desk.replies.waiting(found),
        desk.listing.newest_line(found),
        names_of(call),
        others_at(desk, call.who, f"conversation:{found.id}"),
    )
    by = {line.delivery_id: line.by for line in await desk.listing.lines_of_deliveries([row.id for row in planned])}
    return ConversationHead.showing(
        found,
        **ConversationRow.otherwise(found, names, now),
        person=person,
        past=[PastTicket.of(ticket) for ticket in past],
        budget=BudgetView.of(budget_of(found, desk.rules.of(found.estate_id), now)),
        scheduled=[
            ScheduledView(
                delivery_id=row.id,
                text=row.text,
                send_at=row.not_before,
                by=by.get(row.id, ""),
                by_name=names.get(by.get(row.id, "").removeprefix("staff:"), ""),
            )
            for row in planned
        ],
        dialogue=DialogueView(kind=found.dialogue.kind, step=found.dialogue.step) if found.dialogue else None,
        newest=newest,
        here=here,
    )


async def _person(call: Call[Actor], found: Conversation) -> PersonView:
    stores, now = call.desk.stores, call.desk.clock.now()
    known = await stores.residents.of_ids([found.resident_id]) if found.resident_id else []
    person = known[0] if known and not known[0].provisional else None
    bindings = await stores.bindings.of_resident(person.id, at=now) if person else []
    since = {binding.room_id: binding.starts_at for binding in bindings}
    phone = stores.sealer.open_phone(person.phone) if person else None
    return PersonView(
        id=person.id if person else None,
        name=person.name if person else found.name,
        phone=mask_phone(phone) if phone else "",
        since=person.created_at if person else found.created_at,
        rooms=[
            RoomOfPerson(room_id=home.room_id, name=home.name, role=home.role, since=since.get(home.room_id))
            for home in found.homes
        ],
    )


async def lines_of(call: Call[Actor], lines: list[Message], found: Conversation) -> list[Line]:
    """These lines as they are shown, with their pushes, media and names."""
    desk = call.desk
    pushes, media, names, numbers = await asyncio.gather(
        desk.stores.deliveries.of_ids([line.delivery_id for line in lines if line.delivery_id]),
        desk.media.states_of([id for line in lines for id in media_ids(line)]),
        names_of(call),
        desk.listing.ticket_numbers(sorted({line.ticket_id for line in lines if line.ticket_id}), found),
    )
    around = Around(
        rules=desk.rules.of(found.estate_id),
        now=desk.clock.now(),
        pushes={push.id: push for push in pushes},
        media=media,
        names=names,
        numbers=numbers,
    )
    return [Line.of(line, around) for line in lines]


async def names_of(call: Call[Actor]) -> dict[str, str]:
    """Colleagues' names by user name, a few seconds old at most."""
    return await call.desk.listing.names()

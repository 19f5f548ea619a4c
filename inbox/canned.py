"""Canned replies and macros."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.canned import LONGEST_NAME, Filled
from desk.macros import MOST_ACTIONS
from desk.replies import LONGEST_REPLY, NewerReply
from inbox.access import at_the_desk
from inbox.conversation_views import ConversationHead
from inbox.conversations import head, named
from inbox.replies import refused
from inbox.views import Gone, View
from store.canned import Macro

routes: Routes[Actor] = Routes("inbox: canned replies and macros")


class CannedQuery(Input):
    """For which conversation, and what is typed."""

    conversation: str | None = Field(default=None, max_length=200)
    q: str = Field(default="", max_length=50)


class CannedIn(Input):
    """A canned reply."""

    title: str = Field(min_length=1, max_length=LONGEST_NAME)
    text: str = Field(min_length=1, max_length=LONGEST_REPLY)
    shortcut: str = Field(default="", max_length=21)
    personal: bool = False
    estate: str | None = Field(default=None, max_length=40)


class CannedView(View):
    """A canned reply, filled for a conversation."""

    id: str
    title: str
    text: str
    shortcut: str
    personal: bool
    estate: str
    uses: int
    filled: str
    missing: list[str]

    @classmethod
    def of(cls, one: Filled) -> Self:
        """As the desk filled it."""
        canned = one.canned
        return cls.showing(
            canned,
            title=canned.name,
            personal=bool(canned.owner),
            estate=canned.estate_id,
            filled=one.text,
            missing=list(one.missing),
        )


class CannedList(View):
    """Those that the caller may use."""

    items: list[CannedView]


class Action(Input):
    """One deed of a macro."""

    do: Literal["reply", "note", "tag", "assign", "snooze", "transition", "resolve", "hand-back"]
    text: str = Field(default="", max_length=LONGEST_REPLY)
    add: list[str] = Field(default=[], max_length=10)
    remove: list[str] = Field(default=[], max_length=10)
    to: str = Field(default="", max_length=64, description="assign: user name or me; transition: state")
    minutes: int = Field(default=0, ge=0, le=100_000)
    note: str = Field(default="", max_length=500)
    reason: str = Field(default="", max_length=500)


class MacroIn(Input):
    """A macro."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    actions: list[Action] = Field(min_length=1, max_length=MOST_ACTIONS)
    personal: bool = False
    estate: str | None = Field(default=None, max_length=40)


class MacroView(View):
    """A macro."""

    id: str
    name: str
    personal: bool
    estate: str
    actions: list[Action]

    @classmethod
    def of(cls, macro: Macro) -> Self:
        """As it is kept."""
        return cls.showing(
            macro,
            personal=bool(macro.owner),
            estate=macro.estate_id,
            actions=[Action.model_validate(action) for action in macro.actions],
        )


class MacroList(View):
    """Those that the caller may use."""

    items: list[MacroView]


class RunIn(Input):
    """What the writer saw."""

    seen: str | None = Field(default=None, max_length=200)
    force: bool = False


class DeedResult(View):
    """What became of one deed."""

    action: str
    ok: bool
    code: str
    message: str


class Ran(View):
    """What became of each, and the conversation as it is now."""

    results: list[DeedResult]
    head: ConversationHead


@routes.get("/canned")
async def canned(call: Call[Actor], query: CannedQuery) -> CannedList:
    """Canned replies, the most used first, with the variables of a conversation put in."""
    actor = at_the_desk(call)
    found = await call.desk.conversations.get(query.conversation, actor) if query.conversation else None
    return CannedList(items=[CannedView.of(one) for one in await call.desk.canned.listed(actor, found, query.q)])


@routes.post("/canned", status=201)
async def add_canned(call: Call[Actor], body: CannedIn) -> CannedView:
    """A new one; shared ones are written by supervisors."""
    one = await call.desk.canned.add(_canned(body), at_the_desk(call), key=call.key)
    return CannedView.of(call.desk.canned.filled(one, {}))


@routes.post("/canned/{id}")
async def change_canned(call: Call[Actor], body: CannedIn) -> CannedView:
    """Other words, another shortcut."""
    one = await call.desk.canned.change(call.path("id"), _canned(body), at_the_desk(call))
    return CannedView.of(call.desk.canned.filled(one, {}))


@routes.delete("/canned/{id}")
async def remove_canned(call: Call[Actor]) -> Gone:
    """Throw it away."""
    await call.desk.canned.remove(call.path("id"), at_the_desk(call))
    return Gone(ok=True)


@routes.get("/macros")
async def macros(call: Call[Actor]) -> MacroList:
    """Macros, by name."""
    return MacroList(items=[MacroView.of(one) for one in await call.desk.macros.listed(at_the_desk(call))])


@routes.post("/macros", status=201)
async def add_macro(call: Call[Actor], body: MacroIn) -> MacroView:
    """A new one; shared ones are written by supervisors."""
    return MacroView.of(await call.desk.macros.add(_macro(body), at_the_desk(call), key=call.key))


@routes.post("/macros/{id}")
async def change_macro(call: Call[Actor], body: MacroIn) -> MacroView:
    """Another name, other deeds."""
    return MacroView.of(await call.desk.macros.change(call.path("id"), _macro(body), at_the_desk(call)))


@routes.delete("/macros/{id}")
async def remove_macro(call: Call[Actor]) -> Gone:
    """Throw it away."""
    await call.desk.macros.remove(call.path("id"), at_the_desk(call))
    return Gone(ok=True)


@routes.post("/conversations/{id}/macros/{macro}")
async def run(call: Call[Actor], body: RunIn) -> Ran:
    """Do all of it, one deed after the other; one that cannot be done does not stop the others."""
    found = await named(call)
    macro = await call.desk.macros.get(call.path("macro"), call.who)
    undo = call.desk.rules.of(found.estate_id).settings.inbox.undo
    try:
        done = await call.desk.macros.run(
            macro, found.id, call.who, seen=body.seen, force=body.force, key=call.key, undo=undo
        )
    except NewerReply as newer:
        raise await refused(call, newer, found) from newer
    results = [DeedResult.showing(one) for one in done]
    return Ran(results=results, head=await head(call))


def _canned(body: CannedIn) -> dict[str, object]:
    return {**body.model_dump(exclude={"title"}), "name": body.title}


def _macro(body: MacroIn) -> dict[str, object]:
    actions = [action.model_dump(exclude_defaults=True) for action in body.actions]
    return {**body.model_dump(exclude={"actions"}), "actions": actions}

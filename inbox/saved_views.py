"""Lists that a colleague has narrowed and kept under a name."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.errors import Incomplete
from desk.listing import View as Which
from inbox.access import at_the_desk
from inbox.views import Gone, View
from store.errors import NotFound
from store.ids import derived
from store.saved_views import MOST_VIEWS, SavedView
from store.tickets import Category

routes: Routes[Actor] = Routes("inbox: saved views")


class Query(Input):
    """What the list is asked with."""

    view: Which = Which.ALL
    category: Category | None = None
    building: str | None = Field(default=None, max_length=40)
    estate: str | None = Field(default=None, max_length=40)
    tag: str | None = Field(default=None, max_length=20)
    assignee: str | None = Field(default=None, max_length=64)
    q: str | None = Field(default=None, max_length=50)


class ViewIn(Input):
    """A list to keep."""

    name: str = Field(min_length=1, max_length=20)
    query: Query
    icon: str = Field(default="", max_length=30)
    place: int = Field(default=0, ge=0, le=1000)


class ViewOut(View):
    """A kept list."""

    id: str
    name: str
    icon: str
    query: Query
    place: int

    @classmethod
    def of(cls, view: SavedView) -> Self:
        """As it is kept."""
        query = Query.model_validate(view.query)
        return cls(id=view.id, name=view.name, icon=view.icon, query=query, place=view.place)


class ViewList(View):
    """A colleague's own, in their order."""

    items: list[ViewOut]


@routes.get("/views")
async def views(call: Call[Actor]) -> ViewList:
    """The caller's kept lists."""
    at_the_desk(call)
    return ViewList(items=[ViewOut.of(one) for one in await call.desk.stores.saved_views.of_staff(call.who.id)])


@routes.post("/views", status=201)
async def add(call: Call[Actor], body: ViewIn) -> ViewOut:
    """Keep a list under a name."""
    at_the_desk(call)
    repo = call.desk.stores.saved_views
    if len(await repo.of_staff(call.who.id)) >= MOST_VIEWS:
        raise Incomplete(f"最多存 {MOST_VIEWS} 个", views=MOST_VIEWS)
    view = SavedView(id=derived(call.key, "view"), staff_id=call.who.id, **_fields(body))
    await repo.add(view)
    return ViewOut.of(await repo.get(view.id))


@routes.post("/views/{id}")
async def change(call: Call[Actor], body: ViewIn) -> ViewOut:
    """Another name, another query, another place."""
    view = await _own(call)
    await call.desk.stores.saved_views.change(view.id, _fields(body))
    return ViewOut.of(await call.desk.stores.saved_views.get(view.id))


@routes.delete("/views/{id}")
async def remove(call: Call[Actor]) -> Gone:
    """Throw it away."""
    await call.desk.stores.saved_views.remove((await _own(call)).id)
    return Gone(ok=True)


async def _own(call: Call[Actor]) -> SavedView:
    at_the_desk(call)
    view = await call.desk.stores.saved_views.get(call.path("id"))
    if view.staff_id != call.who.id:
        raise NotFound(view.id)
    return view


def _fields(body: ViewIn) -> dict[str, Any]:
    query = {name: str(value) for name, value in body.query.model_dump(mode="json", exclude_none=True).items()}
    return {"name": body.name.strip(), "icon": body.icon, "place": body.place, "query": query}

"""The control API of what phones showed long ago: a demo begins with a history that nobody has to live through."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import AwareDatetime, Field

from bot.emulator import orders
from bot.emulator.answers import as_json, platform_of
from bot.emulator.errors import ControlError
from bot.emulator.users import SCREEN_KEPT, CardField, Channel, Displayed, MenuItem

routes = web.RouteTableDef()


class PastEntry(orders.Order):
    """One thing that was on the phone. What is not named is empty."""

    at: AwareDatetime
    channel: Channel
    type: str = "text"
    text: str = Field(default="", max_length=4000)
    title: str = Field(default="", max_length=400)
    fields: list[CardField] = []
    items: list[MenuItem] = []
    url: str | None = None


class Past(orders.Order):
    """All of it; the order does not matter, the times do."""

    items: list[PastEntry] = Field(max_length=SCREEN_KEPT)


@routes.post("/control/users/{name}/past")
async def remember(request: web.Request) -> web.Response:
    """Put a history on a phone that shows nothing yet. Nothing is pushed, no allowance opens."""
    platform = platform_of(request)
    user = platform.users.get(request.match_info["name"])
    past = await orders.read(request, Past)
    if user.screen:
        raise ControlError(409, "phone_in_use", f"the phone of {user.name} shows something already")
    now = platform.clock.now()
    if any(one.at > now for one in past.items):
        raise ControlError(400, "bad_request", f"items: the past ends at {now.isoformat()}")
    rows = sorted(past.items, key=_time)
    platform.users.recall(user, [Displayed(id=0, **_plain(one)) for one in rows])
    return as_json({"entries": len(user.screen)})


def _time(entry: PastEntry) -> datetime:
    return entry.at


def _plain(entry: PastEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in PastEntry.model_fields}

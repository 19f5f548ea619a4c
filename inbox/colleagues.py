"""Colleagues, for assigning."""

from __future__ import annotations

from desk.actors import Actor
from desk.api.calls import Call, Routes
from inbox.views import StaffView, View

routes: Routes[Actor] = Routes("inbox: staff")


class StaffList(View):
    """Colleagues by user name."""

    items: list[StaffView]


@routes.get("/staff")
async def staff(call: Call[Actor]) -> StaffList:
    """Active colleagues who share an estate with the caller."""
    mine = set(call.who.estates)
    found = [
        StaffView.of(other)
        for other in await call.desk.stores.staff.all()
        if other.active and (not mine or not other.estates or mine & set(other.estates))
    ]
    return StaffList(items=found)

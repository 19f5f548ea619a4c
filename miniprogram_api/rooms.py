"""An owner's homes, and binding one."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from desk.api.calls import Call, Routes
from desk.api.limits import Limit
from desk.errors import Incomplete
from desk.residents import Bound
from miniprogram_api.sessions import Person
from nlp.answers import read_phone
from nlp.rooms import read_room
from store.conversations import Home
from store.rooms import Room

TRIES: web.AppKey[Limit] = web.AppKey("miniprogram_binding_tries", Limit)
routes: Routes[Person] = Routes("mp: rooms")


class RoomView(BaseModel):
    """A home of the owner."""

    id: str
    name: str
    role: str
    estate: str


class RoomList(BaseModel):
    """The owner's homes."""

    items: list[RoomView]


class BindingIn(BaseModel):
    """Name, room and phone as the property company has them."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=50)
    room: str = Field(min_length=1, max_length=100, description="room id or as on the door")
    phone: str = Field(min_length=1, max_length=30)


@routes.get("/rooms")
async def rooms(call: Call[Person]) -> RoomList:
    """My homes."""
    return _listed(await call.desk.residents.homes_of(call.who.id))


@routes.post("/bindings", status=201)
async def bind(call: Call[Person], body: BindingIn) -> RoomList:
    """Bind a home: name, room and phone must be those of one person in the register."""
    phone = read_phone(body.phone)
    if phone is None:
        raise Incomplete("电话号码不对,请核对", phone="not a phone number")
    # Guessing at the register: few tries an hour, whatever came of them.
    call.request.app[TRIES].take(call.who.identity.id)
    meant = await _rooms_meant(call, body.room)
    identity = call.who.identity
    bound = await call.desk.residents.bind(
        identity.app_id, identity.openid, name=body.name.strip(), rooms=meant, phone=phone
    )
    if bound.outcome is Bound.NO_MATCH or bound.resident_id is None:
        # The same words for every reason, so that nobody learns who lives where.
        raise Incomplete("和登记的信息没对上,请核对姓名、房号和电话,或者联系前台", outcome=Bound.NO_MATCH.value)
    await call.desk.residents.refresh(bound.resident_id)
    return _listed(bound.homes)


async def _rooms_meant(call: Call[Person], text: str) -> list[Room]:
    text = text.strip()
    if "/" in text:
        return await call.desk.stores.rooms.of_ids([text])
    read = read_room(text) or read_room(f"{text}室")
    return await call.desk.stores.rooms.numbered(read.building, read.unit, read.number) if read else []


def _listed(homes: tuple[Home, ...]) -> RoomList:
    return RoomList(
        items=[RoomView(id=home.room_id, name=home.name, role=home.role, estate=home.estate_id) for home in homes]
    )

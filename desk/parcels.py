"""Parcels at the front desk: logged, told, handed over, looked after until somebody took them (domain, section 5).

Whose a parcel is, is decided from the bindings of its room as they are now: who moved out hears and sees nothing more.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.actors import Actor
from desk.effects import brief
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.parcel_news import ParcelNews
from desk.residents import same_name
from desk.rulebook import Rulebook
from desk.tickets import NewTicket, Tickets
from desk.timers import Schedule
from desk.tracking import carrier_of, plain_number
from store.clock import Clock
from store.errors import NotFound
from store.ids import derived
from store.parcels import Allowed, Parcel, ParcelEvent, ParcelState
from store.rooms import Room
from store.stores import Stores
from store.tickets import Category, Ticket
from store.timers import Timer

REFUSED = {
    "perishable": "生鲜和容易坏的东西前台不代存，请联系收件人当面收",
    "cash": "现金前台不代存，请当面交给收件人",
    "valuables": "贵重物品前台不代存，请当面交给收件人",
    "papers": "重要证件和文件前台不代存，请当面交给收件人",
    "fragile": "易碎的精密仪器前台不代存，请当面交给收件人",
}
"""Not taken for storage, and what the front desk says."""
_SAYS_SO = (
    ("perishable", re.compile("生鲜|冷冻|冷藏|海鲜|鲜花|活[鱼虾蟹]|鲜奶|蛋糕")),
    ("cash", re.compile("现金|钞票|存折")),
    ("valuables", re.compile("黄金|金条|珠宝|首饰|名表|古董")),
    ("papers", re.compile("护照|身份证|户口本|房产证|重要(?:证件|文件)")),
    ("fragile", re.compile("精密仪器")),
)
CODE_ATTEMPTS = 8
MARKS = (ParcelState.LOST, ParcelState.DAMAGED, ParcelState.RETURNED)


@dataclass(frozen=True, slots=True)
class NewParcel:
    """What the front desk writes down."""

    room: Room
    recipient: str = ""
    kind: str = "express"
    carrier: str = ""
    tracking: str = ""
    shelf: str = ""
    code: str = ""
    note: str = ""


class Parcels:
    """The rules of the parcel log, whoever asks."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        news: ParcelNews,
        tickets: Tickets,
        timers: Schedule,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._news = news
        self._tickets = tickets
        self._timers = timers
        self._clock = clock
        timers.on("parcel_tell", self._tell_later)
        timers.on("parcel_remind", self._remind)

    # ---- the front desk ----

    async def log(self, new: NewParcel, by: Actor, *, key: str) -> Parcel:
        """An arrival; its people are told. Raises Incomplete for what is not taken for storage."""
        refused = new.kind if new.kind in REFUSED else next((k for k, words in _SAYS_SO if words.search(new.note)), "")
        if refused:
            raise Incomplete(REFUSED[refused], kind=refused)
        number = plain_number(new.tracking)
        now = self._clock.now()
        id = derived(key, "parcel")
        parcel = Parcel(
            id=id,
            estate_id=new.room.estate_id,
            room_id=new.room.id,
            room_name=new.room.name,
            recipient=new.recipient,
            kind=new.kind,
            carrier=new.carrier or carrier_of(number),
            tracking=number,
            shelf=new.shelf,
            code=new.code or await self._fresh_code(new.room.estate_id),
            arrived_at=now,
            by=by.tag,
            events=(ParcelEvent(id=derived(id, "logged"), at=now, by=by.tag, kind="logged", note=new.note),),
        )
        if number and (known := await self._here_already(parcel)) is not None:
            raise Illegal("这个单号已经登记过了，还没取走", parcel=known.id, shelf=known.shelf)
        stored = await self._stores.parcels.log(parcel)
        await self._arrived(stored)
        return stored

    async def get(self, id: str, actor: Actor) -> Parcel:
        """The parcel, if it is in this colleague's scope; raises NotFound otherwise."""
        parcel = await self._stores.parcels.get(id)
        if not self.visible(parcel, actor):
            raise NotFound(id)
        return parcel

    def visible(self, parcel: Parcel, actor: Actor) -> bool:
        """Whether it is in this colleague's scope, and a parcel at all."""
        building = parcel.room_id.rpartition("/")[2].partition("-")[0]
        return parcel.state is not ParcelState.CAME and actor.in_scope(parcel.estate_id, building)

    async def hand_over(
        self, parcel: Parcel, by: Actor, *, key: str, code: str = "", checked: str = "", to: str = ""
    ) -> Parcel:
        """Give it to whoever shows the code, or whose identity was ``checked`` (how) and who may collect it.

        Raises Illegal (not waiting, too many tries), NotAllowed (wrong code, not one of theirs) or Incomplete.
        """
        event_id = derived(key, f"collected:{parcel.id}")
        if any(event.id == event_id for event in parcel.events):
            await self._news.collected(parcel)
            return parcel
        if parcel.state is not ParcelState.WAITING:
            raise Illegal("这件现在不能交付", state=parcel.state.value)
        if not code and not checked:
            raise Incomplete("请核对取件码，或者核对身份", missing=["code", "checked"])
        if code:
            await self._check_code(parcel, code)
        elif not to:
            raise Incomplete("核对身份时请写下取件人姓名", missing=["to"])
        elif not await self._may_collect(parcel, to):
            raise NotAllowed("取件人不是收件人本人，也没有被委托，请先联系业主", to=to)
        now = self._clock.now()
        who = to or parcel.recipient
        changes = {
            "state": ParcelState.COLLECTED,
            "ended_at": now,
            "collected_by": who,
            "collected_how": "code" if code else "identity",
        }
        event = ParcelEvent(id=event_id, at=now, by=by.tag, kind="collected", note=checked or who)
        done = await self._stores.parcels.change(parcel, event, changes)
        await self._timers.cancel(parcel.id, "parcel_tell", "parcel_remind")
        await self._news.collected(done)
        return done

    async def mark(self, parcel: Parcel, state: ParcelState, by: Actor, *, key: str, note: str = "") -> Parcel:
        """Lost or damaged (a ticket is opened, its people hear of it), or returned to the sender."""
        event_id = derived(key, f"{state.value}:{parcel.id}")
        if not any(event.id == event_id for event in parcel.events):
            if state not in MARKS or parcel.state is not ParcelState.WAITING:
                raise Illegal("这件现在不能这样改", state=parcel.state.value, possible=[mark.value for mark in MARKS])
            now = self._clock.now()
            event = ParcelEvent(id=event_id, at=now, by=by.tag, kind=state.value, note=note)
            parcel = await self._stores.parcels.change(parcel, event, {"state": state, "ended_at": now})
        await self._timers.cancel(parcel.id, "parcel_tell", "parcel_remind")
        await self._news.not_waiting_any_more(parcel)
        if state is ParcelState.RETURNED:
            await self._news.returned(parcel)
            return parcel
        ticket = await self._ticket_for(parcel, state, by, note)
        await self._news.trouble(parcel, ticket)
        if parcel.ticket_id is None:
            linked = ParcelEvent(
                id=derived(parcel.id, "ticket"), at=self._clock.now(), by=by.tag, kind="ticket", note=ticket.number
            )
            parcel = await self._stores.parcels.change(
                parcel, linked, {"ticket_id": ticket.id, "ticket_number": ticket.number}
            )
        return parcel

    async def move(self, parcel: Parcel, shelf: str, by: Actor, *, key: str) -> Parcel:
        """It lies elsewhere now; a lost one that was found waits again."""
        event_id = derived(key, f"moved:{parcel.id}")
        if any(event.id == event_id for event in parcel.events):
            return parcel
        if parcel.state not in (ParcelState.WAITING, ParcelState.LOST):
            raise Illegal("这件已经不在架上了", state=parcel.state.value)
        found = parcel.state is ParcelState.LOST
        event = ParcelEvent(
            id=event_id, at=self._clock.now(), by=by.tag, kind="found" if found else "moved", note=shelf
        )
        changes = {"shelf": shelf, "state": ParcelState.WAITING, "ended_at": None}
        moved = await self._stores.parcels.change(parcel, event, changes)
        if found:
            await self._news.arrived(moved, round=len(moved.events))
        return moved

    # ---- owners ----

    async def rooms_now(self, person_id: str) -> set[str]:
        """The rooms whose parcels are this person's to hear of: bindings that hold now."""
        bindings = await self._stores.bindings.of_resident(person_id, at=self._clock.now())
        return {binding.room_id for binding in bindings}

    async def waiting_for(self, person_id: str, room_ids: Sequence[str]) -> list[Parcel]:
        """What waits for them in these rooms of theirs. One store operation when nothing does, else two."""
        if not room_ids:
            return []
        parcels = await self._stores.parcels.waiting_for(room_ids)
        if not parcels:
            return []
        # The conversation's list of homes may be older than the end of a lease.
        mine = await self.rooms_now(person_id)
        return [parcel for parcel in parcels if parcel.room_id in mine]

    async def numbered_for(self, person_id: str, number: str) -> Parcel | None:
        """Their parcel with this number, the newest; None for anybody else's, as for one that is not there."""
        found = await self._stores.parcels.found_by(plain_number(number))
        if not found:
            return None
        mine = await self.rooms_now(person_id)
        hidden = (ParcelState.AWAITED, ParcelState.CAME)
        theirs = [parcel for parcel in found if parcel.room_id in mine and parcel.state not in hidden]
        return max(theirs, key=lambda parcel: parcel.arrived_at, default=None)

    async def of_person(self, person_id: str, states: Sequence[ParcelState]) -> list[Parcel]:
        """All of theirs in these states, newest first."""
        rooms = sorted(await self.rooms_now(person_id))
        found = await self._stores.parcels.of_rooms(rooms, states, limit=100) if rooms else []
        return sorted(found, key=lambda parcel: (parcel.arrived_at, parcel.id), reverse=True)

    async def watch(self, person_id: str, estate_id: str, room_id: str, number: str) -> None:
        """Tell this person when a parcel with that number is logged for a room of theirs."""
        number = plain_number(number)
        awaited = Parcel(
            id=derived(f"{person_id}:{number}", "awaited"),
            estate_id=estate_id,
            room_id=room_id,
            carrier=carrier_of(number),
            tracking=number,
            state=ParcelState.AWAITED,
            arrived_at=self._clock.now(),
            person_id=person_id,
        )
        await self._stores.parcels.add([awaited])

    async def allow(self, parcels: Sequence[Parcel], name: str, by: Actor) -> None:
        """Somebody else may collect these; on record with who said so and when."""
        allowed = Allowed(name=name, by=by.tag, at=self._clock.now())
        for parcel in parcels:
            await self._stores.parcels.allow(parcel.id, allowed)

    async def disallow(self, parcels: Sequence[Parcel], name: str | None) -> None:
        """They may not any more; None: nobody."""
        for parcel in parcels:
            await self._stores.parcels.disallow(parcel.id, name)

    # ---- inside ----

    async def _arrived(self, parcel: Parcel) -> None:
        """Tell it now, or in the morning; and remember to remind. Repeating it adds nothing."""
        if parcel.state is not ParcelState.WAITING:
            return
        settings = self._rules.of(parcel.estate_id).settings
        zone = self._rules.of(parcel.estate_id).zone
        leaves = settings.delivery.parcel_hours.next_allowed(parcel.arrived_at, zone)
        if leaves <= parcel.arrived_at:
            await self._news.arrived(parcel)
        else:
            # Not now into the outbox: who moves out meanwhile must not get the code in the morning.
            await self._timers.plan(f"parcel_tell:{parcel.id}", "parcel_tell", leaves, parcel.id)
        first = [*settings.parcels.remind_after, settings.parcels.call_after][0]
        await self._timers.plan(f"parcel_remind:{parcel.id}", "parcel_remind", parcel.arrived_at + first, parcel.id)

    async def _tell_later(self, timer: Timer) -> datetime | None:
        parcel = await self._stores.parcels.get(str(timer.ticket_id))
        if parcel.state is ParcelState.WAITING:
            await self._news.arrived(parcel)
        return None

    async def _remind(self, timer: Timer) -> datetime | None:
        parcel = await self._stores.parcels.get(str(timer.ticket_id))
        if parcel.state is not ParcelState.WAITING:
            return None
        settings = self._rules.of(parcel.estate_id).settings.parcels
        age = self._clock.now() - parcel.arrived_at
        if age >= settings.call_after:
            await self._news.to_call_list(parcel)
            return None
        done = sum(age >= after for after in settings.remind_after)
        if done:
            await self._news.reminder(parcel, done)
        later = [after for after in (*settings.remind_after, settings.call_after) if after > age]
        return parcel.arrived_at + later[0] if later else None

    async def _fresh_code(self, estate_id: str) -> str:
        """A code that no parcel of this estate waits under."""
        day = self._clock.now().astimezone(self._rules.of(estate_id).zone).isoweekday()
        for _ in range(CODE_ATTEMPTS):
            code = f"{day}-{secrets.randbelow(10_000):04d}"
            found = await self._stores.parcels.found_by(code)
            if not any(one.estate_id == estate_id and one.state is ParcelState.WAITING for one in found):
                return code
        return f"{day}-{secrets.randbelow(1_000_000):06d}"

    async def _here_already(self, parcel: Parcel) -> Parcel | None:
        found = await self._stores.parcels.found_by(parcel.tracking)
        return next(
            (
                one
                for one in found
                if one.id != parcel.id and one.estate_id == parcel.estate_id and one.state is ParcelState.WAITING
            ),
            None,
        )

    async def _check_code(self, parcel: Parcel, code: str) -> None:
        most = self._rules.of(parcel.estate_id).settings.parcels.code_tries
        # Counted before it is compared: guessing in parallel gets no more tries than guessing in turn.
        if not await self._stores.parcels.take_try(parcel.id, most=most):
            raise Illegal("取件码试错太多次，请核对身份后交付", tries=most)
        if not hmac.compare_digest(_plain_code(code).encode(), _plain_code(parcel.code).encode()):
            left = max(0, most - parcel.tries - 1)
            raise NotAllowed("取件码不对", left=left)

    async def _may_collect(self, parcel: Parcel, name: str) -> bool:
        """The addressee, somebody of the home, or somebody whom the home named."""
        said = [one.name for one in parcel.allowed]
        # "老公王强" was named, 王强 comes.
        if any(same_name(one, name) or (len(name) > 1 and one.endswith(name)) for one in (parcel.recipient, *said)):
            return True
        people = await self._news.people_of_room(parcel.room_id)
        return any(same_name(person.name, name) for person in people)

    async def _ticket_for(self, parcel: Parcel, state: ParcelState, by: Actor, note: str) -> Ticket:
        lost = state is ParcelState.LOST
        which = " ".join(part for part in (parcel.carrier, parcel.tracking) if part) or "快递"
        what = "找不到了" if lost else "损坏了"
        people = await self._news.people_of(parcel)
        owner = people[0] if people else None
        chat = await self._news.chat_of(owner.id) if owner else None
        new = NewTicket(
            category=Category.PARCEL if lost else Category.COMPLAINT,
            description=f"前台登记的快递{what}：{which}" + (f"。{note}" if note else ""),
            title=f"快递{what}" + (f"（尾号 {parcel.tail}）" if parcel.tail else ""),
            subject="快递",
            severity=None if lost else "minor",
            estate_id=parcel.estate_id,
            room_id=parcel.room_id,
            room_name=parcel.room_name,
            links=({"kind": "parcel", "id": parcel.id},),
        )
        ticket = await self._tickets.open(
            new,
            by=by,
            owner_id=owner.id if owner else "",
            owner_name=owner.name if owner else parcel.recipient,
            conversation=chat,
            origin="staff",
            key=f"parcel:{parcel.id}:{state.value}",
        )
        if chat is not None:
            await self._stores.conversations.show_ticket(chat.id, brief(ticket), open=ticket.is_open)
        return ticket


def _plain_code(code: str) -> str:
    return "".join(character for character in code.upper() if character.isalnum())

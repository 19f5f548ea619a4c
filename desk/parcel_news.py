"""What the people of a home hear of their parcels, and who they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from desk.deliveries import Kind, Outbox, next_seq
from desk.residents import same_name
from desk.rulebook import Rulebook, Rules
from desk.wording import say_time, say_until, shorten
from store.clock import Clock
from store.conversations import Conversation
from store.deliveries import Delivery, DeliveryState
from store.parcels import Parcel, ParcelEvent, ParcelState
from store.residents import Resident
from store.stores import Stores
from store.tickets import Ticket

MINUTE = timedelta(minutes=1)


class ParcelNews:
    """Writes into the outbox. Every key comes from the parcel and the person: repeating it adds nothing."""

    def __init__(self, stores: Stores, rules: Rulebook, outbox: Outbox, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._clock = clock

    # ---- who ----

    async def people_of_room(self, room_id: str) -> list[Resident]:
        """Everybody who is bound to the room now."""
        bindings = await self._stores.bindings.of_rooms([room_id], at=self._clock.now())
        ids = sorted({binding.resident_id for binding in bindings})
        people = await self._stores.residents.of_ids(ids) if ids else []
        return sorted(people, key=lambda person: person.id)

    async def people_of(self, parcel: Parcel) -> list[Resident]:
        """Whom to tell: the addressee when just one person of the room has that name, else all of the room.

        Whoever of the room asked for its number is told too.
        """
        people = await self.people_of_room(parcel.room_id)
        named = [person for person in people if same_name(person.name, parcel.recipient)]
        if len(named) != 1:
            return people
        waiting = await self._watchers(parcel)
        return [person for person in people if person.id == named[0].id or person.id in waiting]

    async def _watchers(self, parcel: Parcel) -> set[str]:
        if not parcel.tracking:
            return set()
        asked = (ParcelState.AWAITED, ParcelState.CAME)
        return {one.person_id for one in await self._stores.parcels.found_by(parcel.tracking) if one.state in asked}

    async def chat_of(self, person_id: str) -> Conversation | None:
        """Where this person hears of it."""
        theirs = await self._stores.conversations.of_resident(person_id)
        return next((chat for chat in theirs if chat.followed), theirs[0] if theirs else None)

    # ---- what ----

    async def arrived(self, parcel: Parcel, *, round: int = 0) -> None:
        """It is there: shelf, code, until when. Several within ten minutes leave as one message."""
        rules = self._rules.of(parcel.estate_id)
        told = False
        people = await self.people_of(parcel)
        for person in people:
            chat = await self.chat_of(person.id)
            if chat is None:
                continue
            told = True
            leaves, more = await self._leaves(chat, rules)
            text = rules.texts.say("parcel.arrived_more" if more else "parcel.arrived", **self.words(parcel, leaves))
            await self._put(_key(parcel, f"arrived{round or ''}", person.id), chat, person.id, parcel, text, leaves)
        if not told:
            who = people[0].id if people else ""
            text = rules.texts.say("parcel.arrived", **self.words(parcel, self._clock.now()))
            await self._call(parcel, text, who, f"no chat: {shorten(f'{parcel.recipient} {parcel.room_name}', 80)}")
        await self._end_watches(parcel)

    async def reminder(self, parcel: Parcel, number: int) -> None:
        """It still lies there."""
        rules = self._rules.of(parcel.estate_id)
        for person in await self.people_of(parcel):
            chat = await self.chat_of(person.id)
            if chat is not None:
                leaves, _ = await self._leaves(chat, rules)
                text = rules.texts.say("parcel.reminder", **self.words(parcel, leaves))
                await self._put(_key(parcel, f"remind{number}", person.id), chat, person.id, parcel, text, leaves)

    async def to_call_list(self, parcel: Parcel) -> None:
        """Nobody came after all reminders: a person rings up."""
        rules = self._rules.of(parcel.estate_id)
        people = await self.people_of(parcel)
        who = people[0].id if people else ""
        text = rules.texts.say("parcel.reminder", **self.words(parcel, self._clock.now()))
        await self._call(parcel, text, who, f"not collected: {shorten(f'{parcel.recipient} {parcel.room_name}', 80)}")

    async def collected(self, parcel: Parcel) -> None:
        """Thanks, with the time; what still waited to be said about it is not said any more."""
        await self.not_waiting_any_more(parcel)
        rules, now = self._rules.of(parcel.estate_id), self._clock.now()
        at = parcel.ended_at or now
        for person in await self.people_of(parcel):
            chat = await self.chat_of(person.id)
            if chat is None:
                continue
            mine = same_name(parcel.collected_by, person.name)
            text = rules.texts.say(
                "parcel.collected",
                carrier=parcel.carrier,
                tracking=_tail(parcel),
                time=say_time(at, now, rules.zone),
                who="" if mine else parcel.collected_by,
            )
            await self._put(_key(parcel, "collected", person.id), chat, person.id, parcel, text, now)

    async def returned(self, parcel: Parcel) -> None:
        """It went back to its sender."""
        await self._tell_all(parcel, "returned", carrier=parcel.carrier, tracking=_tail(parcel))

    async def trouble(self, parcel: Parcel, ticket: Ticket) -> None:
        """Lost or damaged: an apology, the number, by when they hear more."""
        rules, now = self._rules.of(parcel.estate_id), self._clock.now()
        within = say_until(ticket.due.first_answer_by, now, rules.zone) if ticket.due.first_answer_by else ""
        values = {"carrier": parcel.carrier, "tracking": _tail(parcel), "number": ticket.number, "within": within}
        await self._tell_all(parcel, parcel.state.value, ticket_id=ticket.id, **values)

    async def not_waiting_any_more(self, parcel: Parcel) -> None:
        """Queued news of it is taken back, and nobody need ring up about it."""
        now = self._clock.now()
        whats = ("arrived", *(f"remind{number}" for number in range(1, 10)))
        people = await self.people_of_room(parcel.room_id)
        keys = [_key(parcel, what, person.id) for person in people for what in whats]
        for row in await self._stores.deliveries.of_ids(
            [*keys, _call_key(parcel, "no chat"), _call_key(parcel, "not collected")]
        ):
            if row.state is DeliveryState.QUEUED:
                await self._stores.deliveries.move(row, DeliveryState.CANCELLED, at=now)
            elif row.to_call and not row.checked:
                await self._stores.deliveries.move(row, row.state, at=now, changes={"checked": True})

    def words(self, parcel: Parcel, leaves: datetime) -> dict[str, str]:
        """What the texts may speak of, as it is read at ``leaves``."""
        rules = self._rules.of(parcel.estate_id)
        return {
            "carrier": parcel.carrier,
            "shelf": parcel.shelf,
            "code": parcel.code,
            "tracking": _tail(parcel),
            "until": say_time(pickup_until(rules, leaves), leaves, rules.zone),
            "when": say_time(parcel.arrived_at, leaves, rules.zone),
        }

    # ---- inside ----

    async def _tell_all(self, parcel: Parcel, what: str, *, ticket_id: str | None = None, **values: str) -> None:
        rules = self._rules.of(parcel.estate_id)
        text = rules.texts.say(f"parcel.{what}", **values)
        for person in await self.people_of(parcel):
            chat = await self.chat_of(person.id)
            if chat is not None:
                key = _key(parcel, what, person.id)
                await self._put(key, chat, person.id, parcel, text, self._clock.now(), ticket_id=ticket_id)

    async def _leaves(self, chat: Conversation, rules: Rules) -> tuple[datetime, bool]:
        """When the message leaves that this parcel joins, and whether another parcel is in it already."""
        now = self._clock.now()
        within = rules.settings.delivery.parcel_merge
        for row in await self._stores.deliveries.open_of(chat.id):
            fresh = row.state is DeliveryState.QUEUED and not row.attempts and now - row.created_at <= within
            if row.kind == Kind.PARCEL and fresh and row.not_before > now:
                return row.not_before, True
        leaves = now + within
        # Up to the full minute: two that are logged at the same moment leave together.
        return (leaves if within < MINUTE else _full_minute(leaves)), False

    async def _put(
        self,
        key: str,
        chat: Conversation,
        person_id: str,
        parcel: Parcel,
        text: str,
        leaves: datetime,
        *,
        ticket_id: str | None = None,
    ) -> None:
        rules = self._rules.of(parcel.estate_id)
        await self._outbox.put(
            key,
            chat,
            Kind.PARCEL,
            text,
            person_id=person_id,
            ticket_id=ticket_id,
            template={
                "carrier": parcel.carrier or "快递",
                "code": parcel.code,
                "shelf": parcel.shelf or "前台",
                "time": parcel.arrived_at.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
                "title": "您的快递",
                "number": parcel.code,
                "remark": shorten(text.splitlines()[0], 20),
            },
            not_before=leaves,
        )

    async def _call(self, parcel: Parcel, text: str, person_id: str, reason: str) -> None:
        """A row on the call list; staff see it among what needs a person."""
        now = self._clock.now()
        chat = await self.chat_of(person_id) if person_id else None
        row = Delivery(
            id=_call_key(parcel, reason),
            person_id=person_id,
            conversation_id=chat.id if chat else "",
            app_id=chat.app_id if chat else "",
            openid=chat.openid if chat else "",
            estate_id=parcel.estate_id,
            seq=next_seq(now),
            kind=Kind.PARCEL.value,
            text=text,
            not_before=now,
            state=DeliveryState.UNDELIVERABLE,
            reason=reason,
            attention=True,
            to_call=True,
            created_at=now,
            changed_at=now,
        )
        await self._stores.deliveries.add([row])

    async def _end_watches(self, parcel: Parcel) -> None:
        """What was awaited under this number by people of this room has come."""
        if not parcel.tracking:
            return
        room = {person.id for person in await self.people_of_room(parcel.room_id)}
        for one in await self._stores.parcels.found_by(parcel.tracking):
            if one.state is ParcelState.AWAITED and one.person_id in room:
                event = ParcelEvent(id=parcel.id, at=self._clock.now(), by=parcel.by, kind="came")
                await self._stores.parcels.change(one, event, {"state": ParcelState.CAME})


def pickup_until(rules: Rules, at: datetime) -> datetime:
    """Until when it can be fetched on the day on which ``at`` is read, or on the next one when it is over by then."""
    hours = rules.settings.parcels.pickup_hours
    opens = hours.next_allowed(at, rules.zone).astimezone(rules.zone)
    closes = datetime.combine(opens.date(), hours.end, tzinfo=rules.zone)
    if closes <= opens:
        closes += timedelta(days=1)
    return closes.astimezone(UTC)


def _full_minute(at: datetime) -> datetime:
    over = timedelta(seconds=at.second, microseconds=at.microsecond)
    return at if not over else at - over + MINUTE


def _tail(parcel: Parcel) -> str:
    return f"尾号 {parcel.tail}" if parcel.tail else ""


def _key(parcel: Parcel, what: str, person_id: str) -> str:
    return f"parcel:{parcel.id}:{what}:{person_id}"


def _call_key(parcel: Parcel, reason: str) -> str:
    return f"parcel:{parcel.id}:call:{'no_chat' if reason.startswith('no chat') else 'not_collected'}"

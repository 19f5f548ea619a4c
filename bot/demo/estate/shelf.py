"""Parcels of two weeks: most are fetched the same day, some need a reminder, a few are lost or sent back."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from bot.demo.estate.chat import Chat
from bot.demo.estate.crew import Crew
from bot.demo.estate.hours import at_work
from bot.demo.estate.people import Household
from desk.deliveries import Kind
from desk.parcel_news import pickup_until
from desk.settings import ParcelSettings
from desk.wording import say_time
from store.clock import to_millis
from store.ids import derived
from store.parcels import Parcel, ParcelEvent, ParcelState
from store.tickets import Ticket
from store.timers import Timer

CARRIERS = ("顺丰", "中通", "圆通", "韵达", "京东", "申通", "邮政", "极兔")
_PREFIX = {
    "顺丰": "SF",
    "中通": "78",
    "圆通": "YT",
    "韵达": "46",
    "京东": "JD",
    "申通": "77",
    "邮政": "98",
    "极兔": "JT",
}
SHELVES = "ABCD"
TIMES = ParcelSettings()


class Shelf:
    """One household's parcels."""

    def __init__(self, chat: Chat, home: Household, crew: Crew, chance: random.Random) -> None:
        self._chat = chat
        self._home = home
        self._by = crew.frontdesk(home.estate_id)
        self._chance = chance
        self._rules = chat.world.rules(home.estate_id)
        self._now = chat.world.now

    def arrives(self, number: int, at: datetime) -> None:
        """Logged, told, and what became of it."""
        chance, now = self._chance, self._now
        at = to_millis(at_work(chance, at, self._rules.zone))
        if at >= now:
            return
        parcel = self._logged(number, at)
        self._told("arrived", parcel, at + timedelta(minutes=2))
        lies = timedelta(hours=chance.lognormvariate(2.0, 1.0))
        collected = at + min(lies, timedelta(hours=90))
        if chance.random() < 0.01 and now - at > timedelta(hours=90):
            self._keep(self._ended(parcel, ParcelState.RETURNED, at + timedelta(hours=88), "超过三天未取,退回快递公司"))
            return
        for step, after in enumerate(TIMES.remind_after, start=1):
            if at + after < min(collected, now):
                self._told("reminder", parcel, at + after, f"remind{step}")
        if collected < now:
            self._keep(self._fetched(parcel, at_work(chance, collected, self._rules.zone)))
            return
        self._keep(parcel)
        steps = [at + after for after in (*TIMES.remind_after, TIMES.call_after) if at + after > now]
        if steps:
            due = Timer(id=f"parcel_remind:{parcel.id}", kind="parcel_remind", due=steps[0], ticket_id=parcel.id)
            self._chat.timers.append(due)

    def lost(self, number: int, ticket: Ticket) -> None:
        """Not found any more: the ticket about it says so."""
        at = to_millis(ticket.opened_at - timedelta(hours=self._chance.uniform(20, 60)))
        parcel = self._logged(number, at, ticket.id)
        ended = self._ended(parcel, ParcelState.LOST, ticket.opened_at, "货架上找不到")
        linked = ParcelEvent(
            id=derived(parcel.id, "ticket"), at=ticket.opened_at, by=self._by.tag, kind="ticket", note=ticket.number
        )
        update = {"ticket_id": ticket.id, "ticket_number": ticket.number, "events": (*ended.events, linked)}
        self._keep(ended.model_copy(update={**update, "version": ended.version + 1}))

    def _logged(self, number: int, at: datetime, key: str = "") -> Parcel:
        chance, home = self._chance, self._home
        id = derived(key or f"estate:{self._chat.world.seed}:{number}", "parcel")
        carrier = chance.choice(CARRIERS)
        day = at.astimezone(self._rules.zone).isoweekday()
        return Parcel(
            id=id,
            estate_id=home.estate_id,
            room_id=home.room_id,
            room_name=home.room_name,
            recipient=home.entry.name,
            carrier=carrier,
            tracking=f"{_PREFIX[carrier]}{730_000_000_000 + number * 7919 + chance.randrange(7000)}",
            shelf=f"{chance.choice(SHELVES)}{chance.randrange(1, 25):02d}",
            code=f"{day}-{number % 10_000:04d}",
            arrived_at=at,
            by=self._by.tag,
            events=(ParcelEvent(id=derived(id, "logged"), at=at, by=self._by.tag, kind="logged"),),
        )

    def _fetched(self, parcel: Parcel, at: datetime) -> Parcel:
        at = min(to_millis(at), self._now)
        who = parcel.recipient if self._chance.random() < 0.8 else "家属"
        how = "code" if self._chance.random() < 0.85 else "identity"
        done = self._ended(parcel, ParcelState.COLLECTED, at, who)
        texts = self._rules.texts
        said = texts.say(
            "parcel.collected",
            carrier=parcel.carrier,
            tracking=f"尾号 {parcel.tail}",
            time=say_time(at, at, self._rules.zone),
            who="" if who == parcel.recipient else who,
        )
        self._put(f"parcel:{parcel.id}:collected:{self._home.person_id}", said, at)
        return done.model_copy(update={"collected_by": who, "collected_how": how})

    def _ended(self, parcel: Parcel, state: ParcelState, at: datetime, note: str) -> Parcel:
        at = to_millis(at)
        event = ParcelEvent(id=derived(parcel.id, state.value), at=at, by=self._by.tag, kind=state.value, note=note)
        values = {"state": state, "ended_at": at, "events": (*parcel.events, event), "version": parcel.version + 1}
        return parcel.model_copy(update=values)

    def _told(self, text: str, parcel: Parcel, at: datetime, what: str = "arrived") -> None:
        if at >= self._now:
            return
        zone = self._rules.zone
        said = self._rules.texts.say(
            f"parcel.{text}",
            carrier=parcel.carrier,
            shelf=parcel.shelf,
            code=parcel.code,
            tracking=f"尾号 {parcel.tail}",
            until=say_time(pickup_until(self._rules, at), at, zone),
            when=say_time(parcel.arrived_at, at, zone),
        )
        self._put(f"parcel:{parcel.id}:{what}:{self._home.person_id}", said, at)

    def _put(self, key: str, text: str, at: datetime) -> None:
        self._chat.push(key, Kind.PARCEL, text, at)

    def _keep(self, parcel: Parcel) -> None:
        self._chat.parcels.append(parcel)

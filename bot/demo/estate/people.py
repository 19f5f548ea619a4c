"""Households: who lives where, who follows the account, how they write. The same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.cli.register import Entry, person_ids, room_of
from bot.demo.estate.size import Place, homes_of, places
from bot.demo.estate.voices import Voice, voice_of
from bot.demo.sample_people import ESTATE_ID, NEWCOMER, OWNERS, SURNAMES, residents
from bot.emulator.users import openid_for, unionid_for
from desk.desk import Desk
from desk.wording import room_name
from store.bindings import Binding
from store.conversations import Conversation, Home
from store.identities import Identity
from store.ids import derived
from store.residents import Resident
from store.rooms import Room, room_id

CHATS = 0.45
"""Of the households so many write in WeChat; the others ring up or come by."""
MOVED_IN = timedelta(days=400)
GIVEN = (
    "建国 秀兰 志勇 桂英 晓明 丽娜 国栋 美华 海波 雪莹 文博 玉梅 俊峰 思琪 浩然 欣悦 "
    "子轩 雨桐 佳怡 明哲 春梅 立军 小燕 红梅 宇航 诗涵 一诺 沐阳 嘉豪 若曦 振华 淑珍 "
    "永强 爱华 金凤 德胜 慧敏 天佑 静怡 泽宇 启明 安然 书瑶 云飞 兰芝 长青 素芬 少杰"
).split()


@dataclass(frozen=True, slots=True)
class Household:
    """One home and whoever speaks for it."""

    number: int
    """Among all households of all estates."""
    estate_id: str
    entry: Entry
    person_id: str
    user: str
    """Their name in the emulator; empty: they do not write in WeChat."""
    voice: Voice
    known: bool
    """Entered already, with the sample's register."""

    @property
    def room_id(self) -> str:
        """The id of the home."""
        return room_id(self.estate_id, *self.entry.place)

    @property
    def room_name(self) -> str:
        """As on the door."""
        return room_name(*self.entry.place)


def households(
    desk: Desk, where: list[Place], seed: int, *, leave: frozenset[tuple[str, str, str]]
) -> Iterator[Household]:
    """Everybody, estate by estate. ``leave``: homes of the first estate whose stories are told elsewhere."""
    registered = (
        {entry.place: entry for entry in reversed(residents())} if len(where) == 1 and where[0].homes == 200 else {}
    )
    number = 0
    for place in where:
        for home in homes_of(place):
            if home in leave and place is where[0]:
                continue
            chance = random.Random(f"{seed}:{place.id}:{'-'.join(home)}")
            entry = registered.get(home)
            if entry is None:
                name = chance.choice(SURNAMES) + chance.choice(GIVEN)
                role = "tenant" if chance.random() < 0.15 else "owner"
                entry = Entry(*home, name, f"138{57_000_000 + number * 3 % 43_000_000:08d}", role)
            writes = chance.random() < CHATS
            yield Household(
                number=number,
                estate_id=place.id,
                entry=entry,
                person_id=person_ids(desk, entry)[0],
                user=f"{place.id}-{'-'.join(home)}" if writes else "",
                voice=voice_of(chance),
                known=home in registered,
            )
            number += 1


NAMED = frozenset(owner.entry.place for owner in (*OWNERS, NEWCOMER))
"""Homes whose stories are told by hand."""


def neighbours(desk: Desk, seed: int) -> list[Household]:
    """Those of the demo's estate who write in WeChat, beside the sample owners."""
    return [home for home in households(desk, places(1), seed, leave=NAMED) if home.user]


def sample_homes(desk: Desk) -> list[Household]:
    """The sample owners' own homes; they write in WeChat."""
    return [
        Household(
            number=number,
            estate_id=ESTATE_ID,
            entry=owner.entry,
            person_id=person_ids(desk, owner.entry)[0],
            user=owner.user,
            voice=voice_of(random.Random(owner.user)),
            known=True,
        )
        for number, owner in enumerate(OWNERS)
    ]


@dataclass(frozen=True, slots=True)
class Register:
    """The documents of one household."""

    room: Room
    resident: Resident | None
    binding: Binding | None
    identities: tuple[Identity, ...]


def register_of(desk: Desk, home: Household, apps: tuple[str, str], now: datetime) -> Register:
    """Room, person, their tie, and the addresses they write from."""
    since = now - MOVED_IN
    identities: tuple[Identity, ...] = ()
    if home.user:
        identities = tuple(
            Identity(
                id=f"{app}:{openid_for(app, home.user)}",
                app_id=app,
                openid=openid_for(app, home.user),
                unionid=unionid_for(home.user),
                resident_id=home.person_id,
                created_at=since,
            )
            for app in apps
        )
    resident = binding = None
    if not home.known:
        phone = desk.stores.sealer.phone(home.entry.phone)
        resident = Resident(id=home.person_id, name=home.entry.name, phone=phone, created_at=since)
        binding = Binding(
            id=derived(f"{home.person_id}:{home.room_id}", "binding"),
            resident_id=home.person_id,
            room_id=home.room_id,
            estate_id=home.estate_id,
            role=home.entry.role,
            starts_at=since,
        )
    return Register(room_of(home.estate_id, *home.entry.place), resident, binding, identities)


def conversation_of(home: Household, account: str, now: datetime) -> Conversation:
    """Their conversation before anything was said."""
    openid = openid_for(account, home.user)
    return Conversation(
        id=f"{account}:{openid}",
        app_id=account,
        openid=openid,
        estate_id=home.estate_id,
        resident_id=home.person_id,
        name=home.entry.name,
        homes=(Home(room_id=home.room_id, name=home.room_name, role=home.entry.role, estate_id=home.estate_id),),
        created_at=now - MOVED_IN,
        last_at=now - timedelta(days=15),
    )

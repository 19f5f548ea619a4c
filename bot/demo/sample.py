"""Makes the sample estate, once: homes, people, colleagues, the last two weeks. Repeating it adds nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.cli.register import enter, person_ids, room_of
from bot.demo.estate.fill import fill
from bot.demo.estate.outage import outage
from bot.demo.estate.people import NAMED, neighbours
from bot.demo.sample_history import PARCELS, live_through
from bot.demo.sample_people import (
    COLLEAGUES,
    ESTATE_ID,
    ESTATE_NAME,
    ESTATE_PHONE,
    NEWCOMER,
    OWNERS,
    PASSWORD,
    homes,
    residents,
)
from bot.demo.sample_replies import ready_words
from bot.emulator.config import MiniProgram, OfficialAccount
from bot.emulator.users import openid_for, unionid_for
from desk.desk import Desk
from desk.rulebook import FOR_ALL
from desk.settings import demo_settings
from store.conversations import Conversation
from store.errors import Duplicate
from store.estates import Estate
from store.identities import Identity
from store.ids import derived
from store.parcels import Parcel
from store.rooms import room_id
from store.staff import Staff

MARK = "sample-estate"
"""A row of ``settings`` that no estate reads: the sample is complete."""
BEGAN = "sample-estate-began"
"""Another one: it is being made."""
SEED = 1
MOVED_IN = timedelta(days=400)


class NotTheDemos(Exception):
    """The database holds an estate that is not the sample; the text says what to do."""


async def seed(
    desk: Desk,
    *,
    scale: int = 1,
    number: int = SEED,
    crowd: bool = True,
    force: bool = False,
    progress: Callable[[str], None] | None = None,
    furnished: Callable[[], Awaitable[None]] | None = None,
) -> bool:
    """True when it was made now, False when it was there. Raises ``NotTheDemos`` rather than mix with real data.

    ``scale``: how many times the demo's two hundred homes. ``number``: from another one grows another history.
    ``furnished``: called when settings and people are there, before the history: a web process may start meanwhile.
    ``crowd`` False: the sample owners alone.
    """
    stores = desk.stores
    others = [estate.id for estate in desk.rules.estates if estate.id != ESTATE_ID]
    made = await stores.settings.find(MARK)
    began = await stores.settings.find(BEGAN)
    if others and not force and made is None and began is None:
        raise NotTheDemos(
            f"the data folder holds a real installation (estate {', '.join(others)}): nothing was changed. "
            "Set GUANJIA_DATA_DIR to another folder for the demo"
        )
    if made is not None:
        return False
    if began is None:
        await stores.settings.put(BEGAN, {"now": desk.clock.now().isoformat()}, version=0)
    # After a crash half-way the same history goes on: every id in it comes from its time.
    now = datetime.fromisoformat(began.values["now"]) if began else desk.clock.now()
    await stores.estates.add([Estate(id=ESTATE_ID, name=ESTATE_NAME, phone=ESTATE_PHONE)])
    await stores.settings.put(FOR_ALL, demo_settings().to_json(), version=0)
    await desk.rules.refresh()
    await stores.rooms.add([room_of(ESTATE_ID, *home) for home in homes()])
    await enter(desk, ESTATE_ID, residents(), at=now - MOVED_IN)
    await hire(desk)
    await ready_words(stores)
    await _phones(desk, now)
    await stores.parcels.add(_parcels(now))
    if furnished is not None:
        await furnished()
    if crowd:
        await fill(desk, scale=scale, seed=number, now=now, leave=NAMED, progress=progress)
    await live_through(desk, now)
    if crowd and scale == 1:
        await outage(desk, now, neighbours(desk, number))
    await stores.settings.put(MARK, {"made_at": now.isoformat(), "scale": scale, "seed": number}, version=0)
    return True


async def hire(desk: Desk) -> None:
    """The colleagues who are missing. One hash for all: they share the password, and hashing is slow on purpose."""
    hashed = ""
    for one in COLLEAGUES:
        if not hashed:
            if await desk.stores.staff.find(one.username) is not None:
                hashed = (await desk.stores.staff.get(one.username)).password
                continue
            staff = await desk.staff.add(
                one.username, one.name, one.role, PASSWORD, title=one.title, phone=one.phone, estates=[ESTATE_ID]
            )
            hashed = staff.password
            continue
        row = Staff(
            id=one.username,
            name=one.name,
            role=one.role,
            title=one.title,
            password=hashed,
            phone=desk.stores.sealer.phone(one.phone) if one.phone else None,
            created_at=desk.clock.now(),
        )
        try:
            await desk.stores.staff.add(row)
        except Duplicate:
            continue


async def _phones(desk: Desk, now: datetime) -> None:
    """The sample owners' identities in both apps, and their conversations with the account; the newcomer has none."""
    account, program = OfficialAccount().app_id, MiniProgram().app_id
    ids = await person_of(desk)
    for owner in OWNERS:
        person = ids[owner.entry.phone]
        for app in (account, program):
            openid = openid_for(app, owner.user)
            identity = Identity(
                id=f"{app}:{openid}",
                app_id=app,
                openid=openid,
                unionid=unionid_for(owner.user),
                resident_id=person,
                created_at=now - MOVED_IN,
            )
            await desk.stores.identities.add(identity)
        openid = openid_for(account, owner.user)
        conversation = Conversation(
            id=f"{account}:{openid}",
            app_id=account,
            openid=openid,
            estate_id=ESTATE_ID,
            resident_id=person,
            name=owner.entry.name,
            homes=await desk.residents.homes_of(person),
            created_at=now - MOVED_IN,
            last_at=now - timedelta(days=15),
        )
        await desk.stores.conversations.create(conversation)


async def person_of(desk: Desk) -> dict[str, str]:
    """Phone number to resident id, of everybody in the sample."""
    return {entry.phone: person_ids(desk, entry)[0] for entry in (*residents(), NEWCOMER.entry)}


def _parcels(now: datetime) -> list[Parcel]:
    rows = []
    for number, (place, recipient, carrier, shelf, code, hours) in enumerate(PARCELS):
        rows.append(
            Parcel(
                id=derived(f"{MARK}:{number}", "parcel"),
                estate_id=ESTATE_ID,
                room_id=room_id(ESTATE_ID, *place),
                recipient=recipient,
                carrier=carrier,
                tracking=f"{carrier[0]}{7730001200 + number * 37}",
                shelf=shelf,
                code=code,
                arrived_at=now - timedelta(hours=hours),
            )
        )
    return rows

"""Sessions, settings, requests, counters, texts, parcels, articles, the audit log: what a race may not break."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from pymongo import MongoClient

from store.articles import Article
from store.counters import CounterRepo
from store.errors import Duplicate
from store.parcels import Parcel, ParcelState
from store.sessions import Session
from store.stores import Stores
from tests.store.samples import MINUTE, NOW, SECOND

DAY = date(2026, 3, 10)


def a_session(id: str, subject: str = "lin") -> Session:
    later = NOW + timedelta(hours=12)
    return Session(id=id, kind="mp_refresh", subject=subject, created_at=NOW, expires_at=later, ends_at=later)


# ---- sessions ----


async def test_a_session_is_found_under_the_current_or_the_previous_hash(stores: Stores) -> None:
    await stores.sessions.add(a_session("h1"))
    assert await stores.sessions.find(["h2", "h1"]) == a_session("h1")
    assert await stores.sessions.find(["h3"]) is None
    assert await stores.sessions.find([]) is None
    await stores.sessions.extend("h1", NOW + MINUTE)
    found = await stores.sessions.find(["h1"])
    assert found is not None and found.expires_at == NOW + MINUTE


async def test_a_one_time_token_used_twice_at_once_is_used_by_one(stores: Stores, elsewhere: Stores) -> None:
    await stores.sessions.add(a_session("h1"))
    used = await asyncio.gather(*(side.sessions.use_up("h1") for side in (stores, elsewhere)))
    assert sorted(used) == [False, True]
    assert await stores.sessions.find(["h1"]) is None


async def test_all_of_a_persons_sessions_end_at_once(stores: Stores) -> None:
    for id, subject in (("h1", "lin"), ("h2", "lin"), ("h3", "wang")):
        await stores.sessions.add(a_session(id, subject))
    assert await stores.sessions.end_all("lin") == 2
    assert await stores.sessions.find(["h1", "h2"]) is None
    assert await stores.sessions.find(["h3"]) is not None


# ---- settings ----


@pytest.mark.parametrize("version", [0, 1])
async def test_of_two_who_save_settings_one_is_told_to_look_again(
    stores: Stores, elsewhere: Stores, version: int
) -> None:
    if version:
        assert await stores.settings.put("hy", {"delay": 1}, version=0)
    saved = await asyncio.gather(
        stores.settings.put("hy", {"delay": 2}, version=version),
        elsewhere.settings.put("hy", {"delay": 3}, version=version),
    )
    assert sorted(saved) == [False, True]
    stored = await stores.settings.find("hy")
    assert stored is not None
    assert (stored.values, stored.version) == ({"delay": 2 if saved[0] else 3}, version + 1)
    assert not await stores.settings.put("nothing", {}, version=4)
    assert await stores.settings.find("nothing") is None


# ---- requests ----


async def test_one_of_many_equal_requests_is_done(stores: Stores, elsewhere: Stores) -> None:
    begun = await asyncio.gather(*(side.requests.begin("k", "hash", NOW) for side in (stores, elsewhere, stores)))
    assert begun.count(None) == 1
    assert [one["body"] for one in begun if one is not None] == ["hash", "hash"]


async def test_the_first_answer_stays(stores: Stores) -> None:
    await stores.requests.begin("k", "hash", NOW)
    await stores.requests.answer("k", 201, "first")
    await stores.requests.answer("k", 500, "second")
    stored = await stores.requests.begin("k", "hash", NOW + SECOND)
    assert stored is not None and stored["answer"] == {"status": 201, "body": "first"}
    assert not await stores.requests.restart("k", started=NOW, at=NOW + MINUTE), "it is answered"


async def test_one_takes_over_the_request_of_a_dead_process(stores: Stores, elsewhere: Stores) -> None:
    await stores.requests.begin("k", "hash", NOW)
    taken = await asyncio.gather(
        *(side.requests.restart("k", started=NOW, at=NOW + MINUTE) for side in (stores, elsewhere))
    )
    assert sorted(taken) == [False, True]


async def test_a_forgotten_key_is_free_but_not_a_run_that_began_meanwhile(stores: Stores) -> None:
    await stores.requests.begin("k", "hash", NOW)
    await stores.requests.forget("k", started=NOW - SECOND)
    assert await stores.requests.begin("k", "hash", NOW) is not None
    await stores.requests.forget("k", started=NOW)
    assert await stores.requests.begin("k", "hash", NOW) is None
    await stores.requests.forget("k")
    assert await stores.requests.begin("k", "hash", NOW) is None


# ---- counters ----


async def test_fifty_at_once_get_fifty_numbers(stores: Stores, elsewhere: Stores) -> None:
    sides = [stores.counters, elsewhere.counters] * 25
    numbers = await asyncio.gather(*(counter.next("R", DAY) for counter in sides))
    assert sorted(numbers) == list(range(1, 51))


async def test_the_first_use_of_a_day_raced_by_many_processes(stores: Stores) -> None:
    for number in range(3):
        day = date(2026, 4, 1 + number)
        fresh = [CounterRepo(stores.connection.database) for _ in range(8)]
        assert sorted(await asyncio.gather(*(counter.next("C", day) for counter in fresh))) == list(range(1, 9))


async def test_letters_and_days_count_for_themselves_and_old_days_go(
    stores: Stores, mongodb_client: MongoClient[dict[str, object]], database_name: str
) -> None:
    counters = stores.counters
    assert [await counters.next("R", DAY), await counters.next("C", DAY), await counters.next("R", DAY)] == [1, 1, 2]
    assert await counters.next("R", date(2026, 3, 11)) == 1
    assert await counters.prune(date(2026, 3, 11)) == 2
    left = [row["_id"] for row in mongodb_client[database_name]["counters"].find()]
    assert left == ["R20260311"]
    assert await counters.next("R", DAY) == 1, "pruned behind our back: it begins again, and does not fail"


# ---- texts, parcels, articles, audit ----


async def test_an_estates_own_wording(
    stores: Stores, mongodb_client: MongoClient[dict[str, object]], database_name: str
) -> None:
    rows = mongodb_client[database_name]["texts"]
    rows.insert_many(
        [{"estate_id": "hy", "name": "help", "text": "您好"}, {"estate_id": "ab", "name": "help", "text": "嗨"}]
    )
    assert await stores.texts.of_estate("hy") == {"help": "您好"}
    assert await stores.texts.of_estate("none") == {}


async def test_parcels_wait_oldest_first_and_the_oldest_are_not_cut_off(stores: Stores) -> None:
    def parcel(id: str, minutes: int, room: str = "hy/3-2-1502", state: ParcelState = ParcelState.WAITING) -> Parcel:
        return Parcel(id=id, estate_id="hy", room_id=room, state=state, arrived_at=NOW + minutes * MINUTE)

    await stores.parcels.add(
        [
            parcel("c", 3),
            parcel("a", 1),
            parcel("b", 2, "hy/1-1-101"),
            parcel("x", 0, "hy/9-9-9"),
            parcel("y", 0, state=ParcelState.COLLECTED),
        ]
    )
    await stores.parcels.add([parcel("a", 9)])
    rooms = ["hy/3-2-1502", "hy/1-1-101"]
    assert [one.id for one in await stores.parcels.waiting_for(rooms)] == ["a", "b", "c"]
    assert [one.id for one in await stores.parcels.waiting_for(rooms, limit=1)] == ["a"]


async def test_articles_are_added_once(stores: Stores) -> None:
    article = Article(id="a1", title="水费", body="每月一次", questions=("水费多少",))
    await stores.articles.add([article])
    await stores.articles.add([article.model_copy(update={"body": "别的"})])
    assert await stores.articles.all() == [article]


async def test_the_audit_log_takes_each_line_once(stores: Stores) -> None:
    line = {"at": NOW, "by": "staff:zhang", "action": "settings", "subject": "hy"}
    await stores.audit.add("a1", details={"delay": 1}, **line)  # type: ignore[arg-type]
    with pytest.raises(Duplicate):
        await stores.audit.add("a1", details={}, **line)  # type: ignore[arg-type]

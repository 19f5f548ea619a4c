"""The same request again: the same answer, nothing created or sent twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from desk.api.errors import ApiError
from desk.api.idempotency import Claim, Kept, Requests
from store.ids import RandomIds
from tests.api.conftest import Client
from tests.api.world import ROOM, Caller, World

BODY = {"category": "repair", "description": "灯坏了", "room": ROOM}


async def test_the_same_again_is_the_same_answer_and_one_ticket(desk: Caller) -> None:
    first, second = await desk.post("/tickets", BODY, key="k"), await desk.post("/tickets", BODY, key="k")
    assert (first.status, second.status) == (201, 201)
    assert await first.text() == await second.text()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len((await (await desk.get("/tickets")).json())["items"]) == 1
    # Without a key each request is its own.
    await desk.post("/tickets", BODY)
    assert len((await (await desk.get("/tickets")).json())["items"]) == 2


async def test_another_body_or_address_is_refused(desk: Caller) -> None:
    number = (await (await desk.post("/tickets", BODY, key="k")).json())["number"]
    for path, body in (("/tickets", BODY | {"description": "门坏了"}), (f"/tickets/{number}/notes", {"text": "x"})):
        answer = await desk.post(path, body, key="k")
        assert answer.status == 409
        assert (await answer.json())["error"]["code"] == "idempotency_key_reused"


async def test_at_the_same_moment_only_one_is_created(desk: Caller) -> None:
    answers = await asyncio.gather(*(desk.post("/tickets", BODY, key="k") for _ in range(4)))
    assert {answer.status for answer in answers} == {201}
    assert len({(await answer.json())["number"] for answer in answers}) == 1
    assert len((await (await desk.get("/tickets")).json())["items"]) == 1


async def test_a_refused_request_may_be_mended_under_its_key(desk: Caller, world: World) -> None:
    wrong = await desk.post("/tickets/R20260310-0001/notes", {"text": "看过"}, key="k")
    assert wrong.status == 404
    ticket = await world.ticket()
    assert ticket.number == "R20260310-0001"
    assert (await desk.post("/tickets/R20260310-0001/notes", {"text": "看过"}, key="k")).status == 201


@pytest.mark.parametrize("key", ["", "a b", "键", "x" * 201])
async def test_odd_keys_are_refused(world: World, key: str) -> None:
    with pytest.raises(ApiError) as refused:
        await requests_of(world).begin(key, caller="a", what="POST /x", body=b"")
    assert refused.value.status == 400


async def test_one_still_at_work_and_one_that_died(world: World) -> None:
    requests = requests_of(world)
    first = await requests.begin("k", caller="a", what="POST /x", body=b"1")
    assert isinstance(first, Claim) and not first.takeover
    with pytest.raises(ApiError) as busy:
        await requests.begin("k", caller="a", what="POST /x", body=b"1")
    assert (busy.value.status, busy.value.code, busy.value.headers) == (409, "in_progress", {"Retry-After": "1"})
    world.clock.move_wall(seconds=31)
    taken = await requests.begin("k", caller="a", what="POST /x", body=b"1")
    assert isinstance(taken, Claim) and taken.takeover and taken.seed == first.seed
    with pytest.raises(ApiError):
        await requests.begin("k", caller="a", what="POST /x", body=b"1")
    await requests.finish(taken, 201, "{}")
    assert await requests.begin("k", caller="a", what="POST /x", body=b"1") == Kept(201, "{}")
    world.clock.move_wall(hours=25)
    assert isinstance(await requests.begin("k", caller="a", what="POST /x", body=b"2"), Claim)


async def test_callers_do_not_share_keys(world: World) -> None:
    requests = requests_of(world)
    one = await requests.begin("k", caller="a", what="POST /x", body=b"1")
    other = await requests.begin("k", caller="b", what="POST /x", body=b"2")
    assert isinstance(one, Claim) and isinstance(other, Claim) and one.seed != other.seed


async def test_a_change_whose_process_died_before_answering(desk: Caller, world: World, client: Client) -> None:
    """The change was made, the answer was not kept: taken over, it is the same change and no conflict."""
    ticket = await world.ticket()
    path, body = f"/tickets/{ticket.number}/transitions", {"to": "accepted", "version": 0}
    first = await desk.post(path, body, key="k")
    assert first.status == 200
    answer = await first.json()
    await world.connection.database["requests"].update_one({}, {"$set": {"answer": None}})
    world.clock.move_wall(seconds=31)
    again = await desk.post(path, body, key="k")
    assert again.status == 200 and (await again.json()) == answer
    assert answer["version"] == 1
    late = await desk.post(path, body, key="another")
    assert late.status == 409


def requests_of(world: World) -> Requests:
    return Requests(world.desk.stores.requests, world.clock, RandomIds(), wait=timedelta(milliseconds=60))

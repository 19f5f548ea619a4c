"""Whatever goes wrong, the answer says so in one shape and tells nothing of the inside."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from store.errors import Unavailable
from tests.api.conftest import STAFF_API, Client
from tests.api.world import ROOM, Caller, World


async def error_of(answer: Any, status: int) -> dict[str, Any]:
    body = await answer.json()
    assert answer.status == status, body
    assert set(body) == {"error"} and set(body["error"]) == {"code", "message", "details"}
    error: dict[str, Any] = body["error"]
    assert error["message"]
    return error


async def test_unknown_addresses_and_methods(client: Client) -> None:
    assert (await error_of(await client.get("/api/nothing"), 404))["code"] == "not_found"
    assert (await error_of(await client.get(f"{STAFF_API}/nothing"), 404))["code"] == "not_found"
    answer = await client.delete(f"{STAFF_API}/tickets")
    assert (await error_of(answer, 405))["code"] == "method_not_allowed"
    assert set(answer.headers["Allow"].split(",")) >= {"GET", "POST"}


@pytest.mark.parametrize("raw", ["", "{", "[1", '{"username": NaN}', "null]", "\x00"])
async def test_what_is_not_json_is_refused(client: Client, raw: str) -> None:
    answer = await client.post(f"{STAFF_API}/login", data=raw, headers={"Content-Type": "application/json"})
    assert (await error_of(answer, 400))["code"] in ("bad_json", "invalid")


async def test_json_of_another_kind_unknown_fields_and_wrong_types_are_named(client: Client, desk: Caller) -> None:
    bodies: list[object] = [[], "text", 1]
    for body in bodies:
        answer = await client.post(f"{STAFF_API}/login", json=body)
        assert (await error_of(answer, 400))["code"] == "invalid"
    answer = await client.post(f"{STAFF_API}/login", json={"username": "a", "password": "b", "admin": True})
    [field] = (await error_of(answer, 400))["details"]["fields"]
    assert field["field"] == "admin"
    answer = await desk.post("/tickets/R20260310-0001/transitions", {"to": "accepted", "version": "1"})
    [field] = (await error_of(answer, 400))["details"]["fields"]
    assert field["field"] == "version"
    answer = await desk.post("/tickets/R20260310-0001/transitions", {"to": "deferred", "until": "2026-03-11T09:00:00"})
    [field] = (await error_of(answer, 400))["details"]["fields"]
    assert field == {"field": "until", "problem": "时间要带时区"}


async def test_what_was_sent_is_not_sent_back(client: Client) -> None:
    answer = await client.post(f"{STAFF_API}/login", json={"username": "a", "password": ["13900008821"]})
    assert "13900008821" not in await answer.text()


async def test_a_form_is_no_json(client: Client) -> None:
    answer = await client.post(f"{STAFF_API}/login", data={"username": "xiaozhou", "password": "x"})
    assert (await error_of(answer, 415))["code"] == "not_json"


async def test_oversize_is_refused_with_and_without_a_length(client: Client, desk: Caller) -> None:
    big = json.dumps({"text": "长" * 70_000}).encode()

    async def pieces() -> Any:
        yield big

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {desk.token}"}
    for data in (big, pieces()):
        answer = await client.post(f"{STAFF_API}/tickets/R20260310-0001/notes", data=data, headers=headers)
        assert (await error_of(answer, 413))["code"] == "too_large"


async def test_a_store_that_is_away_says_when_to_come_back(
    desk: Caller, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*args: object, **kwargs: object) -> None:
        raise Unavailable("tickets")

    monkeypatch.setattr(world.desk.stores.tickets, "listed", away)
    answer = await desk.get("/tickets")
    assert (await error_of(answer, 503))["code"] == "unavailable"
    assert int(answer.headers["Retry-After"]) >= 1
    monkeypatch.setattr(world.desk.stores.tickets, "add", away)
    monkeypatch.setattr(world.desk.stores.requests, "forget", away)
    answer = await desk.post("/tickets", {"category": "repair", "description": "灯", "room": ROOM}, key="k")
    await error_of(answer, 503)


async def test_what_nobody_expected_is_logged_under_an_id_and_not_told(
    desk: Caller, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(world.desk.stores.tickets, "listed", broken)
    with caplog.at_level(logging.ERROR):
        answer = await desk.get("/tickets", room="hy/3-2-1502")
    error = await error_of(answer, 500)
    assert "secret" not in await answer.text()
    assert error["details"]["incident"] in caplog.text and "hy/3-2-1502" not in caplog.text.splitlines()[0]


async def test_a_document_that_does_not_fit_is_no_fault_of_the_caller(desk: Caller, world: World) -> None:
    ticket = await world.ticket()
    changes = {"$set": {"classified": {"words": "not a list"}}}
    await world.connection.database["tickets"].update_one({"_id": ticket.id}, changes)
    assert (await error_of(await desk.get(f"/tickets/{ticket.number}"), 500))["code"] == "internal"


async def test_other_paths_keep_their_own_errors(client: Client) -> None:
    answer = await client.get("/elsewhere")
    assert answer.status == 404 and answer.content_type == "text/plain"


async def test_too_many_changes_in_a_minute(desk: Caller) -> None:
    for _ in range(60):
        assert (await desk.post("/tickets/R20260310-0001/notes", {"text": "x"})).status == 404
    answer = await desk.post("/tickets/R20260310-0001/notes", {"text": "x"})
    assert (await error_of(answer, 429))["code"] == "too_many"
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert (await desk.get("/tickets")).status == 200

"""Signing in with a platform code, staying signed in, and what ends it."""

from __future__ import annotations

from tests.api.world import Caller, World
from tests.miniprogram_api.conftest import API, Client, Platform, SignIn


async def test_a_code_works_once(client: Client) -> None:
    first = await client.post(f"{API}/login", json={"code": "wang-1"})
    assert first.status == 200
    answer = await first.json()
    assert set(answer) == {"token", "expires_in", "refresh_token"} and answer["expires_in"] == 7200
    again = await client.post(f"{API}/login", json={"code": "wang-1"})
    assert again.status == 400
    assert (await again.json())["error"]["code"] == "login_refused"


async def test_platform_away_says_try_again(client: Client, platform: Platform) -> None:
    platform.away = True
    answer = await client.post(f"{API}/login", json={"code": "wang-1"})
    assert answer.status == 503 and answer.headers["Retry-After"]
    assert (await answer.json())["error"]["code"] == "platform_away"


async def test_the_same_person_by_unionid_sees_their_home(sign_in: SignIn) -> None:
    wang = await sign_in("wang")
    [room] = (await (await wang.get("/rooms")).json())["items"]
    assert room == {"id": "hy/3-2-1502", "name": "3栋2单元1502", "role": "owner", "estate": "hy"}


async def test_nothing_without_a_token_or_with_an_old_one(client: Client, world: World, sign_in: SignIn) -> None:
    nobody = Caller(client, API)
    for path in ("/rooms", "/tickets", "/tickets/R20260310-0001", "/messages"):
        answer = await nobody.get(path)
        assert answer.status == 401 and (await answer.json())["error"]["code"] == "not_signed_in"
    assert (await nobody.post("/tickets", {"category": "repair", "description": "x"})).status == 401
    wang = await sign_in("wang")
    world.clock.move(hours=2)
    assert (await wang.get("/rooms")).status == 401


async def test_refreshing_goes_on_and_a_used_token_ends_everything(client: Client) -> None:
    first = await (await client.post(f"{API}/login", json={"code": "wang-1"})).json()
    second = await (await client.post(f"{API}/refresh", json={"refresh_token": first["refresh_token"]})).json()
    wang = Caller(client, API, second["token"])
    assert (await wang.get("/rooms")).status == 200
    stolen = await client.post(f"{API}/refresh", json={"refresh_token": first["refresh_token"]})
    assert stolen.status == 401
    assert (await wang.get("/rooms")).status == 401
    assert (await client.post(f"{API}/refresh", json={"refresh_token": second["refresh_token"]})).status == 401


async def test_refresh_token_lasts_thirty_days(client: Client, world: World) -> None:
    first = await (await client.post(f"{API}/login", json={"code": "wang-1"})).json()
    world.clock.move(days=30)
    assert (await client.post(f"{API}/refresh", json={"refresh_token": first["refresh_token"]})).status == 401


async def test_signing_out_ends_both_tokens(client: Client) -> None:
    tokens = await (await client.post(f"{API}/login", json={"code": "wang-1"})).json()
    wang = Caller(client, API, tokens["token"])
    assert (await wang.post("/logout", {"refresh_token": tokens["refresh_token"]})).status == 200
    assert (await wang.get("/rooms")).status == 401
    assert (await client.post(f"{API}/refresh", json={"refresh_token": tokens["refresh_token"]})).status == 401


async def test_a_stranger_binds_their_home_and_guessing_ends_soon(sign_in: SignIn) -> None:
    stranger = await sign_in("stranger")
    assert (await (await stranger.get("/rooms")).json())["items"] == []
    right = {"name": "陈晨", "room": "1栋1单元302", "phone": "13700001234"}
    for wrong in ({"name": "王芳"}, {"room": "3-2-1502"}):
        answer = await stranger.post("/bindings", right | wrong)
        assert answer.status == 400
        assert (await answer.json())["error"]["details"] == {"outcome": "no_match"}
    bound = await stranger.post("/bindings", right)
    assert bound.status == 201
    assert [room["id"] for room in (await bound.json())["items"]] == ["hy/1-1-302"]
    assert (await (await stranger.get("/rooms")).json())["items"][0]["name"] == "1栋1单元302"
    assert (await stranger.post("/bindings", right)).status == 201
    refused = await stranger.post("/bindings", right)
    assert refused.status == 429 and int(refused.headers["Retry-After"]) > 60

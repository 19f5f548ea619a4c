"""The dictionary lab over REST: who may, what is tried, published and taken back, and what stands in the audit log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from nlp.understanding import swap
from store.estates import Estate
from store.examples import Example
from store.messages import Direction, Message
from tests.api.world import CHEN_CHAT, WANG_CHAT, World
from tests.inbox.conftest import SignIn

CLANG = '{"words": [{"word": "咣当响", "weights": {"complaint": 6, "repair": -6}}]}'
CALM = "words: [{word: 慢慢来吧, weights: {other: 6, repair: -6}, urgent: -6}]"
BAD = "words:\n- {word: 咣当, label: repar, weight: 3}"


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    swap(None)


async def wrote(world: World) -> None:
    now = world.clock.now()
    lines = (
        (WANG_CHAT, "厨房的水管漏水咣当响"),
        (CHEN_CHAT, "3栋2单元1502家里水管爆了,水喷出来了,慢慢来吧,电话13900001502"),
        (WANG_CHAT, "谢谢"),
    )
    rows = [
        Message(id=f"m{n}", conversation_id=chat, direction=Direction.INBOUND, at=now - timedelta(hours=n), text=text)
        for n, (chat, text) in enumerate(lines)
    ]
    await world.desk.stores.messages.add(rows)
    await world.desk.rules.refresh()


async def test_words_are_checked_tried_published_and_taken_back(world: World, sign_in: SignIn) -> None:
    await wrote(world)
    boss, chief = await sign_in("ligong"), await sign_in("manager")
    assert (await (await boss.get("/lab")).json())["items"] == []

    # The check never refuses: it says what is wrong, or how the document reads.
    checked = await (await boss.post("/lab/check", {"document": BAD})).json()
    assert checked["problems"][0]["line"] == 2
    assert "没有“repar”这个类别" in checked["problems"][0]["message"]
    fine = await (await boss.post("/lab/check", {"document": CLANG})).json()
    assert fine["problems"] == []
    assert fine["words"] == [
        {"word": "咣当响", "like": None, "weights": {"complaint": 6.0, "repair": -6.0}, "urgent": None}
    ]
    assert fine["document"] == "words:\n  - {word: 咣当响, weights: {complaint: 6, repair: -6}}\n"
    refused = await boss.post("/lab/replay", {"document": BAD})
    assert refused.status == 400
    assert (await refused.json())["error"]["details"]["problems"][0]["line"] == 2
    assert (await boss.post("/lab/replay", {"document": CLANG, "limit": 20_001})).status == 400
    assert (await boss.post("/lab/replay", {"document": CLANG, "colour": "red"})).status == 400

    early = await chief.post("/lab/publish", {"document": CLANG, "note": "门响"})
    assert (early.status, (await early.json())["error"]["code"]) == (400, "not_tried")
    tried = await (await boss.post("/lab/replay", {"document": CLANG})).json()
    assert tried["publishable"]
    assert (tried["found"]["read"], tried["found"]["changed"], tried["found"]["lost"]) == (3, 1, 0)
    one = tried["changed"][0]
    assert (one["was"]["label"], one["becomes"]["label"], one["conversation"]) == ("repair", "complaint", WANG_CHAT)
    assert one["reasons"][0]["word"] == "咣当响"
    assert tried["moves"] == [{"was": "repair", "becomes": "complaint", "count": 1}]
    danger = await (await boss.post("/lab/replay", {"document": CALM})).json()
    assert danger["found"]["lost"] == 1
    assert danger["changed"][0]["emergency_lost"]
    assert "13900001502" not in danger["changed"][0]["text"]

    published = await chief.post("/lab/publish", {"document": CLANG, "note": "门响"}, key="once")
    assert published.status == 201, await published.text()
    version = await published.json()
    assert (version["version"], version["holds"], version["by_name"], version["note"]) == ("v1", True, "孙经理", "门响")
    again = await chief.post("/lab/publish", {"document": CLANG, "note": "门响"}, key="once")
    assert (await again.json())["version"] == "v1", "the same click twice is one version"
    late = await chief.post("/lab/publish", {"document": CALM, "note": "不急"})
    assert late.status == 409, "another one holds than when it was tried"
    await boss.post("/lab/replay", {"document": CALM})
    assert (await chief.post("/lab/publish", {"document": CALM, "note": ""})).status == 400
    assert (await chief.post("/lab/publish", {"document": CALM, "note": "不急"})).status == 201

    listed = await (await boss.get("/lab", limit=1)).json()
    assert (listed["holds"], [one["version"] for one in listed["items"]]) == ("v2", ["v2"])
    more = await (await boss.get("/lab", limit=1, cursor=listed["next"])).json()
    assert ([one["version"] for one in more["items"]], more["next"]) == (["v1"], None)
    assert listed["items"][0]["found"]["lost"] == 1, "what the trial found stays with the version"
    said = await (await boss.get("/lab/versions/v1")).json()
    assert (said["words"][0]["word"], said["drop"]) == ("咣当响", [])
    assert (await (await boss.get("/lab/versions/default")).json())["words"] == []
    differs = await (await boss.get("/lab/versions/v2/difference", since="v1")).json()
    assert differs["items"][0] == {"word": "咣当响", "was": "complaint +6, repair -6", "becomes": None}
    for missing in ("v9", "x", "current", "v"):
        assert (await boss.get(f"/lab/versions/{missing}")).status == 404, missing
    assert (await chief.post("/lab/rollback", {"to": "v9"})).status == 404
    assert (await chief.post("/lab/rollback", {"to": "v2"})).status == 400
    back = await (await chief.post("/lab/rollback", {"to": "default"})).json()
    assert back == {"version": "default", "was": "v2"}
    assert (await (await boss.get("/lab")).json())["holds"] == ""

    rows = (await (await (await sign_in("admin")).get("/audit", action="lexicon.", limit=50)).json())["items"]
    did = [(row["action"], row["subject"]) for row in rows]
    assert did.count(("lexicon.published", "lexicon:v1")) == 1
    assert ("lexicon.published", "lexicon:v2") in did
    assert ("lexicon.rolled_back", "lexicon:default") in did
    replays = [row["details"] for row in rows if row["action"] == "lexicon.replayed"]
    assert sorted((one["read"], one["lost"]) for one in replays) == [(3, 0), (3, 1), (3, 1)]
    assert "咣当响" not in str(rows), "ids and counts, never words"


async def test_of_two_who_publish_at_once_one_is_refused(world: World, sign_in: SignIn) -> None:
    await wrote(world)
    chief, admin = await sign_in("manager"), await sign_in("admin")
    for document in (CLANG, CALM):
        assert (await chief.post("/lab/replay", {"document": document})).status == 200
    answers = await asyncio.gather(
        chief.post("/lab/publish", {"document": CLANG, "note": "一"}),
        admin.post("/lab/publish", {"document": CALM, "note": "二"}),
    )
    assert sorted(answer.status for answer in answers) == [201, 409]


async def test_roles_scopes_and_corrections(world: World, sign_in: SignIn) -> None:
    await wrote(world)
    stores = world.desk.stores
    for n, estate in enumerate(("hy", "other")):
        await stores.examples.put(
            Example(
                id=f"x{n}",
                estate_id=estate,
                conversation_id=WANG_CHAT,
                message_id=f"m{n}",
                text="楼下咣当响",
                label="complaint",
                was_label="repair",
                by="staff:ligong",
                at=world.clock.now(),
            )
        )
    for nobody in ("xiaozhou", "zhang"):
        caller = await sign_in(nobody)
        for path in ("/lab", "/lab/versions/default", "/lab/corrections"):
            assert (await caller.get(path)).status == 403
        for path in ("/lab/check", "/lab/replay"):
            assert (await caller.post(path, {"document": CLANG})).status == 403
        assert (await caller.post("/lab/publish", {"document": CLANG, "note": "x"})).status == 403
        assert (await caller.post("/lab/rollback", {"to": "default"})).status == 403
    boss = await sign_in("ligong")
    assert (await boss.post("/lab/replay", {"document": CLANG})).status == 200
    assert (await boss.post("/lab/publish", {"document": CLANG, "note": "x"})).status == 403
    assert (await boss.post("/lab/rollback", {"to": "default"})).status == 403
    page = await (await boss.get("/lab/corrections")).json()
    assert [(one["id"], one["was"], one["label"], one["by_name"]) for one in page["items"]] == [
        ("x0", "repair", "complaint", "李工")
    ]

    # A second estate: the manager of one tries its messages, and publishes for nobody.
    await stores.estates.add([Estate(id="other", name="别处")])
    await world.desk.rules.refresh()
    chief = await sign_in("manager")
    assert not (await (await chief.post("/lab/replay", {"document": CLANG})).json())["publishable"]
    scoped = await chief.post("/lab/publish", {"document": CLANG, "note": "x"})
    assert (scoped.status, (await scoped.json())["error"]["code"]) == (403, "not_allowed")
    assert (await chief.post("/lab/rollback", {"to": "default"})).status == 403


async def test_two_thousand_words_fit_into_a_request(world: World, sign_in: SignIn) -> None:
    boss = await sign_in("ligong")
    words = [
        {"word": f"{chr(0x4E00 + n)}{chr(0x5E00 + n)}{chr(0x6E00 + n)}", "label": "repair", "weight": 1.25}
        for n in range(2000)
    ]
    checked = await (
        await boss.post("/lab/check", {"document": json.dumps({"words": words}, ensure_ascii=False)})
    ).json()
    assert checked["problems"] == []
    assert len(checked["words"]) == 2000

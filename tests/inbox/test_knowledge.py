"""The knowledge base as staff keep it, and questions passed on: through the real house, chat and API together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from desk.knowledge.house import bring_in, read
from store.articles import Article
from tests.house import FRONTDESK, SUPERVISOR, TECHNICIAN, House

ARTICLE = {"title": "共享书屋", "body": "共享书屋在 2 号楼大堂。", "questions": ["共享书屋在哪里"]}
ARTICLES = "knowledge/articles"


async def pages(session: Any, path: str) -> list[dict[str, Any]]:
    """Everything of a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(20):
        page = await session.call("GET", f"{path}{'&' if '?' in path else '?'}limit=40&cursor={quote(cursor)}")
        found += page["items"]
        cursor = page["next"] or ""
        if not cursor:
            return found
    raise AssertionError("the list has no end")


# ---- articles ----


async def test_the_houses_articles_are_there_listed_searched_and_counted(house: House) -> None:
    li = await house.sign_in(SUPERVISOR)
    items = await pages(li, ARTICLES)
    assert {item["id"] for item in items} == {article.id for article in read()} and len(items) >= 70
    found = await pages(li, f"{ARTICLES}?q=押金")
    assert found and all("押金" in item["title"] + item["body"] + "".join(item["questions"]) for item in found)
    subjects = (await li.call("GET", "knowledge/subjects"))["items"]
    assert subjects["停车"] == len(await pages(li, f"{ARTICLES}?subject=停车"))
    one = await li.call("GET", f"{ARTICLES}/renovation-hours")
    assert one["version"] == 1 and one["origin"] == "import" and one["state"] == "live"
    await li.call("GET", f"{ARTICLES}/none", expect=404)


async def test_what_a_colleague_writes_the_bot_says_and_every_version_stays(house: House) -> None:
    li, wang = await house.sign_in(SUPERVISOR), await house.owner("wang")
    assert "2 号楼大堂" not in ((await wang.says("请问共享书屋在哪里")).reply or "")
    made = await li.call("POST", ARTICLES, ARTICLE, expect=201)
    assert "2 号楼大堂" in ((await wang.says("请问共享书屋在哪里")).reply or "")

    path = f"{ARTICLES}/{made['id']}"
    later = {**ARTICLE, "body": "共享书屋在 5 号楼架空层。", "version": 1}
    changed = await li.call("POST", f"{path}/versions", later, expect=201)
    assert changed["version"] == 2 and changed["by"] == f"staff:{SUPERVISOR}"
    assert "5 号楼架空层" in ((await wang.says("请问共享书屋在哪里")).reply or "")
    versions = (await li.call("GET", f"{path}/versions"))["items"]
    assert [(one["version"], one["body"][6:10]) for one in versions] == [(2, "5 号楼"), (1, "2 号楼")]

    lost = await li.call("POST", f"{path}/versions", later, expect=409)
    assert lost["error"]["code"] == "conflict"
    retired = await li.call("POST", f"{path}/retire", {"version": 2})
    assert retired["state"] == "retired"
    assert "架空层" not in ((await wang.says("请问共享书屋在哪里")).reply or "")
    await li.call("POST", f"{path}/publish", {"version": 3})
    assert "架空层" in ((await wang.says("请问共享书屋在哪里")).reply or "")


async def test_the_front_desk_drafts_and_a_supervisor_publishes(house: House) -> None:
    zhou, li, wang = await house.sign_in(FRONTDESK), await house.sign_in(SUPERVISOR), await house.owner("wang")
    await zhou.call("POST", ARTICLES, ARTICLE, expect=403)
    draft = await zhou.call("POST", ARTICLES, {**ARTICLE, "draft": True}, expect=201)
    assert draft["state"] == "draft"
    assert "2 号楼" not in ((await wang.says("请问共享书屋在哪里")).reply or "")
    await zhou.call("POST", f"{ARTICLES}/{draft['id']}/publish", {"version": 1}, expect=403)
    await li.call("POST", f"{ARTICLES}/{draft['id']}/publish", {"version": 1})
    assert "2 号楼" in ((await wang.says("请问共享书屋在哪里")).reply or "")
    await zhou.call("POST", f"{ARTICLES}/renovation-hours/retire", {"version": 1}, expect=403)
    zhang = await house.sign_in(TECHNICIAN)
    for path in (ARTICLES, "knowledge/gaps", "knowledge/subjects", "knowledge/gaps/most-asked"):
        await zhang.call("GET", path, expect=403)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"body": ""}, "body"),
        ({"body": "  \n "}, "body"),
        ({"title": " "}, "title"),
        ({"body": "长" * 2001}, "body"),
        ({"title": "长" * 61}, "title"),
        ({"questions": ["长" * 101]}, "questions"),
        ({"questions": ["问"] * 21}, "questions"),
        ({"estate": "nowhere"}, "estate"),
        ({"valid_to": "2020-01-01T00:00:00+08:00"}, "valid_to"),
        ({"valid_from": "2026-05-01T00:00:00Z", "valid_to": "2026-04-01T00:00:00Z"}, "valid_to"),
        ({"valid_from": "0001-01-01T00:00:00+14:00"}, "valid_from"),
        ({"valid_to": "9999-12-31T23:59:59-12:00"}, "valid_to"),
        ({"valid_to": "next week"}, "valid_to"),
        ({"valid_to": "2026-05-01T00:00:00"}, "valid_to"),
        ({"replaces": "nothing"}, "replaces"),
        ({"colour": "red"}, "colour"),
        ({"title": None}, "title"),
    ],
)
async def test_nonsense_is_refused_by_name(house: House, wrong: dict[str, object], named: str) -> None:
    li = await house.sign_in(SUPERVISOR)
    refused = await li.call("POST", ARTICLES, {**ARTICLE, **wrong}, expect=400)
    assert named in str(refused["error"]), refused


async def test_an_import_brings_what_is_new_and_leaves_alone_what_people_wrote(house: House) -> None:
    li = await house.sign_in(SUPERVISOR)
    mine = await li.call("GET", f"{ARTICLES}/renovation-hours")
    body = {name: mine[name] for name in ("title", "subject", "questions")} | {
        "body": "只有工作日能装修。",
        "version": 1,
    }
    await li.call("POST", f"{ARTICLES}/renovation-hours/versions", body, expect=201)
    stores, clock = house.stores, house.clock
    await stores.articles.replace(
        (await stores.articles.get("pets")).model_copy(update={"body": "旧的说法", "version": 2, "edition": 1}), was=1
    )
    assert not await bring_in(stores, clock), "this edition is whole"
    assert await bring_in(stores, clock, edition=2) and not await bring_in(stores, clock, edition=2)
    assert (await stores.articles.get("renovation-hours")).body == "只有工作日能装修。"
    assert (await stores.articles.get("pets")).body == next(one.body for one in read() if one.id == "pets")
    assert len(await stores.articles.all()) == len(read())


async def test_what_another_process_writes_is_known_after_the_next_look(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("周末能装修吗")
    await house.stores.articles.add([Article(id="x", title="夜市", body="周五晚上有夜市。", questions=("有夜市吗",))])
    await house.stores.stamps.change("another process")
    await house.desk.knowledge.refresh()
    assert "周五晚上有夜市" in ((await wang.says("请问有夜市吗")).reply or "")


# ---- preview and gaps ----


async def test_the_preview_says_what_the_bot_would_say_and_why(house: House) -> None:
    zhou = await house.sign_in(FRONTDESK)
    shown = await zhou.call("POST", "knowledge/preview", {"question": "周末能不能装修呀"})
    assert shown["outcome"] == "answer" and shown["source"] == "装修施工时间" and "周末 9:00 起" in shown["answer"]
    assert shown["hits"][0]["id"] == "renovation-hours" and "装修" in shown["hits"][0]["words"]
    nothing = await zhou.call("POST", "knowledge/preview", {"question": "股票怎么买"})
    assert nothing["outcome"] == "nothing" and nothing["answer"] is None
    long = await zhou.call("POST", "knowledge/preview", {"question": "周末能装修吗" + "啊" * 4990})
    assert long["outcome"] == "answer"
    await zhou.call("POST", "knowledge/preview", {"question": "长" * 5001}, expect=400)
    await zhou.call("POST", "knowledge/preview", {"question": ""}, expect=400)
    # What is being written, as an owner would read it: on one line, with this estate's phone, cut when it is long.
    written = await zhou.call("POST", "knowledge/shown", {"title": "充电宝", "body": "在东门。\n问 {phone}。"})
    assert written["text"].startswith("在东门。 问 0571-88880000。") and "《充电宝》" in written["text"]
    assert not written["shortened"]
    assert (await zhou.call("POST", "knowledge/shown", {"body": "在东门旁。" * 60}))["shortened"]
    await zhou.call("POST", "knowledge/shown", {"body": "长" * 2001}, expect=400)


async def test_what_the_bot_could_not_answer_is_listed_with_counts_until_closed(house: House) -> None:
    wang, chen = await house.owner("wang"), await house.owner("chen")
    for owner in (wang, chen, wang):
        await owner.says("请问附近的幼儿园什么时候报名")
    li = await house.sign_in(SUPERVISOR)
    [gap] = (await li.call("GET", "knowledge/gaps"))["items"]
    assert (gap["count"], gap["unanswered"], gap["unhelpful"]) == (3, 3, 0)
    assert "幼儿园" in gap["text"]
    assert (await li.call("GET", "knowledge/gaps/most-asked"))["items"] == [gap]
    await li.call("POST", f"knowledge/gaps/{gap['id']}/close", {"article": "no such"}, expect=400)
    closed = await li.call("POST", f"knowledge/gaps/{gap['id']}/close", {"article": "moving-proof", "note": "写了"})
    assert closed["state"] == "closed" and closed["article"] == "moving-proof"
    assert (await li.call("GET", "knowledge/gaps"))["items"] == []
    assert len((await li.call("GET", "knowledge/gaps?state=closed"))["items"]) == 1
    await li.call("POST", "knowledge/gaps/none/close", {}, expect=404)


async def test_an_answer_that_missed_counts_as_unhelpful_and_opens_a_ticket(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("装修押金什么时候退")
    said = (await wang.says("没答到点上")).reply or ""
    [ticket] = await house.tickets_of(wang)
    assert ticket.number in said and ticket.number.startswith("I")
    li = await house.sign_in(SUPERVISOR)
    [gap] = (await li.call("GET", "knowledge/gaps"))["items"]
    assert gap["unhelpful"] == 1 and gap["article"] == "renovation-deposit-back"
    shown = await li.call("GET", f"conversations/{quote(house.conversation_id(wang), safe='')}/messages")
    texts = [line["text"] for line in shown["items"]]
    assert "没答到点上" in texts and "装修押金什么时候退" in texts, "the whole conversation is there"


# ---- passing on ----


async def test_a_question_is_passed_on_answered_to_the_owner_and_becomes_a_draft(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("地暖分水器的滤网多久洗一次才好")
    chat = quote(house.conversation_id(wang), safe="")
    zhou, zhang = await house.sign_in(FRONTDESK), await house.sign_in(TECHNICIAN)
    passed = await zhou.call(
        "POST", f"conversations/{chat}/forward", {"to": TECHNICIAN, "note": "您最懂这个"}, expect=201
    )
    assert passed["text"] == "地暖分水器的滤网多久洗一次才好" and passed["to_name"] == "张伟强"
    [waiting] = (await zhang.call("GET", "questions"))["items"]
    assert waiting["id"] == passed["id"] and waiting["note"] == "您最懂这个" and waiting["state"] == "waiting"

    answered = await zhang.call("POST", f"questions/{passed['id']}/answer", {"text": "一年一次，供暖前洗。"})
    assert answered["state"] == "answered" and answered["answered_by"] == f"staff:{TECHNICIAN}"
    await zhang.call("POST", f"questions/{passed['id']}/answer", {"text": "一年一次，供暖前洗。"})
    await house.work()
    heard = await wang.wait_for("一年一次，供暖前洗。")
    assert heard.channel == "customer" and "张伟强" in heard.text
    lines = (await zhou.call("GET", f"conversations/{chat}/messages"))["items"]
    assert sum("一年一次" in line["text"] for line in lines) == 1, "once, however often it is answered"
    assert "forwarded" in [line["kind"] for line in lines]
    assert (await zhang.call("GET", "questions"))["items"] == []

    li = await house.sign_in(SUPERVISOR)
    draft = await li.call("GET", f"{ARTICLES}/{answered['article']}")
    assert draft["state"] == "draft" and draft["body"] == "一年一次，供暖前洗。" and draft["origin"] == "answer"
    assert draft["questions"] == ["地暖分水器的滤网多久洗一次才好"] and draft["question_id"] == passed["id"]
    await li.call("POST", f"{ARTICLES}/{draft['id']}/publish", {"version": 1})
    chen = await house.owner("chen")
    assert "一年一次，供暖前洗" in ((await chen.says("地暖滤网多久洗一次")).reply or "")


async def test_only_the_one_asked_or_a_supervisor_answers(house: House) -> None:
    wang = await house.owner("wang")
    await wang.says("周末能装修吗")
    chat = quote(house.conversation_id(wang), safe="")
    zhou, zhang, li = [await house.sign_in(name) for name in (FRONTDESK, TECHNICIAN, SUPERVISOR)]
    forward = f"conversations/{chat}/forward"
    for wrong in ({"to": "nobody"}, {"to": FRONTDESK}, {"to": ""}, {}, {"to": TECHNICIAN, "question": "长" * 2001}):
        await zhou.call("POST", forward, wrong, expect=400)
    await zhang.call("POST", forward, {"to": SUPERVISOR}, expect=403)
    one = await zhou.call("POST", forward, {"to": SUPERVISOR, "question": "能不能改外墙"}, expect=201)
    await zhang.call("GET", f"questions/{one['id']}", expect=404)
    await zhang.call("POST", f"questions/{one['id']}/answer", {"text": "能"}, expect=404)
    await zhou.call("POST", f"questions/{one['id']}/answer", {"text": "能"}, expect=403)
    for text in ("", "  ", "长" * 601):
        await li.call("POST", f"questions/{one['id']}/answer", {"text": text}, expect=400)
    assert len((await zhou.call("GET", "questions?mine=false"))["items"]) == 1
    assert (await zhou.call("GET", "questions"))["items"] == []
    withdrawn = await zhou.call("POST", f"questions/{one['id']}/withdraw")
    assert withdrawn["state"] == "withdrawn"
    await li.call("POST", f"questions/{one['id']}/answer", {"text": "不能"}, expect=409)
    await house.work()
    assert await house.stores.deliveries.open_of(house.conversation_id(wang)) == []


async def test_the_article_ends_when_its_time_is_over(house: House) -> None:
    li, wang = await house.sign_in(SUPERVISOR), await house.owner("wang")
    until = (house.clock.now() + timedelta(hours=3)).isoformat()
    await li.call("POST", ARTICLES, {**ARTICLE, "valid_to": until}, expect=201)
    assert "2 号楼" in ((await wang.says("请问共享书屋在哪里")).reply or "")
    await house.later(hours=4)
    assert "2 号楼" not in ((await wang.says("请问共享书屋在哪里")).reply or "")

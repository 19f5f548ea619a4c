"""The dictionary lab: tried on what owners wrote, published once, taken back; corrections become scenarios."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

import nlp
from desk.errors import Incomplete, NotAllowed
from desk.lab import DEFAULT, NotTried, Unfit, difference
from desk.lessons import scenario_of
from nlp.overlay import Overlay
from nlp.trial import read
from nlp.understanding import current, reader
from store.conversations import Conversation
from store.errors import Conflict, NotFound
from store.estates import Estate
from store.examples import Example
from store.lexicons import LexiconState
from store.messages import Direction, Handling, Message
from store.staff import Role, Staff
from tests.desk.conftest import APP, Office

CLANG = "words: [{word: 咣当响, weights: {complaint: 6, repair: -6}}]"
CALM = "words: [{word: 慢慢来吧, weights: {other: 6, repair: -6}, urgent: -6}]"
WROTE = (
    ("wang", "厨房的水管漏水咣当响"),
    ("chen", "厨房的水管漏水咣当响"),
    ("wang", "3栋2单元1502家里水管爆了,水喷出来了,慢慢来吧,电话13900001502"),
    ("wang", "谢谢你们"),
)


@pytest.fixture(autouse=True)
def words() -> Iterator[None]:
    nlp.load()
    yield
    assert current().version == reader().version  # the lab tries and writes; only processes swap


async def wrote(office: Office, lines: tuple[tuple[str, str], ...] = WROTE, *, estate: str = "") -> None:
    now = office.clock.now()
    rows = [
        Message(
            id=f"m{place}{estate}",
            conversation_id=f"{APP}:o-{who}",
            direction=Direction.INBOUND,
            at=now - timedelta(days=3 * place, minutes=1),
            text=text,
            state=Handling.DONE,
        )
        for place, (who, text) in enumerate(lines)
    ]
    said = Message(id=f"a{estate}", conversation_id=rows[0].conversation_id, direction=Direction.OUTBOUND, at=now)
    await office.stores.messages.add([*rows, said.model_copy(update={"text": "咣当响"})])


async def test_what_is_tried_says_which_messages_change_and_why(office: Office) -> None:
    await wrote(office)
    ma, lab = await office.actor("ma"), office.desk.lab
    found = await lab.replay(read(CLANG), ma)
    assert (found.found.read, found.found.concerned, found.found.changed, found.found.lost) == (4, 2, 2, 0)
    assert [one.times for one in found.changed] == [2]  # the same words twice are shown once
    assert found.changed[0].becomes.label == "complaint"
    assert found.changed[0].was.label != "complaint"
    assert found.moves == {(found.changed[0].was.label.value, "complaint"): 2}
    assert found.changed[0].reasons[0].word == "咣当响"
    assert found.changed[0].reasons[0].weights["complaint"] > 4
    assert nlp.understand(WROTE[0][1]).label == found.changed[0].was.label  # nothing holds yet

    # An emergency that would no longer be one stands first, and without what somebody could be known by.
    both = await lab.replay(
        read(CALM.replace("]", ", {word: 咣当响, weights: {complaint: 6, repair: -6}}, {word: 嘎吱嘎吱, like: 门锁}]")),
        ma,
    )
    assert both.found.lost == 1
    assert both.changed[0].emergency_lost
    assert "1502" not in both.changed[0].text
    assert both.unmet == ("嘎吱嘎吱",)
    # Only so many, the newest first.
    assert (await lab.replay(read(CLANG), ma, limit=1)).found.read == 1
    with pytest.raises(Incomplete, match="一次试"):
        await lab.replay(read(CLANG), ma, limit=0)


async def test_pages_of_one_moment_are_read_once_and_whole(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desk.replay.PAGE", 4)
    now = office.clock.now()
    rows = [
        Message(
            id=f"m{place:02}",
            conversation_id=f"{APP}:o-wang",
            direction=Direction.INBOUND,
            at=now - timedelta(hours=30 * (place // 3)),
            text=f"水管漏水咣当响{place}",
        )
        for place in range(18)
    ]
    await office.stores.messages.add(rows)
    found = await office.desk.lab.replay(read(CLANG), await office.actor("ma"))
    assert (found.found.read, found.found.concerned) == (18, 18)


async def test_a_colleague_of_one_estate_tries_its_messages_and_publishes_nothing(office: Office) -> None:
    await wrote(office)
    await office.stores.estates.add([Estate(id="other", name="别处")])
    await office.desk.rules.refresh()
    await office.stores.conversations.create(
        Conversation(id=f"{APP}:o-far", app_id=APP, openid="o-far", estate_id="other", created_at=office.clock.now())
    )
    await wrote(office, (("far", "水管漏水咣当响"),), estate="x")
    await office.stores.staff.add(Staff(id="hao", name="郝", role=Role.MANAGER, estates=("hy",), password="x"))
    hao, lab, overlay = await office.actor("hao"), office.desk.lab, read(CLANG)
    assert (await lab.replay(overlay, hao)).found.read == 4
    with pytest.raises(NotAllowed):
        await lab.publish(overlay, hao, note="门响")
    # What was tried on some of the messages does not count for all.
    with pytest.raises(NotTried):
        await lab.publish(overlay, await office.actor("ma"), note="门响")
    assert (await lab.replay(overlay, await office.actor("ma"))).found.read == 5


async def test_a_version_is_published_once_tried_and_taken_back(office: Office) -> None:
    await wrote(office)
    ma, lab = await office.actor("ma"), office.desk.lab
    told: list[str] = []

    async def tell() -> None:
        told.append((await lab.standing()).name)

    lab.on_change.append(tell)
    first, second = read(CLANG), read(CALM)
    with pytest.raises(NotTried):
        await lab.publish(first, ma, note="门响")
    await lab.replay(first, ma)
    await lab.replay(second, ma)
    with pytest.raises(Incomplete, match="为什么"):
        await lab.publish(first, ma, note=" ")
    version = await lab.publish(first, ma, note="门响")
    assert (version.id, version.note, version.by, version.words) == ("v1", "门响", "staff:ma", 1)
    assert version.found is not None
    assert (version.found.read, version.found.changed) == (4, 2)
    # Tried against what held before: that is not what holds now.
    with pytest.raises(Conflict):
        await lab.publish(second, ma, note="不急")
    again = await lab.replay(second, ma)
    assert again.against == "v1"
    assert again.found.changed == 3  # what v1 had changed goes back, too
    assert (await lab.publish(second, ma, note="不急")).id == "v2"
    now, versions = await lab.versions()
    assert now.name == "v2"
    assert [one.id for one in versions] == ["v2", "v1"]
    assert [one.id for one in (await lab.versions(below=2))[1]] == ["v1"]
    assert [(one.word, one.was, one.becomes) for one in await lab.difference("v1", "v2")] == [
        ("咣当响", "complaint +6, repair -6", None),
        ("慢慢来吧", None, "other +6, repair -6, urgent -6"),
    ]
    assert await lab.before() == "v1"
    with pytest.raises(Incomplete, match="现在用的就是这一版"):
        await lab.roll_back("v2", ma)
    with pytest.raises(NotFound):
        await lab.roll_back("v9", ma)
    assert await lab.roll_back("v1", ma) == "v2"
    now, versions = await lab.versions()
    assert now.name == "v1"
    assert [one.state for one in versions] == [LexiconState.ROLLED_BACK, LexiconState.PUBLISHED]
    assert await lab.before() == DEFAULT
    assert await lab.roll_back(DEFAULT, ma) == "v1"
    assert (await lab.standing()).name == ""
    with pytest.raises(NotFound):
        await lab.before()
    overlay = await lab.overlay("v2")
    assert overlay is not None
    assert (overlay.version, overlay.words) == ("v2", second.words)
    assert told == ["v1", "v2", "v1", ""]


async def test_of_two_who_publish_at_once_one_is_told_so(office: Office) -> None:
    ma, root, lab = await office.actor("ma"), await office.actor("root"), office.desk.lab
    one, other = read(CLANG), read(CALM)
    for turn in range(3):  # the first version of all is another case than later ones
        await lab.replay(one, ma)
        await lab.replay(other, root)
        became = await asyncio.gather(
            lab.publish(one, ma, note="一"), lab.publish(other, root, note="二"), return_exceptions=True
        )
        assert sum(isinstance(result, Conflict) for result in became) == 1, became
        now, versions = await lab.versions()
        assert now.version == versions[0].number
        assert len(versions) == turn + 1


async def test_who_was_overtaken_while_publishing_leaves_no_version(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ma, lab, lexicons = await office.actor("ma"), office.desk.lab, office.stores.lexicons
    overlay = read(CLANG)
    await lab.replay(overlay, ma)
    insert = lexicons._insert

    async def overtaken(row: dict[str, object]) -> None:
        await insert(row)
        if row["_id"] == "v1":
            await lexicons.hold(0, await lexicons.standing())

    monkeypatch.setattr(lexicons, "_insert", overtaken)
    with pytest.raises(Conflict):
        await lab.publish(overlay, ma, note="一")
    assert (await lab.versions())[1] == []


async def test_what_is_wrong_with_a_document_is_said(office: Office) -> None:
    with pytest.raises(Unfit) as refused:
        office.desk.lab.read("words:\n- {word: 咣当响, label: repar, weight: 3}")
    assert refused.value.details["problems"] == [
        {"line": 2, "word": "咣当响", "message": "没有“repar”这个类别,可以写 repair、complaint、inquiry、parcel、other"}
    ]
    # A version that this program cannot use (any more) does not hold again.
    ma, lab = await office.actor("ma"), office.desk.lab
    await lab.replay(read(CLANG), ma)
    version = await lab.publish(read(CLANG), ma, note="门响")
    await lab.roll_back(DEFAULT, ma)
    broken = version.model_copy(update={"id": "v2", "number": 2, "text": "words: [{word: 咣当响, like: 魑魅}]"})
    await office.stores.lexicons._insert(broken.row())
    with pytest.raises(Incomplete, match="不能用了"):
        await lab.roll_back("v2", ma)
    assert (await lab.standing()).name == ""


async def test_corrections_become_scenarios_without_anybody_s_name(office: Office) -> None:
    now = office.clock.now()
    rows = (
        ("parcel", "parcel_lookup", "王芳的快递到了没有,打13900001502"),
        ("other", "unknown", "## 在吗\n在吗"),
        ("other", "revisit_answer", "挺好"),
        ("complaint", "", "3栋2单元1502 楼上太吵"),
        ("nonsense", "", "?"),
    )
    for place, (label, intent, text) in enumerate(rows):
        await office.stores.examples.put(
            Example(
                id=f"0000-{place}",
                estate_id="hy",
                conversation_id=f"{APP}:o-wang",
                message_id=f"m{place}",
                text=text,
                label=label,
                intent=intent,
                by="staff:zhou",
                at=now - timedelta(minutes=place),
            )
        )
    lessons = office.desk.lessons
    listed = await lessons.listed(await office.actor("ma"))
    assert [one.label for one in listed] == ["parcel", "other", "other", "complaint", "nonsense"]
    assert await lessons.scenarios(listed) == (
        "## case-00000: parcel.lookup\n某人的快递到了没有,打某号码\n"
        "## case-00001: other.unknown\n在吗\\n在吗\n"
        "## case-00002: other\n挺好\n"
        "## case-00003: complaint\n某房号楼上太吵\n"
    )
    there = "## case-00001: other.unknown\n在吗\n## case-00003: complaint\n吵\n"
    assert "在吗" not in await lessons.scenarios(listed, there=there)
    assert scenario_of(listed[0]) == "case-00000"


def test_two_documents_are_compared_by_word() -> None:
    was = read("words: [{word: 咣当响, label: repair, weight: 1}, {word: 好, label: other, weight: 1}]\ndrop: [漏水]")
    becomes = read("words: [{word: 咣当响, like: 门锁}, {word: 漏水, label: repair, weight: 1}]\ndrop: [漏水]")
    found = {one.word: (one.was, one.becomes) for one in difference(was, becomes)}
    assert found == {
        "咣当响": ("repair +1", "like 门锁"),
        "好": ("other +1", None),
        "漏水": ("drop", "repair +1, drop"),
    }
    assert difference(was, was) == difference(Overlay(), Overlay()) == []

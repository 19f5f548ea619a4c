"""What owners hear of their parcels when they ask: from the log, and of their own homes only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.actors import Actor
from desk.desk import Desk
from desk.errors import Incomplete, NotAllowed
from desk.parcels import NewParcel
from desk.tracking import carrier_of, find_tail, find_tracking
from handlers.deputy import read_deputy, revokes
from store.parcels import Parcel, ParcelState
from store.staff import Role
from store.stores import Stores
from store.tickets import Category
from tests.clock import FixedClock
from tests.handlers.conftest import HOME, OTHER_HOME
from tests.handlers.talk import Talk

ZHOU = Actor("staff", "zhou", "周敏", Role.FRONTDESK)
SF = "SF1234567894821"
Log = Callable[..., Awaitable[Parcel]]


@pytest.fixture
def log(desk: Desk, stores: Stores) -> Log:
    """The front desk logs a parcel."""

    async def arrive(number: str = SF, room: str = HOME, shelf: str = "A12", **more: str) -> Parcel:
        new = NewParcel(room=await stores.rooms.get(room), tracking=number, shelf=shelf, **more)
        return await desk.parcels.log(new, ZHOU, key=f"log:{number}:{room}")

    return arrive


# ---- looking up ----


@pytest.mark.parametrize(
    "words",
    [
        "我的快递到了吗",
        "取件码多少",
        "放哪了",
        "在哪取",
        SF,
        f"单号{SF}",
        f"帮我看看 {SF} 到了没",
        "ＳＦ１２３４５６７８９４８２１",
        "sf1234567894821",
        "尾号4821的快递到了吗",
    ],
)
async def test_shelf_code_and_until_when(wang: Talk, log: Log, words: str) -> None:
    await log(code="6-2031")

    assert await wang.say(words) == "到了（顺丰），在 A12 架，取件码 6-2031，今天 21:00 前都能取。"
    assert not await wang.tickets()


async def test_after_the_desk_closed_it_is_there_tomorrow(wang: Talk, log: Log, clock: FixedClock) -> None:
    await log()
    clock.move(hours=11, minutes=30)

    assert "明天 21:00 前都能取" in await wang.say("我的快递到了吗")


async def test_several_are_one_list_of_at_most_five_lines(wang: Talk, log: Log) -> None:
    for number in range(5):
        await log(f"YT881234567890{number}", shelf=f"B0{number}", code=f"7-110{number}")
    said = await wang.say("我有快递吗")

    assert said.startswith("您有 5 件快递到了：\nB00 架，取件码 7-1100（圆通）\n")
    assert "另外 2 件到前台一起取" in said and len(said.splitlines()) <= 5


async def test_none_says_what_helps_and_a_number_is_watched(wang: Talk, desk: Desk, stores: Stores, log: Log) -> None:
    assert "没收到" in await wang.say("我的快递到了吗")
    said = await wang.say(SF)
    assert said.startswith("顺丰 尾号 4821 还没登记到。要我盯着吗") and "① 盯着 ② 不用" in said
    assert "我盯着" in await wang.say("1")
    # For somebody else of the home by name; who asked for the number is told too.
    await log(recipient="王芳的妈妈")

    [row] = [r for r in await stores.deliveries.open_of(wang.id) if r.kind == "parcel"]
    assert "A12 架" in row.text
    [awaited] = [one for one in await stores.parcels.found_by(SF) if one.person_id]
    assert awaited.state is ParcelState.CAME


async def test_not_watching_is_fine_too(wang: Talk, stores: Stores) -> None:
    await wang.say(SF)
    assert await wang.say("不用") == "好的。想查了，把单号再发来就行。"
    assert await stores.parcels.found_by(SF) == []


async def test_not_received_is_a_ticket_with_the_number(wang: Talk) -> None:
    await wang.say(SF)
    said = await wang.say("显示签收了，没收到")

    ticket = await wang.ticket()
    assert ticket.number in said and ticket.category is Category.PARCEL and SF in ticket.description


async def test_what_is_missed_and_lies_on_the_shelf_is_told_first(wang: Talk, log: Log) -> None:
    await log()
    said = await wang.say("快递显示签收但是我没收到")
    assert "A12 架" in said and "不是这件" in said and not await wang.tickets()

    said = await wang.say("不是")
    assert (await wang.ticket()).number.startswith("P") and (await wang.ticket()).number in said


@pytest.mark.parametrize("words", ["快递箱子压扁了", "我的包裹碎了"])
async def test_a_broken_parcel_is_a_complaint(wang: Talk, words: str) -> None:
    said = await wang.say(words)

    assert (await wang.ticket()).number.startswith("C") and (await wang.ticket()).number in said


async def test_collected_says_when_and_by_whom(wang: Talk, desk: Desk, log: Log) -> None:
    parcel = await log(code="6-2031", recipient="王芳")
    await desk.parcels.hand_over(parcel, ZHOU, key="k", code="62031", to="李雷")
    said = await wang.say(SF)

    assert said.startswith("这件今天 10:00 取走了，取件人李雷。")
    assert (await wang.say("不是我家取的")).count("P2026") == 1


# ---- nobody else's ----


async def test_a_number_of_another_home_is_answered_as_one_that_nobody_logged(
    wang: Talk, log: Log, talk_as: Callable[..., Awaitable[Talk]]
) -> None:
    before = await wang.say(SF)
    await log(room=OTHER_HOME, code="9-9999")
    assert await wang.say(SF) == before
    for words in ("尾号4821的快递到了吗", "我的快递到了吗", "取件码多少", "放哪了", "1栋1单元302的快递到了吗"):
        said = await wang.say(words)
        assert "9-9999" not in said and "A12" not in said
    chen = await talk_as("chen")
    assert "9-9999" in await chen.say(SF)


async def test_a_former_tenant_hears_nothing_more_even_before_anybody_told_the_conversation(
    wang: Talk, stores: Stores, clock: FixedClock, log: Log
) -> None:
    await stores.bindings.end(f"wang:{HOME}", clock.now() + timedelta(days=1))
    await log(code="6-2031")
    assert "6-2031" in await wang.say("我的快递到了吗")
    clock.move(days=2)

    assert (await wang.conversation()).homes, "the conversation still lists the home"
    for words in ("我的快递到了吗", SF, "放哪了", "快递丢了", "让我爱人代取"):
        assert "6-2031" not in await wang.say(words)


async def test_somebody_whom_we_do_not_know_is_asked_who_they_are(stranger: Talk, log: Log) -> None:
    await log(code="6-2031")
    for words in (SF, "我的快递到了吗", "让我爱人代取"):
        said = await stranger.say(words)
        assert "6-2031" not in said and "姓名" in said
    assert "6-2031" in await stranger.say("王芳 3栋2单元1502 13800000000")


# ---- who collects ----


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("让我爱人代取", "爱人"),
        ("帮我给楼下老张取", "楼下老张"),
        ("快递让张三帮我拿", "张三"),
        ("楼下老张帮我取一下快递", "楼下老张"),
        ("我妈去拿快递", "妈妈"),
        ("请王强代领", "王强"),
        ("可以让邻居帮我取吗", "邻居"),
    ],
)
async def test_somebody_named_may_collect(
    wang: Talk, desk: Desk, stores: Stores, log: Log, words: str, name: str
) -> None:
    parcel = await log(recipient="王芳", code="6-2031")
    with pytest.raises(NotAllowed):
        await desk.parcels.hand_over(parcel, ZHOU, key="k0", checked="身份证", to=name)
    said = await wang.say(words)

    assert said.startswith(f"记下了，{name}可以替您取") and "6-2031" in said
    stored = await stores.parcels.get(parcel.id)
    assert [(one.name, one.by) for one in stored.allowed] == [(name, "owner:wang")]
    done = await desk.parcels.hand_over(stored, ZHOU, key="k1", checked="身份证", to=name)
    assert done.state is ParcelState.COLLECTED and done.collected_by == name


async def test_it_is_taken_back(wang: Talk, stores: Stores, log: Log) -> None:
    parcel = await log()
    await wang.say("让我爱人代取")
    assert await wang.say("不让他代取了") == "好，改回来了：只有家里人能取。"
    assert (await stores.parcels.get(parcel.id)).allowed == ()


async def test_without_a_parcel_there_is_nothing_to_allow(wang: Talk) -> None:
    assert "那时说一声" in await wang.say("让我爱人代取")


@pytest.mark.parametrize(
    "words",
    ["让师傅来拿钥匙", "什么时候可以取快递", "我去取快递", "快递帮我拿到门口", "让保安帮我拿一下", "谁拿了我的快递",
     "让人来拿走垃圾", "能帮我取一下快递吗", "让我老公去取车", "取快递", ""],
)  # fmt: skip
def test_what_names_nobody_allows_nobody(words: str) -> None:
    assert read_deputy(words) is None and not revokes(words)


# ---- numbers ----


@pytest.mark.parametrize(
    ("text", "number", "carrier"),
    [
        (SF, SF, "顺丰"),
        ("JD0123456789012-1-1-", "JD0123456789012-1-1", "京东"),
        ("YT8812345678901", "YT8812345678901", "圆通"),
        ("773012345678901", "773012345678901", "申通"),
        ("73001234567890", "73001234567890", "中通"),
        ("430123456789012", "430123456789012", "韵达"),
        ("EA123456789CN", "EA123456789CN", "EMS"),
        ("中通 123456789012 在哪", "123456789012", "中通"),
    ],
)
def test_a_number_tells_its_carrier(text: str, number: str, carrier: str) -> None:
    found = find_tracking(text)
    assert found is not None and (found.number, found.carrier) == (number, carrier)


@pytest.mark.parametrize(
    "text",
    [
        "R20260310-0001",
        "13800000000",
        "3-2-1502",
        "6222020200112233445",
        "110101199003071234",
        "0571-88880000",
        "漏水",
        "",
    ],
)
def test_other_numbers_are_none(text: str) -> None:
    assert find_tracking(text) is None and find_tail(text) is None


@given(st.text(max_size=80))
def test_whatever_is_typed_is_read(text: str) -> None:
    find_tracking(text)
    find_tail(text)
    carrier_of(text)
    deputy = read_deputy(text)
    assert deputy is None or 1 <= len(deputy.name) <= 12


@pytest.mark.parametrize(
    ("kind", "note"),
    [("perishable", ""), ("cash", ""), ("valuables", ""), ("express", "生鲜 冷冻"), ("express", "护照")],
)
async def test_what_is_not_taken_for_storage_is_refused_with_the_reason(
    log: Log, stores: Stores, kind: str, note: str
) -> None:
    with pytest.raises(Incomplete, match="前台不代存"):
        await log(kind=kind, note=note)
    assert await stores.parcels.waiting_for([HOME]) == []

"""Times that colleagues give owners: what is read, who decides, what is watched, and what the owner hears when late."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlp
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.rulebook import Rulebook, Rules
from desk.spoken import read_promises
from store.conversations import EPOCH
from store.errors import NotFound, Unavailable
from store.promises import Promise, PromiseKind, PromiseState
from store.stores import Stores
from store.tickets import State, Ticket
from tests.desk.conftest import Office

S, P, K = State, PromiseState, PromiseKind
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
"""10:00 on a Tuesday in Shanghai."""


@pytest.fixture(scope="module", autouse=True)
def understanding() -> Iterator[None]:
    nlp.load()
    yield


@pytest.fixture(scope="module")
def rules() -> Rules:
    return Rulebook(None).of("")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind", "due"),
    [
        ("师傅下午三点到", "arrival", "10 15:00"),
        ("预计15:20到您家", "arrival", "10 15:20"),
        ("20分钟左右到", "arrival", "10 10:20"),
        ("半小时到", "arrival", "10 10:30"),
        ("一个半小时后到", "arrival", "10 11:30"),
        ("两个小时以内上门", "arrival", "10 12:00"),
        ("这就过去，10分钟", "arrival", "10 10:10"),
        ("明天上午给您回复", "reply", "11 12:00"),
        ("一小时内给您电话", "reply", "10 11:00"),
        ("下班前给您答复", "reply", "10 17:30"),
        ("已安排，今天18:00前修好", "done", "10 18:00"),
        ("今晚8点前恢复供水", "done", "10 20:00"),
        ("3栋2单元1502这单明天早上8点处理好", "done", "11 08:00"),
    ],
)
def test_a_time_in_a_colleagues_words_is_read(rules: Rules, text: str, kind: str, due: str) -> None:
    [found] = read_promises(text, NOW, rules)
    assert (found.kind, found.due.astimezone(rules.zone).strftime("%d %H:%M")) == (kind, due)


@pytest.mark.parametrize(
    "text",
    [
        "请问您明天上午在家吗？",
        "您下午三点来前台取",
        "我们昨天上午来过",
        "工作日8:00-12:00可以施工",
        "马上到",
        "等了两个小时了实在抱歉",
        "明天不能上门",
        "物业费每月15号前交",
        "您好，稍等，我问下工程部",
        "",
    ],
)
def test_questions_rules_and_what_the_owner_does_are_no_promises(rules: Rules, text: str) -> None:
    assert read_promises(text, NOW, rules) == []


@given(st.text(alphabet="今明下午上三五点半到前后给您回复修好小时分钟内以,。？吗0123456789:一两", max_size=40))
def test_whatever_is_written_a_promise_lies_ahead_and_not_far_away(text: str) -> None:
    rules = Rulebook(None).of("")  # type: ignore[arg-type]
    found = read_promises(text, NOW, rules)
    assert all(NOW < one.due <= NOW + timedelta(days=60) for one in found) and len(found) <= 3


# ---- one promise -----------------------------------------------------------------------------------------------------


async def proposed(office: Office, text: str = "师傅下午三点到", **more: object) -> tuple[Ticket, Promise]:
    ticket = await office.open(**more)  # type: ignore[arg-type]
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(ticket, S.ACCEPTED, zhang, tell=False)
    [promise] = await office.desk.given.propose(text, zhang, source="note", key="k1", ticket=ticket)
    return ticket, promise


async def held(office: Office, text: str = "师傅下午三点到", **more: object) -> tuple[Ticket, Promise]:
    ticket, promise = await proposed(office, text, **more)
    return ticket, await office.desk.given.confirm(promise, await office.actor("zhang"))


async def promises(stores: Stores, ticket: Ticket) -> list[tuple[str, str]]:
    return [(one.state.value, one.due.strftime("%H:%M")) for one in await stores.promises.of_ticket(ticket.id)]


async def told(office: Office) -> list[str]:
    return [row.text for row in await office.heard() if row.id.startswith("promise:")]


async def test_a_proposal_alone_watches_nothing(office: Office) -> None:
    ticket, promise = await proposed(office)
    assert (promise.state, promise.who, promise.number) == (P.PROPOSED, "张师傅", ticket.number)
    await office.later(hours=8)
    assert await told(office) == [] and (await office.again(ticket)).promised is None


async def test_the_same_words_again_are_the_same_proposal(office: Office) -> None:
    ticket, promise = await proposed(office)
    zhang = await office.actor("zhang")
    [again] = await office.desk.given.propose("师傅下午三点到", zhang, source="note", key="k1", ticket=ticket)
    assert again.id == promise.id and len(await office.stores.promises.of_ticket(ticket.id)) == 1


async def test_confirmed_it_stands_on_the_ticket_and_where_the_owner_asks(office: Office) -> None:
    ticket, promise = await held(office)
    current = await office.again(ticket)
    assert current.promised == promise.due
    [brief] = (await office.stores.conversations.get("wxapp:o-wang")).open_tickets
    assert brief.due == promise.due and brief.state == "accepted"
    before = len(current.events)
    again = await office.desk.given.confirm(promise, await office.actor("zhang"))
    assert again.state is P.CONFIRMED and len((await office.again(ticket)).events) == before


async def test_only_the_writer_or_the_desk_decides(office: Office) -> None:
    _, promise = await proposed(office)
    liu = await office.actor("liu")
    with pytest.raises(NotAllowed):
        await office.desk.given.confirm(promise, liu)
    with pytest.raises(NotFound):
        await office.desk.given.get(promise.id, liu)
    confirmed = await office.desk.given.confirm(promise, await office.actor("li"), kind=K.DONE)
    assert (confirmed.kind, confirmed.decided_by) == (K.DONE, "staff:li")


async def test_dismissed_it_never_holds(office: Office) -> None:
    ticket, promise = await proposed(office)
    zhang = await office.actor("zhang")
    dismissed = await office.desk.given.dismiss(promise, zhang)
    assert (await office.desk.given.dismiss(dismissed, zhang)).state is P.DISMISSED
    with pytest.raises(Illegal):
        await office.desk.given.confirm(dismissed, zhang)
    await office.later(hours=8)
    assert await told(office) == [] and (await office.again(ticket)).promised is None


async def test_confirm_and_dismiss_at_once_one_wins(office: Office) -> None:
    _, promise = await proposed(office)
    zhang = await office.actor("zhang")
    given = office.desk.given
    ends = await asyncio.gather(given.confirm(promise, zhang), given.dismiss(promise, zhang), return_exceptions=True)
    assert sum(isinstance(end, Exception) for end in ends) == 1
    assert (await office.stores.promises.get(promise.id)).state in (P.CONFIRMED, P.DISMISSED)


async def test_a_time_that_is_over_or_too_far_is_refused(office: Office) -> None:
    ticket, promise = await proposed(office)
    zhang, now = await office.actor("zhang"), office.clock.now()
    office.clock.move(hours=6)
    with pytest.raises(Incomplete):
        await office.desk.given.confirm(promise, zhang)
    with pytest.raises(Incomplete):
        await office.desk.given.make(K.REPLY, now, zhang, ticket=ticket)
    with pytest.raises(Incomplete):
        await office.desk.given.make(K.REPLY, now + timedelta(days=400), zhang, ticket=ticket)
    await office.desk.tickets.move(await office.again(ticket), S.RESOLVED, zhang, note="好")
    with pytest.raises(Illegal):
        await office.desk.given.make(K.REPLY, office.clock.now() + timedelta(hours=1), zhang, ticket=ticket)


async def test_staff_are_warned_fifteen_minutes_before(office: Office) -> None:
    ticket, _ = await held(office)
    await office.later(hours=4, minutes=44)
    assert (await office.again(ticket)).notes == ()
    await office.later(minutes=1)
    [note] = (await office.again(ticket)).notes
    assert "15:00" in str(note.note) and "快到时间" in str(note.note) and await told(office) == []


async def test_the_arrival_keeps_it(office: Office) -> None:
    ticket, promise = await held(office)
    zhang = await office.actor("zhang")
    ticket = await office.desk.tickets.move(await office.again(ticket), S.IN_PROGRESS, zhang)
    assert (await office.stores.promises.get(promise.id)).state is P.CONFIRMED, "on the way is not there"
    await office.desk.tickets.move(ticket, S.IN_PROGRESS, zhang, progress="arrived")
    assert (await office.stores.promises.get(promise.id)).state is P.KEPT
    assert (await office.again(ticket)).promised is None
    await office.later(hours=8)
    assert await told(office) == []


async def test_a_slip_is_owned_up_to_with_a_new_time_before_the_owner_asks(office: Office) -> None:
    ticket, promise = await held(office)
    await office.later(hours=5)
    [said] = await told(office)
    assert said.splitlines()[0] == "抱歉，“厨房水管漏水”说好今天 15:00 到，晚了。"
    assert "今天 15:40 到" in said and ticket.number in said
    assert await promises(office.stores, ticket) == [("slipped", "07:00"), ("confirmed", "07:40")]
    current = await office.again(ticket)
    assert current.promised == promise.due + timedelta(minutes=40) and current.observers == ("li",)
    await office.later(minutes=40)
    assert "主管直接打电话" in (await told(office))[1] and (await office.again(ticket)).promised is None
    await office.later(days=2)
    assert len(await told(office)) == 2, "no third time is made up"


async def test_a_reason_that_a_colleague_gave_is_told(office: Office) -> None:
    _, promise = await held(office)
    await office.desk.given.give_reason(promise, "在 5 栋抢修爆管", await office.actor("zhang"))
    await office.later(hours=5)
    assert "原因是在 5 栋抢修爆管" in (await told(office))[0]


async def test_a_reason_that_the_desk_knows_is_told_where_nobody_wrote_one(office: Office) -> None:
    await held(office)
    zhang = await office.actor("zhang")
    other = await office.desk.tickets.move(await office.open(owner="chen", urgent=True), S.ACCEPTED, zhang)
    await office.desk.tickets.move(other, S.IN_PROGRESS, zhang, tell=False)
    await office.later(hours=5)
    assert "晚了，原因是师傅正在处理一件急修。" in (await told(office))[0]


async def test_who_moves_it_in_time_tells_the_owner_at_once_and_once(office: Office) -> None:
    ticket, promise = await held(office)
    zhang, given = await office.actor("zhang"), office.desk.given
    later = promise.due + timedelta(hours=1)
    new = await given.move(promise, later, "在 5 栋抢修爆管", zhang)
    again = await given.move(await given.get(promise.id, zhang), later, "在 5 栋抢修爆管", zhang)
    assert new.id == again.id and await promises(office.stores, ticket) == [("moved", "07:00"), ("confirmed", "08:00")]
    [said] = await told(office)
    assert "原来说今天 15:00 到，改到今天 16:00，因为在 5 栋抢修爆管" in said
    await office.later(hours=5)
    assert len(await told(office)) == 1, "the old time does not matter any more"
    await office.later(hours=1)
    assert len(await told(office)) == 2


async def test_a_reply_keeps_a_promised_reply_but_a_new_promise_does_not(office: Office) -> None:
    ticket, promise = await held(office, "一小时内给您电话")
    zhou = await office.actor("zhou")
    chat = await office.stores.conversations.get("wxapp:o-wang")
    office.clock.move(minutes=10)
    await office.desk.conversations.reply(chat, "还在问，半小时内给您回复", zhou)
    assert (await office.stores.promises.get(promise.id)).state is P.CONFIRMED
    await office.desk.conversations.reply(chat, "问到了，明天换新的。", zhou)
    assert (await office.stores.promises.get(promise.id)).state is P.KEPT
    await office.later(hours=4)
    assert await told(office) == [] and (await office.again(ticket)).promised is None


@pytest.mark.parametrize("to", [S.CANCELLED, S.DEFERRED])
async def test_a_ticket_that_goes_another_way_takes_its_promises_with_it(office: Office, to: State) -> None:
    ticket, promise = await held(office)
    until = office.clock.now() + timedelta(days=2)
    extra = {"until": until, "reason": "业主改时间"} if to is S.DEFERRED else {}
    await office.desk.tickets.move(await office.again(ticket), to, await office.actor("li"), **extra)  # type: ignore[arg-type]
    assert (await office.stores.promises.get(promise.id)).state is P.VOID
    await office.later(hours=8)
    assert await told(office) == []


async def test_who_dies_while_telling_of_a_slip_tells_it_later_and_once(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, _ = await held(office)
    office.clock.move(hours=5)
    with monkeypatch.context() as broken:

        async def away(*args: object, **more: object) -> None:
            raise Unavailable("deliveries")

        broken.setattr(office.stores.deliveries, "add", away)
        with pytest.raises(Unavailable):
            await office.later()
    office.clock.move_wall(seconds=60)
    await office.later()
    await office.later()
    assert len(await told(office)) == 1
    assert [state for state, _ in await promises(office.stores, ticket)] == ["slipped", "confirmed"]


async def test_without_a_chat_somebody_rings_up(office: Office) -> None:
    await office.stores.conversations.change("wxapp:o-wang", {"resident_id": None})
    await held(office, chat=False)
    await office.later(hours=5)
    assert any("晚了" in row.text for row in await office.calls())


async def test_it_is_news_of_the_ticket_and_so_under_its_cap(office: Office) -> None:
    await held(office)
    await office.later(hours=5)
    [row] = [row for row in await office.heard() if row.id.startswith("promise:")]
    assert (row.kind, row.conversation_id) == ("status", "wxapp:o-wang") and row.created_at > EPOCH

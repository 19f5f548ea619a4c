"""An estate of so many conversations, lines and tickets, spread over a year: what the measures of the inbox stand on.

Shares are the same at every size: who waits, who is held, tagged, put off; the end of each ticket; how often a word is
said. What is open is not: how much a staff has to do does not grow with its archive, so it is as much everywhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.search import person_terms
from desk.search import terms_of as terms_of_line
from desk.ticket_terms import terms_of
from store.bulk import add_in_bulk
from store.conversation_lists import marks_of
from store.conversations import EPOCH, Allowance, Conversation, Home, Mode, OpenTicket
from store.deliveries import Delivery, DeliveryState
from store.duty import DutyEntry, DutyState
from store.estates import Estate
from store.messages import Direction, Message
from store.search import Finding
from store.stores import Stores
from store.tickets import Category, Due, Revisit, State, Ticket

APP, ESTATE = "wxbench0000000001", "hy"
BATCH = 200
"""Rows in one command."""
YEAR = 365 * 86_400
OPEN = 300
"""Tickets on which somebody works, none older than ``OPEN_DAYS``."""
OPEN_DAYS = 30
CALLS, SHIFTS = 60, 40
PEOPLE = 12
"""Technicians who share the work."""
EACH = 10
"""Tickets of one home."""
TO_BE_DONE = timedelta(hours=30)
LINES = 40
"""In the conversation that is opened."""
SAID = (
    "厨房水管爆了,水漫出来了",
    "电梯又停在三楼不动了",
    "物业费怎么交",
    "楼上半夜装修太吵",
    "快递放在哪里了",
    "客厅的灯不亮",
    "地下车库有积水",
    "门禁卡刷不开",
    "好的谢谢",
    "师傅什么时候到",
)
MATTERS = (
    ("厨房水管漏水", "repair"),
    ("电梯停在楼层不动", "repair"),
    ("装修噪音扰民", "complaint"),
    ("客厅灯具不亮", "repair"),
    ("地下车库积水", "repair"),
    ("门禁卡失灵", "repair"),
    ("卫生间马桶堵塞", "repair"),
    ("保洁不及时", "complaint"),
    ("停车费发票", "inquiry"),
    ("儿童乐园增加座椅", "suggestion"),
)
ENDS = (*([State.CLOSED] * 36), *([State.RESOLVED] * 6), *([State.CANCELLED] * 4), *([State.DECLINED] * 4))
STARTS = (State.NEW, State.ACCEPTED, State.IN_PROGRESS, State.WAITING_PARTS)


@dataclass(frozen=True, slots=True)
class Owner:
    """One conversation with its line and its ticket."""

    chat: Conversation
    line: Message
    ticket: Ticket


def owners(count: int, now: datetime) -> Iterator[Owner]:
    """So many, the same for the same count."""
    chance = random.Random(11)
    for n in range(count):
        works = n % (count // OPEN) == 0 and n // (count // OPEN) < OPEN
        back = chance.random() * (OPEN_DAYS * 86_400 if works else YEAR)
        at = now - timedelta(seconds=back)
        ticket = _ticket(n, at, now, chance, works=works)
        chat = _chat(n, at, now, chance, ticket)
        yield Owner(chat, _line(chat), ticket)


def number_of(n: int) -> str:
    """Of the nth ticket."""
    return f"R20260310-{n:06d}"


def chat_of(n: int) -> str:
    """Id of the nth conversation."""
    return f"{APP}:o{n:06d}"


def _home(n: int) -> Home:
    home = n // EACH
    building, number = home % 20 + 1, home // 20 + 101
    return Home(room_id=f"{ESTATE}/{building}-1-{number}", name=f"{building}栋1单元{number}", estate_id=ESTATE)


def _ticket(n: int, at: datetime, now: datetime, chance: random.Random, *, works: bool) -> Ticket:
    title, category = MATTERS[chance.randrange(len(MATTERS))]
    state = STARTS[n % 4] if works else ENDS[chance.randrange(len(ENDS))]
    given = state is not State.NEW
    done = at + timedelta(hours=chance.uniform(1, 40)) if state in (State.CLOSED, State.RESOLVED) else None
    home = _home(n)
    made = Ticket(
        id=f"t{n}",
        number=number_of(n),
        category=Category(category),
        state=state,
        title=title,
        description=f"{home.name}{title},{SAID[n % 10]},请尽快安排",
        urgent=chance.random() < 0.06,
        estate_id=ESTATE,
        room_id=home.room_id,
        room_name=home.name,
        owner_id=f"r{n // 4}",
        owner_name=f"王{'一二三四五六七八九'[n % 9]}",
        conversation_id=chat_of(n),
        executor=f"gong{n % PEOPLE}" if given else None,
        executor_name=f"{'张李陈刘'[n % 4]}师傅" if given else "",
        team=f"team{n % 3}",
        due=Due(done_by=now + timedelta(hours=chance.uniform(-10, 40)) if works else at + TO_BE_DONE),
        tags=("重点",) if n % 25 == 7 else (),
        revisit=Revisit(state="answered", satisfaction=1 + n % 4) if done and n % 3 == 0 else Revisit(),
        resolution="已更换配件,恢复正常" if done else None,
        opened_at=at,
        updated_at=done or at,
        accepted_at=at + timedelta(minutes=20) if given else None,
        answered_at=at + timedelta(minutes=30) if given else None,
        resolved_at=done,
        ended_at=None if works else (done or at) + timedelta(hours=1),
    )
    return made.model_copy(update={"terms": terms_of(made)})


def _chat(n: int, at: datetime, now: datetime, chance: random.Random, ticket: Ticket) -> Conversation:
    held, waits = chance.random(), chance.random() < 0.03
    brief = OpenTicket(
        id=ticket.id,
        number=ticket.number,
        category=ticket.category.value,
        state=ticket.state.value,
        title=ticket.title,
        next_due=now + timedelta(hours=chance.uniform(-48, 48)),
        at=at,
    )
    made = Conversation(
        id=chat_of(n),
        app_id=APP,
        openid=f"o{n:06d}",
        estate_id=ESTATE,
        resident_id=f"r{n}",
        name=f"王{'一二三四五六七八九'[n % 9]}{n}",
        homes=(_home(n),),
        tickets=(brief,) if ticket.is_open else (),
        mode=Mode.PERSON if held < 0.1 or waits else Mode.BOT,
        staff_id=f"zhou{n % 2}" if held < 0.08 else None,
        tags=("重点",) if n % 25 == 7 else (),
        snoozed_until=now + timedelta(hours=chance.random() * 48) if n % 20 == 9 else None,
        waiting_since=now - timedelta(hours=chance.random() * 24) if waits else None,
        unread=int(waits),
        allowance=Allowance(left=5, until=at + timedelta(hours=48)),
        last_line=SAID[n % 10],
        last_at=at,
        last_inbound_at=at,
        created_at=at,
        version=1,
    )
    return made.model_copy(update=marks_of(made))


def _line(chat: Conversation) -> Message:
    return Message(
        id=f"m{chat.openid}",
        conversation_id=chat.id,
        direction=Direction.INBOUND,
        at=chat.last_at or EPOCH,
        text=chat.last_line,
    )


async def fill(stores: Stores, count: int, now: datetime) -> None:
    """All rows, in bulk; the indexes should be there (a later one is built in a single long command)."""
    await stores.estates.add([Estate(id=ESTATE, name="海悦花园")])
    batch: list[Owner] = []
    for one in owners(count, now):
        batch.append(one)
        if len(batch) == BATCH:
            await _put(stores, batch)
            batch = []
    await _put(stores, batch)
    lines = [
        Message(
            id=f"deep{n}",
            conversation_id=chat_of(3),
            direction=Direction.INBOUND,
            at=now - timedelta(minutes=n),
            text=SAID[n % 10],
        )
        for n in range(LINES)
    ]
    await stores.messages.add(lines)
    await _people_work(stores, count, now)
    await stores.search.move_mark(now)


async def _put(stores: Stores, batch: list[Owner]) -> None:
    if not batch:
        return
    await add_in_bulk(stores.conversations, [one.chat for one in batch])
    await add_in_bulk(stores.messages, [one.line for one in batch])
    lines = [one.line for one in batch]
    said = [
        Finding(
            id=line.id,
            conversation_id=line.conversation_id,
            estate_id=ESTATE,
            at=line.at,
            terms=terms_of_line(line.text),
        )
        for line in lines
    ]
    people = [
        Finding(
            id=f"person:{one.chat.id}",
            conversation_id=one.chat.id,
            estate_id=ESTATE,
            at=EPOCH,
            terms=person_terms(one.chat, ""),
        )
        for one in batch
    ]
    await add_in_bulk(stores.search, [*said, *people])
    await add_in_bulk(stores.tickets, [one.ticket for one in batch])


async def _people_work(stores: Stores, count: int, now: datetime) -> None:
    """Who is to be rung up, and the duty log; a hundredth of the tickets were pushed and have rows of their own."""
    rows = []
    for n in range(max(count // 100, CALLS)):
        at = now - timedelta(seconds=YEAR / max(count // 100, CALLS) * n)
        call = n < CALLS
        rows.append(
            Delivery(
                id=f"d{n}",
                person_id=f"r{n}",
                conversation_id=chat_of(n),
                app_id=APP,
                openid=f"o{n:06d}",
                estate_id=ESTATE,
                seq=n,
                kind="status",
                text="您的报修已处理",
                ticket_id=f"t{n}",
                not_before=at,
                state=DeliveryState.UNDELIVERABLE if call else DeliveryState.ACCEPTED,
                reason="no chat" if call else None,
                attention=call,
                to_call=call,
                created_at=at,
                changed_at=at,
            )
        )
        if len(rows) == BATCH:
            await add_in_bulk(stores.deliveries, rows)
            rows = []
    await add_in_bulk(stores.deliveries, rows)
    log = [
        DutyEntry(
            id=f"duty{n}",
            estate_id=ESTATE,
            shift="早班",
            day=f"{now - timedelta(hours=8 * (n + 1)):%Y-%m-%d}",
            by="staff:zhou1",
            state=DutyState.SIGNED,
            opened_at=now - timedelta(hours=8 * (n + 1)),
        )
        for n in range(SHIFTS)
    ]
    await add_in_bulk(stores.duty, log)

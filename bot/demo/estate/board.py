"""The notice board of two weeks: what was announced to whom, by which way it came, and what still waits for a word."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.demo.estate.chat import Chat, World
from bot.demo.estate.crew import Crew
from bot.demo.estate.people import Household
from bot.demo.estate.size import Place
from desk.actors import SYSTEM
from desk.audience import covers
from desk.notice_words import correction, kind_of, on_template, whole
from store.clock import to_millis
from store.deliveries import Delivery, DeliveryState, Rung
from store.ids import derived
from store.notices import Audience, Notice, NoticeEvent, NoticeKind, NoticeState, Outage, Reach
from store.timers import Timer

S, NS, NK = DeliveryState, NoticeState, NoticeKind
FOLLOW_UP = timedelta(hours=1)
APART = timedelta(milliseconds=40)
"""Between two homes, as they are gone through."""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """What was announced: days before today, at that hour."""

    days: int
    hour: int
    kind: NoticeKind
    state: NoticeState
    title: str
    body: str
    buildings: tuple[str, ...] = ()
    off: tuple[str, int, int, int, str] | None = None
    """Supply, days after it was announced, from and to which hour, why."""
    holds: int = 3
    """Days."""
    by: str = ""
    """Empty: the front desk of the estate."""
    wrong: str = ""
    """Why it was withdrawn."""


BULLETINS = (
    Bulletin(
        12, 10, NK.ORDINARY, NS.ARCHIVED, "明天绿化带消杀",
        "明天上午在绿化带和下水井消杀，请看好孩子和宠物，别在草坪停留。",
    ),
    Bulletin(
        8, 16, NK.OUTAGE, NS.ARCHIVED, "二次供水水箱清洗", "请提前储水；来水后先放几分钟再用。", ("2",),
        ("water", 1, 9, 12, "清洗水箱"),
    ),
    Bulletin(
        6, 9, NK.OUTAGE, NS.WITHDRAWN, "1 栋电梯年检", "", ("1",), ("lift", 2, 14, 16, "年检"), wrong="年检改到下个月"
    ),
    Bulletin(
        4, 15, NK.EMERGENCY, NS.ARCHIVED, "大风蓝色预警",
        "今晚到明天有大风，请收好阳台花盆和衣物，关好门窗，车不要停在树下。",
        holds=1, by="manager",
    ),
    Bulletin(
        1, 10, NK.OUTAGE, NS.SENT, "配电房检修", "请提前存好文件，电梯有备用电，不受影响。", ("1", "3"),
        ("power", 2, 9, 11, "配电房检修"),
    ),
    Bulletin(
        1, 17, NK.ORDINARY, NS.SUBMITTED, "地库一层清洗", "周六 8:00-18:00 清洗地库一层，请把车停到地库二层。", holds=10
    ),
    Bulletin(1, 18, NK.ORDINARY, NS.DRAFT, "邻里节报名", "周日下午 2 点中心花园有邻里节，想来的回“报名”。", holds=10),
)  # fmt: skip


@dataclass(slots=True)
class Posted:
    """A notice with what became of it so far."""

    notice: Notice
    homes: int = 0
    silent: int = 0
    planned: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    ways: dict[str, int] = field(default_factory=dict)

    def finished(self) -> Notice:
        """As it is stored."""
        reach = Reach(homes=self.homes, people=sum(self.planned.values()), ways=self.planned, silent=self.silent)
        values: dict[str, object] = {"planned": reach} if self.notice.state is not NS.DRAFT else {}
        if self.notice.sent_at is not None:
            values |= {"counts": self.counts, "ways": self.ways, "counted_at": self.notice.changed_at}
        return self.notice.model_copy(update=values)


class Board:
    """The notices of all estates; each household's share is written with its chat."""

    def __init__(self, world: World, where: Sequence[Place], crew: Crew) -> None:
        self._world = world
        self._crew = crew
        self._index = {place.id: number for number, place in enumerate(where)}
        self._posted = {
            place.id: [Posted(self._notice(place, one, number)) for number, one in enumerate(BULLETINS)]
            for place in where
        }

    def notices(self) -> list[Notice]:
        """All of them, when every household has been gone through."""
        return [one.finished() for posted in self._posted.values() for one in posted]

    def timers(self) -> list[Timer]:
        """When those in force end."""
        return [
            Timer(id=f"notice_end:{one.id}", kind="notice_end", due=one.valid_to, data={"notice": one.id})
            for one in self.notices()
            if one.state is NS.SENT and one.valid_to is not None
        ]

    def reaches(self, chat: Chat, home: Household) -> None:
        """What this household was told."""
        chance = random.Random(f"{self._world.seed}:{home.room_id}:board")
        for posted in self._posted[home.estate_id]:
            if covers(posted.notice.audience, home.room_id):
                self._reaches(posted, chat, home, chance)

    def _reaches(self, posted: Posted, chat: Chat, home: Household, chance: random.Random) -> None:
        notice = posted.notice
        posted.homes += 1
        posted.silent += chat.conversation is None
        way = "template" if chat.conversation is not None else "none"
        posted.planned[way] = posted.planned.get(way, 0) + 1
        if notice.sent_at is None:
            return
        at = to_millis(notice.sent_at + home.number % 50_000 * APART)
        row = self._told(notice, chat, home, at) if chat.conversation is not None else self._untold(notice, home, at)
        if notice.state is NS.WITHDRAWN and chat.conversation is not None:
            row = self._taken_back(notice, chat, row, home, chance)
        chat.deliveries.append(row)
        posted.counts[row.state] = posted.counts.get(row.state, 0) + 1
        if row.rungs_used:
            posted.ways[row.rungs_used[-1]] = posted.ways.get(row.rungs_used[-1], 0) + 1

    def _told(self, notice: Notice, chat: Chat, home: Household, at: datetime) -> Delivery:
        rules = self._world.rules(notice.estate_id)
        text, template = whole(notice, at, rules), on_template(notice, at, rules)
        key = f"notice:{notice.id}:{home.person_id}"
        chat.push(key, kind_of(notice), text, at, by=notice.approved_by, template=template)
        return chat.deliveries.pop().model_copy(update=_marks(notice, home))

    def _untold(self, notice: Notice, home: Household, at: datetime) -> Delivery:
        """Nobody of this home writes in WeChat."""
        call = notice.unreached == "call"
        rules = self._world.rules(notice.estate_id)
        row = Delivery(
            id=f"notice:{notice.id}:{home.person_id}",
            person_id=home.person_id,
            conversation_id="",
            app_id="",
            openid="",
            seq=int(at.timestamp() * 1_000_000),
            kind=kind_of(notice).value,
            text=whole(notice, at, rules),
            not_before=at,
            state=S.UNDELIVERABLE,
            reason="no chat",
            rungs_used=(Rung.CALL,) if call else (),
            attention=call,
            to_call=call,
            checked=call,
            created_at=at,
            changed_at=at,
        )
        return row.model_copy(update=_marks(notice, home))

    def _taken_back(
        self, notice: Notice, chat: Chat, row: Delivery, home: Household, chance: random.Random
    ) -> Delivery:
        """Half of them had it already, and read the correction; the others never saw it."""
        if chance.random() < 0.5:
            gone = {"state": S.CANCELLED, "reason": "withdrawn", "attempts": (), "rungs_used": (), "sent_at": None}
            return row.model_copy(update=gone)
        rules = self._world.rules(notice.estate_id)
        at = row.created_at + FOLLOW_UP
        said = correction(notice, notice.correction, rules)
        template = on_template(notice, at, rules, withdrawn=notice.correction)
        key = f"notice:{notice.id}:correction:{home.person_id}"
        chat.push(key, kind_of(notice), said, at, by=notice.approved_by, template=template)
        return row

    # ---- the notices themselves ----

    def _notice(self, place: Place, one: Bulletin, number: int) -> Notice:
        rules = self._world.rules(place.id)
        made = self._at(place, one.days, one.hour)
        id = derived(f"board:{self._world.seed}:{place.id}:{number}", "notice")
        front = f"staff:{self._crew.front[place.id]}"
        writer = f"staff:{one.by}" if one.by else front
        sent = to_millis(made + timedelta(minutes=35))
        ended = self._at(place, one.days - one.holds, one.hour)
        outage = None
        if one.off is not None:
            supply, later, first, last, why = one.off
            day = one.days - later
            outage = Outage(
                supply=supply, starts_at=self._at(place, day, first), ends_at=self._at(place, day, last), reason=why
            )
            ended = outage.ends_at
        running = one.state not in (NS.DRAFT, NS.SUBMITTED)
        over = one.state in (NS.ARCHIVED, NS.WITHDRAWN)
        if one.state is NS.WITHDRAWN:
            ended = sent + FOLLOW_UP
        date = made.astimezone(rules.zone).date()
        audience = Audience(scope="buildings", places=one.buildings) if one.buildings else Audience()
        return Notice(
            id=id,
            number=f"N{date:%Y%m%d}-{self._index[place.id] * 10 + number + 1:04d}",
            estate_id=place.id,
            kind=one.kind,
            state=one.state,
            title=one.title,
            body=one.body,
            audience=audience,
            outage=outage,
            valid_to=ended if one.state is not NS.WITHDRAWN else None,
            unreached="call" if one.kind is NK.EMERGENCY else "note",
            writers=(writer,),
            created_at=made,
            created_by=writer,
            changed_at=ended if over else sent if running else made,
            submitted_by=writer if one.state is not NS.DRAFT else "",
            approved_by="staff:manager" if running else "",
            approved_at=sent if running else None,
            sent_at=sent if running else None,
            ended_at=ended if over else None,
            correction=one.wrong,
            events=tuple(self._events(id, one, writer, made, sent, ended)),
        )

    def _events(
        self, id: str, one: Bulletin, writer: str, made: datetime, sent: datetime, ended: datetime
    ) -> list[NoticeEvent]:
        steps = [("written", writer, made, "")]
        if one.state is not NS.DRAFT:
            steps.append(("submitted", writer, made + timedelta(minutes=8), ""))
        if one.state not in (NS.DRAFT, NS.SUBMITTED):
            why = "大风说来就来，先发出去" if one.by else ""
            steps += [("approved", "staff:manager", sent, why), ("sending", SYSTEM.tag, sent, "")]
            steps.append(("sent", SYSTEM.tag, sent + timedelta(minutes=4), ""))
        if one.state is NS.ARCHIVED:
            steps.append(("archived", SYSTEM.tag, ended, ""))
        if one.state is NS.WITHDRAWN:
            steps.append(("withdrawn", "staff:manager", ended, one.wrong))
        return [
            NoticeEvent(id=derived(id, kind), at=to_millis(at), by=by, kind=kind, note=note)
            for kind, by, at, note in steps
        ]

    def _at(self, place: Place, days: int, hour: int) -> datetime:
        """That hour, so many days before today (negative: after it)."""
        zone = self._world.rules(place.id).zone
        today = self._world.now.astimezone(zone).replace(hour=hour, minute=0, second=0, microsecond=0)
        return to_millis((today - timedelta(days=days)).astimezone(self._world.now.tzinfo))


def _marks(notice: Notice, home: Household) -> dict[str, object]:
    return {
        "estate_id": notice.estate_id,
        "notice_id": notice.id,
        "of_notice": True,
        "room_id": home.room_id,
        "expires_at": notice.valid_to,
    }

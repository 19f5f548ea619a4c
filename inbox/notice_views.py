"""Notices as the inbox shows them, and what it takes of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field

from desk.actors import Actor
from desk.api.input import Input
from desk.audience import MOST_ROOMS, in_order, say_places
from desk.notice_words import MOST_BODY, MOST_SIGNATURE, MOST_TITLE
from desk.notices import Wording, open_steps
from inbox.views import View
from store.clock import to_millis
from store.deliveries import Delivery, DeliveryState
from store.notices import Audience, Notice, NoticeKind, NoticeState, Outage, Reach

Place = Field(max_length=60)


class AudienceView(View):
    """Whom it is for."""

    scope: str
    places: list[str]
    roles: list[str]
    said: str
    """As people say it: 3栋、5栋."""

    @classmethod
    def of(cls, audience: Audience) -> Self:
        """With its words."""
        return cls.showing(audience, said=say_places(audience))


class OutageView(View):
    """What is off, when and where."""

    supply: str
    starts_at: datetime
    ends_at: datetime
    buildings: list[str]
    reason: str


class ReachView(View):
    """Whom it reaches, and by which way."""

    homes: int
    people: int
    ways: dict[str, int]
    silent: int
    """Homes where nobody can be reached in WeChat."""

    @classmethod
    def of(cls, reach: Reach) -> Self:
        """As counted."""
        return cls.showing(reach)


class NoticeRow(View):
    """A notice in a list."""

    number: str
    estate: str
    kind: NoticeKind
    state: NoticeState
    title: str
    audience: AudienceView
    outage: OutageView | None
    valid_to: datetime | None
    send_at: datetime | None
    created_at: datetime
    created_by: str
    sent_at: datetime | None
    planned: ReachView
    counts: dict[str, int]
    version: int

    @classmethod
    def otherwise(cls, notice: Notice) -> dict[str, Any]:
        """What rows and whole notices say in another way than it is kept."""
        return {
            "estate": notice.estate_id,
            "audience": AudienceView.of(notice.audience),
            "outage": OutageView.showing(notice.outage) if notice.outage else None,
            "planned": ReachView.of(notice.planned),
        }

    @classmethod
    def of(cls, notice: Notice) -> Self:
        """The row of a notice."""
        return cls.showing(notice, **cls.otherwise(notice))


class StepView(View):
    """One thing that happened to it."""

    at: datetime
    by: str
    kind: str
    note: str


class NoticeFull(NoticeRow):
    """A notice with its words, how far it is, and what may be done with it."""

    body: str
    signature: str
    valid_from: datetime | None
    unreached: str
    owner_text: str
    """As an owner reads it."""
    template: dict[str, str]
    """What a template message says of it."""
    submitted_by: str
    approved_by: str
    approved_at: datetime | None
    ended_at: datetime | None
    correction: str
    progress: float
    """How much of its homes has been gone through, 0 to 1."""
    ways: dict[str, int]
    counted_at: datetime | None
    events: list[StepView]
    may: list[str]
    """edit, submit, return, approve, withdraw."""

    @classmethod
    def whole(cls, notice: Notice, by: Actor, text: str, template: Mapping[str, str]) -> Self:
        """All of it."""
        return cls.showing(
            notice,
            **cls.otherwise(notice),
            owner_text=text,
            template={name: template[name] for name in ("title", "remark", "time")},
            progress=_progress(notice),
            events=[StepView.showing(one) for one in notice.events],
            may=open_steps(notice, by),
        )


def _progress(notice: Notice) -> float:
    if notice.state is NoticeState.SENT or (notice.sent_at is not None and not notice.steps):
        return 1.0
    return round(notice.done / len(notice.steps), 3) if notice.steps else 0.0


class NoticePage(View):
    """A page of notices, newest first."""

    items: list[NoticeRow]
    next: str | None


class UnitView(View):
    """A unit with its homes."""

    key: str
    name: str
    homes: int


class BuildingView(View):
    """A building with its units."""

    building: str
    name: str
    homes: int
    units: list[UnitView]


class EstateName(View):
    """An estate by name."""

    id: str
    name: str


class PlacesView(View):
    """What a notice can be sent to."""

    estates: list[EstateName]
    """Those for which the caller may write."""
    estate: str
    name: str
    homes: int
    buildings: list[BuildingView]


class PreviewView(View):
    """Whom it would reach and what they would read."""

    reach: ReachView | None
    owner_text: str
    template: dict[str, str]


class ResultView(View):
    """What became of it for one person, or for a home where there is nobody."""

    id: str
    name: str
    room: str
    room_id: str | None
    state: DeliveryState
    way: str
    """passive | customer | template | list | call, or empty."""
    reason: str
    to_call: bool
    conversation: str
    at: datetime

    @classmethod
    def of(cls, row: Delivery, name: str, room: str) -> Self:
        """With whom it is for."""
        return cls(
            id=row.id,
            name=name,
            room=room,
            room_id=row.room_id,
            state=row.state,
            way=row.rungs_used[-1].value if row.rungs_used else "",
            reason=row.reason or "",
            to_call=row.to_call,
            conversation=row.conversation_id,
            at=row.changed_at or row.created_at,
        )


class ResultPage(View):
    """A page of results, the last written first."""

    items: list[ResultView]
    next: str | None


class AudienceIn(Input):
    """Whom it is for: ``places`` are buildings (``3``), units (``3-2``) or room ids, as ``scope`` says."""

    scope: Literal["all", "buildings", "units", "rooms"] = "all"
    places: list[str] = Field(default_factory=list, max_length=MOST_ROOMS)
    roles: list[Literal["owner", "tenant", "family"]] = Field(default_factory=list, max_length=3)


class OutageIn(Input):
    """What is off. ``buildings`` left out: where the notice goes."""

    supply: str = Field(max_length=20, description="water, hot_water, power, gas, heating, lift, network, gate")
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    buildings: list[str] = Field(default_factory=list, max_length=300)
    reason: str = Field(default="", max_length=40)


class NoticeIn(Input):
    """A notice as it is written."""

    estate: str = Field(default="", max_length=60, description="left out where there is only one")
    kind: NoticeKind = NoticeKind.ORDINARY
    title: str = Field(min_length=1, max_length=MOST_TITLE)
    body: str = Field(default="", max_length=MOST_BODY)
    signature: str = Field(default="", max_length=MOST_SIGNATURE)
    audience: AudienceIn = Field(default_factory=AudienceIn)
    outage: OutageIn | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    send_at: AwareDatetime | None = Field(default=None, description="left out: as soon as it is approved")
    unreached: Literal["", "note", "call"] = Field(
        default="", description="homes that WeChat does not reach: a note at the door, or the call list"
    )

    def wording(self, estate_id: str) -> Wording:
        """As the desk takes it."""
        outage = self.outage
        return Wording(
            estate_id=estate_id,
            title=self.title,
            kind=self.kind,
            body=self.body,
            signature=self.signature,
            audience=Audience(
                scope=self.audience.scope,
                places=in_order(self.audience.places) if self.audience.scope != "all" else (),
                roles=tuple(dict.fromkeys(self.audience.roles)),
            ),
            outage=Outage(
                supply=outage.supply,
                starts_at=to_millis(outage.starts_at),
                ends_at=to_millis(outage.ends_at),
                buildings=in_order(outage.buildings),
                reason=outage.reason.strip(),
            )
            if outage
            else None,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            send_at=self.send_at,
            unreached=self.unreached,
        )


class PreviewIn(NoticeIn):
    """A notice that is being written."""

    reach: bool = Field(default=True, description="count homes and people; without it only the words are shown")


class EditIn(NoticeIn):
    """Other words; ``version`` is the one that was read."""

    version: int = Field(ge=0)


class ReturnIn(Input):
    """What to mend; needed from whoever should approve it."""

    reason: str = Field(default="", max_length=200)


class ApproveIn(Input):
    """``version`` is the one that was read. ``reason``: for an emergency that one wrote oneself."""

    version: int = Field(ge=0)
    reason: str = Field(default="", max_length=200)


class WithdrawIn(Input):
    """Why, and whether those who got it are told so."""

    reason: str = Field(min_length=1, max_length=60)
    correct: bool = False

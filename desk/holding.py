"""Who holds a conversation and what is marked on it: assign, hand over, tags, put off, over, read; on the record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from desk.actors import Actor, staff_actor
from desk.alerts import Alerts
from desk.errors import Incomplete
from desk.rulebook import Rulebook
from desk.shifts import Roster
from desk.timers import Schedule
from desk.wording import say_until
from store.clock import Clock
from store.conversations import Conversation, Mode
from store.ids import Ids, derived
from store.messages import Direction, Message
from store.staff import Role, Staff
from store.stores import Stores
from store.timers import Timer

MOST_TAGS = 10
LONGEST_TAG = 20
LONGEST_NOTE = 2000
MOST_MENTIONS = 20
AT = re.compile(r"@([\w\u3400-\u9fff.-]{1,32})")
WAKE = "conversation_wake"


class Holding:
    """What colleagues do with a conversation besides replying."""

    def __init__(
        self, stores: Stores, rules: Rulebook, roster: Roster, alerts: Alerts, timers: Schedule, clock: Clock, ids: Ids
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._roster = roster
        self._alerts = alerts
        self._timers = timers
        self._clock = clock
        self._ids = ids
        timers.on(WAKE, self._woken)

    # ---- whose it is ----

    async def assign(self, conversation: Conversation, to: str | None, actor: Actor, *, key: str = "") -> None:
        """It is this colleague's from now on, or nobody's; who gets it from somebody else is told."""
        staff = await self._colleague(to, conversation) if to else None
        if conversation.staff_id == to and (to is None or conversation.mode is Mode.PERSON):
            return
        changes = {"staff_id": to, "team_id": None, "mode": Mode.PERSON, "dialogue": None}
        await self._change(conversation, actor, "assigned", staff.name if staff else "", changes, key)
        if staff is not None and staff.id != actor.id:
            await self._tell([staff], conversation, "assigned", f"{actor.name}把{_who(conversation)}的会话交给您", key)

    async def hand_over(
        self,
        conversation: Conversation,
        actor: Actor,
        *,
        to: str | None = None,
        team: str | None = None,
        reason: str,
        key: str = "",
    ) -> None:
        """To a named colleague or a team, and why: nothing is passed on in silence (domain, the first-contact rule)."""
        reason = reason.strip()
        if not reason:
            raise Incomplete("转交要写原因", reason="empty")
        if (to is None) == (team is None):
            raise Incomplete("转给一位同事,或者一个班组", to="one of both")
        if to is not None:
            people, name = [await self._colleague(to, conversation)], ""
            name = people[0].name
        else:
            people, name = await self._of_team(str(team), conversation)
        changes = {"staff_id": to, "team_id": team, "mode": Mode.PERSON, "dialogue": None}
        await self._change(conversation, actor, "handed_over", f"{name}:{reason[:200]}", changes, key)
        said = f"{actor.name}把{_who(conversation)}的会话转给{'您' if to else name}:{reason[:100]}"
        await self._tell([one for one in people if one.id != actor.id], conversation, "handed_over", said, key)

    async def _colleague(self, name: str, conversation: Conversation) -> Staff:
        found = await self._stores.staff.find(name)
        if found is None or not found.active:
            raise Incomplete("没有这位同事", to=name)
        if found.role is Role.TECHNICIAN:
            raise Incomplete("会话由前台和主管来接,师傅请派工单", to=name)
        if conversation.estate_id and not staff_actor(found).in_scope(conversation.estate_id):
            raise Incomplete("这位同事不负责这个小区", to=name)
        return found

    async def _of_team(self, id: str, conversation: Conversation) -> tuple[list[Staff], str]:
        team = await self._stores.teams.find(id)
        if team is None or (team.estate_id and conversation.estate_id and team.estate_id != conversation.estate_id):
            raise Incomplete("没有这个班组", team=id)
        rules = self._rules.of(conversation.estate_id)
        there = await self._roster.on_shift(team, self._clock.now(), rules)
        if not there:
            there = [one for one in await self._roster.active() if one.id in team.members]
        return there, team.name

    # ---- what is marked on it ----

    async def tag(self, conversation: Conversation, *, add: Sequence[str], remove: Sequence[str]) -> None:
        """Put tags on and take tags off."""
        wanted = [tag.strip().lstrip("#") for tag in add]
        if any(not tag or len(tag) > LONGEST_TAG for tag in wanted):
            raise Incomplete(f"标签 1-{LONGEST_TAG} 个字", tags=wanted)
        kept = [tag for tag in conversation.tags if tag not in remove]
        if len({*kept, *wanted}) > MOST_TAGS:
            raise Incomplete(f"最多 {MOST_TAGS} 个标签", tags=len({*kept, *wanted}))
        await self._stores.conversations.retag(conversation.id, add=wanted, remove=list(remove))
        await self._stores.tags.used(conversation.estate_id, [tag for tag in wanted if tag not in conversation.tags])

    async def snooze(self, conversation: Conversation, until: datetime, actor: Actor, *, key: str = "") -> None:
        """Out of the lists until then, or until the owner writes."""
        now = self._clock.now()
        rules = self._rules.of(conversation.estate_id)
        if not now < until <= now + rules.settings.inbox.longest_schedule:
            raise Incomplete("要选一个将来的时间", until=until.isoformat())
        if conversation.snoozed_until == until:
            return
        said = say_until(until, now, rules.zone)
        await self._change(conversation, actor, "snoozed", said, {"snoozed_until": until}, key)
        await self._timers.plan_again(
            f"{WAKE}:{conversation.id}", WAKE, until, data={"conversation": conversation.id, "by": actor.id}
        )

    async def wake(self, conversation: Conversation, actor: Actor, *, key: str = "") -> None:
        """Back in the lists at once."""
        if conversation.snoozed_until is not None:
            await self._change(conversation, actor, "woken", "", {"snoozed_until": None}, key)

    async def _woken(self, timer: Timer) -> datetime | None:
        """The time is there: back in the lists, as something new."""
        conversation = await self._stores.conversations.find(str(timer.data.get("conversation")))
        until = conversation.snoozed_until if conversation else None
        if conversation is None or until is None or until > timer.due + timedelta(milliseconds=1):
            return None
        await self._stores.conversations.change(
            conversation.id, {"snoozed_until": None, "unread": max(conversation.unread, 1)}
        )
        staff = await self._stores.staff.find(conversation.staff_id or str(timer.data.get("by")))
        if staff is not None and staff.active:
            said = f"到时间了:{_who(conversation)}的会话"
            await self._tell([staff], conversation, "woken", said, f"{timer.id}:{timer.due.isoformat()}")
        return None

    async def resolve(self, conversation: Conversation, actor: Actor, *, key: str = "") -> None:
        """Nothing is open here any more: read, nobody waits, and the bot answers again, without a word to the owner."""
        settled = conversation.mode is Mode.BOT and not conversation.staff_id and not conversation.waiting_since
        if settled and not conversation.unread and conversation.snoozed_until is None:
            return
        changes = {"mode": Mode.BOT, "staff_id": None, "team_id": None, "unread": 0, "dialogue": None}
        changes |= {"waiting_since": None, "snoozed_until": None}
        await self._change(conversation, actor, "resolved", "", changes, key)

    async def read(self, conversation: Conversation) -> None:
        """Somebody has taken it in, for all."""
        if conversation.unread:
            await self._stores.conversations.change(conversation.id, {"unread": 0})

    async def unread(self, conversation: Conversation) -> None:
        """Look at it again later."""
        if not conversation.unread:
            await self._stores.conversations.change(conversation.id, {"unread": 1})

    # ---- notes ----

    async def note(
        self, conversation: Conversation, text: str, actor: Actor, *, mentions: Sequence[str] = (), key: str = ""
    ) -> Message:
        """Words that only colleagues read; who is mentioned hears of it."""
        text = text.strip()
        if not text or len(text) > LONGEST_NOTE:
            raise Incomplete(f"备注 1-{LONGEST_NOTE} 个字", text="length")
        called = await self._called(text, mentions, conversation)
        line = Message(
            id=derived(key, "note") if key else self._ids.new(),
            conversation_id=conversation.id,
            direction=Direction.NOTE,
            at=self._clock.now(),
            kind="note",
            text=text,
            by=actor.tag,
            mentions=tuple(one.id for one in called),
        )
        await self._stores.messages.add([line])
        others = [one for one in called if one.id != actor.id]
        await self._tell(
            others, conversation, "mentioned", f"{actor.name}在{_who(conversation)}的会话里提到您", line.id
        )
        return await self._stores.messages.get(line.id)

    async def _called(self, text: str, mentions: Sequence[str], conversation: Conversation) -> list[Staff]:
        """Whom the note names, by user name or by name; a name that is nobody's is just a word."""
        wanted = set(mentions)
        everybody = await self._roster.active() if wanted or "@" in text else []
        if unknown := wanted - {one.id for one in everybody}:
            raise Incomplete("没有这些同事", mentions=sorted(unknown))
        words = AT.findall(text)
        found = [
            one
            for one in everybody
            if one.id in wanted or any(word == one.id or word.startswith(one.name) for word in words)
        ]
        estate = conversation.estate_id
        return [one for one in found if not estate or staff_actor(one).in_scope(estate)][:MOST_MENTIONS]

    # ---- inside ----

    async def _change(
        self, conversation: Conversation, actor: Actor, kind: str, text: str, changes: dict[str, Any], key: str
    ) -> None:
        await self.record(conversation, kind, text, actor, key=key)
        await self._stores.conversations.change(conversation.id, changes)

    async def record(self, conversation: Conversation, kind: str, text: str, actor: Actor, *, key: str = "") -> None:
        """An event line: who did what, when."""
        line = Message(
            id=derived(key, f"line:{kind}:{conversation.id}") if key else self._ids.new(),
            conversation_id=conversation.id,
            direction=Direction.EVENT,
            at=self._clock.now(),
            kind=kind,
            text=text,
            by=actor.tag,
        )
        await self._stores.messages.add([line])

    async def _tell(self, to: Sequence[Staff], conversation: Conversation, kind: str, said: str, key: str) -> None:
        if to:
            key = key or self._ids.new()
            await self._alerts.raise_(
                f"{key}:{conversation.id}", f"conversation_{kind}", said, to, estate_id=conversation.estate_id
            )


def _who(conversation: Conversation) -> str:
    home = conversation.homes[0].name if conversation.homes else ""
    return f"{home}{conversation.name or '一位业主'}"

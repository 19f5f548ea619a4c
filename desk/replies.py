"""What colleagues say to an owner: at once, at a chosen time, with a guard against two answers, and taken back.

The guard needs no lock: who writes names the newest line that they saw. When a colleague's words came since, they see
them first and decide. Of two who send at the very same moment one write in the database lets one through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.actors import Actor
from desk.deliveries import Kind, Outbox, line_of
from desk.errors import DeskError, Incomplete
from desk.rulebook import Rulebook
from desk.timers import Schedule
from desk.wording import shorten
from store.clock import Clock
from store.conversations import Conversation, LastReply
from store.deliveries import Delivery, DeliveryState
from store.errors import NotFound
from store.ids import Ids, derived
from store.messages import Direction, Message
from store.stores import Stores
from store.timers import Timer

Replied = Callable[[Conversation, Actor, datetime, str], Awaitable[None]]

LONGEST_REPLY = 600
"""Characters: 2,048 bytes of UTF-8 is what WeChat takes."""
MOST_PICTURES = 9
PICTURE = "[图片]"
SAID = "reply_said"


class NewerReply(DeskError):
    """A colleague has answered since the writer looked."""

    code = "newer_reply"

    def __init__(self, line: Message) -> None:
        super().__init__("同事刚刚已经回复了,看一下再决定要不要发", line=line.id)
        self.line = line


class TooLate(DeskError):
    """It has left, or somebody else took it back."""

    code = "too_late"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be said, and how."""

    text: str = ""
    pictures: Sequence[str] = ()
    """Ids of media."""
    send_at: datetime | None = None
    seen: str | None = None
    """The newest line that the writer saw; None: they do not say, so nothing is guarded."""
    force: bool = False
    """They know that a colleague has answered."""
    undo: timedelta = timedelta(0)
    """So long it waits before it leaves."""


class Replies:
    """The rules of replying."""

    def __init__(
        self, stores: Stores, rules: Rulebook, outbox: Outbox, timers: Schedule, clock: Clock, ids: Ids
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._timers = timers
        self._clock = clock
        self._ids = ids
        timers.on(SAID, self._said)
        self.on_reply: list[Replied] = []
        """Who hears that a colleague wrote to an owner, or (no words) took over; they may hear the same twice."""

    # ---- sending ----

    async def send(
        self, conversation: Conversation, draft: Draft, actor: Actor, *, key: str | None = None
    ) -> list[Delivery]:
        """Say it; gives the deliveries, the words first. ``key`` makes a repeat the same reply.

        Raises NewerReply when a colleague's words came since ``seen``.
        """
        text = self._checked(draft, conversation)
        seed = derived(key, "reply") if key else self._ids.new()
        keys = [f"reply:{seed}"] if text else []
        keys += [f"reply:{seed}:{n}" for n in range(len(draft.pictures))]
        there = {row.id: row for row in await self._stores.deliveries.of_ids(keys)}
        if len(there) == len(keys):
            return [there[one] for one in keys]
        if draft.send_at is None:
            await self._claim(conversation, draft, text, keys[0], actor)
        now = self._clock.now()
        parts: list[tuple[str, str | None]] = [(text, None)] if text else []
        parts += [("", picture) for picture in draft.pictures]
        for one, (words, picture) in zip(keys, parts, strict=True):
            await self._put(one, conversation, actor, now, draft, words, picture)
        if draft.send_at is not None:
            data = {"delivery": keys[0], "staff": actor.id, "name": actor.name, "text": text}
            await self._timers.plan(f"{SAID}:{seed}", SAID, draft.send_at, data=data)
        return [await self._stores.deliveries.get(one) for one in keys]

    async def _said(self, timer: Timer) -> datetime | None:
        """The time of planned words has come: from now on they are the colleague's answer. Moved: then later."""
        row = await self._stores.deliveries.get(str(timer.data["delivery"]))
        if row.state is DeliveryState.CANCELLED:
            return None
        if row.not_before > self._clock.now():
            return row.not_before
        actor = Actor("staff", str(timer.data["staff"]), str(timer.data["name"]))
        conversation = await self._stores.conversations.get(row.conversation_id)
        await self._claim(conversation, Draft(force=True), str(timer.data["text"]), row.id, actor)
        return None

    def _checked(self, draft: Draft, conversation: Conversation) -> str:
        text = draft.text.strip()
        if not text and not draft.pictures:
            raise Incomplete("回复不能是空的", text="empty")
        if len(text) > LONGEST_REPLY:
            raise Incomplete(f"一次最多 {LONGEST_REPLY} 个字,请分成几条", text="too long")
        if len(draft.pictures) > MOST_PICTURES:
            raise Incomplete(f"一次最多 {MOST_PICTURES} 张图片", media="too many")
        if draft.send_at is not None:
            self._check_time(draft.send_at, conversation.estate_id)
        return text

    def _check_time(self, at: datetime, estate_id: str) -> None:
        now = self._clock.now()
        if at <= now:
            raise Incomplete("定时要选将来的时间", send_at="past")
        if at > now + self._rules.of(estate_id).settings.inbox.longest_schedule:
            raise Incomplete("定时太远了", send_at="too far")

    async def _claim(self, conversation: Conversation, draft: Draft, text: str, key: str, actor: Actor) -> None:
        """These words come next in the conversation, with what that changes of it."""
        line = line_of(key)
        guarded = draft.seen is not None and not draft.force
        if guarded and (newer := await self.newer_reply(conversation, str(draft.seen), actor)) is not None:
            raise NewerReply(newer)
        while True:
            known = conversation.last_reply
            if known is not None and known.line == line:
                return  # a repeat whose first run got so far
            now = self._clock.now()
            reply = LastReply(
                line=line,
                by=actor.tag,
                at=now,
                unread=conversation.unread,
                waiting_since=conversation.waiting_since,
                last_line=conversation.last_line,
                last_from=conversation.last_from,
                last_by=conversation.last_by,
                last_at=conversation.last_at,
                staff_id=conversation.staff_id,
            )
            changes: dict[str, object] = {
                "unread": 0,
                "waiting_since": None,
                "snoozed_until": None,
                "last_at": now,
                "last_line": shorten(text or PICTURE, 60),
                "last_from": "staff",
                "last_by": actor.name,
            }
            if conversation.staff_id is None:
                changes["staff_id"] = actor.id
            for heard in self.on_reply:
                await heard(conversation, actor, now, text)
            if await self._stores.conversations.replied(conversation, reply, changes):
                return
            conversation = await self._stores.conversations.get(conversation.id)
            winner = conversation.last_reply
            if guarded and winner is not None and winner.by != actor.tag and winner.line != line:
                raise NewerReply(await self._line(winner, conversation))

    async def _put(
        self,
        key: str,
        conversation: Conversation,
        actor: Actor,
        now: datetime,
        draft: Draft,
        words: str,
        picture: str | None,
    ) -> None:
        rules = self._rules.of(conversation.estate_id)
        who = actor.name or "前台"
        name = "push.staff_picture" if picture else "push.staff_reply"
        await self._outbox.put(
            key,
            conversation,
            Kind.STAFF_REPLY,
            rules.texts.say(name, text=words, staff=who),
            person_id=conversation.person_id,
            template={
                "who": shorten(who, 20),
                "title": "您有一条新回复",
                "time": now.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
            },
            by=actor.tag,
            not_before=draft.send_at or now + draft.undo,
            scheduled=draft.send_at is not None,
            picture=picture,
        )

    # ---- the guard ----

    async def newer_reply(self, conversation: Conversation, seen: str, actor: Actor) -> Message | None:
        """The last words of another colleague since line ``seen``, or None."""
        last = conversation.last_reply
        if last is None or last.by == actor.tag or last.line == seen:
            return None
        known = await self._stores.messages.find(seen)
        if known is not None and known.conversation_id == conversation.id and known.at > last.at:
            return None
        return await self._line(last, conversation)

    async def _line(self, reply: LastReply, conversation: Conversation) -> Message:
        """The line of a reply; one that is being written this very moment is not there yet."""
        found = await self._stores.messages.find(reply.line)
        return found or Message(
            id=reply.line,
            conversation_id=conversation.id,
            direction=Direction.OUTBOUND,
            at=reply.at,
            text=conversation.last_line,
            by=reply.by,
        )

    # ---- taking back, and what is planned ----

    async def waiting(self, conversation: Conversation) -> list[Delivery]:
        """Replies that were planned and have not left, the next first."""
        rows = [row for row in await self._stores.deliveries.open_of(conversation.id) if row.scheduled]
        return sorted(rows, key=lambda row: row.not_before)

    async def get(self, id: str, actor: Actor) -> Delivery:
        """A colleague's reply, for those who see its conversation; raises NotFound."""
        row = await self._stores.deliveries.get(id)
        if row.kind != Kind.STAFF_REPLY or not id.startswith("reply:"):
            raise NotFound(id)
        if row.estate_id and not actor.in_scope(row.estate_id):
            raise NotFound(id)
        return row

    async def take_back(self, id: str, actor: Actor) -> list[Delivery]:
        """Undo a reply before it leaves, its pictures with it; raises TooLate. Twice is the same as once.

        Gives what does not leave, the row that was named first.
        """
        row = await self.get(id, actor)
        gone = row if row.state is DeliveryState.CANCELLED else await self._cancel(row, actor)
        if gone is None:
            raise TooLate("来不及了,这条已经发出去了")
        await self._put_back(gone)
        # Its parts wait for the same moment. The words go first: where they are still here, so are the others.
        seed = row.id.split(":")[1]
        keys = [f"reply:{seed}", *(f"reply:{seed}:{n}" for n in range(MOST_PICTURES))]
        parts = []
        for part in await self._stores.deliveries.of_ids([key for key in keys if key != row.id]):
            held = part if part.state is DeliveryState.CANCELLED else await self._cancel(part, actor)
            if held is not None:
                parts.append(held)
        return [gone, *sorted(parts, key=lambda part: part.id)]

    async def _cancel(self, row: Delivery, actor: Actor) -> Delivery | None:
        """It does not leave; None when it has left, or is leaving."""
        now = self._clock.now()
        if row.state is not DeliveryState.QUEUED or row.not_before <= now or row.attempts:
            return None
        changes = {"reason": f"taken back by {actor.id}"}
        return await self._stores.deliveries.move(row, DeliveryState.CANCELLED, at=now, changes=changes)

    async def _put_back(self, row: Delivery) -> None:
        line = line_of(row.id)
        conversation = await self._stores.conversations.find(row.conversation_id)
        reply = conversation.last_reply if conversation else None
        if conversation is None or reply is None or reply.line != line:
            return
        before = reply.model_dump(exclude={"line", "by", "at"})
        later = conversation.last_inbound_at is not None and conversation.last_inbound_at > reply.at
        if later:  # the owner has written since: only what the reply took from them comes back
            before = {"waiting_since": reply.waiting_since or conversation.waiting_since}
        await self._stores.conversations.taken_back(conversation.id, line, before)

    async def change(
        self, id: str, actor: Actor, *, send_at: datetime | None = None, text: str | None = None
    ) -> Delivery:
        """Plan it for another time, or with other words; raises TooLate when it has left."""
        row = await self.get(id, actor)
        if not row.scheduled:
            raise Incomplete("这条不是定时的", delivery=id)
        now = self._clock.now()
        changes: dict[str, object] = {}
        if send_at is not None:
            self._check_time(send_at, row.estate_id)
            changes["not_before"] = send_at
        if text is not None:
            rules = self._rules.of(row.estate_id)
            text = self._checked(Draft(text), Conversation(id="", app_id="", openid=""))
            changes["text"] = rules.texts.say("push.staff_reply", text=text, staff=actor.name or "前台")
        moved = None
        if row.state is DeliveryState.QUEUED and row.not_before > now and not row.attempts:
            moved = await self._stores.deliveries.move(row, DeliveryState.QUEUED, at=now, changes=changes)
        if moved is None:
            raise TooLate("来不及了,这条已经发出去了")
        if "text" in changes:
            await self._stores.messages.reword(line_of(id), moved.text)
        await self._stores.wake.wake(row.conversation_id)
        return moved

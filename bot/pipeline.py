"""The way of a message (the contract, section 3): remember, claim the conversation, decide, finish, answer.

Every step can be repeated. What a message creates has an id derived from its key, the conversation remembers the last
few messages it finished with their answers, and every write to it is fenced, so neither a crash half-way nor two
processes at once make anything happen twice. A ticket costs seven store operations, other talk five.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from bot.answers import finish_message
from bot.deciding import LEASE, LEFT_BEHIND, Deciding, Respond, Work
from bot.inbound import conversation_id, to_message, traces, understood
from bot.lanes import Lanes
from bot.metrics import HANDLED
from bot.tasks import Tasks
from bot.wechat.push import Push
from bot.wechat.replies import MAX_TEXT
from desk.desk import Desk
from nlp import Understanding
from store.conversations import Conversation, Handled, Lease, Mode
from store.errors import Duplicate, StoreError, Unavailable
from store.ids import derived
from store.messages import Answer, Handling, Message

log = logging.getLogger(__name__)

REMEMBERED = 12
"""How many finished messages a conversation keeps for replays."""
POLLS = (0.02, 0.05, 0.1, 0.2)
"""Seconds between looks at a message that another process is handling; the last one repeats."""

# Looked up once for each: a label costs as much as a regular expression.
_handled = lru_cache(maxsize=256)(HANDLED.labels)


class Stale(Exception):
    """A signed time too far from now, and the message is not one we know: refused (403)."""


class Pipeline:
    """Handles messages; any number of processes may run one."""

    def __init__(
        self, desk: Desk, respond: Respond, *, process: str, tasks: Tasks, ready: Callable[[], bool] = lambda: True
    ) -> None:
        self._desk = desk
        self.deciding = Deciding(desk, respond)
        self._process = process
        self._tasks = tasks
        self._ready = ready
        self._lanes = Lanes()
        self._running: dict[str, asyncio.Task[Answer]] = {}
        self._late: set[str] = set()
        self._left: dict[str, str] = {}
        """Messages that the database took from us half-way, and their conversations: nobody else knows of them yet."""

    # ---- from the webhook ----

    async def keep(
        self, push: Push, *, late: bool = False, behind: Callable[[], bool] = lambda: False
    ) -> asyncio.Task[Answer] | Answer:
        """Remember a push and start handling it. Gives the running work, or the answer when it is done already.

        On return the message is stored. ``late``: nobody waits for the answer. ``behind``: whether earlier messages of
        this owner wait elsewhere, asked when it is this message's turn. Raises Stale, or Unavailable when the database
        does not take it or it must wait.
        """
        if not self._ready():
            raise Unavailable("the database was away when this process started")
        running = self._running.get(push.key)
        if running is not None:
            if late:
                self._late.add(push.key)
            else:
                self._count_repeat(push)
            return running
        stores = self._desk.stores
        now = self._desk.clock.now()
        understanding = understood(push.text, now=now)
        message = to_message(push, understanding, at=now, late=late)
        if push.stale:
            known = await stores.messages.find(push.key)
            if known is None:
                raise Stale(push.key)
            self._count_repeat(push)
            return self._known(known, push, understanding, late=late)
        async with self._lanes.of(message.conversation_id) as lane, lane.arrival:
            if behind():
                raise Unavailable("earlier messages of this owner wait in the spool")
            try:
                await stores.messages.keep(message)
            except Duplicate:
                known = await stores.messages.get(push.key)
                if not late:
                    self._count_repeat(push)
                return self._known(known, push, understanding, late=late)
            return self._start(Work(message, push, understanding, first_time=True))

    def _count_repeat(self, push: Push) -> None:
        """The platform pushed it once more: colleagues see how often; the answer does not wait for that."""
        self._tasks.spawn(self._desk.stores.messages.repeated(push.key), name=f"repeat of {push.key}")

    def _known(
        self, known: Message, push: Push, understanding: Understanding, *, late: bool
    ) -> asyncio.Task[Answer] | Answer:
        if known.state is not Handling.RECEIVED:
            return known.answer or Answer()
        # Remembered, not finished: its process died, or works on it right now. Whoever gets the lease finishes it.
        message = known.model_copy(update={"late": known.late or late})
        return self._running.get(push.key) or self._start(Work(message, push, understanding, again=True))

    def _start(self, work: Work) -> asyncio.Task[Answer]:
        task = self._tasks.spawn(self._in_order(work), name=f"message {work.message.id}")
        self._running[work.message.id] = task
        task.add_done_callback(lambda _: self._forget(work.message.id))
        return task

    async def finish_left(self) -> None:
        """From the sweeper: what a database that was away interrupted here need not wait for its ten seconds."""
        for key, id in list(self._left.items()):
            message = await self._desk.stores.messages.find(key)
            self._left.pop(key, None)
            try:
                if message is not None and message.state is Handling.RECEIVED:
                    await self.finish_left_behind(message)
            except Unavailable:
                self._left[key] = id
                raise

    def _forget(self, key: str) -> None:
        self._running.pop(key, None)
        self._late.discard(key)

    async def give_up_waiting(self, key: str) -> Answer | None:
        """The platform gets its 200 now. None: the answer will leave as a delivery; else it was ready after all."""
        self._late.add(key)
        if await self._desk.stores.messages.mark_late(key):
            return None
        known = await self._desk.stores.messages.find(key)
        return None if known is None or known.state is Handling.RECEIVED else known.answer

    # ---- from the sweeper ----

    async def finish_left_behind(self, message: Message) -> bool:
        """Handle a message whose process died, and in order what else waits; the answers leave as deliveries.

        False when somebody is at work on this conversation: what comes later must wait then too.
        """
        if message.push is None:
            return True
        if message.id in self._running:
            return False
        work = self._work_of(message.model_copy(update={"late": True}))
        async with self._lanes.of(message.conversation_id) as lane, lane.work:
            conversation = await self._claim(work)
            if conversation is None:
                return False
            # Only under the lease: whoever handles it right now still answers the platform.
            done = not await self._desk.stores.messages.mark_late(message.id)
            await self._handle_all(work, conversation.model_copy(update={"waiting": 1}), done=done)
            return True

    # ---- one conversation at a time ----

    async def _in_order(self, work: Work) -> Answer:
        id, key = work.message.conversation_id, work.message.id
        async with self._lanes.of(id) as lane, lane.work:
            try:
                answer = await self._take(work)
            except Unavailable:
                self._left[key] = id
                raise
            self._left.pop(key, None)
            return answer

    async def _take(self, work: Work) -> Answer:
        """Handle the message ourselves, or see another process do it."""
        messages = self._desk.stores.messages
        turn = 0
        while True:
            conversation = await self._claim(work, first=turn == 0)
            if conversation is not None:
                known = await messages.get(work.message.id) if work.again else work.message
                done = known.state is not Handling.RECEIVED
                answer = await self._handle_all(work, conversation, done=done)
                if done:
                    return known.answer or Answer()
                if answer is not None:
                    return answer
            work = replace(work, first_time=False)
            await asyncio.sleep(POLLS[min(turn, len(POLLS) - 1)])
            turn += 1
            known = await messages.get(work.message.id)
            if known.state is not Handling.RECEIVED:
                return known.answer or Answer()

    async def _claim(self, work: Work, *, first: bool = True) -> Conversation | None:
        """The conversation under our lease, or None: another process holds it and now knows that this message waits.

        On the ``first`` try a lease that is not free may mean that there is no conversation yet: it is made, with what
        we know of the person, which also keeps the first message of somebody new within its eight operations.
        """
        conversations = self._desk.stores.conversations
        id = work.message.conversation_id
        wall = self._desk.clock.wall()
        claimed = await conversations.claim_free(id, holder=self._process, wall=wall, length=LEASE)
        if first and not claimed:
            fresh = await self._first_contact(work.push)
            if await conversations.create(fresh):
                return fresh
        claimed = claimed or await conversations.claim_left(id, holder=self._process, wall=wall, length=LEASE)
        if claimed:
            conversation = await conversations.get(id)
            if conversation.lease.holder == self._process:
                left = id in self._left.values()  # what was left here is looked for first
                return conversation.model_copy(update={"waiting": 1}) if left else conversation
            log.warning("conversation %s: the lease ran out before it was used", id)
        await conversations.mark_waiting(id, wall=wall)
        return None

    async def _first_contact(self, push: Push) -> Conversation:
        id = conversation_id(push)
        now = self._desk.clock.now()
        known = await self._desk.residents.known(push.app_id, push.openid)
        fresh = Conversation(
            id=id,
            app_id=push.app_id,
            openid=push.openid,
            estate_id=self._desk.rules.only_estate,
            resident_id=derived(id, "resident"),
            fence=1,
            lease=Lease(holder=self._process, until=self._desk.clock.wall() + LEASE),
            created_at=now,
            last_at=now,
        )
        if not known:
            return fresh
        estate_id = known["estate_id"] or fresh.estate_id
        return Conversation.model_validate(fresh.row() | known | {"estate_id": estate_id})

    async def _handle_all(self, work: Work, conversation: Conversation, *, done: bool) -> Answer | None:
        """Our message (unless it is ``done``), and in order whatever else waits. None: the lease was lost before."""
        try:
            return await self._handle_each(work, conversation, done=done)
        except StoreError:
            with contextlib.suppress(Unavailable):
                await self._desk.stores.conversations.release(conversation.id, fence=conversation.fence)
            raise

    async def _handle_each(self, work: Work, conversation: Conversation, *, done: bool) -> Answer | None:
        stores = self._desk.stores
        finished = {work.message.id} if done else set()
        ours: Answer | None = None
        queue = [] if done else [work]
        while True:
            if conversation.waiting:
                if not await stores.conversations.take_waiting(conversation.id, fence=conversation.fence):
                    return ours
                waiting = await stores.messages.waiting_in(conversation.id)
                fresh = [self._work_of(m) for m in waiting if m.id not in finished and m.id != work.message.id]
                mine = [] if work.message.id in finished else [work]
                queue = sorted([*mine, *fresh], key=lambda w: (w.push.created_at, w.message.at))
                conversation = conversation.model_copy(update={"waiting": 0})
            if not queue:
                if await stores.conversations.finish(
                    conversation.id, fence=conversation.fence, changes={}, release=True
                ):
                    return ours
                current = await stores.conversations.get(conversation.id)
                if current.fence != conversation.fence or not current.waiting:
                    return ours
                conversation = current
                continue
            current_work = queue.pop(0)
            result = await self._handle(current_work, conversation, last=not queue)
            if result is None:
                return ours
            answer, current, released = result
            finished.add(current_work.message.id)
            if current_work.message.id == work.message.id:
                ours = answer
            if released or current.fence != conversation.fence:  # what we read may be another holder's already
                return ours
            conversation = current

    def _work_of(self, message: Message) -> Work:
        push = Push.from_dict(message.push or {})
        stored = Understanding.from_dict(message.understanding) if message.understanding else None
        if message.id in self._left or self._desk.clock.now() - message.at >= LEFT_BEHIND:
            message = message.model_copy(update={"late": True})
        return Work(message, push, stored or understood(push.text, now=message.at))

    # ---- one message ----

    async def _handle(
        self, work: Work, conversation: Conversation, *, last: bool
    ) -> tuple[Answer, Conversation, bool] | None:
        """Decide, finish the conversation under its fence, finish the message.

        Gives the answer, the conversation as it is now, and whether the lease was given back; None when it was lost.
        """
        key = work.message.id
        conversations = self._desk.stores.conversations
        known = next((done for done in conversation.recent if done.key == key), None)
        if known is not None:  # finished before a crash: only the message itself still says "received"
            answer = await self._finish_message(work, conversation, known.answer, ())
            released = last and await conversations.finish(
                conversation.id, fence=conversation.fence, changes={}, release=True
            )
            return answer, conversation, released
        reply = await self.deciding.decide(work, conversation)
        now = self._desk.clock.now()
        changes = {**traces(work.push, conversation, now), **reply.changes}
        if reply.text is None and conversation.mode is Mode.PERSON and work.push.kind != "event":
            changes.setdefault("unread", conversation.unread + 1)
            changes.setdefault("waiting_since", conversation.waiting_since or now)
        changes["dialogue"] = reply.dialogue.model_dump() if reply.dialogue else None
        gone = work.push.event == "unsubscribe"  # nobody sees an answer to that
        text, released_ids = (reply.text, ()) if gone else self._with_parked(reply.text, conversation)
        if conversation.parked and not gone:
            changes["parked"] = []
            changes["released"] = [*conversation.released, *released_ids]
        recent = (*conversation.recent, Handled(key=key, answer=text, fence=conversation.fence))[-REMEMBERED:]
        changes["recent"] = [{"key": done.key, "answer": done.answer, "fence": done.fence} for done in recent]
        finish = conversations.finish
        released = last and await finish(
            conversation.id, fence=conversation.fence, changes=changes, tickets=reply.tickets, release=True, key=key
        )
        if not released and not await finish(
            conversation.id,
            fence=conversation.fence,
            changes={**changes, "lease.until": self._desk.clock.wall() + LEASE},
            tickets=reply.tickets,
            release=False,
        ):
            log.warning("message %s: the lease was lost, another process finishes it", key)
            return None
        ticket = reply.tickets[0].id if reply.tickets else None
        answer = await self._finish_message(work, conversation, text, released_ids, ticket)
        _handled(work.understanding.intent if work.push.text else work.message.kind).inc()
        if released:
            if changes.get("settle"):
                await self._desk.stores.wake.wake(conversation.id)
            return answer, conversation, True
        return answer, await conversations.get(conversation.id), False

    def _with_parked(self, text: str | None, conversation: Conversation) -> tuple[str | None, tuple[str, ...]]:
        """The answer with the replies that waited for the owner's next action, as far as they fit; these first."""
        parts: list[str] = []
        released: list[str] = []
        for parked in conversation.parked:
            candidate = "\n\n".join([*parts, parked.text, *([text] if text else [])])
            if len(candidate.encode()) > MAX_TEXT:
                break
            parts.append(parked.text)
            released.append(parked.delivery_id)
        if not parts:
            return text, ()
        return "\n\n".join([*parts, *([text] if text else [])]), tuple(released)

    async def _finish_message(
        self,
        work: Work,
        conversation: Conversation,
        text: str | None,
        released: tuple[str, ...],
        ticket_id: str | None = None,
    ) -> Answer:
        key = work.message.id
        answer = await finish_message(
            self._desk,
            self._process,
            key,
            conversation,
            text,
            released,
            late=lambda: work.message.late or key in self._late,
            ticket_id=ticket_id,
        )
        await self._desk.live.tell("message", key, estate_id=conversation.estate_id, conversation=conversation.id)
        return answer

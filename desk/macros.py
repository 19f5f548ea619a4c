"""Macros: several deeds under one name, done one after the other; what one of them cannot do stops only itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desk.actors import Actor
from desk.canned import CannedReplies, may_change, ready_fields, usable
from desk.conversations import Conversations
from desk.errors import DeskError, Incomplete
from desk.holding import Holding
from desk.listing import working
from desk.replies import Draft, NewerReply, Replies
from desk.rulebook import Rulebook
from desk.tickets import Tickets
from store.canned import Canned, Macro
from store.clock import Clock
from store.conversations import Conversation
from store.errors import Conflict, NotFound
from store.ids import derived
from store.stores import Stores
from store.tickets import State

DEEDS = ("reply", "note", "tag", "assign", "snooze", "transition", "resolve", "hand-back")
MOST_ACTIONS = 10


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one deed."""

    action: str
    ok: bool
    code: str = ""
    message: str = ""


class Macros:
    """Keeps macros and carries them out."""

    def __init__(
        self,
        stores: Stores,
        rules: Rulebook,
        conversations: Conversations,
        replies: Replies,
        holding: Holding,
        canned: CannedReplies,
        tickets: Tickets,
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._rules = rules
        self._conversations = conversations
        self._replies = replies
        self._holding = holding
        self._canned = canned
        self._tickets = tickets
        self._clock = clock

    # ---- keeping ----

    async def listed(self, actor: Actor) -> list[Macro]:
        """Those that this colleague may use, by name."""
        found = [one for one in await self._stores.macros.of(actor.id) if usable(one, actor, None)]
        return sorted(found, key=lambda one: one.name)

    async def get(self, id: str, actor: Actor) -> Macro:
        """One that this colleague may use; raises NotFound."""
        macro = await self._stores.macros.get(id)
        if not usable(macro, actor, None):
            raise NotFound(id)
        return macro

    async def add(self, fields: Mapping[str, Any], actor: Actor, *, key: str) -> Macro:
        """A new one; raises Incomplete or NotAllowed."""
        macro = Macro(id=derived(key, "macro"), **self._checked(fields, actor))
        await self._stores.macros.add(macro)
        return await self._stores.macros.get(macro.id)

    async def change(self, id: str, fields: Mapping[str, Any], actor: Actor) -> Macro:
        """Another name, other deeds."""
        may_change(await self.get(id, actor), actor)
        await self._stores.macros.change(id, self._checked(fields, actor))
        return await self._stores.macros.get(id)

    async def remove(self, id: str, actor: Actor) -> None:
        """Throw it away."""
        may_change(await self.get(id, actor), actor)
        await self._stores.macros.remove(id)

    def _checked(self, fields: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
        actions = [dict(action) for action in fields["actions"]]
        if not 0 < len(actions) <= MOST_ACTIONS:
            raise Incomplete(f"1-{MOST_ACTIONS} 个动作", actions=len(actions))
        if wrong := [action["do"] for action in actions if action["do"] not in DEEDS]:
            raise Incomplete("没有这种动作", actions=wrong)
        for action in actions:
            if action["do"] in ("reply", "note") and not str(action.get("text") or "").strip():
                raise Incomplete("回复和备注要有内容", action=action["do"])
            if action["do"] == "transition" and action.get("to") not in set(State):
                raise Incomplete("没有这种状态", to=action.get("to"))
            if action["do"] == "snooze" and not int(action.get("minutes") or 0) > 0:
                raise Incomplete("稍后提醒要写几分钟", minutes=action.get("minutes"))
        values = ready_fields(fields, actor, self._rules)
        return {**values, "actions": actions, "by": actor.tag, "changed_at": self._clock.now()}

    # ---- carrying out ----

    async def run(
        self, macro: Macro, id: str, actor: Actor, *, seen: str | None, force: bool, key: str, undo: timedelta
    ) -> list[Done]:
        """Do all of it in this conversation; gives what became of each deed.

        Raises NewerReply before anything is done when a colleague has answered since ``seen``.
        """
        conversation = await self._conversations.get(id, actor)
        guarded = seen is not None and not force and any(action["do"] == "reply" for action in macro.actions)
        if guarded and (newer := await self._replies.newer_reply(conversation, str(seen), actor)) is not None:
            raise NewerReply(newer)
        done: list[Done] = []
        for number, action in enumerate(macro.actions):
            name = str(action["do"])
            try:
                conversation = await self._conversations.get(id, actor)
                await self._do(name, action, conversation, actor, derived(key, f"macro:{number}"), undo)
            except DeskError as refused:
                done.append(Done(name, False, refused.code, refused.message))
            except Conflict:
                done.append(Done(name, False, "conflict", "刚刚有人改过"))
            except NotFound:
                done.append(Done(name, False, "not_found", "没有找到"))
            else:
                done.append(Done(name, True))
        return done

    async def _do(
        self, name: str, action: Mapping[str, Any], conversation: Conversation, actor: Actor, key: str, undo: timedelta
    ) -> None:
        now = self._clock.now()
        match name:
            case "reply":
                await self._replies.send(
                    conversation, Draft(self._words(action, conversation, actor), undo=undo), actor, key=key
                )
            case "note":
                await self._holding.note(conversation, self._words(action, conversation, actor), actor, key=key)
            case "tag":
                await self._holding.tag(conversation, add=action.get("add") or (), remove=action.get("remove") or ())
            case "assign":
                to = action.get("to") or None
                await self._holding.assign(conversation, actor.id if to == "me" else to, actor, key=key)
            case "snooze":
                until = now + timedelta(minutes=int(action["minutes"]))
                await self._holding.snooze(conversation, until, actor, key=key)
            case "resolve":
                await self._holding.resolve(conversation, actor, key=key)
            case "hand-back":
                await self._conversations.hand_back(conversation, actor, key=key)
            case _:
                await self._move(action, conversation, actor, now, key)

    def _words(self, action: Mapping[str, Any], conversation: Conversation, actor: Actor) -> str:
        """With the variables put in; what has no value is not sent to anybody."""
        canned = Canned(id="", name="", text=str(action["text"]))
        filled = self._canned.filled(canned, self._canned.variables(conversation, actor))
        if filled.missing:
            raise Incomplete("这个会话里没有这些内容,没有发", variables=list(filled.missing))
        return filled.text

    async def _move(
        self, action: Mapping[str, Any], conversation: Conversation, actor: Actor, now: datetime, key: str
    ) -> None:
        tickets = working(conversation)
        if len(tickets) != 1:
            said = "没有在办的工单" if not tickets else "有几张在办的工单,请到工单里改"
            raise Incomplete(said, tickets=[one.number for one in tickets])
        ticket = await self._tickets.by_number(tickets[0].number, actor)
        minutes = int(action.get("minutes") or 0)
        await self._tickets.move(
            ticket,
            State(action["to"]),
            actor,
            note=action.get("note") or None,
            reason=action.get("reason") or None,
            until=now + timedelta(minutes=minutes) if minutes else None,
            key=key,
        )

"""Ready words: canned replies with variables, shared in an estate or of one person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desk.actors import Actor
from desk.errors import Incomplete, NotAllowed
from desk.listing import working
from desk.replies import LONGEST_REPLY
from desk.rulebook import Rulebook
from desk.wording import say_time, surname_title
from store.canned import Canned, Ready
from store.clock import Clock
from store.conversations import Conversation
from store.errors import NotFound
from store.ids import Ids, derived
from store.stores import Stores

VARIABLES = ("name", "room", "number", "due", "staff", "estate", "hotline")
LONGEST_NAME = 40
SHORTCUT = re.compile(r"[\w\u3400-\u9fff-]{1,20}")
MOST_OWN = 200
_VARIABLE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A canned reply for one conversation."""

    canned: Canned
    text: str
    missing: tuple[str, ...]
    """Variables for which this conversation has nothing: they stand in the text as they are."""


class CannedReplies:
    """The rules of canned replies."""

    def __init__(self, stores: Stores, rules: Rulebook, clock: Clock, ids: Ids) -> None:
        self._stores = stores
        self._rules = rules
        self._clock = clock
        self._ids = ids

    async def listed(self, actor: Actor, conversation: Conversation | None = None, query: str = "") -> list[Filled]:
        """Those that this colleague may use, filled for a conversation, the most used first."""
        estate = conversation.estate_id if conversation else None
        found = [one for one in await self._stores.canned.of(actor.id) if usable(one, actor, estate)]
        wanted = query.strip().lower()
        if wanted:
            found = [one for one in found if wanted in f"{one.shortcut} {one.name} {one.text}".lower()]
        found.sort(key=lambda one: (not one.shortcut.lower().startswith(wanted), -one.uses, one.name))
        values = self.variables(conversation, actor) if conversation else {}
        return [self.filled(one, values) for one in found]

    def variables(self, conversation: Conversation, actor: Actor) -> dict[str, str]:
        """What the variables stand for in this conversation; those without a value are missing."""
        rules = self._rules.of(conversation.estate_id)
        now = self._clock.now()
        tickets = working(conversation)
        due = (tickets[0].next_due or tickets[0].due) if tickets else None
        estate = next((one for one in self._rules.estates if one.id == conversation.estate_id), None)
        room = tickets[0].room_name if tickets else ""
        values = {
            "name": conversation.name,
            "room": room or (conversation.homes[0].name if conversation.homes else ""),
            "number": tickets[0].number if tickets else "",
            "due": say_time(due, now, rules.zone) if due is not None and due > now else "",
            "staff": surname_title(actor.name, actor.title) if actor.title else actor.name,
            "estate": estate.name if estate else "",
            "hotline": estate.phone if estate else "",
        }
        return {name: value for name, value in values.items() if value}

    def filled(self, canned: Canned, values: Mapping[str, str]) -> Filled:
        """With the variables put in."""
        missing = tuple(dict.fromkeys(name for name in _VARIABLE.findall(canned.text) if name not in values))
        text = _VARIABLE.sub(lambda match: values.get(match[1], match[0]), canned.text)
        return Filled(canned, text, missing)

    async def add(self, fields: Mapping[str, Any], actor: Actor, *, key: str) -> Canned:
        """A new one; raises Incomplete or NotAllowed."""
        values = await self._checked(fields, actor)
        id = derived(key, "canned")
        await self._stores.canned.add(Canned(id=id, **values))
        return await self._stores.canned.get(id)

    async def change(self, id: str, fields: Mapping[str, Any], actor: Actor) -> Canned:
        """Other words, another shortcut."""
        canned = await self.get(id, actor)
        may_change(canned, actor)
        await self._stores.canned.change(id, await self._checked(fields, actor, id))
        return await self._stores.canned.get(id)

    async def remove(self, id: str, actor: Actor) -> None:
        """Throw it away."""
        may_change(await self.get(id, actor), actor)
        await self._stores.canned.remove(id)

    async def get(self, id: str, actor: Actor) -> Canned:
        """One that this colleague may use; raises NotFound."""
        canned = await self._stores.canned.get(id)
        if not usable(canned, actor, None):
            raise NotFound(id)
        return canned

    async def used(self, id: str, actor: Actor) -> None:
        """Somebody sent it."""
        if any(one.id == id for one in await self._stores.canned.of(actor.id)):
            await self._stores.canned.used(id)

    async def _checked(self, fields: Mapping[str, Any], actor: Actor, id: str = "") -> dict[str, Any]:
        values = ready_fields(fields, actor, self._rules)
        text = str(fields["text"]).strip()
        if not text or len(text) > LONGEST_REPLY:
            raise Incomplete(f"内容 1-{LONGEST_REPLY} 个字", text="length")
        if wrong := sorted({name for name in _VARIABLE.findall(text) if name not in VARIABLES}):
            raise Incomplete("没有这些变量", variables=wrong, known=list(VARIABLES))
        shortcut = str(fields.get("shortcut") or "").strip().lstrip("/").lower()
        if shortcut and not SHORTCUT.fullmatch(shortcut):
            raise Incomplete("快捷词用 1-20 个字,不带空格", shortcut=shortcut)
        theirs = await self._stores.canned.of(actor.id)
        taken = [
            one
            for one in theirs
            if one.id != id and one.owner == values["owner"] and one.estate_id == values["estate_id"]
        ]
        if shortcut and any(one.shortcut == shortcut for one in taken):
            raise Incomplete("这个快捷词已经有了", shortcut=shortcut)
        if len(taken) >= MOST_OWN:
            raise Incomplete(f"最多 {MOST_OWN} 条", canned=len(taken))
        return {**values, "text": text, "shortcut": shortcut, "by": actor.tag, "changed_at": self._clock.now()}


def usable(one: Ready, actor: Actor, estate: str | None) -> bool:
    """One's own, and the shared ones of one's estates; with ``estate``: of that one."""
    if one.owner:
        return one.owner == actor.id
    if estate and one.estate_id and one.estate_id != estate:
        return False
    return not one.estate_id or actor.in_scope(one.estate_id)


def may_change(one: Ready, actor: Actor) -> None:
    """One's own; shared ones are a supervisor's matter. Raises NotAllowed."""
    if one.owner != actor.id and not actor.supervises:
        raise NotAllowed("公用的由主管来改", needs=["supervisor"])


def ready_fields(fields: Mapping[str, Any], actor: Actor, rules: Rulebook) -> dict[str, Any]:
    """Name, owner and estate of something ready, checked."""
    name = str(fields["name"]).strip()
    if not name or len(name) > LONGEST_NAME:
        raise Incomplete(f"名称 1-{LONGEST_NAME} 个字", name="length")
    if fields.get("personal"):
        return {"name": name, "owner": actor.id, "estate_id": ""}
    if not actor.supervises:
        raise NotAllowed("公用的由主管来写,可以先存成自己的", needs=["supervisor"])
    estate = str(fields.get("estate") or rules.only_estate)
    if estate and estate not in {one.id for one in rules.estates}:
        raise Incomplete("没有这个小区", estate=estate)
    if estate and not actor.in_scope(estate):
        raise NotAllowed("这个小区不归您管", estate=estate)
    if not estate and actor.estates:
        raise Incomplete("请选小区", estate="missing")
    return {"name": name, "owner": "", "estate_id": estate}

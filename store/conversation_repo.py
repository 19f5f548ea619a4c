"""What is done with a conversation: its two leases, the waiting marks, and small changes from many sides at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from store.client import Database, Row
from store.conversation_lists import ConversationLists, changed, marks_of_new
from store.conversations import EPOCH, Conversation, EndedTicket, OpenTicket, ParkedText, PendingRevisit
from store.errors import Duplicate, NotFound
from store.repo import while_still
from store.together import Together

# Lists inside the document are cut, oldest first, so that it stays small whatever a person does. Nothing is lost:
# tickets and deliveries have rows of their own, and a parked row that is not found here is queued again.
MOST_TICKETS = 100
MOST_ENDED = 50
MOST_PARKED = 50
MOST_REVISITS = 20

SENDING_FIELDS = dict.fromkeys("app_id openid estate_id resident_id followed allowance created_at".split(), 1)


@dataclass(frozen=True)
class Claim:
    """A lease that is asked for."""

    id: str
    holder: str
    until: datetime


class ConversationRepo(ConversationLists):
    """The only code that knows the ``conversations`` collection."""

    name = "conversations"

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._claims: Together[Claim, bool] = Together(self._claim_all)

    async def get(self, id: str) -> Conversation:
        """The conversation; raises NotFound."""
        row = await self._one_with_others(id)
        if row is None:
            raise NotFound(id)
        return Conversation.of(row)

    async def find(self, id: str) -> Conversation | None:
        """The conversation, or None."""
        row = await self._one({"_id": id})
        return None if row is None else Conversation.of(row)

    async def create(self, conversation: Conversation) -> bool:
        """Insert it; False when it is there already, and then it is left as it is."""
        try:
            await self._insert(conversation.row())
        except Duplicate:
            return False
        return True

    # ---- the lease: one process at a time works on a conversation ----

    async def claim(self, id: str, *, holder: str, wall: datetime, length: timedelta) -> bool:
        """Take the lease if it is free or run out; the fence grows, so that a late former holder can change nothing."""
        return await self.claim_free(id, holder=holder, wall=wall, length=length) or await self.claim_left(
            id, holder=holder, wall=wall, length=length
        )

    async def claim_free(self, id: str, *, holder: str, wall: datetime, length: timedelta) -> bool:
        """Take the lease if its last holder gave it back.

        It is asked for together with others' leases, and may then end a moment before ``wall + length``; two that ask
        for the same one must not be ``holder`` by one name.
        """
        return await self._claims.do(Claim(id, holder, wall + length))

    async def _claim_all(self, claims: Sequence[Claim]) -> list[bool]:
        holders = {claim.holder for claim in claims}
        got = {holder: await self._claim_for([c for c in claims if c.holder == holder]) for holder in holders}
        heard = []
        for claim in claims:
            heard.append(claim.id in got[claim.holder])
            got[claim.holder].discard(claim.id)  # whoever else asked for the same one has not got it
        return heard

    async def _claim_for(self, claims: Sequence[Claim]) -> set[str]:
        """The ids of what one holder got. One update of many rows costs the server little more than one of one row."""
        ids = list({claim.id for claim in claims})
        lease = {"holder": claims[0].holder, "until": min(claim.until for claim in claims)}
        taken = await self._update_many(
            {"_id": {"$in": ids}, "lease.holder": ""}, {"$set": {"lease": lease}, "$inc": {"fence": 1}}
        )
        if taken in (0, len(ids)):
            return set(ids[:taken])
        rows = await self._list({"_id": {"$in": ids}, "lease": lease}, limit=len(ids), projection={"_id": 1})
        return {row["_id"] for row in rows}

    async def claim_left(self, id: str, *, holder: str, wall: datetime, length: timedelta) -> bool:
        """Take a lease that ran out. It comes with a waiting mark: what its holder left is looked for first."""
        lease = {"lease": {"holder": holder, "until": wall + length}}
        return await self._update(
            {"_id": id, "lease.until": {"$lte": wall}}, {"$set": lease, "$inc": {"fence": 1, "waiting": 1}}
        )

    async def mark_waiting(self, id: str, *, wall: datetime) -> bool:
        """Tell the holder that a message waits; False when nobody holds it any more (claim again)."""
        return await self._update({"_id": id, "lease.until": {"$gt": wall}}, {"$inc": {"waiting": 1}})

    async def extend(self, id: str, *, fence: int, until: datetime) -> bool:
        """Keep the lease longer; False when it was lost."""
        return await self._update({"_id": id, "fence": fence}, {"$set": {"lease.until": until}})

    async def finish(
        self,
        id: str,
        *,
        fence: int,
        changes: Mapping[str, Any],
        tickets: Sequence[OpenTicket] = (),
        release: bool,
        key: str = "",
    ) -> bool:
        """Write what handling changed, under the fence; with ``release`` only if nobody waits. False: not written.

        ``tickets`` are new ones to show; they are added, not set, because colleagues change the list meanwhile.
        ``key``: the message that ``changes`` says was handled under this fence; the write then shares a command.
        """
        filter = while_still(id, fence=fence, waiting=0) if release else while_still(id, fence=fence)
        values = dict(changes)
        if release:
            values["lease"] = {"holder": "", "until": EPOCH}
        if tickets:
            values["marked"] = True
        update: dict[str, Any] = changed(values) | {"$inc": {"version": 1}}
        if tickets:
            update["$push"] = {"tickets": _kept([ticket.model_dump() for ticket in tickets], MOST_TICKETS)}
            update |= marks_of_new(tickets)
        if not key:
            return await self._update(filter, update)
        written = await self._update_with_others(filter, update)
        if written is not None:
            return written
        current = await self._one_with_others(id)
        return current is not None and any(
            done["key"] == key and done.get("fence") == fence for done in current.get("recent", ())
        )

    async def release(self, id: str, *, fence: int) -> bool:
        """Give the lease back with work left undone: whoever claims it next looks for waiting messages first.

        False when it was lost before.
        """
        return await self._update({"_id": id, "fence": fence}, {"$set": {"lease.until": EPOCH}})

    async def take_waiting(self, id: str, *, fence: int) -> bool:
        """Acknowledge the waiting marks before looking for the waiting messages."""
        return await self._update({"_id": id, "fence": fence}, {"$set": {"waiting": 0}})

    # ---- the sender's own lease: deliveries of a person leave one after the other ----

    async def claim_sending(self, id: str, *, holder: str, wall: datetime, length: timedelta) -> bool:
        """Take the right to send to this person."""
        return await self._update(
            {"_id": id, "sending.until": {"$lte": wall}},
            {"$set": {"sending": {"holder": holder, "until": wall + length}}},
        )

    async def keep_sending(self, id: str, *, holder: str, until: datetime) -> bool:
        """Keep that right longer; False when it was lost."""
        return await self._update({"_id": id, "sending.holder": holder}, {"$set": {"sending.until": until}})

    async def release_sending(self, id: str, *, holder: str, spent: int = 0, unsettled: bool = False) -> None:
        """Give it back, and record how many customer messages were spent and whether something is open now."""
        update: dict[str, Any] = {"$set": {"sending": {"holder": "", "until": EPOCH}}}
        if spent:
            update["$inc"] = {"allowance.left": -spent}
        if unsettled:
            update["$set"]["unsettled"] = True
        if await self._update({"_id": id, "sending.holder": holder}, update):
            return
        # The lease ran out and may be somebody else's now, but what was spent is spent.
        del update["$set"]["sending"]
        if spent or unsettled:
            await self._update({"_id": id}, {operator: values for operator, values in update.items() if values})

    # ---- small changes from other sides ----

    async def change(self, id: str, changes: Mapping[str, Any]) -> None:
        """Set fields that have no owner but the caller (name, homes, mode, staff)."""
        if not await self._update({"_id": id}, {**changed(changes), "$inc": {"version": 1}}):
            raise NotFound(id)
        self._tell("conversation", id, estate_id=None, conversation=id)

    async def close_window(self, id: str) -> None:
        """The platform said that no customer message is left."""
        await self._update({"_id": id}, {"$set": {"allowance": {"left": 0, "until": EPOCH}}})

    async def park(self, id: str, text: ParkedText) -> None:
        """Put a reply where the owner's next action finds it; parking it again changes nothing."""
        await self._update(
            {"_id": id, "parked.delivery_id": {"$ne": text.delivery_id}},
            {"$push": {"parked": _kept([text.model_dump()], MOST_PARKED)}},
        )

    async def unpark(self, id: str, delivery_ids: Sequence[str]) -> None:
        """Take replies out that were read or sent another way."""
        await self._update({"_id": id}, {"$pull": {"parked": {"delivery_id": {"$in": list(delivery_ids)}}}})

    async def settled(self, id: str, released: Sequence[str]) -> None:
        """What the owner's action released has been put on record.

        When they acted again meanwhile, and more was released, the conversation stays to be settled.
        """
        done = {"$pull": {"released": {"$in": list(released)}}}
        if not await self._update({"_id": id, "released": list(released)}, {**done, "$set": {"settle": False}}):
            await self._update({"_id": id}, done)

    async def to_settle(self, limit: int = 100) -> list[Conversation]:
        """Conversations whose owner acted while pushes were open."""
        return [Conversation.of(row) for row in await self._list({"settle": True}, limit=limit)]

    async def show_ticket(self, id: str, ticket: OpenTicket, *, open: bool) -> None:
        """Keep the person's open tickets where answering finds them; an older version never overwrites a newer one."""
        await self._show(id, ticket, open=open)
        await self.mark(id)

    async def _show(self, id: str, ticket: OpenTicket, *, open: bool) -> None:
        brief = ticket.model_dump()
        not_ended = {"$not": {"$elemMatch": {"id": ticket.id, "version": {"$gte": ticket.version}}}}
        if not open:
            pull = {"$pull": {"tickets": {"id": ticket.id, "version": {"$lte": ticket.version}}}}
            ended = EndedTicket(id=ticket.id, version=ticket.version).model_dump()
            push = {"$push": {"ended": _kept([ended], MOST_ENDED)}}
            if not await self._update({"_id": id, "ended": not_ended}, {**pull, **push}):
                await self._update({"_id": id}, pull)
            return
        await self._put(id, "tickets", brief, key="id", order="version", most=MOST_TICKETS, only={"ended": not_ended})

    async def await_revisit(self, id: str, revisit: PendingRevisit) -> None:
        """The next words of this person may answer these questions; an older round never overwrites a newer one."""
        pending = revisit.model_dump()
        await self._put(id, "revisits", pending, key="ticket_id", order="round", most=MOST_REVISITS)

    async def forget_revisit(self, id: str, ticket_id: str) -> None:
        """Nothing is asked about this ticket any more."""
        await self._update({"_id": id}, {"$pull": {"revisits": {"ticket_id": ticket_id}}})

    async def of_resident(self, resident_id: str, limit: int = 20) -> list[Conversation]:
        """All conversations of a person (service account, mini-program), oldest first."""
        rows = await self._list({"resident_id": resident_id}, limit=limit)
        return sorted((Conversation.of(row) for row in rows), key=lambda c: c.created_at or EPOCH)

    async def of_residents(self, resident_ids: Sequence[str], limit: int = 5000) -> list[Conversation]:
        """The conversations of many people with what sending to them needs, in no order."""
        rows = await self._list({"resident_id": {"$in": list(resident_ids)}}, limit=limit, projection=SENDING_FIELDS)
        return [Conversation.of(row) for row in rows]

    async def rows_of_ids(self, ids: Sequence[str]) -> list[Row]:
        """Names for a list of conversations."""
        return await self._list({"_id": {"$in": list(ids)}}, limit=len(ids) or 1, projection={"name": 1, "homes": 1})

    async def _put(
        self,
        id: str,
        field: str,
        item: Row,
        *,
        key: str,
        order: str,
        most: int,
        only: Mapping[str, Any] | None = None,
    ) -> None:
        """Put ``item`` into a list, in the place of an older one with the same ``key``; a newer one stays."""
        older = {"$elemMatch": {key: item[key], order: {"$lte": item[order]}}}
        replace: tuple[Row, Row] = ({"_id": id, field: older}, {"$set": {f"{field}.$": item}})
        if await self._update(*replace):
            return
        absent = {"_id": id, f"{field}.{key}": {"$ne": item[key]}, **(only or {})}
        if await self._update(absent, {"$push": {field: _kept([item], most)}}):
            return
        await self._update(*replace)  # somebody put an older one there between the two


def _kept(items: list[dict[str, Any]], most: int) -> dict[str, Any]:
    """What ``$push`` adds, with the newest ``most`` kept."""
    return {"$each": items, "$slice": -most}

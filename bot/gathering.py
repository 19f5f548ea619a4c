"""Which of a person's rows are still worth sending, and which leave as one message (the contract, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.wechat.replies import MAX_TEXT
from desk.deliveries import NEWS, Kind, Verdict, cap_window, may_leave
from desk.revisit_plan import is_first, latest_of
from desk.rulebook import Rules
from store.conversations import Conversation
from store.deliveries import Delivery, DeliveryRepo, DeliveryState
from store.errors import NotFound
from store.ticket_repo import TicketRepo

S = DeliveryState


class Gathering:
    """Decides over queued rows; run under the person's sending lease."""

    def __init__(self, deliveries: DeliveryRepo, tickets: TicketRepo) -> None:
        self._deliveries = deliveries
        self._tickets = tickets

    async def still_wanted(self, rows: Sequence[Delivery], now: datetime) -> list[Delivery]:
        """Without what expired and without news of a ticket that newer news has overtaken: the latest wins."""
        latest = {row.ticket_id: row.id for row in rows if row.kind == Kind.STATUS and row.ticket_id}
        kept: list[Delivery] = []
        for row in rows:
            newest = latest.get(row.ticket_id or "", row.id) if row.kind == Kind.STATUS else row.id
            if row.expires_at is not None and row.expires_at <= now:
                await self._deliveries.move(row, S.CANCELLED, at=now, changes={"reason": "expired"})
            elif newest != row.id:
                await self._deliveries.move(row, S.MERGED, at=now, changes={"merged_into": newest})
            elif row.attempts and await self._overtaken(row):
                await self._deliveries.move(row, S.CANCELLED, at=now, changes={"reason": "newer news has left"})
            else:
                kept.append(row)
        return kept

    async def _overtaken(self, row: Delivery) -> bool:
        """Back in the queue after an unknown or failed try, while later news of the same ticket went out."""
        if row.kind not in NEWS or row.ticket_id is None or row.retrying:
            return False
        left = [
            await self._deliveries.last_sent_of_ticket(row.ticket_id, kind.value, since=row.created_at) for kind in NEWS
        ]
        return any(at is not None and at > row.created_at for at in left)

    async def verdict(self, row: Delivery, conversation: Conversation, rules: Rules, now: datetime) -> Verdict:
        """Whether quiet hours and caps let this row leave now."""
        kind = Kind(row.kind)
        settings = rules.settings.delivery
        last_sent = await self._last_sent(row, kind, cap_window(kind, settings), now)
        return may_leave(
            kind,
            now=now,
            zone=rules.zone,
            settings=settings,
            last_inbound_at=conversation.last_inbound_at,
            last_sent_at=last_sent,
            latest=await self._latest(row, rules) if kind is Kind.REVISIT and last_sent is not None else None,
        )

    async def _latest(self, row: Delivery, rules: Rules) -> datetime:
        """Beyond which no cap holds this revisit back. The ticket is read only where a cap is about to."""
        general = rules.settings.revisit
        without_ticket = row.created_at + (general.latest - general.delay)
        if row.ticket_id is None:
            return without_ticket
        try:
            ticket = await self._tickets.get(row.ticket_id)
        except NotFound:
            return without_ticket
        return latest_of(ticket, rules, made=row.created_at, first=is_first(row.id))

    async def _last_sent(self, row: Delivery, kind: Kind, window: timedelta | None, now: datetime) -> datetime | None:
        if window is None:
            return None
        if kind is not Kind.STATUS:
            return await self._deliveries.last_sent_to(row.conversation_id, kind.value, since=now - window)
        if row.ticket_id is None:
            return None
        return await self._deliveries.last_sent_of_ticket(row.ticket_id, kind.value, since=now - window)

    async def companions(
        self, row: Delivery, later: Sequence[Delivery], conversation: Conversation, rules: Rules, now: datetime
    ) -> list[Delivery]:
        """Rows that leave in ``row``'s message: of its kind, made soon after it, free to go, next in order."""
        within = rules.settings.delivery.merge(row.kind)  # type: ignore[arg-type]
        if not within or row.menu:
            return []
        found: list[Delivery] = []
        size = len(row.text.encode())
        for other in later:
            if other.not_before > now:
                continue
            if other.kind != row.kind or other.attempts or other.menu:
                break
            if other.created_at - row.created_at > within:
                break
            if (await self.verdict(other, conversation, rules, now)).until is not None:
                continue  # held back: its own turn says until when
            size += len(other.text.encode()) + 2
            if size > MAX_TEXT:
                break
            found.append(other)
        return found

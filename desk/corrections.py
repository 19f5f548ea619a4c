"""One click says what the words meant: kept as an example to learn from, and the ticket is put right."""

from __future__ import annotations

from desk.actors import Actor
from desk.errors import Incomplete
from desk.gaps import masked
from desk.targets import Targets
from desk.tickets import Tickets
from nlp import Intent, Label
from store.clock import Clock
from store.conversations import Conversation
from store.errors import NotFound
from store.examples import Example
from store.ids import derived
from store.messages import Correction, Direction, Message
from store.stores import Stores
from store.tickets import Category

CATEGORY = {
    Label.REPAIR: Category.REPAIR,
    Label.COMPLAINT: Category.COMPLAINT,
    Label.INQUIRY: Category.INQUIRY,
    Label.PARCEL: Category.PARCEL,
    Label.OTHER: Category.SUGGESTION,
}


class Corrections:
    """The rules of correcting what the bot understood."""

    def __init__(self, stores: Stores, tickets: Tickets, targets: Targets, clock: Clock) -> None:
        self._stores = stores
        self._tickets = tickets
        self._targets = targets
        self._clock = clock

    async def correct(
        self,
        message: Message,
        conversation: Conversation,
        label: Label,
        actor: Actor,
        *,
        intent: Intent | None = None,
        ticket: str | None = None,
        key: str | None = None,
    ) -> Message:
        """These words mean ``label``; with ``ticket`` (a number) that ticket's category follows."""
        if message.direction is not Direction.INBOUND or not message.text.strip():
            raise Incomplete("只能更正业主写的话", line=message.id)
        changed = None
        if ticket is not None:
            found = await self._tickets.by_number(ticket, actor)
            if found.conversation_id != conversation.id:
                raise NotFound(ticket)
            if found.category is not CATEGORY[label]:
                changed = await self._targets.reclassify(
                    found, actor, category=CATEGORY[label], reason="更正机器人的理解", key=key
                )
        was = message.understanding or {}
        now = self._clock.now()
        await self._stores.examples.put(
            Example(
                id=derived(message.id, "example"),
                estate_id=conversation.estate_id,
                conversation_id=conversation.id,
                message_id=message.id,
                text=masked(message.text)[:2000],
                label=label.value,
                intent=intent.value if intent else "",
                was_label=str(was.get("label") or ""),
                was_intent=str(was.get("intent") or ""),
                was_confidence=float(was.get("confidence") or 0.0),
                lexicon_version=str(was.get("lexicon_version") or ""),
                ticket=changed.number if changed else ticket or "",
                by=actor.tag,
                at=now,
            )
        )
        correction = Correction(
            label=label.value, intent=intent.value if intent else "", by=actor.tag, by_name=actor.name, at=now
        )
        await self._stores.messages.correct(message, correction)
        return await self._stores.messages.get(message.id)

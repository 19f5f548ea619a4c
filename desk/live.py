"""Live events for the inbox: a hint that something changed, told from anywhere in the house."""

from __future__ import annotations

from store.live import Event
from store.stores import Stores


class Live:
    """Tells pages to look again. Never raises, never waits, costs no database operation."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def tell(
        self,
        kind: str,
        id: str,
        *,
        estate_id: str | None = "",
        conversation: str | None = None,
        ticket: str | None = None,
        person: str | None = None,
        staff: str | None = None,
        state: str | None = None,
        to: tuple[str, ...] = (),
    ) -> None:
        """``kind`` with this id changed: ids only, never words. The kinds stand in docs/inbox.md.

        ``estate_id=None``: known by its conversation. ``ticket`` is a number. ``to``: only these colleagues hear it.
        """
        self._stores.live.tell(
            Event(
                kind=kind,
                id=id,
                estate_id=estate_id,
                conversation=conversation,
                ticket=ticket,
                person=person,
                staff=staff,
                state=state,
                to=to,
            )
        )

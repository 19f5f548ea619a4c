"""Charges: what a piece of work costs, and what its owner said to it, word for word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from store.documents import Document, Part
from store.errors import NotFound
from store.repo import Repo


class ChargeState(StrEnum):
    """How far a charge is."""

    PROPOSED = "proposed"
    """Written down; its owner could not be asked in a chat yet."""
    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    BILLED = "billed"


WAITING = (ChargeState.PROPOSED, ChargeState.ASKED)
"""The owner has not said yes or no."""


class Item(Part):
    """One line of the price; money in fen."""

    name: str
    quantity: str
    unit: str = ""
    unit_price: int
    amount: int


class Step(Part):
    """Something that happened to it."""

    at: datetime
    by: str
    kind: str
    """proposed | asked | accepted | refused | withdrawn | billed"""
    said: str = ""


class Charge(Document):
    """What is asked for one ticket. ``_id`` is its number with a count behind it: ``R20260310-0001-1``."""

    ticket_id: str
    number: str
    estate_id: str = ""
    person_id: str = ""
    items: tuple[Item, ...]
    total: int
    """Fen."""
    note: str = ""
    state: ChargeState = ChargeState.PROPOSED
    by: str
    key: str = ""
    """The request that it comes from."""
    asked_at: datetime | None = None
    answer: str = ""
    """What the owner said, word for word."""
    answered_at: datetime | None = None
    answered_by: str = ""
    answer_key: str = ""
    """The message that it came with."""
    way: str = ""
    """chat | miniprogram | phone | desk"""
    billed_at: datetime | None = None
    billed_by: str = ""
    steps: tuple[Step, ...] = ()
    version: int = 0
    created_at: datetime


class ChargeRepo(Repo):
    """The only code that knows the ``charges`` collection."""

    name = "charges"

    async def add(self, charge: Charge) -> None:
        """Insert; raises Duplicate when this number is taken."""
        await self._insert(charge.row())

    async def get(self, id: str) -> Charge:
        """The charge; raises NotFound."""
        row = await self._one({"_id": id})
        if row is None:
            raise NotFound(id)
        return Charge.of(row)

    async def of_ticket(self, ticket_id: str, limit: int = 50) -> list[Charge]:
        """All charges of a ticket, the newest first."""
        found = [Charge.of(row) for row in await self._list({"ticket_id": ticket_id}, limit=limit)]
        return sorted(found, key=lambda one: (one.created_at, len(one.id), one.id), reverse=True)

    async def change(self, charge: Charge, step: Step, changes: Mapping[str, Any]) -> Charge | None:
        """Write one change if the charge still is as the caller saw it; None when it is not."""
        won = await self._update(
            {"_id": charge.id, "state": charge.state, "version": charge.version},
            {"$set": dict(changes), "$inc": {"version": 1}, "$push": {"steps": step.model_dump()}},
        )
        return await self.get(charge.id) if won else None

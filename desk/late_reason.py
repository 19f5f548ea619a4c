"""Why something is late, from what the desk knows without asking anybody; nothing is made up."""

from __future__ import annotations

from store.stores import Stores
from store.tickets import Category, State, Ticket

MOST = 20


async def known_reason(stores: Stores, ticket: Ticket) -> str:
    """In words that an owner may read; empty when nothing is known."""
    repair = ticket.category is Category.REPAIR
    if ticket.state is State.NEW and ticket.executor is None:
        return "还没有师傅接单" if repair else ""
    if ticket.executor is None:
        return ""
    who = "师傅" if repair else "同事"
    others = [one for one in await stores.tickets.open_of(ticket.executor, MOST) if one.id != ticket.id]
    busy = [one for one in others if one.state is State.IN_PROGRESS]
    if any(one.urgent for one in busy):
        return f"{who}正在处理一件急修"
    return f"{who}上一件还没处理完" if busy else ""

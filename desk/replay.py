"""Trying words of one's own on what owners wrote: which messages would be understood otherwise, and by which words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from desk.actors import Actor
from desk.gaps import masked
from nlp.meaning import Understanding
from nlp.overlay import Overlay
from nlp.trial import Reason, Trial
from nlp.understanding import reader
from store.clock import Clock
from store.lexicons import Found
from store.messages import Message
from store.stores import Stores

MOST_LISTED = 200
PAGE = 500
FIRST_STEP = timedelta(days=1)
BEGINNING = timedelta(days=365 * 20)
AHEAD = timedelta(minutes=5)
"""Another process' clock may be a little early."""


@dataclass(slots=True)
class Changed:
    """One message that would be understood otherwise."""

    message: str
    conversation: str
    at: datetime
    text: str
    """Without phone numbers, rooms and names."""
    was: Understanding
    becomes: Understanding
    reasons: tuple[Reason, ...]
    times: int = 0
    """How often the very same words were written."""

    @property
    def emergency_lost(self) -> bool:
        """Somebody would have gone at once, and would no longer."""
        return self.was.urgent and not self.becomes.urgent


@dataclass(slots=True)
class Replay:
    """What a document would change. ``moves``: how many messages from which label to which."""

    digest: str
    against: str
    whole: bool
    """Whether it was tried on the messages of every estate, and may be published."""
    found: Found
    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    changed: list[Changed] = field(default_factory=list)
    """Emergencies that would be lost first, then the newest."""
    unmet: tuple[str, ...] = ()
    """Words that stand in none of the messages."""


async def replayed(
    stores: Stores, clock: Clock, held: Overlay | None, overlay: Overlay, by: Actor, *, limit: int, replay: Replay
) -> Replay:
    """Fill ``replay``: ``overlay`` beside what holds now (``held``), on the last ``limit`` messages."""
    trial = await asyncio.to_thread(_trial, held, overlay)
    known: dict[str, Changed | None] = {}
    read = concerned = 0
    async for page in _pages(stores, clock, None if replay.whole else by, limit):
        read += len(page)
        concerned += await asyncio.to_thread(_compare, trial, page, known, replay)
    replay.unmet = tuple(sorted(overlay.touched - trial.met))
    every = [one for one in known.values() if one is not None]
    counts = {
        "read": read,
        "concerned": concerned,
        "changed": sum(one.times for one in every),
        "lost": sum(one.times for one in every if one.emergency_lost),
        "gained": sum(one.times for one in every if one.becomes.urgent and not one.was.urgent),
        "unmet": len(replay.unmet),
    }
    replay.found = replay.found.model_copy(update=counts)
    replay.changed = sorted(every, key=lambda one: (not one.emergency_lost, -one.at.timestamp()))[:MOST_LISTED]
    return replay


def _trial(held: Overlay | None, overlay: Overlay) -> Trial:
    touched = overlay.touched | (held.touched if held is not None else frozenset())
    return Trial(reader(held), reader(overlay), touched)


async def _pages(stores: Stores, clock: Clock, by: Actor | None, limit: int) -> AsyncIterator[list[Message]]:
    """What owners wrote, newest first, in windows that grow until there is enough. ``by``: only in their estates."""
    before = clock.now() + AHEAD
    last, step, left = before - BEGINNING, FIRST_STEP, limit
    seen = set[str]()
    while left > 0 and before > last:
        since = max(before - step, last)
        rows = await stores.messages.said(since=since, before=before, limit=PAGE)
        fresh = [row for row in rows if row.id not in seen]
        seen = {row.id for row in rows}
        full = len(rows) == PAGE
        # A full page: the rest of the window comes next, its last moment once more (several may share it).
        before = rows[-1].at + timedelta(milliseconds=1) if full and fresh else since
        step = step / 2 if full else step * 2 if rows else step * 8
        page = [row for row in fresh if row.text.strip()]
        if page and by is not None:
            page = await _in_scope(stores, page, by)
        if page:
            yield page[:left]
            left -= len(page)


async def _in_scope(stores: Stores, page: Iterable[Message], by: Actor) -> list[Message]:
    rows = list(page)
    chats = await stores.conversations.listed_of_ids(sorted({row.conversation_id for row in rows}))
    mine = {one.id for one in chats if not one.estate_id or by.in_scope(one.estate_id)}
    return [row for row in rows if row.conversation_id in mine]


def _compare(trial: Trial, page: list[Message], known: dict[str, Changed | None], replay: Replay) -> int:
    """Look at one page; the same words are looked at once. Gives how many hold one of the words."""
    concerned = 0
    for message in page:
        text = message.text
        if not trial.concerns(text):
            continue
        concerned += 1
        if text not in known:
            known[text] = _changed(trial, message)
        one = known[text]
        if one is not None:
            one.times += 1
            move = one.was.label.value, one.becomes.label.value
            replay.moves[move] = replay.moves.get(move, 0) + 1
    return concerned


def _changed(trial: Trial, message: Message) -> Changed | None:
    found = trial.difference(message.text)
    if found is None:
        return None
    text = masked(message.text)[:500]
    return Changed(message.id, message.conversation_id, message.at, text, found.was, found.becomes, found.reasons)

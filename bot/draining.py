"""The database is back: what was kept on the disk goes in, each owner's in order, whichever process had kept it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

from bot.inbound import conversation_id
from bot.metrics import SPOOLED, SWEPT
from bot.pipeline import Pipeline
from bot.spool import Spool
from bot.tasks import each
from bot.wechat.push import Push
from store.errors import Unavailable
from store.messages import Handling, MessageRepo

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 30.0
"""So long an owner's later pushes wait for earlier ones that another process of this machine keeps."""


class Draining:
    """Works off this process's file together with those of the dead; answers leave as deliveries."""

    def __init__(self, spool: Spool, pipeline: Pipeline, messages: MessageRepo) -> None:
        self._spool = spool
        self._pipeline = pipeline
        self._messages = messages
        self._waiting_since: dict[str, float] = {}

    async def drain(self) -> None:
        """One round. Raises Unavailable; what is left goes in the next time."""
        own = await self._spool.waiting() if self._spool else []
        with self._spool.left_by_the_dead() as files:
            dead = [push for _, pushes in files for push in pushes]
            if own or files:
                elsewhere = _by_owner(await asyncio.to_thread(self._spool.of_others, [path for path, _ in files]))
                with self._spool.held({conversation_id(push) for push in dead}):
                    done: set[str] = set()
                    # By time, over all files; of one second the dead process's first.
                    queues = _by_owner(sorted([*dead, *own], key=lambda push: push.created_at))
                    await each(queues.items(), lambda one: self._drain_owner(*one, elsewhere.get(one[0], []), done))
                    for path, pushes in files:
                        if all(push.key in done for push in pushes):
                            path.unlink(missing_ok=True)
        SPOOLED.set(len(self._spool))

    async def _drain_owner(self, owner: str, pushes: list[Push], elsewhere: list[Push], done: set[str]) -> None:
        """One after the other; when the database goes away again, the rest waits for its return."""
        for push in pushes:
            if await self._comes_later(owner, push, elsewhere):
                return
            fresh = Push.from_dict({**push.to_dict(), "stale": False})
            try:
                kept = await self._pipeline.keep(fresh, late=True)
                if isinstance(kept, asyncio.Task):
                    await asyncio.shield(kept)
            except Unavailable:
                raise
            except Exception as failed:  # one push must not hold up the others
                log.exception("spooled push %s cannot be taken in", push.key)
                self._spool.set_aside(push, repr(failed))
            await self._spool.drained(push.key, owner)
            done.add(push.key)
            SWEPT.labels("spooled").inc()

    async def _comes_later(self, owner: str, push: Push, elsewhere: list[Push]) -> bool:
        """Whether an earlier push of this owner is still in another living process's file; not for ever."""
        for earlier in elsewhere:
            if earlier.created_at >= push.created_at or await _handled(earlier, self._messages):
                continue
            since = self._waiting_since.setdefault(owner, time.monotonic())
            if time.monotonic() - since < PATIENCE_SECONDS:
                return True
            log.warning("push %s no longer waits for %s, which another process keeps", push.key, earlier.key)
        self._waiting_since.pop(owner, None)
        return False


async def waits_elsewhere(push: Push, spool: Spool, messages: MessageRepo) -> bool:
    """Whether something earlier of this owner is in another process's file and not handled yet.

    Raises Unavailable. The database is asked only while there are such files.
    """
    if spool.is_alone():
        return False
    theirs = _by_owner(await asyncio.to_thread(spool.of_others, ())).get(conversation_id(push), [])
    for earlier in theirs:
        if earlier.key != push.key and earlier.created_at < push.created_at and not await _handled(earlier, messages):
            return True
    return False


async def _handled(push: Push, messages: MessageRepo) -> bool:
    known = await messages.find(push.key)
    return known is not None and known.state is not Handling.RECEIVED


def _by_owner(pushes: Iterable[Push]) -> dict[str, list[Push]]:
    owners: dict[str, list[Push]] = {}
    for push in pushes:
        owners.setdefault(conversation_id(push), []).append(push)
    return owners

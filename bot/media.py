"""Fetches what owners sent before WeChat throws it away; never inside the five seconds of an answer."""

from __future__ import annotations

import asyncio
import logging

from bot.wechat.client import OfficialAccount
from bot.wechat.errors import Step, WeChatError, WeChatFailure
from desk.desk import Desk
from store.errors import Unavailable
from store.media import Medium

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
DOWNLOAD_SECONDS = 60.0
"""A film of 25 megabytes over a slow line."""
AT_ONCE = 3
"""Fetched side by side: each may hold thirty megabytes for a moment."""
GONE = (40004, 40007)
"""WeChat knows no such media, or not any more."""
LATER = (Step.RETRY, Step.ALERT, Step.REFRESH)


class MediaFetch:
    """Takes what is due, one worker each; a worker that dies leaves it due again."""

    def __init__(self, desk: Desk, account: OfficialAccount) -> None:
        self._desk = desk
        self._account = account

    async def run(self) -> None:
        """Every second, until cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                while await self.poll_once():
                    pass
            except Unavailable:
                log.warning("the database does not answer, media wait")

    async def poll_once(self) -> int:
        """Fetch what is due now; gives how many were taken."""
        due = await self._desk.stores.media.due(at=self._desk.clock.now())
        free = asyncio.Semaphore(AT_ONCE)

        async def one(medium: Medium) -> bool:
            async with free:
                mine = await self._desk.media.take(medium)
                if mine is not None:
                    await self._fetch(mine)
                return mine is not None

        results = await asyncio.gather(*(one(medium) for medium in due), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return sum(bool(result) for result in results)

    async def _fetch(self, medium: Medium) -> None:
        media = self._desk.media
        try:
            content = await self._account.get_media(medium.source)
        except WeChatError as refused:
            if refused.errcode in GONE:
                await media.gone(medium, "gone")
            elif refused.action.step in LATER:
                await media.try_again(medium, f"errcode {refused.errcode}")
            else:
                await media.gone(medium, f"errcode {refused.errcode}")
            return
        except WeChatFailure as failed:
            await media.try_again(medium, str(failed))
            return
        try:
            kept = await media.keep(medium, content)
        except Unavailable:
            raise
        except Exception as failed:  # one bad file must not hold up the others
            log.exception("media %s could not be kept", medium.id)
            await media.try_again(medium, type(failed).__name__)
            return
        if kept is not None and kept.reason:
            log.info("media %s is %s: %s", kept.id, kept.state.value, kept.reason)

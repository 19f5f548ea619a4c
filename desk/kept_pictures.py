"""Pictures that colleagues bring: checked, cleaned to their pixels, kept with a small one."""

from __future__ import annotations

import asyncio

from desk.errors import Incomplete
from desk.pictures import Unfit, fit
from store.clock import Clock
from store.media import MediaState, Medium
from store.stores import Stores

REFUSED = {
    "empty": "这张照片是空的",
    "too_large": "照片太大了,最大 10 MB",
    "too_many_pixels": "照片太大了,请用小一点的",
    "broken": "这张照片打不开,请换一张",
}


class KeptPictures:
    """Takes in what a colleague uploads, one at a time: forty million pixels are a lot of memory."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._one = asyncio.Semaphore(1)

    async def keep(
        self, id: str, content: bytes, *, source: str, estate_id: str, conversation_id: str = "", ticket_id: str | None
    ) -> Medium:
        """The picture under this id; raises Incomplete for what is none, or too large."""
        try:
            async with self._one:
                fine = await asyncio.to_thread(fit, "image", content)
        except Unfit as unfit:
            said = REFUSED.get(unfit.reason, "这不是照片,请用 JPEG 或 PNG")
            raise Incomplete(said, reason=unfit.reason) from unfit
        now = self._clock.now()
        await self._stores.files.put(f"{id}:small", fine.thumb)
        await self._stores.files.put(id, fine.content)
        medium = Medium(
            id=id,
            conversation_id=conversation_id,
            ticket_id=ticket_id,
            estate_id=estate_id,
            kind="image",
            source=source,
            state=MediaState.KEPT,
            content_type=fine.content_type,
            size=len(fine.content),
            width=fine.width,
            height=fine.height,
            thumb=bool(fine.thumb),
            created_at=now,
            expires_at=now,
            due=now,
            settled_at=now,
        )
        await self._stores.media.add([medium])
        return medium

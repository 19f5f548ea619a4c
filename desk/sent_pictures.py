"""Pictures that colleagues send to an owner: checked and cleaned like all others, then sent with a reply."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from desk.actors import Actor
from desk.errors import Incomplete
from desk.photos import REFUSED
from desk.pictures import Unfit, fit
from store.clock import Clock
from store.conversations import Conversation
from store.ids import Ids, derived
from store.media import MediaState, Medium
from store.stores import Stores

BY_STAFF = "staff:"
"""How the source of a medium begins that a colleague brought."""


class SentPictures:
    """The rules of pictures that go out."""

    def __init__(self, stores: Stores, clock: Clock, ids: Ids) -> None:
        self._stores = stores
        self._clock = clock
        self._ids = ids
        self._one_picture = asyncio.Semaphore(1)  # forty million pixels are a lot of memory

    async def keep(self, conversation: Conversation, content: bytes, by: Actor, *, key: str | None = None) -> Medium:
        """Keep a picture for a reply; raises Incomplete for what is no picture, or too large."""
        id = derived(key, "sent picture") if key else self._ids.new()
        for known in await self._stores.media.of_ids([id]):
            return known
        try:
            async with self._one_picture:
                fine = await asyncio.to_thread(fit, "image", content)
        except Unfit as unfit:
            said = REFUSED.get(unfit.reason, "这不是照片,请用 JPEG 或 PNG")
            raise Incomplete(said, reason=unfit.reason) from unfit
        now = self._clock.now()
        await self._stores.files.put(f"{id}:small", fine.thumb)
        await self._stores.files.put(id, fine.content)
        medium = Medium(
            id=id,
            conversation_id=conversation.id,
            estate_id=conversation.estate_id,
            kind="image",
            source=by.tag,
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

    async def chosen(self, ids: Sequence[str], conversation: Conversation) -> list[str]:
        """These, if colleagues brought them for this conversation; raises Incomplete."""
        wanted = list(dict.fromkeys(ids))
        found = {one.id: one for one in await self._stores.media.of_ids(wanted)} if wanted else {}
        good = {
            one.id
            for one in found.values()
            if one.conversation_id == conversation.id
            and one.source.startswith(BY_STAFF)
            and one.state is MediaState.KEPT
        }
        if wrong := [id for id in wanted if id not in good]:
            raise Incomplete("图片要先在这个会话里上传", media=wrong)
        return wanted

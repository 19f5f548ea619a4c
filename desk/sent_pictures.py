"""Pictures that colleagues send to an owner: checked and cleaned like all others, then sent with a reply."""

from __future__ import annotations

from collections.abc import Sequence

from desk.actors import Actor
from desk.errors import Incomplete
from desk.kept_pictures import KeptPictures
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
        self._ids = ids
        self._pictures = KeptPictures(stores, clock)

    async def keep(self, conversation: Conversation, content: bytes, by: Actor, *, key: str | None = None) -> Medium:
        """Keep a picture for a reply; raises Incomplete for what is no picture, or too large."""
        id = derived(key, "sent picture") if key else self._ids.new()
        for known in await self._stores.media.of_ids([id]):
            return known
        return await self._pictures.keep(
            id,
            content,
            source=by.tag,
            estate_id=conversation.estate_id,
            conversation_id=conversation.id,
            ticket_id=None,
        )

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

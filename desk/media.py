"""Photos, recordings and films that owners send: wanted, fetched while WeChat still has them, kept without metadata.

The row is written when the message is handled; the bytes come later, from a worker (``bot/media.py``). The row is
leased by its ``due``: whoever takes it moves that on, and a worker that dies leaves a row that is due again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from desk.actors import Actor
from desk.deliveries import Kind, Outbox
from desk.pictures import Unfit, fit
from desk.residents import Residents
from desk.rulebook import Rulebook
from desk.scope import visible
from desk.wording import shorten
from store.clock import Clock
from store.conversations import Conversation
from store.errors import NotFound
from store.ids import derived
from store.media import MediaState, Medium
from store.staff import Role
from store.stores import Stores
from store.tickets import Ticket

LIFE = timedelta(days=3)
"""How long WeChat keeps what was sent (the fact sheet, section 2.2)."""
LEASE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=30)
ONCE_IN = timedelta(minutes=10)
"""Several that fail together are told once."""
LOOKED_BACK = timedelta(days=730)
MOST_TICKETS = 200
TOLD = ("image", "video", "shortvideo", "voice")
KINDS = ("image", "voice", "video", "shortvideo")
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "audio/amr": "amr",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/mp4": "m4a",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/x-msvideo": "avi",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """Bytes to hand out, with what the browser must know of them."""

    content: bytes
    content_type: str
    name: str


def media_id(key: str) -> str:
    """The id of what came with the message ``key``."""
    return derived(key, "media")


class Media:
    """The rules of media, whoever asks."""

    def __init__(self, stores: Stores, rules: Rulebook, outbox: Outbox, residents: Residents, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._outbox = outbox
        self._residents = residents
        self._clock = clock
        self._one_picture = asyncio.Semaphore(1)  # forty million pixels are a lot of memory

    # ---- coming in ----

    async def want(self, key: str, kind: str, source: str, conversation: Conversation, *, text: str = "") -> str:
        """Remember that the bytes of this message are to be fetched; gives the id. Repeating it adds nothing."""
        now = self._clock.now()
        medium = Medium(
            id=media_id(key),
            conversation_id=conversation.id,
            estate_id=conversation.estate_id,
            kind=kind,
            source=source,
            text=text[:500],
            created_at=now,
            expires_at=now + LIFE,
            due=now,
        )
        await self._stores.media.add([medium])
        return medium.id

    async def take(self, medium: Medium) -> Medium | None:
        """Lease it for one try; None when somebody else has it."""
        now = self._clock.now()
        return await self._stores.media.change(medium, {"due": now + LEASE, "tries": medium.tries + 1})

    async def keep(self, medium: Medium, content: bytes) -> Medium | None:
        """Check, clean and keep what was fetched, or refuse it with the reason; None when somebody else did."""
        try:
            async with self._one_picture:
                fine = await asyncio.to_thread(fit, medium.kind, content)
        except Unfit as unfit:
            return await self._end(medium, MediaState.REFUSED, unfit.reason, size=len(content))
        if fine.thumb:
            await self._stores.files.put(_thumb_id(medium.id), fine.thumb)
        await self._stores.files.put(medium.id, fine.content)
        changes = {
            "state": MediaState.KEPT,
            "content_type": fine.content_type,
            "size": len(fine.content),
            "width": fine.width,
            "height": fine.height,
            "thumb": bool(fine.thumb),
            "reason": "",
            "settled_at": self._clock.now(),
        }
        return await self._stores.media.change(medium, changes)

    async def gone(self, medium: Medium, reason: str) -> Medium | None:
        """WeChat does not have it, and never will."""
        return await self._end(medium, MediaState.GONE, reason)

    async def try_again(self, medium: Medium, problem: str) -> Medium | None:
        """It did not work now: later, ever more rarely, until WeChat has thrown it away."""
        now = self._clock.now()
        if now >= medium.expires_at:
            return await self.gone(medium, "expired")
        pause = min(FIRST_PAUSE * 2 ** min(medium.tries, 12), LONGEST_PAUSE)
        # The last try is made before the bytes are gone.
        due = min(now + pause, medium.expires_at)
        return await self._stores.media.change(medium, {"due": due, "reason": problem[:100]})

    async def _end(self, medium: Medium, state: MediaState, reason: str, *, size: int = 0) -> Medium | None:
        changes = {"state": state, "reason": reason[:100], "size": size, "settled_at": self._clock.now()}
        ended = await self._stores.media.change(medium, changes)
        if ended is not None and ended.kind in TOLD:
            await self._tell(ended)
        return ended

    async def _tell(self, medium: Medium) -> None:
        """The owner hears once, in a friendly way, what to do."""
        chat = await self._stores.conversations.find(medium.conversation_id)
        if chat is None:
            return
        rules = self._rules.of(chat.estate_id)
        slot = int(medium.created_at.timestamp() // ONCE_IN.total_seconds())
        group = "voice" if medium.kind == "voice" else "image" if medium.kind == "image" else "video"
        what = "too_large" if medium.reason in ("too_large", "too_many_pixels") else "lost"
        thing = {"voice": "语音", "image": "照片", "video": "视频"}[group]
        text = rules.texts.say(f"media.{what}_voice" if group == "voice" else f"media.{what}", thing=thing)
        key = f"media:{chat.id}:{group}:{what}:{slot}"
        now = self._clock.now()
        # Said while they are at it; what turns out days later does not wake anybody up.
        awake = now - medium.created_at <= rules.settings.delivery.awake_after_message
        await self._outbox.put(
            key,
            chat,
            Kind.ANSWER if awake else Kind.NOTICE,
            text,
            person_id=chat.person_id,
            template={
                "who": "管家",
                "title": f"{thing}没有收到",
                "remark": shorten(text, 20),
                "time": now.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
            },
        )

    # ---- going out ----

    async def states_of(self, ids: Sequence[str]) -> dict[str, Medium]:
        """The rows of these ids; one that has none (older than media, not of a message) is missing."""
        wanted = sorted(set(ids))
        return {medium.id: medium for medium in await self._stores.media.of_ids(wanted)} if wanted else {}

    async def open_for_staff(self, id: str, actor: Actor, *, small: bool = False) -> Opened:
        """The bytes, if this colleague may see its conversation or a ticket that holds it; raises NotFound."""
        medium = await self._stores.media.get(id)
        if medium.ticket_id is not None:
            if not visible(await self._stores.tickets.get(medium.ticket_id), actor):
                raise NotFound(id)
            return await self._open(medium, small)
        chat = await self._stores.conversations.find(medium.conversation_id)
        estate = chat.estate_id if chat and chat.estate_id else medium.estate_id
        at_desk = actor.supervises or actor.role is Role.FRONTDESK
        in_scope = at_desk and (not estate or actor.in_scope(estate))
        if not in_scope and (chat is None or not await self._on_a_ticket(id, chat.person_id, actor)):
            raise NotFound(id)
        return await self._open(medium, small)

    async def open_for_owner(self, id: str, person_id: str, *, small: bool = False) -> Opened:
        """The bytes of what they sent themselves, or of a ticket that they may see; raises NotFound."""
        medium = await self._stores.media.get(id)
        chat = await self._stores.conversations.find(medium.conversation_id)
        if chat is None or chat.person_id != person_id:
            now = self._clock.now()
            theirs = await self._residents.tickets_for(
                person_id, before=now + ONCE_IN, since=now - LOOKED_BACK, limit=MOST_TICKETS
            )
            if not any(id in media_of(ticket) for ticket in theirs):
                raise NotFound(id)
        return await self._open(medium, small)

    async def _on_a_ticket(self, id: str, person_id: str, actor: Actor) -> bool:
        now = self._clock.now()
        tickets = await self._stores.tickets.of_owner(
            person_id, before=now + ONCE_IN, since=now - LOOKED_BACK, limit=MOST_TICKETS
        )
        return any(visible(ticket, actor) and id in media_of(ticket) for ticket in tickets)

    async def _open(self, medium: Medium, small: bool) -> Opened:
        # Of a recording there is no small one; a picture without one (from before there were any) is small itself.
        if medium.state is not MediaState.KEPT or (small and not medium.thumb and medium.kind != "image"):
            raise NotFound(medium.id)
        if small and medium.thumb:
            content = await self._stores.files.read(_thumb_id(medium.id))
            return Opened(content, "image/jpeg", f"{medium.id}-small.jpg")
        content = await self._stores.files.read(medium.id)
        return Opened(content, medium.content_type, f"{medium.id}.{ENDINGS.get(medium.content_type, 'bin')}")


def media_of(ticket: Ticket) -> list[str]:
    """All media on a ticket, in the order in which they came."""
    return list(dict.fromkeys([*ticket.media, *(id for added in ticket.additions for id in added.media)]))


def _thumb_id(id: str) -> str:
    return f"{id}:small"

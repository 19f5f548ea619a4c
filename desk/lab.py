"""The dictionary lab: words of one's own are tried on what owners wrote, published as a version, and taken back.

A version replaces the one before, it is not added to it. Nothing is published that was not tried on the messages
against what holds now; what the trial found stays with the version.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from desk.actors import Actor
from desk.errors import DeskError, Incomplete, NotAllowed
from desk.live import Live
from desk.replay import Replay, replayed
from desk.rulebook import Rulebook
from nlp.overlay import Overlay, OverlayError, as_text
from nlp.trial import read
from nlp.understanding import reader
from store.clock import Clock
from store.errors import Conflict, NotFound
from store.lexicons import Found, LexiconState, LexiconVersion, Standing
from store.stores import Stores

log = logging.getLogger(__name__)

MOST_READ = 20_000
USUAL_READ = 5_000
DEFAULT = "default"
"""How the package's own lexicon is called where a version could stand."""


class Unfit(Incomplete):
    """A document that cannot be used; ``details`` has each problem with its line."""

    def __init__(self, wrong: OverlayError) -> None:
        self.problems = wrong.problems
        said = [{"line": one.line, "word": one.word, "message": one.message} for one in wrong.problems]
        super().__init__("词典写得不对,没有用它", problems=said)
        self.lines = tuple(map(str, wrong.problems))


class NotTried(DeskError):
    """It has to be tried first."""

    code = "not_tried"


@dataclass(frozen=True, slots=True)
class WordDifference:
    """One word that another version says something else about; None: nothing."""

    word: str
    was: str | None
    becomes: str | None


class Lab:
    """Tries, publishes, takes back."""

    def __init__(self, stores: Stores, rules: Rulebook, live: Live, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._live = live
        self._clock = clock
        self._trying = asyncio.Lock()
        self.on_change: list[Callable[[], Awaitable[object]]] = []
        """What this process does at once when another version holds; others look every few seconds."""

    # ---- reading ----

    @staticmethod
    def read(text: str) -> Overlay:
        """The document; raises ``Unfit`` with all that is wrong."""
        try:
            return read(text)
        except OverlayError as wrong:
            raise Unfit(wrong) from None

    async def standing(self) -> Standing:
        """Which version holds now."""
        return await self._stores.lexicons.standing()

    async def overlay(self, name: str) -> Overlay | None:
        """The document of a version, as ``nlp`` takes it; None: the package's own lexicon."""
        if name in ("", DEFAULT):
            return None
        version = await self._stores.lexicons.get(name)
        read = await asyncio.to_thread(self.read, version.text)
        return read.model_copy(update={"version": version.id})

    async def versions(self, *, below: int | None = None, limit: int = 30) -> tuple[Standing, list[LexiconVersion]]:
        """What holds, and the versions, newest first."""
        now = await self.standing()
        top = now.latest + 1 if below is None else min(below, now.latest + 1)
        return now, await self._stores.lexicons.listed(below=top, limit=limit)

    async def difference(self, was: str, becomes: str) -> list[WordDifference]:
        """What the second version says otherwise than the first."""
        first, second = await self.overlay(was), await self.overlay(becomes)
        return difference(first or Overlay(), second or Overlay())

    # ---- trying ----

    async def replay(self, overlay: Overlay, by: Actor, *, limit: int = USUAL_READ) -> Replay:
        """What the document would change, on what owners wrote last; nothing is published."""
        if not 1 <= limit <= MOST_READ:
            raise Incomplete(f"一次试 1 到 {MOST_READ} 条", limit=limit)
        async with self._trying:  # one at a time: it takes a processor for itself
            now = await self.standing()
            held = await self._held(now.name)
            found = Found(at=self._clock.now(), by=by.tag)
            replay = Replay(overlay.digest, now.name, self._all_estates(by), found)
            await replayed(self._stores, self._clock, held, overlay, by, limit=limit, replay=replay)
        if replay.whole:
            base = reader().version
            await self._stores.lexicons.keep_tried(replay.digest, replay.found, against=now.name, base=base)
        return replay

    async def _held(self, name: str) -> Overlay | None:
        try:
            return await self.overlay(name)
        except (Unfit, NotFound):  # then the processes hold what they held before, mostly the package's own
            log.warning("version %s of the lexicon cannot be read, the trial compares with the package's own", name)
            return None

    def _all_estates(self, by: Actor) -> bool:
        return all(by.in_scope(estate.id) for estate in self._rules.estates)

    # ---- publishing ----

    async def publish(self, overlay: Overlay, by: Actor, *, note: str = "") -> LexiconVersion:
        """Let it hold from now on. Raises NotTried, and Conflict when another version holds than when it was tried."""
        note = note.strip() or overlay.note.strip()
        if not note:
            raise Incomplete("写一句为什么改", missing=["note"])
        if not self._all_estates(by):
            raise NotAllowed("词典对所有小区生效,由总部来发布", needs=["all_estates"])
        now = await self.standing()
        tried = await self._stores.lexicons.tried(overlay.digest)
        base = await asyncio.to_thread(lambda: reader().version)
        if tried is None or tried.base != base:
            raise NotTried("先在历史消息上试一遍,再发布", needs=["replay"])
        if tried.against != now.name:
            raise Conflict("lexicon")
        version = LexiconVersion(
            id="",
            number=0,
            text=as_text(overlay),
            note=note,
            by=by.tag,
            at=self._clock.now(),
            words=len(overlay.touched),
            base=base,
            found=tried.found,
        )
        kept = await self._stores.lexicons.publish(version, now)
        await self._told()
        return kept

    async def roll_back(self, to: str, by: Actor) -> str:
        """An earlier version (or the package's own: ``default``) holds again; returns which held till now."""
        if not self._all_estates(by):
            raise NotAllowed("词典对所有小区生效,由总部来改", needs=["all_estates"])
        now = await self.standing()
        number = 0
        if to not in ("", DEFAULT):
            version = await self._stores.lexicons.get(to)
            number = version.number
            try:
                await asyncio.to_thread(reader, await self.overlay(to))
            except (OverlayError, Unfit, ValueError) as wrong:
                raise Incomplete("这个版本和现在的词典对不上,不能用了", version=to) from wrong
        if number == now.version:
            raise Incomplete("现在用的就是这一版", version=to or DEFAULT)
        await self._stores.lexicons.hold(number, now)
        await self._told()
        return now.name or DEFAULT

    async def before(self) -> str:
        """The version to go back to when none is named: the newest one before what holds, else the package's own."""
        now, versions = await self.versions(limit=50)
        if not now.version:
            raise NotFound("nothing is published")
        earlier = [one for one in versions if one.number < now.version and one.state is LexiconState.PUBLISHED]
        return earlier[0].id if earlier else DEFAULT

    async def _told(self) -> None:
        for change in self.on_change:
            await change()
        await self._live.tell("settings", "lexicon")


def difference(was: Overlay, becomes: Overlay) -> list[WordDifference]:
    """What the second document says otherwise than the first, by word."""
    before, after = said(was), said(becomes)
    words = dict.fromkeys([*before, *after])
    return [
        WordDifference(word, before.get(word), after.get(word)) for word in words if before.get(word) != after.get(word)
    ]


def said(overlay: Overlay) -> dict[str, str]:
    """What a document says about each word, in short."""
    found: dict[str, str] = dict.fromkeys(overlay.drop, "drop")
    for one in overlay.words:
        parts = [f"like {one.like}"] if one.like is not None else []
        parts += [f"{label} {weight:+g}" for label, weight in sorted(one.by_label.items())]
        if one.urgent is not None:
            parts.append(f"urgent {one.urgent:+g}")
        if one.word in overlay.drop:
            parts.append("drop")
        found[one.word] = ", ".join(parts)
    return found

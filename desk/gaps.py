"""What the knowledge base could not answer: alike questions count together, and none of them names a person."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from desk.actors import Actor
from desk.errors import Incomplete
from desk.retrieval import terms
from desk.wording import shorten
from nlp.plain import flatten
from store.clock import Clock
from store.errors import NotFound
from store.gaps import Gap, GapRepo, Why, most_asked
from store.ids import derived
from store.stores import Stores

ALIKE = 0.5
"""Two questions that share so much of their words are one."""
KEPT = timedelta(seconds=10)
LONGEST = 80
_NUMBER = re.compile(r"\+?\d[\d -]{5,}\d[xX]?")
_PLATE = re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][A-Za-z0-9·]{5,6}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_ROOM = re.compile(
    r"[0-9A-Za-z一二三四五六七八九十]{1,3}\s*(?:号楼|[栋幢座])\s*(?:[0-9一二三四五六七八九十]{1,2}\s*单元)?\s*(?:\d{2,4})?\s*[室号户]?"
    r"|[0-9一二三四五六七八九十]{1,2}\s*单元\s*\d{2,4}\s*[室号户]?"
    r"|\d{1,3}\s*[-/#]\s*(?:\d{1,2}\s*[-/#]\s*)?\d{3,4}|\d{3,4}\s*[室号户]"
)
_SOMEBODY = re.compile("某(?:邮箱|号码|车牌|房号|人)|(?:电话|手机号?|房号|姓名)是?(?=某)")
_NAME = re.compile(r"(?:我叫|我是|姓名|联系人)[:：是]?\s*[\u4e00-\u9fff]{2,4}(?=[,，。.、 ]|$)")


def masked(text: str) -> str:
    """The text without numbers, plates, rooms and names that somebody could be known by."""
    flat = flatten(text)
    for pattern, word in ((_MAIL, "某邮箱"), (_NUMBER, "某号码"), (_PLATE, "某车牌"), (_ROOM, "某房号")):
        flat = pattern.sub(word, flat)
    return _NAME.sub("某人", flat)


class Gaps:
    """Counts questions without an answer, and closes them when there is one."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._open: dict[str, tuple[datetime, list[Gap]]] = {}

    @property
    def _rows(self) -> GapRepo:
        return self._stores.gaps

    async def note(self, question: str, estate_id: str, why: Why, *, key: str, article_id: str | None = None) -> None:
        """Count this question; ``key`` is the message that it came with, counted once."""
        text = shorten(masked(question), LONGEST)
        words = tuple(sorted(terms(_SOMEBODY.sub(" ", text))))
        if not words:
            return
        now = self._clock.now()
        known = await self._open_of(estate_id)
        alike = max(known, key=lambda gap: _alike(gap.terms, words), default=None)
        if alike is None or _alike(alike.terms, words) < ALIKE:
            id = derived(f"{estate_id}\x1f{' '.join(words)}", "gap")
            alike = Gap(id=id, estate_id=estate_id, text=text, terms=words, first_at=now, last_at=now)
            known.append(alike)
        if article_id:
            alike = alike.model_copy(update={"article_id": article_id})
        await self._rows.count(alike, why, key=derived(key, "asked"), at=now)

    async def listed(self, actor: Actor, *, state: str, before: datetime, since: datetime, limit: int) -> list[Gap]:
        """The last asked first, of the colleague's estates."""
        found = await self._rows.listed(state=state, before=before, since=since, limit=limit)
        return [gap for gap in found if visible(gap, actor)]

    async def most_asked(self, actor: Actor, estates: list[str], *, limit: int = 50) -> list[Gap]:
        """Open gaps of these estates, those asked most first."""
        found: list[Gap] = []
        for estate_id in estates:
            found += [gap for gap in await self._rows.open_of(estate_id) if visible(gap, actor)]
        return most_asked(found)[:limit]

    async def close(self, id: str, actor: Actor, *, article_id: str | None = None, note: str = "") -> Gap:
        """There is an answer now, or none is needed. Asked again, the gap opens again."""
        gap = await self._rows.get(id)
        if not visible(gap, actor):
            raise NotFound(id)
        if article_id is not None:
            try:
                await self._stores.articles.get(article_id)
            except NotFound:
                raise Incomplete("没有这篇文章", article=article_id) from None
        changes = {
            "state": "closed",
            "closed_at": self._clock.now(),
            "closed_by": actor.tag,
            "note": note.strip(),
            **({"article_id": article_id} if article_id else {}),
        }
        await self._rows.change(id, changes)
        self._open.pop(gap.estate_id, None)
        return await self._rows.get(id)

    async def _open_of(self, estate_id: str) -> list[Gap]:
        now = self._clock.wall()
        kept = self._open.get(estate_id)
        if kept is None or now - kept[0] >= KEPT:
            kept = self._open[estate_id] = (now, await self._rows.open_of(estate_id))
        return kept[1]


def visible(gap: Gap, actor: Actor) -> bool:
    """Whether it belongs to an estate of this colleague; what came from nobody's estate, everybody may see."""
    return not gap.estate_id or actor.in_scope(gap.estate_id)


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """How much of their words two questions share (0 to 1)."""
    first, second = set(one), set(other)
    return len(first & second) / len(first | second)

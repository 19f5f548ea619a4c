"""Where colleagues write articles: drafts, versions, an end. What was said before is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from desk.actors import Actor
from desk.errors import Incomplete, NotAllowed
from desk.knowledge.base import Knowledge
from desk.rulebook import Rulebook
from store.articles import Article, ArticleState
from store.clock import Clock, to_millis
from store.errors import Conflict, NotFound
from store.ids import Ids, derived
from store.stores import Stores

LONGEST_TITLE, LONGEST_BODY, LONGEST_SUBJECT = 60, 2000, 20
MOST_QUESTIONS, LONGEST_QUESTION = 20, 100
YEARS = (2000, 2100)


@dataclass(frozen=True, slots=True)
class NewArticle:
    """What an article says. ``estate_id`` empty: for all estates."""

    title: str
    body: str
    subject: str = ""
    estate_id: str = ""
    questions: tuple[str, ...] = ()
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    replaces: str | None = None


class Articles:
    """The rules of writing articles: a supervisor decides what owners are told, the front desk may draft."""

    def __init__(self, stores: Stores, rules: Rulebook, knowledge: Knowledge, clock: Clock, ids: Ids) -> None:
        self._stores = stores
        self._rules = rules
        self._knowledge = knowledge
        self._clock = clock
        self._ids = ids

    async def get(self, id: str, actor: Actor) -> Article:
        """One article, if it is shown in an estate of this colleague; raises NotFound."""
        await self._knowledge.ready()
        article = await self._stores.articles.get(id)
        if not visible(article, actor):
            raise NotFound(id)
        return article

    async def versions(self, id: str, actor: Actor) -> list[Article]:
        """Every version, the newest first."""
        article = await self.get(id, actor)
        return [article, *reversed(await self._stores.article_versions.of_article(id))]

    async def create(self, new: NewArticle, actor: Actor, *, draft: bool = False, key: str | None = None) -> Article:
        """A new article. ``key`` makes a repeat the same one."""
        self._may_write(new.estate_id, actor, draft=draft)
        await self._knowledge.ready()
        id = derived(key, "article") if key else self._ids.new()
        return await self.add(id, new, by=actor.tag, draft=draft, origin="staff")

    async def add(
        self, id: str, new: NewArticle, *, by: str, draft: bool, origin: str, source: str | None = None
    ) -> Article:
        """Write a new article under this id; the one that is there already when it was written before."""
        now = self._clock.now()
        article = Article(
            id=id,
            **await self._checked(new, id),
            state=ArticleState.DRAFT if draft else ArticleState.LIVE,
            edited=True,
            origin=origin,
            source=source,
            by=by,
            created_at=now,
            updated_at=now,
        )
        await self._stores.articles.add([article])
        await self._stamp()
        return await self._stores.articles.get(id)

    async def edit(self, id: str, new: NewArticle, actor: Actor, *, was: int) -> Article:
        """A new version; raises Conflict when the article is no longer the version that the caller saw."""
        article = await self.get(id, actor)
        self._may_write(article.estate_id, actor, draft=article.state is ArticleState.DRAFT)
        self._may_write(new.estate_id, actor, draft=article.state is ArticleState.DRAFT)
        return await self._write(article, actor, was=was, **await self._checked(new, id))

    async def publish(self, id: str, actor: Actor, *, was: int) -> Article:
        """From now on owners get it as an answer."""
        return await self._move(id, actor, ArticleState.LIVE, was)

    async def retire(self, id: str, actor: Actor, *, was: int) -> Article:
        """From now on nobody gets it; it stays for the record."""
        return await self._move(id, actor, ArticleState.RETIRED, was)

    async def _move(self, id: str, actor: Actor, to: ArticleState, was: int) -> Article:
        article = await self.get(id, actor)
        self._may_write(article.estate_id, actor, draft=False)
        if article.state is to:
            return article
        if to is ArticleState.LIVE and article.valid_to is not None and article.valid_to <= self._clock.now():
            raise Incomplete("有效期已经过了,请先改有效期", valid_to="past")
        return await self._write(article, actor, was=was, state=to)

    async def _write(self, article: Article, actor: Actor, *, was: int, **changes: Any) -> Article:
        if article.version != was:
            raise Conflict(article.id, article)
        later = {"version": was + 1, "edited": True, "by": actor.tag, "updated_at": self._clock.now()}
        written = article.model_copy(update=changes | later)
        # What it said before first: a version that is nowhere cannot be brought back.
        await self._stores.article_versions.add(article)
        await self._stores.articles.replace(written, was=was)
        await self._stamp()
        return written

    async def _stamp(self) -> None:
        await self._stores.stamps.change(self._ids.new())
        await self._knowledge.refresh()

    def _may_write(self, estate_id: str, actor: Actor, *, draft: bool) -> None:
        if not (actor.supervises or draft):
            raise NotAllowed("文章由主管发布,前台可以先写成草稿", needs="supervisor")
        if estate_id and not actor.in_scope(estate_id):
            raise NotAllowed("这不是您负责的小区", estate=estate_id)
        if not estate_id and not all(actor.in_scope(estate.id) for estate in self._rules.estates):
            raise NotAllowed("这篇文章各小区通用,请写一篇本小区的来代替它", estate="", use="replaces")

    async def _checked(self, new: NewArticle, id: str) -> dict[str, Any]:
        """The fields as they are stored; raises Incomplete that names what is missing or wrong."""
        title, body, subject = new.title.strip(), new.body.strip(), new.subject.strip()
        for name, said, text, most in (
            ("title", "标题", title, LONGEST_TITLE),
            ("body", "正文", body, LONGEST_BODY),
            ("subject", "主题", subject, LONGEST_SUBJECT),
        ):
            if not text and name != "subject":
                raise Incomplete(f"{said}不能是空的", **{name: "empty"})
            if len(text) > most:
                raise Incomplete(f"{said}最多 {most} 个字", **{name: "too long"})
        questions = tuple(dict.fromkeys(text.strip() for text in new.questions if text.strip()))
        if len(questions) > MOST_QUESTIONS or any(len(text) > LONGEST_QUESTION for text in questions):
            raise Incomplete(f"问法最多 {MOST_QUESTIONS} 条,每条最多 {LONGEST_QUESTION} 个字", questions="too many")
        if new.estate_id and new.estate_id not in {estate.id for estate in self._rules.estates}:
            raise Incomplete("没有这个小区", estate=new.estate_id)
        valid_from, valid_to = _moment("valid_from", new.valid_from), _moment("valid_to", new.valid_to)
        if valid_to is not None and valid_to <= (valid_from or self._clock.now()):
            raise Incomplete("有效期的结束要晚于开始,也要晚于现在", valid_to="too early")
        if new.replaces:
            await self._may_replace(new, id)
        return {
            "title": title,
            "body": body,
            "subject": subject,
            "estate_id": new.estate_id,
            "questions": questions,
            "valid_from": valid_from,
            "valid_to": valid_to,
            "replaces": new.replaces or None,
        }

    async def _may_replace(self, new: NewArticle, id: str) -> None:
        try:
            general = await self._stores.articles.get(str(new.replaces))
        except NotFound:
            raise Incomplete("没有要代替的那篇文章", replaces=new.replaces) from None
        if not new.estate_id or general.estate_id or general.id == id:
            raise Incomplete("只有本小区的文章能代替通用的文章", replaces=new.replaces)


def visible(article: Article, actor: Actor) -> bool:
    """Whether it is shown in an estate of this colleague."""
    return not article.estate_id or actor.in_scope(article.estate_id)


def _moment(name: str, at: datetime | None) -> datetime | None:
    """A moment as it is stored; raises Incomplete for one that no calendar of ours holds."""
    if at is None:
        return None
    if not YEARS[0] <= at.year <= YEARS[1]:
        raise Incomplete("有效期的日期不对,请核对年份", **{name: at.isoformat()})
    return to_millis(at.astimezone(UTC))

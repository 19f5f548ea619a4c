"""The knowledge base for staff: articles, what the bot would answer, and what it could not."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Literal, Self

from pydantic import AwareDatetime, Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from desk.knowledge import NewArticle, Outcome
from desk.knowledge.articles import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    LONGEST_TITLE,
    MOST_QUESTIONS,
    visible,
)
from desk.knowledge.base import LONGEST_QUOTE
from desk.retrieval import Hit
from inbox.access import at_the_desk
from inbox.views import View
from store.articles import Article, ArticleState
from store.conversations import EPOCH
from store.gaps import Gap

LONGEST_ASKED = 5000
TRIED = 5
routes: Routes[Actor] = Routes("inbox: knowledge")


class ArticleQuery(PageQuery):
    """Which articles."""

    state: ArticleState | None = None
    subject: str | None = Field(default=None, max_length=LONGEST_SUBJECT)
    estate: str | None = Field(default=None, max_length=64, description="its own and those for all estates")
    q: str | None = Field(default=None, max_length=100, description="words that title, body or a question must hold")


class GapQuery(PageQuery):
    """Which gaps."""

    state: Literal["open", "closed"] = "open"


class ArticleIn(Input):
    """What an article says."""

    title: str = Field(max_length=LONGEST_TITLE)
    body: str = Field(max_length=LONGEST_BODY)
    subject: str = Field(default="", max_length=LONGEST_SUBJECT)
    estate: str = Field(default="", max_length=64, description="empty: for all estates")
    questions: list[str] = Field(default=[], max_length=MOST_QUESTIONS, description="the question as people ask it")
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    replaces: str | None = Field(default=None, max_length=64, description="the general article that it stands for")

    def new(self) -> NewArticle:
        """For the desk."""
        return NewArticle(
            title=self.title,
            body=self.body,
            subject=self.subject,
            estate_id=self.estate,
            questions=tuple(self.questions),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            replaces=self.replaces,
        )


class NewArticleIn(ArticleIn):
    """A new article."""

    draft: bool = Field(default=False, description="not shown to owners yet; the front desk may write only drafts")


class VersionIn(ArticleIn):
    """What it says from now on; all of it, not only what changed."""

    version: int = Field(ge=1, description="as last seen; another one now gives 409")


class SeenIn(Input):
    """The version that the caller saw."""

    version: int = Field(ge=1, description="as last seen; another one now gives 409")


class PreviewIn(Input):
    """A question as an owner would write it."""

    question: str = Field(min_length=1, max_length=LONGEST_ASKED)
    estate: str = Field(default="", max_length=64, description="empty: the only estate, or articles for all")


class WrittenIn(Input):
    """An article while it is written."""

    title: str = Field(default="", max_length=LONGEST_TITLE)
    body: str = Field(max_length=LONGEST_BODY)


class CloseIn(Input):
    """How a gap was closed."""

    article: str | None = Field(default=None, max_length=64, description="id of the article that answers it now")
    note: str = Field(default="", max_length=500)


class ArticleView(View):
    """An article."""

    id: str
    title: str
    body: str
    subject: str
    estate: str
    questions: list[str]
    valid_from: datetime | None
    valid_to: datetime | None
    state: ArticleState
    version: int
    replaces: str | None
    origin: str
    question_id: str | None
    by: str
    created_at: datetime | None
    updated_at: datetime | None

    @classmethod
    def of(cls, article: Article) -> Self:
        """An article as staff see it."""
        return cls.showing(article, estate=article.estate_id, question_id=article.source)


class ArticlePage(View):
    """A page of articles, the last changed first."""

    items: list[ArticleView]
    next: str | None


class ArticleVersions(View):
    """All versions of an article, the newest first."""

    items: list[ArticleView]


class Subjects(View):
    """How many live articles each subject has."""

    items: dict[str, int]


class HitView(View):
    """An article that may answer, how sure that is (0 to 1), and the words that it shares with the question."""

    id: str
    title: str
    score: float
    words: list[str]

    @classmethod
    def of(cls, hit: Hit) -> Self:
        """A hit as staff see it."""
        return cls(id=hit.article.id, title=hit.article.title, score=hit.score, words=list(hit.words))


class Preview(View):
    """What the bot would do with a question: answer it, ask which of several is meant, or offer a person."""

    outcome: Outcome
    answer: str | None
    source: str | None
    hits: list[HitView]


class Written(View):
    """An article as an owner would read it in the chat."""

    text: str = Field(description="empty: it names what this estate does not have")
    shortened: bool = Field(description="only its first sentences are quoted")


class GapView(View):
    """A question without a good answer, with how often it was asked."""

    id: str
    text: str
    estate: str
    count: int
    unanswered: int
    unhelpful: int
    article: str | None
    state: str
    first_at: datetime
    last_at: datetime
    closed_at: datetime | None
    closed_by: str
    note: str

    @classmethod
    def of(cls, gap: Gap) -> Self:
        """A gap as staff see it."""
        return cls.showing(gap, estate=gap.estate_id, article=gap.article_id)


class GapPage(View):
    """A page of gaps, the last asked first."""

    items: list[GapView]
    next: str | None


class GapList(View):
    """Open gaps, those asked most first."""

    items: list[GapView]


@routes.get("/knowledge/articles")
async def articles(call: Call[Actor], query: ArticleQuery) -> ArticlePage:
    """Articles of the caller's estates, the last changed first."""
    actor = at_the_desk(call)
    await call.desk.knowledge.ready()
    words = (query.q or "").lower().split()

    def wanted(article: Article) -> bool:
        text = "\n".join((article.title, article.body, *article.questions)).lower()
        here = query.estate is None or article.estate_id in ("", query.estate)
        return here and visible(article, actor) and all(word in text for word in words)

    page = await call.page(
        partial(call.desk.stores.articles.listed, state=query.state, subject=query.subject),
        lambda article: Position(article.updated_at or EPOCH, article.id),
        query,
        name="inbox.articles",
        keep=wanted,
    )
    return ArticlePage(items=[ArticleView.of(row) for row in page.rows], next=page.next)


@routes.get("/knowledge/subjects")
async def subjects(call: Call[Actor]) -> Subjects:
    """The subjects in use, with how many live articles each has."""
    actor = at_the_desk(call)
    await call.desk.knowledge.ready()
    counted: dict[str, int] = {}
    for article in await call.desk.stores.articles.all():
        if article.state is ArticleState.LIVE and visible(article, actor):
            counted[article.subject] = counted.get(article.subject, 0) + 1
    return Subjects(items=dict(sorted(counted.items())))


@routes.get("/knowledge/articles/{id}")
async def article(call: Call[Actor]) -> ArticleView:
    """One article."""
    return ArticleView.of(await call.desk.articles.get(call.path("id"), at_the_desk(call)))


@routes.get("/knowledge/articles/{id}/versions")
async def article_versions(call: Call[Actor]) -> ArticleVersions:
    """What it says and what it said before."""
    found = await call.desk.articles.versions(call.path("id"), at_the_desk(call))
    return ArticleVersions(items=[ArticleView.of(one) for one in found])


@routes.post("/knowledge/articles", status=201)
async def write_article(call: Call[Actor], body: NewArticleIn) -> ArticleView:
    """Write an article; it answers owners at once unless it is a draft."""
    actor = at_the_desk(call)
    return ArticleView.of(await call.desk.articles.create(body.new(), actor, draft=body.draft, key=call.key))


@routes.post("/knowledge/articles/{id}/versions", status=201)
async def edit_article(call: Call[Actor], body: VersionIn) -> ArticleView:
    """Write a new version; 409 when somebody else has changed the article meanwhile."""
    actor = at_the_desk(call)
    return ArticleView.of(await call.desk.articles.edit(call.path("id"), body.new(), actor, was=body.version))


@routes.post("/knowledge/articles/{id}/publish")
async def publish_article(call: Call[Actor], body: SeenIn) -> ArticleView:
    """From now on owners get it as an answer."""
    actor = at_the_desk(call)
    return ArticleView.of(await call.desk.articles.publish(call.path("id"), actor, was=body.version))


@routes.post("/knowledge/articles/{id}/retire")
async def retire_article(call: Call[Actor], body: SeenIn) -> ArticleView:
    """From now on nobody gets it as an answer; it stays on record."""
    actor = at_the_desk(call)
    return ArticleView.of(await call.desk.articles.retire(call.path("id"), actor, was=body.version))


@routes.post("/knowledge/preview", repeatable=False)
async def preview_answer(call: Call[Actor], body: PreviewIn) -> Preview:
    """What the bot would say to this question, and why."""
    at_the_desk(call)
    desk = call.desk
    estate = body.estate or desk.rules.only_estate
    await desk.knowledge.refresh()
    found = await desk.knowledge.find(body.question, estate, limit=TRIED)
    answers = found.outcome is Outcome.ANSWER
    return Preview(
        outcome=found.outcome,
        answer=desk.knowledge.shown(found.best, estate) if answers else None,
        source=found.best.title if answers else None,
        hits=[HitView.of(hit) for hit in found.hits],
    )


@routes.post("/knowledge/shown", repeatable=False)
async def as_owners_read_it(call: Call[Actor], body: WrittenIn) -> Written:
    """What is being written as an owner would read it; stores nothing."""
    actor, desk = at_the_desk(call), call.desk
    estate = next(iter(actor.estates), desk.rules.only_estate)
    answer = desk.knowledge.shown(Article(id="written", title=body.title, body=body.body), estate)
    source = f"《{body.title}》" if body.title else ""
    text = desk.rules.of(estate).texts.say("inquiry.answer", answer=answer, source=source) if answer else ""
    return Written(text=text, shortened=len(" ".join(body.body.split())) > LONGEST_QUOTE)


@routes.get("/knowledge/gaps")
async def gaps(call: Call[Actor], query: GapQuery) -> GapPage:
    """Questions that nothing answered, or whose answer did not help, the last asked first."""
    actor = at_the_desk(call)

    page = await call.page(
        partial(call.desk.stores.gaps.listed, state=query.state),
        lambda gap: Position(gap.last_at, gap.id),
        query,
        name="inbox.gaps",
        keep=lambda gap: not gap.estate_id or actor.in_scope(gap.estate_id),
    )
    return GapPage(items=[GapView.of(row) for row in page.rows], next=page.next)


@routes.get("/knowledge/gaps/most-asked")
async def most_asked_gaps(call: Call[Actor]) -> GapList:
    """The open gaps that were asked most."""
    estates = ["", *(estate.id for estate in call.desk.rules.estates)]
    return GapList(items=[GapView.of(gap) for gap in await call.desk.gaps.most_asked(at_the_desk(call), estates)])


@routes.post("/knowledge/gaps/{id}/close")
async def close_gap(call: Call[Actor], body: CloseIn) -> GapView:
    """There is an answer now, or none is needed; asked again, the gap opens again."""
    actor = at_the_desk(call)
    return GapView.of(await call.desk.gaps.close(call.path("id"), actor, article_id=body.article, note=body.note))

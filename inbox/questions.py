"""Questions passed on to a colleague who knows; the answer goes to the owner's chat."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Self

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.api.paging import PageQuery, Position
from desk.conversations import LONGEST_REPLY
from desk.questions import LONGEST, concerns
from inbox.access import at_the_desk
from inbox.views import View
from store.questions import Question, QuestionState

routes: Routes[Actor] = Routes("inbox: questions")


class QuestionQuery(PageQuery):
    """Which questions."""

    state: QuestionState = QuestionState.WAITING
    mine: bool = Field(default=True, description="those that wait for the caller; false: all of their estates")


class ForwardIn(Input):
    """Who is to answer what."""

    to: str = Field(min_length=1, max_length=64, description="user name")
    question: str = Field(default="", max_length=LONGEST, description="left out: the last that the owner wrote")
    note: str = Field(default="", max_length=500, description="only colleagues read it")


class AnswerIn(Input):
    """What the owner is told."""

    text: str = Field(max_length=LONGEST_REPLY)


class QuestionView(View):
    """A question that was passed on."""

    id: str
    conversation: str
    estate: str
    owner_name: str
    text: str
    note: str
    asked_by: str
    asked_by_name: str
    to: str
    to_name: str
    state: QuestionState
    asked_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None
    article: str | None
    """The draft that was made of the answer."""

    @classmethod
    def of(cls, question: Question) -> Self:
        """A question as staff see it."""
        return cls.showing(
            question, estate=question.estate_id, conversation=question.conversation_id, article=question.article_id
        )


class QuestionPage(View):
    """A page of questions, newest first."""

    items: list[QuestionView]
    next: str | None


@routes.post("/conversations/{id}/forward", status=201)
async def forward_question(call: Call[Actor], body: ForwardIn) -> QuestionView:
    """Pass the owner's question on to a colleague who knows."""
    actor = at_the_desk(call)
    conversation = await call.desk.conversations.get(call.path("id"), actor)
    question = await call.desk.questions.forward(
        conversation, body.to, actor, text=body.question, note=body.note, key=call.key
    )
    return QuestionView.of(question)


@routes.get("/questions")
async def questions(call: Call[Actor], query: QuestionQuery) -> QuestionPage:
    """Questions that wait for the caller, newest first; the desk may also see all."""
    page = await call.page(
        partial(call.desk.questions.listed, call.who, mine=query.mine, state=query.state),
        lambda question: Position(question.asked_at, question.id),
        query,
        name="inbox.questions",
        keep=lambda question: concerns(question, call.who),
    )
    return QuestionPage(items=[QuestionView.of(row) for row in page.rows], next=page.next)


@routes.get("/questions/{id}")
async def question(call: Call[Actor]) -> QuestionView:
    """One question, for those it concerns."""
    return QuestionView.of(await call.desk.questions.get(call.path("id"), call.who))


@routes.post("/questions/{id}/answer")
async def answer_question(call: Call[Actor], body: AnswerIn) -> QuestionView:
    """Answer it: the words go to the owner's chat and become a draft article."""
    return QuestionView.of(await call.desk.questions.answer(call.path("id"), body.text, call.who))


@routes.post("/questions/{id}/withdraw")
async def withdraw_question(call: Call[Actor]) -> QuestionView:
    """Nobody need answer it any more."""
    return QuestionView.of(await call.desk.questions.withdraw(call.path("id"), call.who))

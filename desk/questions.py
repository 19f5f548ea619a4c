"""Questions passed on to a colleague who knows: their answer goes to the owner and becomes a draft article."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from desk.actors import Actor, staff_actor
from desk.conversations import LONGEST_REPLY, Conversations
from desk.errors import Illegal, Incomplete, NotAllowed
from desk.gaps import masked
from desk.knowledge import Articles, NewArticle
from desk.wording import shorten
from store.clock import Clock
from store.conversations import Conversation
from store.errors import NotFound
from store.ids import Ids, derived
from store.messages import Direction, Message
from store.questions import Question, QuestionState
from store.staff import Role
from store.stores import Stores

LONGEST = 2000
LOOK_BACK = timedelta(days=30)


class Questions:
    """The rules of passing on: named, on the record, answered once."""

    def __init__(
        self, stores: Stores, conversations: Conversations, articles: Articles, clock: Clock, ids: Ids
    ) -> None:
        self._stores = stores
        self._conversations = conversations
        self._articles = articles
        self._clock = clock
        self._ids = ids

    async def forward(
        self,
        conversation: Conversation,
        to: str,
        actor: Actor,
        *,
        text: str = "",
        note: str = "",
        key: str | None = None,
    ) -> Question:
        """Pass a question on to colleague ``to``; without ``text`` it is the last that the owner wrote."""
        colleague = await self._stores.staff.find(to)
        if colleague is None or not colleague.active:
            raise Incomplete("没有这位同事", to=to)
        if to == actor.id:
            raise Incomplete("自己知道的话,直接回复就行", to=to)
        if conversation.estate_id and not staff_actor(colleague).in_scope(conversation.estate_id):
            raise Incomplete("这位同事不负责这个小区", to=to)
        asked = text.strip() or await self._last_words(conversation)
        if not asked:
            raise Incomplete("请写下要问什么", question="empty")
        now = self._clock.now()
        id = derived(key, "question") if key else self._ids.new()
        line = Message(
            id=derived(id, "line"),
            conversation_id=conversation.id,
            direction=Direction.EVENT,
            at=now,
            kind="forwarded",
            text=colleague.name,
            by=actor.tag,
        )
        await self._stores.messages.add([line])
        return await self._stores.questions.add(
            Question(
                id=id,
                estate_id=conversation.estate_id,
                conversation_id=conversation.id,
                owner_name=conversation.name,
                text=shorten(asked, LONGEST),
                note=note.strip(),
                asked_by=actor.tag,
                asked_by_name=actor.name,
                to=to,
                to_name=colleague.name,
                asked_at=now,
            )
        )

    async def get(self, id: str, actor: Actor) -> Question:
        """One question, for those it concerns; raises NotFound for others."""
        question = await self._stores.questions.get(id)
        if not concerns(question, actor):
            raise NotFound(id)
        return question

    async def listed(
        self, actor: Actor, *, mine: bool, state: QuestionState, before: datetime, since: datetime, limit: int
    ) -> list[Question]:
        """Newest first: those passed on to this colleague, or all that concern them."""
        to = actor.id if mine or not _at_the_desk(actor) else None
        return await self._stores.questions.listed(to=to, state=state, before=before, since=since, limit=limit)

    async def answer(self, id: str, text: str, actor: Actor) -> Question:
        """The answer goes to the owner's chat as a colleague's words, and becomes a draft article.

        Answering again with the same words, after a crash half-way, finishes what is missing and sends nothing twice.
        """
        question = await self.get(id, actor)
        answer = text.strip()
        if not answer:
            raise Incomplete("回答不能是空的", text="empty")
        if len(answer) > LONGEST_REPLY:
            raise Incomplete(f"一次最多 {LONGEST_REPLY} 个字,请说短一点", text="too long")
        if actor.id != question.to and not actor.supervises:
            raise NotAllowed("这个问题转给了别人,请他来答", to=question.to)
        if question.state is QuestionState.WAITING:
            article_id = derived(question.id, "article")
            changes: dict[str, Any] = {"state": QuestionState.ANSWERED, "answer": answer, "answered_by": actor.tag}
            changes |= {"answered_at": self._clock.now(), "article_id": article_id}
            question = await self._stores.questions.move(question, changes)
        elif (question.answer, question.answered_by) != (answer, actor.tag):
            raise Illegal("这个问题已经有人答过或撤回了", state=question.state.value)
        conversation = await self._stores.conversations.get(question.conversation_id)
        await self._conversations.reply(conversation, answer, actor, key=f"question:{question.id}")
        await self._draft(question, actor)
        return question

    async def withdraw(self, id: str, actor: Actor) -> Question:
        """Nobody need answer it any more."""
        question = await self.get(id, actor)
        if actor.tag != question.asked_by and not actor.supervises:
            raise NotAllowed("谁转的谁撤回,主管也可以", asked_by=question.asked_by)
        if question.state is QuestionState.WITHDRAWN:
            return question
        if question.state is not QuestionState.WAITING:
            raise Illegal("已经答了,撤不回来", state=question.state.value)
        return await self._stores.questions.move(question, {"state": QuestionState.WITHDRAWN})

    async def _draft(self, question: Question, actor: Actor) -> None:
        asked = shorten(masked(question.text), 60)
        new = NewArticle(
            title=shorten(asked, 30), body=question.answer, estate_id=question.estate_id, questions=(asked,)
        )
        await self._articles.add(
            str(question.article_id), new, by=actor.tag, draft=True, origin="answer", source=question.id
        )

    async def _last_words(self, conversation: Conversation) -> str:
        now = self._clock.now() + timedelta(minutes=5)
        for line in await self._stores.messages.timeline(conversation.id, before=now, since=now - LOOK_BACK, limit=50):
            if line.direction is Direction.INBOUND and line.text.strip():
                return line.text.strip()
        return ""


def concerns(question: Question, actor: Actor) -> bool:
    """Whether this colleague asked it, is asked, or works at the desk of its estate."""
    if actor.id == question.to or actor.tag == question.asked_by:
        return True
    return _at_the_desk(actor) and (not question.estate_id or actor.in_scope(question.estate_id))


def _at_the_desk(actor: Actor) -> bool:
    return actor.supervises or actor.role is Role.FRONTDESK

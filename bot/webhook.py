"""``/wechat``: one push in; its answer within the deadline, or ``success`` and the answer later.

Nobody outside ever sees a 5xx but one: 503, when a push can be kept neither in the database nor on the disk.
"""

from __future__ import annotations

import asyncio
import logging
import time

from aiohttp import web

from bot.draining import waits_elsewhere
from bot.inbound import conversation_id, is_talk, understood
from bot.journal import Journal
from bot.metrics import ANSWER_SECONDS, PUSHES, REJECTED, SPOOLED
from bot.pipeline import Pipeline, Stale
from bot.results import Results
from bot.spool import Spool, SpoolError
from bot.wechat.codec import MAX_BODY, Codec
from bot.wechat.push import Push
from bot.wechat.rejected import Rejected
from bot.wechat.replies import SUCCESS
from desk.rulebook import Rulebook
from handlers.safety import safety_text
from store.errors import Unavailable
from store.messages import Answer, AnswerState, MessageRepo

log = logging.getLogger(__name__)

KEEP_WITHIN = 2.0
"""Seconds for remembering a push; the database counts as away after that."""
ANSWER_WITHIN = 3.0
"""Seconds from the push to the answer; then 200 at once and the answer as a customer message (design, section 8)."""
DECIDE_WITHIN = 1.0
"""Seconds for telling the database that the answer comes later."""


# Looked up once: a label costs as much as a regular expression.
_ANSWERED, _LATER, _SUCCESS = (PUSHES.labels(outcome) for outcome in ("answered", "later", "success"))


class Webhook:
    """The callback address of one app."""

    def __init__(
        self,
        codec: Codec,
        pipeline: Pipeline,
        results: Results,
        spool: Spool,
        journal: Journal,
        rules: Rulebook,
        messages: MessageRepo,
    ) -> None:
        self._codec = codec
        self._pipeline = pipeline
        self._results = results
        self._spool = spool
        self._journal = journal
        self._rules = rules
        self._messages = messages

    async def handshake(self, request: web.Request) -> web.Response:
        """The console's check when the address is set: the raw ``echostr``."""
        try:
            return web.Response(text=self._codec.handshake(request.query), content_type="text/plain")
        except Rejected as rejected:
            return self._refuse(rejected)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """One push."""
        began = time.monotonic()
        try:
            body = await _read_capped(request)
            push = self._codec.open(body, request.query)
        except Rejected as rejected:
            return self._refuse(rejected)
        except web.RequestPayloadError:
            return await self._hang_up(request, Rejected(400, "body"))
        if not is_talk(push):
            # Not kept, so there is no known key that a late repeat could have.
            return self._refuse(Rejected(403, "stale")) if push.stale else await self._take_result(push)
        try:
            answer = await self._answer(push, began)
        except Stale:
            return self._refuse(Rejected(403, "stale"))
        except Unavailable:
            return await self._keep_on_disk(push)
        response = await self._write(request, push, answer)
        ANSWER_SECONDS.observe(time.monotonic() - began)
        return response

    async def _answer(self, push: Push, began: float) -> Answer | None:
        """The answer, or None when ``success`` must do for now. Raises Stale or Unavailable (not kept)."""
        owner = conversation_id(push)
        if self._spool.holds(owner):
            raise Unavailable("earlier messages of this owner wait in the spool")
        try:
            async with asyncio.timeout(KEEP_WITHIN):
                if await waits_elsewhere(push, self._spool, self._messages):
                    raise Unavailable("earlier messages of this owner wait in another process's spool")
                kept = await self._pipeline.keep(push, behind=lambda: self._spool.holds(owner))
        except TimeoutError as slow:
            raise Unavailable("the database does not take the message in time") from slow
        if isinstance(kept, Answer):
            return kept
        left = ANSWER_WITHIN - (time.monotonic() - began)
        done, _ = await asyncio.wait((kept,), timeout=max(left, 0.05))
        if not done:
            return await self._later(push)
        try:
            return kept.result()
        except Unavailable:
            # Kept, and then the database went away: the sweeper finishes it, the owner hears now that we have it.
            return self._received(push)

    async def _later(self, push: Push) -> Answer | None:
        try:
            async with asyncio.timeout(DECIDE_WITHIN):
                answer = await self._pipeline.give_up_waiting(push.key)
        except (TimeoutError, Unavailable):
            # The database went away meanwhile. The process itself remembers that the answer must leave as a delivery.
            answer = self._received(push)
        if answer is None:
            _LATER.inc()
        return answer

    async def _write(self, request: web.Request, push: Push, answer: Answer | None) -> web.StreamResponse:
        """Write the passive answer, with a mark before and after it, so that a crash in between is known."""
        passive = answer is not None and answer.text and answer.state in (AnswerState.STORED, AnswerState.WRITTEN)
        if answer is None or not passive:
            _SUCCESS.inc()
            return web.Response(body=SUCCESS, content_type="text/plain")
        response = self._passive(push, answer.text or "")
        if answer.state is AnswerState.WRITTEN:  # on record already, or none that is stored
            await self._send(request, response)
        else:
            self._journal.writing(push.key)
            if await self._send(request, response):
                self._journal.written(push.key)
        _ANSWERED.inc()
        return response

    @staticmethod
    async def _send(request: web.Request, response: web.Response) -> bool:
        """False when the connection broke: the platform asks again, or the answer goes on record as unknown."""
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            log.info("an answer could not be written: the connection is gone")
            return False
        return True

    def _received(self, push: Push) -> Answer:
        """Said while the database is away: that we have it, and what to do now in an emergency."""
        if push.kind == "event":
            return Answer()
        rules = self._rules.of("")
        safety = safety_text(rules.texts, understood(push.text, now=push.created_at)) if push.text else None
        text = rules.texts.say("system.spooled", safety=safety or "", duty_phone=rules.estate.phone)
        return Answer(text=text, state=AnswerState.WRITTEN)

    async def _take_result(self, push: Push) -> web.Response:
        """Results of pushes, and everything that needs no answer. Unknown kinds and events get ``success`` too."""
        try:
            known = await self._results.take(push)
        except Unavailable:
            # A result is repeated by nobody; the delivery stays accepted and the owner's next action settles it.
            log.warning("result event dropped: the database does not answer")
            known = True
        PUSHES.labels("result" if known else "unknown").inc()
        return web.Response(body=SUCCESS, content_type="text/plain")

    async def _keep_on_disk(self, push: Push) -> web.Response:
        """MongoDB is away: fsynced to the spool and answered with "received" (and what to do now in an emergency)."""
        if push.stale:
            return self._refuse(Rejected(403, "stale"))
        try:
            await self._spool.append(push, conversation_id(push))
        except SpoolError:
            log.exception("a push can be kept nowhere: 503, the platform repeats it")
            PUSHES.labels("refused").inc()
            return web.Response(status=503, text="please repeat")
        SPOOLED.inc()
        PUSHES.labels("spooled").inc()
        received = self._received(push)
        if not received.text:
            return web.Response(body=SUCCESS, content_type="text/plain")
        return self._passive(push, received.text)

    def _passive(self, push: Push, text: str) -> web.Response:
        body = self._codec.reply(push, text)
        return web.Response(body=body, content_type="application/json" if push.is_json else "application/xml")

    async def _hang_up(self, request: web.Request, rejected: Rejected) -> web.Response:
        """Refuse and close: what is left of a body that cannot be decoded must not be looked at once more."""
        response = self._refuse(rejected)
        await response.prepare(request)
        await response.write_eof()
        request.protocol.force_close()
        return response

    @staticmethod
    def _refuse(rejected: Rejected) -> web.Response:
        REJECTED.labels(rejected.reason).inc()
        log.info("push refused: %s", rejected.reason)
        return web.Response(status=rejected.status, text=rejected.reason)


async def _read_capped(request: web.Request) -> bytes:
    """The body; raises Rejected(413) without reading more than the cap."""
    if request.content_length is not None and request.content_length > MAX_BODY:
        raise Rejected(413, "oversize")
    parts: list[bytes] = []
    size = 0
    async for part in request.content.iter_any():
        size += len(part)
        if size > MAX_BODY:
            raise Rejected(413, "oversize")
        parts.append(part)
    return b"".join(parts)

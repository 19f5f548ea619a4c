"""Delivers pushes: signed, against a deadline, up to three times, and shows the user what came of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp

from bot.emulator import bodies
from bot.emulator.clock import EmulatorClock
from bot.emulator.config import App, EmulatorConfig
from bot.emulator.crypto import sign
from bot.emulator.errors import ControlError
from bot.emulator.journal import Journal
from bot.emulator.pushes import Attempt, Outcome, Push, Pushes, PushOptions
from bot.emulator.replies import Answer, read_answer
from bot.emulator.users import Displayed, User, Users

log = logging.getLogger(__name__)

FAULT_NOTICE = "该公众号提供的服务出现故障，请稍后再试"
PROGRAM_FAULT_NOTICE = "该小程序客服暂时无法提供服务，请稍后再试"
QUIET = {
    "unsubscribe",
    "view",
    "view_miniprogram",
    "location_event",
    "templatesendjobfinish",
    "masssendjobfinish",
    "subscribe_msg_popup_event",
    "subscribe_msg_change_event",
    "subscribe_msg_sent_event",
    "wxa_media_check",
}
"""Events after which the user waits for nothing: no answer is shown and no fault either."""
MAX_ANSWER = 256 * 1024


class Delivery:
    """The platform's push side."""

    def __init__(
        self,
        config: EmulatorConfig,
        clock: EmulatorClock,
        users: Users,
        pushes: Pushes,
        journal: Journal,
        media_exists: Callable[[str], bool],
    ) -> None:
        self._config = config
        self._clock = clock
        self._users = users
        self._pushes = pushes
        self._journal = journal
        self._media_exists = media_exists
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the HTTP side. A push travels on a connection of its own, so a stuck one holds up nobody."""
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True), headers={"User-Agent": "Mozilla/4.0"}
        )

    async def stop(self) -> None:
        """Close the HTTP side."""
        if self._http:
            await self._http.close()

    def make(
        self,
        app: App,
        user: User | None,
        fields: Mapping[str, Any],
        options: PushOptions,
        *,
        raw: bytes | None = None,
        with_msg_id: bool = False,
        screen_id: int = 0,
    ) -> Push:
        """A push, numbered and dated, not delivered yet."""
        openid = "" if user is None else user.openid if app.kind == "account" else user.mp_openid
        created = self._clock.seconds() if options.create_time is None else options.create_time
        msg_id = options.msg_id or (self._pushes.next_msg_id() if with_msg_id else None)
        trigger = str(fields.get("Event", "")).lower() or str(fields.get("MsgType", "raw"))
        everything: dict[str, Any] = {"ToUserName": app.original_id, "FromUserName": openid, "CreateTime": created}
        everything |= fields
        if msg_id is not None:
            everything["MsgId"] = int(msg_id) if msg_id.isdigit() else msg_id
        everything |= options.extra
        for name in options.drop:
            everything.pop(name, None)
        push = Push(
            id=self._pushes.next_id(),
            app=app.kind,
            user=user.name if user else None,
            trigger=trigger,
            msg_id=msg_id,
            create_time=created,
            at=self._clock.now(),
            fields=everything if raw is None else {},
            raw=raw,
            options=options,
            screen_id=screen_id,
            nonce=bodies.new_nonce(),
            quiet=trigger in QUIET,
        )
        self._pushes.add(push)
        return push

    async def deliver(self, push: Push) -> Push:
        """Deliver it, with repeats as long as nothing answers; also once more when it was delivered before."""
        app = self._config.account if push.app == "account" else self._config.miniprogram
        if not app.callback_url:
            push.state = "not_sent"
            return push
        again = push.state == "done"
        push.state = "delivering"
        answers: list[Answer] = []
        for number in range(1, self._config.attempts + 1):
            started = asyncio.get_running_loop().time()
            parallel = 1 if again else push.options.parallel
            results = await asyncio.gather(*(self._attempt(app, push, number) for _ in range(parallel)))
            answers = [answer for answer in results if answer is not None]
            if answers:
                break
            if number < self._config.attempts:
                passed = asyncio.get_running_loop().time() - started
                await asyncio.sleep(max(0.0, self._config.spacing - passed))
        if not again:
            for _ in range(push.options.repeats):
                await self._attempt(app, push, 1)
        self._conclude(app, push, answers, again)
        push.state = "done"
        self._users.touched()
        return push

    async def send(self, app: App, user: User | None, fields: Mapping[str, Any]) -> Push:
        """Make an ordinary push and deliver it."""
        return await self.deliver(self.make(app, user, fields, PushOptions()))

    async def handshake(self, app: App, echo: str = "4375120948345356249") -> tuple[bool, str]:
        """Check the address as the console does when it is saved; the text says what was wrong."""
        if self._http is None or not app.callback_url:
            raise ControlError(409, "no_callback", "set callback_url first: PATCH /control/config")
        timestamp, nonce = str(self._clock.seconds()), "1514711492"
        parameters = {
            "signature": sign(app.token, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "echostr": echo,
        }
        timeout = aiohttp.ClientTimeout(total=self._config.deadline_seconds)
        try:
            async with self._http.get(app.callback_url, params=parameters, timeout=timeout) as response:
                body = await response.content.read(MAX_ANSWER)
        except TimeoutError:
            return False, f"no answer within {self._config.deadline_seconds:g} s"
        except aiohttp.ClientError as error:
            return False, f"cannot be reached: {error}"
        if response.status != 200:
            return False, f"answered with status {response.status}"
        if body != echo.encode():
            return False, f"answered {body[:80]!r} instead of the bare echostr"
        return True, "ok"

    async def _attempt(self, app: App, push: Push, number: int) -> Answer | None:
        """One delivery. None means: nobody answered, try again."""
        if self._http is None:
            raise RuntimeError("start() was not called")
        user = self._users.get(push.user) if push.user else None
        openid = "" if user is None else user.openid if app.kind == "account" else user.mp_openid
        plain = push.raw if push.raw is not None else bodies.to_text(push.fields, app.data_format).encode()
        body = bodies.seal(app, plain, push.fields, push.options)
        if self._config.retries_sign_again:
            at, nonce = self._clock.seconds(), bodies.new_nonce()
        else:
            at, nonce = push.create_time, push.nonce
        parameters = bodies.query(app, body, openid, at, nonce, push.options)
        clock = asyncio.get_running_loop().time
        started = clock()
        row = Attempt(number=number, at=self._clock.now(), outcome="refused", milliseconds=0)

        def done(outcome: Outcome, *reasons: str) -> None:
            row.outcome = outcome
            row.reasons = list(reasons)
            row.milliseconds = round((clock() - started) * 1000, 1)
            push.attempts.append(row)
            self._users.touched()

        answer: Answer | None = None
        try:
            async with self._http.post(
                str(app.callback_url),
                params=parameters,
                data=_slowly(body, push.options.slow_seconds) if push.options.slow_seconds else body,
                headers={
                    "Content-Type": "text/xml" if app.data_format == "xml" else "application/json",
                    "Content-Length": str(len(body)),
                },
                timeout=aiohttp.ClientTimeout(total=self._config.deadline_seconds + push.options.slow_seconds),
                allow_redirects=False,
            ) as response:
                row.status = response.status
                content = await response.read()
        except TimeoutError:
            done("timeout", f"no answer within {self._config.deadline_seconds:g} s")
        except aiohttp.ClientError as error:
            done("refused", f"connection failed: {type(error).__name__}")
        else:
            if response.status != 200:
                done("http_error", f"answered with status {response.status}")
            else:
                answer = read_answer(app, push, openid, nonce, content, self._media_exists)
                row.verified = answer.kind != "invalid"
                row.reply = answer.shown
                outcome: Outcome = "reply"
                if answer.kind in ("success", "empty", "invalid"):
                    outcome = answer.kind  # type: ignore[assignment]  # one of these three, just checked
                done(outcome, *answer.reasons)
        return answer

    def _conclude(self, app: App, push: Push, answers: list[Answer], again: bool) -> None:
        """Show the answer or the fault, once per push."""
        push.reasons = [reason for attempt in push.attempts for reason in attempt.reasons]
        good = [answer for answer in answers if answer.kind != "invalid"]
        shown = {answer.shown for answer in good if answer.shown is not None}
        if len(shown) > 1:
            push.reasons.append("the same push got different answers")
        if push.quiet and shown:
            push.reasons.append(f"an answer with content to {push.trigger}, which nobody sees")
        elif not good and not again:
            push.fault = "; ".join(dict.fromkeys(push.reasons)) or "no answer"
        for reason in dict.fromkeys(push.reasons):
            self._journal.refuse("push", push.user, reason, push_id=push.id)
        user = self._users.get(push.user) if push.user else None
        if user is None or push.quiet:
            return
        if app.kind == "account" and not user.following:
            return
        answer = next((one for one in good if one.shown is not None), None)
        if answer is not None and push.reply is None:
            push.reply = answer.shown
            entry = Displayed(id=0, at=push.at, app=app.kind, channel="passive", type=answer.kind, text=answer.text)
            entry = entry.model_copy(
                update={"media_id": answer.media_id, "articles": answer.articles, "push_id": push.id}
            )
            self._users.show(user, entry)
        elif push.fault:
            notice = FAULT_NOTICE if app.kind == "account" else PROGRAM_FAULT_NOTICE
            entry = Displayed(
                id=0, at=push.at, app=app.kind, channel="fault", type="text", text=notice, push_id=push.id
            )
            self._users.show(user, entry)


async def _slowly(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    half = len(body) // 2
    yield body[:half]
    await asyncio.sleep(seconds)
    yield body[half:]

"""Plugs everything together: ``create_app`` is the only place that knows every room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from bot.alerts import AlertSender, RecordedSms, Robots, SmsWay, WebhookWay, WeChatWay
from bot.answers import OpenAnswers
from bot.finding import FindingWords
from bot.health import Health
from bot.housekeeping import Housekeeping
from bot.journal import Journal
from bot.ladder import Ladder
from bot.media import DOWNLOAD_SECONDS, MediaFetch
from bot.mini import Login
from bot.pipeline import Pipeline
from bot.published import PublishedWords
from bot.results import Results
from bot.runtime import Runtime, official_account
from bot.scenes import SceneCodes
from bot.sender import Sender
from bot.settings import Settings, SettingsError
from bot.spool import Spool
from bot.sweeper import Sweeper
from bot.tasks import Tasks
from bot.timers import Timers
from bot.webhook import Webhook
from bot.wechat.codec import MAX_BODY, Codec, Mode
from handlers.dispatch import respond
from inbox import setup as set_up_inbox
from miniprogram_api import setup as set_up_miniprogram
from store.clock import Clock


@dataclass(frozen=True, slots=True)
class Parts:
    """What runs inside a web process; tests look in here."""

    runtime: Runtime
    tasks: Tasks
    pipeline: Pipeline
    webhook: Webhook
    sweeper: Sweeper
    spool: Spool
    journal: Journal


PARTS: web.AppKey[Parts] = web.AppKey("parts", Parts)


def codec_of(settings: Settings, clock: Clock) -> Codec:
    """The codec of the service account; raises SettingsError naming the setting that is wrong."""
    try:
        return _codec(settings, clock)
    except ValueError as wrong:
        raise SettingsError([str(wrong)]) from wrong


def _codec(settings: Settings, clock: Clock) -> Codec:
    return Codec(
        app_id=settings.wechat_app_id,
        token=settings.wechat_token,
        aes_key=settings.wechat_aes_key,
        aes_key_previous=settings.wechat_aes_key_previous,
        mode=Mode(settings.wechat_mode),
        clock=clock,
    )


def create_app(runtime: Runtime, *, loops: bool = True) -> web.Application:
    """The web application. With ``loops`` off nothing runs in the background: a test calls the parts itself."""
    desk = runtime.desk
    tasks = Tasks()
    opening = runtime.opening
    pipeline = Pipeline(desk, respond, process=runtime.process, tasks=tasks, ready=lambda: opening.done)
    journal = Journal(runtime.run_dir / "answers", runtime.process)
    spool = Spool(runtime.settings.data_dir / "spool", runtime.process)
    results = Results(runtime.stores, runtime.clock)
    webhook = Webhook(
        codec_of(runtime.settings, runtime.clock), pipeline, results, spool, journal, desk.rules, desk.stores.messages
    )
    answers = OpenAnswers(desk, journal, runtime.process)
    sweeper = Sweeper(desk, pipeline, answers, spool)
    health = Health(runtime.stores, lambda: opening.done)
    words = PublishedWords(desk)
    desk.lab.on_change.append(words.at_start)

    app = web.Application(client_max_size=MAX_BODY * 16)
    app[PARTS] = Parts(runtime, tasks, pipeline, webhook, sweeper, spool, journal)
    app.router.add_get("/wechat", webhook.handshake)
    app.router.add_post("/wechat", webhook.receive)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", health.metrics)
    app.router.add_get("/", _home)
    login = Login(runtime)
    codes = SceneCodes(runtime)
    set_up_inbox(app, desk, public_url=runtime.settings.public_url, make_code=codes.make)
    set_up_miniprogram(app, desk, login)
    if runtime.settings.clock_file is not None:  # the demo
        from bot.demo.tour.page import add_tour

        add_tour(app, runtime)

    async def begin() -> None:
        await opening.when_it_answers()
        await words.at_start()
        await sweeper.before_serving()
        tasks.forever(desk.rules.keep_fresh, name="rules")
        tasks.forever(words.keep, name="lexicon")
        tasks.forever(sweeper.run, name="sweeper")

    async def background(app: web.Application) -> AsyncIterator[None]:
        if loops and opening.done:
            await begin()
        elif loops:
            tasks.spawn(begin(), name="loop:opening")
        yield
        await tasks.close()
        await words.close()
        await answers.end()
        await login.close()
        await codes.close()

    app.cleanup_ctx.append(background)
    return app


async def _home(request: web.Request) -> web.Response:
    raise web.HTTPFound("/tour" if request.app[PARTS].runtime.settings.clock_file else "/inbox/")


class Background:
    """What a worker does: send, run timers, sweep."""

    def __init__(self, runtime: Runtime, http: aiohttp.ClientSession | None = None) -> None:
        desk = runtime.desk
        self.tasks = Tasks()
        self.account = official_account(runtime, http)
        ladder = Ladder(self.account, runtime.settings.public_url, desk.stores.files)
        self.sender = Sender(desk, ladder, process=runtime.process, tasks=self.tasks)
        self.timers = Timers(desk)
        self._robots = WebhookWay(Robots(runtime.settings.alert_webhooks), runtime.clock, http)
        sms = SmsWay(desk, RecordedSms())
        self.alerts = AlertSender(desk, {"wechat": WeChatWay(desk), "webhook": self._robots, "sms": sms})
        self.housekeeping = Housekeeping(desk)
        self._downloads = official_account(runtime, http, timeout=DOWNLOAD_SECONDS)
        self.media = MediaFetch(desk, self._downloads)
        pipeline = Pipeline(desk, respond, process=runtime.process, tasks=self.tasks)
        journal = Journal(runtime.run_dir / "answers", runtime.process)
        self._answers = OpenAnswers(desk, journal, runtime.process)
        spool = Spool(runtime.settings.data_dir / "spool", runtime.process)
        self.sweeper = Sweeper(desk, pipeline, self._answers, spool)
        self.words = PublishedWords(desk)
        self._desk = desk

    def start(self) -> None:
        """Start the loops."""
        loops: dict[str, Any] = {
            "rules": self._desk.rules.keep_fresh,
            "lexicon": self.words.keep,
            "wake-ups": self.sender.listen,
            "sender": self.sender.poll,
            "timers": self.timers.poll,
            "alerts": self.alerts.poll,
            "sweeper": self.sweeper.run,
            "housekeeping": self.housekeeping.run,
            "media": self.media.run,
            "words": FindingWords(self._desk).run,
        }
        for name, loop in loops.items():
            self.tasks.forever(loop, name=name)

    async def close(self) -> None:
        """Let what is being sent come to its end, then stop."""
        await self.tasks.close(grace=7.0)
        await self.words.close()
        await self._answers.end()
        await self.account.close()
        await self._robots.close()
        await self._downloads.close()


__all__ = ["PARTS", "Background", "Parts", "codec_of", "create_app"]

"""The checks of ``guanjia doctor``, one after the other."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import nlp
from bot.runtime import Runtime, mini_program, official_account, open_runtime
from bot.settings import PREFIX, Settings
from bot.wechat.crypto import Seal
from bot.wechat.errors import OutcomeUnknown, Unreachable, WeChatError
from desk.calendar import knows_year
from store.errors import StoreError
from store.wake import answers

LOOKED_BACK = timedelta(days=7)
LITTLE_SPACE = 500 * 1024 * 1024
CONSOLE = "the WeChat console, 设置与开发 > 基本配置"

CURES = {
    40001: f"the secret is wrong: compare {PREFIX}WECHAT_APP_SECRET with {CONSOLE}",
    40013: f"no such app: compare {PREFIX}WECHAT_APP_ID with {CONSOLE}",
    40125: f"the secret is wrong: compare {PREFIX}WECHAT_APP_SECRET with {CONSOLE}",
    40164: f"this server's address is not allowed: add it to the IP whitelist (IP白名单) in {CONSOLE}",
    40243: f"the secret is frozen: thaw or reset it in {CONSOLE}",
    45009: "the day's quota of token calls is used up: wait until midnight, or clear it in the console",
    50004: "the account may not call the API: look for a notice in the WeChat console",
    50007: "the account is frozen: look for a notice in the WeChat console",
    61004: f"this server's address is not allowed: add it to the IP whitelist (IP白名单) in {CONSOLE}",
    89503: f"the administrator must confirm this server's address, on their phone or in {CONSOLE}",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    level: Literal["ok", "warn", "bad"]
    what: str
    says: str


async def check_up(settings: Settings, *, complete: bool = True) -> AsyncIterator[Finding]:
    """Every finding as it is made. Not ``complete``: WeChat's settings are missing, so WeChat is not asked."""
    if complete:
        yield Finding("ok", "settings", "complete")
        yield _callback_key(settings)
    yield _folder(settings)
    yield _calendar(date.today())  # noqa: DTZ011 - which year it is here is precise enough
    yield await _understanding()
    try:
        async with open_runtime(settings) as runtime:
            yield Finding("ok", "MongoDB", "embedded" if not settings.mongodb_uri else "answers")
            yield await _redis(runtime)
            for finding in await _contents(runtime):
                yield finding
            if complete:
                yield await _wechat(runtime)
                yield await _mini_program(runtime)
    except StoreError as away:
        mend = "start it, or mend the address" if settings.mongodb_uri else "look into DATA_DIR/run/mongodb.log"
        yield Finding("bad", "MongoDB", f"does not answer ({away}): {PREFIX}MONGODB_URI: {mend}")


def _folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"probe")
            os.fsync(probe.fileno())
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("bad", "data folder", f"{folder} cannot be written ({error.strerror}): {PREFIX}DATA_DIR")
    if free < LITTLE_SPACE:
        return Finding("warn", "data folder", f"{folder} has only {free // 2**20} MB left: make room")
    return Finding("ok", "data folder", f"{folder}, {free // 2**30} GB free")


def _callback_key(settings: Settings) -> Finding:
    if settings.wechat_mode == "plaintext":
        return Finding("warn", "callback", f"{PREFIX}WECHAT_MODE is plaintext: use safe outside of tests")
    try:
        Seal(settings.wechat_aes_key, settings.wechat_app_id)
    except ValueError as wrong:
        return Finding("bad", "callback", f"{PREFIX}WECHAT_AES_KEY: {wrong}")
    return Finding("ok", "callback", f"mode {settings.wechat_mode}, key readable")


def _calendar(today: date) -> Finding:
    if not knows_year(today.year):
        return Finding(
            "bad",
            "calendar",
            f"the holidays of {today.year} are not known: pip install -U chinese_calendar, "
            "or give the days in the setting office.overrides",
        )
    if today.month >= 11 and not knows_year(today.year + 1):
        return Finding(
            "warn",
            "calendar",
            f"runs out on 31 December: the holidays of {today.year + 1} come with pip install -U chinese_calendar, "
            "until then only the days of the law and those in office.overrides",
        )
    return Finding("ok", "calendar", f"knows {today.year}")


async def _understanding() -> Finding:
    await asyncio.to_thread(nlp.load)
    return Finding("ok", "understanding", "loaded")


async def _redis(runtime: Runtime) -> Finding:
    if await answers(runtime.stores.fast):
        return Finding("ok", "Redis", "answers" if runtime.settings.redis_url else "embedded")
    return Finding(
        "bad", "Redis", f"does not answer: start it, or mend {PREFIX}REDIS_URL (without it all works, but slower)"
    )


async def _contents(runtime: Runtime) -> list[Finding]:
    found = []
    estates = runtime.desk.rules.estates
    if estates:
        found.append(Finding("ok", "estates", ", ".join(f"{one.id} {one.name}" for one in estates)))
    else:
        found.append(
            Finding("warn", "estates", "none yet: guanjia residents import FILE.xlsx --estate ID --estate-name NAME")
        )
    staff = [one for one in await runtime.stores.staff.all() if one.active]
    if staff:
        found.append(Finding("ok", "staff", f"{len(staff)} can sign in"))
    else:
        found.append(Finding("warn", "staff", "nobody can sign in: guanjia staff add USERNAME --role manager"))
    for estate in estates or []:
        for problem in await runtime.desk.dispatch.problems(estate.id):
            found.append(Finding("warn", "dispatch", f"{estate.id}, {problem}: guanjia settings get dispatch.rules"))
        if not runtime.desk.rules.of(estate.id).settings.templates:
            found.append(
                Finding(
                    "warn",
                    "templates",
                    f"{estate.id} has none: outside of 48 hours owners get nothing in the chat; "
                    'guanjia settings set templates.ticket_status \'{"template_id": ..., "fields": {...}}\'',
                )
            )
    lost = await runtime.stores.timers.given_up(since=runtime.clock.now() - LOOKED_BACK)
    if lost:
        named = ", ".join(timer.id for timer in lost[:3])
        found.append(
            Finding("warn", "timers", f"{len(lost)} were given up since a week, like {named}: look at the log")
        )
    return found


async def _wechat(runtime: Runtime) -> Finding:
    account = official_account(runtime)
    try:
        await account.callback_ips()
    except WeChatError as refused:
        cure = CURES.get(
            refused.errcode, f"look the code up in WeChat's list of 全局返回码 (rid {refused.rid or 'none'})"
        )
        return Finding("bad", "WeChat", f"refuses with {refused.errcode}: {cure}")
    except (Unreachable, OutcomeUnknown) as away:
        base = runtime.settings.wechat_api_base
        return Finding(
            "bad", "WeChat", f"{base} cannot be reached ({away}): look at the network and {PREFIX}WECHAT_API_BASE"
        )
    finally:
        await account.close()
    return Finding("ok", "WeChat", f"{runtime.settings.wechat_api_base} answers, app id and secret are right")


async def _mini_program(runtime: Runtime) -> Finding:
    program = mini_program(runtime)
    if program is None:
        return Finding(
            "warn", "mini-program", f"not set up ({PREFIX}MINIPROGRAM_APP_ID is empty): owners use the chat alone"
        )
    try:
        await program.code_to_session("a code that cannot be right")
    except WeChatError as refused:
        if refused.errcode in (40001, 40013, 40125):
            return Finding(
                "bad",
                "mini-program",
                f"refused with {refused.errcode}: compare {PREFIX}MINIPROGRAM_APP_ID and "
                f"{PREFIX}MINIPROGRAM_APP_SECRET with the mini-program's console",
            )
    except (Unreachable, OutcomeUnknown) as away:
        return Finding("bad", "mini-program", f"cannot be reached ({away})")
    finally:
        await program.close()
    return Finding("ok", "mini-program", "answers, app id and secret are right")

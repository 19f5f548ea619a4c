"""Faults on demand, the clock, the phone, and the control API's own refusals."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from pydantic import ValidationError

from bot.emulator.client import EmulatorClient, EmulatorProblem, NothingShown
from bot.emulator.command import run_emulator
from bot.emulator.config import ConfigProblem, load_config
from bot.emulator.platform import PLATFORM
from bot.emulator.server import create_emulator
from tests.clock import FixedClock
from tests.emulator.conftest import Api
from tests.emulator.pretend_bot import PretendBot

SEND = "cgi-bin/message/custom/send"


async def test_fault_before_and_after_the_effect(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.says("在吗")
    await wechat.fault(path=SEND, errcode=-1)
    assert await api.send_text(lin.openid, "一") == -1
    assert await api.send_text(lin.openid, "二") == 0
    await wechat.fault(path="cgi-bin/message/*", errcode=-1, when="after", user="lin")
    assert await api.send_text(lin.openid, "三") == -1
    shown = [entry.text for entry in await lin.screen() if entry.channel == "customer"]
    assert shown == ["二", "三"]
    assert [fault.struck for fault in await wechat.faults()] == [1, 1]


async def test_connection_dropped_after_the_message_was_shown(
    wechat: EmulatorClient, api: Api, bot: PretendBot
) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await lin.says("在吗")
    await wechat.fault(path=SEND, drop=True, when="after")
    with pytest.raises(aiohttp.ClientError):
        await api.send_text(lin.openid, "一")
    assert (await lin.wait_for("一", after=2)).channel == "customer"
    await wechat.fault(path=SEND, drop=True)
    with pytest.raises(aiohttp.ClientError):
        await api.send_text(lin.openid, "二")
    assert (await lin.screen())[-1].text == "一"


async def test_slow_and_broken_answers(wechat: EmulatorClient, api: Api) -> None:
    url = f"{api.base_url}/cgi-bin/getcallbackip?access_token={api.token}"
    await wechat.fault(path="cgi-bin/getcallbackip", delay_seconds=5)
    with pytest.raises(TimeoutError):
        async with api.session.get(url, timeout=aiohttp.ClientTimeout(total=0.1)):
            pass
    await wechat.fault(path="cgi-bin/getcallbackip", http_status=502, times=2)
    for status in (502, 502, 200):
        async with api.session.get(url) as response:
            assert response.status == status
    await wechat.fault(path="cgi-bin/getcallbackip", body="<html>", times=0)
    for _ in range(3):
        async with api.session.get(url) as response:
            assert await response.text() == "<html>"
    await wechat.clear_faults()
    assert "ip_list" in await api.get("cgi-bin/getcallbackip")


async def test_daily_quota_is_cleared(wechat: EmulatorClient, api: Api) -> None:
    await wechat.fault(path="cgi-bin/getcallbackip", errcode=45009, times=0)
    answer = await api.get("cgi-bin/getcallbackip")
    assert answer["errmsg"].startswith("reach max api daily quota limit rid: ")
    assert (await api.post("cgi-bin/clear_quota", {"appid": api.config.account.app_id}))["errcode"] == 0
    assert "ip_list" in await api.get("cgi-bin/getcallbackip")


async def test_fault_for_one_person_only(wechat: EmulatorClient, api: Api, bot: PretendBot) -> None:
    lin, wang = await wechat.user("lin", follow="quietly"), await wechat.user("wang", follow="quietly")
    await lin.says("在吗")
    await wang.says("在吗")
    await wechat.fault(path=SEND, openid=lin.openid, errcode=50002, times=0)
    assert [await api.send_text(phone.openid, "x") for phone in (lin, wang, lin)] == [50002, 0, 50002]


def test_a_fault_that_does_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="a fault needs one of"):
        asyncio.run(EmulatorClient("http://127.0.0.1:9").fault(path=SEND))


async def test_calls_are_listed_without_secrets(wechat: EmulatorClient, api: Api) -> None:
    lin = await wechat.user("lin", follow="quietly")
    await api.send_text(lin.openid, "您好")
    token_call, send_call = await wechat.calls()
    assert (token_call.path, token_call.app_id) == ("cgi-bin/stable_token", api.config.account.app_id)
    assert (send_call.path, send_call.user, send_call.errcode) == (SEND, "lin", 45015)
    everything = json.dumps([await wechat.call("GET", "/calls"), await wechat.call("GET", "/refusals")])
    assert api.token not in everything and api.config.account.secret not in everything
    stats = await wechat.stats()
    assert stats["token_fetches"] == 1 and stats["calls"][SEND] == 1


async def test_phone_wakes_whoever_waits(wechat: EmulatorClient, bot: PretendBot) -> None:
    lin = await wechat.user("lin", follow="quietly")
    waiting = asyncio.create_task(lin.wait_for("听到了"))
    await lin.says("在吗")
    assert (await waiting).text == "听到了: 在吗"
    assert await lin.screen(after=await lin.mark()) == []
    with pytest.raises(NothingShown, match="did not see '再见'"):
        await lin.wait_for("再见", timeout=0.05)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("GET", "/users/nobody", None, 404, "PUT /control/users/nobody"),
        ("POST", "/users/lin/dance", {}, 404, "it is one of follow, unfollow, text"),
        ("POST", "/users/lin/text", {}, 400, "text: Field required"),
        ("POST", "/users/lin/text", {"text": "x", "loud": True}, 400, "loud: Extra inputs"),
        ("POST", "/users/lin/text", {"text": "x", "options": {"parallel": 0}}, 400, "options.parallel"),
        ("POST", "/users/lin/image", {"content": "?"}, 400, "not base64"),
        ("POST", "/users/lin/event", {"fields": {}}, 400, "MsgType"),
        ("POST", "/users/lin/raw", {}, 400, "body_base64"),
        ("POST", "/users/lin/codes/bank", None, 404, "login or phone"),
        ("POST", "/users/lin/consents", {"template_id": "x"}, 404, "no template"),
        ("PUT", "/users/lin", {"template_result": "lost"}, 400, "failed:user block"),
        ("PUT", "/users/%20", {}, 400, "1 to 64 characters"),
        ("POST", "/clock", {}, 400, "skip_seconds or offset_seconds"),
        ("POST", "/clock", {"skip_seconds": 1e12}, 400, "ten years"),
        ("POST", "/clock", [1], 400, "body:"),
        ("PATCH", "/config", {"callback_url": "nowhere"}, 400, "callback_url must look like"),
        ("PATCH", "/config", {"mode": "secret"}, 400, "mode:"),
        ("POST", "/handshake", None, 409, "set callback_url first"),
        ("GET", "/pushes/77", None, 404, "GET /control/pushes"),
        ("GET", "/users/lin/phone?after=x", None, 400, "not a number"),
        ("POST", "/faults", {"path": "x"}, 400, "a fault needs one of"),
        ("GET", "/nothing", None, 404, "GET /control"),
        ("DELETE", "/clock", None, 405, "GET /control"),
    ],
)
async def test_nonsense_is_refused_with_a_reason(
    wechat: EmulatorClient, method: str, path: str, body: object, status: int, words: str
) -> None:
    await wechat.user("lin", follow=False)
    with pytest.raises(EmulatorProblem) as problem:
        await wechat.call(method, path, body)
    assert problem.value.status == status
    assert words in str(problem.value)


async def test_overview_names_all_routes(wechat: EmulatorClient) -> None:
    routes = (await wechat.call("GET", ""))["routes"]
    assert routes["GET /control/stats"].startswith("Counts")
    assert all(routes.values())


async def test_clock_file_is_written_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "run" / "clock.json"
    for expected in (3600, 7200):
        server = TestServer(create_emulator(clock_file=file))
        async with server, EmulatorClient(str(server.make_url(""))) as wechat:
            await wechat.skip(3600)
            assert (await wechat.clock())["offset_seconds"] == expected
        assert json.loads(file.read_text()) == {"offset_seconds": expected}
    file.write_text("{broken")
    assert create_emulator(clock_file=file)[PLATFORM].clock.offset == timedelta()


async def test_a_clock_that_stands_still_can_be_passed_in(clock: FixedClock) -> None:
    app = create_emulator(clock=clock)
    async with TestServer(app) as server, EmulatorClient(str(server.make_url(""))) as wechat:
        await wechat.skip(60)
        clock.move(hours=1)
        assert app[PLATFORM].clock.now() == clock.now() + timedelta(seconds=60)


def test_config_file(tmp_path: Path) -> None:
    file = tmp_path / "emulator.yaml"
    file.write_text("account:\n  app_id: wx1234\n  mode: plaintext\ndeadline_seconds: 1\n")
    config = load_config(file)
    assert (config.account.app_id, config.deadline_seconds, config.spacing) == ("wx1234", 1, 1)
    file.write_text('{"attempts": 0, "deadline": 5}')
    with pytest.raises(ConfigProblem, match=r"attempts: .*; deadline: "):
        load_config(file)
    file.write_text("a: [")
    with pytest.raises(ConfigProblem, match="neither YAML nor JSON"):
        load_config(file)


def test_command_says_which_setting_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_emulator(config_path=tmp_path / "gone.yaml") == 2
    assert "cannot read" in capsys.readouterr().err


async def test_command_runs_and_stops(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    program = (
        "from pathlib import Path; from bot.emulator.command import run_emulator; "
        f"raise SystemExit(run_emulator(clock_file=Path({str(file)!r})))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
    assert line.startswith("emulator http://127.0.0.1:")
    async with EmulatorClient(line.split()[1]) as wechat:
        assert await wechat.call("GET", "/health") == {"ok": True}
        lin = await wechat.user("lin", follow=False)
        waiting = asyncio.create_task(lin.screen(wait=30))
        await wechat.stats()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
        with pytest.raises(aiohttp.ClientError):
            await waiting

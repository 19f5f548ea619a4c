"""Alerts: raised once, by the ways that the settings name; each way's own troubles; a colleague's own WeChat."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.alerts import AlertSender, Failed, RecordedSms, Robots, SmsWay, Unsure, WebhookWay, WeChatWay
from bot.settings import SettingsError, load_settings
from desk.alerts import CODE_LASTS
from store.alerts import Alert
from store.staff import Staff
from store.stores import Stores
from tests.desk.conftest import APP, Office
from tests.desk.duty import alerts_of, set_rules


@dataclass
class Robot:
    """A group robot that answers as a test says."""

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    got: list[tuple[dict[str, str], Any]] = field(default_factory=list)
    slow: float = 0.0

    async def hook(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.query), await request.json()))
        await asyncio.sleep(self.slow)
        status, body = self.answers.pop(0) if self.answers else (200, {"errcode": 0})
        return web.json_response(body, status=status)


@pytest.fixture
async def robot() -> AsyncIterator[Robot]:
    made = Robot()
    app = web.Application()
    app.router.add_post("/send", made.hook)
    server = TestServer(app)
    await server.start_server()
    made.url = str(server.make_url("/send"))
    yield made
    await server.close()


async def colleague(office: Office, name: str) -> Staff:
    return await office.stores.staff.get(name)


async def raised(
    office: Office, *names: str, key: str = "k", urgent: bool = True, text: str = "【催接单】R1"
) -> list[Alert]:
    to = [await colleague(office, name) for name in names]
    ids = await office.desk.alerts.raise_(key, "remind", text, to, estate_id="hy", urgent=urgent)
    rows = [await office.stores.alerts.find(id) for id in ids]
    return [row for row in rows if row is not None]


async def state_of(stores: Stores, alert: Alert) -> Alert:
    found = await stores.alerts.find(alert.id)
    assert found is not None
    return found


async def test_raised_twice_it_is_there_once_for_each(office: Office) -> None:
    first = await raised(office, "zhang", "liu")
    again = await raised(office, "zhang", "liu")
    assert [one.id for one in first] == [one.id for one in again]
    assert sorted(one.way for one in first) == ["inbox", "inbox", "webhook"]
    assert len(await alerts_of(office, "zhang")) == 1


async def test_whoever_listens_hears_of_it_at_once(office: Office) -> None:
    heard: list[str] = []
    office.desk.alerts.listen(lambda rows: heard.extend(row.staff_id for row in rows if row.way == "inbox"))
    await raised(office, "zhang")
    assert heard == ["zhang"]


async def test_which_ways_is_a_setting_and_what_is_not_urgent_waits_for_the_morning(office: Office) -> None:
    await set_rules(office, alerts={"ways": ["inbox", "sms"], "urgent_ways": ["sms"]})
    zone = ZoneInfo("Asia/Shanghai")
    office.clock.set(datetime(2026, 3, 10, 22, 0, tzinfo=zone).astimezone(UTC))
    inbox, sms = await raised(office, "zhang", urgent=False)
    assert inbox.state == "sent" and sms.not_before == datetime(2026, 3, 11, 8, 30, tzinfo=zone)
    [urgent] = await raised(office, "zhang", key="k2")
    assert (urgent.way, urgent.not_before) == ("sms", office.clock.now())


async def test_by_sms_a_stand_in_records_it(office: Office) -> None:
    await set_rules(office, alerts={"urgent_ways": ["sms"]})
    sms = RecordedSms()
    sender = AlertSender(office.desk, {"sms": SmsWay(office.desk, sms)})
    [alert] = await raised(office, "zhang", text="长" * 200)
    await sender.poll_once()
    [(phone, text)] = sms.sent
    assert phone == "13912348821" and len(text) == 67 and (await state_of(office.stores, alert)).state == "sent"


async def test_by_wechat_through_the_outbox_once(office: Office) -> None:
    await office.stores.staff.change("zhang", {"wechat": {"conversation_id": f"{APP}:o-chen"}})
    alerts = await raised(office, "zhang", "liu")
    [mine] = [one for one in alerts if one.way == "wechat"]
    sender = AlertSender(office.desk, {"wechat": WeChatWay(office.desk)})
    await sender.poll_once()
    [row] = await office.stores.deliveries.of_ids([f"alert:{mine.id}"])
    assert row.conversation_id == f"{APP}:o-chen" and row.template["title"] == "R1"
    await office.stores.alerts.change(await state_of(office.stores, mine), {"state": "queued"})
    await sender.poll_once()
    assert len(await office.heard("chen")) == 1


async def test_an_unlinked_wechat_is_skipped(office: Office) -> None:
    await office.stores.staff.change("zhang", {"wechat": {"conversation_id": "gone"}})
    [mine] = [one for one in await raised(office, "zhang") if one.way == "wechat"]
    await AlertSender(office.desk, {"wechat": WeChatWay(office.desk)}).poll_once()
    assert (await state_of(office.stores, mine)).state == "skipped"


async def posted(office: Office, address: str) -> tuple[AlertSender, Alert, WebhookWay]:
    await set_rules(office, alerts={"urgent_ways": ["webhook"]})
    way = WebhookWay(Robots({"hy": address}), office.clock)
    [alert] = await raised(office, "zhang", "liu")
    return AlertSender(office.desk, {"webhook": way}), alert, way


async def test_a_wecom_robot_gets_its_json(office: Office, robot: Robot) -> None:
    sender, alert, way = await posted(office, f"wecom:{robot.url}?key=1")
    await sender.poll_once()
    [(query, body)] = robot.got
    assert query == {"key": "1"}
    assert body == {"msgtype": "text", "text": {"content": "【催接单】R1", "mentioned_list": ["@all"]}}
    assert (await state_of(office.stores, alert)).state == "sent"
    await way.close()


async def test_a_dingtalk_robot_gets_its_signature(office: Office, robot: Robot) -> None:
    sender, _, way = await posted(office, f"dingtalk:{robot.url}#SECxyz")
    await sender.poll_once()
    [(query, body)] = robot.got
    mac = hmac.new(b"SECxyz", f"{query['timestamp']}\nSECxyz".encode(), hashlib.sha256).digest()
    assert query["sign"] == base64.b64encode(mac).decode()
    assert body == {"msgtype": "text", "text": {"content": "【催接单】R1"}, "at": {"isAtAll": True}}
    await way.close()


async def test_a_busy_robot_is_asked_again_and_then_given_up(office: Office, robot: Robot) -> None:
    sender, alert, way = await posted(office, f"wecom:{robot.url}")
    robot.answers = [(200, {"errcode": 45009}), (502, {}), (200, {"errcode": 0})]
    for _ in range(4):
        await sender.poll_once()
        office.clock.move(minutes=3)
    assert len(robot.got) == 3 and (await state_of(office.stores, alert)).state == "sent"
    [other] = await raised(office, "zhang", key="k2")
    robot.answers = [(500, {})] * 9
    for _ in range(9):
        await sender.poll_once()
        office.clock.move(minutes=3)
    assert len(robot.got) == 7 and (await state_of(office.stores, other)).state == "failed"
    await way.close()


async def test_a_refusal_is_not_repeated(office: Office, robot: Robot) -> None:
    sender, alert, way = await posted(office, f"wecom:{robot.url}")
    robot.answers = [(200, {"errcode": 93000})]
    await sender.poll_once()
    now = await state_of(office.stores, alert)
    assert now.state == "skipped" and "93000" in str(now.problem)
    await way.close()


async def test_without_an_answer_it_is_not_sent_again(
    office: Office, robot: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, alert, way = await posted(office, f"wecom:{robot.url}")
    monkeypatch.setattr("bot.alerts.webhook.TIMEOUT", aiohttp.ClientTimeout(total=0.05))
    robot.slow = 0.5
    await sender.poll_once()
    assert (await state_of(office.stores, alert)).state == "unknown"
    office.clock.move(hours=1)
    await sender.poll_once()
    assert len(robot.got) == 1
    await way.close()


async def test_a_robot_that_is_away_is_tried_again(office: Office) -> None:
    way = WebhookWay(Robots({"*": "wecom:http://127.0.0.1:9/"}), office.clock)
    with pytest.raises(Failed, match="cannot be reached"):
        await way.send(
            Alert(id="a", way="webhook", kind="k", text="t", at=office.clock.now(), not_before=office.clock.now())
        )
    await way.close()


@pytest.mark.parametrize("bad", ["ftp://x", "https://example.com/robot", "wecom:", "钉钉"])
def test_an_address_that_is_no_robots_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="robot"):
        Robots({"*": bad})
    with pytest.raises(SettingsError, match="ALERT_WEBHOOKS"):
        load_settings(need_wechat=False, _env_file=None, secret_key="x" * 20, alert_webhooks={"*": bad})


async def test_a_worker_that_died_while_sending_leaves_it_unknown(office: Office) -> None:
    await set_rules(office, alerts={"urgent_ways": ["sms"]})
    [alert] = await raised(office, "zhang")
    await office.stores.alerts.change(alert, {"state": "sending", "sending_until": office.clock.wall()})
    sms = RecordedSms()
    await AlertSender(office.desk, {"sms": SmsWay(office.desk, sms)}).poll_once()
    assert (await state_of(office.stores, alert)).state == "unknown" and not sms.sent


async def test_two_workers_send_it_once_and_what_is_stale_is_not_sent(office: Office) -> None:
    await set_rules(office, alerts={"urgent_ways": ["sms"]})
    sms = RecordedSms()
    senders = [AlertSender(office.desk, {"sms": SmsWay(office.desk, sms)}) for _ in range(3)]
    await raised(office, "zhang")
    await asyncio.gather(*(sender.poll_once() for sender in senders))
    assert len(sms.sent) == 1
    [old] = await raised(office, "zhang", key="k2")
    office.clock.move(days=1)
    await senders[0].poll_once()
    assert len(sms.sent) == 1 and (await state_of(office.stores, old)).state == "skipped"


async def test_one_bad_alert_does_not_hold_up_the_others(office: Office) -> None:
    class Broken:
        async def send(self, alert: Alert) -> None:
            if alert.staff_id == "zhang":
                raise RuntimeError("broken")
            raise Unsure("?")

    await set_rules(office, alerts={"urgent_ways": ["sms"]})
    first, second = await raised(office, "zhang", "liu")
    await AlertSender(office.desk, {"sms": Broken()}).poll_once()
    assert (await state_of(office.stores, first)).tries == 1
    assert (await state_of(office.stores, second)).state == "unknown"


# -- a colleague's own WeChat ------------------------------------------------------------------------------------------


async def test_a_code_links_the_wechat_that_scans_it_once_and_for_ten_minutes(office: Office) -> None:
    scene = await office.desk.alerts.link_code("zhang")
    assert len(scene) <= 64
    assert await office.desk.alerts.link(scene, f"{APP}:o-chen") == "张伟强"
    assert ((await colleague(office, "zhang")).wechat or {})["conversation_id"] == f"{APP}:o-chen"
    assert await office.desk.alerts.link(scene, f"{APP}:o-wang") is None, "used up"
    late = await office.desk.alerts.link_code("zhang")
    office.clock.move(seconds=CODE_LASTS.total_seconds())
    assert await office.desk.alerts.link(late, f"{APP}:o-wang") is None
    assert await office.desk.alerts.link("staff.nonsense", f"{APP}:o-wang") is None
    gone = await office.desk.alerts.link_code("liu")
    await office.stores.staff.change("liu", {"active": False})
    assert await office.desk.alerts.link(gone, f"{APP}:o-wang") is None
    await office.desk.alerts.unlink("zhang")
    assert (await colleague(office, "zhang")).wechat is None


async def test_a_homes_code_is_no_colleagues(office: Office) -> None:
    scene = await office.desk.residents.scene_for("hy/3-2-1502")
    assert await office.desk.alerts.link(f"staff.{scene}", f"{APP}:o-wang") is None
    assert timedelta(minutes=1) < CODE_LASTS

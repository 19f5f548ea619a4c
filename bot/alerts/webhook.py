"""To a group robot of 企业微信 or 钉钉: one JSON POST per alert.

Addresses and secrets come from the environment: ``ALERT_WEBHOOKS``, JSON by estate id (``*``: every other estate). The
robot is known by its address, or by ``wecom:`` / ``dingtalk:`` in front of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote_plus, urlsplit

import aiohttp

from bot.alerts.sending import Failed, Skipped, Unsure
from store.alerts import Alert
from store.clock import Clock

TIMEOUT = aiohttp.ClientTimeout(total=8, sock_connect=3)
BUSY = {-1, 45009, 130101}
"""Codes of a robot that is busy or was asked too often; 130101 is 钉钉's."""
HOSTS: dict[str, Literal["wecom", "dingtalk"]] = {
    "qyapi.weixin.qq.com": "wecom",
    "oapi.dingtalk.com": "dingtalk",
}


@dataclass(frozen=True, slots=True)
class Robot:
    """One group robot."""

    kind: Literal["wecom", "dingtalk"]
    url: str
    secret: str = ""
    """钉钉's signature (加签); empty: none."""

    @classmethod
    def of(cls, text: str) -> Robot:
        """From ``[kind:]https://...[#secret]``; raises ValueError naming what is wrong."""
        kind, colon, rest = text.partition(":")
        address = rest if colon and kind in ("wecom", "dingtalk") else text
        address, _, secret = address.partition("#")
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("a robot's address begins with https://")
        named = kind if kind in ("wecom", "dingtalk") else HOSTS.get(parts.hostname or "")
        if named is None:
            raise ValueError("which robot is it? write wecom:https://... or dingtalk:https://...")
        return cls("wecom" if named == "wecom" else "dingtalk", address, secret)


class Robots:
    """The robots by estate."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._robots = {estate: Robot.of(address) for estate, address in addresses.items()}

    def of(self, estate_id: str) -> Robot | None:
        """The estate's robot, or the one for all."""
        return self._robots.get(estate_id) or self._robots.get("*")


class WebhookWay:
    """Posts alerts to the estate's robot."""

    def __init__(self, robots: Robots, clock: Clock, http: aiohttp.ClientSession | None = None) -> None:
        self._robots = robots
        self._clock = clock
        self._http = http
        self._own = http is None

    async def close(self) -> None:
        """Close our connections."""
        if self._own and self._http is not None:
            await self._http.close()

    async def send(self, alert: Alert) -> None:
        """One POST; raises Skipped without a robot, Failed when it was refused, Unsure when no answer came."""
        robot = self._robots.of(alert.estate_id)
        if robot is None:
            raise Skipped("no robot for this estate")
        if self._http is None:
            self._http = aiohttp.ClientSession()
        params = self._signed(robot)
        try:
            async with self._http.post(
                robot.url + params, json=body_of(robot, alert), timeout=TIMEOUT, allow_redirects=False
            ) as answer:
                status = answer.status
                said: Any = await answer.json(content_type=None) if status == 200 else {}
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as away:
            raise Failed(f"the robot cannot be reached: {type(away).__name__}") from away
        except (TimeoutError, aiohttp.ClientError, ValueError) as lost:
            raise Unsure(f"no answer: {type(lost).__name__}") from lost
        code = said.get("errcode") if isinstance(said, dict) else None
        if status == 200 and code == 0:
            return
        if status >= 500 or status == 429 or code in BUSY:
            raise Failed(f"the robot is busy: {status} {code}")
        raise Skipped(f"the robot refuses: {status} {code}")

    def _signed(self, robot: Robot) -> str:
        """钉钉: timestamp in milliseconds and HMAC-SHA256 over it."""
        if robot.kind != "dingtalk" or not robot.secret:
            return ""
        stamp = str(int(self._clock.wall().timestamp() * 1000))
        mac = hmac.new(robot.secret.encode(), f"{stamp}\n{robot.secret}".encode(), hashlib.sha256).digest()
        joint = "&" if "?" in robot.url else "?"
        return f"{joint}timestamp={stamp}&sign={quote_plus(base64.b64encode(mac))}"


def body_of(robot: Robot, alert: Alert) -> dict[str, Any]:
    """What the robot is given; an urgent alert calls everybody in the group."""
    if robot.kind == "wecom":
        mentioned = {"mentioned_list": ["@all"]} if alert.urgent else {}
        return {"msgtype": "text", "text": {"content": alert.text, **mentioned}}
    return {"msgtype": "text", "text": {"content": alert.text}, "at": {"isAtAll": alert.urgent}}

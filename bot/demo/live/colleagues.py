"""Colleagues at work: through the staff API, as anybody would who has the inbox open."""

from __future__ import annotations

import random
from typing import Any

import aiohttp

NEXT: dict[str, tuple[str, dict[str, Any]]] = {
    "new": ("accepted", {}),
    "accepted": ("in_progress", {"progress": "on_the_way"}),
    "in_progress": ("in_progress", {"progress": "arrived"}),
    "arrived": ("resolved", {}),
}
DONE = ("已处理好,试过没问题", "修好了,现场清理干净", "换了新的,测试正常", "已处理,当面和业主确认")
BUSY = 6
"""So many tickets are taken along at a time: a technician has two hands."""
FORGETFUL = 0.15


class Refused(Exception):
    """The staff API said no; the text is its reason."""


class Colleague:
    """One session of the staff API."""

    def __init__(self, http: aiohttp.ClientSession, base: str, username: str, password: str) -> None:
        self.username = username
        self._http = http
        self._url = f"{base.rstrip('/')}/api/inbox/v1"
        self._password = password
        self._token = ""

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """One call; signs in first when that is needed. Raises ``Refused``."""
        if not self._token:
            await self._sign_in()
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._http.request(method, f"{self._url}/{path}", json=body, headers=headers) as answer:
            data = await answer.json(content_type=None)
            if answer.status == 401:
                self._token = ""
            if answer.status >= 300:
                raise Refused(f"{answer.status} {data.get('error', {}).get('message', '')}")
            return data

    async def _sign_in(self) -> None:
        login = {"username": self.username, "password": self._password}
        async with self._http.post(f"{self._url}/login", json=login) as answer:
            data = await answer.json(content_type=None)
            if answer.status != 200:
                raise Refused(f"{self.username} cannot sign in: {answer.status}")
            self._token = str(data["token"])


class Crew:
    """Those who take the live tickets along, a step at a time."""

    def __init__(self, technician: Colleague, supervisor: Colleague, chance: random.Random) -> None:
        self._technician = technician
        self._supervisor = supervisor
        self._chance = chance
        self._mine: list[str] = []

    async def step(self) -> str:
        """One thing that one of them does; says what, or nothing when there is nothing to do."""
        await self._look()
        if not self._mine or self._chance.random() < FORGETFUL:
            return ""
        number = self._chance.choice(self._mine)
        ticket = await self._supervisor.call("GET", f"tickets/{number}")
        now = "arrived" if ticket["progress"] in ("arrived", "working") else str(ticket["state"])
        if now not in NEXT:
            self._mine.remove(number)
            return ""
        to, body = NEXT[now]
        # Repairs are the technician's; everything else, and what is somebody else's, the supervisor's.
        mine = ticket["category"] == "repair" and ticket["executor"] in (None, self._technician.username)
        who = self._technician if mine else self._supervisor
        note = {"note": self._chance.choice(DONE)} if to == "resolved" else {}
        try:
            await who.call(
                "POST", f"tickets/{number}/transitions", {"to": to, "version": ticket["version"], **body, **note}
            )
        except Refused as refused:
            self._mine.remove(number)
            return f"{number}: {refused}"
        return f"{who.username}: {number} {body.get('progress') or to}"

    async def watch(self, number: str) -> None:
        """Take this one along too."""
        if number not in self._mine:
            self._mine.append(number)

    async def _look(self) -> None:
        """What has come in."""
        if len(self._mine) >= BUSY:
            return
        page = await self._supervisor.call("GET", "tickets?state=new&limit=20")
        for row in page["items"]:
            if len(self._mine) < BUSY and row["number"] not in self._mine:
                self._mine.append(row["number"])

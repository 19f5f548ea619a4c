"""A small client of the emulator, for tests and for the demo: people with phones, and what they see."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal
from urllib.parse import quote

import aiohttp
from pydantic import ConfigDict

from bot.emulator.faults import Fault, FaultOrder
from bot.emulator.journal import ApiCall, Refusal
from bot.emulator.pushes import Attempt, Push, PushOptions
from bot.emulator.users import CardField, Displayed, MenuItem

__all__ = [
    "ApiCall",
    "Attempt",
    "CardField",
    "Displayed",
    "EmulatorClient",
    "EmulatorProblem",
    "Fault",
    "MenuItem",
    "NothingShown",
    "Phone",
    "PushResult",
    "Refusal",
]


class PushResult(Push):
    """A push and what came of it: ``attempts``, ``reply`` (what the user reads), ``fault``, ``reasons``, ``msg_id``."""

    model_config = ConfigDict(extra="ignore")

    @property
    def status(self) -> int | None:
        """The HTTP status of the last attempt."""
        return self.attempts[-1].status if self.attempts else None

    @property
    def statuses(self) -> list[int | None]:
        """The HTTP status of each attempt."""
        return [attempt.status for attempt in self.attempts]


class EmulatorProblem(Exception):
    """The emulator refused a control call; the text says what to do instead."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class NothingShown(AssertionError):
    """What was waited for did not appear; the text lists what did."""


class EmulatorClient:
    """Talks to the control API. Use it with ``async with``."""

    def __init__(self, base_url: str, session: aiohttp.ClientSession | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = session
        self._owned = session is None

    async def __aenter__(self) -> EmulatorClient:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._owned and self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, method: str, path: str, body: object = None, /, **query: object) -> dict[str, Any]:
        """One control call; raises ``EmulatorProblem`` when it is refused."""
        if self._session is None:
            raise RuntimeError("use it as: async with EmulatorClient(base_url) as wechat")
        parameters = {key: str(value) for key, value in query.items() if value is not None}
        url = f"{self.base_url}/control{path}"
        timeout = aiohttp.ClientTimeout(total=120)
        async with self._session.request(method, url, json=body, params=parameters, timeout=timeout) as response:
            data: dict[str, Any] = await response.json(content_type=None)
        if response.status != 200:
            error = data.get("error", {})
            raise EmulatorProblem(response.status, error.get("code", "error"), error.get("message", str(data)))
        return data

    async def user(self, name: str, follow: bool | Literal["quietly"] = True, **settings: Any) -> Phone:
        """The phone of that person, made on first use.

        ``follow``: True lets them follow now, with the push that goes with it; ``quietly`` without one;
        False leaves things as they are. ``settings``: phone_number, template_result, next_results, risky.
        """
        data = await self.call("PUT", f"/users/{quote(name, safe='')}", settings)
        phone = Phone(self, data)
        if follow and not data["following"]:
            await phone.follow(quietly=follow == "quietly")
        return phone

    async def configure(self, **settings: Any) -> dict[str, Any]:
        """Change settings: callback_url, mode, token, aes_key, deadline_seconds, attempts and so on."""
        return await self.call("PATCH", "/config", settings)

    async def config(self) -> dict[str, Any]:
        """All settings, with app ids, secrets and template ids."""
        return await self.call("GET", "/config")

    async def handshake(self) -> tuple[bool, str]:
        """Whether the callback address passes the console's check, and why not."""
        data = await self.call("POST", "/handshake")
        return bool(data["ok"]), str(data["reason"])

    async def fault(self, **order: Any) -> Fault:
        """Let something go wrong; see ``FaultOrder`` for the names."""
        checked = FaultOrder.model_validate(order)
        return Fault.model_validate(await self.call("POST", "/faults", checked.model_dump(exclude_unset=True)))

    async def faults(self) -> list[Fault]:
        """Faults that stand, with how often each struck."""
        return [Fault.model_validate(row) for row in (await self.call("GET", "/faults"))["items"]]

    async def clear_faults(self) -> None:
        """Let everything work again."""
        await self.call("DELETE", "/faults")

    async def skip(self, seconds: float) -> None:
        """Move the clock on."""
        await self.call("POST", "/clock", {"skip_seconds": seconds})

    async def clock(self) -> dict[str, Any]:
        """``now`` and ``offset_seconds``."""
        return await self.call("GET", "/clock")

    async def revoke_tokens(self, errcode: int = 40001) -> int:
        """Kill all tokens; says how many lived."""
        return int((await self.call("POST", "/tokens/revoke", {"errcode": errcode}))["revoked"])

    async def calls(self, path: str | None = None, after: int = 0) -> list[ApiCall]:
        """Calls of the platform's API, for example of ``cgi-bin/message/custom/send``."""
        rows = (await self.call("GET", "/calls", path=path, after=after))["items"]
        return [ApiCall.model_validate(row) for row in rows]

    async def refusals(self, after: int = 0) -> list[Refusal]:
        """What the platform did not accept, with reasons."""
        return [Refusal.model_validate(row) for row in (await self.call("GET", "/refusals", after=after))["items"]]

    async def stats(self) -> dict[str, Any]:
        """``token_fetches``, ``tokens``, ``calls`` by path, ``pushes``, ``refusals``, ``users``."""
        return await self.call("GET", "/stats")

    async def pushes(self, user: str | None = None, after: int = 0) -> list[PushResult]:
        """Pushes so far, oldest first."""
        rows = (await self.call("GET", "/pushes", user=user, after=after))["items"]
        return [PushResult.model_validate(row) for row in rows]

    async def push(self, push_id: int) -> PushResult:
        """One push as it stands now."""
        return PushResult.model_validate(await self.call("GET", f"/pushes/{push_id}"))

    async def deliver(self, push: PushResult | int) -> PushResult:
        """Deliver a held push, or one more time an old one: same MsgId, same CreateTime."""
        number = push if isinstance(push, int) else push.id
        return PushResult.model_validate(await self.call("POST", f"/pushes/{number}/deliver"))

    async def users(self) -> list[dict[str, Any]]:
        """Everybody."""
        return list((await self.call("GET", "/users"))["items"])

    async def menu(self) -> dict[str, Any]:
        """The account's menu."""
        return await self.call("GET", "/menu")


class Phone:
    """One person's phone.

    ``options`` of a deed are those of ``PushOptions``: parallel, repeats, hold, wait, force, signature, age_seconds ...
    """

    def __init__(self, client: EmulatorClient, data: dict[str, Any]) -> None:
        self._client = client
        self.name: str = data["name"]
        self.openid: str = data["openid"]
        self.mp_openid: str = data["mp_openid"]
        self.unionid: str = data["unionid"]
        self._path = f"/users/{quote(self.name, safe='')}"

    async def _do(self, deed: str, body: dict[str, Any], options: dict[str, Any]) -> PushResult:
        if options:
            checked = PushOptions.model_validate(options)
            body["options"] = checked.model_dump(mode="json", exclude_unset=True)
        data = await self._client.call("POST", f"{self._path}/{deed}", body)
        if data.get("id") is None:
            # Nothing changed, for example because they followed already.
            data = {"id": 0, "app": "account", "user": self.name, "create_time": 0, "state": "not_sent"}
            data["at"] = (await self._client.clock())["now"]
        return PushResult.model_validate(data)

    async def follow(
        self, scene: str | None = None, *, ticket: str | None = None, quietly: bool = False, **options: Any
    ) -> PushResult:
        """Follow the account, maybe by a QR code."""
        return await self._do("follow", _given(scene=scene, ticket=ticket, quietly=quietly), options)

    async def unfollow(self, **options: Any) -> PushResult:
        """Stop following."""
        return await self._do("unfollow", {}, options)

    async def remembers(self, items: list[dict[str, Any]]) -> int:
        """Put a history on a phone that shows nothing yet: ``at``, ``channel``, ``text`` and so on; says how much."""
        return int((await self._client.call("POST", f"{self._path}/past", {"items": items}))["entries"])

    async def says(self, text: str, **options: Any) -> PushResult:
        """Write to the account; comes back when it answered."""
        return await self._do("text", {"text": text}, options)

    async def taps_msgmenu(self, menu_id: str, text: str, **options: Any) -> PushResult:
        """Tap a choice of a msgmenu: sends its words, with its id."""
        return await self._do("text", {"text": text, "menu_id": menu_id}, options)

    async def sends_image(self, content: bytes | None = None, **options: Any) -> PushResult:
        """Send a photo."""
        return await self._do("image", _given(content=_base64(content)), options)

    async def sends_voice(
        self, recognition: str | None = None, content: bytes | None = None, **options: Any
    ) -> PushResult:
        """Send a voice message, with or without what the platform heard in it."""
        return await self._do("voice", _given(content=_base64(content), recognition=recognition), options)

    async def sends_video(self, content: bytes | None = None, **options: Any) -> PushResult:
        """Send a film."""
        return await self._do("video", _given(content=_base64(content)), options)

    async def sends_location(
        self, latitude: float = 30.28, longitude: float = 120.15, label: str = "和苑 3 栋", **options: Any
    ) -> PushResult:
        """Share a place."""
        return await self._do("location", {"latitude": latitude, "longitude": longitude, "label": label}, options)

    async def sends_link(self, title: str, url: str, description: str = "", **options: Any) -> PushResult:
        """Share a page."""
        return await self._do("link", {"title": title, "description": description, "url": url}, options)

    async def taps_menu(self, key: str, event: Literal["click", "view"] = "click", **options: Any) -> PushResult:
        """Tap a button of the account's menu."""
        return await self._do("menu", {"key": key, "event": event}, options)

    async def scans(self, scene: str | None = None, *, ticket: str | None = None, **options: Any) -> PushResult:
        """Scan a QR code of the account; follows by it when not following yet."""
        return await self._do("scan", _given(scene=scene, ticket=ticket), options)

    async def sends(self, fields: dict[str, Any], **options: Any) -> PushResult:
        """Any message or event, known or not: ``{"MsgType": "event", "Event": "LOCATION", ...}``."""
        return await self._do("event", {"fields": fields}, options)

    async def raw(self, body: bytes | str, **options: Any) -> PushResult:
        """These bytes as the body (sealed in safe mode unless ``encrypt=False``)."""
        content = body.encode() if isinstance(body, str) else body
        return await self._do("raw", {"body_base64": _base64(content)}, options)

    async def login_code(self) -> str:
        """What ``wx.login()`` gives: for jscode2session, once, within five minutes."""
        return str((await self._client.call("POST", f"{self._path}/codes/login"))["code"])

    async def phone_code(self) -> str:
        """What the button for the phone number gives."""
        return str((await self._client.call("POST", f"{self._path}/codes/phone"))["code"])

    async def consents(self, template_id: str, count: int = 1, answer: Literal["accept", "reject"] = "accept") -> int:
        """Answer the dialogue for a subscribe message; says how many consents are left."""
        body = {"template_id": template_id, "count": count, "answer": answer}
        return int((await self._client.call("POST", f"{self._path}/consents", body))["left"])

    async def open_data(self, **data: Any) -> dict[str, str]:
        """``rawData``, ``signature``, ``encryptedData`` and ``iv`` of that data, for the current session."""
        return await self._client.call("POST", f"{self._path}/open_data", {"data": data})

    async def set(self, **settings: Any) -> None:
        """Change phone_number, template_result, next_results or risky."""
        await self._client.call("PUT", self._path, settings)

    async def info(self) -> dict[str, Any]:
        """following, allowance, typing, consents and more, as of now."""
        return await self._client.call("GET", self._path)

    async def screen(self, after: int = 0, wait: float = 0) -> list[Displayed]:
        """What was displayed after entry ``after``, own messages included."""
        rows = (await self._client.call("GET", f"{self._path}/phone", after=after, wait=wait or None))["items"]
        return [Displayed.model_validate(row) for row in rows]

    async def mark(self) -> int:
        """The number of the newest entry, to look only at what comes later."""
        return max((entry.id for entry in await self.screen()), default=0)

    async def wait_for(
        self, wanted: str | Callable[[Displayed], bool], timeout: float = 5, after: int = 0
    ) -> Displayed:
        """The first entry from the account with these words, or that passes the test; else ``NothingShown``."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout
        seen: list[Displayed] = []
        while True:
            left = max(0.0, end - loop.time())
            for entry in await self.screen(after=seen[-1].id if seen else after, wait=left):
                seen.append(entry)
                if entry.channel != "sent" and (wanted in entry.text if isinstance(wanted, str) else wanted(entry)):
                    return entry
            if loop.time() >= end:
                shown = "\n".join(f"  {entry.id} {entry.channel}: {entry.text}" for entry in seen) or "  nothing"
                raise NothingShown(f"{self.name} did not see {wanted!r} within {timeout:g} s, but:\n{shown}")


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _base64(content: bytes | None) -> str | None:
    return None if content is None else base64.b64encode(content).decode()

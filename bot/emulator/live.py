"""What happens, as it happens: a numbered stream of everything that the chat page shows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from bot.emulator.answers import as_json, number, platform_of
from bot.emulator.platform import Platform
from bot.emulator.pushes import Push
from bot.emulator.users import User

routes = web.RouteTableDef()

KEPT = 2000
"""So many events can be caught up with; who missed more starts from a new snapshot."""
LATEST = 100
"""So many pushes and refusals are part of a snapshot."""
TICK = 1.0
"""Some things change by time alone, an allowance that runs out for example: looked at once a second."""
SPACING = 0.02
"""Changes of so many seconds are looked for together."""
BEAT = 15.0
"""A comment travels after so many silent seconds, so that both sides notice when the line is dead."""
IDLE = 60.0
"""Nobody listened for so long: the feed rests and costs nothing."""
LONGEST_WAIT = 25.0


def user_view(platform: Platform, user: User) -> dict[str, Any]:
    """A person as lists show them."""
    allowance = platform.users.allowance(user)
    last = user.screen[-1] if user.screen else None
    return {
        "name": user.name,
        "shown_as": user.shown_as or user.name,
        "about": user.about,
        "following": user.following,
        "typing": user.typing_until is not None and user.typing_until > platform.clock.now(),
        "allowance": {"left": allowance[0], "until": allowance[1].isoformat()} if allowance else None,
        "last_id": last.id if last else 0,
        "last_line": last.text[:60] if last else "",
        "last_at": last.at.isoformat() if last else None,
        "last_from": "" if last is None else "owner" if last.channel == "sent" else "account",
    }


def push_view(push: Push) -> dict[str, Any]:
    """A push without its body."""
    return push.model_dump(mode="json", exclude={"fields", "options"})


class Feed:
    """Compares the platform with what was last told and tells the difference. Works only while somebody listens."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._events: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._run = ""
        self._number = 0
        self._new = asyncio.Event()
        self._touched = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._listeners = 0
        self._left_at = 0.0
        self._told: dict[str, Any] = {}
        self._seen: dict[str, int] = {}
        self._open_pushes: dict[int, str] = {}
        self._last_push = 0
        self._last_refusal = 0
        self.closed = False

    @property
    def mark(self) -> str:
        """Where the stream stands: a snapshot taken now is complete up to here."""
        return f"{self._run}-{self._number}"

    def wake(self) -> None:
        """Begin to compare; what is there now counts as told."""
        self._left_at = time.monotonic()
        if self._task is not None or self.closed:
            return
        self._run, self._number = secrets.token_hex(4), 0
        self._events.clear()
        self._told, self._seen, self._open_pushes = {}, {}, {}
        platform = self._platform
        self._last_push = max((push.id for push in platform.pushes.list()), default=0)
        self._last_refusal = max((one.id for one in platform.journal.refusals()), default=0)
        self._open_pushes = {one.id: "" for one in platform.pushes.list()[-LATEST:] if one.state != "done"}
        for user in platform.users.all():
            self._seen[user.name] = user.screen[-1].id if user.screen else 0
        self._look()
        self._events.clear()
        platform.users.on_change.append(self._touched)
        self._task = asyncio.create_task(self._compare(), name="emulator feed")

    async def close(self) -> None:
        """End all streams."""
        self.closed = True
        self._new.set()
        await self._rest()

    async def _rest(self) -> None:
        task, self._task = self._task, None
        if self._touched in self._platform.users.on_change:
            self._platform.users.on_change.remove(self._touched)
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _compare(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK):  # not wait_for, which may lose a cancellation on Python 3.11
                    await self._touched.wait()
            self._touched.clear()
            self._look()
            if not self._listeners and time.monotonic() - self._left_at > IDLE:
                await self._rest()
                return
            await asyncio.sleep(SPACING)

    def _look(self) -> None:
        platform = self._platform
        for user in platform.users.all():
            seen = self._seen.get(user.name, 0)
            fresh = []
            for entry in reversed(user.screen):
                if entry.id <= seen:
                    break
                fresh.append(entry)
            for entry in reversed(fresh):
                self._tell("entry", {"user": user.name, "entry": entry.model_dump(mode="json")})
                self._seen[user.name] = entry.id
            self._tell_if_new(f"user {user.name}", "user", user_view(platform, user))
        for push in platform.pushes.list(self._last_push):
            self._last_push = push.id
            self._open_pushes[push.id] = ""
        for push_id, told in list(self._open_pushes.items()):
            push = platform.pushes.get(push_id)
            state = f"{push.state} {len(push.attempts)} {push.fault}"
            if state != told:
                self._open_pushes[push_id] = state
                self._tell("push", push_view(push))
            if push.state in ("done", "not_sent"):
                del self._open_pushes[push_id]
        for refusal in platform.journal.refusals(self._last_refusal):
            self._last_refusal = refusal.id
            self._tell("refusal", refusal.model_dump(mode="json"))
        offset = platform.clock.offset_seconds
        if self._told.get("clock") != offset:
            self._told["clock"] = offset
            self._tell("clock", {"now": platform.clock.now().isoformat(), "offset_seconds": offset})
        self._tell_if_new("menu", "menu", platform.menu or {"button": []})
        self._tell_if_new("faults", "faults", {"items": [one.model_dump(mode="json") for one in platform.faults.all()]})

    def _tell_if_new(self, name: str, kind: str, data: Any) -> None:
        if self._told.get(name) != data:
            self._told[name] = data
            self._tell(kind, data)

    def _tell(self, kind: str, data: Any) -> None:
        self._number += 1
        self._events.append({"id": self.mark, "number": self._number, "type": kind, "data": data})
        self._new.set()
        self._new = asyncio.Event()

    def since(self, mark: str) -> list[dict[str, Any]] | None:
        """Events after that mark; None when some of them are gone: take a new snapshot."""
        run, _, told = mark.partition("-")
        if run != self._run or not told.isdigit() or int(told) > self._number:
            return None
        first = self._events[0]["number"] if self._events else self._number + 1
        after = int(told)
        return None if after + 1 < first else [event for event in self._events if event["number"] > after]

    async def wait(self, mark: str, seconds: float) -> list[dict[str, Any]] | None:
        """The same; when nothing is there yet, wait that long for it."""
        self.wake()
        self._listeners += 1
        try:
            found = self.since(mark)
            if found == [] and not self.closed:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._new.wait(), seconds)
                found = self.since(mark)
            return found
        finally:
            self._listeners -= 1
            self._left_at = time.monotonic()


FEED = web.AppKey("feed", Feed)


@routes.get("/control/snapshot")
async def snapshot(request: web.Request) -> web.Response:
    """Everything the chat page begins with, and the mark from which /control/events goes on."""
    platform, feed = platform_of(request), request.app[FEED]
    feed.wake()
    config = platform.config
    return as_json(
        {
            "mark": feed.mark,
            "account": {"name": config.account.name, "callback_url": config.account.callback_url},
            "miniprogram": {"name": config.miniprogram.name},
            "deadline_seconds": config.deadline_seconds,
            "attempts": config.attempts,
            "clock": {"now": platform.clock.now().isoformat(), "offset_seconds": platform.clock.offset_seconds},
            "menu": platform.menu or {"button": []},
            "users": [user_view(platform, user) for user in platform.users.all()],
            "pushes": [push_view(push) for push in platform.pushes.list()[-LATEST:]],
            "refusals": [one.model_dump(mode="json") for one in platform.journal.refusals()[-LATEST:]],
            "faults": [one.model_dump(mode="json") for one in platform.faults.all()],
        }
    )


@routes.get("/control/events")
async def events(request: web.Request) -> web.StreamResponse:
    """Events after ``Last-Event-ID`` (or ``after``) as a stream; with ``wait`` once, as JSON, for who cannot stream."""
    feed = request.app[FEED]
    feed.wake()
    mark = request.headers.get("Last-Event-ID") or request.query.get("after") or feed.mark
    if "wait" in request.query:
        found = await feed.wait(mark, number(request, "wait", LONGEST_WAIT))
        return as_json({"mark": feed.mark, "reset": found is None, "items": found or []})
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    await response.write(b"retry: 1000\n\n")
    with contextlib.suppress(ConnectionError):  # the page was closed
        while not feed.closed:
            found = await feed.wait(mark, BEAT)
            if found is None:
                await response.write(f"event: reset\nid: {feed.mark}\ndata: {{}}\n\n".encode())
                mark = feed.mark
            elif not found:
                await response.write(b": still here\n\n")
            else:
                mark = found[-1]["id"]
                await response.write(b"".join(_as_sent(event) for event in found))
    return response


def _as_sent(event: dict[str, Any]) -> bytes:
    body = json.dumps(event["data"], ensure_ascii=False)
    return f"event: {event['type']}\nid: {event['id']}\ndata: {body}\n\n".encode()


def add_live(app: web.Application, platform: Platform) -> None:
    """Put the stream on the server."""
    feed = app[FEED] = Feed(platform)

    async def end(app: web.Application) -> None:
        await feed.close()

    async def cleanup(app: web.Application) -> AsyncIterator[None]:
        yield
        await feed.close()

    app.add_routes(routes)
    app.on_shutdown.append(end)
    app.cleanup_ctx.append(cleanup)

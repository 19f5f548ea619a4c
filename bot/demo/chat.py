"""``guanjia chat``: a terminal that is an owner's phone. What is typed leaves signed and encrypted, as in WeChat."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import threading
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.demo.place import Place
from bot.emulator.client import Displayed, EmulatorClient, EmulatorProblem, Phone, PushResult
from bot.settings import PREFIX, Settings

NO_DEMO = 1
LOOK_SECONDS = 20.0
"""How long one look at the phone waits for something new."""
REPLY_SECONDS = 8.0
"""How long a piped line waits for the answer that did not come at once."""
QUIET_SECONDS = 1.5
"""At the end of a script: nothing new for this long, and it is over."""
TABLE = {"template": "模板消息", "subscribe": "订阅消息"}
HELP = """\
/follow  /unfollow   关注、取消关注公众号
/photo [文件]        发一张照片
/scan 场景值         扫一个二维码
/skip 1h             拨快时钟 (s m h d 秒 分 时 天)
/quit                离开 (Ctrl-D 也行)
其它的都原样发给管家;以 / 开头的话写成 //"""

_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd秒分时天]?)")
_UNITS = {"": 60, "s": 1, "秒": 1, "m": 60, "分": 60, "h": 3600, "时": 3600, "d": 86400, "天": 86400}


async def run_chat(settings: Settings, name: str, emulator: str | None) -> int:
    """Talk until /quit or the end of the input; the exit code."""
    url = emulator or _emulator_of(settings)
    console = Console(highlight=False)
    async with EmulatorClient(url) as wechat:
        try:
            await wechat.config()
        except (aiohttp.ClientError, OSError, EmulatorProblem, ValueError):
            print(f"No demo answers at {url}. Start it with `guanjia demo` (same {PREFIX}DATA_DIR).", file=sys.stderr)  # noqa: T201
            return NO_DEMO
        try:
            phone = await wechat.user(name, follow=False)
            await _Talk(wechat, phone, console, ZoneInfo(settings.time_zone)).run()
        except (aiohttp.ClientError, OSError) as gone:
            print(f"The emulator at {url} is gone ({type(gone).__name__}).", file=sys.stderr)  # noqa: T201
            return NO_DEMO
        except EmulatorProblem as refused:
            print(refused, file=sys.stderr)  # noqa: T201 - what a command says
            return NO_DEMO
    return 0


def _emulator_of(settings: Settings) -> str:
    place = Place.told(settings.data_dir)
    return place.emulator if place else f"http://127.0.0.1:{settings.emulator_port}"


class _Talk:
    """One terminal, one phone."""

    def __init__(self, wechat: EmulatorClient, phone: Phone, console: Console, zone: ZoneInfo) -> None:
        self._wechat = wechat
        self._phone = phone
        self._console = console
        self._zone = zone
        self._typed_here = sys.stdin.isatty()
        self._seen = 0
        self._shown = asyncio.Condition()

    async def run(self) -> None:
        """Show what comes, send what is typed."""
        self._seen = await self._phone.mark()
        info = await self._phone.info()
        watching = asyncio.create_task(self._watch())
        try:
            if self._typed_here:
                self._console.print(f"[dim]{self._phone.name} 的手机。直接写给管家;/help 看还能做什么,/quit 离开[/dim]")
            if not info["following"]:
                await self._sent(self._phone.follow())
            async for line in _lines():
                if watching.done():
                    break
                if line.strip() and not await self._obey(line):
                    break
            if not self._typed_here:
                await self._until_quiet()
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching

    async def _obey(self, line: str) -> bool:
        """Send the line, or do what a /word says; False: leave."""
        text = line.strip()
        if not text.startswith("/") or text.startswith("//"):
            await self._says(text.removeprefix("/") if text.startswith("//") else text)
            return True
        word, _, rest = text[1:].partition(" ")
        rest = rest.strip()
        match word:
            case "quit" | "exit" | "q":
                return False
            case "follow":
                await self._sent(self._phone.follow())
            case "unfollow":
                await self._phone.unfollow()
                self._console.print("[dim]已取消关注[/dim]")
            case "photo":
                await self._photo(rest)
            case "scan" if rest:
                await self._sent(self._phone.scans(rest))
            case "skip":
                await self._skip(rest)
            case _:
                self._console.print(HELP, markup=False)
        return True

    async def _says(self, text: str) -> None:
        if not self._typed_here:
            self._console.print(Text(f"我: {text}", style="bold"), soft_wrap=True)
        await self._sent(self._phone.says(text))

    async def _photo(self, path: str) -> None:
        content = None
        if path:
            try:
                content = Path(path).expanduser().read_bytes()
            except OSError as error:
                self._console.print(f"读不到 {path}: {error.strerror}", markup=False)
                return
        if not self._typed_here:
            self._console.print(Text("我: [图片]", style="bold"))
        await self._sent(self._phone.sends_image(content))

    async def _skip(self, span: str) -> None:
        found = _SPAN.fullmatch(span)
        if found is None:
            self._console.print("拨多久? 例如 /skip 1h 或 /skip 30m")
            return
        await self._wechat.skip(float(found[1]) * _UNITS[found[2]])
        now = datetime.fromisoformat((await self._wechat.clock())["now"]).astimezone(self._zone)
        self._console.print(f"[dim]时钟拨到 {now:%m月%d日 %H:%M}[/dim]")

    async def _sent(self, deed: Awaitable[PushResult]) -> None:
        """Wait for the push to be answered; say why when it was not. A script waits for a late answer too."""
        before = self._seen
        try:
            push = await deed
        except EmulatorProblem as refused:
            self._console.print(f"[dim]{refused}[/dim]")
            return
        if push.state == "not_sent":
            return
        if push.fault or push.status != 200:
            reasons = "; ".join(dict.fromkeys(push.reasons)) or f"HTTP {push.status}"
            self._console.print(Text(f"公众号没有回应 ({reasons})", style="red"))
            return
        if not self._typed_here:
            await self._something_after(before, REPLY_SECONDS)

    async def _watch(self) -> None:
        while True:
            for entry in await self._phone.screen(after=self._seen, wait=LOOK_SECONDS):
                if entry.channel != "sent":
                    self._show(entry)
                async with self._shown:
                    self._seen = entry.id
                    self._shown.notify_all()

    async def _something_after(self, mark: int, seconds: float) -> None:
        """Return when something that we did not write ourselves was shown, or after ``seconds``."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    if any(one.channel != "sent" for one in await self._phone.screen(after=mark)):
                        break
                    async with self._shown:
                        await self._shown.wait()
        await self._caught_up()

    async def _caught_up(self) -> None:
        newest = await self._phone.mark()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2), self._shown:
                await self._shown.wait_for(lambda: self._seen >= newest)

    async def _until_quiet(self) -> None:
        while True:
            mark = self._seen
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(QUIET_SECONDS), self._shown:
                    await self._shown.wait_for(lambda: self._seen > mark)  # noqa: B023 - used at once
            if self._seen == mark:
                return

    def _show(self, entry: Displayed) -> None:
        if entry.channel in TABLE:
            self._console.print(_card(entry))
            return
        if not self._typed_here:
            self._console.print(Text(f"管家: {_words(entry)}"), soft_wrap=True)
            return
        self._console.print(Panel(Text(_words(entry)), title="管家", title_align="left", expand=False))


def _words(entry: Displayed) -> str:
    """What one reads in a bubble; the choices of a msgmenu stand below its head."""
    choices = [f"[{item.content}]" for item in entry.items if item.content not in entry.text]
    return "\n".join([entry.text, *choices]).strip() or f"[{entry.type}]"


def _card(entry: Displayed) -> Panel:
    """A template message: a card with a line per field."""
    rows = Table.grid(padding=(0, 2))
    for line in entry.fields:
        rows.add_row(Text(line.label, style="dim"), Text(line.value))
    if link := entry.pagepath or entry.url:
        rows.add_row(Text("详情", style="dim"), Text(link))
    return Panel(rows, title=f"{TABLE[entry.channel]} {entry.title}", title_align="left", expand=False)


async def _lines() -> AsyncIterator[str]:
    """Lines of standard input, whatever it is: a terminal, a pipe, a file. Read in a thread that nobody waits for."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def put(line: str | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(queue.put_nowait, line)

    def read() -> None:
        # Not sys.stdin: its lock, held by this thread while it waits, would stop the interpreter from ending.
        rest = b""
        while piece := _piece():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                put(line.decode("utf-8", errors="replace").rstrip("\r"))
        if rest:
            put(rest.decode("utf-8", errors="replace"))
        put(None)

    threading.Thread(target=read, name="typing", daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line


def _piece() -> bytes:
    try:
        return os.read(0, 65536)
    except OSError:  # no standard input at all
        return b""

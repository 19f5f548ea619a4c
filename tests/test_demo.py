"""`guanjia demo` as a newcomer meets it: up by one command, a talk through it, and nothing left of it afterwards."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

STOPS_WITHIN = 20
STARTS_WITHIN = 75
"""Seconds; a few on an idle machine."""


class Demo:
    """One ``guanjia demo`` in a process group of its own, as a terminal would start it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder.parent / "demo.log"
        ours = {"GUANJIA_DATA_DIR": str(folder), "GUANJIA_PORT": "0", "GUANJIA_EMULATOR_PORT": "0"}
        self.environment = {n: v for n, v in os.environ.items() if not n.startswith("GUANJIA_")} | ours
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.cli", "demo"],
                cwd=self.folder.parent,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        wait_until(lambda: "\nready http" in self.said() or process.poll() is not None, STARTS_WITHIN)
        assert process.poll() is None, self.said()
        return process

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def address(self) -> str:
        return str(re.findall(r"^ready (http://127\.0\.0\.1:\d+)$", self.said(), re.MULTILINE)[-1])

    def again(self) -> None:
        self.process = self._started()

    def command(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            cwd=self.folder.parent,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def asks(self, method: str, path: str, body: object = None, token: str = "") -> dict[str, object]:
        request = urllib.request.Request(
            f"{self.address}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read().decode()
        found: dict[str, object] = json.loads(text) if text.startswith("{") else {"text": text}
        return found

    def tickets(self) -> list[dict[str, object]]:
        token = str(self.asks("POST", "/api/inbox/v1/login", {"username": "li", "password": "guanjia-demo"})["token"])
        items: list[dict[str, object]] = self.asks("GET", "/api/inbox/v1/tickets?state=new", token=token)["items"]  # type: ignore[assignment]
        return items

    def left(self) -> list[str]:
        """Processes that have to do with this demo: its own session's, its children's, its stores'."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environment = (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if line and (str(self.folder) in line or f"GUANJIA_DATA_DIR={self.folder}" in environment):
                found.append(f"{entry.name} {line}")
        return found

    def gone(self) -> bool:
        self.process.poll()  # reaps it
        return not self.left()


def wait_until(happened: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path / "data")
    yield demo
    for line in demo.left():
        os.kill(int(line.split()[0]), signal.SIGKILL)
    demo.process.wait(10)


@pytest.mark.timeout(400)
def test_a_newcomers_evening(demo: Demo) -> None:
    """Up, a talk that opens a ticket, Ctrl-C, up again with everything there, killed, up again."""
    said = demo.said()
    assert f"{demo.address}/inbox/" in said
    assert re.search(r"xiaozhou +guanjia-demo", said)
    assert "guanjia chat --as wang" in said
    for page in ("/readyz", "/inbox/", "/api/docs", "/metrics"):
        demo.asks("GET", page)
    before = len(demo.tickets())

    talk = demo.command("chat", "--as", "wang", stdin="厨房水管爆了,水漫出来了\n/photo\n我的报修怎么样了\n")
    assert talk.returncode == 0, talk.stderr
    number = re.search(r"R\d{8}-\d{4,}", talk.stdout)
    assert number, talk.stdout
    assert "3栋2单元1502" in talk.stdout
    assert talk.stdout.count("管家: ") >= 3
    assert len(demo.tickets()) == before + 1

    second = demo.command("demo")
    assert second.returncode == 2
    assert f"already at {demo.address}" in second.stderr

    assert "can sign in now" in demo.command("staff", "add", "lihua", "--role", "frontdesk", "--password-stdin",
                                             stdin="a-long-password\n").stdout  # fmt: skip
    checked = demo.command("doctor")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "ok    WeChat: http://127.0.0.1" in checked.stdout

    began = time.monotonic()
    os.killpg(demo.process.pid, signal.SIGINT)
    assert demo.process.wait(STOPS_WITHIN) == 0
    wait_until(demo.gone, 10)
    assert time.monotonic() - began < STOPS_WITHIN
    assert not (demo.folder / "run" / "stores.json").exists()

    demo.again()
    assert "as you left it" in demo.said()
    assert any(ticket["number"] == number[0] for ticket in demo.tickets())
    assert len(demo.tickets()) == before + 1

    worker = next(line for line in demo.left() if "demo.child worker" in line)
    os.kill(int(worker.split()[0]), signal.SIGKILL)
    wait_until(lambda: "worker stopped (exit code -9); starting it again" in demo.said(), 60)
    wait_until(lambda: any("demo.child worker" in line for line in demo.left()), 60)

    demo.process.kill()  # it alone: what it started must notice
    demo.process.wait(10)
    wait_until(demo.gone, 2 * STOPS_WITHIN)

    demo.again()
    assert any(ticket["number"] == number[0] for ticket in demo.tickets())
    demo.process.terminate()
    assert demo.process.wait(STOPS_WITHIN) == 0
    wait_until(demo.gone, 10)
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        demo.asks("GET", "/healthz")

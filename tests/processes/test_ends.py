"""How a web process ends when it is asked to, and when it cannot start."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.processes.outages import own_town
from tests.processes.town import Town, fault, shown, until


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_asked_to_end_under_load_it_finishes_what_it_has(town: Town, how: signal.Signals) -> None:
    leaving, staying = await asyncio.gather(town.start("serve"), town.start("serve"))
    phones = await town.owners(10)
    said = [asyncio.create_task(phone.says(fault(0))) for phone in phones]

    async def some() -> bool:
        return bool(await town.tickets())

    await until(some, 20, "the first ticket is open")
    town.gateway.backends.remove(leaving.url)
    code, took = await leaving.stop(how)
    assert code == 0 and took < 10, (code, took, leaving.log.read_text()[-2000:])
    pushes = await asyncio.gather(*said)
    assert all(push.status == 200 and "R2" in (push.reply or "") for push in pushes)
    assert len(await town.tickets()) == len(phones)
    assert not list((Path(town.environment["GUANJIA_DATA_DIR"]) / "run" / "answers").glob(f"*-{leaving.pid}-*"))
    assert "Traceback" not in leaving.log.read_text() and staying.runs
    print(f"\nended {took:.1f} s after {how.name}")


async def test_a_port_that_is_taken_and_settings_that_are_missing(town: Town) -> None:
    port = str(urlsplit(town.wechat.base_url).port)
    taken, without = await asyncio.gather(
        town.start("serve", ready=False, PORT=port), town.start("serve", ready=False, WECHAT_TOKEN="", SECRET_KEY="")
    )
    assert await taken.end() == 2
    assert f"GUANJIA_PORT {port} is taken" in taken.log.read_text()
    assert await without.end() == 2
    lines = without.log.read_text()
    assert "GUANJIA_WECHAT_TOKEN is missing" in lines and "GUANJIA_SECRET_KEY is missing" in lines
    assert "Traceback" not in lines + taken.log.read_text()


async def test_what_a_killed_process_spooled_is_worked_off_by_one_that_starts_without_database(
    tmp_path: Path,
) -> None:
    async with own_town(tmp_path, lasting=False) as (town, stores):
        serve, _ = await asyncio.gather(town.start("serve"), town.start("worker"))
        [phone] = await town.owners(1)
        stores.signal("mongodb", signal.SIGSTOP)
        try:
            pushes = [await phone.says(fault(number)) for number in (0, 1)]
            folder = Path(town.environment["GUANJIA_DATA_DIR"]) / "spool"
            assert all(push.statuses == [200] and "收到" in (push.reply or "") for push in pushes)
            await town.kill(serve)
            assert list(folder.glob("*.spool"))
            successor = await town.start("serve")
            pushes.append(await phone.says(fault(2)))
            assert pushes[-1].statuses == [200] and "收到" in (pushes[-1].reply or "")
            async with town.http.get(f"{successor.url}/readyz") as probe:
                assert probe.status == 503 and (await probe.json())["mongodb"] is False
        finally:
            stores.signal("mongodb", signal.SIGCONT)
        began = time.monotonic()

        async def answered() -> bool:
            return len([text for text in await shown(phone) if "R2" in text]) == 3

        await until(answered, 40, "all are answered")
        assert not list(folder.iterdir())
        assert [line.id for line in await town.messages(phone)] == [town.key(push) for push in pushes]
        print(f"\nworked off {time.monotonic() - began:.1f} s after the return")


async def test_a_push_that_can_be_kept_nowhere_is_refused_so_that_it_comes_again(tmp_path: Path) -> None:
    async with own_town(tmp_path, lasting=False) as (town, stores):
        data = Path(town.environment["GUANJIA_DATA_DIR"])
        data.mkdir()
        (data / "spool").write_text("a file where the folder should be")
        await town.start("serve")
        [phone] = await town.owners(1)
        stores.signal("mongodb", signal.SIGSTOP)
        try:
            said = asyncio.create_task(phone.says(fault(0)))

            async def refused() -> bool:
                return any(503 in push.statuses for push in await town.wechat.pushes())

            await until(refused, 15, "the push is refused")
        finally:
            stores.signal("mongodb", signal.SIGCONT)
        push = await said
        assert push.statuses[0] == 503 and push.statuses[-1] == 200, push.statuses
        assert len(await town.tickets()) == 1


async def test_what_is_no_http_leaves_no_trace_and_nothing_of_itself_in_the_log(town: Town) -> None:
    serve = await town.start("serve")
    host, port = urlsplit(serve.url).netloc.split(":")
    words = "<xml><Content>13800001111 water</Content></xml>"
    head = "POST /wechat?timestamp=1&nonce=n HTTP/1.1\r\nHost: x\r\n"
    for wrong in (
        f"{head}Content-Length: 3\r\n\r\n{words}",  # the rest of the body is taken for the next request
        f"{head}Content-Length: -3\r\n\r\n{words}",
        f"{head}Transfer-Encoding: chunked\r\n\r\nwater\r\n{words}",
        f"{head}X: {'water' * 20_000}\r\n\r\n",
        "GET http://[water HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(wrong.encode())
        async with asyncio.timeout(20):
            answer = await reader.read()
        writer.close()
        assert answer.split(b" ")[1] == b"400" and b"Traceback" not in answer, (wrong[:60], answer[:200])
    log = serve.log.read_text()
    assert "Traceback" not in log and "water" not in log and "13800001111" not in log, log[:2000]
    assert log.count("request refused") == 4 and serve.runs, log
    async with town.http.get(f"{serve.url}/metrics") as metrics:
        assert 'guanjia_pushes_rejected_total{reason="http"} 4.0' in await metrics.text()

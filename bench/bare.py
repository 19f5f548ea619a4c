"""The floor to measure against: the same push parsed, the same number of writes with raw dicts, an answer. No rules.

``python -m bench.bare full|two``: ``full`` makes the inserts and updates that opening a ticket costs, ``two`` only two
inserts. Prints ``ready http://...``.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
import time
from typing import Any

import uvloop
import xmltodict
from aiohttp import web
from motor.motor_asyncio import AsyncIOMotorClient

TOKEN = os.environ.get("GUANJIA_WECHAT_TOKEN", "")
REPLY = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{by}]]></FromUserName>"
    "<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content></xml>"
)


def create_app(writes: str) -> web.Application:
    """The bare program."""
    client: Any = AsyncIOMotorClient(os.environ["GUANJIA_MONGODB_URI"], tz_aware=True)
    database = client[os.environ["GUANJIA_DATABASE"]]

    async def receive(request: web.Request) -> web.Response:
        query = request.query
        expected = hashlib.sha1("".join(sorted([TOKEN, query["timestamp"], query["nonce"]])).encode()).hexdigest()
        if expected != query["signature"]:
            return web.Response(status=403)
        push = xmltodict.parse(await request.read())["xml"]
        owner, key = push["FromUserName"], push["MsgId"]
        await database.messages.insert_one({"_id": key, "owner": owner, "text": push["Content"], "state": "received"})
        if writes == "full":
            await database.conversations.update_one({"_id": owner}, {"$set": {"lease": key}, "$inc": {"fence": 1}})
            counter = await database.counters.find_one_and_update(
                {"_id": "R"}, {"$inc": {"value": 1}}, return_document=True
            )
            number = f"R{counter['value']:08d}"
        else:
            number = f"R{key}"
        await database.tickets.insert_one({"_id": key, "number": number, "text": push["Content"], "owner": owner})
        if writes == "full":
            await database.conversations.update_one({"_id": owner}, {"$set": {"lease": None, "last": key}})
            await database.messages.update_one({"_id": key}, {"$set": {"state": "done", "answer": number}})
        text = REPLY.format(to=owner, by=push["ToUserName"], at=int(time.time()), text=f"单号 {number}")
        return web.Response(text=text, content_type="application/xml")

    async def prepare(app: web.Application) -> None:
        await database.counters.update_one({"_id": "R"}, {"$set": {"value": 0}}, upsert=True)

    app = web.Application()
    app.router.add_post("/wechat", receive)
    app.on_startup.append(prepare)
    return app


async def main() -> None:
    """Serve on a free port until killed."""
    runner = web.AppRunner(create_app(sys.argv[1]), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"ready http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())

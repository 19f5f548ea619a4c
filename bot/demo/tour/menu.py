"""The account's menu in the demo, set through the platform's API as an estate would set it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from bot.settings import Settings

MENU: dict[str, Any] = {
    "button": [
        {
            "name": "报修投诉",
            "sub_button": [
                {"name": "我要报修", "type": "click", "key": "repair"},
                {"name": "投诉建议", "type": "click", "key": "complaint"},
                {"name": "查进度", "type": "click", "key": "progress"},
            ],
        },
        {"name": "查快递", "type": "click", "key": "parcel"},
        {"name": "找人工", "type": "click", "key": "person"},
    ]
}


def keys() -> list[str]:
    """All keys that its buttons send."""
    buttons = [sub for button in MENU["button"] for sub in button.get("sub_button", [button])]
    return [str(button["key"]) for button in buttons]


async def put_menu(settings: Settings) -> None:
    """Set it. The token is the stable one, so that the bot's own stays what it is."""
    base = settings.wechat_api_base
    login = {
        "grant_type": "client_credential",
        "appid": settings.wechat_app_id,
        "secret": settings.wechat_app_secret,
    }
    async with aiohttp.ClientSession(raise_for_status=True) as http:
        async with http.post(f"{base}/cgi-bin/stable_token", json=login) as answer:
            token = (await answer.json(content_type=None))["access_token"]
        parameters = {"access_token": token}
        # Bare UTF-8: with escaped characters the platform would show the escapes.
        body = aiohttp.JsonPayload(MENU, dumps=_plain)
        async with http.post(f"{base}/cgi-bin/menu/create", params=parameters, data=body) as answer:
            answered = await answer.json(content_type=None)
    if answered.get("errcode"):
        raise RuntimeError(f"the menu was refused: {answered}")


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

"""What we ask of WeChat's API: send, look up, fetch. Everything awaitable, nothing blocking."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import aiohttp
from wechatpy.client import WeChatClient

from bot.wechat.errors import OutcomeUnknown, Step, Unreachable, WeChatError, WeChatFailure
from bot.wechat.fields import clean
from bot.wechat.tokens import Tokens
from bot.wechat.transport import JSON, OFFICIAL_BASE, Transport
from store.tokens import TokenStore

__all__ = [
    "MiniProgram",
    "MiniSession",
    "OfficialAccount",
    "OutcomeUnknown",
    "Unreachable",
    "WeChatError",
    "WeChatFailure",
]

_API_NAMES: Final = {
    "cgi-bin/message/custom/send": "message",
    "cgi-bin/message/custom/typing": "typing",
    "cgi-bin/message/template/send": "template",
    "cgi-bin/user/info": "user",
    "cgi-bin/qrcode/create": "qrcode",
    "cgi-bin/media/get": "media",
    "cgi-bin/media/upload": "media",
    "cgi-bin/menu/create": "menu",
    "cgi-bin/getcallbackip": "callback_ips",
}


class _Wire(WeChatClient):  # type: ignore[misc]  # wechatpy is untyped
    """wechatpy's request builders over our transport: with ``_request`` awaitable, every plain method of theirs is."""

    _http: Any

    def __init__(self, app_id: str, tokens: Tokens, transport: Transport) -> None:
        super().__init__(app_id, "", auto_retry=False)
        self._http.close()
        self._http = None  # whatever still reaches for it would block the loop, and asks the real host
        self._tokens = tokens
        self._transport = transport

    async def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        path = _path(url_or_endpoint, kwargs.pop("api_base_url", ""))
        api = _API_NAMES.get(path, path)
        params = {name: str(value) for name, value in (kwargs.pop("params", None) or {}).items()}
        data = kwargs.pop("data", None)
        body = json.dumps(data, ensure_ascii=False).encode() if isinstance(data, dict) else data
        content_type = kwargs.pop("content_type", JSON)
        done: Callable[[Any], Any] | None = kwargs.pop("result_processor", None)
        if unknown := set(kwargs) - {"timeout"}:
            raise NotImplementedError(f"{api} with {', '.join(sorted(unknown))}")
        token = await self._tokens.get()

        async def ask(token: str) -> Any:
            given = {**params, "access_token": token}
            return await self._transport.call(api, method, path, params=given, body=body, content_type=content_type)

        try:
            answer = await ask(token)
        except WeChatError as error:
            if error.action.step is not Step.REFRESH:
                raise
            answer = await ask(await self._tokens.renew(token))
        return done(answer) if done else answer

    def fetch_access_token(self) -> NoReturn:
        """Never: it would block, and evict the token of other processes."""
        raise RuntimeError("tokens come from Tokens, not from wechatpy")

    @property
    def access_token(self) -> NoReturn:
        """Never, for the same reason. AttributeError, because wechatpy looks through all members when it is built."""
        raise AttributeError("tokens come from Tokens, not from wechatpy")


class OfficialAccount:
    """The service account's API. Every method raises ``WeChatError``, ``Unreachable`` or ``OutcomeUnknown``.

    One per process and event loop; ``close`` it at the end.
    """

    def __init__(
        self,
        app_id: str,
        secret: str,
        tokens: TokenStore,
        *,
        base: str = OFFICIAL_BASE,
        timeout: float = 5.0,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        self.app_id = app_id
        self._secret = secret
        self._transport = Transport(base, timeout=timeout, http=http)
        self.tokens = Tokens(app_id, tokens, self._fetch_token)
        self._wire = _Wire(app_id, self.tokens, self._transport)

    async def close(self) -> None:
        """Close connections and a token fetch under way."""
        await self.tokens.close()
        await self._transport.close()

    async def send_text(self, openid: str, text: str) -> None:
        """A customer message; at most ``replies.MAX_TEXT`` bytes (``replies.split`` parts a longer one)."""
        await self._object(self._wire.message.send_text(openid, clean(text)))

    async def send_menu(self, openid: str, head: str, items: Sequence[tuple[str, str]], tail: str = "") -> None:
        """A customer message with words to tap; a tap comes back as text with the item's id in ``menu_id``."""
        menu = {
            "head_content": clean(head),
            "list": [{"id": item_id, "content": clean(words)} for item_id, words in items],
            "tail_content": clean(tail),
        }
        data = {"touser": openid, "msgtype": "msgmenu", "msgmenu": menu}
        await self._object(self._wire.post("message/custom/send", data=data))

    async def send_picture(self, openid: str, content: bytes) -> None:
        """A customer message with a picture (JPEG or PNG, at most 10 MB): uploaded, then sent."""
        try:
            media_id = await self._upload("image", content)
        except OutcomeUnknown as unknown:  # nobody has been told anything yet: safe to do again
            raise Unreachable(unknown.api, "upload") from unknown
        data = {"touser": openid, "msgtype": "image", "image": {"media_id": media_id}}
        await self._object(self._wire.post("message/custom/send", data=data))

    async def _upload(self, kind: str, content: bytes) -> str:
        """Give WeChat the bytes; its id for them, good for three days."""
        boundary = secrets.token_hex(16)
        ending, content_type = ("png", "image/png") if content.startswith(b"\x89PNG") else ("jpg", "image/jpeg")
        opening = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="picture.{ending}"\r\n'
            f"Content-Type: {content_type}\r\n\r\n"
        )
        body = opening.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        answer = await self._object(
            self._wire.post(
                "media/upload",
                params={"type": kind},
                data=body,
                content_type=f"multipart/form-data; boundary={boundary}",
            )
        )
        return str(answer["media_id"])

    async def send_template(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        url: str = "",
        client_msg_id: str = "",
        miniprogram: Mapping[str, str] | None = None,
    ) -> str:
        """A template message; the msgid that its result event will carry. ``client_msg_id`` guards ten minutes."""
        message: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {name: {"value": clean(value)} for name, value in data.items()},
        }
        optional = {"url": url, "client_msg_id": client_msg_id, "miniprogram": dict(miniprogram or {})}
        message.update({name: value for name, value in optional.items() if value})
        answer = await self._object(self._wire.post("message/template/send", data=message))
        return str(answer.get("msgid", ""))

    async def typing(self, openid: str) -> None:
        """Show 正在输入 for up to 15 seconds; that it cannot be shown just now is no error."""
        try:
            await self._object(self._wire.post("message/custom/typing", data={"touser": openid, "command": "Typing"}))
        except WeChatError as error:
            if error.action.step is not Step.IGNORE:
                raise

    async def user_info(self, openid: str) -> dict[str, Any]:
        """``subscribe``, ``unionid`` and so on; names and portraits are not given any more."""
        return await self._object(self._wire.user.get(openid))

    async def create_scene_qr(self, scene: str, expire_seconds: int) -> tuple[str, str]:
        """The ticket and the url of a temporary scene code; the picture is made from either."""
        data = {
            "expire_seconds": expire_seconds,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        answer = await self._object(self._wire.qrcode.create(data))
        return str(answer.get("ticket", "")), str(answer.get("url", ""))

    async def get_media(self, media_id: str) -> bytes:
        """The bytes of a picture, a voice or a video that an owner sent in the last three days."""
        answer = await self._wire.get("media/get", params={"media_id": media_id})
        if isinstance(answer, bytes):
            return answer
        url = str(answer.get("video_url", ""))
        if not url.startswith(("http://", "https://")):
            raise OutcomeUnknown("media", "neither bytes nor an address")
        return await self._transport.download("media", url)

    async def create_menu(self, menu: Mapping[str, Any]) -> None:
        """Set the account's menu: ``{"button": [...]}``."""
        await self._object(self._wire.menu.create(dict(menu)))

    async def callback_ips(self) -> list[str]:
        """The addresses that pushes come from."""
        answer = await self._object(self._wire.get("getcallbackip"))
        return [str(address) for address in answer.get("ip_list", [])]

    async def _object(self, call: Awaitable[Any]) -> dict[str, Any]:
        answer = await call
        if not isinstance(answer, dict):
            raise OutcomeUnknown("answer", "not JSON")
        return answer

    async def _fetch_token(self) -> tuple[str, int]:
        body = json.dumps(
            {"grant_type": "client_credential", "appid": self.app_id, "secret": self._secret, "force_refresh": False}
        )
        try:
            answer = await self._transport.call("token", "post", "cgi-bin/stable_token", body=body.encode())
        except OutcomeUnknown as error:
            # Asking again for a token does no harm, and the message that needed it has not left.
            raise Unreachable("token", str(error)) from error
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(answer, dict) or not isinstance(token, str) or not token:
            raise Unreachable("token", "no token in the answer")
        return token, int(answer.get("expires_in") or 7200)


@dataclass(frozen=True, slots=True)
class MiniSession:
    """Who logged in to the mini-program. ``session_key`` never leaves the server."""

    openid: str
    session_key: str = field(repr=False)
    unionid: str = ""


class MiniProgram:
    """The mini-program's own API; its app, secret and users are not those of the service account."""

    def __init__(
        self,
        app_id: str,
        secret: str,
        *,
        base: str = OFFICIAL_BASE,
        timeout: float = 5.0,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        self.app_id = app_id
        self._secret = secret
        self._transport = Transport(base, timeout=timeout, http=http)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def code_to_session(self, code: str) -> MiniSession:
        """Who the code of ``wx.login`` belongs to; ``WeChatError.action`` says ``new_login`` when it is used up."""
        params = {
            "appid": self.app_id,
            "secret": self._secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        answer = await self._transport.call("login", "get", "sns/jscode2session", params=params)
        if not isinstance(answer, dict) or not answer.get("openid"):
            raise OutcomeUnknown("login", "no openid in the answer")
        return MiniSession(str(answer["openid"]), str(answer.get("session_key", "")), str(answer.get("unionid") or ""))


def _path(url_or_endpoint: str, api_base: str) -> str:
    """The path below the base address, whatever wechatpy's builder thinks the host is."""
    url = url_or_endpoint
    if not url.startswith(("http://", "https://")):
        url = (api_base or f"{OFFICIAL_BASE}/cgi-bin/") + url
    if not url.startswith(f"{OFFICIAL_BASE}/"):
        raise NotImplementedError(f"another host: {url}")  # it would be given our token
    return url.removeprefix(f"{OFFICIAL_BASE}/")

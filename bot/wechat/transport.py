"""One HTTP call to WeChat's API, and a clear word on what became of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

import aiohttp

from bot.wechat.errors import OutcomeUnknown, Step, Unreachable, WeChatError, action_for

logger = logging.getLogger(__name__)

OFFICIAL_BASE: Final = "https://api.weixin.qq.com"
MAX_ANSWER: Final = 32 * 1024 * 1024
_IDLE: Final = 10.0
JSON: Final = "application/json; charset=utf-8"


class Transport:
    """Calls below one base address. Holds its own connections unless a session is passed in."""

    def __init__(
        self, base: str = OFFICIAL_BASE, *, timeout: float = 5.0, http: aiohttp.ClientSession | None = None
    ) -> None:
        self.base = base.rstrip("/")
        # Connecting has a limit of its own: only then do we know that nothing has left.
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=timeout * 0.6)
        self._http = http
        self._owns_http = http is None

    async def close(self) -> None:
        """Close the connections if they are ours."""
        if self._owns_http and self._http is not None:
            await self._http.close()
            self._http = None

    async def call(
        self,
        api: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = JSON,
    ) -> dict[str, Any] | bytes:
        """The answer's JSON object, or its bytes when it is none; raises one of ``WeChatFailure``.

        The address holds secrets, so neither logs nor errors show it.
        """
        raw, status = await self._exchange(api, method, path, params, body, content_type)
        if status >= 500:
            raise OutcomeUnknown(api, f"HTTP {status}")
        answer = _decode(raw)
        if status >= 300 and not (isinstance(answer, dict) and answer.get("errcode")):
            raise WeChatError(status, "", action_for(api, status), api=api)
        if isinstance(answer, bytes):
            return answer
        if errcode := _errcode(api, answer):
            action = action_for(api, errcode)
            error = WeChatError(errcode, str(answer.get("errmsg", "")), action, api=api)
            level = logging.DEBUG if action.step is Step.IGNORE else logging.WARNING
            logger.log(level, "%s refused: errcode %s, rid %s", api, errcode, error.rid or "-")
            raise error
        return answer

    async def download(self, api: str, url: str) -> bytes:
        """What is at an address that an answer of WeChat named."""
        raw, status = await self._exchange(api, "get", url, None, None)
        if status != 200:
            raise WeChatError(status, "", action_for(api, status), api=api)
        return raw

    async def _exchange(
        self,
        api: str,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: bytes | None,
        content_type: str = JSON,
    ) -> tuple[bytes, int]:
        url = path if path.startswith(("http://", "https://")) else f"{self.base}/{path}"
        headers = {"Content-Type": content_type} if body is not None else None
        try:
            async with self._session().request(
                method, url, params=params, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                return await _read(response), response.status
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(api, type(error).__name__) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise OutcomeUnknown(api, type(error).__name__) from error

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None or self._http.closed:
            # Idle connections are given up before the other side does: a request on a dying one has an unknown outcome.
            connector = aiohttp.TCPConnector(limit=50, keepalive_timeout=_IDLE)
            self._http = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
            self._owns_http = True
        return self._http


async def _read(response: aiohttp.ClientResponse) -> bytes:
    pieces, size = [], 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > MAX_ANSWER:
            raise aiohttp.ClientPayloadError("answer too large")
        pieces.append(piece)
    return b"".join(pieces)


def _decode(raw: bytes) -> dict[str, Any] | bytes:
    """JSON whatever the Content-Type says: WeChat sends some of it as text/plain."""
    if raw.lstrip()[:1] != b"{":
        return raw
    try:
        answer = json.loads(raw.decode("utf-8", "ignore"), strict=False)
    except (ValueError, RecursionError):
        return raw
    return answer if isinstance(answer, dict) else raw


def _errcode(api: str, answer: Mapping[str, Any]) -> int:
    try:
        return int(answer.get("errcode") or 0)
    except (TypeError, ValueError) as error:
        raise OutcomeUnknown(api, "unreadable errcode") from error

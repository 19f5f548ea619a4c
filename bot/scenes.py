"""Scene codes for the inbox: asked of the platform when a colleague wants to link their WeChat."""

from __future__ import annotations

from bot.runtime import Runtime, official_account
from bot.wechat.client import OfficialAccount
from bot.wechat.errors import WeChatFailure


class SceneCodes:
    """Makes temporary scene codes; connects at the first use."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._account: OfficialAccount | None = None

    async def make(self, scene: str, seconds: int) -> tuple[str, str] | None:
        """The platform's ticket and address of a code; None when it refuses or does not answer."""
        if self._account is None:
            self._account = official_account(self._runtime)
        try:
            return await self._account.create_scene_qr(scene, seconds)
        except WeChatFailure:
            return None

    async def close(self) -> None:
        """Close the connections to the platform."""
        if self._account is not None:
            await self._account.close()

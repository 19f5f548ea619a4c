"""The mini-program's log-in, over the platform's ``jscode2session``."""

from __future__ import annotations

from bot.runtime import Runtime, mini_program
from bot.wechat.errors import WeChatError, WeChatFailure
from miniprogram_api.login import LoginRefused, PlatformAway, SessionInfo


class Login:
    """Turns a code of ``wx.login`` into who it is."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._program = None if not runtime.settings.miniprogram_app_id else mini_program(runtime)

    @property
    def app_id(self) -> str:
        """The mini-program's AppID; empty when there is none."""
        return self._runtime.settings.miniprogram_app_id

    async def code_to_session(self, code: str) -> SessionInfo:
        """Who the code stands for; raises LoginRefused (ask for a new code) or PlatformAway."""
        if self._program is None:
            raise LoginRefused("还没有配置小程序")
        try:
            session = await self._program.code_to_session(code)
        except WeChatError as refused:
            if refused.action.new_login:
                raise LoginRefused("登录码已失效,请重新登录") from refused
            if refused.action.refuse_login:
                raise LoginRefused("微信拒绝了这次登录") from refused
            raise PlatformAway(str(refused.errcode)) from refused
        except WeChatFailure as away:
            raise PlatformAway(type(away).__name__) from away
        return SessionInfo(openid=session.openid, unionid=session.unionid)

    async def close(self) -> None:
        """Close the connections to the platform."""
        if self._program is not None:
            await self._program.close()

"""What the login needs of the platform. ``bot/`` passes an implementation; this room knows no WeChat client.

LoginError
├── LoginRefused   the code is wrong, used or expired: the mini-program asks ``wx.login`` for another
└── PlatformAway   the platform does not answer: try again in a moment
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """Whose code it was."""

    openid: str
    unionid: str | None = None


class LoginError(Exception):
    """Base of both."""


class LoginRefused(LoginError):
    """The platform does not take this code."""

    def __init__(self, message: str = "登录失败,请重新打开小程序") -> None:
        super().__init__(message)
        self.message = message


class PlatformAway(LoginError):
    """The platform does not answer."""


class MiniProgramLogin(Protocol):
    """Asks the platform whose login code this is (``jscode2session``)."""

    @property
    def app_id(self) -> str:
        """The mini-program's app id."""
        ...

    async def code_to_session(self, code: str) -> SessionInfo:
        """Who signs in; raises LoginRefused or PlatformAway."""
        ...

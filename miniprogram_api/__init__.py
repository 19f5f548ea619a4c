"""What the mini-program asks: the owners' API. ``setup`` plugs it into an application."""

from __future__ import annotations

from miniprogram_api.login import LoginRefused, MiniProgramLogin, PlatformAway, SessionInfo
from miniprogram_api.setup import setup

__all__ = ["LoginRefused", "MiniProgramLogin", "PlatformAway", "SessionInfo", "setup"]

"""Settings of the process: addresses, secrets, where it listens. Everything of the trade is in the database instead.

Read once at start, from the environment (prefix ``GUANJIA_``) and from ``.env``. What is missing or wrong stops the
start with its name and how to mend it; the command ends with exit code 2.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "GUANJIA_"


class SettingsError(Exception):
    """One line per setting that is missing or wrong, each saying how to mend it."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Settings(BaseSettings):
    """The environment of one process."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", hide_input_in_errors=True)

    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    emulator_port: int = Field(default=8090, ge=0, le=65535)
    public_url: str = ""
    mongodb_uri: str = ""
    redis_url: str = ""
    database: str = Field(default="guanjia", pattern=r"^[A-Za-z0-9_-]{1,40}$")
    secret_key: str = ""
    secret_key_previous: str = ""
    wechat_app_id: str = ""
    wechat_app_secret: str = ""
    wechat_token: str = ""
    wechat_aes_key: str = ""
    wechat_aes_key_previous: str = ""
    wechat_mode: Literal["safe", "compatible", "plaintext"] = "safe"
    wechat_api_base: str = "https://api.weixin.qq.com"
    alert_webhooks: dict[str, str] = {}
    """Robots of the staff's groups: JSON by estate id, ``*`` for every other; see bot/alerts/webhook.py."""
    miniprogram_app_id: str = ""
    miniprogram_app_secret: str = ""
    time_zone: str = "Asia/Shanghai"
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    clock_file: Path | None = None
    """Demo only: a file with the offset of the emulator's clock, which all processes of the demo follow."""

    @field_validator("mongodb_uri")
    @classmethod
    def _mongodb(cls, uri: str) -> str:
        if uri and not re.match(r"mongodb(\+srv)?://", uri):
            raise ValueError("must start with mongodb:// or mongodb+srv:// (empty: the embedded server)")
        return uri

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str) -> str:
        if url and not re.match(r"(rediss?|unix)://", url):
            raise ValueError("must start with redis://, rediss:// or unix:// (empty: the embedded server)")
        return _with_a_port(url)

    @field_validator("wechat_api_base", "public_url")
    @classmethod
    def _http(cls, url: str) -> str:
        if url and not re.match(r"https?://[^/]+", url):
            raise ValueError("must be an address like https://example.com")
        return _with_a_port(url).rstrip("/")

    @field_validator("alert_webhooks")
    @classmethod
    def _robots(cls, addresses: dict[str, str]) -> dict[str, str]:
        from bot.alerts.webhook import Robots

        Robots(addresses)  # refuses what is no robot's address
        return addresses

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError("is not a time zone; write it like Asia/Shanghai") from unknown
        return name

    @model_validator(mode="after")
    def _secret(self) -> Settings:
        if self.secret_key and len(self.secret_key) < 16:
            raise ValueError("SECRET_KEY: at least 16 characters; `openssl rand -hex 32` makes one")
        return self


def _with_a_port(url: str) -> str:
    """The address, if its host and port can be told apart; raises ValueError."""
    try:
        urlsplit(url).port  # noqa: B018 - looked at for what it raises
    except ValueError as odd:
        raise ValueError("must name its host and port like host:6379") from odd
    return url


NEEDED = {
    "secret_key": "any long random text; `openssl rand -hex 32` makes one",
    "wechat_app_id": "the AppID (开发者ID) in the WeChat console, 设置与开发 > 基本配置",
    "wechat_app_secret": "the AppSecret in the WeChat console, 设置与开发 > 基本配置",
    "wechat_token": "the Token of 服务器配置 in the WeChat console",
}


def load_settings(*, need_wechat: bool = True, **given: object) -> Settings:
    """The settings; raises SettingsError naming each that is missing or wrong."""
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as bad:
        raise SettingsError([_line(dict(error)) for error in bad.errors(include_url=False)]) from bad
    lines = []
    for name, how in NEEDED.items():
        if (need_wechat or name == "secret_key") and not getattr(settings, name):
            lines.append(f"{PREFIX}{name.upper()} is missing: {how}")
    if need_wechat and settings.wechat_mode != "plaintext" and not settings.wechat_aes_key:
        lines.append(
            f"{PREFIX}WECHAT_AES_KEY is missing: the EncodingAESKey (43 characters) of 服务器配置, "
            f"or set {PREFIX}WECHAT_MODE=plaintext (tests only)"
        )
    if lines:
        raise SettingsError(lines)
    return settings


def _line(error: dict[str, object]) -> str:
    location = error.get("loc")
    name = str(location[0]).upper() if isinstance(location, tuple) and location else ""
    message = str(error.get("msg", "")).removeprefix("Value error, ")
    return f"{PREFIX}{name} {message}" if name else f"{PREFIX}{message}"

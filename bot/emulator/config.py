"""What an emulator is made of: two apps, their templates, and how patient the platform is."""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator


class Mode(StrEnum):
    """How pushes travel: signed only, both ways at once, or encrypted only."""

    PLAINTEXT = "plaintext"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class Template(BaseModel):
    """A template as the console lists it: its id and, per key, the label that stands on the card."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1)
    title: str
    fields: dict[str, str]
    choices: dict[str, list[str]] = {}
    """Allowed values of ``enum`` and ``const`` keys."""


class App(BaseModel):
    """What both kinds of app have: an id, a secret, and a place that pushes go to."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    kind: Literal["account", "miniprogram"]
    name: str
    app_id: str
    secret: str
    original_id: str = Field(pattern=r"^gh_\w+$")
    token: str = Field(default="emulatortoken", pattern=r"^[A-Za-z0-9]{3,32}$")
    aes_key: str = "GuanjiaEmulatorDemoKeyNotForProductionUse00"
    mode: Mode = Mode.SAFE
    data_format: Literal["xml", "json"] = "xml"
    callback_url: str | None = None
    templates: list[Template] = []

    @field_validator("aes_key")
    @classmethod
    def _key_is_usable(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9+/]{43}", value):
            raise ValueError("aes_key must have exactly 43 characters of A-Z a-z 0-9 + /")
        try:
            base64.b64decode(value + "=", validate=True)
        except binascii.Error as error:
            raise ValueError(f"aes_key is not base64: {error}") from error
        return value

    @field_validator("callback_url")
    @classmethod
    def _url_is_http(cls, value: str | None) -> str | None:
        if value is not None and not re.match(r"https?://[^/\s]+", value):
            raise ValueError("callback_url must look like http://127.0.0.1:8080/wechat/callback")
        return value

    def template(self, template_id: str) -> Template | None:
        """The template of that id, if this app has it."""
        return next((one for one in self.templates if one.id == template_id), None)


def _account_templates() -> list[Template]:
    return [
        Template(
            id="emu-ticket-progress",
            title="工单进度提醒",
            fields={
                "character_string1": "工单编号",
                "thing2": "工单内容",
                "phrase3": "当前状态",
                "time4": "更新时间",
                "thing5": "说明",
            },
        ),
        Template(
            id="emu-new-message",
            title="物业新消息提醒",
            fields={"thing1": "消息内容", "time2": "时间", "thing3": "查看方式"},
        ),
        Template(
            id="emu-parcel",
            title="快递到站通知",
            fields={"thing1": "快递公司", "character_string2": "取件码", "thing3": "取件地点", "time4": "到站时间"},
        ),
        Template(
            id="emu-notice",
            title="小区公告通知",
            fields={"thing1": "公告标题", "thing2": "公告内容", "time3": "发布时间"},
        ),
    ]


def _miniprogram_templates() -> list[Template]:
    return [
        Template(
            id="emu-sub-ticket-progress",
            title="工单进度通知",
            fields={"character_string1": "工单编号", "thing2": "工单内容", "phrase3": "当前状态", "time4": "更新时间"},
        ),
        Template(
            id="emu-sub-parcel",
            title="取件通知",
            fields={"thing1": "快递公司", "character_string2": "取件码", "thing3": "取件地点"},
        ),
    ]


class OfficialAccount(App):
    """The service account (服务号) people follow."""

    kind: Literal["account"] = "account"
    name: str = "和苑物业管家"
    app_id: str = "wxe0a1c0de00000001"
    secret: str = "emulatorsecretofaccount000000001"  # noqa: S105 - a sample, known to everybody
    original_id: str = "gh_emulator0001"
    templates: list[Template] = Field(default_factory=_account_templates)


class MiniProgram(App):
    """The mini-program (小程序) of the same owner: other openids, same unionids."""

    kind: Literal["miniprogram"] = "miniprogram"
    name: str = "和苑物业"
    app_id: str = "wxe0a1c0de00000002"
    secret: str = "emulatorsecretofprogram000000002"  # noqa: S105 - a sample, known to everybody
    original_id: str = "gh_emulator0002"
    templates: list[Template] = Field(default_factory=_miniprogram_templates)
    pages: list[str] | None = None
    """Pages of the released version; None lets every page pass."""


class EmulatorConfig(BaseModel):
    """All that can be set. Everything has a default that works."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    account: OfficialAccount = Field(default_factory=OfficialAccount)
    miniprogram: MiniProgram = Field(default_factory=MiniProgram)
    allowed_ips: list[str] = []
    """Addresses that may call the service account's API; empty lets every address in."""
    deadline_seconds: float = Field(default=5.0, gt=0)
    """How long a push waits for its answer, in seconds that pass on the wall."""
    attempts: int = Field(default=3, ge=1, le=10)
    retry_spacing_seconds: float | None = Field(default=None, ge=0)
    """Least time between the starts of two attempts; None means the deadline."""
    retries_sign_again: bool = True
    """Whether a repeated push carries a new timestamp and nonce; the platform does not say which it does."""
    result_delay_seconds: float = Field(default=0.0, ge=0)
    """How long after a template was sent its result event comes, by the emulator's clock."""
    clock_settle_seconds: float = Field(default=0.6, ge=0, le=10)
    """After the clock was moved, so long nothing else falls due: others read its file every half second."""
    risky_words: list[str] = ["赌博", "代开发票"]
    review_words: list[str] = ["加微信"]
    state_file: Path | None = None
    tour_port: int | None = Field(default=None, ge=1, le=65535)
    """A page served from this port of the same machine may show the chat page in a frame; None: no page may."""
    """Where users and their phones survive a restart."""

    @property
    def spacing(self) -> float:
        """Seconds between the starts of two attempts."""
        return self.deadline_seconds if self.retry_spacing_seconds is None else self.retry_spacing_seconds

    def app(self, app_id: str) -> App | None:
        """The app of that id."""
        return next((app for app in (self.account, self.miniprogram) if app.app_id == app_id), None)


class ConfigProblem(Exception):
    """The config file cannot be used; the text says which line of it and why."""


def load_config(path: Path) -> EmulatorConfig:
    """Read a YAML or JSON file; raises ``ConfigProblem`` with a text for people."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigProblem(f"cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigProblem(f"{path} is neither YAML nor JSON: {error}") from error
    try:
        return EmulatorConfig.model_validate(data or {})
    except ValidationError as error:
        lines = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
        raise ConfigProblem(f"{path}: " + "; ".join(lines)) from error

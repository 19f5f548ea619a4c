"""Bodies of control calls. Unknown names are refused, so that a typing mistake does not pass for a test."""

from __future__ import annotations

import json
from typing import Any, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.emulator.config import Mode
from bot.emulator.errors import ControlError
from bot.emulator.pushes import PushOptions


class Order(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid")


class Deed(Order):
    """A deed with a phone, and how its push is sent."""

    options: PushOptions = Field(default_factory=PushOptions)


class Scan(Deed):
    """Follow or scan, by scene or by ticket."""

    scene: str | None = Field(default=None, min_length=1, max_length=64)
    ticket: str | None = None
    quietly: bool = False


class Text(Deed):
    """Write; with ``menu_id`` it is a tap on a choice of a msgmenu."""

    text: str
    menu_id: str | None = None


class Media(Deed):
    """Photo, voice or film; without content a small sample is sent."""

    content: str | None = None
    """Base64."""
    recognition: str | None = None


class Location(Deed):
    """A place."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    label: str = ""


class Link(Deed):
    """A page."""

    title: str
    description: str = ""
    url: str


class Menu(Deed):
    """A button of the menu."""

    key: str
    event: Literal["click", "view"] = "click"


class Event(Deed):
    """Any message or event."""

    fields: dict[str, Any]


class Quota(Order):
    """How often a day one API may be called."""

    path: str = Field(min_length=1)
    calls: int = Field(ge=0)


class Raw(Deed):
    """Bytes as they are, as text or as base64."""

    body: str | None = None
    body_base64: str | None = None


class UserOrder(Order):
    """What can be set about a person; what is not named stays."""

    phone_number: str | None = None
    shown_as: str | None = Field(default=None, max_length=64)
    about: str | None = Field(default=None, max_length=120)
    template_result: str | None = None
    next_results: list[str] | None = None
    risky: bool | None = None


class Consent(Order):
    """An answer to the dialogue that asks for consent to a subscribe message."""

    template_id: str
    answer: Literal["accept", "reject"] = "accept"
    count: int = Field(default=1, ge=1, le=1000)


class OpenData(Order):
    """Data that the mini-program hands to its server, signed and sealed with the session_key."""

    data: dict[str, Any]


class Skip(Order):
    """Move the clock."""

    skip_seconds: float | None = None
    offset_seconds: float | None = None


class Revoke(Order):
    """Kill all tokens."""

    errcode: Literal[40001, 40014, 42001] = 40001


class Setup(Order):
    """What can be changed while it runs; ``app`` says for which app the upper four are."""

    app: Literal["account", "miniprogram"] = "account"
    callback_url: str | None = None
    mode: Mode | None = None
    token: str | None = None
    aes_key: str | None = None
    deadline_seconds: float | None = Field(default=None, gt=0)
    attempts: int | None = Field(default=None, ge=1, le=10)
    retry_spacing_seconds: float | None = Field(default=None, ge=0)
    result_delay_seconds: float | None = Field(default=None, ge=0)
    retries_sign_again: bool | None = None
    allowed_ips: list[str] | None = None
    risky_words: list[str] | None = None
    review_words: list[str] | None = None
    tour_port: int | None = Field(default=None, ge=1, le=65535)


O = TypeVar("O", bound=BaseModel)  # noqa: E741 - the usual letter for an order


async def read(request: web.Request, model: type[O]) -> O:
    """The body as that model; an empty one is ``{}``. A ``ControlError`` says which field is wrong."""
    raw = await request.read()
    try:
        data = json.loads(raw) if raw.strip() else {}
    except ValueError as error:
        raise ControlError(400, "bad_json", f"the body is not JSON: {error}") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ControlError(400, "bad_request", problems(error)) from None


def problems(error: ValidationError) -> str:
    """All that is wrong, in one line."""
    return "; ".join(f"{'.'.join(str(part) for part in one['loc']) or 'body'}: {one['msg']}" for one in error.errors())

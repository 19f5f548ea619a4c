"""People: who follows, what each phone showed, and when the account may write to whom."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field

from bot.emulator.clock import EmulatorClock
from bot.emulator.errors import ControlError

Channel = Literal["passive", "customer", "template", "subscribe", "fault", "sent"]
AppKind = Literal["account", "miniprogram"]
Trigger = Literal["message", "click", "follow", "scan", "enter"]

SCREEN_KEPT = 2000
"""So many entries stay on a phone."""
ALLOWANCE: dict[Trigger, tuple[int, timedelta]] = {
    "message": (5, timedelta(hours=48)),
    "click": (3, timedelta(minutes=1)),
    "follow": (3, timedelta(minutes=1)),
    "scan": (3, timedelta(minutes=1)),
    "enter": (2, timedelta(minutes=1)),
}
"""How many customer messages an action allows, and for how long (valid since 12 June 2023)."""


class MenuItem(BaseModel):
    """One choice of a msgmenu."""

    id: str
    content: str


class CardField(BaseModel):
    """One line of a template card."""

    key: str
    label: str
    value: str


class Displayed(BaseModel):
    """One thing a phone showed; ``sent`` is what its owner wrote, everything else came from the account."""

    id: int
    at: datetime
    app: AppKind = "account"
    channel: Channel
    type: str
    text: str = ""
    """What one reads: the words, or for other types a line that stands for them."""
    title: str = ""
    fields: list[CardField] = []
    url: str | None = None
    pagepath: str | None = None
    items: list[MenuItem] = []
    articles: list[dict[str, str]] = []
    media_id: str | None = None
    template_id: str | None = None
    msg_id: str | None = None
    push_id: int | None = None
    delivery_id: str | None = None
    """Whatever the sender named this message by (``client_msg_id``)."""


class Window(BaseModel):
    """So many messages until then."""

    left: int
    until: datetime


class User(BaseModel):
    """One person with a phone."""

    name: str
    openid: str
    mp_openid: str
    unionid: str
    following: bool = False
    followed_at: datetime | None = None
    subscribe_scene: str = "ADD_SCENE_SEARCH"
    scene: str = ""
    phone_number: str = ""
    shown_as: str = ""
    """What lists of people call them; empty: by ``name``."""
    about: str = ""
    """One line about them for lists of people, for example their home."""
    template_result: str = "success"
    """Status that results of template messages carry; anything but ``success`` also keeps the card off the phone."""
    next_results: list[str] = []
    risky: bool = False
    """Refused at log-in with 40226."""
    windows: dict[str, Window] = {}
    last_action: datetime | None = None
    typing_until: datetime | None = None
    consents: dict[str, int] = {}
    session_key: str | None = None
    used_miniprogram_at: datetime | None = None
    screen: list[Displayed] = Field(default_factory=list)


def openid_for(app_id: str, name: str) -> str:
    """The openid that a person of that name has with that app; the same in every run."""
    digest = hashlib.sha256(f"{app_id}\x1f{name}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]


def unionid_for(name: str) -> str:
    """The unionid of a person of that name."""
    return openid_for("unionid", name)


class Users:
    """Everybody the emulator knows, by name and by openid."""

    def __init__(self, account_id: str, miniprogram_id: str, clock: EmulatorClock) -> None:
        self._account_id = account_id
        self._miniprogram_id = miniprogram_id
        self._clock = clock
        self._by_name: dict[str, User] = {}
        self._by_openid: dict[str, User] = {}
        self._by_mp_openid: dict[str, User] = {}
        self._last_id = 0
        self._changed: dict[str, asyncio.Event] = {}
        self.on_change: list[asyncio.Event] = []

    def all(self) -> list[User]:
        """Everybody, in the order they came."""
        return list(self._by_name.values())

    def get(self, name: str) -> User:
        """The person of that name; a ``ControlError`` says how to create one."""
        try:
            return self._by_name[name]
        except KeyError:
            raise ControlError(
                404, "no_such_user", f"nobody is called {name!r}: create them with PUT /control/users/{name}"
            ) from None

    def create(self, name: str) -> User:
        """The person of that name, made on first use."""
        if name not in self._by_name:
            if not name.strip() or len(name) > 64 or "/" in name:
                raise ControlError(400, "bad_name", "a user's name has 1 to 64 characters and no slash")
            mp_openid = openid_for(self._miniprogram_id, name)
            openid = openid_for(self._account_id, name)
            self.put(User(name=name, openid=openid, mp_openid=mp_openid, unionid=unionid_for(name)))
        return self._by_name[name]

    def put(self, user: User) -> None:
        """Add a person, for example one read from a file."""
        self._by_name[user.name] = user
        self._by_openid[user.openid] = user
        self._by_mp_openid[user.mp_openid] = user
        self._last_id = max([self._last_id, *(entry.id for entry in user.screen)])
        self.touched()

    def of_account(self, openid: object) -> User | None:
        """Who has this openid with the service account."""
        return self._by_openid.get(openid) if isinstance(openid, str) else None

    def of_miniprogram(self, openid: object) -> User | None:
        """Who has this openid with the mini-program."""
        return self._by_mp_openid.get(openid) if isinstance(openid, str) else None

    def touched(self) -> None:
        """Somebody changed: whoever keeps a copy writes it."""
        for event in self.on_change:
            event.set()

    def show(self, user: User, entry: Displayed) -> Displayed:
        """Put it on the phone, numbered and dated."""
        self._last_id += 1
        entry = entry.model_copy(update={"id": self._last_id, "at": self._clock.now()})
        user.screen.append(entry)
        del user.screen[:-SCREEN_KEPT]
        if waiting := self._changed.pop(user.name, None):
            waiting.set()
        self.touched()
        return entry

    def recall(self, user: User, entries: list[Displayed]) -> None:
        """What the phone showed before: numbered, but dated as they are."""
        for entry in entries:
            self._last_id += 1
            user.screen.append(entry.model_copy(update={"id": self._last_id}))
        self.touched()

    def screen(self, user: User, after: int = 0) -> list[Displayed]:
        """What the phone showed after that entry."""
        return [entry for entry in user.screen if entry.id > after]

    async def wait(self, user: User, after: int, seconds: float) -> list[Displayed]:
        """The same, but if nothing is there yet, wait that long for it."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not (found := self.screen(user, after)) and (left := end - loop.time()) > 0:
            event = self._changed.setdefault(user.name, asyncio.Event())
            try:
                await asyncio.wait_for(event.wait(), left)
            except TimeoutError:
                break
        return found

    def acted(self, user: User, trigger: Trigger | None, kind: AppKind = "account") -> None:
        """The person did something: opens or renews the allowance that goes with it."""
        now = self._clock.now()
        user.last_action = now
        if trigger:
            count, span = ALLOWANCE[trigger]
            user.windows[f"{kind}:{trigger}"] = Window(left=count, until=now + span)
        self.touched()

    def allowance(self, user: User, kind: AppKind = "account") -> tuple[int, datetime] | None:
        """How many customer messages may be sent and until when, or None when no window is open.

        Windows do not add up: the larger remaining one counts.
        """
        open_windows = self._open(user, kind)
        if not open_windows:
            return None
        best = max(open_windows, key=lambda window: (window.left, window.until))
        return best.left, best.until

    def spend(self, user: User, kind: AppKind = "account") -> None:
        """One customer message less, in every window that is open."""
        for window in self._open(user, kind):
            window.left = max(0, window.left - 1)
        self.touched()

    def _open(self, user: User, kind: AppKind) -> list[Window]:
        now = self._clock.now()
        return [one for key, one in user.windows.items() if key.startswith(f"{kind}:") and one.until > now]

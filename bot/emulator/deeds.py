"""What people do with their phones, and the pushes that come of it."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from bot.emulator.config import App
from bot.emulator.errors import ControlError
from bot.emulator.mediastore import Medium
from bot.emulator.platform import Platform
from bot.emulator.pushes import Push, PushOptions
from bot.emulator.users import Displayed, Trigger, User

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""The smallest photo."""
AMR = b"#!AMR\n" + bytes(32)
OPENING: dict[str, Trigger] = {
    "click": "click",
    "scancode_push": "click",
    "scancode_waitmsg": "click",
    "user_enter_tempsession": "enter",
}
"""Events that open an allowance; viewing a page, for example, does not."""


class Deeds:
    """Turns a deed into its push: shows it on the phone, opens the allowance, delivers."""

    def __init__(self, platform: Platform, origin: str) -> None:
        self._platform = platform
        self._origin = origin

    async def follow(self, user: User, options: PushOptions, scene: str | None, ticket: str | None) -> Push | None:
        """Begin to follow, maybe by a QR code; None when they followed already."""
        return None if user.following else await self._follow(user, options, scene, ticket)

    async def _follow(self, user: User, options: PushOptions, scene: str | None, ticket: str | None) -> Push:
        fields: dict[str, Any] = {"MsgType": "event", "Event": "subscribe", "EventKey": ""}
        user.subscribe_scene, user.scene = "ADD_SCENE_SEARCH", ""
        if scene is not None or ticket is not None:
            row = self._platform.scenes.scanned(scene, ticket)
            fields |= {"EventKey": f"qrscene_{row.scene}", "Ticket": row.ticket}
            user.subscribe_scene, user.scene = "ADD_SCENE_QR_CODE", row.scene
        self.follow_quietly(user)
        return await self._send(user, fields, options, "follow")

    def follow_quietly(self, user: User) -> None:
        """Follow without a push, as those did who followed before there was a server."""
        user.following = True
        user.followed_at = self._platform.clock.now()
        self._platform.users.touched()

    async def unfollow(self, user: User, options: PushOptions) -> Push | None:
        """Stop following: every window closes. None when they did not follow."""
        if not user.following:
            return None
        user.following = False
        user.windows = {key: one for key, one in user.windows.items() if not key.startswith("account:")}
        return await self._send(user, {"MsgType": "event", "Event": "unsubscribe", "EventKey": ""}, options, None)

    async def text(self, user: User, options: PushOptions, text: str, menu_id: str | None = None) -> Push:
        """Write something, or tap a choice of a msgmenu, which sends its words and its id."""
        fields: dict[str, Any] = {"MsgType": "text", "Content": text}
        if menu_id is not None:
            fields["bizmsgmenuid"] = menu_id
        return await self._message(user, fields, options, self._own(user, "text", text))

    async def image(self, user: User, options: PushOptions, content: bytes | None) -> Push:
        """Send a photo."""
        content = PIXEL if content is None else content
        content_type = "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"
        medium = self._platform.media.add("image", content, content_type)
        fields = {"MsgType": "image", "PicUrl": self._url(medium), "MediaId": medium.media_id}
        own = self._own(user, "image", "[图片]", media_id=medium.media_id, url=fields["PicUrl"])
        return await self._message(user, fields, options, own)

    async def voice(self, user: User, options: PushOptions, content: bytes | None, recognition: str | None) -> Push:
        """Speak. Since 2023 the platform seldom says what it heard, so recognition may well be missing."""
        medium = self._platform.media.add("voice", AMR if content is None else content, "audio/amr")
        fields = {"MsgType": "voice", "MediaId": medium.media_id, "Format": "amr"}
        if recognition is not None:
            fields["Recognition"] = recognition
        own = self._own(user, "voice", "[语音]", media_id=medium.media_id, url=self._url(medium))
        own.title = recognition or ""
        return await self._message(user, fields, options, own)

    async def video(self, user: User, options: PushOptions, content: bytes | None) -> Push:
        """Send a film."""
        medium = self._platform.media.add("video", content or bytes(32), "video/mp4")
        thumb = self._platform.media.add("image", PIXEL, "image/png")
        fields = {"MsgType": "video", "MediaId": medium.media_id, "ThumbMediaId": thumb.media_id}
        own = self._own(user, "video", "[视频]", media_id=medium.media_id, url=self._url(medium))
        return await self._message(user, fields, options, own)

    async def location(self, user: User, options: PushOptions, latitude: float, longitude: float, label: str) -> Push:
        """Share a place."""
        fields = {
            "MsgType": "location",
            "Location_X": latitude,
            "Location_Y": longitude,
            "Scale": 16,
            "Label": label,
        }
        return await self._message(user, fields, options, self._own(user, "location", label or "[位置]"))

    async def link(self, user: User, options: PushOptions, title: str, description: str, url: str) -> Push:
        """Share a page."""
        fields = {"MsgType": "link", "Title": title, "Description": description, "Url": url}
        return await self._message(user, fields, options, self._own(user, "link", title, url=url))

    async def menu(self, user: User, options: PushOptions, event: str, key: str) -> Push:
        """Tap a button of the account's menu."""
        self._needs_following(user, options)
        fields = {"MsgType": "event", "Event": event.upper(), "EventKey": key}
        return await self._send(user, fields, options, OPENING.get(event.lower()))

    async def scan(self, user: User, options: PushOptions, scene: str | None, ticket: str | None) -> Push:
        """Scan a QR code of the account; who does not follow yet, follows by it."""
        if not user.following:
            return await self._follow(user, options, scene, ticket)
        row = self._platform.scenes.scanned(scene, ticket)
        fields = {"MsgType": "event", "Event": "SCAN", "EventKey": row.scene, "Ticket": row.ticket}
        return await self._send(user, fields, options, "scan")

    async def event(self, user: User, options: PushOptions, fields: dict[str, Any]) -> Push:
        """Any other message or event, as the fields say."""
        if not isinstance(fields.get("MsgType"), str):
            raise ControlError(400, "no_msgtype", "fields needs a MsgType, for example event")
        trigger = OPENING.get(str(fields.get("Event", "")).lower())
        return await self._send(user, fields, options, trigger, with_msg_id=fields["MsgType"] != "event")

    async def raw(self, user: User, options: PushOptions, body: bytes) -> Push:
        """These bytes as they are, signed or sealed as the options say."""
        push = self._platform.delivery.make(self._app(options), user, {}, options, raw=body)
        return await self._go(push, options)

    def _needs_following(self, user: User, options: PushOptions) -> None:
        if options.app == "account" and not user.following and not options.force:
            raise ControlError(
                409, "not_following", f"{user.name} does not follow the account: follow first, or pass force=true"
            )

    def _app(self, options: PushOptions) -> App:
        config = self._platform.config
        return config.account if options.app == "account" else config.miniprogram

    def _own(
        self, user: User, kind: str, text: str, *, media_id: str | None = None, url: str | None = None
    ) -> Displayed:
        return Displayed(
            id=0, at=self._platform.clock.now(), channel="sent", type=kind, text=text, media_id=media_id, url=url
        )

    def _url(self, medium: Medium) -> str:
        return f"{self._origin}/emulator/media/{medium.media_id}"

    async def _message(self, user: User, fields: dict[str, Any], options: PushOptions, own: Displayed) -> Push:
        self._needs_following(user, options)
        shown = self._platform.users.show(user, own.model_copy(update={"app": options.app}))
        return await self._send(user, fields, options, "message", with_msg_id=True, screen_id=shown.id)

    async def _send(
        self,
        user: User,
        fields: dict[str, Any],
        options: PushOptions,
        trigger: Trigger | None,
        *,
        with_msg_id: bool = False,
        screen_id: int | None = None,
    ) -> Push:
        platform = self._platform
        if fields.get("Event") != "unsubscribe" and (user.following or options.app == "miniprogram"):
            platform.users.acted(user, trigger, options.app)
        push = platform.delivery.make(
            self._app(options),
            user,
            fields,
            options,
            with_msg_id=with_msg_id,
            screen_id=screen_id if screen_id is not None else max((one.id for one in user.screen), default=0),
        )
        return await self._go(push, options)

    async def _go(self, push: Push, options: PushOptions) -> Push:
        if options.hold:
            return push
        running = self._platform.schedule.spawn(self._platform.delivery.deliver(push))
        if options.wait:
            await running
        return push


def decoded(text: str | None) -> bytes | None:
    """Bytes that came as base64; a ``ControlError`` when they did not."""
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ControlError(400, "bad_base64", f"content is not base64: {error}") from None

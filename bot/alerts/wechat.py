"""To a colleague's own WeChat, through the outbox: the ladder of rungs, retries and windows is the owners' one."""

from __future__ import annotations

from bot.alerts.sending import Skipped
from desk.deliveries import Kind
from desk.desk import Desk
from desk.wording import shorten
from store.alerts import Alert


class WeChatWay:
    """Puts the alert into the outbox; written twice it is there once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def send(self, alert: Alert) -> None:
        """Queue it for the WeChat that the colleague linked."""
        staff = await self._desk.stores.staff.find(alert.staff_id)
        linked = (staff.wechat or {}).get("conversation_id") if staff is not None and staff.active else None
        conversation = await self._desk.stores.conversations.find(str(linked)) if linked else None
        if conversation is None:
            raise Skipped("no WeChat linked")
        rules = self._desk.rules.of(alert.estate_id)
        # By hours and caps of an urgent push: whether it may leave now was decided when the alert was raised.
        await self._desk.outbox.put(
            f"alert:{alert.id}",
            conversation,
            Kind.URGENT,
            alert.text,
            person_id=conversation.person_id,
            template={
                "number": alert.number or "-",
                "title": shorten(alert.text.partition("】")[2] or alert.text, 20),
                "state": "请处理",
                "time": alert.at.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
                "remark": shorten(alert.text, 20),
                "who": "",
            },
            by="system:guanjia",
        )

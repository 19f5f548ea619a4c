"""By text message. A provider is plugged in behind ``Sms``; until there is one, what would leave is recorded."""

from __future__ import annotations

import logging
from collections import deque
from typing import Protocol

from bot.alerts.sending import Skipped
from desk.desk import Desk
from store.alerts import Alert

log = logging.getLogger(__name__)

LONGEST = 67
"""Characters of one message; a longer one is cut, the ticket has the rest."""


class Sms(Protocol):
    """A provider of text messages."""

    async def send(self, phone: str, text: str) -> None:
        """Send it; raises Failed (try again) or Unsure (it may have left)."""
        ...


class RecordedSms:
    """The stand-in: keeps the last messages in memory and sends nothing."""

    def __init__(self, keep: int = 1000) -> None:
        self.sent: deque[tuple[str, str]] = deque(maxlen=keep)

    async def send(self, phone: str, text: str) -> None:
        """Record it."""
        self.sent.append((phone, text))
        log.info("no SMS provider: a text message is recorded, not sent")


class SmsWay:
    """Sends alerts to the phone in the staff record."""

    def __init__(self, desk: Desk, sms: Sms) -> None:
        self._desk = desk
        self._sms = sms

    async def send(self, alert: Alert) -> None:
        """One text message; raises Skipped without a number."""
        staff = await self._desk.stores.staff.find(alert.staff_id)
        phone = self._desk.stores.sealer.open_phone(staff.phone) if staff is not None and staff.active else None
        if not phone:
            raise Skipped("no phone number")
        text = alert.text if len(alert.text) <= LONGEST else f"{alert.text[: LONGEST - 1]}…"
        await self._sms.send(phone, text)

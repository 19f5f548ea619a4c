"""The alert port: colleagues hear of what cannot wait, by the ways that the settings name (the contract, section 1).

``raise_`` stores a row per person and way under a derived id, so that whatever is run twice is heard once. A row of the
inbox is the alert itself; the other ways are sent by ``bot/alerts/``, which takes the rows one by one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from desk.rulebook import Rulebook
from desk.sessions import Tokens
from store.alerts import Alert
from store.clock import Clock
from store.ids import derived
from store.staff import Staff
from store.stores import Stores
from store.tickets import Ticket

log = logging.getLogger(__name__)

SCENE = "staff."
"""How a code for a colleague's own WeChat begins; whatever else is scanned is a home's."""
CODE_LASTS = timedelta(minutes=10)
MOST_PEOPLE = 50
"""An alert to more people than this reaches nobody: the first so many of them hear it."""


class Alerts:
    """Raises alerts, and links colleagues to their WeChat."""

    def __init__(self, stores: Stores, rules: Rulebook, tokens: Tokens, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._tokens = tokens
        self._clock = clock
        self._listeners: list[Callable[[Sequence[Alert]], None]] = []

    def listen(self, listener: Callable[[Sequence[Alert]], None]) -> None:
        """Have ``listener`` hear of every alert of this process at once (a live inbox); others look into the rows."""
        self._listeners.append(listener)

    async def raise_(
        self,
        key: str,
        kind: str,
        text: str,
        to: Sequence[Staff],
        *,
        ticket: Ticket | None = None,
        estate_id: str = "",
        urgent: bool = False,
    ) -> list[str]:
        """Tell these colleagues; gives the ids of the rows. The same ``key`` tells each of them once.

        What is not urgent leaves in open hours, but stands in the inbox at once.
        """
        now = self._clock.now()
        estate_id = estate_id or (ticket.estate_id if ticket else "")
        rules = self._rules.of(estate_id)
        settings = rules.settings.alerts
        later = now if urgent or not settings.quiet else rules.calendar.next_open(now)
        ways = settings.urgent_ways if urgent else settings.ways
        rows: list[Alert] = []
        for way in dict.fromkeys(ways):
            people = [one for one in to[:MOST_PEOPLE] if _reachable(one, way)]
            for name in [""] if way == "webhook" and to else [one.id for one in people]:
                rows.append(
                    Alert(
                        id=derived(key, f"alert:{way}:{name}"),
                        way=way,
                        staff_id=name,
                        estate_id=estate_id,
                        ticket_id=ticket.id if ticket else None,
                        number=ticket.number if ticket else "",
                        kind=kind,
                        text=text,
                        urgent=urgent,
                        at=now,
                        state="sent" if way == "inbox" else "queued",
                        not_before=now if way == "inbox" else later,
                        sent_at=now if way == "inbox" else None,
                    )
                )
        await self._stores.alerts.add(rows)
        for listener in self._listeners:
            listener(rows)
        if not rows:
            log.warning("alert %s of %s reaches nobody", kind, ticket.number if ticket else estate_id)
        return [row.id for row in rows]

    # ---- a colleague's own WeChat ----

    async def link_code(self, username: str) -> str:
        """A scene value for a QR code; whoever scans it within ten minutes is this colleague."""
        token = await self._tokens.issue("staff_scene", username, lasts=CODE_LASTS, most=CODE_LASTS)
        return f"{SCENE}{token}"

    async def link(self, scene: str, conversation_id: str) -> str | None:
        """Link the WeChat that scanned the code; gives the colleague's name, None when the code holds no longer."""
        session = await self._tokens.check(scene.removeprefix(SCENE), "staff_scene")
        staff = await self._stores.staff.find(session.subject) if session is not None else None
        if session is None or staff is None or not staff.active:
            return None
        # Linked before the code is used up: handled again after a crash, the same scan gives the same answer.
        linked = {"conversation_id": conversation_id, "at": self._clock.now()}
        await self._stores.staff.change(staff.id, {"wechat": linked})
        await self._tokens.use_up(session)
        return staff.name

    async def unlink(self, username: str) -> None:
        """This colleague's WeChat is not told anything any more."""
        await self._stores.staff.change(username, {"wechat": None})


def _reachable(staff: Staff, way: str) -> bool:
    if way == "wechat":
        return bool(staff.wechat)
    if way == "sms":
        return bool(staff.phone)
    return way == "inbox"

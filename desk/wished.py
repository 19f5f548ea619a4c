"""The time that an owner wished for, as it is said today."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from desk.rulebook import Rules
from desk.wording import say_date, say_part_of_day, say_time
from nlp.answers import read_wish
from store.tickets import Ticket

WHOLE_DAY = timedelta(hours=10)
_ANY_TIME = re.compile("随便|随时|任何|都[行可方好]|尽快|马上|立[刻即]|现在|越快|哪天都|什么时候都")
_TODAY = re.compile("今|明|后天|大后|当天|下班")
_CLOCK = re.compile("[点时:：半刻]")
_AFTER = re.compile("(?:以后|之后|过后|后)$")


def wished(ticket: Ticket, now: datetime, rules: Rules) -> str:
    """Their words while the day is the same, else the day they meant; empty for any time and for one that is over."""
    text = (ticket.wished_time or "").strip()
    if not text or _ANY_TIME.search(text):
        return ""
    said_at = next((e.at for e in reversed(ticket.events) if e.kind in ("wish", "completed")), ticket.opened_at)
    wish = read_wish(text, said_at)
    if wish is None or wish.start is None:
        return text
    if (wish.end or wish.start) <= now:
        return ""
    zone = rules.zone
    if said_at.astimezone(zone).date() == now.astimezone(zone).date() or not _TODAY.search(text):
        return text
    if _CLOCK.search(text):
        return say_time(wish.start, now, zone) + ("后" if _AFTER.search(text) else "")
    whole = wish.end is not None and wish.end - wish.start >= WHOLE_DAY
    return say_date(wish.start, now, zone) if whole else say_part_of_day(wish.start, now, zone)

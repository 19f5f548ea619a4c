"""Takes alerts one by one from the store and gives each to its way. Any worker may; none is sent twice by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from desk.desk import Desk
from store.alerts import Alert
from store.errors import Unavailable

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
LEASE = timedelta(seconds=25)
LONGEST = 15.0
MOST_TRIES = 4
PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
"""Between the tries of one alert."""
STALE = timedelta(hours=12)
"""What could not leave for so long helps nobody any more."""


class Failed(Exception):
    """It did not arrive, and may be tried again."""


class Unsure(Exception):
    """It may have arrived: it is not sent again, the next rung of the ladder comes anyway."""


class Skipped(Exception):
    """This way is not set up for this colleague or estate."""


class Way(Protocol):
    """One way to a colleague."""

    async def send(self, alert: Alert) -> None:
        """Send it; raises Failed, Unsure or Skipped."""
        ...


class AlertSender:
    """Sends what is queued."""

    def __init__(self, desk: Desk, ways: Mapping[str, Way]) -> None:
        self._desk = desk
        self._ways = dict(ways)

    async def poll(self) -> None:
        """Every second, until cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.poll_once()
            except Unavailable:
                log.warning("the database does not answer, alerts wait")

    async def poll_once(self) -> int:
        """Send what may leave now; gives how many rows were looked at."""
        alerts, clock = self._desk.stores.alerts, self._desk.clock
        for dead in await alerts.stuck(wall=clock.wall()):
            await alerts.change(dead, {"state": "unknown", "problem": "its worker died while sending it"})
        due = await alerts.due(at=clock.now())
        for alert in due:
            mine = await alerts.change(alert, {"state": "sending", "sending_until": clock.wall() + LEASE})
            if mine is not None:
                await self._send(mine)
        return len(due)

    async def _send(self, alert: Alert) -> None:
        now = self._desk.clock.now()
        way = self._ways.get(alert.way)
        try:
            if way is None or now - alert.not_before > STALE:
                raise Skipped("too old" if way else f"no such way: {alert.way}")
            async with asyncio.timeout(LONGEST):
                await way.send(alert)
        except Skipped as why:
            await self._end(alert, "skipped", str(why))
        except (Unsure, TimeoutError) as why:
            log.warning("alert %s by %s may not have arrived", alert.id, alert.way)
            await self._end(alert, "unknown", str(why) or "timed out")
        except Failed as why:
            await self._again(alert, str(why))
        except Unavailable:
            raise
        except Exception as failed:  # one alert must not hold up the others
            log.exception("alert %s failed", alert.id)
            await self._again(alert, repr(failed))
        else:
            await self._desk.stores.alerts.change(alert, {"state": "sent", "sent_at": now, "problem": None})

    async def _again(self, alert: Alert, problem: str) -> None:
        if alert.tries + 1 >= MOST_TRIES:
            log.error("alert %s by %s is given up", alert.id, alert.way)
            return await self._end(alert, "failed", problem)
        later = self._desk.clock.now() + PAUSES[min(alert.tries, len(PAUSES) - 1)]
        changes = {"state": "queued", "tries": alert.tries + 1, "not_before": later, "problem": problem[:200]}
        await self._desk.stores.alerts.change(alert, changes)

    async def _end(self, alert: Alert, state: str, problem: str) -> None:
        await self._desk.stores.alerts.change(alert, {"state": state, "problem": problem[:200]})

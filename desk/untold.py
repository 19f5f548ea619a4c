"""What an incident has to say and whose timer was given up or lost: planned anew until all members have it."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.timers import Schedule
from store.incidents import Incident, Update
from store.stores import Stores

TOLD_BY_THEN = timedelta(minutes=2)
"""By then its timer has run, or has failed for good."""
AGAIN_AFTER = timedelta(seconds=30)
"""What fails time and again is tried at this pace."""


async def tell_the_rest(stores: Stores, timers: Schedule, now: datetime) -> list[str]:
    """Plan the telling of every update that nobody tells any more; gives the numbers of the incidents."""
    found = []
    for incident in await stores.incidents.unfinished():
        for update in incident.updates:
            if now - update.at >= TOLD_BY_THEN and await _is_left(stores, incident, update):
                data = {"incident": incident.id, "update": update.id, "at": update.at.isoformat()}
                await timers.plan_again(timer_of(update), "incident_tell", now + AGAIN_AFTER, None, data)
                found.append(incident.number)
    return found


def timer_of(update: Update) -> str:
    """The id of the timer that tells it."""
    return f"incident_tell:{update.id}"


async def _is_left(stores: Stores, incident: Incident, update: Update) -> bool:
    told = incident.progress.get(update.id)
    if told is not None and told >= len(incident.members):
        return False
    timer = await stores.timers.find(timer_of(update))
    if timer is None:
        return True
    # One that is done told all who were there: whoever came later was welcomed.
    return timer.state in ("failed", "cancelled") or (timer.state == "done" and told is None)

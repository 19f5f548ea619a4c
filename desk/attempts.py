"""How often one may be wrong: five times from one place, twenty times from anywhere, and an address thirty times.

Counted alike for names that exist and for those that do not: neither the answer nor its time tells which are real.
"""

from __future__ import annotations

import ipaddress
import math
from datetime import datetime, timedelta

from store.clock import Clock
from store.stores import Stores

WINDOW = timedelta(minutes=15)
LOCKED = timedelta(minutes=15)
FROM_ONE_PLACE, FROM_ANYWHERE, OF_AN_ADDRESS = 5, 20, 30
PRUNED_AFTER = timedelta(hours=1)


class SignInAttempts:
    """Counts and locks."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._pruned_at: datetime | None = None

    async def begin(self, name: str, address: str) -> int:
        """Count an attempt before it is looked at; gives for how many minutes it is refused, 0: go on."""
        now = self._clock.now()
        limits = self._limits(name, address)
        before = await self._stores.attempts.of(list(limits), now)
        if minutes := _minutes([row.ends_at for row in before.values() if row.locked], now):
            return minutes
        for key in limits:
            await self._stores.attempts.count(key, now, WINDOW)
        counted = await self._stores.attempts.of(list(limits), now)
        over = []
        for key, most in limits.items():
            row = counted.get(key)
            if row is None or row.count < most:
                continue
            # Locked before this attempt is looked at: of many at once no more than these are.
            await self._stores.attempts.lock(key, now + LOCKED)
            if row.count > most:
                over.append(now + LOCKED)
        await self._prune(now)
        return _minutes(over, now)

    async def was_right(self, name: str, address: str) -> None:
        """It was them: the name begins anew, and the address is not held against its other people."""
        here, anywhere, of_address = self._limits(name, address)
        await self._stores.attempts.forget([here, anywhere])
        await self._stores.attempts.take_back(of_address)

    async def locked(self, name: str) -> bool:
        """Whether the name is locked from anywhere."""
        key = self._key("name", name)
        row = (await self._stores.attempts.of([key], self._clock.now())).get(key)
        return row is not None and row.locked

    def _limits(self, name: str, address: str) -> dict[str, int]:
        place = network_of(address)
        return {
            self._key("here", f"{name}\n{place}"): FROM_ONE_PLACE,
            self._key("name", name): FROM_ANYWHERE,
            self._key("address", place): OF_AN_ADDRESS,
        }

    def _key(self, kind: str, value: str) -> str:
        return f"{kind}:{self._stores.sealer.hash(f'attempt:{value}')[:32]}"

    async def _prune(self, now: datetime) -> None:
        if self._pruned_at is None or now - self._pruned_at >= PRUNED_AFTER:
            self._pruned_at = now
            await self._stores.attempts.prune(now - PRUNED_AFTER)


def network_of(address: str) -> str:
    """Who an address belongs to: all of it, or the first half of an IPv6 one, of which everybody has plenty."""
    try:
        known = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def _minutes(ends: list[datetime], now: datetime) -> int:
    return max((math.ceil((end - now) / timedelta(minutes=1)) for end in ends), default=0)

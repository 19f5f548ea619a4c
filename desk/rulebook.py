"""What holds in an estate: its settings, texts, calendar and zone. Read from the database and kept for ten seconds."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from desk.calendar import BusinessCalendar
from desk.settings import TradeSettings
from desk.texts import Texts
from store.errors import Unavailable
from store.estates import Estate
from store.stores import Stores

log = logging.getLogger(__name__)

KEPT = timedelta(seconds=10)
FOR_ALL = "*"


@dataclass(frozen=True, slots=True)
class Rules:
    """One estate's rules."""

    estate: Estate
    settings: TradeSettings
    texts: Texts
    calendar: BusinessCalendar
    zone: ZoneInfo


class Rulebook:
    """The rules per estate. ``refresh`` runs in the background, so that reading costs no store operation."""

    def __init__(self, stores: Stores, *, time_zone: str = "Asia/Shanghai", base: TradeSettings | None = None) -> None:
        self._stores = stores
        self._time_zone = time_zone
        self._base = base or TradeSettings()
        self._texts = Texts.load()
        self._rules: dict[str, Rules] = {}
        self._first = self._make(Estate(id="", name="", time_zone=time_zone), self._base, self._texts)

    def of(self, estate_id: str) -> Rules:
        """The rules of this estate; for an unknown or empty id those of the only or first estate, or the defaults."""
        return self._rules.get(estate_id, self._first)

    @property
    def estates(self) -> list[Estate]:
        """All estates known."""
        return [rules.estate for rules in self._rules.values()]

    @property
    def only_estate(self) -> str:
        """The estate's id when there is just one, else empty."""
        return next(iter(self._rules)) if len(self._rules) == 1 else ""

    async def refresh(self) -> None:
        """Read what is stored. Settings that do not validate are logged and the last good ones stay."""
        for_all = await self._stores.settings.find(FOR_ALL)
        base = self._base if for_all is None else self._apply(self._base, for_all.values, FOR_ALL)
        rules: dict[str, Rules] = {}
        for estate in await self._stores.estates.all():
            stored = await self._stores.settings.find(estate.id)
            settings = base if stored is None else self._apply(base, stored.values, estate.id)
            overrides = await self._stores.texts.of_estate(estate.id)
            texts = Texts(overrides) if overrides else self._texts
            try:
                rules[estate.id] = self._make(estate, settings, texts)
            except ValueError:
                log.exception("estate %s: calendar or time zone cannot be used, the last good rules stay", estate.id)
                rules[estate.id] = self._rules.get(estate.id, self._first)
        self._rules = rules
        if rules:
            self._first = next(iter(rules.values()))
        else:
            self._first = self._make(Estate(id="", name="", time_zone=self._time_zone), base, self._texts)

    async def keep_fresh(self) -> None:
        """Refresh every ten seconds until cancelled; a store that is away leaves the last rules in force."""
        while True:
            await asyncio.sleep(KEPT.total_seconds())
            try:
                await self.refresh()
            except Unavailable:
                log.warning("rules not refreshed: the database does not answer")

    def _apply(self, base: TradeSettings, values: dict[str, object], whose: str) -> TradeSettings:
        try:
            return base.changed(values)
        except (ValueError, ValidationError) as bad:
            log.error("stored settings of %s are not valid and are left out: %s", whose, bad)
            return base

    @staticmethod
    def _make(estate: Estate, settings: TradeSettings, texts: Texts) -> Rules:
        zone = ZoneInfo(estate.time_zone)
        return Rules(estate, settings, texts, BusinessCalendar(zone, settings.office), zone)

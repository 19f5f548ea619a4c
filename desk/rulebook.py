"""What holds in an estate: its settings, texts, calendar and zone. Read from the database and kept for ten seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
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
        self._good: dict[str, TradeSettings] = {}
        self._overrides: dict[str, tuple[dict[str, str], Texts]] = {}
        # The trouble that was logged last, by whose it is: reading every ten seconds must not mean logging as often.
        self._said: dict[str, str] = {}
        self._first = self._make(Estate(id="", name="", time_zone=time_zone), self._base, self._texts)
        self.also: list[Callable[[], Awaitable[None]]] = []
        """What else is read again with the rules by a process that runs for long (the articles)."""

    def of(self, estate_id: str) -> Rules:
        """The rules of this estate; for an unknown or empty id those of the only or first estate, or the defaults."""
        return self._rules.get(estate_id, self._first)

    @property
    def base(self) -> TradeSettings:
        """What holds where nothing is stored."""
        return self._base

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
            rules[estate.id] = self._rules_of(estate, settings, self._texts_of(estate.id, overrides))
        self._rules = rules
        if rules:
            self._first = next(iter(rules.values()))
        else:
            self._first = self._make(Estate(id="", name="", time_zone=self._time_zone), base, self._texts)

    async def keep_fresh(self) -> None:
        """Refresh every ten seconds until cancelled; a store that is away leaves the last rules in force."""
        while True:
            try:
                for read in self.also:
                    await read()
                await asyncio.sleep(KEPT.total_seconds())
                await self.refresh()
            except Unavailable:
                log.warning("rules not refreshed: the database does not answer")
                await asyncio.sleep(KEPT.total_seconds())

    def _apply(self, base: TradeSettings, values: dict[str, object], whose: str) -> TradeSettings:
        try:
            good = base.changed(values)
        except (ValueError, ValidationError) as bad:
            self._say(whose, f"stored settings are not valid, the last good ones stay: {bad}")
            return self._good.get(whose, base)
        self._say(whose, "")
        self._good[whose] = good
        return good

    def _texts_of(self, estate_id: str, overrides: dict[str, str]) -> Texts:
        """The same object while nothing changed, so that what cannot be used is logged once."""
        if not overrides:
            return self._texts
        known = self._overrides.get(estate_id)
        if known is None or known[0] != overrides:
            known = self._overrides[estate_id] = (overrides, Texts(overrides))
        return known[1]

    def _rules_of(self, estate: Estate, settings: TradeSettings, texts: Texts) -> Rules:
        whose = f"{estate.id}: zone"
        try:
            rules = self._make(estate, settings, texts)
        # An unknown zone is a KeyError, a bad name a ValueError, a folder of zones ("Asia") an OSError.
        except (ValueError, KeyError, OSError) as bad:
            self._say(whose, f"its calendar or time zone cannot be used, the last good one stays: {bad!r}")
            known = self._rules.get(estate.id)
            zone = known.estate.time_zone if known else self._time_zone
            return self._make(estate.model_copy(update={"time_zone": zone}), settings, texts)
        self._say(whose, "")
        return rules

    def _say(self, whose: str, problem: str) -> None:
        if problem and self._said.get(whose) != problem:
            log.error("rules of %s: %s", whose, problem)
        self._said[whose] = problem

    @staticmethod
    def _make(estate: Estate, settings: TradeSettings, texts: Texts) -> Rules:
        zone = ZoneInfo(estate.time_zone)
        return Rules(estate, settings, texts, BusinessCalendar(zone, settings.office), zone)

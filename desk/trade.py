"""The settings of the trade, changed by a person: checked, versioned, shown as a difference, taken back."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from desk.actors import Actor
from desk.dispatch_rules import refusals
from desk.errors import Incomplete, NotAllowed
from desk.live import Live
from desk.office_hours import SAID
from desk.rulebook import FOR_ALL, Rulebook
from desk.setting_fields import fields, value_at
from desk.settings import TradeSettings
from desk.shifts import Roster
from store.clock import Clock
from store.errors import Conflict, NotFound
from store.setting_versions import SettingVersion
from store.settings import StoredSettings
from store.stores import Stores

MOST_VERSIONS = 50
LOOKED_OVER = {"dispatch", "office"}
"""What of it is compared with teams and people, too."""


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that is another now."""

    path: str
    label: str
    was: Any
    becomes: Any


@dataclass(frozen=True, slots=True)
class Fault:
    """What speaks against a change."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for an estate (or ``*``), and what of it is its own."""

    estate: str
    version: int
    own: dict[str, Any]
    settings: TradeSettings


@dataclass(frozen=True, slots=True)
class Checked:
    """A change that was looked over."""

    problems: list[Fault]
    diff: list[Change]
    own: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """One version, and what it changed."""

    version: int
    at: datetime | None
    by: str
    note: str
    diff: list[Change]


class Trade:
    """Reads and changes what is set."""

    def __init__(self, stores: Stores, rules: Rulebook, roster: Roster, live: Live, clock: Clock) -> None:
        self._stores = stores
        self._rules = rules
        self._roster = roster
        self._live = live
        self._clock = clock

    def whose(self, estate: str | None, actor: Actor) -> str:
        """The estate that is meant, or ``*``; raises NotFound for one that is not the caller's."""
        known = [one.id for one in self._rules.estates]
        if estate is None:
            estate = self._rules.only_estate or FOR_ALL
        if estate == FOR_ALL:
            if actor.estates:
                raise NotAllowed("对所有小区的设置由总部来改", needs=["all_estates"])
            return estate
        if estate not in known or not actor.in_scope(estate):
            raise NotFound(estate)
        return estate

    async def standing(self, estate: str) -> Standing:
        """What holds now, as it is stored."""
        stored = await self._stores.settings.find(estate) or StoredSettings(id=estate)
        base = await self._base(estate)
        return Standing(estate, stored.version, stored.values, base.changed(stored.values))

    async def check(self, estate: str, changes: Mapping[str, Any]) -> Checked:
        """What a change would do and what speaks against it; writes nothing."""
        now = await self.standing(estate)
        problems = [Fault(path, "没有这个设置") for path in changes if path not in fields()]
        if problems:
            return Checked(problems, [], now.own)
        own = laid_over(now.own, changes)
        return await self._looked_over(now, own)

    async def change(
        self, estate: str, changes: Mapping[str, Any], by: Actor, *, version: int, note: str = ""
    ) -> tuple[Standing, list[Change]]:
        """Write it; raises Incomplete with all problems, Conflict when somebody else was faster."""
        if not changes:
            raise Incomplete("没有要改的", missing=["changes"])
        checked = await self.check(estate, changes)
        return await self._write(estate, checked, by, version=version, note=note)

    async def roll_back(self, estate: str, to: int, by: Actor, *, version: int) -> tuple[Standing, list[Change]]:
        """What held as of version ``to`` holds again, as a new version."""
        rows = await self._stores.setting_versions.of_ids([f"{estate}:{to}"])
        if to != 0 and not rows:
            raise Incomplete("没有这个版本", to=to)
        now = await self.standing(estate)
        checked = await self._looked_over(now, dict(rows[0].values) if rows else {})
        return await self._write(estate, checked, by, version=version, note=f"回到第 {to} 版")

    async def versions(self, estate: str) -> list[Past]:
        """The last changes, newest first, each with what it changed."""
        now = await self.standing(estate)
        ids = [f"{estate}:{n}" for n in range(now.version, max(now.version - MOST_VERSIONS, -1), -1)]
        rows = {row.version: row for row in await self._stores.setting_versions.of_ids(ids)}
        base = await self._base(estate)
        found = []
        kept = sorted(rows, reverse=True)
        if now.version and now.version not in rows:
            # The process that changed it died before it wrote its row: who and when may stand in the audit log.
            before = base.changed(rows[kept[0]].values) if kept else base
            found.append(Past(now.version, None, "system:cli", "", difference(before, now.settings)))
        for i, version in enumerate(kept):
            row = rows[version]
            before = base.changed(rows[kept[i + 1]].values) if i + 1 < len(kept) else base
            found.append(Past(version, row.at, row.by, row.note, difference(before, base.changed(row.values))))
        return found

    # ---- inside ----

    async def _base(self, estate: str) -> TradeSettings:
        base = self._rules.base
        for_all = None if estate == FOR_ALL else await self._stores.settings.find(FOR_ALL)
        return base if for_all is None else base.changed(for_all.values)

    async def _looked_over(self, now: Standing, own: dict[str, Any]) -> Checked:
        base = await self._base(now.estate)
        try:
            becomes = base.changed(own)
        except ValidationError as wrong:
            return Checked([_fault(error) for error in wrong.errors(include_url=False)], [], own)
        except ValueError as wrong:
            return Checked([Fault("", str(wrong))], [], own)
        diff = difference(now.settings, becomes)
        problems: list[Fault] = []
        if {change.path.partition(".")[0] for change in diff} & LOOKED_OVER:
            estate = "" if now.estate == FOR_ALL else now.estate
            zone, at = self._rules.of(estate).zone, self._clock.now()
            unfit = await refusals(becomes, self._stores, self._roster, zone=zone, now=at, estate_id=estate)
            problems = [Fault(one.path, one.said) for one in unfit]
        return Checked(problems, diff, _as_settled(own, becomes.to_json()))

    async def _write(
        self, estate: str, checked: Checked, by: Actor, *, version: int, note: str
    ) -> tuple[Standing, list[Change]]:
        if checked.problems:
            wrong = [{"field": fault.path, "problem": fault.message} for fault in checked.problems]
            raise Incomplete("有设置不对,没有保存", fields=wrong)
        await self.keep(estate, checked.own, by.tag, version=version, note=note)
        return await self.standing(estate), checked.diff

    async def keep(self, estate: str, own: dict[str, Any], by: str, *, version: int, note: str = "") -> None:
        """Write settings that were looked over, as a new version; raises Conflict when somebody else was faster."""
        if not await self._stores.settings.put(estate, own, version=version):
            raise Conflict(estate)
        row = SettingVersion(
            id=f"{estate}:{version + 1}",
            version=version + 1,
            values=own,
            at=self._clock.now(),
            by=by,
            note=note.strip(),
        )
        await self._stores.setting_versions.add(row)
        await self._rules.refresh()
        await self._live.tell("settings", "trade", estate_id="" if estate == FOR_ALL else estate)


def laid_over(own: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """An estate's own settings with these changed; None takes one back to what holds for all."""
    result: dict[str, Any] = copy.deepcopy(dict(own))
    for path, value in changes.items():
        *above, last = path.split(".")
        inner = result
        for part in above:
            inner = inner.setdefault(part, {})
        if value is None and not fields()[path].may_be_empty:
            inner.pop(last, None)
        else:
            inner[last] = value
    return _without_empty(result)


def difference(was: TradeSettings, becomes: TradeSettings) -> list[Change]:
    """Each setting that is another one."""
    before, after = was.to_json(), becomes.to_json()
    found = []
    for path, field in fields().items():
        old, new = value_at(before, path), value_at(after, path)
        if old != new:
            found.append(Change(path, field.label, old, new))
    return found


def _without_empty(values: dict[str, Any], path: str = "") -> dict[str, Any]:
    kept = {}
    for name, value in values.items():
        here = f"{path}{name}"
        if isinstance(value, dict) and here not in fields():
            value = _without_empty(value, f"{here}.")
            if not value:
                continue
        kept[name] = value
    return kept


def _as_settled(values: dict[str, Any], settled: dict[str, Any]) -> dict[str, Any]:
    """The same names with the values as they were understood: PT10M has become 600."""
    return {
        name: _as_settled(value, settled[name])
        if isinstance(value, dict) and isinstance(settled.get(name), dict)
        else settled.get(name, value)
        for name, value in values.items()
    }


_SAID = {
    "greater_than_equal": "太小了,至少 {ge}",
    "greater_than": "要大于 {gt}",
    "less_than_equal": "太大了,最多 {le}",
    "less_than": "要小于 {lt}",
    "int_parsing": "要是整数",
    "int_from_float": "要是整数",
    "float_parsing": "要是数字",
    "bool_parsing": "要是 true 或 false",
    "time_delta_parsing": "要是秒数,或像 PT10M 这样的时长",
    "time_delta_type": "要是秒数,或像 PT10M 这样的时长",
    "time_parsing": "要是时间,像 08:30",
    "literal_error": "不在可选值里",
    "string_type": "要是文字",
    "tuple_type": "要是一列值",
    "dict_type": "要是一组值",
    "missing": "缺少",
    "extra_forbidden": "没有这一项",
    "date_from_datetime_parsing": "日期读不懂,像 2026-10-01",
    "date_parsing": "日期读不懂,像 2026-10-01",
    "string_too_long": "太长",
    "string_too_short": "不能为空",
    "too_long": "太多了",
    "list_type": "要是一列值",
    "model_type": "要是一组值",
    "model_attributes_type": "要是一组值",
    "rule_target": "规则“{name}”要写派给谁:班组、委外单位、同事里选一个",
    "rule_turns": "规则“{name}”:只有一个人没法轮流,改成直接派,或者派给班组",
    "window_zone": "写当地时间就行,不带时区",
    "term_days": "这种时限按时间算,不按天",
    "term_time": "这种时限按天算,不按时间",
    "term_whole": "到下班为止的时限要写整天",
    **SAID,
}


def _fault(error: Any) -> Fault:
    path = ".".join(str(step) for step in error["loc"])
    said = _SAID.get(error["type"])
    context = {name: _plain(value) for name, value in (error.get("ctx") or {}).items()}
    return Fault(path, said.format(**context) if said else str(error["msg"]).removeprefix("Value error, "))


_UNITS = {"day": "天", "hour": "小时", "minute": "分钟", "second": "秒"}


def _plain(value: Any) -> Any:
    """A bound as people say it: lengths of time come as "1 day and 2 hours"."""
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds())} 秒"
    if not isinstance(value, str):
        return value
    return re.sub(r"(day|hour|minute|second)s?\b", lambda unit: _UNITS[unit[1]], value).replace(" and ", " ")

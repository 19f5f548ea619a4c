"""When the service centre is open, as data: spans per weekday, and single days that differ."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

SAID = {
    "hours_unreadable": "“{span}”读不懂,写成 8:30-17:30 这样",
    "hours_backwards": "“{span}”要先开始后结束,最晚到 24:00;跨夜的分两天写",
    "hours_overlap": "一天里的时间不能重叠:{spans}",
}
"""Refused hours, in the words of the pages."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY_NAMES = dict(zip(WEEKDAYS, ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True))
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def minutes_of(span: str) -> tuple[int, int]:
    """``"8:30-17:30"`` as minutes of the day; ``24:00`` may end a span. Raises ``ValueError`` for anything else."""
    at = {"span": span}
    match = _SPAN.fullmatch(span.strip())
    if not match:
        raise PydanticCustomError("hours_unreadable", "'{span}' is not a span of hours; write it as 8:30-17:30", at)
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    start, end = start_hour * 60 + start_minute, end_hour * 60 + end_minute
    if start_minute > 59 or end_minute > 59 or end > 24 * 60 or start >= end:
        text = "'{span}' is not a span within one day; the start comes before the end, at most 24:00"
        raise PydanticCustomError("hours_backwards", text, at)
    return start, end


def _in_order(spans: tuple[str, ...]) -> tuple[str, ...]:
    ends = [minutes_of(span) for span in spans]
    if any(later[0] < earlier[1] for earlier, later in pairwise(ends)):
        text = "the hours of one day must follow each other: {spans}"
        raise PydanticCustomError("hours_overlap", text, {"spans": ", ".join(spans)})
    return spans


DaySpans = Annotated[tuple[str, ...], AfterValidator(_in_order)]
"""The hours of one day: ``("8:30-12:00", "13:30-17:30")``; empty when closed."""

USUAL: DaySpans = ("08:30-17:30",)


class OfficeHours(BaseModel):
    """The estate's week. Public holidays are closed and make-up workdays open, unless an override says otherwise."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    monday: DaySpans = USUAL
    tuesday: DaySpans = USUAL
    wednesday: DaySpans = USUAL
    thursday: DaySpans = USUAL
    friday: DaySpans = USUAL
    saturday: DaySpans = ()
    sunday: DaySpans = ()
    public_holidays: bool = True
    """Follow the country's holidays; an estate that is manned every day switches it off."""
    overrides: dict[date, Literal["work", "off"] | DaySpans] = {}
    """Single days: a workday, a day off, or hours of its own. They win over everything else."""
    always_open: bool = False

    @property
    def week(self) -> tuple[DaySpans, ...]:
        """The seven days, Monday first."""
        return (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )

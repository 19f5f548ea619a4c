"""Wished times and since when: what a small writer writes out is read back, and past times roll forward."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import understand
from nlp.numerals import written
from nlp.slots.since import find_since
from nlp.wishes import find_wish, read_wish

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=ZONE)  # a Saturday afternoon
DAYS = {"今天": 0, "明天": 1, "后天": 2, "大后天": 3, "明儿": 1, "后日": 2}
WEEK = "一二三四五六日"

nows = st.integers(0, 24 * 1500).map(lambda hours: NOW + timedelta(hours=hours))
hours = st.integers(8, 20)
spelled = st.booleans()


def local(moment: datetime | None) -> datetime:
    assert moment is not None and moment.tzinfo is UTC
    return moment.astimezone(ZONE)


def clock(hour: int, minute: int, how: bool) -> str:
    """下午3点半, 十五点, 9点45分 as people write them."""
    name = f"{hour}点" if not how else f"{'下午' if hour > 12 else '上午'}{written((hour - 1) % 12 + 1)}点"
    return name + {0: "", 15: "一刻", 30: "半", 45: "45分"}[minute]


@settings(max_examples=200, deadline=None)
@given(nows, st.sampled_from(sorted(DAYS)), hours, st.sampled_from([0, 15, 30, 45]), spelled)
def test_day_and_hour(now: datetime, day: str, hour: int, minute: int, how: bool) -> None:
    wish = read_wish(f"{day}{clock(hour, minute, how)}", now)
    wanted = datetime.combine(now.date() + timedelta(days=DAYS[day]), time(hour, minute), ZONE)
    assert wish is not None
    if wanted + timedelta(hours=1) <= now:
        assert wish.start is None  # today, and over
    else:
        assert local(wish.start) == wanted


@settings(max_examples=200, deadline=None)
@given(nows, st.integers(0, 6), hours, st.sampled_from(["周", "星期", "礼拜"]), st.sampled_from(["", "下", "下下"]))
def test_a_day_of_the_week(now: datetime, day: int, hour: int, word: str, ahead: str) -> None:
    wish = read_wish(f"{ahead}{word}{WEEK[day]}{clock(hour, 0, True)}来", now)
    assert wish is not None
    start = local(wish.start)
    assert (start.weekday(), start.hour) == (day, hour)
    monday = now.date() - timedelta(days=now.weekday())
    if ahead:
        assert start.date() == monday + timedelta(days=day + 7 * len(ahead))
    else:
        assert start + timedelta(hours=1) > now and start.date() <= now.date() + timedelta(days=7)


@settings(max_examples=150, deadline=None)
@given(nows, hours, st.integers(1, 4), st.sampled_from(["-", "到", "至", "~"]), spelled)
def test_from_to(now: datetime, hour: int, length: int, join: str, how: bool) -> None:
    until = min(hour + length, 21)
    text = f"{hour}点{join}{until}点" if how else f"{hour}:00{join}{until}:00"
    wish = read_wish(f"明天{text}", now)
    assert wish is not None
    assert (local(wish.start).hour, local(wish.end).hour) == (hour, until)


@settings(max_examples=150, deadline=None)
@given(st.dates(date(2026, 11, 22), date(2027, 9, 15)), spelled)
def test_a_date(day: date, how: bool) -> None:
    text = f"{written(day.month)}月{written(day.day)}号" if how else f"{day.month}月{day.day}日"
    wish = read_wish(f"{text}上午", NOW)
    assert wish is not None
    assert local(wish.start) == datetime.combine(day, time(8), ZONE)


def at(month: int, day: int, hour: int = 8, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("下周二上午9点半", at(11, 24, 9, 30), at(11, 24, 10, 30)),
        ("国庆后", at(10, 8, year=2027), None),
        ("春节前", at(11, 21, 15), at(2, 6, 8, year=2027)),
        ("月底前", at(11, 21, 15), at(11, 30, 20)),
        ("月初", at(12, 1), at(12, 5, 20)),
        ("12月中旬", at(12, 11), at(12, 20, 20)),
        ("下个月5号", at(12, 5), at(12, 5, 20)),
        ("周三到周五", at(11, 25), at(11, 27, 20)),
        ("周一或者周二", at(11, 23), at(11, 23, 20)),
        ("三天后", at(11, 24), at(11, 24, 20)),
        ("半小时后", at(11, 21, 15, 30), None),
        ("两个小时内", at(11, 21, 15), at(11, 21, 17)),
        ("明后天", at(11, 22), at(11, 23, 20)),
        ("下周", at(11, 23), at(11, 29, 20)),
        ("周三以后", at(11, 26), None),
        ("周五前", at(11, 21, 15), at(11, 27, 8)),
        ("早8点", at(11, 22, 8), at(11, 22, 9)),
        ("上午10点到下午3点", at(11, 22, 10), at(11, 22, 15)),
        ("下班后六点半", at(11, 21, 18, 30), at(11, 21, 19, 30)),
        ("明儿后晌", at(11, 22, 13, 30), at(11, 22, 18)),
        ("随时", at(11, 21, 15), None),
    ],
)
def test_spans(text: str, start: datetime, end: datetime | None) -> None:
    wish = read_wish(text, NOW)
    assert wish is not None
    assert (wish.start, wish.end) == (start, end)


@pytest.mark.parametrize("text", ["改天吧", "有空再来", "今天上午"])
def test_words_for_a_time_that_has_no_bounds(text: str) -> None:
    wish = read_wish(text, NOW)
    assert wish is not None and wish.start is None and wish.end is None


@pytest.mark.parametrize(
    "text",
    [
        "昨天下午三点漏水",
        "每天晚上十点吵",
        "三号楼",
        "小时候",
        "月租卡",
        "一会儿",
        "点了外卖",
        "上周五就报了",
        "上个星期三来过",
    ],
)
def test_no_wish(text: str) -> None:
    assert find_wish(text, NOW) is None


UNITS = {"天": timedelta(days=1), "个星期": timedelta(weeks=1), "周": timedelta(weeks=1), "个小时": timedelta(hours=1)}


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 30),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(["漏了{}", "{}了", "{}没人管", "已经{}了"]),
    spelled,
)
def test_how_long_already(count: int, unit: str, form: str, how: bool) -> None:
    text = form.format(f"{written(count) if how else count}{unit}")
    since = find_since(f"厨房漏水,{text}", NOW)
    assert since is not None, text
    assert local(since.at) == NOW - UNITS[unit] * count


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("从昨晚就没水", at(11, 20, 20)),
        ("上周五开始漏的", at(11, 13, 0)),
        ("上周五就报了", at(11, 13, 0)),
        ("今天早上开始漏水", at(11, 21, 8)),
        ("前天夜里11点停的水", at(11, 19, 23)),
        ("8月15号开始", at(8, 15, 0)),
        ("刚才停电了", at(11, 21, 15)),
        ("上个月就坏了", at(10, 1, 0)),
        ("打昨儿起", at(11, 20, 0)),
        ("从傍晚六点多开始就没水了", at(11, 20, 18)),
        ("暖气从周日开始不热", at(11, 15, 0)),
    ],
)
def test_since_when(text: str, since: datetime) -> None:
    found = find_since(text, NOW)
    assert found is not None and found.at == since


@pytest.mark.parametrize("text", ["明天下午来", "一天三遍", "我住三年了", "昨天师傅来过了", "周三到周五", "厨房漏水"])
def test_no_since(text: str) -> None:
    assert find_since(text, NOW) is None


def test_since_and_wish_in_one_message() -> None:
    slots = understand("厨房水管从昨晚开始漏水,明天下午三点后来修", now=NOW).slots
    assert slots.since is not None and slots.since.at == at(11, 20, 20)
    assert slots.time is not None and slots.time.start == at(11, 22, 15)
    assert type(slots).from_dict(slots.to_dict()) == slots


@settings(max_examples=300, deadline=None)
@given(
    nows,
    st.text(
        "上下今明昨后前大周星期礼拜天月号日点半到-至三五十廿12345:的前后内从开始了小时分钟年节国庆春底初末", max_size=16
    ),
)
def test_any_words_at_any_time(now: datetime, text: str) -> None:
    wish = read_wish(text, now)
    if wish is not None and wish.start is not None and wish.end is not None:
        assert wish.start < wish.end
    since = find_since(text, now)
    assert since is None or since.at is None or since.at <= now.astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("明天我不在家，换一天吧", None),
        ("今天不方便，改明天下午行吗", "明天下午"),
        ("上午不在，下午可以", "下午"),
        ("早上9点前不要来", None),
        ("还有一点漏", None),
        ("早一点来", None),
        ("下午一点", "下午一点"),
        ("随便什么时候", "随便什么时候"),
    ],
)
def test_a_time_that_does_not_suit_and_a_little_are_no_wish(text: str, time: str | None) -> None:
    wish = read_wish(text, NOW)
    assert (wish and wish.text) == time


@pytest.mark.parametrize("text", ["明后天都可以", "明天或者后天都行", "明儿和后儿都在家"])
def test_either_of_two_days(text: str) -> None:
    wish = find_wish(text, NOW)
    assert wish is not None
    assert (local(wish.start).date() - NOW.date()).days == 1 and (local(wish.end).date() - NOW.date()).days == 2

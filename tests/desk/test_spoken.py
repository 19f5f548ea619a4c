"""Times in colleagues' words: whatever they are wrapped in they are read, and a refusal or a quote is no promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nlp
from desk.rulebook import Rulebook, Rules
from desk.spoken import Found, read_promises

ZONE = ZoneInfo("Asia/Shanghai")
TUESDAY = datetime(2026, 3, 10, 10, 0, tzinfo=ZONE)


@pytest.fixture(scope="module", autouse=True)
def understanding() -> Iterator[None]:
    nlp.load()
    yield


@cache
def rules() -> Rules:
    return Rulebook(None).of("")  # type: ignore[arg-type]


def read(text: str, now: datetime = TUESDAY) -> list[Found]:
    return read_promises(text, now, rules())


def due(text: str, now: datetime = TUESDAY) -> list[str]:
    return [one.due.astimezone(ZONE).strftime("%d %H:%M") for one in read(text, now)]


HOURS = "零一二三四五六七八九十"
ENDS = st.sampled_from(["到", "上门", "修好", "给您回电", "给您答复", "过来"])
BEFORE = st.sampled_from(["", "师傅", "好的,", "您好，", "实在抱歉,", "我们安排师傅"])
AFTER = st.sampled_from(["", "。", ",请您放心", ",您家里留个人就行", "!"])
DAYS = st.sampled_from([("今天", 0), ("明天", 1), ("后天", 2)])


@given(DAYS, st.integers(1, 6), st.booleans(), st.booleans(), BEFORE, ENDS, AFTER)
def test_an_hour_of_an_afternoon_is_read_in_any_dress(
    day: tuple[str, int], hour: int, half: bool, digits: bool, before: str, end: str, after: str
) -> None:
    said = f"{hour if digits else HOURS[hour]}点{'半' if half else ''}"
    text = f"{before}{day[0]}下午{said}{end}{after}"
    expected = TUESDAY.replace(hour=12 + hour, minute=30 if half else 0) + timedelta(days=day[1])
    assert due(text) == [expected.strftime("%d %H:%M")], text


@given(st.integers(1, 180), st.sampled_from(["内", "后", "左右", ""]), BEFORE, ENDS, AFTER)
def test_a_span_is_counted_from_now(minutes: int, side: str, before: str, end: str, after: str) -> None:
    text = f"{before}{minutes}分钟{side}{end}{after}"
    assert [one.due for one in read(text)] == [TUESDAY + timedelta(minutes=minutes)], text


@given(
    st.sampled_from(["下午三点", "今晚8点", "明天上午", "半小时内", "周五"]),
    st.sampled_from(
        ["来不了", "到不了", "不过去了", "修不好", "不能上门", "没法上门", "不会到", "过不去", "没办法处理好"]
    ),
    BEFORE,
)
def test_a_refusal_is_no_promise(when: str, refusal: str, before: str) -> None:
    assert read(f"{before}{when}{refusal}") == []
    assert due(f"{before}{when}{refusal},后天上午九点到") == ["12 09:00"], "what is said instead is one"


@given(
    st.sampled_from(["业主说", "您说", "客户要求", "邻居说", "他刚才说"]),
    st.sampled_from(["下午三点到", "今晚8点前修好", "明天上午给您回电"]),
    st.sampled_from(["「」", "“”", '""', "『』", ""]),
)
def test_what_somebody_else_said_is_quoted_not_promised(who: str, words: str, marks: str) -> None:
    assert read(f"{who}{marks[:1]}{words}{marks[1:]}") == []
    assert read(f"{marks[:1] or '「'}{words}{marks[1:] or '」'}这句我看到了") == []


@given(st.integers(0, 23), st.integers(7, 23), ENDS)
def test_an_hour_that_is_over_is_not_made_tomorrows(now: int, hour: int, end: str) -> None:
    said = TUESDAY.replace(hour=now)
    found = due(f"{hour}:00{end}", said)
    if hour > now:
        assert found == [f"10 {hour:02}:00"]
    elif now < 18 or hour == now:
        assert found == []
    else:
        assert found == [f"11 {hour:02}:00"], "in the evening the morning is tomorrow's"


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("今晚8点", "10 20:00"),
        ("好的,下午三点", "10 15:00"),
        ("2小时内", "10 12:00"),
        ("原来说下午三点到,改到五点到", "10 17:00"),
        ("不是下午三点,是四点到", "10 16:00"),
        ("配件周四到,周五上午给您换上", "13 12:00"),
        ("两个工作日内给您答复", "12 17:30"),
        ("明天下班前给您结果", "11 17:30"),
        ("周五前修好", "13 08:00"),
        ("不会超过下午五点修好", "10 17:00"),
        ("您三点在家吗,我三点到", "10 15:00"),
        ("0点前恢复", "11 00:00"),
        ("凌晨两点到", "11 02:00"),
        ("跟业主说了下午三点到", "10 15:00"),
        ("已告诉业主师傅下午三点到", "10 15:00"),
    ],
)
def test_ways_of_saying_it(text: str, when: str) -> None:
    assert due(text) == [when]


@pytest.mark.parametrize(
    "text",
    [
        "上午九点师傅到",
        "等业主三点回来",
        "要等到下午三点",
        "水费明天给您发过去",
        "如果今天没修好明天再来",
        "没法保证今天修好",
        "配件周四到",
        "工作日8:00-12:00可以施工",
        "下午三点的事我知道了",
    ],
)
def test_no_promises(text: str) -> None:
    assert read(text) == []


@given(
    st.text(
        alphabet="今明后下午上三五点半到前来不了给您回复修好小时分钟内个工作日以,。？「」吗0123456789:一两", max_size=60
    )
)
def test_whatever_is_written_it_lies_ahead_and_ends(text: str) -> None:
    longest = rules().settings.promises.longest
    assert all(TUESDAY < one.due <= TUESDAY + longest for one in read(text)) and len(read(text)) <= 3

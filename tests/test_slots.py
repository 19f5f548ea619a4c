"""Rooms, times, phones, names and short answers: what is written out is read back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import Room, Wish, understand
from nlp.answers import (
    read_choice,
    read_fixed,
    read_name,
    read_phone,
    read_room,
    read_satisfaction,
    read_skip,
    read_wish,
    read_yes_no,
)
from nlp.numerals import number, written

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 15, 0, tzinfo=SHANGHAI)  # a Saturday afternoon

buildings = st.integers(1, 60)
units = st.integers(1, 9)
floors = st.integers(1, 33)
doors = st.integers(1, 9)
around = st.sampled_from(["", "我家", "你好，", " ", "报修："])
after = st.sampled_from(["", "厨房漏水", " 灯不亮", "，快来", "的灯坏了"])


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("3栋2单元1502", Room("3", "2", "1502")),
        ("3-2-1502", Room("3", "2", "1502")),
        ("三号楼二单元十五楼02", Room("3", "2", "1502")),
        ("三栋二单元一五零二", Room("3", "2", "1502")),
        ("1502室", Room("", "", "1502")),
        ("3栋1502", Room("3", "", "1502")),
        ("３栋２单元１５０２", Room("3", "2", "1502")),
        ("3#1502", Room("3", "", "1502")),
        ("3#2-1502", Room("3", "2", "1502")),
        ("A座1203的", Room("A", "", "1203")),
        ("2单元801灯坏了", Room("", "2", "801")),
        ("12幢 1单元 15楼2号", Room("12", "1", "1502")),
        ("张伟 3-2-1502 13812345678", Room("3", "2", "1502")),
    ],
)
def test_rooms_in_the_ways_people_write_them(text: str, room: Room) -> None:
    assert read_room(text) == room


@pytest.mark.parametrize(
    "text",
    [
        "",
        "厨房漏水",
        "13812345678",
        "2024-11-21",
        "三楼灯坏了",
        "等了3天",
        "0571-88886666",
        "R20261121-0007",
        "交了1500元",
    ],
)
def test_what_is_no_room(text: str) -> None:
    assert read_room(text) is None


@settings(max_examples=150, deadline=None)
@given(buildings, units, floors, doors, around, after, st.integers(0, 6))
def test_a_room_written_out_is_read_back(
    building: int, unit: int, floor: int, door: int, before: str, behind: str, form: int
) -> None:
    home = f"{floor}{door:02d}"
    ways = [
        f"{building}栋{unit}单元{home}",
        f"{building}-{unit}-{home}",
        f"{building}号楼{unit}单元{home}室",
        f"{building}幢 {unit}单元 {home}",
        f"{written(building)}号楼{written(unit)}单元{written(floor)}楼{door:02d}",
        f"{building}#{unit}单元{home}",
        f"{building}栋{unit}单元{home}".translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}),
    ]
    expected = Room(str(building), str(unit), home)
    assert read_room(before + ways[form] + behind) == expected
    assert understand(before + ways[form] + behind).slots.room == expected


@settings(max_examples=60, deadline=None)
@given(buildings, floors, doors, after)
def test_a_room_without_unit_is_read_back(building: int, floor: int, door: int, behind: str) -> None:
    home = f"{floor}{door:02d}"
    assert read_room(f"{building}栋{home}{behind}") == Room(str(building), "", home)
    assert read_room(f"{building}#{home}{behind}") == Room(str(building), "", home)
    assert read_room(f"{home}室{behind}") == Room("", "", home)


@given(st.integers(0, 99))
def test_numbers_said_in_chinese(value: int) -> None:
    assert number(written(value)) == value
    assert number(str(value)) == value


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("明天下午三点后", at(22, 15), at(22, 18)),
        ("周末", at(21, 8), at(22, 20)),
        ("下班以后", at(21, 18), at(21, 21)),
        ("今晚", at(21, 18), at(21, 21)),
        ("明早", at(22, 8), at(22, 10)),
        ("后天上午", at(23, 8), at(23, 12)),
        ("下周三", at(25, 8), at(25, 20)),
        ("周一上午十点", at(23, 10), at(23, 11)),
        ("晚上七点半到九点", at(21, 19, 30), at(21, 21)),
        ("明天下午2-4点", at(22, 14), at(22, 16)),
        ("11月30日下午", at(30, 13, 30), at(30, 18)),
        ("25号", at(25, 8), at(25, 20)),
        ("十点", at(22, 10), at(22, 11)),
        ("上午吧", at(22, 8), at(22, 12)),
        ("我明天 15:30 在家", at(22, 15, 30), at(22, 16, 30)),
    ],
)
def test_wished_times(text: str, start: datetime, end: datetime) -> None:
    wish = read_wish(text, NOW)
    assert wish is not None
    assert (wish.start, wish.end) == (start, end)
    assert wish.start is not None and wish.start.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "随便说说", "一起来", "32月40号", "厨房", "三楼"])
def test_what_is_no_time(text: str) -> None:
    assert read_wish(text, NOW) is None


@settings(max_examples=100, deadline=None)
@given(st.integers(8, 20), st.sampled_from(["明天", "后天", "大后天"]), st.booleans())
def test_an_hour_written_out_is_read_back(hour: int, day: str, spelled: bool) -> None:
    wish = read_wish(f"{day}{written(hour) if spelled else hour}点", NOW)
    assert wish is not None and wish.start is not None
    local = wish.start.astimezone(SHANGHAI)
    assert (local.hour, local.day) == (hour, 21 + ["明天", "后天", "大后天"].index(day) + 1)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2200), st.sampled_from("一二三四五六日"), st.integers(1, 31))
def test_any_day_can_be_today(later: int, week: str, day: int) -> None:
    for text in (f"周{week}", f"下周{week}", f"{day}号", "周末", "2月29日", "今晚", "八点"):
        wish = read_wish(text, NOW + timedelta(days=later, hours=later % 24))
        if wish is not None and wish.end is not None:
            assert wish.start is not None and wish.start < wish.end


def test_since_when_is_not_a_wish_but_an_appointment_is() -> None:
    assert understand("今天早上开始漏水", now=NOW).slots.time is None
    wish = understand("灯不亮,明天下午来修", now=NOW).slots.time
    assert wish == Wish("明天下午", at(22, 13, 30), at(22, 18))


@given(st.integers(13_000_000_000, 19_999_999_999), st.sampled_from(["{}", "电话{}", "+86 {}", "{}王", "3-2-1502 {}"]))
def test_a_phone_written_out_is_read_back(phone: int, form: str) -> None:
    assert read_phone(form.format(phone)) == str(phone)


def test_phones_in_groups_and_what_is_none() -> None:
    assert (
        read_phone("138 1234 5678")
        == read_phone("138-1234-5678")
        == read_phone("１３８１２３４５６７８")
        == "13812345678"
    )
    assert read_phone("0571-88886666") == "0571-88886666"
    assert read_phone("431234567890123") is None
    assert read_phone("没有") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("张伟 3-2-1502 13812345678", "张伟"),
        ("我叫李小明，3栋2单元1502", "李小明"),
        ("13812345678 王芳", "王芳"),
        ("欧阳娜娜3栋1502", "欧阳娜娜"),
        ("姓名：陈强 电话13812345678", "陈强"),
        ("3-2-1502", None),
        ("厨房漏水", None),
        ("好的", None),
    ],
)
def test_names(text: str, name: str | None) -> None:
    assert read_name(text) == name


@given(st.integers(1, 9), st.sampled_from(["{}", "{}.", "{}、", "选{}", "第{}个", " {} ", "我选{}", "{}吧", "{}号"]))
def test_a_choice_written_out_is_read_back(choice: int, form: str) -> None:
    assert read_choice(form.format(choice), 9) == choice
    assert read_choice(form.format(written(choice)), 9) == choice
    assert read_choice(chr(0x2460 + choice - 1), 9) == choice
    assert read_choice(chr(0xFF10 + choice), 9) == choice
    assert read_choice(form.format(choice), choice - 1) is None


@pytest.mark.parametrize("text", ["", "好", "3栋", "0", "10", "1502", "一般", "厨房漏水", "1个多小时了"])
def test_what_is_no_choice(text: str) -> None:
    assert read_choice(text, 4) is None


@pytest.mark.parametrize(
    "text", "是 对 好的 嗯嗯 可以 行 没问题 没错 要 OK 确认 是的没错 好的，麻烦了 不介意 可以的谢谢".split()
)
def test_yes(text: str) -> None:
    assert read_yes_no(text) is True


@pytest.mark.parametrize(
    "text", "不 不是 不用 不用了 不要 没有 不行 算了 不需要 不同意 还是不了 不方便 先不用 别 不用了谢谢".split()
)
def test_no(text: str) -> None:
    assert read_yes_no(text) is False


@pytest.mark.parametrize("text", ["", "厨房", "随便", "3栋1502", "我再想想", "😀"])
def test_neither_yes_nor_no(text: str) -> None:
    assert read_yes_no(text) is None


@pytest.mark.parametrize(
    "text",
    "好了 修好了 1 ① 已经好了 没问题了 不漏了 正常了 修是修好了,就是来得太慢 弄好了谢谢师傅 通了 没有漏水了".split(),
)
def test_it_is_fixed(text: str) -> None:
    assert read_fixed(text) is True


@pytest.mark.parametrize(
    "text",
    "没好 2 ② 没有 还在漏 没修好 又漏了 还是不行 没人来 修了跟没修一样 老样子 还没有 好是好了但有点滴水".split(),
)
def test_it_is_not_fixed(text: str) -> None:
    assert read_fixed(text) is False


@pytest.mark.parametrize("text", ["", "厨房", "不知道", "明天下午", "你好"])
def test_whether_fixed_is_not_said(text: str) -> None:
    assert read_fixed(text) is None


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("满意", 1),
        ("非常满意", 1),
        ("①", 1),
        ("很好谢谢师傅", 1),
        ("5星", 1),
        ("比较满意", 2),
        ("2", 2),
        ("挺好", 2),
        ("基本满意", 3),
        ("还行", 3),
        ("一般", 3),
        ("就是来得太慢", 3),
        ("修是修好了,就是来得太慢", 3),
        ("挺好的就是来晚了", 3),
        ("不满意", 4),
        ("4", 4),
        ("太差了", 4),
        ("不太满意", 4),
        ("厨房", None),
        ("", None),
        ("5", None),
    ],
)
def test_satisfaction(text: str, step: int | None) -> None:
    assert read_satisfaction(text) == step


@pytest.mark.parametrize("text", "跳过 不知道 没有 不用 不清楚 随便 算了 没有了 我也不知道 没什么要补充的".split())
def test_skip(text: str) -> None:
    assert read_skip(text)


@pytest.mark.parametrize("text", ["", "厨房", "没有漏水", "明天", "客厅的灯"])
def test_not_skipped(text: str) -> None:
    assert not read_skip(text)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=40))
def test_no_text_breaks_a_reader(text: str) -> None:
    read_choice(text, 4)
    read_yes_no(text)
    read_fixed(text)
    read_satisfaction(text)
    read_skip(text)
    read_name(text)
    read_phone(text)
    read_room(text)
    read_wish(text, NOW)

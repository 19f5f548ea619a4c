"""Rooms: what a small writer writes out in the many ways of owners is read back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import Room, understand
from nlp.numerals import amount, number, written
from nlp.rooms import find_address, read_room

GRAND = str.maketrans("一二三四五六七八九十", "壹贰叁肆伍陆柒捌玖拾")
buildings, units, floors, doors = st.integers(1, 60), st.integers(1, 9), st.integers(1, 33), st.integers(1, 9)
numbers = st.sampled_from(["digits", "spoken", "grand"])
before = st.sampled_from(["", "我家在", "你好,", " ", "报修:", "地址", "我是"])
after = st.sampled_from(["", "厨房漏水", " 灯不亮", ",快来", "的灯坏了", ",明天下午来", " 13812345678", "三天了"])


def spell(value: int, how: str) -> str:
    """The number as somebody writes it."""
    if how == "digits":
        return str(value)
    return written(value).translate(GRAND) if how == "grand" else written(value)


@settings(max_examples=300, deadline=None)
@given(
    buildings,
    units,
    floors,
    doors,
    numbers,
    st.sampled_from(["号楼", "栋", "幢", "#", "座", "号院"]),
    st.sampled_from(["单元", "梯", "单元 "]),
    st.sampled_from(["", " ", ",", "-"]),
    st.sampled_from(["", "室", "号", "房"]),
    before,
    after,
)
def test_building_unit_and_door(
    building: int, unit: int, floor: int, door: int, how: str, b: str, u: str, gap: str, end: str, lead: str, tail: str
) -> None:
    home = f"{floor}{door:02d}"
    text = f"{lead}{spell(building, how)}{b}{gap}{spell(unit, how)}{u}{gap}{home}{end}{tail}"
    assert read_room(text) == Room(str(building), str(unit), home), text


@settings(max_examples=150, deadline=None)
@given(buildings, units, floors, doors, numbers, st.sampled_from(["楼", "层"]), before)
def test_floor_and_door(building: int, unit: int, floor: int, door: int, how: str, level: str, lead: str) -> None:
    room = Room(str(building), str(unit), f"{floor}{door:02d}")
    for last in (f"{door:02d}", f"{door}号", f"{door}室", f"{floor}{door:02d}"):
        text = f"{lead}{spell(building, how)}栋{spell(unit, how)}单元{spell(floor, how)}{level}{last}"
        assert read_room(text) == room, text


@settings(max_examples=100, deadline=None)
@given(buildings, units, floors, doors, st.sampled_from(["-", "/", "—", "_", " - "]), before, after)
def test_numbers_joined(building: int, unit: int, floor: int, door: int, dash: str, lead: str, tail: str) -> None:
    home = f"{floor}{door:02d}"
    assert read_room(f"{lead}{dash.join([str(building), str(unit), home])}{tail}") == Room(
        str(building), str(unit), home
    )
    assert read_room(f"{lead}{building}{dash}{home}") == Room(str(building), "", home)
    assert read_room(f"{building}#{unit}-{home}") == Room(str(building), str(unit), home)


@settings(max_examples=100, deadline=None)
@given(buildings, units, floors, numbers, st.sampled_from(["东户", "西户", "中户", "左户"]))
def test_an_address_without_a_door(building: int, unit: int, floor: int, how: str, side: str) -> None:
    b, u, f = str(building), str(unit), str(floor)
    assert find_address(f"{spell(building, how)}幢{spell(unit, how)}单元灯坏了") == Room(b, u, "")
    assert find_address(f"{spell(unit, how)}单元{spell(floor, how)}楼{side}漏水") == Room("", u, "", f, side)
    assert find_address(f"{building}号楼 {floor}F") == Room(b, "", "", f)
    assert find_address(f"{building}座{unit}梯") == Room(b, u, "")


@settings(max_examples=60, deadline=None)
@given(floors, doors)
def test_a_bare_number_is_a_room_only_where_one_is_asked_for_or_meant(floor: int, door: int) -> None:
    home = f"{floor}{door:02d}"
    assert read_room(home) is None and read_room(f"一共{home}") is None
    assert read_room(home, answer=True) == Room("", "", home)
    assert read_room(f"我是{home}的业主") == read_room(f"我住{home}") == Room("", "", home)


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("3.2.1502", Room("3", "2", "1502")),
        ("3-2-15-02", Room("3", "2", "1502")),
        ("12栋B座1203", Room("12", "B", "1203")),
        ("2号楼 3门 502", Room("2", "3", "502")),
        ("三号楼三单元一千五百零二", Room("3", "3", "1502")),
        ("四期9幢1101", Room("9", "", "1101")),
        ("A座1706室,自本周一起", Room("A", "", "1706")),
        ("2-3单元玻璃门", Room("2", "3", "")),
        ("3栋2024年交房", Room("3", "", "")),
        ("A座", Room("A", "", "")),
    ],
)
def test_other_ways(text: str, room: Room) -> None:
    assert find_address(text) == room


@pytest.mark.parametrize(
    "text",
    "七座车 一栋楼都停电 两栋楼 六栋楼 三楼灯坏了 5楼消防箱 "
    "2024-11-21 交了1500元 3号桩坏了 0571-88886666 等了3天 38.5 "
    "下午3点-5点 "
    "10-20分钟 R20261121-0007 192.168.1.100".split(),
)
def test_no_address(text: str) -> None:
    assert find_address(text) is None


def test_the_message_knows_home_and_address() -> None:
    assert understand("3栋贰单元1502厨房漏水").slots.room == Room("3", "2", "1502")
    slots = understand("12座1梯的灯不亮").slots
    assert (slots.room, slots.spot) == (None, Room("12", "1", ""))
    assert type(slots).from_dict(slots.to_dict()) == slots


@given(st.integers(0, 99))
def test_grand_numbers(value: int) -> None:
    assert number(written(value).translate(GRAND)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("三百二", 320), ("一百零二", 102), ("两千五", 2500), ("一千零五十", 1050),
     ("三万八", 38000), ("八十万", 800000),
     ("4.1万", 41000), ("1,200", 1200), ("二点八", 2.8),
     ("十二万三千", 123000), ("廿一", 21), ("万", None), ("", None)],
)  # fmt: skip
def test_sums_said(text: str, value: float | None) -> None:
    assert amount(text) == value


@settings(max_examples=200, deadline=None)
@given(st.text("一二三十百零3021栋单元室楼号座#-/.F梯户东 ", max_size=24))
def test_nothing_breaks_it(text: str) -> None:
    for answer in (True, False):
        room = read_room(text, answer=answer)
        assert room is None or room.number


@given(buildings, units, floors, doors)
def test_hashes_all_the_way(building: int, unit: int, floor: int, door: int) -> None:
    for text in (f"我住{building}#{unit}#{floor}{door:02d}", f"{building}#楼{unit}#{floor}{door:02d}漏水"):
        assert read_room(text) == Room(str(building), str(unit), f"{floor}{door:02d}"), text
    assert understand(f"{building}栋{unit}单元{floor}楼{door}号").slots.time is None

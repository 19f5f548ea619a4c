"""Times, rooms, phones and names as people say them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import wording

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 15, 2, tzinfo=ZONE)  # a Wednesday


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (at(11, 18, 15, 20), "今天 15:20"),
        (at(11, 18, 0, 5), "今天 0:05"),
        (at(11, 19, 9), "明天 9:00"),
        (at(11, 20, 10), "后天 10:00"),
        (at(11, 21, 10), "周六 10:00"),
        (at(11, 22, 23, 59), "周日 23:59"),
        (at(11, 23, 8, 30), "下周一 8:30"),
        (at(11, 29, 8, 30), "下周日 8:30"),
        (at(12, 3, 9), "12月3日 9:00"),
        (at(11, 17, 16, 10), "昨天 16:10"),
        (at(11, 16, 16, 10), "11月16日 16:10"),
        (at(1, 5, 9, year=2027), "1月5日 9:00"),
        (at(8, 5, 9, year=2027), "2027年8月5日 9:00"),
        (at(11, 1, 9, year=2025), "2025年11月1日 9:00"),
    ],
)
def test_a_time_is_said_as_people_say_it(moment: datetime, said: str) -> None:
    assert wording.say_time(moment, NOW, ZONE) == said


@pytest.mark.parametrize(
    ("moment", "ends", "within", "begins"),
    [
        (at(11, 19, 0), "今天晚上", "今天晚上之前", "明天"),
        (at(11, 20, 0), "明天晚上", "明天晚上之前", "后天"),
        (at(11, 23, 0), "周日晚上", "周日晚上之前", "下周一"),
        (at(12, 4, 0), "12月3日晚上", "12月3日晚上之前", "12月4日"),
        (at(11, 18, 0), "今天 0:00", "今天 0:00", "今天"),
    ],
)
def test_midnight_is_the_evening_before_or_the_day_that_begins(
    moment: datetime, ends: str, within: str, begins: str
) -> None:
    assert wording.say_time(moment, NOW, ZONE) == ends
    assert wording.say_until(moment, NOW, ZONE) == within
    assert wording.say_start(moment, NOW, ZONE) == begins


def test_less_than_a_minute_is_a_while() -> None:
    assert wording.say_wait(timedelta(seconds=5)) == "一会儿"
    assert wording.say_wait(timedelta(hours=2)) == "2 小时后"
    assert wording.say_until(NOW + timedelta(seconds=40), NOW, ZONE) == "一会儿"


def test_today_is_the_estates_today() -> None:
    late = datetime(2026, 11, 18, 17, 30, tzinfo=ZoneInfo("UTC"))  # half past one in the night there

    assert wording.say_time(late, NOW, ZONE) == "明天 1:30"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (at(11, 19, 3), "明天凌晨"),
        (at(11, 19, 9), "明天上午"),
        (at(11, 20, 12), "后天下午"),
        (at(11, 18, 18), "今天晚上"),
        (at(11, 21, 10), "周六上午"),
    ],
)
def test_part_of_a_day(moment: datetime, said: str) -> None:
    assert wording.say_part_of_day(moment, NOW, ZONE) == said


def test_by_when() -> None:
    assert wording.say_until(NOW + timedelta(minutes=10), NOW, ZONE) == "10 分钟内"
    assert wording.say_until(NOW + timedelta(hours=1), NOW, ZONE) == "1 小时内"
    assert wording.say_until(at(11, 18, 18), NOW, ZONE) == "今天 18:00 前"
    assert wording.say_until(at(11, 23, 8, 40), NOW, ZONE) == "下周一 8:40 前"
    assert wording.say_until(at(11, 18, 14), NOW, ZONE) == "今天 14:00"
    assert wording.say_date(at(11, 21, 8), NOW, ZONE) == "周六"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=5), "5 秒"),
        (timedelta(minutes=10), "10 分钟"),
        (timedelta(minutes=9, seconds=10), "10 分钟"),
        (timedelta(minutes=59, seconds=30), "1 小时"),
        (timedelta(hours=2), "2 小时"),
        (timedelta(minutes=90), "1 小时 30 分钟"),
        (timedelta(hours=24), "24 小时"),
        (timedelta(days=3), "3 天"),
        (timedelta(days=2, hours=5), "2 天 5 小时"),
        (-timedelta(hours=2), "0 秒"),
    ],
)
def test_how_long(length: timedelta, said: str) -> None:
    assert wording.say_duration(length) == said


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13912348821", "139****8821"),
        ("+86 139-1234-8821", "139****8821"),
        ("0755-88886666", "****6666"),
        ("12345", "****45"),
        ("", ""),
    ],
)
def test_a_phone_is_masked(phone: str, shown: str) -> None:
    assert wording.mask_phone(phone) == shown


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_masked_phone_keeps_its_middle_secret(phone: str) -> None:
    shown = wording.mask_phone(phone)

    assert len(shown) == 11 and shown[3:7] == "****"


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("3", "2", "1502"), "3栋2单元1502"),
        (("3", "", "1202"), "3栋1202"),
        (("A座", "", "801"), "A座801"),
        (("5号楼", "1单元", "302"), "5号楼1单元302"),
        (("", "", "商铺12"), "商铺12"),
    ],
)
def test_a_room_as_on_the_door(parts: tuple[str, str, str], name: str) -> None:
    assert wording.room_name(*parts) == name


@pytest.mark.parametrize(
    ("name", "title", "called"),
    [
        ("张伟", "师傅", "张师傅"),
        ("欧阳娜", "女士", "欧阳女士"),
        ("欧阳", "师傅", "欧师傅"),
        ("小周", "师傅", "小周"),
        ("李工", "师傅", "李工"),
        ("周晓雯", "小周", "小周"),
        ("张师傅", "师傅", "张师傅"),
        ("Tom", "师傅", "Tom 师傅"),
        ("", "师傅", "师傅"),
    ],
)
def test_how_one_calls_somebody(name: str, title: str, called: str) -> None:
    assert wording.surname_title(name, title) == called


def test_shortening() -> None:
    assert wording.shorten("厨房水管漏水", 20) == "厨房水管漏水"
    assert wording.shorten("厨房水管漏水，已经漏了三天", 8) == "厨房水管漏水…"
    assert wording.shorten("一\n二\t三", 20) == "一 二 三"
    assert wording.shorten("家👨‍👩‍👧家", 4) == "家…"
    assert wording.shorten("任何", 0) == ""


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_shortened_is_never_longer_nor_more_than_one_line(text: str, characters: int) -> None:
    short = wording.shorten(text, characters)

    assert len(short) <= characters
    assert len(short.splitlines()) <= 1


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("3栋2单元1502厨房水管爆了,水漫出来了", "厨房水管爆了，水漫出来了"),
        ("你好，我家卧室插座没电", "卧室插座没电"),
        ("我是3-2-1502的业主，电话13912348821，客厅的灯突然不亮了麻烦来看看，谢谢师傅", "客厅的灯突然不亮了"),
        ("空调滴水滴到楼下了，麻烦来看看", "空调滴水滴到楼下了"),
        ("报了两天修还没人来，水还在漏", "报了两天修还没人来，水还在漏"),
        ("我要投诉楼上半夜装修", "楼上半夜装修"),
        ("地下车库的照明坏了一片从上个星期到现在一直没人修", "地下车库的照明坏了一片从上个星期到现在…"),
        ("哈喽，门禁机屏幕黑了，进不去", "门禁机屏幕黑了，进不去"),
        ("小周你好，客厅的灯不亮了", "客厅的灯不亮了"),
        ("你们他妈的到底管不管，电梯坏了三天了", "电梯坏了三天了"),
        ("空调不制冷，我下班以后在家，六点半之后", "空调不制冷"),
        ("帮我妈报修，她住1栋1单元302，灯不亮", "灯不亮"),
        ("my 空调 is not working", "my 空调 is not working"),
        ("能不能派人来修一下", "您说的事"),
        ("这个", "您说的事"),
        ("俺家那个马桶堵老死了，咋整啊", "俺家那个马桶堵老死了"),
        ("Help! water everywhere in my kitchen", "water everywhere in my kitchen"),
        ("昨晚我下班回来快十点，坐电梯上楼，到家一开门吓一跳，后来发现是洗衣机水管掉了", "洗衣机水管掉了"),
        (
            "同志，我今年七十八了，儿子不在身边，腿脚也不好，今天早上烧水，发现厨房那个水龙头拧不紧，一直在滴答",
            "厨房那个水龙头拧不紧，一直在滴答",
        ),
        ("😀😀", "您说的事"),
        ("", "您说的事"),
        ("厨房漏水，报修了三天也没人管", "厨房漏水，报修了三天也没人管"),
        ("报修过一次，水管又漏了", "报修过一次，水管又漏了"),
        ("我想投诉保安态度差", "保安态度差"),
    ],
)
def test_the_subject_of_a_ticket_in_the_owners_words(words: str, title: str) -> None:
    assert wording.title_of(words) == title


@given(st.text(alphabet=st.sampled_from("厨房水管漏了，。 3栋2单元15029麻烦谢😀\n{}13912348821"), max_size=200))
def test_a_subject_fits_and_holds_no_phone(words: str) -> None:
    title = wording.title_of(f"{words} 13912348821")

    assert 0 < len(title) <= 20
    assert "13912348821" not in title


def test_choices_on_one_line() -> None:
    assert wording.numbered(["客厅", "厨房"]) == "① 客厅 ② 厨房"


def test_a_moment_more_than_ten_minutes_is_said_as_ten() -> None:
    assert wording.say_until(NOW + timedelta(minutes=10, milliseconds=4), NOW, ZONE) == "10 分钟内"

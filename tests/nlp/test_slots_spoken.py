"""Particulars as they are spoken: written out by a small writer in one more form each, and read back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import Label, understand
from nlp.answers import read_satisfaction, read_yes_no
from nlp.numerals import roughly, written
from nlp.rooms import Room, read_room
from nlp.slots.money import find_money
from nlp.slots.people import find_people
from nlp.slots.phones import find_phone
from nlp.slots.polarity import polarity
from nlp.slots.since import find_since
from nlp.slots.tracking import find_shipment
from nlp.slots.verdict import read_verdict
from nlp.wishes import find_wish, read_wish

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=ZONE)  # a Wednesday
HAN = "零一二三四五六七八九"

buildings, floors, flats = st.integers(1, 39), st.integers(1, 33), st.integers(1, 12)


def local(moment: datetime | None) -> datetime:
    assert moment is not None and moment.tzinfo is UTC
    return moment.astimezone(ZONE)


@settings(max_examples=150, deadline=None)
@given(
    buildings,
    floors,
    flats,
    st.sampled_from(["88弄{b}号{n}", "{b}号{n}室", "{b}动{n}室漏水", "building {b}, room {n}", "Room {n}, bldg {b}"]),
)
def test_a_room_in_a_lane_misheard_or_in_english(building: int, floor: int, flat: int, form: str) -> None:
    door = f"{floor}{flat:02d}"
    assert read_room(form.format(b=building, n=door)) == Room(str(building), "", door)


@settings(max_examples=80, deadline=None)
@given(buildings, floors, st.integers(1, 9), st.sampled_from(["{b}棟{f}樓之{n}", "{b}號{f}樓之{n}漏水"]))
def test_a_door_of_a_floor_as_written_in_taiwan(building: int, floor: int, flat: int, form: str) -> None:
    said = understand(form.format(b=building, f=floor, n=flat))
    assert said.slots.room == Room(str(building), "", f"{floor}{flat:02d}") and said.slots.time is None


@settings(max_examples=80, deadline=None)
@given(
    buildings, floors, st.sampled_from("ABCDEGH"), st.sampled_from(["{b}栋{f}{x}", "{b}座{f}楼{x}室", "{b}座{f}樓{x}"])
)
def test_a_door_with_a_letter(building: int, floor: int, letter: str, form: str) -> None:
    wanted = Room(str(building), "", f"{floor}{letter}")
    assert read_room(form.format(b=building, f=floor, x=letter)) == wanted


@settings(max_examples=80, deadline=None)
@given(
    floors,
    flats,
    floors,
    flats,
    st.sampled_from(["楼上{o}漏水,我家是{n}", "隔壁{o}室太吵,我住{n}", "不是{o}室,是{n}室"]),
)
def test_ones_own_door_counts_before_the_neighbours(a: int, b: int, c: int, d: int, form: str) -> None:
    other, own = f"{a}{b:02d}", f"{c}{d:02d}"
    room = read_room(form.format(o=other, n=own))
    assert room is not None and room.number == own


@settings(max_examples=80, deadline=None)
@given(
    buildings, floors, flats, st.sampled_from(["取件码{b}-2-{n}", "车位B2-{n}被占", "单号{b}-{n}", "货架 {b}-1-{n}"])
)
def test_a_code_or_a_parking_place_is_no_home(building: int, floor: int, flat: int, form: str) -> None:
    assert read_room(form.format(b=building, n=f"{floor}{flat:02d}")) is None


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 6), st.sampled_from(["周", "星期", "礼拜"]), st.sampled_from(["前", "之前", "以前"]))
def test_before_a_day_ends_when_its_work_begins(day: int, word: str, side: str) -> None:
    """All of the day before is left, and nothing of the day itself."""
    wish = read_wish(f"下{word}{'一二三四五六日'[day]}{side}修好", NOW)
    assert wish is not None
    named = NOW.date() - timedelta(days=NOW.weekday()) + timedelta(days=7 + day)
    assert (local(wish.start), local(wish.end)) == (NOW, datetime.combine(named, time(8), ZONE))


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 6), st.sampled_from(["最迟", "最晚", "不晚于"]))
def test_at_the_latest_has_the_day_in_it(days: int, word: str) -> None:
    day = NOW.date() + timedelta(days=days)
    wish = read_wish(f"{word}{day.month}月{day.day}号修好", NOW)
    assert wish is not None
    assert (local(wish.start), local(wish.end)) == (NOW, datetime.combine(day, time(20), ZONE))


@settings(max_examples=120, deadline=None)
@given(
    st.dates(date(2026, 11, 19), date(2027, 8, 30)),
    st.sampled_from("./"),
    st.integers(1, 11),
    st.sampled_from(["am", "PM"]),
)
def test_a_date_in_figures_and_the_english_hour(day: date, mark: str, hour: int, half: str) -> None:
    wish = read_wish(f"{day.month}{mark}{day.day} {hour}:30", NOW)
    assert wish is not None and local(wish.start).date() == day
    wish = read_wish(f"明天{hour}{half}", NOW)
    wanted = time(hour + 12 if half == "PM" else hour)
    assert wish is not None and local(wish.start) == datetime.combine(date(2026, 11, 19), wanted, ZONE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("灯坏了,除了周二都行", "除了周二都行"),
        ("灯坏了,周二不行,其他都可以", "周二不行,其他"),
        ("灯坏了,随时可以来", "随时可以"),
        ("水管漏,什么时候来都行", "什么时候来都"),
    ],
)
def test_when_it_suits_may_have_no_bounds(text: str, words: str) -> None:
    wish = find_wish(text, NOW)
    assert wish is not None and wish.text == words and wish.end is None


@pytest.mark.parametrize("text", ["周二来修过现在又漏", "说今天来修怎么没来", "星期三的师傅来修灯太慢", "三年前就这样"])
def test_a_day_that_is_over_is_no_wish(text: str) -> None:
    assert find_wish(text, NOW) is None


def test_the_day_behind_its_hour() -> None:
    wish = read_wish("三点以后吧,后天", NOW)
    assert wish is not None and local(wish.start) == datetime(2026, 11, 20, 15, tzinfo=ZONE)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2), st.sampled_from(["周", "星期", "礼拜"]), st.sampled_from(["就报了", "就坏了", "开始漏"]))
def test_since_a_day_of_this_week(day: int, word: str, then: str) -> None:
    since = find_since(f"{word}{'一二三'[day]}{then}没人来", NOW)
    assert since is not None and local(since.at).date() == date(2026, 11, 16 + day)


@settings(max_examples=80, deadline=None)
@given(st.integers(2, 8), st.sampled_from(["{p}天前就坏了", "漏了{p}天了", "已经{p}天没水"]))
def test_a_guess_between_two_numbers_is_the_lower(low: int, form: str) -> None:
    since = find_since(form.format(p=HAN[low] + HAN[low + 1]), NOW)
    assert since is not None and since.at == (NOW - timedelta(days=low)).astimezone(UTC)
    assert find_people(f"里面有{HAN[low]}{HAN[low + 1]}个人") == low
    assert roughly(f"{HAN[low]}{HAN[low + 1]}十") == low * 10
    assert roughly(f"十{HAN[low]}{HAN[low + 1]}") == 10 + low
    assert roughly(f"{low}-{low + 1}") == low


@settings(max_examples=80, deadline=None)
@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", " ", ",", "-"]))
def test_a_number_spoken_in_groups(phone: str, gap: str) -> None:
    said = "幺" + "".join(HAN[int(figure)] for figure in phone[1:])
    assert find_phone(f"打{gap.join((said[:3], said[3:7], said[7:]))}") == phone
    assert find_phone("我的号 " + " ".join(phone)) == phone


@settings(max_examples=60, deadline=None)
@given(st.from_regex(r"[1-9][0-9]{12}", fullmatch=True), st.sampled_from(["YT", "SF", "JT"]))
def test_a_tracking_number_in_groups(digits: str, head: str) -> None:
    shipment = find_shipment(f"单号{head} {digits[:4]} {digits[4:8]} {digits[8:]}")
    assert shipment is not None and shipment.number == head + digits


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 9),
    st.integers(2, 9),
    st.sampled_from([("吨水", "吨"), ("平", "平方米"), ("度", "度"), ("年", "年")]),
)
def test_a_price_for_one_of_something(yuan: int, jiao: int, per: tuple[str, str]) -> None:
    words, name = per
    for text in (f"{yuan}.{jiao}元一{words}", f"{HAN[yuan]}块{HAN[jiao]}一{words}"):
        money = find_money(text)
        assert money is not None and (money.yuan, money.per) == (round(yuan + jiao / 10, 2), name)


TURNS = ["没什么", "哪能", "谁说", "冇", "不太", "凭什么"]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(TURNS), max_size=2),
    st.sampled_from(["", "应该", "肯定", "我", "那就"]),
    st.sampled_from([("可以", True), ("同意", True), ("反对", False), ("介意", False)]),
    st.sampled_from(["", "的", "啊", "吧"]),
)
def test_each_turn_turns_the_answer(turns: list[str], calm: str, core: tuple[str, bool], end: str) -> None:
    """不可以 is no, 谁说不可以 is yes: an even number of turns leaves what it was."""
    words, good = core
    said = polarity(calm + "".join(turns) + words + end)
    assert said is None or said is (good if len(turns) % 2 == 0 else not good)
    assert said is not None or len(calm + "".join(turns) + words + end) > 12


@pytest.mark.parametrize(
    "text", ["有问题", "还行", "很好", "现在好了", "还没好", "行不行", "是不是", "好不好啊", "不确定"]
)
def test_what_is_no_yes_and_no_no(text: str) -> None:
    assert read_yes_no(text) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 9), st.sampled_from(["", "一", "五"]))
def test_points_in_words(tens: int, ones: str) -> None:
    share = (tens * 10 + (HAN.index(ones) if ones else 0)) / 100
    wanted = 1 if share >= 0.9 else 2 if share >= 0.7 else 3 if share >= 0.6 else 4
    assert read_satisfaction(f"打{written(tens * 10)}{ones}分") == wanted


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("1.厨房漏水 2.物业费能开发票吗 3.我有个快递在不在", [Label.REPAIR, Label.INQUIRY, Label.PARCEL]),
        ("俺家灯不亮咧,还有俺快递搁哪咧", [Label.REPAIR, Label.PARCEL]),
        ("之前漏水修好了谢谢,现在是空调不制冷", [Label.REPAIR]),
        ("说三点建议:一、增设遮阳棚;二、定期换沙;三、座椅朝里摆", [Label.OTHER]),
    ],
)
def test_lists_and_thanks_with_a_new_fault(text: str, kinds: list[Label]) -> None:
    read = understand(text, now=NOW)
    assert [matter.label for matter in read.matters] == kinds
    assert read.label in kinds


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="三3.、-楼栋弄号室周前后不没行好谢除了分修 ,。Aa\u202e\ud800😀", max_size=40))
def test_any_row_of_their_characters_is_survived(text: str) -> None:
    understand(text, now=NOW)
    read_wish(text, NOW)
    read_yes_no(text)
    read_verdict(text)
    read_room(text, answer=True)

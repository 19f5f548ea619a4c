"""Phones, money, parcels' numbers, people: what a small writer writes out is read back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import understand
from nlp.meaning import Slots
from nlp.numerals import written
from nlp.plain import flatten
from nlp.slots.money import Money, find_money
from nlp.slots.people import find_people
from nlp.slots.phones import find_phone
from nlp.slots.tracking import Shipment, find_shipment

SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")
FULL = str.maketrans("0123456789", "０１２３４５６７８９")
mobiles = st.integers(13_000_000_000, 19_999_999_999).map(str)
around = st.sampled_from(["{}", "电话{}", "打{}找我", "3-2-1502 {}", "{}王女士", "手机:{},谢谢"])


@settings(max_examples=300, deadline=None)
@given(mobiles, st.sampled_from(["", " ", "-", "."]), st.sampled_from(["", "+86", "+86 ", "86-", "0086 "]), around)
def test_a_mobile(phone: str, gap: str, country: str, form: str) -> None:
    text = form.format(country + gap.join((phone[:3], phone[3:7], phone[7:])))
    assert find_phone(flatten(text)) == phone, text


@given(mobiles, st.booleans())
def test_a_mobile_spoken_or_in_full_width(phone: str, spoken: bool) -> None:
    assert find_phone(flatten(f"打{phone.translate(SPOKEN if spoken else FULL)}吧")) == phone


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["010", "021", "028", "0571", "0755", "0312"]),
    st.integers(20_000_000, 89_999_999).map(str),
    st.sampled_from(["{}-{}", "({}){}", "{} {}", "{}{}"]),
)
def test_a_landline(area: str, number: str, form: str) -> None:
    text = f"座机{form.format(area, number)}"
    assert find_phone(flatten(text)) == f"{area}-{number}", text


@pytest.mark.parametrize("text", ["431234567890123", "773182264905117", "2023051177", "3-2-1502", "没有", "12345"])
def test_no_phone(text: str) -> None:
    assert find_phone(text) is None


@settings(max_examples=200, deadline=None)
@given(st.integers(3, 99), st.integers(1, 9), st.booleans())
def test_yuan_and_jiao(yuan: int, jiao: int, spelled: bool) -> None:
    whole, odd = (written(yuan), written(jiao)) if spelled else (str(yuan), str(jiao))
    for text in (f"{whole}块{odd}", f"收了我{whole}块{odd}毛", f"{whole}块{odd}角钱"):
        money = find_money(text)
        assert money is not None and money.yuan == pytest.approx(yuan + jiao / 10), text


@settings(max_examples=200, deadline=None)
@given(
    st.integers(10, 99_999), st.sampled_from(["¥{}", "¥ {}", "{}元", "花了{}块钱", "一共{}块", "{}块钱"]), st.booleans()
)
def test_sums(yuan: int, form: str, commas: bool) -> None:
    text = form.format(f"{yuan:,}" if commas else yuan)
    money = find_money(text)
    assert money is not None and money.yuan == yuan, text


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.sampled_from(["{}块", "赔我{}块钱", "交了{}元"]))
def test_figures_and_characters_mixed(high: int, low: int, third: int, form: str) -> None:
    for text, yuan in (
        (f"{high}百", high * 100),
        (f"{high}千{low}", high * 1000 + low * 100),
        (f"{high}千{low}百", high * 1000 + low * 100),
        (f"{high}万{low}千", high * 10_000 + low * 1000),
        (f"{high}万{low}", high * 10_000 + low * 1000),
        (f"{high}.{low}万", (high * 10 + low) * 1000),
        (f"{third}.{low}千", (third * 10 + low) * 100),
    ):
        money = find_money(form.format(text))
        assert money is not None and money.yuan == yuan, form.format(text)


def test_several_hundred_is_no_sum() -> None:
    assert find_money("花了几百块") is None


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(["个小孩", "个老人", "名大人"]))
def test_people_of_two_kinds_are_counted_together(one: int, other: int, who: str) -> None:
    assert find_people(f"{one}个大人{other}{who}被困") == one + other


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(["平", "平方", "平米"]))
def test_for_each_square_metre(yuan: int, jiao: int, unit: str) -> None:
    for text in (f"一{unit}{yuan}.{jiao}", f"{yuan}.{jiao}元/{unit}", f"每{unit}{yuan}块{jiao}"):
        money = find_money(text)
        assert money is not None and money.per == "平方米" and money.yuan == pytest.approx(yuan + jiao / 10), text


@pytest.mark.parametrize(
    ("text", "yuan"),
    [("收我三百二", 320), ("花了三万八", 38000), ("八十万元", 800000), ("两毛钱", 0.2), ("362块五毛", 362.5),
     ("三百二", 320), ("4.1万元", 41000), ("换个龙头要五十", 50), ("罚200", 200),
     ("一块八涨到二块六", 1.8), ("三万多块", 30000)],
)  # fmt: skip
def test_money_as_people_say_it(text: str, yuan: float) -> None:
    money = find_money(text)
    assert money is not None and money.yuan == pytest.approx(yuan)


@pytest.mark.parametrize(
    "text",
    "一块玻璃 踢坏了一块 冷一块热一块 两块砖 地砖压裂了一块 要来三个师傅 交到3栋 收到3个 要三点来 交1502室".split(),
)
def test_no_money(text: str) -> None:
    assert find_money(text) is None


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(
        [("SF", "顺丰"), ("YT", "圆通"), ("JT", "极兔"), ("ZTO", "中通"), ("JDVA", "京东"), ("DPK", "德邦")]
    ),
    st.integers(10**12, 10**13 - 1),
    st.sampled_from(["{}", "单号{},帮查", "查下 {} 到没", "{}的"]),
    st.booleans(),
)
def test_a_tracking_number_names_its_carrier(head: tuple[str, str], digits: int, form: str, small: bool) -> None:
    number = f"{head[0]}{digits}"
    text = form.format(number.lower() if small else number)
    assert find_shipment(text) == Shipment(head[1], number), text


@pytest.mark.parametrize(
    ("text", "shipment"),
    [
        ("773182264905117", Shipment("申通", "773182264905117")),
        ("EB778120394CN", Shipment("EMS", "EB778120394CN")),
        ("75820034119867 韵达", Shipment("韵达", "75820034119867")),
        ("JD0098217364455-1-1-", Shipment("京东", "JD0098217364455-1-1")),
        ("申通尾号3317的", Shipment("申通", "", "3317")),
        ("手机尾号8806有件吗", Shipment("", "", "8806")),
        ("顺丰到了没", Shipment("顺丰")),
    ],
)
def test_parcels_as_people_name_them(text: str, shipment: Shipment) -> None:
    assert find_shipment(text) == shipment


@pytest.mark.parametrize("text", ["13812345678", "车牌尾号6627", "订单号 2023051177", "3-2-1502", "厨房漏水"])
def test_no_parcel(text: str) -> None:
    assert find_shipment(text) is None


@given(st.integers(2, 99), st.booleans(), st.sampled_from(["里面{}个人", "{}人", "一共{}口人", "我们{}个人被困"]))
def test_people(count: int, spelled: bool, form: str) -> None:
    assert find_people(form.format(written(count) if spelled else count)) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("一家三口", 3),
        ("老两口", 2),
        ("四口之家", 4),
        ("第三个人", None),
        ("一个人都没有", None),
        ("人民医院", None),
        ("夫妻俩", 2),
        ("俩孩子在家", 2),
    ],
)
def test_families_and_nobody(text: str, count: int | None) -> None:
    assert find_people(text) == count


def test_all_of_it_in_one_message() -> None:
    slots = understand("3栋2单元1502 顺丰SF1387220946513 到付38块5 电话138 0000 0000 家里三口人").slots
    assert slots.phone == "13800000000" and slots.money == Money("38块5", 38.5) and slots.people == 3
    assert (slots.carrier, slots.tracking) == ("顺丰", "SF1387220946513")
    assert Slots.from_dict(slots.to_dict()) == slots


@settings(max_examples=300, deadline=None)
@given(st.text("一二三百千万点块元毛角钱¥1502.,-+人口位个第尾号SFYTJD圆通 ()", max_size=30))
def test_nothing_breaks_them(text: str) -> None:
    find_phone(text), find_money(text), find_people(text), find_shipment(text)

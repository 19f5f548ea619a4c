"""Rules that hold for every text and every order of deeds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.emulator.clock import EmulatorClock
from bot.emulator.config import Template
from bot.emulator.fieldrules import breaks_rule, stripped
from bot.emulator.users import ALLOWANCE, Trigger, Users
from tests.clock import FixedClock

ANY = Template(id="t", title="t", fields={}, choices={"enum1": ["是", "否"]})


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        ("thing1", "厨房水管爆了,水漫出来了", "水" * 21),
        ("number2", "-12.50", "12个"),
        ("letter3", "ABC", "A1"),
        ("symbol4", "★★★", "ok"),
        ("character_string5", "R20260310-0007", "单号7"),
        ("time6", "2019年10月1日 15:01", "明天下午"),
        ("time6", "15:01", "15点"),
        ("time6", "2019年10月1日 15:01~2019年10月2日 15:01", "2019"),
        ("date7", "2019年10月1日", "15:01"),
        ("amount8", "¥100.50元", "一百元"),
        ("phone_number9", "+86-139-0000-0000", "电话13900000000"),
        ("car_number10", "浙A12345D", "浙A1234567挂"),
        ("name11", "张师傅", "张" * 11),
        ("phrase12", "已接单", "已经接单了呀"),
        ("enum1", "是", "也许"),
    ],
)
def test_field_rules(key: str, good: str, bad: str) -> None:
    assert not breaks_rule(ANY, key, good)
    assert breaks_rule(ANY, key, bad)


@given(st.text(max_size=200))
def test_what_a_phone_shows_is_short_and_flat(text: str) -> None:
    shown = stripped(text)
    assert len(shown) <= 20
    assert "\n" not in shown and "\r" not in shown


def test_stripping_keeps_words() -> None:
    assert stripped("张师傅\n15:20 到😀✅") == "张师傅 15:20 到"


DEEDS: list[Trigger] = ["message", "click", "follow", "scan"]


@given(st.lists(st.one_of(st.sampled_from(DEEDS), st.just("send"), st.integers(1, 90)), max_size=60))
def test_never_more_than_five_messages_per_deed_and_never_after_48_hours(steps: list[str | int]) -> None:
    time = FixedClock()
    users = Users("wx1", "wx2", EmulatorClock(base=time))
    lin = users.create("lin")
    sent_since_deed, last_deed = 0, None
    for step in steps:
        if isinstance(step, int):
            time.move(minutes=step * 40)
        elif step == "send":
            allowance = users.allowance(lin)
            if allowance is None or allowance[0] == 0:
                continue
            users.spend(lin)
            sent_since_deed += 1
            assert last_deed is not None
            assert time.now() - last_deed < timedelta(hours=48)
            assert sent_since_deed <= 5
        else:
            users.acted(lin, next(deed for deed in DEEDS if deed == step))
            sent_since_deed, last_deed = 0, time.now()
            count, span = ALLOWANCE[next(deed for deed in DEEDS if deed == step)]
            allowance = users.allowance(lin)
            assert allowance is not None and allowance[0] >= count
            assert allowance[1] >= time.now() + span

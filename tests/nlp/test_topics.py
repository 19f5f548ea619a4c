"""What a piece of a message is about, and which topics may be one story."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.topics import FIELDS, TRADES

PIECES = ["水龙头滴水", "门关不上", "灯不亮", "地板鼓了", "秋千断了", "空调不制冷", "谢谢", "", "楼上太吵", "狗叫"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("路灯不亮", "健身器材断了一根"), ("空调不制冷", "秋千断了"), ("墙皮掉了", "对讲机没声音")],
)
def test_faults_of_unlike_trades(one: str, other: str) -> None:
    assert TRADES.apart(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("水管漏水", "地板鼓了"),
        ("跳闸了", "空调用不了"),
        ("门禁没反应", "单元门打不开"),
        ("窗户漏风", "一块玻璃有裂缝"),
        ("水龙头滴水", "谢谢"),
    ],
)
def test_faults_that_may_be_one(one: str, other: str) -> None:
    assert not TRADES.apart(one, other)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("保洁一周没来", "商铺音响太大", True),
        ("狗叫了一夜", "狗屎没人捡", False),
        ("保安态度差", "前台骂人", False),
        ("停车费乱涨", "绿化没人浇水", True),
    ],
)
def test_grievances(one: str, other: str, apart: bool) -> None:
    assert FIELDS.apart(one, other) is apart


@given(st.sampled_from(PIECES), st.sampled_from(PIECES))
def test_apart_is_mutual_and_never_of_itself(one: str, other: str) -> None:
    for topics in (TRADES, FIELDS):
        assert topics.apart(one, other) == topics.apart(other, one)
        assert not topics.apart(one, one)

"""Dangers that are denied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import understand
from nlp.denied import undenied


@pytest.mark.parametrize(
    "text",
    [
        "没有着火，也没有浓烟",
        "燃气灶打不着火，但没有燃气味",
        "插座不通电，没有漏电或火花",
        "设备昨天开始离线，暂时没有发热、跳闸或者烧焦味",
    ],
)
def test_a_denied_danger_alarms_nobody(text: str) -> None:
    assert not understand(text).urgent


@pytest.mark.parametrize(
    "text",
    [
        "着火了，没有人受伤",
        "没人受伤，但是楼上还在着火",
        "不是着火，是煤气味很大",
        "厨房起火 没有灭火器",
        "没有煤气味，但是报警器在叫",
    ],
)
def test_another_danger_beside_it_does(text: str) -> None:
    assert understand(text).urgent


@given(st.text("没有不是着火烟漏电、或,。的人冒", max_size=20))
def test_only_what_is_denied_goes(text: str) -> None:
    left = undenied(text)
    assert len(left) <= len(text)
    assert left == text or any(no in text for no in ("没", "无", "未", "不是"))

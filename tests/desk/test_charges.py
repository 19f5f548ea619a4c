"""Money is counted in fen, and what the owner's words say is read with care."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.charges import Line, item_of, yuan
from desk.errors import Incomplete
from handlers.charges import _NO, _YES


@given(
    st.decimals(min_value=Decimal("0.01"), max_value=10_000, places=2),
    st.decimals(min_value=0, max_value=100_000, places=2),
)
def test_an_amount_is_exact_to_the_fen(quantity: Decimal, price: Decimal) -> None:
    item = item_of(Line("工时", str(quantity), str(price)))
    exact = quantity * price * 100
    assert abs(item.amount - exact) <= Decimal("0.5")
    assert item.unit_price == price * 100
    assert Decimal(item.quantity) == quantity and "E" not in item.quantity


@pytest.mark.parametrize(
    ("quantity", "price"),
    [("0", "5"), ("1", "1.005"), ("-1", "5"), ("nan", "5"), ("1", "inf"), ("1e9", "1"), ("x", "1"), ("1", "100001")],
)
def test_odd_numbers_are_refused(quantity: str, price: str) -> None:
    with pytest.raises(Incomplete):
        item_of(Line("工时", quantity, price))
    with pytest.raises(Incomplete):
        item_of(Line(" ", "1", "1"))


def test_money_is_written_with_two_decimals() -> None:
    assert [yuan(fen) for fen in (0, 5, 120, 12_000, 8_050)] == ["0.00", "0.05", "1.20", "120.00", "80.50"]


@pytest.mark.parametrize("text", ["同意", "行,同意,修吧", "可以换", "换吧", "我接受", "按这个价来", "同意的"])
def test_words_that_say_yes(text: str) -> None:
    assert _YES.search(text) and not _NO.search(text)


@pytest.mark.parametrize("text", ["不同意", "我不接受这个价", "不用修了", "太贵了,算了", "那不换了", "不修了吧"])
def test_words_that_say_no(text: str) -> None:
    assert _NO.search(text)


@pytest.mark.parametrize("text", ["不可以修吗", "怎么这么贵", "师傅几点来", "多少钱"])
def test_words_that_say_neither(text: str) -> None:
    assert not _NO.search(text)
    assert not _YES.search(text)

"""Sealed fields: opened by the right key or the one before it, found by keyed hashes, telling nothing."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.sealed import Sealer

OLD, NEW = "the old secret, long enough for anybody", "the new secret, long enough for anybody"


@given(st.text())
def test_whatever_is_sealed_comes_back(text: str) -> None:
    sealer = Sealer(NEW)
    assert sealer.open(sealer.seal(text)) == text


@given(st.text(min_size=1))
def test_sealing_twice_looks_different_and_hashing_twice_the_same(text: str) -> None:
    sealer = Sealer(NEW)
    assert sealer.seal(text) != sealer.seal(text)
    assert sealer.hash(text) == sealer.hash(text)
    assert sealer.hash(text) != sealer.hash(text + "x")


@given(st.text(), st.integers(min_value=0))
def test_whoever_changes_one_bit_gets_nothing(text: str, place: int) -> None:
    sealer = Sealer(NEW)
    raw = bytearray(base64.b64decode(sealer.seal(text)))
    raw[place % len(raw)] ^= 1
    with pytest.raises(ValueError):
        sealer.open(base64.b64encode(bytes(raw)).decode())


def test_what_the_previous_key_sealed_is_opened_and_found() -> None:
    before, now = Sealer(OLD), Sealer(NEW, previous=OLD)
    stored = before.phone("13812345678")
    assert now.open_phone(stored) == "13812345678"
    assert stored["hash"] in now.hashes("13812345678")
    assert stored["last4"] in now.hashes("5678")
    assert now.hash("5678") == now.hashes("5678")[0] == Sealer(NEW).hash("5678"), "what is new is stored by the new key"
    with pytest.raises(ValueError, match="SECRET_KEY_PREVIOUS"):
        before.open(now.seal("x"))


def test_a_wrong_key_says_how_to_mend_it() -> None:
    with pytest.raises(ValueError, match="set SECRET_KEY_PREVIOUS") as told:
        Sealer("another secret, long enough for anybody").open(Sealer(NEW).seal("13812345678"))
    assert "1381" not in str(told.value) and "secret" not in str(told.value)


@pytest.mark.parametrize("spoiled", ["", "AAAA", "not base64!", "汉字", "A" * 15])
def test_a_spoiled_field_is_refused_as_a_value(spoiled: str) -> None:
    with pytest.raises(ValueError):
        Sealer(NEW).open(spoiled)


def test_a_stored_phone_tells_nothing_and_no_phone_is_none() -> None:
    stored = Sealer(NEW).phone("13812345678")
    assert set(stored) == {"sealed", "hash", "last4"}
    assert "5678" not in str(stored)
    assert Sealer(NEW).open_phone(None) is None
    assert Sealer(NEW).open_phone({}) is None

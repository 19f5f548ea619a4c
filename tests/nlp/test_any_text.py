"""Whatever arrives is survived: in time, and as something that a store can keep."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp
from nlp import Understanding, understand

ODD = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("漏水坏了快递吗?!,。 \n\t\x00\u202e\u200d\ufe0f😀👍🏻[]<>0123456789-栋單元燈"),
        st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF, categories=["Cs"]),
    ),
    max_size=120,
)


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    nlp.load()


@settings(max_examples=150, deadline=None)
@given(ODD)
def test_any_text_is_survived(text: str) -> None:
    meaning = understand(text)
    assert Understanding.from_dict(json.loads(json.dumps(meaning.to_dict(), default=str))).label is meaning.label
    assert 0.0 <= meaning.confidence <= 1.0
    meaning.text.encode()
    for word in meaning.words:
        word.text.encode()


@pytest.mark.parametrize(
    "text",
    ["", "😀" * 50, "\u202e漏水\u202c", "\ud800水管漏水", "水" * 100_000, "漏水,坏了。" * 20_000, "a1\x00" * 40_000],
)
def test_long_and_odd_texts_take_no_time(text: str) -> None:
    start = time.process_time()
    understand(text)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("times", [1, 2, 5, 12, 40])
def test_a_sentence_again_and_again_means_what_it_means_once(times: int) -> None:
    meaning = understand("厨房水管爆了水漫出来了" * times + "😭😭😭3栋2单元1502")
    assert (meaning.label, meaning.urgent) == ("repair", True)

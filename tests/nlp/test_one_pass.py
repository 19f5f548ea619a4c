"""What is quick is the same as what is plain: cutting as jieba cuts, weights as the features' names say."""

from __future__ import annotations

import logging
import math
import warnings
from typing import Any

import pytest

import nlp
from nlp.features import extract, normal
from nlp.model import damping, extent, joined, scores, unpack
from nlp.plain import flatten
from nlp.score import score
from nlp.table import LABELS
from nlp.training.corpus import read_corpus
from nlp.understanding import _state
from nlp.vocabulary import Cutter

TEXTS = [normal(flatten(one.text)) for one in read_corpus()]
NEAR = 1e-6
"""Rows of words of the very same product may be cut either way: the sums differ by rounding (砰砰 砰 / 砰 砰砰)."""


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    nlp.load()


def _made() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.CRITICAL)
    made: Any = jieba.Tokenizer()
    made.initialize()
    for word in _state().lexicon.words:
        if len(word) > 1:
            made.add_word(word)
    return made


def test_texts_are_cut_as_jieba_cuts_them() -> None:
    made = _made()
    cut = Cutter(made)
    odd = ["iphone13坏了", "c++", "3栋2单元1502", "wi-fi 100%没信号", "a", "T恤 t恤", "😀漏水😀", "·", "1.5米", "\n漏"]
    different = 0
    for text in (*TEXTS[::4], *odd):
        ours, theirs = cut(text), made.lcut(text, HMM=False)
        if ours != theirs:
            assert "".join(ours) == "".join(theirs) and _worth(ours, made) == pytest.approx(
                _worth(theirs, made), abs=NEAR
            )
            different += 1
    assert different <= 2


def _worth(words: list[str], made: Any) -> float:
    return sum(math.log(made.FREQ.get(word) or 1) - math.log(made.total) for word in words if word.isalnum())


def test_the_one_pass_adds_up_what_the_features_weigh() -> None:
    table, cut = _state().table, _state().cut
    rows = joined(table.label, table.intent)
    for text in filter(None, (*TEXTS[::9], "3-2-1502 13812345678", "a", "??", "😀😀")):
        tokens = cut(text)
        found = extract(text, tokens, table.lexicon)
        packed = sum(rows.get(name, 0) for name in found.found)
        wanted = scores(table.label, packed, extent(text))
        label = max(range(len(LABELS)), key=wanted.__getitem__)
        said, seen = score(text, tokens, table)
        assert said.total == pytest.approx(wanted[label], abs=0.002), text
        assert said.label is LABELS[label]
        assert seen.mask == found.mask
        assert {rule.name for rule in seen.rules} == {rule.name for rule in found.rules}
        assert [phrase.name for _, phrase in seen.phrases] == [phrase.name for _, phrase in found.phrases]
        assert [word for word, _ in seen.words] == [word for word, _ in found.words]
        assert damping(extent(text)) > 0 and unpack(packed, len(LABELS))

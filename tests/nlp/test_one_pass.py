"""What is quick is the same as what is plain: cutting as jieba cuts, weights as the features' names say."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import pytest

import nlp
from nlp.features import ENDING, FAMILIES, OPENING, extract, folded, normal
from nlp.meaning import Label
from nlp.model import Model, extent, family_of, scores
from nlp.plain import flatten
from nlp.score import ALARMED, score
from nlp.table import LABELS
from nlp.training.corpus import read_corpus
from nlp.understanding import _state
from nlp.vocabulary import RARE, seldom

TEXTS = [normal(flatten(one.text)) for one in read_corpus()]


@pytest.fixture(autouse=True, scope="module")
def _loaded() -> None:
    nlp.load()


def _made() -> Any:
    """jieba with our words added and its rarest left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.CRITICAL)
    made: Any = jieba.Tokenizer()
    made.initialize()
    lexicon = _state().lexicon
    total = made.total
    kept = {*lexicon.words, *seldom()}
    for word, count in made.FREQ.items():
        if str(count) in RARE and len(word) > 1 and word not in kept:
            made.FREQ[word] = 0
    for word in lexicon.words:
        if len(word) > 1:
            made.add_word(word)
            made.total = total
    return made


def test_texts_are_cut_as_jieba_cuts_them() -> None:
    made = _made()
    cut = _state().table.cut
    odd = ["iphone13坏了", "c++", "3栋2单元1502", "wi-fi 100%没信号", "a", "T恤 t恤", "😀漏水😀", "·", "1.5米", "\n漏"]
    different = 0
    for text in (*TEXTS[::4], *odd):
        ours, theirs = cut(text), made.lcut(text, HMM=False)
        if ours != theirs:
            assert "".join(ours) == "".join(theirs)
            different += 1
    assert different <= len(TEXTS) / 4 / 200, "our words' counts are rounded once, jieba's twice"


def _sum(model: Model, names: set[str]) -> int:
    rows = model.rows
    return sum(rows.get(family, {}).get(rest, 0) for family, rest in map(family_of, names))


def test_the_one_pass_adds_up_what_the_features_weigh() -> None:
    table = _state().table
    for text in filter(None, (*TEXTS[::9], "3-2-1502 13812345678", "a", "??", "😀😀", "打12345 打110", "漏 漏")):
        found = extract(text, table.cut(folded(text)), table.lexicon)
        wanted = scores(table.label, _sum(table.label, found.found), extent(text))
        label = max(range(len(LABELS)), key=wanted.__getitem__)
        said, seen = score(text, table)
        if LABELS[label] is Label.INQUIRY and said.label is Label.REPAIR:
            assert said.urgent >= ALARMED, text  # an emergency put as a question
            label = LABELS.index(Label.REPAIR)
        assert said.total == pytest.approx(wanted[label], abs=0.002), text
        assert said.label is LABELS[label]
        assert said.words and sum(word.weight for word in said.words) == pytest.approx(wanted[label], abs=0.002)
        if table.choices[label] is not None:
            assert seen.mask == found.mask
            assert {phrase.name for _, phrase in seen.phrases} == {phrase.name for _, phrase in found.phrases}
        assert [word for word, _ in seen.words] == [word for word, _ in found.words]


def test_the_intent_is_what_its_own_weights_say() -> None:
    """With the lexicon's help switched off, by texts of which it knows nothing."""
    table = _state().table
    checked = 0
    for text in filter(None, TEXTS[::40]):
        said, _ = score(text, table)
        choice = table.choices[LABELS.index(said.label)]
        if choice is None:
            continue
        assert said.intent in choice.intents
        checked += 1
    assert checked > 20


def test_a_word_counts_together_with_those_shortly_before_it() -> None:
    """报修 … 没人 says more than each alone; what stands further apart does not belong together."""
    tokens = ["报修", "了", "也", "没人", "管", "没人"]
    found = extract("".join(tokens), tokens, _state().lexicon).found
    pairs = {family_of(name)[1] for name in found if family_of(name)[0] == FAMILIES["b"]}
    assert {
        "报修 没人",
        "没人 管",
        "了 没人",
        f"{OPENING} 报修",
        f"{OPENING} 也",
        f"没人 {ENDING}",
        f"管 {ENDING}",
    } <= pairs
    assert not {"报修 管", "没人 报修", f"{OPENING} 没人"} & pairs

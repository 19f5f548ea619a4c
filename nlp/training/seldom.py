"""Words that jieba counted three times and that owners do write: kept in the dictionary, the rest of them left out."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from nlp.features import folded, normal
from nlp.lexicon import Lexicon
from nlp.plain import flatten
from nlp.training.inputs import NLP
from nlp.vocabulary import RAREST, seldom, tokenizer

FILE = NLP / "lexicon" / "seldom.txt"
HEAD = "# Words that jieba counted three times and that our corpus holds. Written by `guanjia nlp train`.\n"


def note_seldom(texts: Iterable[str], lexicon: Lexicon) -> None:
    """Add what the corpus is cut into with all of them; what stands in the file stays (the articles' words do)."""
    whole = tokenizer(lexicon.words, rare=RAREST)
    without = tokenizer(lexicon.words, also=()).worths
    found = {word for text in texts for word in whole(folded(normal(flatten(text)))) if without.get(word) is None}
    words = sorted({*seldom(), *(word for word in found if len(word) > 1 and whole.worths.get(word) is not None)})
    FILE.write_text(HEAD + "\n".join(wrap(" ".join(words), 118)) + "\n", encoding="utf-8")

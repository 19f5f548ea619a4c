"""Cutting text into words: jieba with our own words added, loaded once and quietly."""

from __future__ import annotations

import logging
import math
import os
import re
import stat
import tempfile
import warnings
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_OTHER = re.compile('[^\u4e00-\u9fd5,。!?~:;"\\n ]')


class Cutter:
    """jieba's own cutting without guessing, for plain Chinese in one pass; whatever else is left to jieba itself.

    Both find the row of words with the greatest product of frequencies; a test compares them.
    """

    def __init__(self, made: Any) -> None:
        self.func = partial(made.lcut, HMM=False)
        self._counts: dict[str, int] = made.FREQ
        self._total = math.log(made.total)

    def __call__(self, text: str) -> list[str]:
        """The words of ``text``, in order."""
        if _OTHER.search(text):
            words: list[str] = self.func(text)
            return words
        counts, total, log = self._counts, self._total, math.log
        size = len(text)
        best = [0.0] * (size + 1)
        ends = [0] * size
        for start in range(size - 1, -1, -1):
            end = start + 1
            top, until = log(counts.get(text[start]) or 1) - total + best[end], end
            count = counts.get(text[start:end])
            while count is not None:
                if count and end > start + 1:
                    worth = log(count) - total + best[end]
                    if worth >= top:
                        top, until = worth, end
                end += 1
                if end > size:
                    break
                count = counts.get(text[start:end])
            best[start], ends[start] = top, until
        words = []
        at = 0
        while at < size:
            words.append(text[at : ends[at]])
            at = ends[at]
        return words


def tokenizer(words: Iterable[str]) -> Cutter:
    """A cutter that knows ``words`` too.

    None of them gets a frequency by hand: a too small one breaks good words. Words are not guessed (no HMM): it glues
    灯 and 不亮 together, and what the lexicon does not know cannot decide anyway.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba 0.42 has old escapes and asks for pkg_resources
        import jieba
    jieba.setLogLevel(logging.CRITICAL)
    made: Any = jieba.Tokenizer()
    made.tmp_dir = cache_folder(Path(tempfile.gettempdir()), str(jieba.__version__))
    made.initialize()
    for word in words:
        if len(word) > 1:
            made.add_word(word)
    return Cutter(made)


def cache_folder(parent: Path, version: str) -> str:
    """A folder for jieba's cache that nobody else may write: jieba would load whatever stands there.

    Where there is none, a place that cannot hold files: the dictionary is then built anew, half a second slower.
    """
    folder = parent / f"guanjia-words-{version}-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        about = folder.lstat()
    except OSError:
        log.warning("no folder for the word cache, so the dictionary is built anew")
        return os.devnull
    if stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o077:
        return str(folder)
    log.warning("the word cache folder is not ours alone, so the dictionary is built anew")
    return os.devnull

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
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_OTHER = re.compile('[^\u4e00-\u9fd5,。!?~:;"\\n ]')
_BLOCK = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%-]+|.", re.DOTALL)
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


class Cutter:
    """jieba's own cutting without guessing, in one pass: the row of words with the greatest product of frequencies.

    Plain Chinese is cut as it stands, punctuation with it; anything else block by block, as jieba does.
    """

    def __init__(self, made: Any) -> None:
        self.counts: dict[str, int] = made.FREQ
        self.total = float(made.total)
        total = math.log(made.total)
        self._worth = {count: math.log(count or 1) - total for count in {0, *made.FREQ.values()}}

    def __call__(self, text: str) -> list[str]:
        """The words of ``text``, in order."""
        if not _OTHER.search(text):
            return self._cut(text)
        words: list[str] = []
        for block in _BLOCK.findall(text):
            if len(block) == 1:
                words.append(block)
                continue
            letters = ""
            for word in self._cut(block):
                if word in _LETTERS:
                    letters += word  # those that no word holds stay together
                    continue
                if letters:
                    words.append(letters)
                    letters = ""
                words.append(word)
            if letters:
                words.append(letters)
        return words

    def _cut(self, text: str) -> list[str]:
        get, worths = self.counts.get, self._worth
        never = worths[0]
        size = len(text)
        best = [0.0] * (size + 1)
        ends = [0] * size
        for start in range(size - 1, -1, -1):
            end = until = start + 1
            count = get(text[start])
            if count is None:
                best[start], ends[start] = never + best[end], end
                continue
            top = worths[count] + best[end]
            while end < size:
                end += 1
                count = get(text[start:end])
                if count is None:
                    break
                if count:
                    worth = worths[count] + best[end]
                    if worth >= top:
                        top, until = worth, end
            best[start], ends[start] = top, until
        words = []
        at = 0
        while at < size:
            end = ends[at]
            words.append(text[at:end])
            at = end
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

"""Cutting text into words: jieba with our own words added, loaded once and quietly."""

from __future__ import annotations

import logging
import os
import stat
import tempfile
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


def tokenizer(words: Iterable[str]) -> Callable[[str], list[str]]:
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
    return partial(made.lcut, HMM=False)


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

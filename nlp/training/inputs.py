"""What the weights are made from, as one fingerprint: whoever changes a word can see that they are out of date."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nlp import features
from nlp.lexicon import DOCUMENTS

NLP = Path(__file__).resolve().parent.parent


def inputs() -> list[Path]:
    """The files that the weights are learnt from, in a fixed order."""
    lexicon = NLP / "lexicon"
    own = [lexicon / name for name in (*DOCUMENTS, "traditional.txt", "seldom.txt")]
    found = [path for path in own if path.exists()]
    return [*sorted(found), *sorted((NLP / "corpus").glob("**/*.txt"))]


def fingerprint() -> str:
    """SHA-256 over the inputs, their names and the version of the features."""
    made = hashlib.sha256(f"features {features.VERSION}\n".encode())
    for path in inputs():
        made.update(f"{path.relative_to(NLP).as_posix()}\n".encode())
        made.update(hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()

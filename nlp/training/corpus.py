"""The corpus: messages of our own writing by scenario, read from ``nlp/corpus/*.txt``."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "corpus"
FRAMES = "frames"
"""The folder within it that holds frames (``nlp.training.frames``)."""

LABELS = ("repair", "complaint", "inquiry", "parcel", "other")
INTENTS = {
    "parcel": ("lookup", "missing", "wish"),
    "other": (
        *("suggestion", "praise", "progress", "nudge", "cancel", "reschedule", "person", "greeting", "thanks"),
        *("smalltalk", "lost_found", "bind", "help", "yes", "no", "add_detail", "unknown"),
    ),
}

_HEADER = re.compile(
    r"## (?P<scenario>[a-z0-9-]+)(?:~\d+)?: (?P<label>[a-z]+)(?:\.(?P<intent>[a-z_]+))?(?P<urgent> urgent)?"
    r"(?P<rest>(?: \w+=[\w+,]+)*)"
)
"""``lamp-out~2`` holds messages of the scenario ``lamp-out`` that have a label of their own."""
_COUNTS = re.compile(r"# counts (?P<share>0\.\d+): .+")
"""Says near the top of a file how much its messages count in learning, and why."""
_STYLE = re.compile(
    r"(?:^|-)(?:voice|dialect|traditional|foreign(?:er)?|typos?|yue|tw|emoji|pinyin|mixed|long|short|formal)(?:-|$)"
)
"""Scenarios named after a way of speaking hold many situations; paraphrases of them may stand anywhere."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message. ``also``: labels that count as right too. ``counts``: how much, in learning the labels."""

    text: str
    label: str
    intent: str = ""
    urgent: bool = False
    also: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    scenario: str = ""
    source: str = ""
    counts: float = 1.0

    @property
    def right(self) -> tuple[str, ...]:
        """Every label that counts as right."""
        return (self.label, *self.also)

    @property
    def part(self) -> str:
        """``train``, ``dev`` or ``test``, by a stable hash of the scenario: a paraphrase never crosses."""
        if self.source == "house" or self.source.startswith(FRAMES) or _STYLE.search(self.scenario):
            return "train"
        place = int(hashlib.sha256(f"{self.source}/{self.scenario}".encode()).hexdigest()[:8], 16) % 100
        return "test" if place < 12 else "dev" if place < 24 else "train"


def read_corpus(folder: Path = FOLDER) -> list[Example]:
    """All messages of the corpus, in a fixed order."""
    found: list[Example] = []
    for path in sorted(folder.glob("*.txt")):
        found += read_text(path)
    return found


def read_text(path: Path) -> list[Example]:
    """The messages of one corpus file; raises ``ValueError`` that names the line which does not fit."""
    found: list[Example] = []
    scenario: Example | None = None
    seen = set[str]()
    counts = 1.0
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip() or line == "#" or line.startswith("# "):
            said = _COUNTS.fullmatch(line)
            counts = float(said["share"]) if said else counts
            continue
        if line.startswith("## "):
            scenario = read_header(line, path, number)
            name = line.partition(":")[0]
            if name in seen:
                raise ValueError(f"{path.name}, line {number}: {name} stands twice")
            seen.add(name)
            continue
        if scenario is None:
            raise ValueError(f"{path.name}, line {number}: a message before the first scenario")
        found.append(replace(scenario, text=line.strip().replace("\\n", "\n"), counts=counts))
    return found


def read_header(line: str, path: Path, number: int) -> Example:
    """What a header says of the messages below it, without text; raises ``ValueError`` that names the line."""
    match = _HEADER.fullmatch(line.rstrip())
    if match is None:
        raise ValueError(f"{path.name}, line {number}: not a header: {line}")
    more = dict(item.split("=", 1) for item in match["rest"].split())
    label, intent = match["label"], match["intent"] or ""
    also = tuple(re.split("[+,]", more.pop("also"))) if "also" in more else ()
    matters = tuple(re.split("[+,]", more.pop("matters"))) if "matters" in more else ()
    wrong = [name for name in (label, *also, *matters) if name not in LABELS]
    if more or wrong or (intent and intent not in INTENTS.get(label, ())):
        raise ValueError(f"{path.name}, line {number}: what is {line}?")
    return Example("", label, intent, bool(match["urgent"]), also, matters, match["scenario"], path.stem)


def read_jsonl(lines: Iterable[str]) -> Iterator[Example]:
    """Examples from lines like ``{"text", "label", "also", "urgent"}``; raises ``ValueError`` for another shape."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        raw = json.loads(line)
        if not isinstance(raw, dict) or not isinstance(raw.get("text"), str) or raw.get("label") not in LABELS:
            raise ValueError(f'line {number} must be {{"text": ..., "label": one of {", ".join(LABELS)}}}')
        also = tuple(str(name) for name in raw.get("also") or ())
        name = str(raw.get("id") or number)
        yield Example(
            raw["text"], raw["label"], "", bool(raw.get("urgent")), also, (), name, str(raw.get("source") or "")
        )


def read_any(path: Path) -> list[Example]:
    """Examples from a corpus file (``.txt``) or from JSON lines."""
    if path.suffix == ".txt":
        return read_text(path)
    with path.open(encoding="utf-8") as lines:
        return list(read_jsonl(lines))

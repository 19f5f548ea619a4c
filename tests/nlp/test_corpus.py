"""The corpus is whole: every line is labelled, and paraphrases stay on one side."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from nlp.training.corpus import LABELS, read_corpus, read_jsonl, read_text

CORPUS = read_corpus()


def test_there_is_enough_of_every_label() -> None:
    assert len(CORPUS) >= 3000
    for label in LABELS:
        assert sum(one.label == label for one in CORPUS) >= 500
    assert sum(one.urgent for one in CORPUS) >= 300


def test_a_scenario_never_crosses_from_training_to_test() -> None:
    parts = defaultdict(set)
    for one in CORPUS:
        parts[one.source, one.scenario].add(one.part)
    assert all(len(found) == 1 for found in parts.values())
    counts = {name: sum(one.part == name for one in CORPUS) for name in ("train", "dev", "test")}
    assert counts["test"] >= 800 and counts["dev"] >= 800 and counts["train"] > counts["dev"] + counts["test"]


def test_messages_of_one_scenario_may_have_labels_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text("## lamp: repair\n灯坏了\n## lamp~2: complaint also=repair\n灯坏了没人管\n", encoding="utf-8")
    first, second = read_text(path)
    assert (first.label, second.right) == ("repair", ("complaint", "repair"))
    assert first.scenario == second.scenario and first.part == second.part


def test_a_file_may_say_how_much_its_messages_count(tmp_path: Path) -> None:
    path = tmp_path / "some.txt"
    path.write_text("# Odd ones.\n# counts 0.3: they are rare.\n## lamp: repair\n灯坏了\n", encoding="utf-8")
    assert [one.counts for one in read_text(path)] == [0.3]
    assert {one.counts for one in read_corpus() if one.source == "house"} == {1.0}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("灯坏了\n", "before the first"),
        ("## a: spaceship\n灯坏了\n", "spaceship"),
        ("## a: other.warp\n你好\n", "warp"),
        ("## a: repair also=moon\n灯坏了\n", "moon"),
        ("## Header\n", "not a header"),
        ("## a: repair\n灯坏了\n## a: repair\n", "twice"),
    ],
)
def test_a_line_that_does_not_fit_is_named(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=what):
        read_text(path)


def test_json_lines_are_read_and_others_refused() -> None:
    [one] = read_jsonl(['{"id": "a", "text": "灯坏了", "label": "repair", "also": ["complaint"], "urgent": true}', ""])
    assert (one.text, one.right, one.urgent) == ("灯坏了", ("repair", "complaint"), True)
    with pytest.raises(ValueError, match="line 1"):
        list(read_jsonl(['{"text": "x", "label": "moon"}']))

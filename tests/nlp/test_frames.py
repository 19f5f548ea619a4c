"""Frames make messages: the same ones every time, whole sentences, none twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.training.frames import COUNTS, made

SOME = """# What is broken.
@ lamp: 灯|路灯|楼道灯(泡|)
@ where: {floor}楼的|
@ floor: 一|二
## lamp-out: repair
(你好，|){where}{lamp}不亮了
## lamp-thanks: other.thanks also=complaint
谢谢，{lamp}(亮了|好了)
"""


def _folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "some.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_places_and_alternatives_are_filled(tmp_path: Path) -> None:
    found = made(_folder(tmp_path, SOME), each=200)
    texts = {one.text for one in found}
    assert "你好，一楼的楼道灯泡不亮了" in texts and "路灯不亮了" in texts
    assert len(texts) == len(found) == 2 * 3 * 4 + 4 * 2  # all there are, none twice
    assert {(one.label, one.intent, one.also) for one in found} == {
        ("repair", "", ()),
        ("other", "thanks", ("complaint",)),
    }


def test_the_same_messages_every_time_and_only_for_learning(tmp_path: Path) -> None:
    folder = _folder(tmp_path, SOME)
    assert made(folder, each=5) == made(folder, each=5)
    assert {(one.part, one.counts) for one in made(folder)} == {("train", COUNTS)}


def test_what_is_measured_with_is_never_made(tmp_path: Path) -> None:
    found = made(_folder(tmp_path, SOME), each=200, without=["路灯不亮了!", "你好 燈不亮了"])
    texts = {one.text for one in found}
    assert not {"路灯不亮了", "你好，灯不亮了"} & texts and {"你好，路灯不亮了", "灯不亮了"} <= texts


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("灯坏了\n", "line 1: a frame before the first"),
        ("@ lamp 灯\n", "line 1: not a list"),
        ("@ a: 灯\n@ a: 门\n", "line 2: the list a stands twice"),
        ("## a: repair\n{lamp}坏了\n", "line 2: there is no list lamp"),
        ("@ a: {b}\n@ b: {a}\n## a: repair\n{a}坏了\n", "line 4: the list . stands within itself"),
        ("## a: repair\n(灯|门坏了\n", "line 2: brackets or bars"),
        ("## a: repair\n灯|门坏了\n", "line 2: brackets or bars"),
        ("## a: spaceship\n灯坏了\n", "line 1: what is"),
    ],
)
def test_a_line_that_does_not_fit_is_named(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        made(_folder(tmp_path, text))


@given(st.lists(st.text("灯门坏了，", min_size=1, max_size=4), min_size=1, max_size=5))
def test_every_item_of_a_list_is_reached(tmp_path_factory: pytest.TempPathFactory, items: list[str]) -> None:
    folder = _folder(tmp_path_factory.mktemp("frames"), f"@ x: {'|'.join(items)}\n## a: repair\n{{x}}!\n")
    assert {one.text for one in made(folder, each=300)} == {f"{item}!" for item in items}


def test_our_own_frames_make_what_people_write() -> None:
    """Thousands of messages of every label."""
    found = made()
    assert len(found) >= 20_000
    assert not any(set("(){}|") & set(one.text) for one in found)
    assert {one.label for one in found} == {"repair", "complaint", "inquiry", "parcel", "other"}

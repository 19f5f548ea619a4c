"""Words of one's own laid over the lexicon: read strictly, explained like every other, swapped while others read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nlp
from nlp import Label, Understanding
from nlp.features import normal
from nlp.overlay import Overlay, OverlayError, WordChange, as_text, parse
from nlp.plain import flatten
from nlp.score import score
from nlp.search import cut
from nlp.trial import Trial, read
from nlp.understanding import current, reader, swap

DOCUMENT = """\
note: 门坏了的说法
words:
  - {word: 咣当响, label: repair, weight: 3}
  - {word: 门坎儿, like: 门锁}
  - {word: 慢慢来吧, weights: {other: 1, repair: -2}, urgent: -6}
drop: [漏水]
"""
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
MESSAGES = (
    "家里漏水了,快来人",
    "门口咣当响一晚上,咣当响",
    "3栋2单元1502的门坎儿坏了 电话13800138000",
    "不急,慢慢来吧",
    "灯坏了,另外快递到了吗",
    "谢谢",
    "",
    "这个门坎儿多少钱换一个?",
)


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    nlp.load()
    yield
    swap(None)


def test_a_document_is_read_and_written_in_one_form() -> None:
    overlay = read(DOCUMENT)
    assert [one.word for one in overlay.words] == ["咣当响", "门坎儿", "慢慢来吧"]
    assert overlay.words[2].by_label == {"other": 1.0, "repair": -2.0}
    assert overlay.drop == ("漏水",)
    assert read(as_text(overlay)) == overlay
    # JSON is YAML: what the page sends is read by the same reader.
    assert read('{"words": [{"word": "咣当响", "label": "repair", "weight": 3}]}').words == overlay.words[:1]
    # The note does not make it another change, a weight does.
    assert read(DOCUMENT.replace("说法", "话")).digest == overlay.digest
    assert read(DOCUMENT.replace("weight: 3", "weight: 2")).digest != overlay.digest
    # Full-width, traditional and capital letters are the word that texts are searched for.
    assert read("words: [{word: 壞WiFi, label: repair, weight: 1}]").words[0].word == "坏wifi"


@pytest.mark.parametrize(
    ("document", "line", "word", "said"),
    [
        ("words:\n- {word: 哐当, label: repar, weight: 3}", 2, "哐当", "没有“repar”这个类别"),
        (
            "words:\n- {word: 好, label: other, weight: 1}\n- {word: 哐当, label: repair, weight: 9}",
            3,
            "哐当",
            "-6 到 6",
        ),
        ("words:\n- {word: '', like: 门锁}", 2, "", "词是空的"),
        ("words:\n- {word: ' 　', like: 门锁}", 2, "", "词是空的"),
        (f"words:\n- {{word: {'长' + '短宽窄高' * 5}, like: 门锁}}", 2, "长短宽窄高", "最多 20 个字"),
        ("words:\n- {word: 哐当, like: 魑魅魍魉}", 2, "哐当", "没有“魑魅魍魉”这个词"),
        ("words:\n- {word: 哐当, label: repair}", 2, "哐当", "label 和 weight 要一起写"),
        ("words:\n- {word: 哐当}", 2, "哐当", "写上 label 和 weight,或者 like"),
        ("words:\n- {word: 哐当, like: 门锁, label: repair, weight: 1}", 2, "哐当", "只能写一种"),
        ("words:\n- {word: 哐当, label: repair, weight: 很多}", 2, "哐当", "要是数字"),
        ("words:\n- {word: 哐当, label: repair, weight: .nan}", 2, "哐当", "-6 到 6"),
        ("words:\n- {word: 3栋, like: 门锁}", 2, "3栋", "不能以数字开头"),
        ("words:\n- {word: 110, like: 门锁}", 2, "", "加引号"),
        ("words:\n- {word: 哐当, like: 门锁}\n- {word: 哐当, like: 门}", 3, "哐当", "写了两次"),
        ("words:\n- {word: 哐当, like: 门锁, colour: red}", 2, "哐当", "没有这一项"),
        ("words:\n- 哐当", 2, "哐当", "每个词要写成"),
        ("drop:\n- 漏水\n- '!'", 3, "!", "标点不能当词"),
        ("colour: red", 1, "", "没有这一项"),
        ("words: 5", 1, "", "要是一列词"),
        ("- 哐当", 1, "", "最外面要写 words"),
        ("words: [", 1, "", "不是正确的 YAML"),
        ("words: &a [*a]", 1, "", "不支持 & 和 *"),
        ("[" * 5000, 1, "", "套得太深"),
        ("- " * 5000, 1, "", "套得太深"),
        ("note: 2026-13-45", 0, "", "加上引号"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(document: str, line: int, word: str, said: str) -> None:
    with pytest.raises(OverlayError) as refused:
        read(document)
    problem = refused.value.problems[0]
    assert said in problem.message
    assert problem.line == line
    assert problem.word.startswith(word)


def test_all_that_is_wrong_is_said_at_once_and_too_many_words_are_refused() -> None:
    with pytest.raises(OverlayError) as refused:
        read("words:\n- {word: 哐当}\n- {word: 好, label: x, weight: 1}\n- {word: 咚, label: repair, weight: 7}")
    assert [problem.line for problem in refused.value.problems] == [2, 3, 4]
    with pytest.raises(OverlayError, match="最多 2,000 个"):
        read("drop: [" + ", ".join(f"词{place}" for place in range(2001)) + "]")
    with pytest.raises(OverlayError, match="太长了"):
        read("#" * 400_001)


@given(st.text(max_size=300) | st.text(alphabet="wordslikelabeldrop:- {}[]\n\"'&*!|>#%@,0.1词门", max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_document_or_is_refused_with_a_sentence(text: str) -> None:
    try:
        overlay = read(text)
    except OverlayError as refused:
        assert refused.problems
        assert all(problem.message for problem in refused.problems)
    else:
        assert read(as_text(overlay)) == overlay


def test_an_empty_document_changes_nothing() -> None:
    for overlay in (Overlay(), parse(""), Overlay(note="还没有词")):
        empty = reader(overlay)
        for text in MESSAGES:
            was, becomes = current().understand(text, now=NOW).to_dict(), empty.understand(text, now=NOW).to_dict()
            assert was.pop("lexicon_version") != becomes.pop("lexicon_version") == "draft"
            assert was == becomes


def test_a_word_of_ones_own_decides_and_is_explained() -> None:
    text = "厨房的水管漏水咣当响"
    with_it = reader(read("words: [{word: 咣当响, weights: {complaint: 6, repair: -6}}]"))
    assert "咣当响" in with_it.table.cut("咣当响")
    said = with_it.understand(text)
    assert said.label is Label.COMPLAINT
    word = next(word for word in said.words if word.text == "咣当响")
    assert word.weight > 4
    # Nobody else was told.
    assert nlp.understand(text).words != said.words
    assert "咣当响" not in current().table.cut(text)
    # What is stored for searching is cut as ever.
    swap(read("words: [{word: 咣当响, weights: {complaint: 6, repair: -6}}]"))
    assert "咣当响" in current().table.cut(text)
    assert "咣当响" not in cut(text)


def test_a_word_that_is_like_another_weighs_as_much_and_is_of_its_class() -> None:
    like = reader(read("words: [{word: 铁将军, like: 门锁}]"))
    one, other = like.understand("我家的铁将军坏了"), like.understand("我家的门锁坏了")
    assert (one.label, one.intent) == (other.label, other.intent)
    assert one.slots.object == "铁将军"
    assert other.slots.object == "门锁"
    weights = {word.text: word.weight for word in (*one.words, *other.words)}
    # Pairs with the characters beside it differ, the word itself does not.
    assert weights["铁将军"] == pytest.approx(weights["门锁"], abs=1.5)


def test_a_word_can_make_pressing_or_calm_and_one_that_is_dropped_loses_its_own_weight() -> None:
    assert nlp.understand("家里水管爆了,水喷出来了").urgent
    calm = reader(read("words: [{word: 慢慢来吧, weights: {other: 6, repair: -6}, urgent: -6}]"))
    assert not calm.understand("家里水管爆了,慢慢来吧").urgent
    # In the base it has a weight of its own; without it only its characters count.
    table = reader().table
    heavy = max((word for word in table.entries if len(word) == 2), key=lambda word: table.entries[word][1])
    dropped = reader(Overlay(drop=(heavy,)))
    assert dropped.table.entries[heavy][1] == 0
    assert dropped.table.entries[heavy][0] == table.entries[heavy][0] - table.entries[heavy][1]


words = st.builds(
    lambda word, weights, urgent: WordChange(word=word, weights=weights, urgent=urgent),
    st.sampled_from(["咣当响", "门口", "漏水", "一晚上", "水", "快来人", "谢谢", "电话1", "单元15"]),
    st.dictionaries(st.sampled_from([*Label]).map(str), st.floats(-6, 6), min_size=1),
    st.none() | st.floats(-6, 6),
)


@given(
    st.lists(words, max_size=5, unique_by=lambda one: one.word),
    st.lists(st.sampled_from(["漏水", "电话", "快递", "谢谢"]), max_size=2, unique=True),
    st.sampled_from(MESSAGES) | st.text(alphabet="咣当响门口漏水一晚上快来人谢 ,?150", max_size=40),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_sums_add_up_with_any_words(changes: list[WordChange], drop: list[str], text: str) -> None:
    by = reader(Overlay(words=tuple(changes), drop=tuple(drop)))
    said = by.understand(text)
    if not flatten(text):
        return
    # What is explained is the score.
    whole, seen = score(normal(flatten(text)), by.table)
    assert sum(word.weight for word in whole.words) == pytest.approx(whole.total, abs=0.002)
    if said.label is whole.label and len(said.matters) == 1:
        assert sum(word.weight for word in said.words) == pytest.approx(whole.total, abs=0.002)
    assert "".join(seen.tokens) == seen.flat


def test_those_who_are_reading_end_with_what_they_began_with() -> None:
    """Swaps while others understand: every answer is one of the two, none is a mixture or an error."""
    text = "厨房的水管漏水咣当响"
    overlay = read("words: [{word: 咣当响, weights: {other: 6, repair: -6}}]").model_copy(update={"version": "v7"})
    expected = {
        one.lexicon_version: one
        for one in (reader(None).understand(text, now=NOW), reader(overlay).understand(text, now=NOW))
    }
    assert set(expected) == {reader().version, "v7"}
    met: list[Understanding] = []
    ended = threading.Event()

    def read_on() -> None:
        while not ended.is_set():
            met.append(nlp.understand(text, now=NOW))

    threads = [threading.Thread(target=read_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    for turn in range(16):
        assert swap(None if turn % 2 else overlay) == (reader().version if turn % 2 else "v7")
    ended.set()
    for thread in threads:
        thread.join()
    assert met
    assert all(said == expected[said.lexicon_version] for said in met)


def test_a_trial_says_what_changes_and_why() -> None:
    overlay = read(
        "words: [{word: 咣当响, weights: {complaint: 6, repair: -6}},"
        " {word: 慢慢来吧, weights: {other: 6, repair: -6}, urgent: -6}]"
    )
    trial = Trial(reader(None), reader(overlay), overlay.touched)
    assert not trial.concerns("家里漏水了")
    assert trial.difference("家里漏水了") is None
    text = "厨房的水管漏水咣当响"
    assert trial.concerns(text)
    changed = trial.difference(text)
    assert changed is not None
    assert changed.becomes.label is Label.COMPLAINT
    assert not changed.emergency_lost
    reason = changed.reasons[0]
    assert reason.word == "咣当响"
    assert reason.weights["complaint"] == pytest.approx(max(reason.weights.values()))
    assert "".join(reason.was) == "咣当响"
    lost = trial.difference("家里水管爆了,水喷出来了,慢慢来吧")
    assert lost is not None
    assert lost.emergency_lost
    assert lost.reasons[0].urgent < -3
    assert trial.met == {"咣当响"}

"""Which article answers: measured on questions that were written after the articles, by nobody's variants.

Four sets, each looked at once before anything was mended by it:

- ``questions``: hit@1 0.73, hit@3 0.87, silent 0.80 at first (its ``held`` half).
- ``questions_fresh``, written after the further ways of asking: 0.73, 0.77, 0.73. What it showed was mended in general
  (how sure an answer is, what lies outside, words that mean the same), so it is no longer unseen.
- ``questions_later``, written after that: 0.95, 1.00, 0.83.
- ``questions_unseen``, written after more ways of asking and many more questions from outside: 0.80, 0.85, 0.94. It
  asks in a more roundabout way than the others; only how sure an answer must be was set after it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from desk.knowledge.asked import prepared, ways
from desk.knowledge.asked import read as further
from desk.knowledge.base import CLEAR, quoted
from desk.knowledge.house import read
from desk.knowledge.outside import outside, topics
from desk.retrieval import GENERIC, SURE, Hit, Index, prepare, terms
from nlp.search import commonness
from store.articles import Article
from tests.clock import TUESDAY_MORNING

DATA = Path(__file__).resolve().parent.parent / "data"
SETS = ("questions", "questions_fresh", "questions_later", "questions_unseen")
FIRST = dict.fromkeys(SETS, 0.85) | {"questions_unseen": 0.8}
THREE = dict.fromkeys(SETS, 0.95) | {"questions_unseen": 0.85}
"""How often the right article comes first, and among the first three; over all sets together 0.85 and 0.95 hold."""
SIZES = ((120, 40), (120, 40), (60, 30), (80, 50))
SILENT = 0.9
"""How often nothing is to be said when nothing answers."""
NOW = TUESDAY_MORNING


@dataclass(frozen=True)
class Asked:
    """A question, the article that answers it (None: none does), and the set it belongs to."""

    question: str
    article: str | None
    part: str


@cache
def house() -> Index:
    return Index([*(prepared(article) for article in read()), *outside()])


@cache
def asked(name: str = SETS[0]) -> tuple[Asked, ...]:
    lines = (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
    return tuple(Asked(**json.loads(line)) for line in lines)


def found(question: str) -> list[Hit]:
    hits = house().search(question, at=NOW)
    return hits if hits and hits[0].score >= SURE else []


def share(rows: list[bool]) -> float:
    return sum(rows) / len(rows)


def test_there_are_enough_articles_and_each_can_be_found_and_shown() -> None:
    articles = read()
    assert len(articles) >= 70
    for article in articles:
        assert 4 <= len(article.questions) <= 8, article.id
        assert len(article.body) <= 120 and article.title and article.subject, article.id
        for said in ("尽快", "请耐心", "您的反馈"):
            assert said not in article.body, article.id


def test_the_words_of_an_article_lead_to_it() -> None:
    rows = [(article.id, variant) for article in read() for variant in (article.title, *article.questions)]
    hits = [[hit.article.id for hit in found(variant)][:1] == [id] for id, variant in rows]
    assert share(hits) >= 0.97


@pytest.mark.parametrize(("name", "sizes"), [*zip(SETS, SIZES, strict=True)])
def test_there_are_questions_enough_to_measure(name: str, sizes: tuple[int, int]) -> None:
    with_article = [row for row in asked(name) if row.article]
    assert (len(with_article), len(asked(name)) - len(with_article)) == sizes
    known = {text for article in read() for text in (article.title, *article.questions, *ways(article))}
    known |= {line for topic in topics().values() for line in topic}
    assert not [row for row in asked(name) if row.question in known], "a copied variant measures nothing"
    assert {row.article for row in with_article} <= {article.id for article in read()}


@pytest.mark.parametrize("name", SETS)
def test_what_was_asked_finds_its_article(name: str) -> None:
    rows = [row for row in asked(name) if row.article]
    first = [[hit.article.id for hit in found(row.question)][:1] == [row.article] for row in rows]
    three = [row.article in [hit.article.id for hit in found(row.question)] for row in rows]
    missed = [row.question for row, ok in zip(rows, three, strict=True) if not ok]
    print(f"{name}: hit@1 {share(first):.3f}, hit@3 {share(three):.3f}, missed {missed}")
    assert share(first) >= FIRST[name] and share(three) >= THREE[name], missed


def test_all_that_was_asked_together() -> None:
    rows = [row for name in SETS for row in asked(name) if row.article]
    hits = [[hit.article.id for hit in found(row.question)] for row in rows]
    first = share([own[:1] == [row.article] for row, own in zip(rows, hits, strict=True)])
    three = share([row.article in own for row, own in zip(rows, hits, strict=True)])
    print(f"all {len(rows)}: hit@1 {first:.3f}, hit@3 {three:.3f}")
    assert first >= 0.85 and three >= 0.95


@pytest.mark.parametrize("name", SETS)
def test_what_no_article_answers_gets_none(name: str) -> None:
    rows = [row for row in asked(name) if row.article is None]
    answered = [row.question for row in rows if found(row.question)]
    silent = 1 - len(answered) / len(rows)
    print(f"{name}: silent {silent:.3f}, answered {answered}")
    assert silent >= SILENT, answered


def test_every_article_is_known_by_further_ways_of_asking() -> None:
    assert set(further()) == {article.id for article in read()}
    lines = [line for lines in further().values() for line in lines]
    assert min(len(lines) for lines in further().values()) >= 8 and len(set(lines)) == len(lines)
    shown = {text for article in read() for text in (article.title, *article.questions)}
    assert not shown & set(lines), "it stands with the article already"


def test_the_ways_of_asking_follow_what_people_write() -> None:
    own = read()[0]
    assert ways(own) == further()[own.id]
    dearer = own.model_copy(update={"edited": True, "body": "25 元一张。"})
    assert ways(dearer) == ways(own), "another price is the same question"
    assert ways(own.model_copy(update={"edited": True, "title": "车库遥控器丢了"})) == ()
    assert ways(made("estate", estate_id="hy", replaces=own.id)) == ways(own), "it stands for that one"
    assert ways(made("staff")) == () and ways(made("staff", replaces="gone")) == ()


def test_what_lies_outside_is_never_an_answer() -> None:
    for line in ("帮我推荐个好看的电影", "空调买哪个牌子的好", *(lines[0] for lines in topics().values())):
        hits = house().search(line, at=NOW)
        assert not [hit for hit in hits if hit.article.id.startswith("outside:")], line
    assert Index(outside()).search("周末会下雨吗", at=NOW) == []


def test_the_dictionary_says_how_common_a_word_is() -> None:
    assert commonness("是") > 0.9 > commonness("处理") > 0.5 > commonness("闭水")


def made(id: str, **changes: object) -> Article:
    return Article.model_validate({"_id": id, "title": "游泳池开放", "body": "六月到九月开。", **changes})


def test_validity_is_honoured_to_the_moment() -> None:
    summer = made("summer", valid_from=NOW, valid_to=NOW + timedelta(days=1))
    index = Index([prepare(summer)])
    assert index.search("游泳池", at=NOW)
    assert index.search("游泳池", at=NOW + timedelta(hours=23))
    assert not index.search("游泳池", at=NOW - timedelta(milliseconds=1))
    assert not index.search("游泳池", at=NOW + timedelta(days=1))


def test_of_two_equal_articles_the_own_estate_comes_first() -> None:
    index = Index([prepare(made("a-general")), prepare(made("own", estate_id="hy"))])
    assert [hit.article.id for hit in index.search("游泳池开放", at=NOW)] == ["own", "a-general"]


@pytest.mark.parametrize("question", ["", "   ", "???", "的的的", "🙂🙂", "1234567", "\x00\x01", "<xml/>", "请问一下"])
def test_nothing_asked_finds_nothing(question: str) -> None:
    assert not found(question)


def test_a_very_long_question_is_answered_by_its_beginning() -> None:
    assert found("周末能装修吗" + "，啊" * 3000)[0].article.id == "renovation-hours"
    assert found("啊" * 5000) == []


def meanings(question: str) -> set[str]:
    return {word for word, weight in terms(question).items() if weight >= GENERIC}


def test_the_same_in_other_words_is_the_same() -> None:
    assert meanings("管理费咋交") == meanings("物业费怎么缴")
    assert meanings("門禁卡丟了") == meanings("门卡掉了")
    assert "微信" in terms("在微信里交") and "信件" not in terms("在微信里交")


def test_an_empty_knowledge_base_says_nothing() -> None:
    assert Index([]).search("周末能装修吗", at=NOW) == []


def test_a_clear_question_gets_one_answer() -> None:
    best = found("装修押金什么时候能退给我")[0]
    assert best.article.id == "renovation-deposit-back" and best.score >= CLEAR
    assert "押金" in best.words


def test_a_long_article_is_quoted_by_its_first_sentences() -> None:
    long = "先到前台登记。" * 60
    assert len(quoted(long)) <= 160 and quoted(long).endswith("。")
    assert quoted("无标点" * 100).endswith("…")
    assert quoted("短\n句") == "短 句"

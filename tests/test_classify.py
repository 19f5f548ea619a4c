"""``guanjia classify``: what scripts read, line by line."""

from __future__ import annotations

import json

from nlp.classify import classify


def test_plain_lines_are_numbered() -> None:
    first, second = classify(["厨房水管爆了\n", "\n", "物业费多少钱一平\r\n"], jsonl=False)
    assert (first["id"], first["label"], first["urgent"]) == ("1", "repair", True)
    assert (second["id"], second["label"], second["urgent"]) == ("3", "inquiry", False)


def test_each_answer_has_the_agreed_fields_and_is_json() -> None:
    [answer] = classify(['{"id": "m-1", "text": "3-2-1502 灯不亮，明天下午三点后来修"}'], jsonl=True)
    assert set(answer) == {"id", "label", "confidence", "urgent", "words", "slots", "matters"}
    again = json.loads(json.dumps(answer, ensure_ascii=False))
    assert again["id"] == "m-1"
    assert again["slots"]["room"] == {"building": "3", "unit": "2", "number": "1502"}
    assert again["slots"]["time"]["text"] == "明天下午三点后"
    assert again["words"][0].keys() == {"text", "weight", "label"}
    assert again["matters"][0]["intent"] == "repair"


def test_a_bad_line_is_answered_and_the_rest_goes_on() -> None:
    lines = ["{not json", '["a"]', '{"id": 7}', '{"id": "x", "text": 5}', '{"text": "在吗"}', '{"id": 9, "text": ""}']
    answers = list(classify(lines, jsonl=True))
    assert [answer["id"] for answer in answers] == ["1", "2", 7, "x", "5", 9]
    assert [answer.get("error", {}).get("code") for answer in answers] == [
        "bad_json",
        "bad_line",
        "bad_line",
        "bad_line",
        None,
        None,
    ]
    assert answers[4]["label"] == answers[5]["label"] == "other"


def test_lines_are_read_one_at_a_time() -> None:
    def endless():
        while True:
            yield "灯坏了"

    answers = classify(endless(), jsonl=False)
    assert next(answers)["id"] == "1"
    assert next(answers)["id"] == "2"

"""``guanjia lab``: tried, published, listed, taken back; what is wrong is told in a line and ends with 2."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nlp.training.corpus import read_text
from nlp.understanding import swap
from store.client import connect
from store.examples import Example
from store.messages import Direction, Message
from store.sealed import Sealer
from store.stores import Stores
from tests.cli.conftest import SECRET, Guanjia
from tests.clock import FixedClock

DOCUMENT = "note: 门响\nwords:\n  - {word: 咣当响, weights: {complaint: 6, repair: -6}}\n"
CALM = "words: [{word: 慢慢来吧, weights: {other: 6, repair: -6}, urgent: -6}]"


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    swap(None)


def fill(mongodb_uri: str, database_name: str) -> None:
    async def write() -> None:
        stores = Stores(connect(mongodb_uri, database_name), None, sealer=Sealer(SECRET), name=database_name)
        now = FixedClock().now()
        texts = ("厨房的水管漏水咣当响", "家里水管爆了,水喷出来了,慢慢来吧", "谢谢")
        rows = [
            Message(id=f"m{n}", conversation_id="c", direction=Direction.INBOUND, at=now - timedelta(days=n), text=text)
            for n, text in enumerate(texts)
        ]
        await stores.messages.add(rows)
        example = Example(
            id="x-1", conversation_id="c", message_id="m0", text=texts[0], label="complaint", was_label="repair",
            by="staff:li", at=now,
        )  # fmt: skip
        await stores.examples.put(example)
        await stores.close()

    asyncio.run(write())


def test_a_word_is_tried_published_and_taken_back(
    guanjia: Guanjia, tmp_path: Path, mongodb_uri: str, database_name: str
) -> None:
    fill(mongodb_uri, database_name)
    file = tmp_path / "words.yaml"
    file.write_text(DOCUMENT, encoding="utf-8")
    assert "* default" in guanjia("lab", "list").output
    nothing = guanjia("lab", "rollback")
    assert (nothing.exit_code, "nothing is published" in nothing.output) == (2, True)

    early = guanjia("lab", "publish", "--lexicon", str(file), "--note", "门响")
    assert (early.exit_code, "先在历史消息上试一遍" in early.output) == (2, True)
    tried = guanjia("lab", "replay", "--lexicon", str(file))
    assert tried.exit_code == 0, tried.output
    assert "3 messages read, 1 hold one of the words, 1 would change" in tried.output
    assert "咣当响 (was 咣当 | 响): " in tried.output
    assert "EMERGENCIES" not in tried.output

    as_json = json.loads(guanjia("lab", "replay", "--lexicon", "-", "--json", stdin=CALM).output)
    assert (as_json["read"], as_json["lost"], as_json["against"]) == (3, 1, "default")
    assert as_json["changed_messages"][0]["emergency_lost"] is True
    loud = guanjia("lab", "replay", "--lexicon", "-", "--limit", "2", stdin=CALM)
    assert "!!! 1 EMERGENCIES WOULD NO LONGER BE URGENT" in loud.output

    published = guanjia("lab", "publish", "--lexicon", str(file), "--note", "门响")
    assert (published.exit_code, "v1 holds now" in published.output) == (0, True), published.output
    late = guanjia("lab", "publish", "--lexicon", "-", "--note", "不急", stdin=CALM)
    assert (late.exit_code, "another version was published" in late.output) == (1, True)
    assert "* v1" in guanjia("lab", "list").output
    missing = guanjia("lab", "rollback", "v7")
    assert (missing.exit_code, "no version v7" in missing.output) == (2, True)
    back = guanjia("lab", "rollback")
    assert (back.exit_code, "default holds again instead of v1" in back.output) == (0, True), back.output
    listed = guanjia("lab", "list").output
    assert "* default" in listed
    assert "(rolled back)" in listed


def test_corrections_are_listed_and_become_scenarios_once(
    guanjia: Guanjia, tmp_path: Path, mongodb_uri: str, database_name: str
) -> None:
    fill(mongodb_uri, database_name)
    listed = guanjia("lab", "corrections")
    assert "repair -> complaint  厨房的水管漏水咣当响" in listed.output
    assert guanjia("lab", "corrections", "--add").exit_code == 2
    out = tmp_path / "corrections.txt"
    added = guanjia("lab", "corrections", "--add", "--out", str(out))
    assert added.exit_code == 0, added.output
    assert "1 corrections added" in added.output
    assert "guanjia nlp train" in added.output
    before = out.read_text(encoding="utf-8")
    assert [(one.text, one.label, one.scenario) for one in read_text(out)] == [
        ("厨房的水管漏水咣当响", "complaint", "case-x1")
    ]
    again = guanjia("lab", "corrections", "--add", "--out", str(out))
    assert "0 corrections added" in again.output
    assert out.read_text(encoding="utf-8") == before
    assert "(in the corpus)" in guanjia("lab", "corrections").output


def test_what_is_wrong_is_a_clear_sentence(guanjia: Guanjia, tmp_path: Path) -> None:
    bad, binary = tmp_path / "bad.yaml", tmp_path / "bytes.yaml"
    bad.write_text("words:\n- {word: 咣当, label: repar, weight: 3}\n- {word: 门, label: repair, weight: 7}\n")
    binary.write_bytes(b"\xff\xfe\x00")
    refused = guanjia("lab", "replay", "--lexicon", str(bad))
    assert refused.exit_code == 2
    assert refused.output.splitlines() == [
        f"{bad}: 第 2 行,“咣当”:没有“repar”这个类别,可以写 repair、complaint、inquiry、parcel、other",
        f"{bad}: 第 3 行,“门”:权重 7 太大了,要在 -6 到 6 之间",
    ]
    missing = guanjia("lab", "publish", "--lexicon", str(tmp_path / "none.yaml"), "--note", "x")
    assert (missing.exit_code, "cannot read" in missing.output) == (2, True)
    unreadable = guanjia("lab", "replay", "--lexicon", str(binary))
    assert (unreadable.exit_code, "not UTF-8" in unreadable.output) == (2, True)
    assert guanjia("lab", "replay").exit_code == 2
    assert guanjia("lab", "replay", "--lexicon", str(bad), "--limit", "0").exit_code == 2

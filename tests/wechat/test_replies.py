from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.wechat import replies
from bot.wechat.codec import Mode
from bot.wechat.crypto import Seal, sign
from bot.wechat.fields import clean, read

from .kit import APP_ID, KEY, NOW, OPENID, TOKEN, codec, event, plain, sealed, xml


def test_a_plaintext_push_gets_a_plaintext_answer() -> None:
    opened_by = codec(Mode.PLAINTEXT)
    answer, _ = read(opened_by.reply(opened_by.open(*plain(xml())), "已受理 R20261120-0001"))
    assert answer == {
        "ToUserName": OPENID,
        "FromUserName": "gh_97417a04a28d",
        "CreateTime": str(int(NOW.timestamp())),
        "MsgType": "text",
        "Content": "已受理 R20261120-0001",
    }


def test_a_sealed_answer_is_signed_and_repeats_the_nonce() -> None:
    push = codec().open(*sealed(xml()))
    answer, _ = read(codec().reply(push, "好的"))
    assert set(answer) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
    assert answer["Nonce"] == push.nonce
    assert answer["MsgSignature"] == sign(TOKEN, answer["TimeStamp"], answer["Nonce"], answer["Encrypt"])
    inside, _ = read(Seal(KEY, APP_ID).open(answer["Encrypt"]))
    assert inside["Content"] == "好的"
    assert codec().reply(push, "好的") != codec().reply(push, "好的")


@pytest.mark.parametrize("text", ["", "  \n", "\x00\x1d"])
def test_an_empty_answer_is_success_in_clear(text) -> None:
    assert codec().reply(codec().open(*sealed(xml())), text) == b"success"


def test_quoted_words_cannot_leave_their_cdata() -> None:
    opened_by = codec(Mode.PLAINTEXT)
    text = "您说:]]></Content><MsgType>news</MsgType><x>\x00]]>"
    answer, _ = read(opened_by.reply(opened_by.open(*plain(xml())), text))
    assert answer["Content"] == text.replace("\x00", "")
    assert answer["MsgType"] == "text"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=1500))
@settings(deadline=None)
def test_an_answer_fits_and_is_whole_characters(text) -> None:
    opened_by = codec(Mode.PLAINTEXT)
    raw_answer = opened_by.reply(opened_by.open(*plain(event("CLICK"))), text)
    if raw_answer != replies.SUCCESS:
        content = read(raw_answer)[0]["Content"]
        assert len(content.encode()) < 2000
        if len(text.encode()) < 2000:
            assert content == clean(text).replace("\r\n", "\n").replace("\r", "\n")


def test_a_long_answer_is_cut_between_characters() -> None:
    for text in ("水" * 700, "😀" * 600, "a" + "水" * 700, "x" * 3000):
        short = replies.cut(text)
        assert short.endswith("…")
        assert 1990 < len(short.encode()) <= replies.MAX_TEXT
        assert text.startswith(short[:-1])
    assert replies.cut("水" * 600) == "水" * 600


@given(st.text(alphabet="水管漏。\n!a😀", max_size=400), st.integers(min_value=8, max_value=60))
def test_a_split_text_is_whole_again_when_joined(text, limit) -> None:
    pieces = replies.split(text, limit)
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= limit for piece in pieces)
    assert pieces

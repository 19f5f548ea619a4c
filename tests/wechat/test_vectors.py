from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot.wechat.codec import Codec, Mode
from bot.wechat.crypto import Seal, is_signed, sign
from bot.wechat.rejected import Rejected

from . import vectors as v
from .kit import FixedClock


def official(app_id: str = v.APP_ID, mode: Mode = Mode.SAFE, at: str = "1714112445") -> Codec:
    clock = FixedClock(datetime.fromtimestamp(int(at), UTC))
    return Codec(app_id=app_id, token=v.TOKEN, aes_key=v.AES_KEY, mode=mode, clock=clock)


@pytest.mark.parametrize("mode", list(Mode))
def test_official_handshake_echoes_the_raw_text_in_every_mode(mode) -> None:
    assert official(mode=mode).handshake(v.HANDSHAKE) == "4375120948345356249"


def test_official_plaintext_push() -> None:
    push = official(mode=Mode.PLAINTEXT, at="1714037059").open(v.PLAIN_BODY.encode(), v.PLAIN_QUERY)
    assert (push.kind, push.event, push.is_json, push.stale) == ("event", "debug_demo", True, False)
    assert push.fields["debug_str"] == "hello world"


def test_official_safe_mode_push() -> None:
    body = json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": v.SAFE_ENCRYPT}).encode()
    push = official().open(body, v.SAFE_QUERY)
    assert push.openid == "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
    assert Seal(v.AES_KEY, v.APP_ID).open(v.SAFE_ENCRYPT).decode() == v.SAFE_MESSAGE


def test_official_safe_mode_reply() -> None:
    encrypted = Seal(v.AES_KEY, v.APP_ID).close(v.REPLY_MESSAGE.encode(), v.REPLY_RANDOM)
    assert encrypted == v.REPLY_ENCRYPT
    assert sign(v.TOKEN, *v.REPLY_STAMP, encrypted) == v.REPLY_SIGNATURE


def test_official_xml_push_opens_for_its_own_app_only() -> None:
    body = f"<xml><ToUserName>gh_1</ToUserName><Encrypt><![CDATA[{v.FOREIGN_ENCRYPT}]]></Encrypt></xml>".encode()
    push = official(v.FOREIGN_APP_ID, at="1715943329").open(body, v.FOREIGN_QUERY)
    assert push.event == "debug_demo"
    assert Seal(v.AES_KEY, v.FOREIGN_APP_ID).open(v.FOREIGN_ENCRYPT).decode() == v.FOREIGN_MESSAGE
    with pytest.raises(Rejected, match="403 app_id"):
        official().open(body, v.FOREIGN_QUERY)


@pytest.mark.parametrize(
    ("message", "encrypted"), [(v.TENCENT_TEXT, v.TENCENT_TEXT_ENCRYPT), (v.TENCENT_XML, v.TENCENT_XML_ENCRYPT)]
)
def test_tencent_samples_byte_for_byte(message, encrypted) -> None:
    seal = Seal(v.TENCENT_KEY, v.TENCENT_APP_ID)
    assert seal.close(message.encode(), v.TENCENT_RANDOM) == encrypted
    assert seal.open(encrypted).decode() == message


def test_work_sample_in_both_directions() -> None:
    seal = Seal(v.WORK_KEY, v.WORK_ID)
    assert is_signed(v.WORK_SIGNATURE, v.WORK_TOKEN, *v.WORK_STAMP, v.WORK_ENCRYPT)
    opened = seal.open(v.WORK_ENCRYPT)
    assert len(opened) == 281
    assert b"4363689963896700987" in opened
    encrypted = seal.close(v.WORK_REPLY.encode(), v.WORK_REPLY_RANDOM)
    assert encrypted == v.WORK_REPLY_ENCRYPT
    assert sign(v.WORK_TOKEN, *v.WORK_STAMP, encrypted) == v.WORK_REPLY_SIGNATURE


def test_padding_goes_to_32_bytes_not_16() -> None:
    encrypted = Seal(v.AES_KEY, v.APP_ID).close(b"success", v.PAD32_RANDOM)
    assert encrypted == v.PAD32_ENCRYPT
    assert sign(v.TOKEN, "1714112445", "415670741", encrypted) == v.PAD32_SIGNATURE


def test_plain_signatures() -> None:
    assert sign("test", "1410685589", "test") == "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"
    assert not is_signed("f21891de399b4e33a1a93c9a7b8a8fffb5a443fe", "test", "1410685589", "test")
    assert sign("789", "456", "123") == "f7c3bc1d808e04732adf679965ccc34ca7ae3441"
    assert sign("123", "345") == "9f537aeb751ec72605f57f94a2f6dc3e3958e1dd"
    assert sign("a", "b", "c") == "a9993e364706816aba3e25717850c26c9cd0d89d"


def test_encrypted_echo_of_the_other_product_decrypts_too() -> None:
    echo = "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q=="
    assert is_signed("dd6b9c95b495b3f7e2901bfbc76c664930ffdb96", v.WORK_TOKEN, "1411443780", "437374425", echo)
    assert Seal(v.WORK_KEY, v.WORK_ID).open(echo) == b"5927782489442352469"

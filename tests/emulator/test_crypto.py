"""The published samples, against the emulator's own crypto; nothing here touches the bot's."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from bot.emulator.crypto import BadEnvelope, decrypt, encrypt, same, seal_open_data, sign, sign_raw_data

ZERO_KEY = "A" * 43
OUR_ID = "wxba5fad812f8e6fb9"
SAMPLE_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SAMPLE_ID = "wxb11529c136998cb6"

SAFE_PUSH = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT"
    "740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8Y"
    "L/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
FOREIGN_PUSH = (
    "D7yzvUNAL930rd28wf21s4hvXhz0L6Uit/p2Di6C5DHyYGpEgdBRnKjBec34JwoQXicwaZC7fOVihW80F4VtsdvE//1vr7oAbqjDv8KenVp+ajKYpJny"
    "Q4zMRhIC+a31fCVOMC03FfzV/QuC94kBP55a+Za3sJgvAn+ZbsNqZI5DkyuzkhQN8OBqCzFhizGmy0xpM0MEA4agpvE+RuNO1rhHTtuJB5yltw1FiYze"
    "cSXJ+y/D2r81VkRn2eYjh2ltsoyfbDR7Is6ookXIFxTfyeNyeHxMeT4KN5WpCDmSbTcUYrbBUlkGLJ9n/rU8YOywma6G7aTb7KZKOqCxgfoUlYEZPk4F"
    "UL/TK7ShriFDMVCLyjQJ15Ob++agDWtcxhfUfe6HIoIpRW8mKNBQiY/Jd1svvuskA1wLef1RTtzKfMpagSCX/laZINmdnX4zrF6kIaR9P4xQrWXbsTFH"
    "TYe0Mg=="
)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("AAAAA", "1714036504", "1514711492"), "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        (("AAAAA", "1714037059", "486452656"), "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        (("AAAAA", "1714112445", "415670741"), "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
        (("AAAAA", "1714112445", "415670741", SAFE_PUSH), "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"),
        (("AAAAA", "1715943329", "1590219412", FOREIGN_PUSH), "6c12a4205838198b8fa631b3220723bb07f1015c"),
        (("test", "1410685589", "test"), "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"),
        (("789", "456", "123"), "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        (("a", "b", "c"), "a9993e364706816aba3e25717850c26c9cd0d89d"),
    ],
)
def test_published_signatures(parts: tuple[str, ...], expected: str) -> None:
    assert sign(*parts) == expected
    assert same(sign(*parts), expected)
    assert not same(sign(*parts), expected.upper())


def test_published_raw_data() -> None:
    raw = (
        '{"nickName":"Xavier-Lam林","gender":1,"language":"zh_CN","city":"Ningde","province":"Fujian","country":"China",'
        '"avatarUrl":"https://wx.qlogo.cn/mmopen/vi_32/vTxUxcbjcZ8t9eU6YfXBwRU89KS9uRILEDro01MTYp7UKYsyTjLFMIVhB0AlBuEv'
        'LHbhmO3OpaHw5zwlSetuLg/132"}'
    )
    assert sign_raw_data(raw, "GtYYez5b/M5HhT4L7n31gQ==") == "8fde625b7640734a13c071c05d792b5cef21cf89"


def test_published_push_opens() -> None:
    message = json.loads(decrypt(SAFE_PUSH, ZERO_KEY, OUR_ID))
    assert message["Event"] == "debug_demo" and message["CreateTime"] == 1714112445


def test_push_for_another_app_is_refused() -> None:
    assert b"<CreateTime>1715943329</CreateTime>" in decrypt(FOREIGN_PUSH, ZERO_KEY, "wx134c8103faa5a59e")
    with pytest.raises(BadEnvelope, match="ends in appid"):
        decrypt(FOREIGN_PUSH, ZERO_KEY, OUR_ID)


@pytest.mark.parametrize(
    ("message", "key", "app_id", "prefix", "expected"),
    [
        (
            '{"demo_resp":"good luck"}',
            ZERO_KEY,
            OUR_ID,
            b"707722b803182950",
            "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",
        ),
        (
            "我是中文abcd123",
            SAMPLE_KEY,
            SAMPLE_ID,
            b"aaaabbbbccccdddd",
            "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==",
        ),
        (
            "success",
            ZERO_KEY,
            OUR_ID,
            b"0123456789abcdef",
            "uMMzGtqcnpOzXOYBwDQNrdKJ2kH5ZhaLyiTirGkzPGiK8ybx2PM6I2ovic2YH81Yxcl/Qy2K6DaQMSxcymVBwA==",
        ),
    ],
)
def test_published_encryption(message: str, key: str, app_id: str, prefix: bytes, expected: str) -> None:
    assert encrypt(message.encode(), key, app_id, prefix) == expected
    assert decrypt(expected, key, app_id).decode() == message


@given(st.binary(max_size=200))
def test_what_was_sealed_opens_again(message: bytes) -> None:
    sealed = encrypt(message, SAMPLE_KEY, SAMPLE_ID)
    assert len(base64.b64decode(sealed)) % 32 == 0
    assert decrypt(sealed, SAMPLE_KEY, SAMPLE_ID) == message


@given(st.binary(max_size=130))
def test_garbage_is_refused_with_a_reason(content: bytes) -> None:
    with pytest.raises(BadEnvelope):
        decrypt(base64.b64encode(content).decode(), SAMPLE_KEY, SAMPLE_ID)


def _sealed(plain: bytes) -> str:
    key = base64.b64decode(ZERO_KEY + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        (b"x" * 31 + b"\x00", "last byte is 0"),
        (b"x" * 63 + b"\x21", "last byte is 33"),
        (b"x" * 30 + b"\x01\x02", "pad bytes differ"),
        (b"x" * 16 + b"\xff\xff\xff\xff" + b"x" * 11 + b"\x01", "length field says"),
        (b"x" * 13 + b"\x13" * 19, "too short"),
        (b"x" * 47 + b"\x01", "only of 16"),
    ],
)
def test_what_is_wrong_inside_is_named(plain: bytes, reason: str) -> None:
    with pytest.raises(BadEnvelope, match=reason):
        decrypt(_sealed(plain), ZERO_KEY, OUR_ID)


@pytest.mark.parametrize("text", ["", "no base64!", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA"])
def test_text_that_is_no_cipher(text: str) -> None:
    with pytest.raises(BadEnvelope):
        decrypt(text, ZERO_KEY, OUR_ID)


def test_open_data_is_padded_to_sixteen() -> None:
    session_key, iv = base64.b64encode(b"k" * 16).decode(), b"i" * 16
    sealed = base64.b64decode(seal_open_data(b"{}", session_key, iv))
    decryptor = Cipher(algorithms.AES(b"k" * 16), modes.CBC(iv)).decryptor()
    assert decryptor.update(sealed) + decryptor.finalize() == b"{}" + b"\x0e" * 14

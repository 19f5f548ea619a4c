from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.wechat.codec import MAX_BODY, Codec, Mode
from bot.wechat.crypto import Seal, sign
from bot.wechat.fields import read
from bot.wechat.rejected import Rejected

from .kit import APP_ID, KEY, NOW, OLD_KEY, OPENID, TOKEN, FixedClock, codec, plain, sealed, signed, xml


def refusal(opened_by: Codec, body: bytes, query: dict[str, str]) -> tuple[int, str]:
    with pytest.raises(Rejected) as caught:
        opened_by.open(body, query)
    return caught.value.status, caught.value.reason


# --- the three modes


def test_each_mode_opens_what_it_is_for() -> None:
    assert codec(Mode.PLAINTEXT, key="").open(*plain(xml())).sealed_with is None
    assert codec(Mode.COMPATIBLE).open(*plain(xml())).sealed_with is None
    assert codec(Mode.COMPATIBLE).open(*sealed(xml())).sealed_with is not None
    assert codec(Mode.SAFE).open(*sealed(xml())).text.startswith("3栋2单元1502")


def test_safe_mode_refuses_a_well_signed_plaintext_push() -> None:
    body, query = plain(xml())
    assert refusal(codec(), body, query) == (403, "not_encrypted")
    assert refusal(codec(), body, query | {"encrypt_type": "raw"}) == (403, "not_encrypted")


def test_compatible_mode_believes_only_the_decrypted_part() -> None:
    siblings = "<FromUserName><![CDATA[oSomebodyElse]]></FromUserName><Content><![CDATA[假的]]></Content>"
    push = codec(Mode.COMPATIBLE).open(*sealed(xml(Content="真的"), siblings=siblings))
    assert (push.openid, push.text) == (OPENID, "真的")


def test_the_openid_of_the_query_is_not_believed() -> None:
    body, query = sealed(xml())
    assert codec().open(body, query | {"openid": "oSomebodyElse"}).openid == OPENID


def test_plaintext_mode_without_a_key_refuses_an_encrypted_push() -> None:
    assert refusal(codec(Mode.PLAINTEXT, key=""), *sealed(xml())) == (403, "no_key")
    assert codec(Mode.PLAINTEXT).open(*sealed(xml())).text


def test_an_unknown_encryption_is_refused() -> None:
    body, query = plain(xml())
    assert refusal(codec(Mode.COMPATIBLE), body, query | {"encrypt_type": "des"}) == (403, "encrypt_type")


# --- signatures and time


@pytest.mark.parametrize("make", [plain, sealed])
@pytest.mark.parametrize("change", ["wrong", "missing", "upper", "empty", "chinese"])
def test_a_signature_that_is_not_exactly_right_is_refused(make, change) -> None:
    body, query = make(xml())
    name = "msg_signature" if "msg_signature" in query else "signature"
    right = query.pop(name)
    wrong = {"wrong": right[:-1] + "x", "upper": right.upper(), "empty": "", "chinese": "签名"}
    if change != "missing":
        query[name] = wrong[change]
    assert refusal(codec(Mode.COMPATIBLE), body, query) == (403, "signature")


def test_safe_mode_goes_by_msg_signature_not_by_signature() -> None:
    body, query = sealed(xml())
    assert codec().open(body, query | {"signature": "0" * 40}).openid == OPENID
    assert refusal(codec(), body, query | {"msg_signature": query["signature"]}) == (403, "signature")


def test_a_changed_ciphertext_is_refused() -> None:
    body, query = sealed(xml())
    assert refusal(codec(), body.replace(b"<![CDATA[", b"<![CDATA[A", 2), query) == (403, "signature")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("timestamp", "", "timestamp"),
        ("timestamp", "soon", "timestamp"),
        ("timestamp", "9" * 400, "timestamp"),
        ("timestamp", "١٧١٤", "timestamp"),
        ("nonce", "", "nonce"),
        ("nonce", "a]]><x>", "nonce"),
        ("nonce", "n" * 65, "nonce"),
    ],
)
def test_a_query_with_nonsense_is_refused(name, value, reason) -> None:
    body, query = sealed(xml())
    query[name] = value
    query["msg_signature"] = sign(TOKEN, query["timestamp"], query["nonce"])
    assert refusal(codec(), body, query) == (403, reason)


@pytest.mark.parametrize(("minutes", "stale"), [(0, False), (4, False), (-4, False), (6, True), (-6, True)])
def test_a_stale_push_is_marked_for_the_caller_to_decide(minutes, stale) -> None:
    body, query = sealed(xml(), NOW - timedelta(minutes=minutes))
    assert codec().open(body, query).stale is stale


def test_a_moved_demo_clock_makes_no_push_stale() -> None:
    clock = FixedClock()
    clock.business += timedelta(hours=30)
    opened_by = codec(clock=clock)
    assert opened_by.open(*sealed(xml(), clock.now())).stale is False
    assert opened_by.open(*sealed(xml(), clock.wall())).stale is False
    assert opened_by.open(*sealed(xml(), clock.wall() + timedelta(hours=2))).stale is True


# --- keys and padding


def test_the_previous_key_still_opens_and_seals_the_answer() -> None:
    changed = codec(previous=OLD_KEY)
    push = changed.open(*sealed(xml(), key=OLD_KEY))
    answer, _ = read(changed.reply(push, "收到"))
    assert "收到".encode() in Seal(OLD_KEY, APP_ID).open(answer["Encrypt"])
    assert refusal(codec(), *sealed(xml(), key=OLD_KEY))[0] == 403


def test_an_answer_made_after_the_key_moved_on_uses_the_key_of_the_push() -> None:
    push = codec(key=OLD_KEY).open(*sealed(xml(), key=OLD_KEY))
    answer, _ = read(codec(previous=OLD_KEY).reply(push, "收到"))
    assert Seal(OLD_KEY, APP_ID).open(answer["Encrypt"])


def test_a_push_of_another_app_is_refused() -> None:
    assert refusal(codec(), *sealed(xml(), app_id="wxffffffffffffffff")) == (403, "app_id")
    assert refusal(codec(previous=OLD_KEY), *sealed(xml(), app_id=APP_ID + "x")) == (403, "app_id")


def raw(plain_text: bytes) -> str:
    return base64.b64encode(Seal(KEY, APP_ID)._cipher.encrypt(plain_text)).decode()


HEAD = b"r" * 16


@pytest.mark.parametrize(
    ("encrypted", "reason"),
    [
        ("%%%", "base64"),
        ("AAA", "base64"),
        ("密文", "base64"),
        ("AAAA", "block_size"),
        (base64.b64encode(b"x" * 48).decode(), "block_size"),
        (raw(b"\x00" * 64), "padding"),
        (raw(b"x" * 31 + b"\x21"), "padding"),
        (raw(b"\x00" * 61 + b"\x01\x02\x03"), "padding"),
        (raw(b"\x20" * 32), "length"),
        (raw(HEAD + (2**32 - 1).to_bytes(4, "big") + b"x" * 10 + b"\x02" * 2), "length"),
        (raw(HEAD + (9).to_bytes(4, "big") + b"x" * 10 + b"\x02" * 2), "app_id"),
    ],
)
def test_what_comes_out_of_the_cipher_is_checked(encrypted, reason) -> None:
    assert refusal(codec(), *signed(encrypted)) == (403, reason)


def test_an_envelope_without_encrypt_is_unreadable() -> None:
    _, query = sealed(xml())
    assert refusal(codec(), b"<xml><ToUserName>gh_1</ToUserName></xml>", query) == (400, "envelope")


@pytest.mark.parametrize("length", range(65))
def test_every_length_around_the_padding_block_survives(length) -> None:
    seal = Seal(KEY, APP_ID)
    message = b"x" * length
    encrypted = seal.close(message)
    assert seal.open(encrypted) == message
    assert len(base64.b64decode(encrypted)) % 32 == 0


@given(st.binary(max_size=300))
def test_sealed_and_opened_is_the_same(message) -> None:
    seal = Seal(KEY, APP_ID)
    assert seal.open(seal.close(message)) == message


# --- bodies


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, "xml"),
        (b"success", 400, "xml"),
        (xml().encode()[:-9], 400, "xml"),
        (xml().encode() + b"<xml/>", 400, "xml"),
        (xml().encode("gbk"), 400, "encoding"),
        (b"\xff\xfe" + xml().encode("utf-16-le"), 400, "encoding"),
        (b"<!DOCTYPE xml>" + xml().encode(), 400, "dtd"),
        (b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><xml><Content>&c;</Content></xml>', 400, "dtd"),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>', 400, "dtd"),
        (b'<!ENTITY a "b">' + xml().encode(), 400, "xml"),
        (xml().replace("<![CDATA[text]]>", "&nothing;").encode(), 400, "xml"),
        (b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>", 400, "nesting"),
        (b"<xml>" + b"".join(b"<a%d/>" % n for n in range(1001)) + b"</xml>", 400, "fields"),
        (xml().replace("</xml>", "<MsgType>event</MsgType></xml>").encode(), 400, "duplicate"),
        (xml().replace("</xml>", f"<FromUserName>{OPENID}</FromUserName></xml>").encode(), 400, "duplicate"),
        (b"<html><body/></html>", 400, "root"),
        ("<xml><内容>x</内容></xml>".encode(), 400, "name"),
        (b"<xml><a.b>x</a.b></xml>", 400, "name"),
        (b"<xml/>", 400, "address"),
        (b"{", 400, "json"),
        (b'{"a":NaN}', 400, "json"),
        (b'{"a":' * 12000, 400, "json"),
        (b'{"a":' * 50 + b"1" + b"}" * 50, 400, "nesting"),
        (b'{"a":1,"a":2}', 400, "duplicate"),
        (b'{"$where":1}', 400, "name"),
        (b"{}", 400, "address"),
    ],
)
def test_a_body_that_is_not_clean_is_refused(body, status, reason) -> None:
    assert refusal(codec(Mode.PLAINTEXT), *plain(body)) == (status, reason)
    if len(body) < MAX_BODY // 2:
        assert refusal(codec(), *sealed(body)) == (status, reason)


def test_the_size_is_limited_before_anything_is_looked_at() -> None:
    empty = len(xml(Content="").encode())
    full = xml(Content="x" * (MAX_BODY - empty))
    assert len(codec(Mode.PLAINTEXT).open(*plain(full)).text) == MAX_BODY - empty
    assert refusal(codec(Mode.PLAINTEXT), *plain(full + " ")) == (413, "oversize")
    assert refusal(codec(), b"x" * (MAX_BODY + 1), {"timestamp": "1", "nonce": "1"}) == (413, "oversize")


def test_an_owner_may_type_what_would_be_refused_as_markup() -> None:
    text = '<!DOCTYPE html><script>alert("x")</script> <!ENTITY a> &amp; {"a":1}'
    assert codec().open(*sealed(xml(Content=text))).text == text


def test_control_characters_are_taken_out_before_parsing() -> None:
    push = codec().open(*sealed(xml(Content=" \x1d水管\x00漏\x0b水\ufffe\n第二行\t完\uffff")))
    assert push.text == " 水管漏水\n第二行\t完"
    body = json.dumps(json_push(Content="水管\x00漏水\ud800"))
    assert codec().open(*sealed(body)).text == "水管漏水"


@pytest.mark.parametrize("text", ["", "😀😀👨‍👩‍👧", "𠮷野家𡈽", "a]]>b", "x" * 20_000])
def test_any_text_arrives_as_it_was_typed(text) -> None:
    message = xml(Content=text.replace("]]>", "]]]]><![CDATA[>"))
    assert codec().open(*sealed(message)).text == text


def json_push(**more: object) -> dict[str, object]:
    return {
        "ToUserName": "gh_1",
        "FromUserName": OPENID,
        "CreateTime": int(NOW.timestamp()),
        "MsgType": "text",
        "Content": "在吗",
        "MsgId": "49d72d67_1555684067",
    } | more


def test_a_mini_programs_json_push() -> None:
    push = codec().open(*sealed(json.dumps(json_push(CreateTime=str(int(NOW.timestamp()))))))
    assert (push.text, push.msg_id, push.created_at) == ("在吗", "49d72d67_1555684067", NOW)
    [row] = codec().open(*sealed(json.dumps(json_push(List=[{"TemplateId": "T1", "ok": True}])))).rows("List")
    assert row == {"TemplateId": "T1", "ok": "true"}
    answer, is_json = read(codec().reply(push, "在的"))
    assert is_json
    inside = json.loads(Seal(KEY, APP_ID).open(answer["Encrypt"]))
    assert (inside["Content"], inside["ToUserName"]) == ("在的", OPENID)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: xml(Content=t).encode("utf-8", "ignore")))
def test_garbage_is_refused_or_read_but_never_a_crash(body) -> None:
    for opened_by, (raw_body, query) in ((codec(Mode.PLAINTEXT), plain(body)), (codec(), sealed(body))):
        try:
            opened_by.open(raw_body, query)
        except Rejected as error:
            assert error.status in (400, 403)


@settings(deadline=None, max_examples=200)
@given(
    st.dictionaries(st.sampled_from(["timestamp", "nonce", "signature", "msg_signature", "encrypt_type"]), st.text())
)
def test_any_query_is_refused_but_never_a_crash(query) -> None:
    for mode in Mode:
        with pytest.raises(Rejected):
            codec(mode).open(xml().encode(), query)
        with pytest.raises(Rejected):
            codec(mode).handshake(query)


# --- the handshake


def test_a_handshake_is_echoed_only_when_signed() -> None:
    _, query = plain("")
    assert codec().handshake(query | {"echostr": "5927782489"}) == "5927782489"
    for broken in ({"signature": "0" * 40}, {"echostr": ""}, {"echostr": "<b>\n"}, {"timestamp": "x"}):
        with pytest.raises(Rejected) as caught:
            codec().handshake(query | {"echostr": "1"} | broken)
        assert caught.value.status == 403


# --- settings


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"token": ""}, "GUANJIA_WECHAT_TOKEN"),
        ({"token": "有 空格"}, "GUANJIA_WECHAT_TOKEN"),
        ({"app_id": ""}, "GUANJIA_WECHAT_APP_ID"),
        ({"aes_key": "short"}, "GUANJIA_WECHAT_AES_KEY"),
        ({"aes_key": ""}, "GUANJIA_WECHAT_AES_KEY"),
        ({"aes_key": "K" * 42 + "="}, "GUANJIA_WECHAT_AES_KEY"),
        ({"aes_key_previous": "K" * 44}, "GUANJIA_WECHAT_AES_KEY_PREVIOUS"),
    ],
)
def test_a_wrong_setting_is_named(wrong, named) -> None:
    right = {"app_id": APP_ID, "token": TOKEN, "aes_key": KEY, "aes_key_previous": ""}
    with pytest.raises(ValueError, match=named):
        Codec(**(right | wrong), mode=Mode.SAFE, clock=FixedClock())

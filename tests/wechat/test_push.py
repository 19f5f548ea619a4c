from __future__ import annotations

import json
from datetime import UTC

import pytest

from bot.wechat.codec import Mode
from bot.wechat.push import Push
from bot.wechat.rejected import Rejected

from .kit import APP_ID, NOW, OPENID, codec, event, plain, sealed, xml

SECONDS = int(NOW.timestamp())


def opened(message: str) -> Push:
    return codec().open(*sealed(message))


def test_a_text_message() -> None:
    push = opened(xml(bizmsgmenuid="3"))
    assert (push.kind, push.event, push.openid, push.account) == ("text", "", OPENID, "gh_97417a04a28d")
    assert push.key == f"{APP_ID}:6812345678901234567"
    assert push.created_at == NOW
    assert push.created_at.tzinfo is UTC
    assert push.menu_id == "3"


def test_the_other_kinds_of_message() -> None:
    picture = opened(xml(MsgType="image", MediaId="M1", PicUrl="http://mmbiz.qpic.cn/x"))
    assert (picture.kind, picture.media_id, picture.pic_url, picture.text) == (
        "image",
        "M1",
        "http://mmbiz.qpic.cn/x",
        "",
    )
    voice = opened(xml(MsgType="voice", MediaId="M2", Format="amr", Recognition="水管漏水"))
    assert (voice.text, voice.fields["Format"]) == ("水管漏水", "amr")
    assert opened(xml(MsgType="voice", MediaId="M2")).text == ""
    place = opened(xml(MsgType="location", Location_X="31.2304", Location_Y="121.4737", Label="花园路1号"))
    assert (place.latitude, place.longitude, place.label) == (31.2304, 121.4737, "花园路1号")
    link = opened(xml(MsgType="link", Title="t", Url="https://example.com"))
    assert (link.kind, link.fields["Url"]) == ("link", "https://example.com")


@pytest.mark.parametrize("degrees", ["", "north", "nan", "inf", "1e99", "-91"])
def test_a_place_that_is_none_is_left_out(degrees) -> None:
    push = opened(xml(MsgType="location", Location_X=degrees, Location_Y="121.4"))
    assert (push.latitude, push.longitude) == (None, 121.4)


def test_what_nobody_knows_comes_through_as_sent() -> None:
    push = opened(xml(MsgType="hologram"))
    assert (push.kind, push.event) == ("hologram", "")
    assert opened(event("debug_demo")).event == "debug_demo"
    assert opened(event("")).event == ""


def test_a_scene_is_the_same_for_new_and_old_followers() -> None:
    new = opened(event("subscribe", EventKey="qrscene_b:Zk3vQ9xT", Ticket="T"))
    old = opened(event("SCAN", EventKey="b:Zk3vQ9xT", Ticket="T"))
    assert (new.scene, new.event, new.ticket) == ("b:Zk3vQ9xT", "subscribe", "T")
    assert (old.scene, old.event) == ("b:Zk3vQ9xT", "scan")
    assert opened(event("subscribe", EventKey="")).scene == ""
    assert opened(event("CLICK", EventKey="my_tickets")).scene == ""


def test_the_result_of_a_template_message() -> None:
    push = opened(event("TEMPLATESENDJOBFINISH", MsgID="200163836", Status="failed:user block"))
    assert (push.event, push.template_msgid) == ("templatesendjobfinish", "200163836")
    assert push.status == "failed:user block"
    assert push.key == f"{APP_ID}:{OPENID}:{SECONDS}:TEMPLATESENDJOBFINISH::200163836"


def test_a_picked_scan_keeps_its_nested_fields() -> None:
    push = opened(
        event("scancode_push", "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>1</ScanResult></ScanCodeInfo>")
    )
    assert push.fields["ScanCodeInfo/ScanResult"] == "1"
    assert "ScanCodeInfo" not in push.fields


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_list_of_one_reads_like_a_list_of_several(count) -> None:
    row = "<List><TemplateId>T{}</TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List>"
    inside = "".join(row.format(number) for number in range(count))
    push = opened(event("subscribe_msg_popup_event", f"<SubscribeMsgPopupEvent>{inside}</SubscribeMsgPopupEvent>"))
    rows = push.rows("SubscribeMsgPopupEvent/List")
    assert [r["TemplateId"] for r in rows] == [f"T{number}" for number in range(count)]
    assert push.key.endswith(":subscribe_msg_popup_event::T0")
    assert push.rows("Nothing") == []


# --- message keys (the contract, section 2)


def test_the_same_push_again_has_the_same_key() -> None:
    for message in (xml(), event("CLICK", EventKey="a"), xml(MsgId="")):
        assert opened(message).key == opened(message).key


def test_two_events_in_one_second_have_different_keys() -> None:
    keys = {
        opened(event("CLICK", EventKey="a")).key,
        opened(event("CLICK", EventKey="b")).key,
        opened(event("VIEW", EventKey="a")).key,
        opened(event("TEMPLATESENDJOBFINISH", MsgID="1")).key,
        opened(event("TEMPLATESENDJOBFINISH", MsgID="2")).key,
        opened(event("CLICK", EventKey="a", FromUserName="oOther1")).key,
        opened(event("CLICK", EventKey="a", CreateTime=str(SECONDS + 1))).key,
    }
    assert len(keys) == 7
    assert opened(event("CLICK", EventKey="a")).key == f"{APP_ID}:{OPENID}:{SECONDS}:CLICK:a:"


def test_messages_without_an_id_in_one_second_have_different_keys() -> None:
    assert opened(xml(MsgId="", Content="一")).key != opened(xml(MsgId="", Content="二")).key


def test_a_key_does_not_grow_without_limit() -> None:
    first = opened(event("VIEW", EventKey="https://example.com/" + "a" * 5000))
    second = opened(event("VIEW", EventKey="https://example.com/" + "a" * 4999 + "b"))
    assert len(first.key) < 200
    assert first.key != second.key


# --- refusals


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"FromUserName": ""}, "address"),
        ({"FromUserName": "o123"}, "address"),
        ({"FromUserName": "o" * 65}, "address"),
        ({"FromUserName": "oLin{$ne:1}"}, "address"),
        ({"FromUserName": "业主业主业主业主"}, "address"),
        ({"ToUserName": "<b>"}, "address"),
        ({"CreateTime": ""}, "create_time"),
        ({"CreateTime": "yesterday"}, "create_time"),
        ({"CreateTime": "-1795163400"}, "create_time"),
        ({"CreateTime": "0"}, "create_time"),
        ({"CreateTime": "99999999999999999999"}, "create_time"),
        ({"CreateTime": "9999999999"}, "create_time"),
        ({"MsgType": ""}, "kind"),
        ({"MsgType": "te xt"}, "kind"),
        ({"MsgType": "event", "Event": "a b"}, "kind"),
        ({"MsgId": "1:2"}, "msg_id"),
    ],
)
def test_a_push_that_does_not_say_who_when_or_what_is_refused(fields, reason) -> None:
    with pytest.raises(Rejected) as caught:
        opened(xml(**fields))
    assert (caught.value.status, caught.value.reason) == (400, reason)


@pytest.mark.parametrize("name", ["FromUserName", "CreateTime", "MsgType"])
def test_a_missing_element_is_refused(name) -> None:
    with pytest.raises(Rejected, match="400"):
        opened(xml().replace(name, "Other"))


# --- kept and rebuilt


@pytest.mark.parametrize(
    "message", [xml(), event("subscribe", EventKey="qrscene_x"), xml(MsgType="image", MediaId="M")]
)
@pytest.mark.parametrize(("mode", "make"), [(Mode.SAFE, sealed), (Mode.PLAINTEXT, plain)])
def test_a_push_survives_the_spool_and_can_still_be_answered(message, mode, make) -> None:
    opened_by = codec(mode)
    push = opened_by.open(*make(message))
    again = Push.from_dict(json.loads(json.dumps(push.to_dict())) | {"added_by_a_newer_process": 1})
    assert again == push
    assert opened_by.reply(again, "收到").startswith(b"<xml>")


def test_a_push_in_a_log_shows_no_words_of_the_owner() -> None:
    shown = repr(opened(xml(MsgType="location", Location_X="31.2304", Location_Y="121.4", Label="花园路1号")))
    shown += repr(opened(xml()))
    assert "水管" not in shown
    assert "花园路" not in shown
    assert "31.2304" not in shown

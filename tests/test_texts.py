"""What owners read: every text renders, is short, promises a time, and cannot be turned against us."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.texts import FORBIDDEN, MAX_BYTES, MAX_LINES, Pattern, TextError, Texts, check, faults
from store.tickets import State

TEXTS = Texts.load()
NEEDED = """
welcome.follow welcome.follow_again welcome.follow_bound bind.ask bind.ask_missing_name bind.ask_missing_room
bind.ask_missing_phone bind.done bind.no_match bind.already bind.scene_expired bind.too_many repair.receipt
repair.receipt_urgent safety.water safety.gas safety.fire safety.lift safety.power repair.ask_room repair.ask_place
repair.ask_time complaint.receipt complaint.nudged progress.none progress.one progress.many nudge.done nudge.none
detail.added detail.photo_added detail.photo_no_ticket detail.none cancel.done cancel.which cancel.none cancel.too_late
reschedule.ask reschedule.done reschedule.none person.handed person.waiting person.back person.night thanks.reply
greeting.reply smalltalk.reply help.menu unknown.reply inquiry.answer inquiry.none inquiry.handed parcel.none
parcel.found parcel.missing_ticket parcel.wish suggestion.receipt praise.reply lost_found.receipt
choice.ask_which_ticket push.accepted push.on_the_way push.arrived push.waiting_owner push.waiting_parts push.deferred
push.resumed push.resolved push.reopened push.declined push.cancelled push.merged push.staff_reply push.nudge_parked
revisit.ask_fixed revisit.ask_satisfaction revisit.ask_more revisit.thanks_good revisit.thanks_bad revisit.not_fixed
revisit.again revisit.closing_soon system.busy system.spooled system.error
"""
STATES = [*(state.value for state in State), "on_the_way", "arrived", "working"]


@pytest.mark.parametrize("name", TEXTS.names())
def test_every_text_can_be_shown_to_an_owner(name: str) -> None:
    shown = TEXTS.preview(name)

    assert shown and "{" not in shown and "[[" not in shown
    assert len(shown.splitlines()) <= MAX_LINES
    assert len(shown.encode()) < MAX_BYTES
    assert not [words for words in FORBIDDEN if words in shown]
    assert "!!" not in shown and "！！" not in shown
    assert shown == shown.strip()
    assert faults(shown) == []


@pytest.mark.parametrize("name", TEXTS.names())
def test_every_text_reads_well_without_what_may_be_missing(name: str) -> None:
    bare = TEXTS.say(name, **dict.fromkeys(TEXTS.variables(name), "某某"))

    assert bare
    assert not [wrong for wrong in ("，，", "。。", "，。", "（）", "：。", "、，", "  ") if wrong in bare]
    assert not bare.startswith(("，", "。", "："))


def test_all_moments_of_the_main_job_have_words() -> None:
    assert sorted(set(NEEDED.split()) - set(TEXTS.names())) == []


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_name_that_a_template_message_takes_and_a_sentence(state: str) -> None:
    assert len(TEXTS.say(f"state.{state}")) <= 5
    assert TEXTS.preview(f"sentence.{state}")


@pytest.mark.parametrize("name", ["help.menu", "unknown.reply"])
def test_a_menu_offers_at_most_four_choices(name: str) -> None:
    shown = TEXTS.preview(name)

    assert "④" in shown and "⑤" not in shown


def test_the_emergency_receipt_says_first_what_to_do_now() -> None:
    shown = TEXTS.say(
        "repair.receipt_urgent",
        safety=TEXTS.say("safety.water"),
        number="R20261121-0007",
        room="3栋2单元1502",
        title="厨房水管爆了",
        accept="10 分钟内",
    )

    first, second, third = shown.splitlines()
    assert first.startswith("收到，马上派人。水大的话请先关")
    assert second == "单号 R20261121-0007 · 3栋2单元1502 厨房水管爆了（紧急）"
    assert third == "工程师傅 10 分钟内接单，接单后告诉您是谁、几点到。"


def test_an_emergency_of_somebody_unknown_has_no_hole_where_the_room_would_be() -> None:
    shown = TEXTS.say("repair.receipt_urgent", number="R20261121-0007", title="电梯困人", accept="10 分钟内")

    assert "单号 R20261121-0007 · 电梯困人（紧急）" in shown


def test_accepted_says_who_when_and_how_to_reach_them() -> None:
    shown = TEXTS.say(
        "push.accepted", who="张师傅", by="今天 15:20", phone="139****8821", number="R20261121-0007", title="水管爆了"
    )

    assert shown.startswith("张师傅接单了，最晚今天 15:20 到（电话 139****8821）。")


def test_a_complaint_is_not_spoken_of_like_a_repair() -> None:
    assert TEXTS.for_category("push.resolved", "R") == "push.resolved"
    assert TEXTS.say(TEXTS.for_category("push.resolved", "C"), number="C1", title="吵").startswith("处理好了。")
    assert TEXTS.for_category("push.merged", "C") == "push.merged"


def test_a_space_stands_between_chinese_and_digits_only() -> None:
    fill = Pattern.of("预计{by}到").fill

    assert fill({"by": "今天 15:20"}) == "预计今天 15:20 到"
    assert fill({"by": "明天上午"}) == "预计明天上午到"


def test_an_unknown_text_or_a_missing_variable_is_named() -> None:
    with pytest.raises(TextError, match=r"no text named 'repair\.recipt'"):
        TEXTS.say("repair.recipt")
    with pytest.raises(TextError, match=r"push\.on_the_way: the variable 'who' is missing"):
        TEXTS.say("push.on_the_way", number="R1", title="灯")


@pytest.mark.parametrize(
    "words",
    ["{number}", "{who.__class__}", "{0}", "{who!r:>9999999}", "[[{phone}]]", "%s %(who)s", "]]>", "<b>", "\\1"],
)
def test_what_an_owner_wrote_stays_what_it_is(words: str) -> None:
    assert TEXTS.say("push.staff_reply", staff="小周", text=words) == f"小周：{words}"


@given(st.text())
def test_no_words_of_an_owner_break_a_text(words: str) -> None:
    shown = TEXTS.say("revisit.ask_fixed", title=words)

    assert shown.endswith("修好了吗？① 好了 ② 没好")


def test_an_estate_says_it_in_its_own_words() -> None:
    texts = Texts({"thanks.reply": "别客气，街坊邻居的。"})

    assert texts.say("thanks.reply") == "别客气，街坊邻居的。"
    assert texts.problems == {}


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("thanks.reply", "我们会尽快联系您", "尽快"),
        ("thanks.reply", "谢谢！！", "exclamation"),
        ("thanks.reply", "", "empty"),
        ("thanks.reply", "一\n二\n三\n四\n五\n六", "5 lines"),
        ("thanks.reply", "谢" * 201, "600 bytes"),
        ("thanks.reply", "谢谢{who}", "unknown variables: who"),
        ("thanks.reply", "谢谢{who.__class__}", "braces"),
        ("thanks.reply", "谢谢[[您", "braces"),
        ("push.accepted", "{who}接单了（电话 {phone}）", "double brackets"),
        ("no.such", "x", "no text named"),
    ],
)
def test_an_override_that_may_not_stand_is_explained_and_the_default_used(name: str, text: str, wrong: str) -> None:
    assert any(wrong in problem for problem in check(name, text))

    texts = Texts({name: text})

    assert name in texts.problems
    assert texts.say("thanks.reply") == "不客气，有事随时说。"


def test_an_override_may_leave_a_variable_out() -> None:
    assert check("push.accepted", "{who}接单了。") == []

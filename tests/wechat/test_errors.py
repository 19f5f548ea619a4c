from __future__ import annotations

import re

import pytest

from bot.wechat.errors import ACTIONS, UNKNOWN, Action, Amend, Step, WeChatError, action_for

TABLE = """
-1 retry | 40001 refresh | 40014 refresh | 42001 refresh | 41001 alert | 40002 alert | 40013 alert | 40125 alert
40164 alert | 61004 alert | 89503 alert | 40003 drop | 40007 amend | 40004 amend | 40008 drop | 40033 drop | 40035 drop
44002 drop | 44004 drop | 47001 drop | 40029 drop | 40163 drop | 40226 drop | 40037 drop | 41030 amend | 43004 fallback
43019 drop | 48002 drop | 50005 drop | 43101 fallback | 43104 drop | 43107 fallback | 43108 retry | 45002 amend
45008 amend | 45009 retry | 45011 retry | 45015 fallback | 45047 fallback | 45065 sent | 45066 retry | 45072 ignore
45080 ignore | 45081 ignore | 45103 drop | 45109 drop | 45168 drop | 47003 amend | 48001 fallback | 48004 alert
48006 ignore | 50002 drop | 87014 drop
"""


def test_every_code_of_the_fact_sheet_has_its_step() -> None:
    expected = {int(code): step for code, step in re.findall(r"(-?\d+) (\w+)", TABLE)}
    assert {code: ACTIONS[code].step.value for code in expected} == expected
    assert set(ACTIONS) - set(expected) == {429}


def test_a_code_that_nobody_knows_is_dropped_and_shown() -> None:
    assert action_for("message", 99999) is UNKNOWN
    assert Action(Step.DROP, alert=True) == UNKNOWN


@pytest.mark.parametrize(
    ("api", "code", "flags"),
    [
        ("message", 40003, {"mark_address"}),
        ("message", 45047, {"close_window"}),
        ("message", 45015, {"close_window"}),
        ("message", 45009, {"alert", "pause_api", "until_midnight"}),
        ("message", 45011, {"next_minute"}),
        ("message", 40164, {"alert", "pause_sender"}),
        ("template", 43101, {"no_consent"}),
        ("template", 40037, {"alert", "disable_template"}),
        ("token", 40001, {"alert", "pause_sender"}),
        ("token", 40125, {"alert", "pause_sender"}),
        ("login", 40125, {"alert"}),
        ("login", 40029, {"new_login"}),
    ],
)
def test_what_else_a_code_means(api, code, flags) -> None:
    action = action_for(api, code)
    on = {name for name in Action.__slots__ if getattr(action, name) is True}
    assert on == flags


def test_a_secret_refused_at_the_token_call_is_nothing_to_refresh() -> None:
    assert action_for("token", 40001).step is Step.ALERT
    assert action_for("message", 40001).step is Step.REFRESH


def test_every_amendment_is_named_and_only_there() -> None:
    for code, action in ACTIONS.items():
        assert (action.step is Step.AMEND) == (action.amend is not None), code
    assert {action.amend for action in ACTIONS.values()} == {None, *Amend}


def test_an_error_shows_codes_and_no_words() -> None:
    error = WeChatError(
        47003, "argument invalid! data.thing1.value 张女士 invalid rid: 65a1-1f", UNKNOWN, api="template"
    )
    assert str(error) == "template: errcode 47003"
    assert (error.rid, error.field) == ("65a1-1f", "thing1")
    assert WeChatError(1, "", UNKNOWN).rid == ""

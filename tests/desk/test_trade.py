"""Settings changed by people: every field has a Chinese name, what does not fit is refused, versions are taken back."""

from __future__ import annotations

from desk.setting_fields import fields, groups, labels, value_at
from desk.settings import TradeSettings
from desk.trade import difference, laid_over
from desk.wordings import in_chinese

KNOWN = TradeSettings().to_json()


def test_every_setting_has_a_chinese_name_a_kind_and_its_default() -> None:
    found = fields()
    assert len(found) > 120
    for path, field in found.items():
        assert any("\u4e00" <= character <= "\u9fff" for character in field.label), path
        assert field.default == value_at(KNOWN, path), path
    unused = set(labels()["fields"]) - set(found) - {path.rpartition(".")[0] for path in found}
    assert unused == set(), "labels of settings that there are not"
    delay = found["revisit.delay"]
    assert (delay.type, delay.default, delay.least) == ("duration", 7200.0, 0.0)
    assert found["deadlines.repair.accept"].type == "term"
    assert found["deadlines.repair.accept"].label == "普通报修 · 接单"
    assert found["deadlines.repair.answer"].may_be_empty
    assert [value for value, _ in found["alerts.ways"].choices] == ["inbox", "wechat", "webhook", "sms"]
    assert (found["parcels.code_tries"].least, found["parcels.code_tries"].most) == (1, 20)
    assert found["delivery.status_hours.start"].type == "time"
    assert [group.label for group in groups()][:2] == ["工作时间", "时限"]
    assert sum(len(group.fields) for group in groups()) == len(found)


def test_changes_are_laid_over_and_taken_back() -> None:
    own = laid_over({}, {"revisit.delay": 60, "deadlines.repair.answer": None, "dispatch.cap": 3})
    assert own == {
        "revisit": {"delay": 60},
        "deadlines": {"repair": {"answer": None}},
        "dispatch": {"cap": 3},
    }
    base = TradeSettings()
    changed = base.changed(laid_over(own, {"revisit.delay": None, "deadlines.repair.answer": None}))
    assert [(one.path, one.was, one.becomes) for one in difference(base, changed)] == [("dispatch.cap", 8, 3)]
    assert laid_over({"dispatch": {"cap": 3}}, {"dispatch.cap": None}) == {}


def test_what_is_wrong_with_a_text_is_said_in_chinese() -> None:
    assert in_chinese("unknown variables: a, b") == "没有这些变量:a, b"
    assert in_chinese("says '尽快', which promises nothing") == "「尽快」等于没说,请写具体时间"
    assert in_chinese("braces are for variables, like {number}; ...").startswith("花括号只用来写变量,像 {number}")

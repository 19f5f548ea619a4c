"""What owners read of a notice: the whole text, the few words of a template message, and one line about an outage."""

from __future__ import annotations

from datetime import datetime

from desk.alike import SUPPLIES
from desk.audience import say_places
from desk.deliveries import Kind
from desk.rulebook import Rules
from desk.wording import room_name, say_date, say_time, shorten
from store.notices import Notice, NoticeKind, Outage

MOST_TITLE, MOST_BODY, MOST_SIGNATURE = 40, 480, 30
"""With all that stands around it a notice fits into one customer message (2,047 bytes)."""
SAID = {"water": "停水", "power": "停电", "gas": "停气", "heating": "停暖", "hot_water": "停热水", "lift": "电梯停用"}
"""How an outage of a supply is called; others by their own name."""
_NAMES = {key: name for key, name, _ in SUPPLIES}
OFF = tuple(key for key, _, _ in SUPPLIES if key not in ("noise", "rubbish"))
"""What can be off."""


def kind_of(notice: Notice) -> Kind:
    """As it stands in the table of deliveries."""
    return Kind.EMERGENCY if notice.kind is NoticeKind.EMERGENCY else Kind.NOTICE


def say_off(supply: str) -> str:
    """停水, 停电, 电梯停用, 网络停用 ..."""
    return SAID.get(supply) or f"{_NAMES.get(supply, supply)}停用"


def say_span(outage: Outage, now: datetime, rules: Rules) -> str:
    """From when to when: "今天 9:00-12:00", "明天 22:00 到后天 6:00"."""
    start, end = (at.astimezone(rules.zone) for at in (outage.starts_at, outage.ends_at))
    first = f"{say_date(outage.starts_at, now, rules.zone)} {start.hour}:{start.minute:02d}"
    if start.date() == end.date():
        return f"{first}-{end.hour}:{end.minute:02d}"
    return f"{first} 到{say_time(outage.ends_at, now, rules.zone)}"


def say_where(notice: Notice) -> str:
    """The places that an outage hits, as people say them."""
    outage = notice.outage
    if outage is not None and outage.buildings:
        return "、".join(room_name(building, "", "") for building in outage.buildings)
    return say_places(notice.audience)


def whole(notice: Notice, now: datetime, rules: Rules) -> str:
    """All of it, as it reads when it leaves at ``now``."""
    outage = notice.outage
    return rules.texts.say(
        f"notice.{notice.kind.value}",
        title=notice.title,
        body=notice.body,
        stop=say_off(outage.supply) if outage else "",
        time=say_span(outage, now, rules) if outage else "",
        place=say_where(notice) if outage else "",
        reason=outage.reason if outage else "",
        who=notice.signature or rules.estate.name,
        number=notice.number,
    )


def correction(notice: Notice, text: str, rules: Rules) -> str:
    """What those read who have it already, when it is withdrawn."""
    return rules.texts.say("notice.withdrawn", title=notice.title, text=text, number=notice.number)


def on_template(notice: Notice, now: datetime, rules: Rules, *, withdrawn: str = "") -> dict[str, str]:
    """What a template message may say of it."""
    outage = notice.outage
    at = outage.starts_at if outage is not None else now
    remark = f"{say_span(outage, now, rules)} {say_off(outage.supply)}" if outage else notice.body or notice.title
    return {
        "title": shorten(f"作废：{notice.title}" if withdrawn else notice.title, 20),
        "remark": shorten(withdrawn or remark, 20),
        "time": at.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M"),
        "number": notice.number,
        "state": "已作废" if withdrawn else "公告",
        "who": notice.signature,
    }

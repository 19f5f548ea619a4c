"""How deliveries are spoken of: what will happen to a reply now, what became of one, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.rulebook import Rules
from desk.wording import say_duration, say_time
from store.conversations import Conversation
from store.deliveries import Attempt, Delivery, DeliveryState, Rung

S = DeliveryState
WAYS = {
    Rung.PASSIVE: "随自动回复",
    Rung.CUSTOMER: "客服消息",
    Rung.TEMPLATE: "模板消息",
    Rung.LIST: "小程序消息页",
    Rung.CALL: "电话",
}
WHY = {
    "window closed": "业主超过 48 小时没来消息,或者能发的条数用完了",
    "not following": "业主没有关注服务号",
    "no way left": "没有能用的办法了",
    "no chat": "业主没有用微信联系过",
    "expired": "过了时间,不用再发",
    "newer news has left": "已有更新的进展发出",
    "quiet_hours": "晚上不打扰业主",
    "cap": "不让业主短时间内收到太多",
    "unreachable": "连不上微信,会自动再试",
    "nobody can tell whether it arrived": "发的时候断线了,不知道到没到",
    "the process died while answering": "回复的时候程序中断了,不知道到没到",
    "unknown, then the owner acted": "业主后来有动作,多半看到了",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """What a colleague can still say in this conversation."""

    left: int
    until: datetime | None
    now: str
    """What happens to a reply that is sent now: sent | parked_template | parked | call_list."""
    said: str


def budget_of(conversation: Conversation, rules: Rules, now: datetime) -> Budget:
    """WeChat's allowance, and what follows when it is spent."""
    allowance = conversation.allowance
    if not conversation.followed:
        return Budget(0, None, "call_list", "业主没有关注服务号,回复送不到,会进待打电话的名单")
    if allowance.left > 0 and allowance.until > now:
        left = allowance.until - now
        hours = left // timedelta(hours=1)
        said = f"{hours} 小时" if hours else say_duration(left)
        return Budget(allowance.left, allowance.until, "sent", f"还可发 {allowance.left} 条,剩 {said}")
    spent = "条数用完了" if allowance.until > now else "超过 48 小时没来消息"
    if rules.settings.templates.get("staff_reply") is not None:
        said = f"{spent}:先存着,用模板消息提醒业主,业主来消息或点开时送出"
        return Budget(0, None, "parked_template", said)
    return Budget(0, None, "parked", f"{spent}:先存着,业主下次来消息时送出;急事请打电话")


def said_of(delivery: Delivery, rules: Rules, now: datetime) -> str:
    """How far a delivery is, in words."""
    why = said_why(delivery.reason)
    last = delivery.attempts[-1] if delivery.attempts else None
    by = f"({WAYS[last.rung]})" if last is not None else ""
    match delivery.state:
        case S.QUEUED if delivery.scheduled and delivery.not_before > now:
            return f"定时 {say_time(delivery.not_before, now, rules.zone)} 发出"
        case S.QUEUED if delivery.not_before > now and delivery.reason in ("quiet_hours", "cap"):
            return f"{say_time(delivery.not_before, now, rules.zone)} 发出:{why}"
        case S.QUEUED if delivery.retrying:
            return f"没发成,马上再试:{why}" if why else "没发成,马上再试"
        case S.QUEUED:
            return "马上发出"
        case S.SENDING:
            return "正在发"
        case S.ACCEPTED:
            return f"已发出{by}"
        case S.DELIVERED:
            return f"已送达{by}"
        case S.PARKED:
            told = last is not None and last.rung is Rung.TEMPLATE and not last.problem
            reminded = ",已用模板消息提醒" if told else ""
            return f"等业主来消息或点开时送出{reminded}"
        case S.UNKNOWN:
            return "不知道到没到,不会自动重发"
        case S.UNDELIVERABLE:
            ring = ",请打电话" if delivery.to_call else ""
            return f"没送到:{why or '原因不明'}{ring}"
        case S.CANCELLED:
            return "已撤回" if (delivery.reason or "").startswith("taken back") else f"没有发:{why or '不需要了'}"
        case _:
            return "和另一条合在一起发出"


def said_why(reason: str | None) -> str:
    """Why, for people; what WeChat said stays as it is."""
    if not reason:
        return ""
    if reason in WHY:
        return WHY[reason]
    for known, said in WHY.items():
        if reason.startswith(known):
            return f"{said}({reason.removeprefix(known).lstrip(':; ')})"
    return reason


def way_of(attempts: tuple[Attempt, ...]) -> Rung | None:
    """By which way it went last."""
    return attempts[-1].rung if attempts else None

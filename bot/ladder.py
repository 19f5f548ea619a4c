"""The ladder: by which way a delivery leaves, and what follows from how that went (the contract, section 6).

customer message -> template message -> (always) the mini-program's list -> a person's call list. A reply that finds the
window closed is parked: the template only says that it waits, the owner's next action releases it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.wechat.client import OfficialAccount
from bot.wechat.errors import Amend, OutcomeUnknown, Step, Unreachable, WeChatError
from bot.wechat.replies import cut
from desk.deliveries import PARKABLE, TEMPLATES, Kind
from desk.rulebook import Rules
from store.conversations import Allowance, Conversation
from store.deliveries import Delivery, Rung

MENU_CHARACTERS = 60
"""A field that WeChat found too long is cut to this once."""


class End(StrEnum):
    """How one try on one rung went."""

    ACCEPTED = "accepted"
    NEXT_RUNG = "next_rung"
    LATER = "later"
    """Nothing left, or WeChat asked to wait: the same again, and what comes later waits behind it."""
    UNKNOWN = "unknown"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One try on one rung."""

    end: End
    errcode: int | None = None
    msgid: str | None = None
    problem: str | None = None
    error: WeChatError | None = None
    api: str = ""


def next_rung(delivery: Delivery, conversation: Conversation, allowance: Allowance, rules: Rules, now: datetime) -> Rung:
    """The best way that is open and has not been tried; LIST when only the list and the call are left."""
    if not conversation.followed:
        return Rung.LIST
    if Rung.CUSTOMER not in delivery.rungs_used and allowance.left > 0 and allowance.until > now:
        return Rung.CUSTOMER
    if Rung.TEMPLATE not in delivery.rungs_used and template_of(delivery, rules) is not None:
        return Rung.TEMPLATE
    return Rung.LIST


def is_parkable(delivery: Delivery) -> bool:
    """Whether the text waits for the owner's next action when it cannot be sent now.

    Not when an earlier try may have arrived: releasing it would say the same thing twice.
    """
    return Kind(delivery.kind) in PARKABLE and not any(a.problem == "unknown" for a in delivery.attempts)


def template_of(delivery: Delivery, rules: Rules) -> tuple[str, dict[str, str]] | None:
    """Template id and filled fields for this delivery; None when the estate has no template for it."""
    name = TEMPLATES[Kind(delivery.kind)]
    mapping = rules.settings.templates.get(name) if name else None
    if mapping is None or not delivery.template:
        return None
    return mapping.template_id, mapping.filled({variable: "" for variable in ALL_VARIABLES} | delivery.template)


ALL_VARIABLES = ("number", "title", "state", "time", "remark", "who", "code")


class Ladder:
    """Makes one try on one rung. Raises nothing that WeChat or the network may bring."""

    def __init__(self, account: OfficialAccount, public_url: str = "") -> None:
        self._account = account
        self._public_url = public_url

    async def climb(self, delivery: Delivery, rung: Rung, rules: Rules) -> Outcome:
        """Send on this rung; a message that WeChat wants changed is changed once."""
        try:
            return await self._send(delivery, rung, rules)
        except WeChatError as refused:
            amended = self._amended(delivery, refused)
            if amended is None:
                return _outcome(refused)
        except Unreachable as away:
            return Outcome(End.LATER, problem="unreachable", api=away.api)
        except OutcomeUnknown as unknown:
            return Outcome(End.UNKNOWN, problem="unknown", api=unknown.api)
        try:
            return await self._send(amended, rung, rules)
        except WeChatError as refused:
            return _outcome(refused)
        except Unreachable as away:
            return Outcome(End.LATER, problem="unreachable", api=away.api)
        except OutcomeUnknown as unknown:
            return Outcome(End.UNKNOWN, problem="unknown", api=unknown.api)

    async def _send(self, delivery: Delivery, rung: Rung, rules: Rules) -> Outcome:
        if rung is Rung.CUSTOMER:
            if delivery.menu:
                items = [(str(id), str(text)) for id, text in delivery.menu["items"]]
                await self._account.send_menu(
                    delivery.openid, str(delivery.menu["head"]), items, str(delivery.menu.get("tail", ""))
                )
            else:
                await self._account.send_text(delivery.openid, cut(delivery.text))
            return Outcome(End.ACCEPTED)
        template = template_of(delivery, rules)
        if template is None:
            return Outcome(End.NEXT_RUNG, problem="no template")
        template_id, data = template
        url = f"{self._public_url}/m/messages" if self._public_url else ""
        msgid = await self._account.send_template(
            delivery.openid, template_id, data, url=url, client_msg_id=client_msg_id(delivery)
        )
        return Outcome(End.ACCEPTED, msgid=str(msgid))

    @staticmethod
    def _amended(delivery: Delivery, refused: WeChatError) -> Delivery | None:
        if refused.action.step is not Step.AMEND:
            return None
        if refused.action.amend is Amend.SPLIT:
            return delivery.model_copy(update={"text": cut(delivery.text, 1200)})
        if refused.action.amend is Amend.SHORTEN_FIELD:
            shorter = {name: value[:10] for name, value in delivery.template.items()}
            return delivery.model_copy(update={"template": shorter})
        return delivery


def _outcome(refused: WeChatError) -> Outcome:
    problem = f"{refused.errcode} {refused.errmsg}"[:120]
    ends = {
        Step.SENT: End.ACCEPTED,
        Step.IGNORE: End.ACCEPTED,
        Step.FALLBACK: End.NEXT_RUNG,
        Step.RETRY: End.LATER,
        Step.REFRESH: End.LATER,
        Step.ALERT: End.LATER,
    }
    end = ends.get(refused.action.step, End.REFUSED)
    return Outcome(end, errcode=refused.errcode, problem=problem, error=refused, api=refused.api)


def client_msg_id(delivery: Delivery) -> str:
    """The same send key and number of tries, the same id: WeChat leaves out a repeat within ten minutes."""
    return hashlib.sha256(f"{delivery.id}:{len(delivery.rungs_used)}".encode()).hexdigest()[:32]

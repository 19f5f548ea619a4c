"""The ladder: by which way a delivery leaves, and what follows from how that went (the contract, section 6).

customer message -> template message -> (always) the mini-program's list -> a person's call list. A reply that finds the
window closed is parked: the template only says that it waits, the owner's next action releases it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.wechat.client import OfficialAccount
from bot.wechat.errors import Amend, OutcomeUnknown, Step, Unreachable, WeChatError
from bot.wechat.replies import cut
from desk.deliveries import PARKABLE, TEMPLATES, Kind
from desk.rulebook import Rules
from desk.texts import TextError
from desk.wording import shorten
from store.conversations import Allowance, Conversation
from store.deliveries import Delivery, Rung
from store.errors import NotFound
from store.media import MediaBytes

log = logging.getLogger(__name__)

APIS = {Rung.CUSTOMER: "message", Rung.TEMPLATE: "template"}
"""The API of WeChat that a rung uses."""
SHORTER = 10
"""A template field that WeChat found too long is cut to so many characters, once."""
LONGEST_TRY = 15.0
"""Seconds for one try with all that belongs to it (a new token, once more); less than a sender's lease lasts."""
ALL_VARIABLES = ("number", "title", "state", "time", "remark", "who", "code", "carrier", "shelf")
"""What an estate's mapping may name; a kind of delivery that has no such thing leaves it empty."""


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


def next_rung(
    delivery: Delivery, conversation: Conversation, allowance: Allowance, rules: Rules, now: datetime
) -> Rung:
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

    Not when an earlier try with the text may have arrived: releasing it would say the same thing twice.
    """
    maybe = any(a.problem == "unknown" and a.rung is not Rung.TEMPLATE for a in delivery.attempts)
    return Kind(delivery.kind) in PARKABLE and not maybe


def template_of(delivery: Delivery, rules: Rules) -> tuple[str, dict[str, str]] | None:
    """Template id and filled fields for this delivery; None when the estate has no usable template for it."""
    kind = Kind(delivery.kind)
    name = TEMPLATES[kind]
    mapping = rules.settings.templates.get(name) if name else None
    values = delivery.template or (_waiting_note(delivery, rules) if kind in PARKABLE else {})
    if mapping is None or not values:
        return None
    try:
        return mapping.template_id, mapping.filled(dict.fromkeys(ALL_VARIABLES, "") | values)
    except TextError:
        log.error("the template mapping %s of estate %s names something unknown", name, delivery.estate_id)
        return None


def _waiting_note(delivery: Delivery, rules: Rules) -> dict[str, str]:
    """What a template says of an answer that waits; the answer itself is too long for its fields."""
    time = delivery.created_at.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M")
    return {"who": "管家", "title": "给您的回复在等您看", "time": time}


class Ladder:
    """Makes one try on one rung. Raises nothing that WeChat or the network may bring."""

    def __init__(self, account: OfficialAccount, public_url: str = "", files: MediaBytes | None = None) -> None:
        self._account = account
        self._public_url = public_url
        self._files = files

    async def climb(self, delivery: Delivery, rung: Rung, rules: Rules) -> Outcome:
        """Send on this rung; a message that WeChat wants changed is changed once."""
        try:
            async with asyncio.timeout(LONGEST_TRY):
                return await self._climb(delivery, rung, rules)
        except TimeoutError:
            return Outcome(End.UNKNOWN, problem="unknown", api=APIS[rung])

    async def _climb(self, delivery: Delivery, rung: Rung, rules: Rules) -> Outcome:
        too_long: str | None = None
        for first in (True, False):
            try:
                return await self._send(delivery, rung, rules, too_long)
            except WeChatError as refused:
                if not first or refused.action.step is not Step.AMEND:
                    return _outcome(refused)
                if refused.action.amend is Amend.SPLIT:
                    delivery = delivery.model_copy(update={"text": cut(delivery.text, 1200)})
                elif refused.action.amend is Amend.SHORTEN_FIELD:
                    too_long = refused.field
            except Unreachable as away:
                return Outcome(End.LATER, problem="unreachable", api=away.api)
            except OutcomeUnknown as unknown:
                return Outcome(End.UNKNOWN, problem="unknown", api=unknown.api)
        raise AssertionError("the second try always returns")

    async def _send(self, delivery: Delivery, rung: Rung, rules: Rules, too_long: str | None) -> Outcome:
        if rung is Rung.CUSTOMER:
            picture = await self._picture(delivery)
            if picture:
                await self._account.send_picture(delivery.openid, picture)
            elif delivery.menu:
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
        if too_long is not None:
            data = _shortened(data, too_long)
        url = f"{self._public_url}/m/messages" if self._public_url else ""
        msgid = await self._account.send_template(
            delivery.openid, template_id, data, url=url, client_msg_id=client_msg_id(delivery)
        )
        return Outcome(End.ACCEPTED, msgid=str(msgid))

    async def _picture(self, delivery: Delivery) -> bytes:
        """The bytes of a delivery that is a picture; none when they are gone: then its words are sent."""
        if delivery.picture is None or self._files is None:
            return b""
        try:
            return await self._files.read(delivery.picture)
        except NotFound:
            log.warning("the picture of delivery %s is gone", delivery.id)
            return b""


def _shortened(data: dict[str, str], field: str) -> dict[str, str]:
    """The field that WeChat named cut short; when it named none, all free words. Numbers and times stay whole."""
    names = [field] if field in data else [name for name in data if name.startswith("thing")]
    return data | {name: shorten(data[name], SHORTER) for name in names}


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

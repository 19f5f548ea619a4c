"""What went wrong with a call to WeChat, and what its sender does then (the fact sheet, section 6, as data).

WeChatFailure
├── WeChatError      WeChat said no, by a code: nothing was done. ``action`` says what to do
├── Unreachable      the request never left: safe to send again
└── OutcomeUnknown   it left and no readable answer came: never send it again blindly (the contract, section 6)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Step(StrEnum):
    """The next step with this message."""

    REFRESH = "refresh"  # the token; the client has done it once already when a sender sees this
    RETRY = "retry"  # the same message later, with backoff
    AMEND = "amend"  # change it as ``Action.amend`` says and send it once more, then as DROP with an alert
    FALLBACK = "fallback"  # the next rung of the ladder
    DROP = "drop"  # undeliverable, with the code as reason
    ALERT = "alert"  # not the message's fault: it waits until operators have mended the set-up
    SENT = "sent"  # it had been taken before: count it as sent
    IGNORE = "ignore"  # without consequence


class Amend(StrEnum):
    """How a message is changed before it is sent once more."""

    SHORTEN_FIELD = "shorten_field"  # ``WeChatError.field`` names it
    WITHOUT_PAGE = "without_page"
    UPLOAD_AGAIN = "upload_again"
    SPLIT = "split"
    ONE_ARTICLE = "one_article"


@dataclass(frozen=True, slots=True)
class Action:
    """The step, and what else it means. All flags are off unless the code calls for them."""

    step: Step
    alert: bool = False  # tell operators
    mark_address: bool = False  # this openid cannot be reached any more
    close_window: bool = False  # the customer-message allowance is used up or over
    no_consent: bool = False  # set the consent counter of this template to 0
    pause_sender: bool = False  # every API of this app
    pause_api: bool = False  # this API only
    until_midnight: bool = False  # the pause ends at midnight in Asia/Shanghai
    next_minute: bool = False  # not before the next minute, and slower
    serial: bool = False  # one at a time to this person
    disable_template: bool = False
    show_staff: bool = False  # a person should read the text
    watch: bool = False  # tell operators when it becomes frequent
    new_login: bool = False  # the mini-program fetches a new code
    refuse_login: bool = False
    amend: Amend | None = None
    attempts: int = 0  # at most so often; 0: the sender's usual number


UNKNOWN: Final = Action(Step.DROP, alert=True)
"""For a code that is not in the table. Nothing was delivered, and sending it again or another way is as likely to
be refused, or punished; so a person sees it."""

_REFRESH = Action(Step.REFRESH)
_SET_UP = Action(Step.ALERT, alert=True, pause_sender=True)
_GONE = Action(Step.DROP, mark_address=True)
_BUG = Action(Step.DROP, alert=True)
_UPLOAD = Action(Step.AMEND, amend=Amend.UPLOAD_AGAIN)
_CLOSED = Action(Step.FALLBACK, close_window=True)
_NEXT_MINUTE = Action(Step.RETRY, next_minute=True)
_NOT_FOR_US = Action(Step.FALLBACK, alert=True, pause_api=True)

ACTIONS: Final = MappingProxyType(
    {
        -1: Action(Step.RETRY, attempts=3),
        **dict.fromkeys((40001, 40014, 42001), _REFRESH),
        41001: Action(Step.ALERT, alert=True, pause_api=True),
        **dict.fromkeys((40002, 40013, 40125, 40164, 61004, 89503), _SET_UP),
        40003: _GONE,
        **dict.fromkeys((40004, 40007), _UPLOAD),
        **dict.fromkeys((40008, 40033, 40035, 44002, 44004, 47001), _BUG),
        **dict.fromkeys((40029, 40163), Action(Step.DROP, new_login=True)),
        40226: Action(Step.DROP, refuse_login=True),
        40037: Action(Step.DROP, alert=True, disable_template=True),
        41030: Action(Step.AMEND, alert=True, amend=Amend.WITHOUT_PAGE),
        43004: Action(Step.FALLBACK),
        **dict.fromkeys((43019, 48002, 50005), _GONE),
        43101: Action(Step.FALLBACK, no_consent=True),
        43104: _BUG,
        43107: _NOT_FOR_US,
        43108: Action(Step.RETRY, serial=True),
        45002: Action(Step.AMEND, amend=Amend.SPLIT),
        45008: Action(Step.AMEND, amend=Amend.ONE_ARTICLE),
        45009: Action(Step.RETRY, alert=True, pause_api=True, until_midnight=True),
        45011: _NEXT_MINUTE,
        **dict.fromkeys((45015, 45047), _CLOSED),
        45065: Action(Step.SENT),
        45066: _NEXT_MINUTE,
        **dict.fromkeys((45072, 45080, 45081), Action(Step.IGNORE)),
        **dict.fromkeys((45103, 45109), Action(Step.DROP, alert=True, pause_api=True)),
        45168: Action(Step.DROP, show_staff=True),
        47003: Action(Step.AMEND, amend=Amend.SHORTEN_FIELD),
        48001: _NOT_FOR_US,
        48004: Action(Step.ALERT, alert=True, pause_api=True),
        48006: Action(Step.IGNORE),
        50002: Action(Step.DROP, watch=True),
        87014: Action(Step.DROP, show_staff=True),
        429: _NEXT_MINUTE,  # an HTTP status, should a gateway say it
    }
)

_BY_API: Final = {
    # At the token call the credential is the secret itself: nothing to refresh.
    **{("token", code): _SET_UP for code in (40001, 40014, 42001)},
    ("token", 45009): replace(_SET_UP, until_midnight=True),
    **{("login", code): replace(_SET_UP, pause_sender=False) for code in (40001, 40013, 40125)},
}


def action_for(api: str, errcode: int) -> Action:
    """What to do about ``errcode`` from ``api`` (``message``, ``template``, ``token``, ``login``, ...)."""
    return _BY_API.get((api, errcode)) or ACTIONS.get(errcode, UNKNOWN)


class WeChatFailure(Exception):
    """A call to WeChat did not end well; ``api`` names which."""

    def __init__(self, api: str, what: str) -> None:
        super().__init__(f"{api}: {what}")
        self.api = api


class Unreachable(WeChatFailure):
    """The request never left; it may be sent again."""


class OutcomeUnknown(WeChatFailure):
    """The request left, its effect is not known; only calls without effect may be made again."""


class WeChatError(WeChatFailure):
    """WeChat refused. An HTTP status from 300 to 499 counts as a code of its own."""

    def __init__(self, errcode: int, errmsg: str, action: Action, *, api: str = "") -> None:
        super().__init__(api, f"errcode {errcode}")
        self.errcode = errcode
        self.errmsg = errmsg
        self.action = action

    @property
    def rid(self) -> str:
        """The request id that WeChat's support asks for."""
        found = re.search(r"rid: ?([\w-]+)", self.errmsg)
        return found[1] if found else ""

    @property
    def field(self) -> str:
        """The template field that breaks its rule (47003), such as ``thing1``."""
        found = re.search(r"data\.(\w+)", self.errmsg)
        return found[1] if found else ""

"""Faults on demand: which call is struck, and how."""

from __future__ import annotations

import fnmatch
import itertools
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.emulator.users import User


class FaultOrder(BaseModel):
    """What shall go wrong. Times out, for example, with ``delay_seconds`` or ``drop``, before or after the effect."""

    model_config = ConfigDict(extra="forbid")

    path: str = "*"
    """API path without leading slash, ``*`` stands for anything: ``cgi-bin/message/*``."""
    openid: str | None = None
    user: str | None = None
    times: int = Field(default=1, ge=0)
    """Strike so often, then never again; 0 strikes until cleared."""
    errcode: int | None = None
    errmsg: str | None = None
    http_status: int = Field(default=200, ge=200, le=599)
    delay_seconds: float = Field(default=0, ge=0, le=600)
    when: Literal["before", "after"] = "before"
    """Before: the call has no effect. After: it has, only its answer is lost."""
    drop: bool = False
    """Close the connection without an answer."""
    body: str | None = None
    """Answer with this text instead of JSON."""

    @model_validator(mode="after")
    def _does_something(self) -> FaultOrder:
        if self.errcode is None and self.http_status == 200 and not (self.delay_seconds or self.drop or self.body):
            raise ValueError("a fault needs one of errcode, http_status, delay_seconds, drop, body")
        return self


class Fault(FaultOrder):
    """An order that stands, and how often it has struck."""

    id: int
    struck: int = 0

    @property
    def answers(self) -> bool:
        """Whether it replaces the answer, rather than only delaying it."""
        return self.errcode is not None or self.http_status != 200 or self.drop or self.body is not None


class Faults:
    """All faults that were ordered."""

    def __init__(self) -> None:
        self._orders: dict[int, Fault] = {}
        self._numbers = itertools.count(1)

    def add(self, order: FaultOrder) -> Fault:
        """Let it stand."""
        fault = Fault(id=next(self._numbers), **order.model_dump())
        self._orders[fault.id] = fault
        return fault

    def all(self) -> list[Fault]:
        """Those that stand, also the spent ones."""
        return list(self._orders.values())

    def clear(self, fault_id: int | None = None) -> int:
        """Remove one or all; says how many were there."""
        chosen = [key for key in self._orders if fault_id in (None, key)]
        for key in chosen:
            del self._orders[key]
        return len(chosen)

    def strike(self, path: str, openid: str | None, user: User | None) -> Fault | None:
        """The fault that hits this call, counted; the oldest that fits."""
        for fault in self._orders.values():
            if fault.times and fault.struck >= fault.times:
                continue
            if not fnmatch.fnmatchcase(path, fault.path.lstrip("/")):
                continue
            if fault.openid is not None and fault.openid != openid:
                continue
            if fault.user is not None and (user is None or fault.user != user.name):
                continue
            fault.struck += 1
            return fault
        return None

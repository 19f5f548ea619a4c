"""The calls for notices, for guesses at passwords and for the audit log; ``tests.store.calls`` has all the others."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from store.lexicons import POINTER, Found, LexiconVersion, Standing
from store.notices import NoticeState
from store.stores import Stores
from tests.store.samples import MINUTE, NOW, a_notice

WINDOW: dict[str, Any] = {"before": NOW + MINUTE, "since": NOW, "limit": 20}
a_version = LexiconVersion(id="", number=0, text="words: []\n", by="staff:ma", at=NOW)


def desk_calls(s: Stores, at: datetime) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Each once, with arguments that fit the sample data."""
    return {
        "notices.add": lambda: s.notices.add(a_notice),
        "notices.get": lambda: s.notices.get("n1"),
        "notices.by_number": lambda: s.notices.by_number("N20260310-0001"),
        "notices.listed": lambda: s.notices.listed(NoticeState.SENT, **WINDOW),
        "notices.in_force": lambda: s.notices.in_force(),
        "notices.change": lambda: s.notices.change(a_notice, {"title": "x"}),
        "notices.advance": lambda: s.notices.advance("n1", done=0, to=1),
        "notices.set": lambda: s.notices.set("n1", {"counts": {"queued": 1}}),
        "lexicons.standing": lambda: s.lexicons.standing(),
        "lexicons.publish": lambda: s.lexicons.publish(a_version, Standing(id=POINTER)),
        "lexicons.hold": lambda: s.lexicons.hold(0, Standing(id=POINTER, version=1, latest=1, serial=2)),
        "lexicons.get": lambda: s.lexicons.get("v1"),
        "lexicons.listed": lambda: s.lexicons.listed(below=3, limit=5),
        "lexicons.keep_tried": lambda: s.lexicons.keep_tried("d", Found(at=NOW), against="", base="2026"),
        "lexicons.tried": lambda: s.lexicons.tried("d"),
        "examples.mark_learnt": lambda: s.examples.mark_learnt(["x1"]),
        "messages.said": lambda: s.messages.said(**WINDOW),
        "attempts.of": lambda: s.attempts.of(["name:x", "address:y"], at),
        "attempts.count": lambda: s.attempts.count("name:x", at, MINUTE),
        "attempts.lock": lambda: s.attempts.lock("name:x", at),
        "attempts.take_back": lambda: s.attempts.take_back("name:x"),
        "attempts.forget": lambda: s.attempts.forget(["name:x"]),
        "attempts.prune": lambda: s.attempts.prune(at),
        "audit.listed": lambda: s.audit.listed(**WINDOW),
        "audit.listed (by)": lambda: s.audit.listed(by="staff:zhang", **WINDOW),
        "audit.listed (subject)": lambda: s.audit.listed(subject="ticket:R1", **WINDOW),
        "audit.listed (action)": lambda: s.audit.listed(action="ticket.", by="staff:zhang", **WINDOW),
        "audit.add": lambda: s.audit.add("a1", at=NOW, by="zhang", action="x", subject="hy", details={}),
    }

"""How a revisit is worded: the question, its menu, what the template of it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from desk.rulebook import Rules
from desk.wording import say_date
from store.tickets import Category, Ticket

OPTION = re.compile(r"[①②]\s*[^①②\s。，,.]+")


def question(ticket: Ticket, rules: Rules, about: Mapping[str, str], *, again: bool = False) -> str:
    """What is asked: a repair is mended, everything else is settled."""
    name = "revisit.ask_fixed" if ticket.category is Category.REPAIR else "revisit.ask_done"
    return rules.texts.say("revisit.again" if again else name, **about)


def menu(ticket: Ticket, asked: str) -> dict[str, object]:
    """The same as a message to tap on; its words beside the numbers are those of the text."""
    head = asked.split("①")[0].rstrip()
    said = [found.group() for found in OPTION.finditer(asked)][:2]
    values = zip(("yes", "no"), said if len(said) == 2 else ("① 好了", "② 没好"), strict=True)
    items = [[f"revisit:fixed:{ticket.number}:{value}", words] for value, words in values]
    return {"head": head, "items": items, "tail": ""}


def variables(ticket: Ticket, now: datetime, rules: Rules) -> dict[str, str]:
    """What the texts may speak of."""
    closes = (ticket.resolved_at or now) + rules.settings.revisit.close_after_silence
    return {"number": ticket.number, "title": ticket.title, "date": say_date(closes, now, rules.zone)}


def template(ticket: Ticket, now: datetime, rules: Rules) -> dict[str, str]:
    """What a template of it is filled with."""
    time = now.astimezone(rules.zone).strftime("%Y年%m月%d日 %H:%M")
    return {"number": ticket.number, "title": ticket.title, "time": time, "state": "已完成", "remark": "等您回访"}

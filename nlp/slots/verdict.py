"""Free words after a piece of work: is it fixed, how satisfied, why not more, and whether something new is broken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

from nlp.clauses import Joint, split
from nlp.lexicon import parse
from nlp.plain import flatten

_DATA = parse(resources.files("nlp").joinpath("lexicon/answers.yaml").read_text(encoding="utf-8"))["verdict"]
_REASONS = {name: re.compile(regex) for name, regex in _DATA["reasons"].items()}
_GOOD = re.compile(_DATA["good"])
_REFUSES, _UNSEEN = re.compile(_DATA["refuses"]), re.compile(_DATA["unseen"])
_THING, _FAULT = re.compile(_DATA["thing"]), re.compile(_DATA["fault"])
_ANOTHER, _JUDGES = re.compile(_DATA["another"]), re.compile(_DATA["judges"])
_HARSH, _SO_SO = re.compile(_DATA["harsh"]), re.compile(_DATA["so_so"])
_STILL = re.compile(_DATA["still"])
_WANTS = re.compile(_DATA["wants"])
_MOCKING, _PLACE = re.compile(_DATA["mocking"]), re.compile(_DATA["place"])
_PRAISED = re.compile(_DATA["praised"])
_BUT = re.compile("(?:但是?|可是?|不过|就是|只是|然而)[,呢]?")
_BARE_THANKS = re.compile(_DATA["bare_thanks"])

SLOW, ATTITUDE, PRICE, MESS, CONTACT, QUALITY = "slow", "attitude", "price", "mess", "contact", "quality"
SATISFIED, MIXED, UNHAPPY = 1, 3, 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an answer to the revisit says; None and empty: it does not say."""

    fixed: bool | None = None
    satisfaction: int | None = None
    """1 满意, 2 比较满意, 3 基本满意, 4 不满意."""
    reason: str = ""
    """What was not good: slow, attitude, price, mess, contact, quality."""
    new_problem: str = ""
    """The words about something else that is broken now; it wants a ticket of its own."""
    refused: bool = False
    """The owner does not want to be asked."""


def read_verdict(text: str) -> Verdict:
    """The answer to "is it fixed, are you satisfied?" in free words; read together, as people say both at once."""
    from nlp.answers import read_fixed, read_satisfaction

    flat = flatten(text)
    bare = flat.strip(" ,。!?~\n")
    if not bare or len(bare) > 300 or _BARE_THANKS.fullmatch(bare):
        return Verdict()
    if _REFUSES.search(bare):
        return Verdict(refused=len(bare) <= 20)
    if _UNSEEN.search(bare):
        return Verdict()
    old, new = apart(flat)
    satisfaction, reason = read_satisfaction(old), reason_of(old)
    if satisfaction is None and not reason and _PRAISED.search(old):
        satisfaction = SATISFIED
    fixed = read_fixed(old, judged=satisfaction is not None)
    if fixed is not None and len(bare) <= 4 and satisfaction != UNHAPPY and not _JUDGES.search(old):
        satisfaction = None  # 可以了, 1, 好了: that answers the first question only
    if not any(char.isalnum() for char in old):
        fixed = True if satisfaction == SATISFIED else None  # a thumb says how, not whether
    if fixed is None and satisfaction is None and reason:
        satisfaction = MIXED
    elif fixed is None and (
        satisfaction in (1, 2) or (satisfaction == MIXED and (not reason or _GOOD.search(old) or _SO_SO.search(old)))
    ):
        fixed = True
    if fixed is False and _MOCKING.search(old):
        satisfaction = UNHAPPY
    elif fixed is False and (satisfaction != UNHAPPY or not _HARSH.search(old)):
        satisfaction, reason = None, ""
    if fixed and reason and satisfaction != UNHAPPY:
        satisfaction = MIXED
    return Verdict(fixed, satisfaction, reason, new)


def reason_of(text: str) -> str:
    """What the words find fault with; empty for nothing."""
    for name, pattern in _REASONS.items():
        if pattern.search(text):
            return str(name)
    return ""


def apart(flat: str) -> tuple[str, str]:
    """The words about what was done, and those about something new (empty: there is nothing new)."""
    clauses = split(flat)
    for clause in clauses[1:]:
        before, after = flat[: clause.start], flat[clause.start :]
        if not _GOOD.search(before):
            continue
        thing = _THING.search(clause.text)
        if clause.joint is Joint.NEXT and (_FAULT.search(after) or _WANTS.search(after)):
            return before, after.strip(" ,。!?")
        if _ANOTHER.match(clause.text) and _FAULT.search(after):
            return before, after.strip(" ,。!?")
        if thing and _FAULT.search(clause.text) and thing.group() not in before and not _STILL.match(clause.text):
            return before, after.strip(" ,。!?")
        if thing and thing.group() not in before and _elsewhere(clause.text, before):
            return before, after.strip(" ,。!?")
        if thing and _FAULT.search(clause.text) and re.match("(?:但是?)?(?:现在|今[天儿]|这[次回])", clause.text):
            return before, after.strip(" ,。!?")
    glued = _GLUED.search(flat)
    if glued and _GOOD.search(flat, 0, glued.start()) and _THING.search(glued.group()) and _FAULT.search(glued.group()):
        return flat[: glued.start()], glued.group()
    return flat, ""


def _elsewhere(clause: str, before: str) -> bool:
    """Whether a "but" goes on about a fault in a place that is named only now: 好了,不过厨房的灯又不亮了."""
    but = _BUT.match(clause)
    place = _PLACE.search(clause, but.end() if but else 0)
    return but is not None and place is not None and place.group() not in before and _FAULT.search(clause) is not None


_GLUED = re.compile("(?<=了)(?:但|可|不过)?(?:是)?(?:现在|今天|这次|这回)[^,。]{2,30}$")

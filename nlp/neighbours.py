"""Whether two neighbouring pieces of a message are two matters, each of which was understood as if it stood alone.

A false split costs more than a missed one, so both must be sure of their label, the surer the weaker the turn between
them, and two of one label must be about unlike things.
"""

from __future__ import annotations

import re
from itertools import pairwise

from nlp.clauses import Joint
from nlp.meaning import Intent, Label, Matter
from nlp.topics import FIELDS, TRADES

SURE = 0.76
"""How sure the less certain side must be where the writer turns to something else."""
SURE_PARCEL = 0.5
"""The same where one side is about a parcel: its words are like no others."""
SURE_OTHER = 0.76
"""The same for praise and suggestions: much that is said by the way looks like them."""
SURE_SAME = 0.6
"""The same for two things of one kind."""
SURE_MORE = 0.85
"""The same where 还有 adds something of another kind: it may only say that there is more of it."""
SURE_STOP = 0.97
"""The same where only a sentence ends."""

_ASKS = frozenset((Intent.SUGGESTION, Intent.PRAISE))
"""Of what is ``other``, these are matters of their own."""
_ACTS = _ASKS | {Intent.CANCEL, Intent.RESCHEDULE, Intent.PROGRESS, Intent.LOST_FOUND}
"""And these where the writer turns in words; who thanks or greets wants nothing by it."""
_GOES_ON = re.compile("[他她它]|这|那(?:个人|家|些?人)|也|而且|所以|因此")
"""What begins so goes on with what was said."""
_ALSO = re.compile("[^,。]{1,4}也.{1,3}$|更|越来?越|[只每]?一?到|[^,。]{0,4}更")
"""味道也大, 一下雨更厉害 after a fault: one more thing about it."""
_FOLLOWS = re.compile("味|臭|蟑螂|虫|[湿泡脏滑]|总?[阀闸]|怎么关|在哪关|先")
"""What a fault brings with it, and how to stop it."""
_SMALL = re.compile(
    "[^\u4e00-\u9fff]|请问|想问|问下|一下|什么|时候|多少|怎么|可以|可不|能不|是不|有没|没有|哪里|哪儿|需要|需不|还是|现在|我们|你们|咱们"
    "|我家|小区|物业|几点|几号|多久|要不|不要|吗|呢|的|了|要|在|能|收|办|钱|[一二三四五六七八九十两]个"
)
"""What questions of all kinds are made of."""


def apart(left: Matter, right: Matter, joint: Joint, listed: bool) -> bool:
    """Whether they are two. ``joint``: how ``right`` begins; ``listed``: they are numbered."""
    pair = (left, right)
    sure = min(left.confidence, right.confidence)
    labels = {left.label, right.label}
    wishes = [one.intent for one in pair if one.label is Label.OTHER]
    if not (_ACTS if joint in (Joint.NEXT, Joint.MORE) else _ASKS).issuperset(wishes):
        return False
    if listed and Label.OTHER in labels:
        return False  # proposals in a row are one proposal
    if joint not in (Joint.NEXT, Joint.MORE):
        return Label.PARCEL in labels and len(labels) == 2 and Label.OTHER not in labels and sure >= SURE_STOP
    if len(labels) == 1:
        return sure >= SURE_SAME and _unlike(left, right, turned=joint is Joint.NEXT, listed=listed)
    if left.label is Label.REPAIR and _of_the_fault(right):
        return False
    if joint is Joint.MORE:
        return sure >= SURE_MORE
    if Label.OTHER in labels:
        return sure >= SURE_OTHER
    return sure >= (SURE_PARCEL if Label.PARCEL in labels else SURE)


def _of_the_fault(right: Matter) -> bool:
    """Whether what follows a fault is about it."""
    if right.label is Label.COMPLAINT:
        return _ALSO.match(right.text) is not None or (
            len(right.text) <= 10 and _FOLLOWS.search(right.text) is not None
        )
    return right.label is Label.INQUIRY and _FOLLOWS.search(right.text) is not None


def _unlike(left: Matter, right: Matter, *, turned: bool, listed: bool) -> bool:
    """Whether two pieces of one label are about different things. ``turned``: the writer says that another comes."""
    if _GOES_ON.match(right.text):
        return False
    if left.label is Label.INQUIRY:
        if _shared(left.text, right.text):
            return False
        return (turned and (left.subject != right.subject or not left.subject)) or FIELDS.apart(left.text, right.text)
    if left.label is Label.OTHER:
        return turned and left.intent is not right.intent
    if left.label is Label.COMPLAINT:
        return FIELDS.apart(left.text, right.text)
    if left.label is Label.PARCEL:
        return None not in (left.slots.carrier, right.slots.carrier) and left.slots.carrier != right.slots.carrier
    return left.label is Label.REPAIR and _unlike_faults(left, right, turned=turned, listed=listed)


def _unlike_faults(left: Matter, right: Matter, *, turned: bool, listed: bool) -> bool:
    things, places = (left.slots.object, right.slots.object), (left.slots.place, right.slots.place)
    elsewhere = None not in places and places[0] != places[1]
    if listed and elsewhere:
        return True
    if None in things or things[0] == things[1] or not all(one.slots.fault for one in (left, right)):
        return False
    return turned or elsewhere or TRADES.apart(left.text, right.text)


def _shared(one: str, other: str) -> bool:
    """Whether both pieces speak of the same thing by name (装修要押金吗,另外押金什么时候退)."""
    named = _SMALL.sub(" ", one)
    return any(two in named for two in map("".join, pairwise(_SMALL.sub(" ", other))) if " " not in two)

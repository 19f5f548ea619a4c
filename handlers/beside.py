"""What an answer to a revisit says beside the verdict: something new, only the rest of the old, or "not seen yet"."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.context import Context
from handlers.reopening import says_not_fixed
from handlers.wanted import of_texts
from nlp import Label, understand
from nlp.answers import read_fixed
from nlp.slots.verdict import Verdict
from store.conversations import PendingRevisit

_NOT_SEEN = re.compile(
    "(?:没|不)(?:在家?|回家?|回来|到家|试|用过|注意|看到|看呢)|还没(?:看|用|试|去)"
    "|(?:回去|回家|到家|晚上|明天|等会儿?|待会儿?|一会儿?)[^,，。]{0,4}(?:再?看|试)"
)
_BUT = re.compile("^(?:不过|但是?|可是|只是|就是|另外|还有|现在|今天)+")
LONGEST = 40


def not_seen(ctx: Context, verdict: Verdict) -> bool:
    """Whether they have had no chance to look: 我还没回家，晚上看看再说."""
    meaning, text = ctx.message.understanding, ctx.message.text
    if verdict.fixed is not None or len(text) > LONGEST or meaning.urgent:
        return False
    return bool(_NOT_SEEN.search(text)) and not (meaning.slots.object and meaning.slots.fault)


def with_another(ctx: Context, one: PendingRevisit, verdict: Verdict) -> Verdict:
    """The verdict, with the new matter behind it: 修好了，不过卧室的灯又不亮了."""
    named = bool(verdict.new_problem) and understand(verdict.new_problem).slots.object is not None
    head, _, rest = re.sub("[,，。;；!！\n]", ",", ctx.message.text).partition(",")
    if named or not rest or says_not_fixed(head) or read_fixed(head) is not True:
        return verdict
    (new,) = of_texts(ctx, [_BUT.sub("", rest)])
    thing = understand(one.title).slots.object
    known = not new.slots.object or new.slots.object in one.title or bool(thing and thing in new.text)
    if known or new.label is not Label.REPAIR or not new.slots.fault:
        return verdict
    return replace(verdict, fixed=True, new_problem=new.text)


def only_a_rest(ctx: Context, verdict: Verdict) -> bool:
    """Whether what sounds new is the old fault: 好是好了，但还有一点点滴."""
    if not verdict.new_problem or not says_not_fixed(ctx.message.text):
        return False
    (new,) = of_texts(ctx, [verdict.new_problem])
    return new.slots.object is None and new.slots.place is None

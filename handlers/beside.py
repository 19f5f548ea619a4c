"""What an answer to a revisit says beside the verdict: something new, only the rest of the old, or "not seen yet";
what the owner was charged, what was broken or left dirty; a question.
"""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.context import Context
from handlers.reopening import says_not_fixed
from handlers.wanted import of_texts
from nlp import Intent, Label, understand
from nlp.answers import read_fixed
from nlp.slots.verdict import Verdict
from store.conversations import PendingRevisit

_NOT_SEEN = re.compile(
    "(?:没|不)(?:在家?|回家?|回来|到家|试|用过|注意|看到|看呢)|还没(?:看|用|试|去|回)|(?:在|去)外地|出差|(?:才|再)回[来去家]?"
    "|问(?:一?下|问|一问|过)?(?:我)?(?:他|她|家里|家人|老公|老婆|爱人|媳妇|爸|妈|儿子|女儿|租客)(?!的?电话)"
    "|(?:回去|回家|到家|晚上|明天|等会儿?|待会儿?|一会儿?)[^,，。]{0,4}(?:再?看|试)"
)
_BUT = re.compile("^(?:不过|但是?|可是|只是|就是|另外|还有|现在|今天)+")
LONGEST = 40


def not_seen(ctx: Context, verdict: Verdict) -> bool:
    """Whether they have had no chance to look: 我还没回家，晚上看看再说."""
    meaning, text = ctx.message.understanding, ctx.message.text
    if verdict.fixed is not None or len(text) > LONGEST or meaning.urgent or says_not_fixed(text):
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


# ---- money, damage, dirt ----

_SMALL_PRAISE = re.compile("(?:没|不|未|别)(?:有)?(?:乱)?(?:收|要)(?:我|费|钱|一分)|合理|不贵|值了?$|挺值|应该的|便宜")
_MONEY = re.compile(
    "收了?(?:我|咱|我们|俺|他|她)|[收要]了?(?:我|我们)?[^,，。]{0,4}?[0-9一二两三四五六七八九十百]+(?:多|来)?[块元百毛]?"
    "|(?:私下|私自|另外|额外|多|乱)(?:又)?(?:收|要)|红包|小费|辛苦费|没(?:有)?(?:开|给)[^,，。]{0,2}票|不是(?:说)?(?:免费|不要钱|不收费)"
    "|(?:花|付|掏|给)了[^,，。]{0,4}[0-9一二两三四五六七八九十百]+(?:多|来)?[块元百]"
)
_DAMAGE = re.compile(
    "(?:弄|碰|砸|打|踩|刮|划|拆|撞|钻|搞|敲|摔|整)(?:坏|碎|破|花|断|穿|裂|丢)|(?:谁|要|得|给我?|怎么)赔"
    "|(?:少|丢|不见)了(?:个|把|一|我|东西|钱)|[拿顺]走了?(?:我|家)"
)
_BUT_THEN = re.compile("(?:就是|但是?|可是|可(?!以|能)|不过|只是|可惜|唯一)(?P<rest>[^。!！?？]{3,})")
_GOOD_WORDS = re.compile("谢|辛苦|[很挺真]好|满意|不错|放心")
_OF_OTHERS = (Label.INQUIRY, Label.PARCEL)
_NOT_MINE = re.compile(
    "(?:没|没有|不是我|谁|啥时候|什么时候)报(?:过)?修?|没(?:找|叫)过(?:你们|人|师傅)|(?:不是|弄错|发错)(?:了)?(?:我家|人了)"
)
_UNDONE = re.compile("没人|没(?:有)?(?:修|弄|管|动|换|处理|看)|还没|不管")
_CLAUSES = re.compile("[,，。;；!！?？\n]+")


def claim(text: str, *, fixed: bool = True) -> str:
    """The words about money that was taken or a thing that was broken; empty for none."""
    if (fixed and says_not_fixed(text)) or _SMALL_PRAISE.search(text):
        return ""
    clauses = [clause for clause in _CLAUSES.split(text) if clause.strip()]
    found = [clause for clause in clauses if _MONEY.search(clause) or _DAMAGE.search(clause)]
    if not found:
        return ""
    glued = _BUT_THEN.search(found[0])
    first = glued["rest"] if glued else _BUT.sub("", found[0].strip())
    return "，".join([first, *found[1:]])


def grievance(ctx: Context) -> bool:
    """Whether "but" follows on good news with something that was not good (就是弄得一地水也不收拾)."""
    text = ctx.message.text
    found = _BUT_THEN.search(text)
    if found is None or says_not_fixed(text) or _GOOD_WORDS.search(found["rest"]):
        return False
    meaning = understand(found["rest"], now=ctx.now)
    if meaning.label in _OF_OTHERS or (meaning.slots.object and meaning.slots.fault) or meaning.urgent:
        return False
    return meaning.intent not in (Intent.PERSON, Intent.CANCEL, Intent.RESCHEDULE, Intent.PROGRESS)


def part_left(ctx: Context, one: PendingRevisit) -> bool:
    """Whether one of the things of the ticket was not done: 马桶好了，水龙头没人管."""
    clauses = [clause for clause in _CLAUSES.split(ctx.message.text) if clause.strip()]
    if len(clauses) < 2 or not any(_UNDONE.search(clause) for clause in clauses):
        return False
    left = [understand(clause).slots.object for clause in clauses if _UNDONE.search(clause)]
    return any(thing is not None and thing in one.title for thing in left)


def asks_beside(ctx: Context) -> str:
    """The question behind a plain "好了" (好了。这个保修多久？); empty for none."""
    head, _, rest = re.sub("[,，。;；!！\n]", ",", ctx.message.text).partition(",")
    if not rest or len(head) > 8 or says_not_fixed(head) or read_fixed(head) is not True:
        return ""
    meaning = understand(rest, now=ctx.now)
    return rest if meaning.label is Label.INQUIRY and len(meaning.matters) < 2 else ""


def not_mine(ctx: Context) -> bool:
    """Whether they know of no report: 我没报过修."""
    return bool(_NOT_MINE.search(ctx.message.text)) and len(ctx.message.text) <= 20

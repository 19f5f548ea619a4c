"""Questions: answered at once from the knowledge base; what it does not know or does not hit, a person takes over."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from desk.knowledge import Outcome
from desk.wording import numbered, shorten
from handlers import planned
from handlers.choices import chosen
from handlers.context import Context, Reply
from handlers.details import fresh
from handlers.knowledge import estate_of, look_up, quote
from handlers.opening import joined, open_one, receipt, shown
from handlers.person import hand_over, wants_back
from handlers.progress import progress
from handlers.router import UNHANDLED, Router, Unhandled
from handlers.wanted import KEPT_CHARACTERS, Wanted, of_texts, several
from handlers.which import open_tickets, resolved_tickets
from nlp import Intent, Label
from nlp.answers import read_choice, read_yes_no
from store.tickets import Category

router = Router("inquiry")

ANSWERED, CHOICE, OFFER, OUTAGE = "answered", "article", "offer_person", "outage"
LONGEST_CHOICE = 16
KNOWN_WELL = 0.4
"""Words that are no question by themselves are answered from here on."""
_WHEN = re.compile(
    "(?:请问)?(?:师傅|你们|人|维修|物业)*(?:什么时候|几点|几时|多久|啥时候)"
    "(?:能|会|可以)?(?:来|到|修|上门|过来|弄好|好)|(?:那|还)*(?:要|得)?等到?(?:什么时候|啥时候|多久|几天|几点)"
)
_NOTHING_YET = re.compile(
    "(?:你好|您好)?[,，]?我?(?:想|要|想要)?(?:请问|问|咨询|打听|了解)"
    "(?:一?下|个事儿?|点事儿?|个问题|问题)*[?？,，。~ ]*"
)
_MISSED = re.compile(
    "没(?:有)?(?:答|说|讲|回答)到点|(?:不是|没问)(?:问|说)?(?:这个|这事|这件)|答非所问|文不对题|所答非|没答上|没说清|没讲清"
    "|没(?:有)?(?:解决|帮助|用)|看不懂|不明白|没看懂|不对(?:题|路)|(?:说|答)的不对|还是不(?:懂|清楚|知道|行)|不是我(?:想|要)问"
)
_PRICE = re.compile(
    "(?:你们|请问|这个|那|大概|一共|修|换|上门|得|要|需要)*(?:收费|收钱|要钱|花钱|要不要(?:收)?钱|收不收[费钱]|多少钱|什么价|怎么收费)(?:的|吗|么|嘛|啊|呢)*[?？]*"
)
"""Asked of the repair that was just reported."""
_ANOTHER_HOME = re.compile(
    "(?:还有|另外?|再|第二|两)[^,，。]{0,6}[套户](?:房|家)?.{0,16}(?:加|绑|登记|关联)|(?:加|绑|关联)[^,，。]{0,6}(?:一|另外?|第二)[一]?[套户]"
)
_ASKED = re.compile("(?:不对|不是|错了)?(?:的|啊)?[,，。 ]*我(?:想|要)?(?:问|说)的?是(?P<what>.{2,30})")
"""不对，我问的是搬家: the question once more."""
_THEN = re.compile("那|就|行|好|可以|嗯|来|派")
_COSTS = re.compile("(?:大概|一般|一次|要|得|需要)*(?:多少钱|怎么收费|收费吗|要钱吗|什么价格?|收多少)[啊呢吗?？。]*")
_NONE_OF_THEM = re.compile("都?不是|都不对|没有(?:我|一个)|以上都|其他|别的")


@router.on(Intent.INQUIRY)
async def inquiry(ctx: Context) -> Reply:
    """The answer of the knowledge base, a choice of near ones, or the offer of a person."""
    wanted = several(ctx)
    if len(wanted) > 1:
        from handlers.intake import take

        return await take(ctx, wanted)
    if _NOTHING_YET.fullmatch(ctx.message.text.strip()):
        return ctx.ask("what", Category.INQUIRY.value, ctx.say("inquiry.ask_what"))
    recent = fresh(ctx) or next(iter(resolved_tickets(ctx)), None)
    if _PRICE.fullmatch(ctx.message.text.strip()) and recent is not None and recent.category == Category.REPAIR.value:
        return await reply_to(ctx, f"{recent.title}上门维修收费多少钱")
    if ctx.bound and _ANOTHER_HOME.search(ctx.message.text):
        return Reply(ctx.say("bind.another"))
    if _WHEN.match(ctx.message.text.strip()) and open_tickets(ctx):
        return await progress(ctx)
    from handlers.outage import asked_about

    return planned.asked_about(ctx) or await asked_about(ctx) or await reply_to(ctx, ctx.message.text)


async def reply_to(ctx: Context, question: str) -> Reply:
    """What is said to this question. Another question that stands keeps standing."""
    found = await look_up(ctx, question)
    data: dict[str, Any] = {"question": question[:KEPT_CHARACTERS]}
    if found.outcome is Outcome.NOTHING:
        return _asked(ctx, OFFER, ctx.say("inquiry.none"), data)
    if found.outcome is Outcome.SEVERAL and free(ctx):
        names = [shorten(hit.article.title, LONGEST_CHOICE) for hit in found.hits]
        data |= {"articles": [hit.article.id for hit in found.hits], "names": names}
        return ctx.ask(CHOICE, "which", ctx.say("inquiry.which", choices=numbered(names)), data=data)
    return _asked(ctx, ANSWERED, quote(ctx, found.best), data | {"article": found.best.id})


async def if_known(ctx: Context) -> Reply | None:
    """The answer to words that were not understood as a question, when an article fits them well; else None."""
    found = await ctx.desk.knowledge.find(ctx.message.text, estate_of(ctx))
    if found.outcome is not Outcome.ANSWER or found.hits[0].score < KNOWN_WELL:
        return None
    data = {"question": ctx.message.text[:KEPT_CHARACTERS], "article": found.best.id}
    return _asked(ctx, ANSWERED, quote(ctx, found.best), data)


def free(ctx: Context) -> bool:
    """Whether no other question waits for its answer: ours would push it aside."""
    dialogue = ctx.conversation.dialogue
    return dialogue is None or dialogue.kind in (ANSWERED, CHOICE, OFFER, OUTAGE, "cancelled", "what", "menu", "unsure")


def _asked(ctx: Context, kind: str, text: str, data: dict[str, Any]) -> Reply:
    return ctx.ask(kind, "helped", text, data=data) if free(ctx) else Reply(text)


@router.dialogue(ANSWERED)
async def helped(ctx: Context) -> Reply | Unhandled:
    """After an answer: "没答到点上" and "人工" bring a person who knows the question."""
    if not _speech(ctx):
        return UNHANDLED
    asked = _ASKED.fullmatch(ctx.message.text.strip())
    if asked is not None and ctx.message.understanding.label in (Label.INQUIRY, Label.OTHER):
        return await reply_to(ctx, asked["what"])
    if (wish := _then_come(ctx)) is not None:
        from handlers.intake import take

        return await take(ctx, [wish])
    missed = bool(_MISSED.search(ctx.message.text)) and len(ctx.message.text) <= 30
    return await _missed(ctx) if missed or _wants_person(ctx) else UNHANDLED


def _then_come(ctx: Context) -> Wanted | None:
    """那来通一下吧 after the price of it: the repair that the question was about."""
    dialogue, meaning, text = ctx.conversation.dialogue, ctx.message.understanding, ctx.message.text.strip()
    if dialogue is None or meaning.label is not Label.REPAIR or meaning.slots.object or not _THEN.match(text):
        return None
    from handlers.intake import forced

    asked = _COSTS.sub("", str(dialogue.data.get("question") or ""))
    (one,) = of_texts(ctx, [f"{asked}，{text}"])
    return forced(one, Label.REPAIR) if one.slots.object else None


@router.dialogue(OFFER)
async def offered(ctx: Context) -> Reply | Unhandled:
    """No answer was known: a person is wanted, or not."""
    if not _speech(ctx):
        return UNHANDLED
    if ctx.conversation.revisits and not _wants_person(ctx) and ctx.message.understanding.intent is not Intent.YES:
        return UNHANDLED  # 好了 is for the revisit that waits
    said = read_yes_no(ctx.message.text)
    if _wants_person(ctx) or said or read_choice(ctx.message.text, 1):
        return await to_a_person(ctx)
    return Reply(ctx.say("thanks.ok")) if said is False else UNHANDLED


@router.dialogue(CHOICE)
async def which(ctx: Context) -> Reply | Unhandled:
    """One of the near articles, or none of them."""
    dialogue = ctx.conversation.dialogue
    if dialogue is None or not _speech(ctx):
        return UNHANDLED
    names, ids = ([str(one) for one in dialogue.data.get(field, ())] for field in ("names", "articles"))
    number = chosen(ctx.message.text, names)
    if number is not None and number < len(ids):
        article = await ctx.desk.knowledge.article(ids[number], estate_of(ctx))
        if article is not None:
            data = {"question": str(dialogue.data.get("question", "")), "article": article.id}
            return ctx.ask(ANSWERED, "helped", quote(ctx, article), data=data)
    none = len(ctx.message.text) <= 20 and (_NONE_OF_THEM.search(ctx.message.text) or _MISSED.search(ctx.message.text))
    return await _missed(ctx) if none or number is not None or _wants_person(ctx) else UNHANDLED


async def _missed(ctx: Context) -> Reply:
    """What was given did not help: that is counted, and a person takes over."""
    dialogue = ctx.conversation.dialogue
    data = dialogue.data if dialogue is not None else {}
    question = str(data.get("question") or "")
    given = data.get("article")
    await ctx.desk.gaps.note(
        question, estate_of(ctx), "unhelpful", key=ctx.message.key, article_id=str(given) if given else None
    )
    return await to_a_person(ctx)


async def to_a_person(ctx: Context) -> Reply:
    """A ticket I with the question, and the conversation is a person's from now on."""
    data = ctx.conversation.dialogue.data if ctx.conversation.dialogue is not None else {}
    question = str(data.get("question") or ctx.message.text)
    (one,) = of_texts(ctx, [question])
    article = await ctx.desk.knowledge.article(str(data["article"]), estate_of(ctx)) if data.get("article") else None
    if article is not None:
        one = replace(one, text=f"{one.text}\n（已答《{article.title}》，没答到点上）")
    reply = await to_a_colleague(ctx, one)
    return replace(reply, changes=hand_over(ctx).changes)


async def to_a_colleague(ctx: Context, one: Wanted, *, lead: str = "") -> Reply:
    """A ticket I with the question."""
    opened = await open_one(ctx, one, category=Category.INQUIRY)
    return Reply(joined(lead, receipt(ctx, opened, hint=False)), tickets=shown([opened]))


def _speech(ctx: Context) -> bool:
    return ctx.message.kind in ("text", "voice")


def _wants_person(ctx: Context) -> bool:
    return ctx.message.understanding.intent is Intent.PERSON and not wants_back(ctx.message.text)

"""An estate's own words for what owners read, for staff: all texts, a preview, a change."""

from __future__ import annotations

from pydantic import Field

from desk.actors import Actor
from desk.api.calls import Call, Routes
from desk.api.input import Input
from desk.errors import Incomplete
from desk.rulebook import FOR_ALL
from desk.wordings import Wording
from inbox.settings import WhoseQuery
from inbox.views import View

routes: Routes[Actor] = Routes("inbox: settings")


class WordsIn(Input):
    """A text in the estate's own words."""

    name: str = Field(min_length=1, max_length=80)
    text: str = Field(max_length=2000)
    estate: str | None = Field(default=None, max_length=40)


class WordingIn(Input):
    """A text in the estate's own words; null: the default again."""

    name: str = Field(min_length=1, max_length=80)
    text: str | None = Field(max_length=2000)
    estate: str | None = Field(default=None, max_length=40)


class WordingView(View):
    """One text as the estate says it."""

    name: str
    text: str
    own: bool
    default: str
    variables: list[str]
    preview: str


class WordingList(View):
    """Every text there is."""

    items: list[WordingView]


class PreviewView(View):
    """A text with sample values, and what speaks against it."""

    text: str
    problems: list[str]


@routes.get("/texts")
async def texts(call: Call[Actor], query: WhoseQuery) -> WordingList:
    """Every text that owners read, as this estate says it."""
    return WordingList(items=[_worded(one) for one in await call.desk.wordings.listed(_estate(call, query.estate))])


@routes.post("/texts/preview")
async def preview_text(call: Call[Actor], body: WordsIn) -> PreviewView:
    """A text with sample values, and what speaks against it; nothing is written."""
    text, problems = call.desk.wordings.looked_over(body.name, body.text)
    return PreviewView(text=text, problems=problems)


@routes.post("/texts")
async def change_text(call: Call[Actor], body: WordingIn) -> WordingView:
    """Say it in the estate's own words, or as by default again."""
    return _worded(await call.desk.wordings.change(_estate(call, body.estate), body.name, body.text))


def _estate(call: Call[Actor], estate: str | None) -> str:
    """The estate whose texts are meant; texts for all of them stand in the program."""
    found = call.desk.trade.whose(estate, call.who)
    if found == FOR_ALL:
        raise Incomplete("请选一个小区", missing=["estate"])
    return found


def _worded(one: Wording) -> WordingView:
    return WordingView(
        name=one.name,
        text=one.text,
        own=one.own,
        default=one.default,
        variables=list(one.variables),
        preview=one.preview,
    )
